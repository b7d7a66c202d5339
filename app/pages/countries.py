"""Countries: their calling codes and dial prefixes, whose a number is, and how often each was called."""

from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

from app import words
from app.pages.book import Book, Entry, containing
from app.pages.shell import Context
from app.patches import Page
from app.tongue import mark, t
from app.viewer import Viewer
from app.views.book import facts, lately, way
from store import prefixes, queries
from store.database import Store

COLUMNS: list[dict[str, Any]] = [
    {"key": "name", "label": mark("Country"), "kind": "name"},
    {"key": "code", "label": mark("Code"), "kind": "text", "help": mark("Its two letters in ISO 3166.")},
    {"key": "prefixes", "label": mark("Numbers begin with"), "kind": "text", "spare": True},
    {"key": "calls", "label": mark("Calls"), "kind": "value", "help": mark("In the last 30 days.")},
]
NOTHING = mark("No such country. Search by name, by code, or by a number such as +44 20 7946 0000.")
FEW = 4
LISTED = 200


class Land(NamedTuple):
    """A country: its code, the prefixes that its numbers alone begin with, and its calls of late."""

    code: str
    prefixes: tuple[str, ...]
    calls: int


def ask(store: Store, viewer: Viewer) -> tuple[Land, ...]:
    """Every country, with the calls that the viewer may see."""
    frame = queries.countries(store, viewer.narrow(lately(viewer.zone or store.settings.zone)))
    calls = dict(zip(frame["country"], frame["calls"], strict=True))
    return tuple(Land(code, prefixes.ranges(code), int(calls.get(code, 0))) for code in words.countries())


def entries(seen: Sequence[Land]) -> Sequence[Entry]:
    """The lines of the book, by name."""
    order = {code: place for place, code in enumerate(words.countries())}
    return [_entry(land) for land in sorted(seen, key=lambda land: order[land.code])]


def _entry(land: Land) -> Entry:
    name = words.country(land.code)
    begin = [f"+{one}" for one in land.prefixes]
    few = ", ".join(begin[:FEW]) + (" …" if len(begin) > FEW else "")
    calls = words.number(land.calls) if land.calls else ""
    row = {"name": {"text": name}, "code": land.code, "prefixes": few, "calls": calls}
    known = {
        t("Code"): escape(land.code),
        t("Numbers begin with"): escape(", ".join(begin[:LISTED])) + (" …" if len(begin) > LISTED else ""),
        t("Calls in 30 days"): words.number(land.calls),
    }
    story = facts(known) + (way(country=land.code) if land.calls else "")
    return Entry(land.code, row, name, story, f"{name} {land.code}")


def found(text: str, lines: Sequence[Entry]) -> Sequence[Entry]:
    """By a number: the country that it belongs to; else by name and code."""
    digits = "".join(letter for letter in text if letter.isdecimal())
    if not digits or any(letter.isalpha() for letter in text):
        return containing(text, lines)
    digits = digits.removeprefix("00")
    return [one for one in lines if one.key == prefixes.country_of(digits)]


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return Book(context, "countries", t("Countries"), COLUMNS, ask, entries, NOTHING, found).page()
