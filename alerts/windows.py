"""The windows that an alarm looks at: closed stretches of time in its own zone, and what each is compared
with.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from store.periods import MINUTE, ceiling, floor, following

MOMENT = timedelta.resolution


class Window(NamedTuple):
    """A stretch of time [since, until), both aware UTC."""

    since: datetime
    until: datetime


def _week(moment: datetime, zone: str) -> datetime:
    """The Monday midnight of the zone at or before the moment."""
    day = floor(moment, "day", zone)
    local = day.astimezone(ZoneInfo(zone))
    return _midnight(local - timedelta(days=local.weekday()))


def _midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


def _same_time(moment: datetime, zone: str, days: int) -> datetime:
    """The same wall clock time so many days before; DST does not move it."""
    return (moment.astimezone(ZoneInfo(zone)) - timedelta(days=days)).astimezone(UTC)


def _year_before(moment: datetime, zone: str) -> datetime:
    """The first of the same month a year before, for the first of a month."""
    local = moment.astimezone(ZoneInfo(zone))
    return _midnight(local.replace(year=local.year - 1))


class Period(NamedTuple):
    """A length of windows: its words, and the start of the window in which a moment lies."""

    words: str
    start: Callable[[datetime, str], datetime]
    next: Callable[[datetime, str], datetime]


PERIODS = {
    "hour": Period("hour", lambda m, z: floor(m, "hour", z), lambda m, z: following(m, "hour", z)),
    "day": Period("day", lambda m, z: floor(m, "day", z), lambda m, z: following(m, "day", z)),
    "week": Period("week", _week, lambda m, z: _week(m + timedelta(days=8), z)),
    "month": Period("month", lambda m, z: floor(m, "month", z), lambda m, z: following(m, "month", z)),
}
"""The periods of the calendar; a number of minutes is a rolling one, which closes every minute."""


def due(
    period: str, minutes: int, zone: str, after: datetime, now: datetime, grace: timedelta
) -> Iterator[Window]:
    """The windows that closed after the moment `after` and by `now` less the grace for late records, oldest
    first.

    `period` is one of PERIODS, or "minutes" for windows of so many minutes that end at each whole minute.
    Only the last of the rolling ones is given: what happened between them lies in it, or is over.
    """
    closed = now - grace
    if period == "minutes":
        until = closed.replace(second=0, microsecond=0)
        if until > after:
            yield Window(until - timedelta(minutes=minutes), until)
        return
    kind = PERIODS[period]
    since = kind.start(after, zone)
    while (until := kind.next(since, zone)) <= closed:
        if until > after:
            yield Window(since, until)
        since = until


def before(window: Window, period: str, zone: str) -> Window:
    """The window of the same kind right before this one."""
    if period not in PERIODS:
        return Window(window.since - (window.until - window.since), window.since)
    return Window(PERIODS[period].start(window.since - timedelta(milliseconds=1), zone), window.since)


def week_before(window: Window, zone: str) -> Window:
    """The same wall clock times a week before."""
    return Window(_same_time(window.since, zone, 7), _same_time(window.until, zone, 7))


def year_before(window: Window, zone: str) -> Window:
    """The same month of the year before, for a window that is a month."""
    return Window(_year_before(window.since, zone), _year_before(window.until, zone))


def usual(window: Window, zone: str, weeks: int = 6) -> list[Window]:
    """The same wall clock times of the weeks before, newest first: what the usual is learned from."""
    return [
        Window(_same_time(window.since, zone, 7 * n), _same_time(window.until, zone, 7 * n))
        for n in range(1, weeks + 1)
    ]


def shown(since: datetime, until: datetime, zone: str) -> dict[str, list[str]]:
    """What shows the calls of [since, until), as parameters of the pages' address: its days in the zone, and
    its hours within them, from whole minute to whole minute.
    """
    until = ceiling(until, MINUTE)
    first, last = (moment.astimezone(ZoneInfo(zone)) for moment in (since, until - MOMENT))
    return {
        "period": ["custom"],
        "from": [f"{first:%Y-%m-%d}"],
        "to": [f"{last:%Y-%m-%d}"],
        "hours": [f"{since:%Y-%m-%dT%H:%MZ}/{until:%Y-%m-%dT%H:%MZ}"],
    }
