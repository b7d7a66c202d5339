"""Times as switches write them: local text in a time zone, ISO 8601, or an epoch in seconds, milliseconds or
microseconds.

Local text is ambiguous for one hour a year when clocks go back, and does not exist for one hour when they go
forward. A `Reading` then holds both moments it may be; `nearest` chooses by what else the record knows (the
epoch in Asterisk's uniqueid, a length). With nothing to choose by, the first one is meant: before the clocks
went back, or as if they had not gone forward yet.
"""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from store.errors import ImportProblem
from store.record import EPOCH
from store.sentence import Sentence

Reading = tuple[datetime, datetime | None]
"""The moment, and a second one where local time is ambiguous; both aware UTC, to the millisecond."""

KEPT = 50_000
SIMPLE = (19, 25)
"""How long a text is with whole seconds, without a zone and with one such as +01:00."""
WITHIN = {f"{i // 60:02}:{i % 60:02}": timedelta(seconds=i) for i in range(3600)}
"""Minute and second of an hour, as text."""
LAST = "59:59"
UNITS = ((1e11, 1), (1e14, 1_000), (1e17, 1_000_000))
"""An epoch below the first number is in units of one in so many of a second: seconds, milliseconds,
microseconds.
"""

DIGITS = re.compile(r"\d{1,17}(\.\d*)?")
COMPACT = re.compile(r"(?:19|20)\d{12}")
SPACED_ZONE = re.compile(r"\s*(?:UTC|GMT|Z)$| (?=[+-]\d\d:?\d\d$)")
NEVER = frozenset(
    {"", "0", "0.0", "0000-00-00 00:00:00", "1970-01-01 00:00:00", "NULL", "null", "None", "\\N"}
)
"""How switches and databases write a moment that was not reached."""


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that IANA name; raises ImportProblem when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ImportProblem(
            Sentence("There is no time zone {name!r}; name one such as Europe/Berlin or UTC.", name=name)
        ) from error


class Clock:
    """Reads the times of one file, whose local times are in `zone`; an hour that was read before costs a
    quarter microsecond.
    """

    def __init__(self, zone: str) -> None:
        self._zone = zone_of(zone)
        self._hours: dict[str, Reading] = {}

    def read(self, text: str) -> Reading:
        """The moment of a text; raises ValueError when it is none."""
        if len(text) in SIMPLE:
            hour = self._hours.get(text[:14] + text[19:])
            within = WITHIN.get(text[14:19])
            if hour is not None and within is not None:
                moment, other = hour
                return moment + within, None if other is None else other + within
        return self._other(text)

    def _other(self, text: str) -> Reading:
        text = text.strip()
        if DIGITS.fullmatch(text):
            return self._digits(text)
        found = datetime.fromisoformat(SPACED_ZONE.sub(_zone_joined, text).replace("/", "-"))
        if len(text) in SIMPLE and text[13] == ":" and text[14:19] in WITHIN:
            self._remember(text[:14] + text[19:], found)
        return self._resolved(found)

    def _remember(self, key: str, found: datetime) -> None:
        """Keep when this hour begins, unless clocks change within it (Lord Howe's do at a half hour)."""
        first = self._resolved(found.replace(minute=0, second=0))
        last = self._resolved(found.replace(minute=59, second=59))
        again = None if first[1] is None else first[1] + WITHIN[LAST]
        if last == (first[0] + WITHIN[LAST], again):
            if len(self._hours) >= KEPT:
                self._hours.clear()
            self._hours[key] = first

    def _digits(self, text: str) -> Reading:
        if COMPACT.fullmatch(text):
            return self._resolved(datetime.fromisoformat(f"{text[:8]}T{text[8:]}"))
        return from_epoch(text), None

    def _resolved(self, local: datetime) -> Reading:
        local = _to_millisecond(local)
        if local.tzinfo:
            return local.astimezone(UTC), None
        first = local.replace(tzinfo=self._zone).astimezone(UTC)
        second = local.replace(tzinfo=self._zone, fold=1).astimezone(UTC)
        return first, None if first == second else second


def _zone_joined(match: re.Match[str]) -> str:
    return "+00:00" if match[0].strip() else ""


def _to_millisecond(moment: datetime) -> datetime:
    finer = moment.microsecond % 1000
    return moment - timedelta(microseconds=finer) if finer else moment


def from_epoch(text: str) -> datetime:
    """The moment of an epoch in seconds (also with a fraction), milli- or microseconds; raises ValueError
    when it is too large.
    """
    whole, _, fraction = text.partition(".")
    number = int(whole)
    for limit, unit in UNITS:
        if number < limit:
            return EPOCH + timedelta(milliseconds=number * 1000 // unit + int(fraction[:3].ljust(3, "0")))
    raise ValueError(text)


def nearest(reading: Reading, hint: datetime | None) -> datetime:
    """The one of the two moments of an ambiguous time that is nearest to the hint; the first without one."""
    first, second = reading
    if second is None or hint is None:
        return first
    return min(first, second, key=lambda moment: abs(moment - hint))
