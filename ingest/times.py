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

Reading = tuple[datetime, datetime | None]
"""The moment, and a second one where local time is ambiguous; both aware UTC, to the millisecond."""

KEPT = 50_000
SIMPLE = (19, 25)
"""How long a text is with whole seconds, without a zone and with one such as +01:00."""
SECONDS = {f"{i:02}": timedelta(seconds=i) for i in range(60)}
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
            f"There is no time zone {name!r}; name one such as Europe/Berlin or UTC."
        ) from error


class Clock:
    """Reads the times of one file, whose local times are in `zone`; a minute that was read before costs a
    quarter microsecond.
    """

    def __init__(self, zone: str) -> None:
        self._zone = zone_of(zone)
        self._minutes: dict[str, Reading] = {}

    def read(self, text: str) -> Reading:
        """The moment of a text; raises ValueError when it is none."""
        if len(text) in SIMPLE:
            minute = self._minutes.get(text[:17] + text[19:])
            second = SECONDS.get(text[17:19])
            if minute is not None and second is not None:
                moment, other = minute
                return moment + second, None if other is None else other + second
        return self._other(text)

    def _other(self, text: str) -> Reading:
        text = text.strip()
        if DIGITS.fullmatch(text):
            return self._digits(text)
        found = datetime.fromisoformat(SPACED_ZONE.sub(_zone_joined, text).replace("/", "-"))
        reading = self._resolved(found)
        if len(text) in SIMPLE and text[17:19] in SECONDS:
            if len(self._minutes) >= KEPT:
                self._minutes.clear()
            self._minutes[text[:17] + text[19:]] = self._resolved(found.replace(second=0))
        return reading

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
