"""Words for people: names of countries and causes, numbers with separators and units, chips and the
sentence of a filter.
"""

import math
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date

from app import tongue
from app.filter import DIRECTION_NAMES, DURATION_OPS, NUMBER_OPS, CallFilter
from app.tongue import locale, many, mark, t
from store import causes

NO_VALUE = "–"
NO_CALLS = mark("No calls in this time.")
SPECIAL = {
    "ZZ": mark("Unknown country"),
    "001": mark("International networks"),
    "internal": mark("Internal calls"),
}


def countries() -> dict[str, str]:
    """Code -> name of every country as the reader calls it, in the order of the names, the special ones
    last.
    """
    return _countries(str(locale())) | {code: t(name) for code, name in SPECIAL.items()}


@cache
def _countries(language: str) -> dict[str, str]:
    names = {**Locale("en").territories, **Locale.parse(language).territories}  # Spanish knows no Sark
    real = {c: n for c, n in names.items() if len(c) == 2 and c.isalpha() and c not in NOT_COUNTRIES}
    return dict(sorted(real.items(), key=lambda item: _plain(item[1])))


def _plain(name: str) -> str:
    """A name as it is sorted: Éthiopie among the E."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()


NOT_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


def country(code: str) -> str:
    """The name of a country code; a code that is not known stands for itself."""
    return t(SPECIAL[code]) if code in SPECIAL else _countries(str(locale())).get(code, code)


def account(name: str) -> str:
    """An account for people; calls without one have the empty name."""
    return name or t("no account")


def number(value: float | None, decimals: int = 0) -> str:
    """1234.5 as '1,235', or as the reader writes it; a dash where there is none."""
    return NO_VALUE if value is None or math.isnan(value) else tongue.number(value, decimals)


def percent(value: float | None) -> str:
    """47.25 as '47.3 %'."""
    return NO_VALUE if value is None or math.isnan(value) else f"{tongue.number(value, 1)} %"


def seconds(value: float | None) -> str:
    """Seconds for people: '8.2 s' below a minute, '3:05 min' below an hour, '2:03:05 h' above."""
    if value is None or math.isnan(value):
        return NO_VALUE
    if value < 60:
        return f"{tongue.number(value, 1)} s"
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} h" if hours else f"{minutes}:{rest:02} min"


def clock(value: float) -> str:
    """Seconds as '0:03:05', for a column of them."""
    minutes, rest = divmod(round(value), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def change(now: float | None, then: float | None) -> float | None:
    """The change in percent of the value before; None where that cannot be said."""
    if now is None or not then or math.isnan(now) or math.isnan(then):
        return None
    return 100 * (now - then) / then


def day(moment: datetime, zone: ZoneInfo) -> str:
    """'Sun 22 Nov 2026' in the viewer's zone and language."""
    return format_date(moment.astimezone(zone), "EEE d MMM y", locale=locale())


def moment(at: datetime, zone: ZoneInfo) -> str:
    """'Sun 22 Nov 2026, 09:05' in a zone."""
    return f"{day(at, zone)}, {at.astimezone(zone):%H:%M}"


def short(at: datetime, zone: ZoneInfo) -> str:
    """'22 Nov 09:05' in a zone, for a column of them."""
    local = at.astimezone(zone)
    return f"{format_date(local, 'd MMM', locale=locale())} {local:%H:%M}"


def stamp(moment: datetime, zone: ZoneInfo) -> str:
    """'Sun 22 Nov 23:05' in the viewer's zone and language."""
    local = moment.astimezone(zone)
    return f"{_short(local.date(), str(locale()))} {local:%H:%M}"


def weekday(moment: datetime, zone: ZoneInfo) -> str:
    """'Sun' in the viewer's zone and language."""
    return str(format_date(moment.astimezone(zone), "EEE", locale=locale()))


@lru_cache(maxsize=4_000)
def _short(one: date, language: str) -> str:
    """A day of hundreds of labels."""
    return str(format_date(one, "EEE d MMM", locale=Locale.parse(language)))


def age(passed: timedelta) -> str:
    """How long something is ago, in its largest unit: '4 s', '12 min', '3 h', '2 days'."""
    seconds = max(0, int(passed.total_seconds()))
    if seconds >= 2 * 86_400:
        return many("{n} day", "{n} days", seconds // 86_400)
    size, unit = next(((size, unit) for size, unit in UNITS if seconds >= 2 * size), (1, "s"))
    return f"{tongue.number(seconds // size)} {unit}"


UNITS = ((3_600, "h"), (60, "min"))


def span(since: datetime, until: datetime, zone: ZoneInfo) -> str:
    """[since, until) for people: one day, two days, or days with times where it is not whole days."""
    first, last = since.astimezone(zone), until.astimezone(zone)
    if first.time() == last.time() == datetime.min.time():
        end = last - timedelta(days=1)
        return day(first, zone) if first.date() == end.date() else f"{day(first, zone)} – {day(end, zone)}"
    if first.date() == last.date() or (
        last - first <= timedelta(days=1) and last.time() == datetime.min.time()
    ):
        return f"{day(first, zone)}, {first:%H:%M}–{last:%H:%M}"
    return f"{day(first, zone)} {first:%H:%M} – {day(last, zone)} {last:%H:%M}"


class Chip(NamedTuple):
    """Something that narrows, to be taken off: its field, its value in a list ('' : the whole field), its
    words.
    """

    field: str
    value: str
    words: str


def _moments(f: CallFilter) -> list[Chip]:
    return [Chip("hours", "", span(f.hours[0], f.hours[1], f.zone))] if f.hours else []


NUMBERS = {"caller": mark("Caller {op} {number}"), "destination": mark("Destination {op} {number}")}


def _number(f: CallFilter, field: str) -> str:
    text: str = getattr(f, field).strip()
    return f.lens.told(text) if f.lens else text


def _numbers(f: CallFilter) -> list[Chip]:
    return [
        Chip(
            field,
            "",
            t(NUMBERS[field], op=t(NUMBER_OPS[getattr(f, f"{field}_op")]), number=_number(f, field)),
        )
        for field in ("caller", "destination")
        if getattr(f, field).strip()
    ]


def _talk(f: CallFilter) -> list[Chip]:
    if f.seconds is None:
        return []
    than = t(DURATION_OPS[f.seconds_op])
    return [Chip("seconds", "", t("Talk {than} {seconds} s", than=than, seconds=f"{f.seconds:g}"))]


NAMED: dict[str, Callable[[str], str]] = {
    "switches": lambda v: t("Switch {name}", name=v),
    "accounts": lambda v: t("Account {name}", name=account(v)),
    "countries": country,
    "causes": lambda v: t(causes.label(v)),
    "directions": lambda v: t(DIRECTION_NAMES.get(v, v)),
}


def chips(f: CallFilter) -> list[Chip]:
    """Everything that narrows beside the period, in the order of the filter form."""
    listed = [Chip(field, v, say(v)) for field, say in NAMED.items() for v in getattr(f, field)]
    return [*_moments(f), *listed, *_numbers(f), *_talk(f)]
