"""What no sum knows of a scope's calls: the longest run without an answer, how many numbers were called, the
most calls to one of them, the busiest minute. Counted from the records, read once for many windows.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from store.database import Store
from store.match import Deadline, condition
from store.months import demand
from store.partitions import between
from store.periods import Span
from store.record import milliseconds
from store.scope import Scope
from store.tallies import MINUTE_MS, merged

Ints = npt.NDArray[np.int64]


class Rows(NamedTuple):
    """Calls in the order of their start: start (ms since 1970), whether answered, and the called number as a
    number of its own.
    """

    start: Ints
    answered: npt.NDArray[np.bool_]
    destination: Ints


def failed_run(rows: Rows) -> int:
    """The most calls in a row, in the order of their start, none of which was answered (CIC; A2Billing)."""
    at = np.flatnonzero(rows.answered)
    return int(np.diff(np.concatenate(([-1], at, [len(rows.answered)]))).max()) - 1


def destinations(rows: Rows) -> int:
    """How many different numbers were called."""
    return len(np.unique(rows.destination))


def one_number(rows: Rows) -> int:
    """The most calls to one number."""
    return _most(rows.destination)


def one_minute(rows: Rows) -> int:
    """The most calls that began within one minute of the clock."""
    return _most(rows.start // MINUTE_MS)


def _most(values: Ints) -> int:
    return int(np.unique(values, return_counts=True)[1].max(initial=0))


def measured(
    store: Store, scope: Scope, spans: Sequence[Span], of: Callable[[Rows], int], deadline: Deadline
) -> list[tuple[int, int]]:
    """What `of` gives for the scope's calls of each span (the scope's own time does not count), with their
    number. Spans may overlap; every call is read once.

    Raises QueryTimeout, and QueryError where the records are dropped.
    """
    found: dict[Span, tuple[int, int]] = {}
    for since, until in merged(set(spans)):
        rows = _read(store, scope._replace(since=since, until=until), deadline)
        for span in {one for one in spans if since <= one[0] and one[1] <= until}:
            low, high = np.searchsorted(rows.start, [milliseconds(moment) for moment in span])
            own = Rows(rows.start[low:high], rows.answered[low:high], rows.destination[low:high])
            found[span] = of(own), int(high - low)
    return [found[span] for span in spans]


def _read(store: Store, scope: Scope, deadline: Deadline) -> Rows:
    starts: list[int] = []
    answered: list[bool] = []
    called: list[int] = []
    numbers: dict[str, int] = {}
    shown: dict[str, Any] = {"_id": 0, "start": 1, "answered": 1, "destination": 1}
    for partition in between(store, scope.since, scope.until):
        with deadline.kept():
            for one in partition.find(condition(scope), shown, sort=[("_id", 1)], max_time_ms=deadline.ms):
                starts.append(milliseconds(one["start"]))
                answered.append(bool(one.get("answered")))
                called.append(numbers.setdefault(one.get("destination", ""), len(numbers)))
    demand(store, scope.since)
    return Rows(np.array(starts, np.int64), np.array(answered, np.bool_), np.array(called, np.int64))
