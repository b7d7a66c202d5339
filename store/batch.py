"""A batch made ready for the store: pure work on calls, done in another process while the server commits
the batch before.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

from store.buckets import Fact, Sums, count, fact
from store.causes import EFFECTIVE
from store.documents import encoded
from store.legs import merge
from store.record import CDR, digest, id_of, key_of

DAY = timedelta(days=1)


class Prepared(NamedTuple):
    """One call of a batch: its id and key, when it starts and ends, its switch, its BSON and what of it is
    counted.
    """

    id: bytes
    key: int
    start: datetime
    end: datetime
    switch: str
    raw: bytes
    fact: Fact


class Batch(NamedTuple):
    """Calls in start order, and their sums as if every one of them were new. `rows` counts the rows they
    were made of.
    """

    calls: list[Prepared]
    sums: Sums
    rows: int


def prepare(rows: Sequence[CDR]) -> Batch:
    """A batch of these rows; rows of one call become one call. At most some 20,000, so that its transaction
    stays short.
    """
    grouped: defaultdict[int, list[CDR]] = defaultdict(list)
    for row in rows:
        grouped[key_of(digest(row.switch, row.uuid))].append(row)
    calls = sorted((prepared(merge(same)) for same in grouped.values()), key=attrgetter("id"))
    return Batch(calls, count([call.fact for call in calls]), len(rows))


def prepared(call: CDR) -> Prepared:
    """A call with everything the commit needs to know of it."""
    name = digest(call.switch, call.uuid)
    return Prepared(
        id_of(call.start, name),
        key_of(name),
        call.start,
        call.end,
        call.switch,
        encoded(call),
        fact(call, EFFECTIVE),
    )


def days(calls: Iterable[Prepared]) -> set[tuple[str, date]]:
    """The (switch, UTC day) pairs in which these calls were in progress: their concurrency is to be counted
    anew.
    """
    touched = set()
    for call in calls:
        day, last = call.start.date(), call.end.date()
        while day <= last:
            touched.add((call.switch, day))
            day += DAY
    return touched
