"""How figures and times are written: in English, as in letters, unless whoever asks writes them otherwise."""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.alarms import UNUSUAL
from alerts.judge import CONDITIONS
from alerts.measures import METRICS
from store.sentence import mark

NONE = "–"


def written(value: float, decimals: int) -> str:
    """1234.56 as '1,234.6'."""
    return f"{value:,.{decimals}f}"


def figure(
    value: float | None, unit: str = "", sign: bool = False, write: Callable[[float, int], str] = written
) -> str:
    """1234.56 % as '1,234.6 %', or as `write` has numbers; whole ones without a fraction; a dash where there
    is none.
    """
    if value is None or math.isnan(value):
        return NONE
    value = round(value, 1) or 0.0  # no minus before nothing
    plus = "+" if sign and value > 0 else ""
    said = write(value, 0 if value == round(value) else 1).replace("-", "−")
    return f"{plus}{said}{f' {unit}' if unit else ''}"


def value(metric: str, number: float | None, sign: bool = False) -> str:
    """A value of a metric with its unit."""
    return figure(number, METRICS[metric].unit, sign)


def threshold(metric: str, condition: str, number: float | None) -> str:
    """A threshold with the unit that it has by its condition."""
    return figure(number, unit(metric, condition))


def unit(metric: str, condition: str) -> str:
    """The unit of a threshold, by its condition."""
    if condition in UNUSUAL:
        return mark("standard deviations")
    if condition.endswith("_percent"):
        return "%"
    points = METRICS[metric].unit == "%" and CONDITIONS[condition].reference
    return mark("percentage points") if points else METRICS[metric].unit


def change(now: float | None, before: float | None, than: str) -> str:
    """'+12.5 % than the day before'; what cannot be said is a dash."""
    share = 100 * (now - before) / before if now is not None and before else None
    return f"{figure(share, '%', sign=True)} {than}"


def day(at: datetime, zone: ZoneInfo) -> str:
    """'Mon 23 Nov 2026' in a zone."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%b %Y}"


def moment(at: datetime, zone: str) -> str:
    """'Mon 23 Nov 2026, 09:05' in a zone."""
    return f"{day(at, ZoneInfo(zone))}, {at.astimezone(ZoneInfo(zone)):%H:%M}"


def short(at: datetime, zone: str) -> str:
    """'23 Nov 09:05' in a zone."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %H:%M}"


def span(since: datetime, until: datetime, zone: str, day: Callable[[datetime, ZoneInfo], str] = day) -> str:
    """[since, until) in a zone: 'Sun 22 Nov 2026' for a whole day, else with what is needed of the end; days
    are written by `day`.
    """
    place = ZoneInfo(zone)
    first, last = since.astimezone(place), until.astimezone(place)
    if first.time() == last.time() == datetime.min.time():
        end = last - timedelta(days=1)
        whole = day(first, place)
        return whole if end.date() == first.date() else f"{whole} – {day(end, place)}"
    if first.date() == last.date():
        return f"{day(first, place)}, {first:%H:%M}–{last:%H:%M} ({zone})"
    return f"{day(first, place)}, {first:%H:%M} – {day(last, place)}, {last:%H:%M} ({zone})"
