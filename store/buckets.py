"""The sums: what a bucket is, and the one piece of code that counts calls into buckets, for import, repair
and proof alike.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import NamedTuple
from urllib.parse import unquote

import numpy as np
import numpy.typing as npt

from store.metrics import MEASURES, SHORT_CALL_MS
from store.record import CDR, EPOCH

ALL = "*"
FACETS = ("country", "cause", "direction")
WIDTH = len(MEASURES)
HOUR = timedelta(hours=1)

GRAINS = ("h", "d", "m")
SCOPES = (("account", ALL), (ALL, "switch"), (ALL, ALL))
VIEWS = tuple(
    (account, switch, grain, facet)
    for account, switch in SCOPES
    for grain, more in (("h", ()), ("d", ("hour",)), ("m", ("day",)))
    for facet in ("total", *FACETS, *more)
) + tuple(
    ("account", "switch", grain, facet)
    for grain, part in (("d", "hour"), ("m", "day"))
    for facet in ("total", part)
)
"""What is counted: for every account, every switch and all together the hours, days and months, each with
its total and a cell for each country, cause and direction; a day with its hours, a month with its days. An
account on a switch has days and months without facets: crossing everything with everything is no summing.
"""

Cell = list[int]
Bucket = dict[str, dict[str, Cell]]
"""A stored bucket without its key: {"total": {"all": cell}, "country": {"FR": cell}, ..., "hour": {"14":
cell}, "day": {"22": cell}}.
"""
Sums = dict[str, Bucket]
Ints = npt.NDArray[np.int64]


class Fact(NamedTuple):
    """What of a call is counted: its hour since 1970, its place in every dimension, and its measures."""

    hour: int
    account: str
    switch: str
    country: str
    cause: str
    direction: str
    measures: tuple[int, ...]


def fact(call: CDR, effective: frozenset[str]) -> Fact:
    """The fact of a call; `effective` holds the causes that count for NER beside answered calls."""
    seconds = (call.start - EPOCH).days * 86_400 + (call.start - EPOCH).seconds
    pdd = call.pdd_ms
    measures = (
        1,
        int(call.answered),
        call.mduration,
        call.billmsec,
        int(call.answered or call.cause in effective),
        int(call.answered and call.billmsec <= SHORT_CALL_MS),
        pdd or 0,
        int(pdd is not None),
    )
    return Fact(
        seconds // 3600, call.account, call.switch, call.country, call.cause, call.direction, measures
    )


_UNFIT = str.maketrans({sign: f"%{ord(sign):02X}" for sign in "%|*.$\0"})


def escape(name: str) -> str:
    """A name that may stand in a bucket's key and as a field within it: what means something there is
    percent-encoded, and no name at all is `%`, so that no name can be another's.
    """
    return name.translate(_UNFIT) or "%"


def unescape(name: str) -> str:
    """The name that `escape` was given."""
    return "" if name == "%" else unquote(name)


def head(account: str | None, switch: str | None) -> str:
    """How the keys of a scope begin, before the grain (h, d or m: hour, day, month) and the stamp; None is
    all accounts, or all switches.
    """
    return f"{ALL if account is None else escape(account)}|{ALL if switch is None else escape(switch)}"


def stamp(moment: datetime, grain: str) -> str:
    """The end of a bucket's key: `2026112214`, `20261122` or `202611`, in UTC."""
    return moment.strftime({"h": "%Y%m%d%H", "d": "%Y%m%d", "m": "%Y%m"}[grain])


class _Column(NamedTuple):
    """A column of words as numbers: row i holds words[codes[i]]."""

    words: list[str]
    codes: Ints

    @classmethod
    def of(cls, values: Sequence[str]) -> "_Column":
        words = sorted(set(values))
        place = {word: i for i, word in enumerate(words)}
        return cls(words, np.fromiter((place[v] for v in values), np.int64, len(values)))


def _times(hours: Ints) -> dict[str, _Column]:
    """The columns that follow from the hour: the three grains, and the part of the day and of the month."""
    distinct, rows = np.unique(hours, return_inverse=True)
    moments = [EPOCH + HOUR * h for h in distinct.tolist()]
    words = {grain: [stamp(m, grain) for m in moments] for grain in GRAINS}
    words["hour"] = [s[8:] for s in words["h"]]
    words["day"] = [s[6:8] for s in words["h"]]
    columns = {}
    for name, of_moment in words.items():
        few = _Column.of(of_moment)
        columns[name] = _Column(few.words, few.codes[rows])
    return columns


def _columns(facts: Sequence[Fact]) -> dict[str, _Column]:
    everything = _Column(["all"], np.zeros(len(facts), np.int64))
    columns = {}
    for name in (*FACETS, "account", "switch"):
        column = _Column.of([getattr(f, name) for f in facts])
        columns[name] = column._replace(words=[escape(w) for w in column.words])
    columns |= _times(np.fromiter((f.hour for f in facts), np.int64, len(facts)))
    return columns | {"total": everything, ALL: everything._replace(words=[ALL])}


def _grouped(columns: Sequence[_Column], values: Ints) -> Iterator[tuple[list[str], Cell]]:
    """Each distinct row of words with the sum of its values, exact in 64-bit integers."""
    code = np.zeros(len(values), np.int64)
    for column in columns:
        code = code * len(column.words) + column.codes
    order = np.argsort(code, kind="stable")
    ordered = code[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    added = np.add.reduceat(values[order], first, axis=0)
    # without the zeros at the end, which is how a cell is stored
    widths = WIDTH - np.argmax(added[:, ::-1] != 0, axis=1)
    short = [cell[:width] for cell, width in zip(added.tolist(), widths.tolist(), strict=True)]
    rest, words = ordered[first], []
    for column in reversed(columns):
        rest, code = np.divmod(rest, len(column.words))
        words.append([column.words[i] for i in code.tolist()])
    yield from zip(zip(*reversed(words), strict=True), short, strict=True)


def count(facts: Sequence[Fact]) -> Sums:
    """The buckets of these calls, by key; see VIEWS for which there are."""
    if not facts:
        return {}
    columns = _columns(facts)
    values = np.array([f.measures for f in facts], np.int64)
    sums: Sums = {}
    for account, switch, grain, facet in VIEWS:
        chosen = [columns[name] for name in (account, switch, grain, facet)]
        last: tuple[str, ...] = ()
        cells: dict[str, Cell] = {}
        for (a, s, when, word), cell in _grouped(chosen, values):
            if (a, s, when) != last:
                last = (a, s, when)
                cells = sums.setdefault(f"{a}|{s}|{grain}|{when}", {}).setdefault(facet, {})
            cells[word] = cell
    return sums


def trimmed(cell: Cell) -> Cell:
    """The cell without the zeros at its end, which is how it is stored."""
    while cell and not cell[-1]:
        cell.pop()
    return cell


def add(bucket: Bucket, more: Mapping[str, Mapping[str, Sequence[int]]], sign: int = 1) -> None:
    """Add the cells of `more` to the bucket, or take them off; a cell without calls is dropped."""
    for facet, cells in more.items():
        held = bucket.setdefault(facet, {})
        for word, cell in cells.items():
            total = [x + sign * y for x, y in zip_longest(held.get(word, ()), cell, fillvalue=0)]
            if trimmed(total):
                held[word] = total
            else:
                held.pop(word, None)
        if not held:
            del bucket[facet]
