"""By how much rows of a table may appear late: behind rows with higher numbers, or with later moments.

What tells nothing does not count: a moment to come (a switch whose clock was wrong), a text that is no time.
A table whose times are those of a wall is looked at further back around a change of clocks, because an hour
comes twice there, and because the length of a call added to its start is another moment then.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from ingest.times import COMPACT, UNITS
from ingest.window import Lower, Value
from store.record import CDR, Reject

ROWS = 1_000
"""Numbers by which a row may appear later than a higher one, since its transaction took longer."""
LATE = timedelta(minutes=6)
"""Time by which a row may appear later than a newer one: Asterisk holds rows back for five minutes when it
writes them in batches.
"""
BEFORE, BEHIND = timedelta(days=1), timedelta(hours=2)
"""Around a moment, where a change of clocks still counts."""
SOON = timedelta(minutes=1)
"""By which the clock of a switch may be ahead of ours."""


def by_number(value: Any) -> Value | None:
    """Of a number that the table counts up."""
    return int(value) - ROWS


def by_second(now: datetime) -> Lower:
    """Of seconds since 1970, as those in an ObjectId."""
    latest = (now + SOON).timestamp()

    def lower(value: Any) -> Value | None:
        return int(value - LATE.total_seconds()) if value <= latest else None

    return lower


def by_moment(zone: str, now: datetime) -> Lower:
    """Of moments in any form: with their zone, of the wall in this zone, as texts, or as epochs in seconds,
    milli- or microseconds.
    """
    place, latest = ZoneInfo(zone), now + SOON

    def lower(value: Any) -> Value | None:
        try:
            if isinstance(value, datetime):
                return _moment(value, place, latest)
            return _text(value, place, latest) if isinstance(value, str) else _epoch(value, latest)
        except (ValueError, TypeError, ArithmeticError):
            return None

    return lower


def _moment(value: datetime, place: tzinfo, latest: datetime) -> datetime | None:
    if value.tzinfo:
        return value - LATE if value <= latest else None
    if value.replace(tzinfo=place).astimezone(UTC) > latest:
        return None
    return value - LATE - _change(value, place)


def _change(value: datetime, place: tzinfo) -> timedelta:
    """By how much the clocks change around a moment of the wall."""
    around = (value - BEFORE, value, value + BEHIND)
    offsets = [moment.replace(tzinfo=place, fold=fold).utcoffset() for moment in around for fold in (0, 1)]
    known = [offset for offset in offsets if offset is not None]
    return max(known) - min(known)


def _text(value: str, place: tzinfo, latest: datetime) -> str | None:
    compact = COMPACT.fullmatch(value) is not None
    if value.isdecimal() and not compact:
        return None if (epoch := _epoch(int(value), latest)) is None else str(epoch)
    read = datetime.fromisoformat(f"{value[:8]}T{value[8:]}" if compact else value)
    found = _moment(read, place, latest)
    if found is None:
        return None
    return found.strftime("%Y%m%d%H%M%S") if compact else str(found)


def _epoch(value: Any, latest: datetime) -> int | None:
    unit = next((unit for limit, unit in UNITS if value < limit), None)
    if unit is None or value > latest.timestamp() * unit:
        return None
    return int(value) - int(LATE.total_seconds()) * unit


def newest(found: Iterable[CDR | Reject], now: datetime) -> datetime | None:
    """When the last of these calls ended, as far as it is not to come: a source writes a call at its end."""
    ends = (one.end for one in found if isinstance(one, CDR))
    return max((end for end in ends if end <= now), default=None)
