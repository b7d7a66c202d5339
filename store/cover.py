"""What a scope's time is made up of: whole months, days and hours of the sums, and edges of the records."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from store.buckets import stamp
from store.periods import DAY, HOUR, UNITS, Span, ceiling, floor, following, periods
from store.scope import Scope

Label = str | datetime
EVERYTHING = "all"


class Piece(NamedTuple):
    """A bucket, or the hour of a day's bucket, that lies wholly within a period, and the label of that
    period.
    """

    label: Label
    grain: str
    stamp: str
    hour: str | None


class Cover(NamedTuple):
    """What a scope's time is made up of: pieces from the sums, edges from the records, and where an hour of a
    zone of half hours shares an hour of UTC with the one before.

    Such an hour is that hour of UTC, less the records before the label, and its other half, which the next
    one takes off; so only half of the records are read. `shared` is the label by the start of that hour.
    """

    pieces: list[Piece]
    edges: list[Span]
    shared: dict[datetime, datetime]


def cover_of(scope: Scope, by: str | None, fine: bool) -> Cover:
    """The pieces that make up the scope's time by period, and what is left of it at the edges: parts of
    hours (in a zone of half hours at the edge of every period).
    """
    whole: list[tuple[Label, datetime, datetime]] = [(EVERYTHING, scope.since, scope.until)]
    parts = list(periods(scope.since, scope.until, by, scope.zone)) if by in UNITS else whole
    pieces: list[Piece] = []
    edges: list[Span] = []
    shared: dict[datetime, datetime] = {}
    for label, since, until in parts:
        first, last = ceiling(since, HOUR), floor(until, "hour")
        before = edges[-1] if edges else (since, since)
        if since < first == last and until - since == HOUR and before[0] <= first - HOUR < since == before[1]:
            shared[first - HOUR] = since
            pieces += _pieces(label, first - HOUR, first, fine)
            edges.append((first, until))
            continue
        if first >= last:
            edges.append((since, until))
            continue
        edges += [(a, b) for a, b in ((since, first), (last, until)) if a < b]
        pieces += _pieces(label, first, last, fine)
    return Cover(pieces, edges, shared)


def _pieces(label: Label, since: datetime, until: datetime, fine: bool) -> Iterator[Piece]:
    """Whole months, then days, then hours of UTC between two full hours."""
    while since < until:
        unit = _longest(since, until)
        if unit == "hour" and not fine:
            yield Piece(label, "d", stamp(since, "d"), f"{since:%H}")
        else:
            yield Piece(label, unit[0], stamp(since, unit[0]), None)
        since = following(since, unit)


def _longest(since: datetime, until: datetime) -> str:
    """The longest of month, day and hour that begins at this full hour of UTC and ends by then."""
    if since.hour or since + DAY > until:
        return "hour"
    return "day" if since.day > 1 or following(since, "month") > until else "month"
