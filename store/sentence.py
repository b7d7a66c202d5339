"""A sentence that remembers its template, so that a page can say it in another language."""

from typing import Any


class Sentence(str):
    """An English sentence made of a template and what stands in its places: `Sentence("{n} calls", n="12")`.

    It is a text like any other; whoever shows it to people asks for `template` and `places`. A place may be
    a Sentence itself.
    """

    template: str
    places: dict[str, Any]

    def __new__(cls, template: str, **places: Any) -> "Sentence":
        """Raises KeyError for a place that is not given."""
        made = super().__new__(cls, template.format(**places))
        made.template, made.places = template, places
        return made

    def __str__(self) -> "Sentence":
        """Itself, so that the text of an error is still a Sentence."""
        return self


def mark(message: str) -> str:
    """The message itself: it stands in a table, and is translated where it is shown."""
    return message
