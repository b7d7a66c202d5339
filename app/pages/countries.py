"""Countries: their calling codes and dial prefixes, whose a number is, and how often each was called."""

from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

import panel_material_ui as pmui

from app import words
from app.pages.book import Book, Entry, containing
from app.pages.shell import Context
from app.patches import Page
from app.ready import ready
from app.tongue import mark, t
from app.viewer import Viewer
from app.views.book import facts, lately, way
from app.views.cards import sentence
from app.views.users import STYLE
from ingest.importer import numberings
from store import prefixes, queries
from store.database import Store
from store.numbers import Numbering, Place, place

COLUMNS: list[dict[str, Any]] = [
    {"key": "name", "label": mark("Country"), "kind": "name"},
    {"key": "code", "label": mark("Code"), "kind": "text", "help": mark("Its two letters in ISO 3166.")},
    {"key": "prefixes", "label": mark("Numbers begin with"), "kind": "text", "spare": True},
    {"key": "calls", "label": mark("Calls"), "kind": "value", "help": mark("In the last 30 days.")},
]
NOTHING = mark("No such country. Search by name, by code, or by a number such as +44 20 7946 0000.")
ANYWHERE = mark("with its calling code")
BEGINS = mark("{prefix} begins numbers of {country} alone.")
READ = mark("At {switch} this is {number}, {country}.")
UNREAD = {
    "internal": mark("At {switch} {number} is an internal number."),
    "unknown": mark("At {switch} {number} leads to no known country."),
}
FEW = 4
LISTED = 40


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


def whose(text: str, numbering: Numbering | None = None) -> Place | None:
    """Where a number leads, as it is dialled at a switch, else from its calling code on; None for what is no
    number.
    """
    digits = "".join(letter for letter in text if letter.isdecimal())
    if not digits or any(letter.isalpha() for letter in text):
        return None
    if numbering:
        return place(text, numbering)
    digits = digits.removeprefix("00")
    return Place(digits, prefixes.country_of(digits), "international")


def found(text: str, lines: Sequence[Entry], numbering: Numbering | None = None) -> Sequence[Entry]:
    """By a number: the country that it belongs to; else by name and code."""
    where = whose(text, numbering)
    return [one for one in lines if one.key == where.country] if where else containing(text, lines)


def reading(where: Place, switch: str = "") -> str:
    """What a number is: as a switch reads it, else by the prefix that its country alone has."""
    name = words.country(where.country)
    if switch and where.kind in UNREAD:
        return t(UNREAD[where.kind], switch=switch, number=where.number)
    if switch:
        return t(READ, switch=switch, number=f"+{where.number}", country=name)
    begins = [one for one in prefixes.ranges(where.country) if where.number.startswith(one)]
    return t(BEGINS, prefix=f"+{begins[0]}", country=name) if begins else ""


class Countries:
    """The page of one session. How switches dial is told to who sees the calls of all of them."""

    def __init__(self, context: Context) -> None:
        self.ways = numberings(context.store) if context.viewer.whole else {}
        options = {t(ANYWHERE): "", **{name: name for name in sorted(self.ways)}}
        self.switch = pmui.Select(
            label=t("As dialled at"), options=options, value="", size="small", width=200, margin=(6, 0, 0, 12)
        )
        self.switch.param.watch(lambda _: ready(self.book.draw), "value")
        self.read = sentence(STYLE)
        controls = [self.switch] if self.ways else []
        self.book: Book[tuple[Land, ...]] = Book(
            context, "countries", t("Countries"), COLUMNS, ask, entries, NOTHING, self.found, controls
        )

    def found(self, text: str, lines: Sequence[Entry]) -> Sequence[Entry]:
        """The lines that a search means; what it says of a number stands above them."""
        name = self.switch.value or ""
        where = whose(text, self.ways.get(name))
        self.read.object = f"<p>{escape(reading(where, name))}</p>" if where else ""
        return found(text, lines, self.ways.get(name))


def page(context: Context) -> Page:
    """The page for the session that asks."""
    built = Countries(context)
    return built.book.page([built.read])
