"""FreeSWITCH's mod_cdr_csv: the templates of its sample configuration and the one in its code.

Each value stands in quotes, and nothing within them is escaped: a row is cut at `","` alone, and what a
caller called himself may be cut once more than it should. Times are local.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import NamedTuple

from ingest.asterisk import STAMP, caller_name
from ingest.files import Shape
from ingest.head import Head
from ingest.recipe import Options, Pick, Reading, Recipe
from ingest.refused import Bad
from ingest.rows import FIELDS, Manner
from ingest.texts import BLANK, Row
from store.sentence import Sentence

NAME = "freeswitch_csv"
BETWEEN = re.compile('", ?"')
INSERT = re.compile(r"INSERT INTO [^\s(]{1,100} VALUES ?\(", re.IGNORECASE)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CAUSE = re.compile(r"[A-Z][A-Z0-9_]+")
UNREACHED = ("1970-01-01", "1969-12-31")
"""How old versions write a moment that was never reached: as the first one of Unix, in local time."""
OTHER = "other"
"""The other leg: `bleg_uuid`, or `signal_bond`."""
B_LEG = ":b"
SURPLUS = 4


class Template(NamedTuple):
    """A template: its columns by the fields of rows.FIELDS, '' for those that are not read, and its name."""

    columns: tuple[str, ...]
    words: str


_FIRST = (
    "caller_name", "caller", "destination", "", "start", "answer", "end", "duration", "billsec", "cause",
    "uuid", OTHER, "account",
)  # fmt: skip
_CODECS = ("read_codec", "write_codec")
TEMPLATES = (
    Template((*_FIRST, *_CODECS), "example"),
    Template(_FIRST, "sql, or the one in its code"),
    Template((*_FIRST, *_CODECS, *[""] * 5), "snom"),
    Template((*_FIRST, *_CODECS, *[""] * 2), "linksys"),
    Template(
        ("account", "caller", "destination", "", "caller_name", "channel", "peer_channel", "application", "",
         "start", "answer", "end", "duration", "billsec", "cause", "", "uuid", ""),
        "asterisk",
    ),
    Template(
        ("uuid", OTHER, "direction", "caller", "destination", "answer", "end", "billsec", "account",
         *[""] * 4),
        "opencdrrate",
    ),
)  # fmt: skip


def split(texts: Sequence[str]) -> list[Row]:
    """The columns of each row."""
    return [_row(text) for text in texts]


def _row(text: str) -> Row:
    line = text.strip()
    if not line:
        return BLANK
    if inserted := INSERT.match(line):
        line = line[inserted.end() :].removesuffix(";").rstrip().removesuffix(")")
    line = line.removesuffix(";")
    if len(line) < 2 or (line[0], line[-1]) != ('"', '"'):
        return Bad(
            "quote",
            Sentence("The row is not in quotes from its beginning to its end, as mod_cdr_csv writes it."),
        )
    return BETWEEN.split(line[1:-1])


def recognise(head: Head, options: Options) -> Recipe | None:
    """The recipe when most of the lines are rows of one template."""
    rows = [row for row in split(head.texts) if row != BLANK]
    fitting = {template: [row for row in rows if _fits(row, template)] for template in TEMPLATES}
    template, found = max(fitting.items(), key=lambda item: len(item[1]))
    if len(found) * 2 <= len(rows):
        return None
    columns = tuple((field, place) for place, field in enumerate(template.columns) if field)
    both = _both_legs(found, dict(columns))
    notes = []
    if "start" not in dict(columns):
        notes.append(Sentence("The template has no start: a call counts from its answer, or from its end."))
    if both:
        notes.append(Sentence("The file has both legs of calls, which are joined by bleg_uuid."))
    return Recipe(
        NAME,
        Shape("", frozenset({len(template.columns)})),
        Manner(zone=options.zone or "UTC", switch=options.switch),
        columns=columns,
        leg_columns=(dict(columns)[OTHER],) if both else (),
        words=f"FreeSWITCH's mod_cdr_csv, {len(template.columns)} columns: template {template.words}",
        notes=tuple(notes),
    )


def _fits(row: Row, template: Template) -> bool:
    if not isinstance(row, list) or len(row) < len(template.columns):
        return False
    places = {field: place for place, field in enumerate(template.columns)}
    row = _as_wide(row, len(template.columns), places)
    if len(row) != len(template.columns):
        return False
    told = "cause" not in places or CAUSE.fullmatch(row[places["cause"]])
    return bool(told and UUID.fullmatch(row[places["uuid"]]) and STAMP.fullmatch(row[places["end"]]))


def _both_legs(rows: Sequence[Row], places: Mapping[str, int]) -> bool:
    """Whether some row is the other leg of another one, as far as that tells which is the a-leg's."""
    if OTHER not in places or "direction" in places:
        return False
    found = [row for row in rows if isinstance(row, list)]
    return not {row[places["uuid"]] for row in found}.isdisjoint(row[places[OTHER]] for row in found)


def reading(recipe: Recipe, now: datetime) -> Reading:
    """How the rows are read."""
    return Reading(split, _pick(recipe))


def _pick(recipe: Recipe) -> Pick:
    """The texts of rows."""
    places = dict(recipe.columns)
    (width,) = recipe.shape.widths
    getter = itemgetter(*(places.get(name, -1) for name in FIELDS))

    def texts(row: list[str]) -> Sequence[str]:
        row = _as_wide(row, width, places)
        if len(row) != width:
            raise Bad(
                "columns",
                Sentence("The row has {n} columns; this template has {width}.", n=len(row), width=width),
            )
        found = dict(zip(FIELDS, getter([*row, ""]), strict=True))
        found |= _named(found["uuid"], row[places[OTHER]] if OTHER in places else "", found, recipe)
        found["caller_name"] = caller_name(found["caller_name"])
        if found["answer"].startswith(UNREACHED) or not found["answer"]:
            found["answer"], found["billsec"] = "", "0"
        found["start"] = found["start"] or found["answer"] or found["end"]
        return [found[name] for name in FIELDS]

    return texts


def _as_wide(row: list[str], width: int, places: Mapping[str, int]) -> list[str]:
    """The row with the name put together again that was cut because it held `","` itself."""
    surplus, place = len(row) - width, places.get("caller_name", -1)
    if not 0 < surplus <= SURPLUS or place < 0:
        return row
    return [*row[:place], '","'.join(row[place : place + surplus + 1]), *row[place + surplus + 1 :]]


def _named(own: str, other: str, found: Mapping[str, str], recipe: Recipe) -> dict[str, str]:
    """The names of call and leg: where both legs are told, those of a call have one; the a-leg's leg is named
    as the call.
    """
    if recipe.leg_columns:
        return {"uuid": other, "leg": other} if other else {"uuid": own, "leg": own + B_LEG}
    if found["direction"] == "outbound" and other:
        return {"uuid": other, "leg": own}
    return {"leg": own}
