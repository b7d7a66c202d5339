"""A poller: it asks a switch which calls are in progress, and never changes anything there.

Each poll is a conversation of its own, of LIMIT seconds in all: nothing is left open, so a switch that was
started again is simply asked again.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from ingest.connector import Field, Given, texts
from ingest.refused import Bad
from ingest.rows import DIRECTIONS, Builder
from store.live import LiveCall, LiveCalls
from store.record import EPOCH

LIMIT = 3.0
"""Seconds that a poll may take, from the name of the host to the last byte."""
MOST_BYTES = 32 << 20
"""Bytes of an answer that are read; one of 20,000 calls has fewer."""
LONGEST = 200
"""Characters of an id, a number or an account that are kept."""
UNKNOWN = frozenset({"", "<unknown>", "unknown", "(null)", "<null>"})


class Poller(NamedTuple):
    """A kind of source that is asked for the calls in progress.

    `poll` is called with how the source is set and the time (aware UTC); it raises SourceProblem with one
    sentence that holds no secret. `seconds` is how long the worker waits between two polls.
    """

    words: str
    fields: tuple[Field, ...]
    poll: Callable[[Given, datetime], LiveCalls]
    seconds: float = 3.0


class Seen(NamedTuple):
    """A call as a switch says it, in its own texts; `since` and `answered` are seconds since 1970 or None."""

    id: str
    since: float | None
    answered: float | None
    talking: bool
    caller: str
    destination: str
    account: str
    direction: str = ""
    legs: int = 1


class Maker:
    """Makes live calls of what a switch says, its numbers read as those of its records."""

    def __init__(self, given: Given, now: datetime) -> None:
        self._builder: Builder = given.builder(now)
        self.now = now

    def call(self, seen: Seen) -> LiveCall:
        """The call; whatever the switch says of times, a call does not begin in the future."""
        caller, destination = _said(seen.caller), _said(seen.destination)
        place = self._place(caller, destination)
        number, country, direction = place or (destination, "ZZ", "unknown")
        if direction == "unknown":
            direction = DIRECTIONS.get(seen.direction.lower(), "unknown")
        since = self._moment(seen.since) or self.now
        answered = self._moment(seen.answered) if seen.talking else None
        return LiveCall(
            id=_short(seen.id),
            since=since,
            answered=max(answered, since) if answered else None,
            talking=seen.talking,
            caller=caller,
            destination=destination,
            number=number,
            country=country,
            account=_said(seen.account),
            direction=direction,
            legs=seen.legs,
        )

    def _place(self, caller: str, destination: str) -> tuple[str, str, str] | None:
        told = {"start": f"{self.now.timestamp():.0f}", "caller": caller, "destination": destination}
        try:
            found = self._builder.call(texts(told), "")
        except Bad:
            return None
        return found.number, found.country, found.direction

    def _moment(self, seconds: float | None) -> datetime | None:
        if seconds is None or not 0 < seconds < 1e11:
            return None
        moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=0)
        return min(max(moment, EPOCH), self.now)


def _said(text: str) -> str:
    short = _short(text.strip())
    return "" if short.lower() in UNKNOWN else short


def _short(text: str) -> str:
    """A text that can be kept: bounded, and without halves of characters."""
    return text[:LONGEST].encode("utf-8", "replace").decode("utf-8")


def epoch(text: object) -> float | None:
    """Seconds since 1970 that a switch wrote as a number or a text; None for 0 and for what is none."""
    try:
        seconds = float(str(text))
    except ValueError:
        return None
    return seconds if 0 < seconds < 1e11 else None
