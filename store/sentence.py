"""A sentence that remembers its template, so that a page can say it in another language."""

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

from store.record import storable


class Sentence(str):
    """An English sentence made of a template and what stands in its places: `Sentence("{n} calls", n="12")`.

    It is a text like any other; whoever shows it to people asks for `template` and `places`. A place may be
    a Sentence itself, or a whole number, which is written with separators.
    """

    template: str
    places: dict[str, Any]

    def __new__(cls, template: str, **places: Any) -> "Sentence":
        """Raises KeyError for a place that is not given."""
        said = {name: f"{one:,}" if type(one) is int else one for name, one in places.items()}
        made = super().__new__(cls, template.format(**said))
        made.template, made.places = template, places
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        """What it is made of again where it was pickled to, such as in another process."""
        return (self.template,), self.places

    def __str__(self) -> "Sentence":
        """Itself, so that the text of an error is still a Sentence."""
        return self


def listed(between: str, parts: Sequence[str]) -> Sentence:
    """Texts one after the other, each of which stays what it is; `between` is no message."""
    places = {f"part{i}": part for i, part in enumerate(parts)}
    return Sentence(between.join(f"{{{name}}}" for name in places), **places)


def either(parts: Sequence[str]) -> str:
    """'one', 'one or another', 'one or another or a third'; '' of none."""
    return (
        reduce(lambda one, other: Sentence("{one} or {other}", one=one, other=other), parts) if parts else ""
    )


def stored(text: str) -> Any:
    """A text as the database keeps it: a Sentence as [template, places], with the Sentences in its places."""
    if not isinstance(text, Sentence):
        return storable(str(text))
    return [text.template, {name: _kept(one) for name, one in text.places.items()}]


def _kept(place: Any) -> Any:
    """What stands in a place; a number that the database has no room for is a text."""
    if type(place) is int:
        return place if abs(place) < 2**63 else f"{place:,}"
    return stored(place)


def restored(found: Any) -> str:
    """What `stored` was given."""
    if not isinstance(found, list):
        return str(found)
    template, told = found
    return Sentence(template, **{n: one if type(one) is int else restored(one) for n, one in told.items()})


def both(field: str, text: str) -> dict[str, Any]:
    """Fields of a document: the text in English, and beside it as it can be said in other languages."""
    return {field: storable(str(text)), "said": stored(text)}


def said(field: str, document: Mapping[str, Any]) -> str:
    """The text that `both` kept; the English alone where that is not what stands beside it."""
    found = restored(document.get("said", ""))
    english = str(document.get(field, ""))
    return found if found == english else english


def mark(message: str) -> str:
    """The message itself: it stands in a table, and is translated where it is shown."""
    return message
