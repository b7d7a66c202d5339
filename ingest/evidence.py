"""What the times of a file tell of themselves: whether they name their zone, how fine they are, and which
zone they are in where epochs stand beside local text.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ingest.rows import FIELDS, UNIQUEID
from ingest.times import DIGITS, NEVER, Clock, from_epoch
from store.sentence import Sentence, mark

QUARTER = timedelta(minutes=15)
CLOSE = timedelta(seconds=10)
"""Asterisk makes the uniqueid a moment before the call starts."""
ZONED = re.compile(r"(?:[+-]\d\d:?\d\d|Z|UTC|GMT)$")
FRACTION = re.compile(r"(?::\d\d|^\d{9,10}|\d{14})[.,](\d{1,9})")
CLOCK = re.compile(r"\d\d?:\d\d(?::(\d\d))?")
FEW = 20
"""So many times may all be whole minutes by chance."""
COMPACT = 14
"""Digits of a local YYYYMMDDHHMMSS, which are no epoch."""

USUAL = (
    "UTC", "Europe/Paris", "Europe/London", "America/New_York", "America/Chicago", "America/Denver",
    "America/Los_Angeles", "America/Sao_Paulo", "America/Halifax", "Europe/Athens", "Europe/Moscow",
    "Africa/Johannesburg", "Africa/Lagos", "Asia/Dubai", "Asia/Karachi", "Asia/Kolkata", "Asia/Kathmandu",
    "Asia/Dhaka", "Asia/Bangkok", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney", "Australia/Brisbane",
    "Australia/Adelaide", "Pacific/Auckland", "America/Anchorage", "Pacific/Honolulu", "America/Bogota",
    "America/Argentina/Buenos_Aires", "America/St_Johns",
)  # fmt: skip
"""A zone for each set of rules that many people live by, the first of several that fit being named."""
FORMS = tuple(
    f"{date} {clock}"
    for date in ("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%Y", "%Y%m%d",
                 "%Y-%m-%d", "%Y/%m/%d", "%d %b %Y", "%d-%b-%Y", "%b %d %Y")
    for clock in ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%H%M%S", "%H.%M.%S")
)  # fmt: skip
"""How times are written that need a mapping."""
_START, _EPOCH, _END, _ANSWER = map(FIELDS.index, ("start", "epoch", "end", "answer"))


class Evidence(NamedTuple):
    """What is known of the times: in words how they are written and how fine they are; `zones` are those that
    agree with epochs beside local times (none where nothing tells), `ahead` how far local time is of UTC.
    """

    written: str
    fine: str
    zones: tuple[str, ...] = ()
    ahead: timedelta | None = None


def evidence(rows: Sequence[Sequence[str]]) -> Evidence:
    """What the texts of some calls, in the order of rows.FIELDS, tell of their times."""
    starts = [text for row in rows if (text := _written(row)) not in NEVER]
    if not starts:
        return Evidence(mark("not told"), "")
    fine = _fine(
        [text for row in rows for text in (row[_START], row[_ANSWER], row[_END]) if text not in NEVER]
    )
    if all(DIGITS.fullmatch(text) and len(text) != COMPACT for text in starts):
        return Evidence(mark("epochs, which are UTC"), fine)
    if all(ZONED.search(text) for text in starts):
        return Evidence(mark("local, each with its offset"), fine)
    pairs = [pair for row in rows if (pair := _pair(row))]
    if not pairs:
        return Evidence(mark("local, and nothing says in which zone"), fine)
    ahead = _ahead(pairs)
    if ahead is None:
        return Evidence(mark("local, and the epochs beside them agree with no zone"), fine)
    zones = tuple(zone for zone in USUAL if all(_agrees(zone, local, moment) for local, moment in pairs))
    return Evidence(
        Sentence("local, {offset} by the epochs beside them", offset=_words(ahead)), fine, zones, ahead
    )


def _fine(texts: Sequence[str]) -> str:
    """How fine the times are written: the most digits that a part of a second has."""
    digits = max((len(found[1].rstrip("0")) for text in texts if (found := FRACTION.search(text))), default=0)
    epochs = max((len(text) for text in texts if text.isdecimal() and len(text) != COMPACT), default=0)
    finest = max(digits, epochs - 10 if epochs > 10 else 0)
    if finest:
        return mark("microseconds" if finest > 3 else "milliseconds")
    whole = [found for text in texts if (found := CLOCK.search(text)) and found[1] in (None, "00")]
    return mark("minutes" if len(whole) == len(texts) > FEW else "seconds")


def forms(texts: Sequence[str]) -> list[str]:
    """The strptime formats that all of these times have, of those that a mapping is needed for."""
    return [form for form in FORMS if texts and all(_has(text, form) for text in texts)]


def _has(text: str, form: str) -> bool:
    try:
        datetime.strptime(text.strip(), form)
    except ValueError:
        return False
    return True


def _written(row: Sequence[str]) -> str:
    """The time of a row as its switch wrote it: its start, unless that was concluded from the end."""
    start, end = row[_START], row[_END]
    return end if end and not (start and bool(ZONED.search(start)) == bool(ZONED.search(end))) else start


def _pair(row: Sequence[str]) -> tuple[datetime, datetime] | None:
    """The local start of a call as if it were UTC, and its epoch; None where a row has not both."""
    named = UNIQUEID.fullmatch(row[_EPOCH])
    if not (named and named[1]):
        return None
    try:
        return Clock("UTC").read(row[_START])[0], from_epoch(named[1])
    except (ValueError, OverflowError):
        return None


def _ahead(pairs: Sequence[tuple[datetime, datetime]]) -> timedelta | None:
    """How far local time is ahead of UTC, mostly; None when it is by no quarter of an hour."""
    middle = timedelta(seconds=median((local - moment).total_seconds() for local, moment in pairs))
    steps = round(middle / QUARTER)
    return steps * QUARTER if abs(middle - steps * QUARTER) <= CLOSE else None


def _agrees(zone: str, local: datetime, moment: datetime) -> bool:
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    return abs(local - moment - offset) <= CLOSE


def _words(ahead: timedelta) -> Sentence:
    hours = ahead / timedelta(hours=1)
    if not hours:
        return Sentence("the same as UTC")
    return Sentence("{h} h ahead of UTC" if hours > 0 else "{h} h behind UTC", h=f"{abs(hours):g}")
