"""How far a table is read: a value that never goes back, and the rows near it that are known, since rows may
appear later than those with higher values. Pure.

The value is an id that the table counts up, or a moment. The bound is closed: rows with the value itself are
read again, so that equal values lose nothing.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

KNOWN = 20_000
"""Rows that are remembered at most; what is forgotten is known by the store, only slower."""
KEY = 8

Value = int | datetime | str
"""A place in the order of a table; a text where a table keeps its times as texts."""
Lower = Callable[[Any], Value | None]
"""From which value on rows may still appear once a row with this one is there (ingest/lateness.py); None for
a value that tells nothing, such as a moment to come.
"""


class Window(NamedTuple):
    """`floor` is the value from which the table is read at each look, None at its beginning; `known` are the
    keys of rows from there on that are stored.

    Within one look, `at` is the value up to which it has come, and `near` what it read from the floor on.
    """

    floor: Value | None = None
    known: tuple[bytes, ...] = ()
    at: Value | None = None
    near: tuple[tuple[Value, bytes], ...] = ()

    @property
    def start(self) -> Value | None:
        """From where the next page is read."""
        return self.floor if self.at is None else self.at

    def cursor(self) -> dict[str, Any]:
        """As BSON keeps it; a moment becomes a text, because MongoDB's have no microseconds and no zone."""
        kind, floor = type(self.floor).__name__, self.floor
        text = floor.isoformat() if isinstance(floor, datetime) else floor
        return {"kind": kind, "floor": text, "known": b"".join(self.known)}


def window_of(cursor: Any) -> Window:
    """The window of a cursor, as a look begins; {} is the beginning."""
    if not cursor:
        return Window()
    floor, packed = cursor["floor"], bytes(cursor["known"])
    if cursor["kind"] == "datetime":
        floor = datetime.fromisoformat(floor)
    return Window(floor, tuple(packed[i : i + KEY] for i in range(0, len(packed), KEY)))


def key_of(row: Sequence[Any]) -> bytes:
    """What a row is known by: all of it, so that a row that was changed is new."""
    return blake2b(repr(tuple(row)).encode("utf-8", "surrogatepass"), digest_size=KEY).digest()


Rows = Sequence[Any]
"""Rows in the order of their values, the value first."""


def page(
    ask: Callable[[Value | None, bool], Rows], same: Callable[[Value], Rows], start: Value | None, size: int
) -> tuple[Rows, bool]:
    """Some `size` rows from the start on, and whether there are more behind them.

    `ask` gives up to size + 1 rows from a value on, or only above it, and `same` all rows of one value. Those
    of the last value are there all or none, and behind a start that many rows share there is always a row
    that is higher, so that a page brings the reading forward.
    """
    rows = ask(start, False)
    if len(rows) <= size:
        return rows, False
    whole = [row for row in rows if row[0] != rows[-1][0]]
    if whole and whole[-1][0] != start:
        return whole, True
    head = whole or same(rows[-1][0])
    rest = ask(head[-1][0], True)
    if len(rest) <= size:
        return [*head, *rest], False
    whole = [row for row in rest if row[0] != rest[-1][0]]
    return [*head, *(whole or same(rest[-1][0]))], True


class Step(NamedTuple):
    """What a page of a table brings: the places of the rows that are new, and the window behind it."""

    fresh: list[int]
    window: Window


def step(window: Window, values: Sequence[Value], keys: Sequence[bytes], full: bool, lower: Lower) -> Step:
    """Read a page of rows from the window's start on, in the order of their values; `full` says that there
    is more behind it.

    The floor rises to what is lower than the page's last value that tells anything, and never falls. What
    was known before stays known until a look has come to the end, and has read all of it again.
    """
    if not values:
        return Step([], window)
    known = {*window.known, *(key for _, key in window.near)}
    fresh = [place for place, key in enumerate(keys) if key not in known]
    lowest = next((low for value in reversed(values) if (low := lower(value)) is not None), None)
    floor = window.floor if lowest is None or _is_below(lowest, window.floor) else lowest
    read = dict.fromkeys((*window.near, *zip(values, keys, strict=True)))
    near = tuple(pair for pair in read if not _is_below(pair[0], floor))[-KNOWN:]
    before = window.known[:KNOWN] if full else ()
    held = dict.fromkeys((*(key for _, key in near), *before))
    return Step(fresh, Window(floor, tuple(held), values[-1], near))


def _is_below(one: Value, other: Value | None) -> bool:
    """Whether one value is lower than the other; what cannot be compared, such as a text among moments, is
    not.
    """
    try:
        return other is not None and bool(one < other)  # type: ignore[operator]
    except TypeError:
        return False
