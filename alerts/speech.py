"""How figures and times are written in letters."""

import math
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from alerts.alarms import UNUSUAL
from alerts.judge import CONDITIONS
from alerts.measures import METRICS

NONE = "–"


def figure(value: float | None, unit: str = "", sign: bool = False) -> str:
    """1234.56 % as '1,234.6 %'; whole numbers without a fraction; a dash where there is none."""
    if value is None or math.isnan(value):
        return NONE
    value = round(value, 1) or 0.0  # no minus before nothing
    decimals = 0 if value == round(value) else 1
    plus = "+" if sign and value else ""
    return f"{value:{plus},.{decimals}f}{f' {unit}' if unit else ''}".replace("-", "−")


def value(metric: str, number: float | None, sign: bool = False) -> str:
    """A value of a metric with its unit."""
    return figure(number, METRICS[metric].unit, sign)


def threshold(metric: str, condition: str, number: float | None) -> str:
    """A threshold with the unit that it has by its condition."""
    if condition in UNUSUAL:
        return figure(number, "standard deviations")
    if condition.endswith("_percent"):
        return figure(number, "%")
    points = METRICS[metric].unit == "%" and CONDITIONS[condition].reference
    return figure(number, "percentage points") if points else value(metric, number)


def change(now: float | None, before: float | None, than: str) -> str:
    """'+12.5 % than the day before'; what cannot be said is a dash."""
    share = 100 * (now - before) / before if now is not None and before else None
    return f"{figure(share, '%', sign=True)} {than}"


def moment(at: datetime, zone: str) -> str:
    """'Mon 23 Nov 2026, 09:05' in a zone."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"


def short(at: datetime, zone: str) -> str:
    """'23 Nov 09:05' in a zone."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %H:%M}"


def span(since: datetime, until: datetime, zone: str) -> str:
    """[since, until) in a zone: 'Sun 22 Nov 2026' for a whole day, else with what is needed of the end."""
    first, last = (one.astimezone(ZoneInfo(zone)) for one in (since, until))
    day = f"{first:%a} {first.day} {first:%b %Y}"
    if first.time() == last.time() == datetime.min.time():
        end = last - timedelta(days=1)
        return day if end.date() == first.date() else f"{day} – {end:%a} {end.day} {end:%b %Y}"
    if first.date() == last.date():
        return f"{day}, {first:%H:%M}–{last:%H:%M} ({zone})"
    return f"{day}, {first:%H:%M} – {last:%a} {last.day} {last:%b %Y}, {last:%H:%M} ({zone})"
