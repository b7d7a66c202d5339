"""How far a table is read: a value that never goes back, and the rows near it that are known, since rows may
appear later than those with higher values. Pure.

The value is an id that the table counts up, or a moment. The bound is closed: rows with the value itself are
read again, so that equal values lose nothing.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

LATE_ROWS = 1_000
"""Ids by which a row may appear later than a higher one."""
LATE = timedelta(seconds=60)
"""Time by which a row may appear later than a newer one."""
KNOWN = 20_000
"""Rows that are remembered at most; what is forgotten is known by the store, only slower."""
KEY = 8

Value = int | datetime | str
"""A place in the order of a table; a text where a table keeps its times as texts."""


class Window(NamedTuple):
    """`floor` is the value from which the table is read, None at its beginning; `known` are the keys of rows
    from there on that are stored, sorted.
    """

    floor: Value | None = None
    known: tuple[bytes, ...] = ()

    def cursor(self) -> dict[str, Any]:
        """As BSON keeps it; a moment becomes a text, because MongoDB's have no microseconds and no zone."""
        kind, floor = type(self.floor).__name__, self.floor
        text = floor.isoformat() if isinstance(floor, datetime) else floor
        return {"kind": kind, "floor": text, "known": b"".join(self.known)}


def window_of(cursor: Any) -> Window:
    """The window of a cursor; {} is the beginning."""
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
    ask: Callable[[Value | None, bool], Rows], same: Callable[[Value], Rows], floor: Value | None, size: int
) -> tuple[Rows, bool]:
    """Some `size` rows from the floor on, and whether there are more behind them.

    `ask` gives up to size + 1 rows from a value on, or only above it, and `same` all rows of one value. Those
    of the last value are there all or none, and behind a floor that many rows share there is always a row
    that is higher, so that a page brings the reading forward.
    """
    rows = ask(floor, False)
    if len(rows) <= size:
        return rows, False
    whole = [row for row in rows if row[0] != rows[-1][0]]
    if whole and whole[-1][0] != floor:
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


def step(window: Window, values: Sequence[Value], keys: Sequence[bytes], full: bool) -> Step:
    """Read a page of rows from the window's floor on, in the order of their values.

    `full` says that there is more behind it. A page that brought nothing new but is full moves the floor to
    its last value, so that many known rows near each other do not hold the reading up.
    """
    known = set(window.known)
    fresh = [place for place, key in enumerate(keys) if key not in known]
    if not values:
        return Step([], window)
    last = values[-1]
    floor = last if full and not fresh else lowered(last)
    if window.floor is not None and not _after(floor, window.floor):
        floor = window.floor
    kept = {key for value, key in zip(values, keys, strict=True) if not _after(floor, value)}
    if full and not fresh:
        kept |= known
    return Step(fresh, Window(floor, tuple(sorted(kept)[:KNOWN])))


def lowered(value: Value) -> Value:
    """A value less what rows may be late by; a text that is no time as it is."""
    if isinstance(value, int):
        return value - LATE_ROWS
    if isinstance(value, datetime):
        return value - LATE
    try:
        return str(datetime.fromisoformat(value) - LATE)
    except ValueError:
        return value


def _after(one: Value, other: Value) -> bool:
    """Whether one value is higher than the other; they are of one column, and so of one type."""
    return bool(one > other)  # type: ignore[operator]
