"""The language that a page is read in: messages of the catalogues `assets/words/*.po`, numbers and dates.

What people see is written in English where it is used, and shown by `t`:

    t("Save")                                   a text
    t("{name} is removed.", name=user.name)     whole sentences with named places, never glued ones
    many("{n} call", "{n} calls", n)            one and several; `n` is written with separators
    mark("Calls")                               in a table at the top of a module, shown by t(...) later
    raise CdrStatsError(Sentence("The name {name} is taken.", name=name))

`t` shows a Sentence too, and a text that is in no catalogue as it is. `make words` collects the messages;
a test asks that every one is translated.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import panel as pn
from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from assets.files import HERE, path
from store.people import NUMBER_FORMATS
from store.sentence import Sentence, mark

__all__ = ["Sentence", "Tongue", "mark", "t"]


class Tongue(NamedTuple):
    """How somebody reads: keys of store.people.LANGUAGES and NUMBER_FORMATS; '' is not chosen."""

    language: str = "en"
    numbers: str = "1,234.5"

    def or_browser(self, header: str) -> "Tongue":
        """With what is not chosen as the header Accept-Language of a request has it, else in English."""
        language = self.language if self.language in offered() else _preferred(header)
        return Tongue(language, self.numbers or COMMON[language])


ENGLISH = Tongue()
COMMON = {"en": "1,234.5", "fr": "1 234,5", "es": "1.234,5"}
"""How numbers are mostly written in a language."""
_pages: WeakKeyDictionary[Any, Tongue] = WeakKeyDictionary()
_spoken: ContextVar[Tongue | None] = ContextVar("spoken", default=None)


@cache
def catalogue(language: str) -> NullTranslations:
    """The messages of a language; English has none, for they are English."""
    if language == "en":
        return NullTranslations()
    with path("words", f"{language}.po").open("rb") as source:
        held = read_po(source, locale=language, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, held)
    compiled.seek(0)
    return GNUTranslations(compiled)


def speak(tongue: Tongue) -> None:
    """The page that is being made is read so; every later event of it, too."""
    if document := pn.state.curdoc:
        _pages[document] = tongue


@contextmanager
def speaking(tongue: Tongue) -> Iterator[None]:
    """What is written within, such as a file or a letter, is read so."""
    token = _spoken.set(tongue)
    try:
        yield
    finally:
        _spoken.reset(token)


def tongue() -> Tongue:
    """What `speaking` said, or how the page is read that is being drawn; else English. In a thread of a
    question there is no page: what is shared says nothing, and is worded where it is drawn.
    """
    if spoken := _spoken.get():
        return spoken
    document = pn.state.curdoc
    return _pages.get(document, ENGLISH) if document is not None else ENGLISH


def t(message: str, **places: Any) -> str:
    """A message in the language of the page; `places` stand in its {places}."""
    held = catalogue(tongue().language)
    if isinstance(message, Sentence):
        return held.gettext(message.template).format(**{k: _placed(v) for k, v in message.places.items()})
    if not message:
        return message  # the empty message is a catalogue's head
    found = held.gettext(message)
    return found.format(**places) if places else found


def _placed(value: Any) -> Any:
    if isinstance(value, Sentence):
        return t(value)
    return number(value) if type(value) is int else value


def many(one: str, more: str, n: int, **places: Any) -> str:
    """A message for one or several, with the number in its place {n}, written with separators."""
    found = catalogue(tongue().language).ngettext(one, more, n)
    return found.format(n=number(n), **places)


def number(value: float, decimals: int = 0) -> str:
    """1234.5 as the reader writes it."""
    thousands, point = NUMBER_FORMATS[tongue().numbers]
    return f"{value:,.{decimals}f}".translate({ord(","): thousands, ord("."): point})


def groups() -> str:
    """What stands between thousands, as the reader writes it."""
    return NUMBER_FORMATS[tongue().numbers][0]


def locale() -> Locale:
    """Babel's table of names, months and weekdays in the language of the page."""
    return _locale(tongue().language)


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


@cache
def offered() -> tuple[str, ...]:
    """The languages that there are catalogues of, English first."""
    return ("en", *sorted(file.stem for file in HERE.glob("words/*.po") if file.stem in COMMON))


def _preferred(header: str) -> str:
    """The first of the offered languages in a header Accept-Language, by its weights."""
    asked = [part.partition(";") for part in header[:200].split(",")]
    ranked = sorted(asked, key=lambda part: -_weight(part[2]))
    wanted = (name.strip().partition("-")[0].lower() for name, _, _ in ranked)
    return next((name for name in wanted if name in offered()), "en")


def _weight(text: str) -> float:
    """What stands behind a language: ' q=0.8'; 1 where nothing does."""
    try:
        return float(text.strip().removeprefix("q=") or 1)
    except ValueError:
        return 0.0
