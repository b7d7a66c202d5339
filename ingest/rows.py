"""From the texts of one row to a `CDR`, for every format alike: what is missing is concluded, what cannot be
is refused.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple

from ingest.refused import Bad
from ingest.times import NEVER, Clock, Reading, from_epoch, nearest
from ingest.told import Told, concluded, told
from store import numbers
from store.numbers import INTERNAL, Numbering
from store.record import CDR, MILLISECOND
from store.sentence import Sentence

FIELDS = (
    "switch", "uuid", "leg", "start", "answer", "end", "duration", "billsec", "caller", "caller_name",
    "destination", "account", "cause", "direction", "read_codec", "write_codec", "media_ip", "pdd", "channel",
    "peer_channel", "application", "epoch",
)  # fmt: skip
"""What a format tells of a row, in this order; '' what it does not. `epoch` is when the switch says that the
call began.
"""

Row = Sequence[str]
Texts = Sequence[str]

FIRST = datetime(1990, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LONGEST = timedelta(days=31)
LONGEST_MS = LONGEST // MILLISECOND
ROUNDING = timedelta(seconds=1)
ROUNDING_MS = ROUNDING // MILLISECOND
"""Differences of cut seconds: FreeSWITCH may write a billsec of 1 and a duration of 0."""

DIRECTIONS = {
    "in": "in", "inbound": "in", "incoming": "in", "ingress": "in", "terminating": "in",
    "out": "out", "outbound": "out", "outgoing": "out", "egress": "out", "originating": "out",
    "internal": "internal", "local": "internal",
}  # fmt: skip
CLOCK_TIME = re.compile(r"(?:(\d+):)?(\d{1,5}):(\d{2}(?:\.\d+)?)")
"""A length as some exports write it: 1:02:03 or 62:03."""


UNIQUEID = re.compile(r"(?:.*-)?(\d{9,10})\.\d+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""`[systemname-]epoch.n` of Asterisk; the second form is FreeSWITCH, which has a CSV of the same columns."""


class Manner(NamedTuple):
    """How a file writes things: zone of local times, units of lengths in milliseconds, and what its cause
    column holds.

    `dispositions` says that a number in the cause column is Asterisk's disposition, not Q.850;
    `talk_is_duration` that the file has no column to tell talk from ringing, so that an answered call talked
    all the time.
    """

    zone: str = "UTC"
    switch: str = ""
    duration_unit: float = 1000.0
    billsec_unit: float = 1000.0
    pdd_unit: float = 1000.0
    dispositions: bool = False
    talk_is_duration: bool = False


def milliseconds(text: str, unit: float, what: str) -> int:
    """Whole milliseconds of a length in units of so many milliseconds, or of 1:02:03; raises Bad for what is
    no length.
    """
    try:
        value = float(text) if ":" not in text else _clock_seconds(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Bad(
            "length", Sentence("The {what} {text!r} is not a number of seconds.", what=what, text=text[:40])
        )
    if value < 0:
        raise Bad("negative", Sentence("The {what} {text} is negative.", what=what, text=text[:40]))
    return min(round(value * (1000.0 if ":" in text else unit)), 10 * LONGEST_MS)


def _clock_seconds(text: str) -> float:
    match = CLOCK_TIME.fullmatch(text.strip())
    if not match:
        raise ValueError(text)
    return int(match[1] or 0) * 3600 + int(match[2]) * 60 + float(match[3])


def row_name(text: str) -> str:
    """The name of a call whose source gives none: equal rows are the same call."""
    return "row-" + blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _concluded_end(
    start: datetime, answer: datetime | None, length: int | None, talk: int | None
) -> datetime:
    """The end of a call that does not tell it: a length after its start, else its talk after its answer."""
    begun, spent = (start, length) if length is not None else (answer or start, talk or 0)
    try:
        return begun + spent * MILLISECOND
    except OverflowError:
        # in the year 9999, and refused for that
        return start


class Builder:
    """Makes calls of rows; one per file, because it remembers what it has read.

    `guessed` counts calls of the hour that came twice which nothing but their place in it told: they are
    taken as before the clocks went back.
    """

    def __init__(self, manner: Manner, numberings: Mapping[str, Numbering], now: datetime) -> None:
        self._manner = manner
        self._clock = Clock(manner.zone)
        self._numberings = numberings
        self._latest = now + DAY
        self._places: dict[str, Callable[[str], numbers.Place]] = {}
        self.guessed = 0

    def call(self, texts: Texts, text: str) -> CDR:
        """The call of these FIELDS; `text` is the whole row. Raises Bad for what is no call.

        It is answered when it has an answer time or talk, or its switch calls it answered (DESIGN, part 5).
        """
        (switch, uuid, leg, start_text, answer_text, end_text, duration, billsec, caller, caller_name,
         destination, account, cause_text, direction, read_codec, write_codec, media_ip, pdd, channel,
         peer_channel, application, epoch) = texts  # fmt: skip
        manner = self._manner
        # blanks around a name are its column's, and would make another switch, call, account or number of it
        switch, uuid = (manner.switch or switch).strip(), uuid.strip()
        account, caller, destination = account.strip(), caller.strip(), destination.strip()
        place_of = self._places.get(switch) or self._reader(switch)
        started = self._time(start_text, "start")
        if started is None:
            raise Bad("start", Sentence("The row has no start time."))
        answered_at = self._time(answer_text, "answer")
        ended = self._time(end_text, "end")
        length = (
            int(duration) * 1000
            if duration.isdecimal() and manner.duration_unit == 1000.0
            else self._length(duration, manner.duration_unit, "duration")
        )
        talk = (
            int(billsec) * 1000
            if billsec.isdecimal() and manner.billsec_unit == 1000.0
            else self._length(billsec, manner.billsec_unit, "billsec")
        )
        if (length or 0) > LONGEST_MS or (talk or 0) > LONGEST_MS:
            raise Bad("long", Sentence("The call lasts more than 31 days, which is no call."))
        start, answer, end = started[0], answered_at and answered_at[0], ended and ended[0]
        guessed = False
        if started[1] or (ended and ended[1]) or (answered_at and answered_at[1]):
            start, answer, end, guessed = self._resolved(started, answered_at, ended, length, talk, epoch)
        cause = told(cause_text, manner.dispositions)
        if end is None:
            end = _concluded_end(start, answer, length, talk)
        start, answer, end = self._checked(start, answer, end)
        if length is None:
            length = (end - start) // MILLISECOND
        if talk is None:
            talk = self._talk(answer, end, length, cause)
        elif talk > length + ROUNDING_MS:
            raise Bad(
                "talk",
                Sentence(
                    "The billsec {talk} s is more than the duration {length} s.",
                    talk=f"{talk / 1000:g}",
                    length=f"{length / 1000:g}",
                ),
            )
        # an answer or talk counts, whatever the cause: Asterisk writes BUSY over the ANSWERED of its own IVR
        answered = answer is not None or talk > 0 or cause.answered
        if not cause.name:
            cause = concluded(answered)
        place = place_of(destination)
        direction = (
            DIRECTIONS.get(direction.lower(), "unknown") if direction else _direction(place_of(caller), place)
        )
        delay = self._length(pdd, manner.pdd_unit, "PDD") if pdd else None
        self.guessed += guessed
        # by position, which is a quarter of the time of keywords
        return CDR(
            switch, uuid or row_name(text), start, end, length, talk, answered, answer, caller, caller_name,
            destination, place.number, account, direction, place.country, cause.name, cause.q850,
            cause.derived, place.kind, read_codec, write_codec, media_ip, delay, True, leg, channel,
            peer_channel, application,
        )  # fmt: skip

    def _reader(self, switch: str) -> Callable[[str], numbers.Place]:
        if not switch:
            raise Bad("switch", Sentence("The row names no switch; give its name with --switch."))
        found = self._places[switch] = numbers.reader(self._numberings.get(switch, numbers.DEFAULT))
        return found

    def _time(self, text: str, what: str) -> Reading | None:
        if text in NEVER:
            return None
        try:
            return self._clock.read(text)
        except (ValueError, OverflowError):
            if not text.strip():
                return None
            raise Bad(
                "time",
                Sentence(
                    "The {what} {text!r} is no time (YYYY-MM-DD HH:MM:SS, ISO 8601 or an epoch).",
                    what=what,
                    text=text[:40],
                ),
            ) from None

    def _length(self, text: str, unit: float, what: str) -> int | None:
        if not text or text.isspace() or text in NEVER - {"0", "0.0"}:
            return None
        return milliseconds(text, unit, what)

    def _resolved(
        self,
        started: Reading,
        answered: Reading | None,
        ended: Reading | None,
        length: int | None,
        talk: int | None,
        epoch: str,
    ) -> tuple[datetime, datetime | None, datetime | None, bool]:
        """The moments of a row of which at least one is ambiguous, from what else it says, and whether its
        hour came twice and nothing says which of the two it is.
        """
        hint = None
        named = UNIQUEID.fullmatch(epoch)
        if named and named[1]:
            hint = from_epoch(named[1])
        elif ended and not ended[1] and length is not None:
            hint = ended[0] - length * MILLISECOND
        start = nearest(started, hint)
        end = nearest(ended, start + (length or 0) * MILLISECOND) if ended else None
        answer = nearest(answered, end - (talk or 0) * MILLISECOND if end else start) if answered else None
        return start, answer, end, hint is None and started[1] is not None and started[1] > started[0]

    def _checked(
        self, start: datetime, answer: datetime | None, end: datetime
    ) -> tuple[datetime, datetime | None, datetime]:
        """The three in their order; raises Bad when they are out of it by more than rounding, or out of this
        world.
        """
        if not FIRST <= start <= self._latest:
            when = Sentence("before 1990" if start < FIRST else "more than a day in the future")
            raise Bad(
                "range",
                Sentence(
                    "The call starts {when} ({start} UTC).", when=when, start=f"{start:%Y-%m-%d %H:%M:%S}"
                ),
            )
        if end < start:
            if start - end > ROUNDING:
                raise Bad("order", Sentence("The call ends {time} before it starts.", time=start - end))
            end = start
        if end - start > LONGEST:
            raise Bad(
                "long",
                Sentence(
                    "The call ends {days} days after its start, which is no call.", days=(end - start).days
                ),
            )
        if answer is not None and not start <= answer <= end:
            if start - answer > ROUNDING or answer - end > ROUNDING:
                raise Bad("order", Sentence("The call is answered before its start or after its end."))
            answer = min(max(answer, start), end)
        return start, answer, end

    def _talk(self, answer: datetime | None, end: datetime, length: int, cause: Told) -> int:
        if answer is not None:
            return (end - answer) // MILLISECOND
        return length if self._manner.talk_is_duration and cause.answered else 0


def _direction(caller: numbers.Place, destination: numbers.Place) -> str:
    """The direction where the switch tells none: only where the numbers leave no doubt."""
    inside, reached = caller.country == INTERNAL, destination.country == INTERNAL
    if inside and reached:
        return "internal"
    if inside and destination.kind != "unknown":
        return "out"
    return "in" if reached and caller.kind not in (INTERNAL, "unknown") else "unknown"
