"""Hours, days and months of a time zone as moments of UTC; days of 23 and 25 hours come out as such."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from store.record import EPOCH

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
Span = tuple[datetime, datetime]
UNITS = ("hour", "day", "month")


def floor(moment: datetime, unit: str, zone: str = "UTC") -> datetime:
    """The start (UTC) of the hour, day or month of the zone in which the moment lies."""
    local = moment.astimezone(ZoneInfo(zone))
    if unit == "hour":
        start = moment - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        # where a clock is put by half an hour (Lord Howe), an hour begins there and then
        while start.astimezone(local.tzinfo).utcoffset() != local.utcoffset():
            start += MINUTE
        return start
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return (day.replace(day=1) if unit == "month" else day).astimezone(UTC)


def ceiling(moment: datetime, length: timedelta) -> datetime:
    """The first whole length of time since 1970 that begins at the moment or after it."""
    return EPOCH - (EPOCH - moment) // length * length


def following(start: datetime, unit: str, zone: str = "UTC") -> datetime:
    """The start (UTC) of the hour, day or month after the one that starts here."""
    if unit == "hour":
        return floor(start + HOUR, "hour", zone) if zone != "UTC" else start + HOUR
    local = start.astimezone(ZoneInfo(zone))
    later = local + DAY if unit == "day" else (local.replace(day=1) + timedelta(days=32)).replace(day=1)
    return later.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


def periods(
    since: datetime, until: datetime, unit: str, zone: str = "UTC"
) -> Iterator[tuple[datetime, datetime, datetime]]:
    """(label, since, until) of each period that meets [since, until), cut to it; the label is the start of
    the whole period.
    """
    label = floor(since, unit, zone)
    while label < until:
        after = following(label, unit, zone)
        if after > since:
            yield label, max(label, since), min(after, until)
        label = after


def joined(spans: Iterable[Span]) -> Iterator[Span]:
    """The spans with those put together that touch."""
    held: Span | None = None
    for since, until in spans:
        if held and held[1] == since:
            held = held[0], until
            continue
        if held:
            yield held
        held = since, until
    if held:
        yield held
