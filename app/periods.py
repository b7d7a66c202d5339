"""Named stretches of time in the viewer's zone, the stretch before one, and the moments a day begins and
ends.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from store.sentence import mark

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

Range = tuple[datetime, datetime]
"""[since, until), aware UTC."""


class Period(NamedTuple):
    """A choice of the period list: its words, for t(...), and the range it means at a moment in a zone."""

    label: str
    of: Callable[[datetime, ZoneInfo], Range]


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The moment the day begins in that zone, aware UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def next_hour(now: datetime) -> datetime:
    """The end of the hour that `now` lies in."""
    return now.replace(minute=0, second=0, microsecond=0) + HOUR


def days(first: date, last: date, zone: ZoneInfo) -> Range:
    """Both days and those between them, whole: 23 or 25 hours long where the clocks change."""
    return midnight(first, zone), midnight(last + DAY, zone)


def _back(count: int, end: int = 0) -> Callable[[datetime, ZoneInfo], Range]:
    """`count` days of the viewer's calendar, the last of them `end` days before today."""

    def range_of(now: datetime, zone: ZoneInfo) -> Range:
        last = now.astimezone(zone).date() - end * DAY
        return days(last - (count - 1) * DAY, last, zone)

    return range_of


PERIODS: dict[str, Period] = {
    "today": Period(mark("Today"), _back(1)),
    "yesterday": Period(mark("Yesterday"), _back(1, end=1)),
    "24h": Period(mark("Last 24 hours"), lambda now, zone: (next_hour(now) - DAY, next_hour(now))),
    "7d": Period(mark("Last 7 days"), _back(7)),
    "30d": Period(mark("Last 30 days"), _back(30)),
    "90d": Period(mark("Last 90 days"), _back(90)),
}
CUSTOM = "custom"


def before(since: datetime, until: datetime, zone: ZoneInfo) -> Range:
    """The range of the same length that ends where this one begins.

    Whole days stay whole days of the calendar, however many hours they have.
    """
    first, last = since.astimezone(zone), until.astimezone(zone)
    if first.time() == last.time() == time():
        return midnight(first.date() - (last.date() - first.date()), zone), since
    return since - (until - since), since


def shifted(moment: datetime, count: int, zone: ZoneInfo) -> datetime:
    """The same wall clock time `count` days earlier, aware UTC."""
    local = moment.astimezone(zone)
    return datetime.combine(local.date() - count * DAY, local.time(), zone).astimezone(UTC)


def anchor(now: datetime, newest: datetime | None) -> datetime:
    """The moment from which periods count back: now, or the newest record when that is older than a day."""
    return newest if newest is not None and now - newest > DAY else now
