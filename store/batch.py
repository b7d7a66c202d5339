"""A batch made ready for the store: pure work on calls, done in another process while the server commits
the batch before.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

from store.buckets import Sums, count, fact
from store.causes import EFFECTIVE
from store.documents import decoded, encoded
from store.legs import merge
from store.record import CDR, Leg, digest, id_of, key_of, storable

DAY = timedelta(days=1)
NEAR = timedelta(days=1)
"""How far the start of a call may be corrected, or a leg begin, and still be known as the same call; covers
a wrong time zone. Later the same name is another call: some switches count anew each day.
"""


class Prepared(NamedTuple):
    """One call of a batch: its id and key, when it starts and ends, its switch, and its BSON."""

    id: bytes
    key: int
    start: datetime
    end: datetime
    switch: str
    raw: bytes


class Batch(NamedTuple):
    """Calls in start order, and their sums as if every one of them were new. `rows` counts the rows they
    were made of. It travels from process to process, so it says nothing twice.
    """

    calls: list[Prepared]
    sums: Sums
    rows: int
    switches: frozenset[str]
    accounts: frozenset[str]


def prepare(rows: Sequence[CDR]) -> Batch:
    """A batch of these rows; rows of one call become one call. At most some 20,000, so that its transaction
    stays short. Halves of characters, which BSON cannot hold, become question marks.
    """
    try:
        return _batch(rows)
    except UnicodeEncodeError:
        return _batch([_storable(row) for row in rows])


def _storable(row: CDR) -> CDR:
    """The row with texts that BSON can hold; its legs too."""
    legs = tuple(Leg(*map(_value, leg)) for leg in row.legs)
    return CDR(*map(_value, row))._replace(legs=legs)


def _value(value: Any) -> Any:
    return storable(value) if isinstance(value, str) else value


def _batch(rows: Sequence[CDR]) -> Batch:
    grouped: defaultdict[bytes, list[CDR]] = defaultdict(list)
    for row in rows:
        grouped[digest(row.switch, row.uuid)].append(row)
    merged = [(name, merge(near)) for name, same in grouped.items() for near in _apart(same)]
    calls = sorted((prepared(call, name) for name, call in merged), key=attrgetter("id"))
    facts = [fact(call, EFFECTIVE) for _, call in merged]
    switches, accounts = (frozenset(map(attrgetter(name), facts)) for name in ("switch", "account"))
    return Batch(calls, count(facts), len(rows), switches, accounts)


def _apart(rows: list[CDR]) -> Iterator[list[CDR]]:
    """The rows of one name, apart where the switch used the name again after more than NEAR."""
    if len(rows) == 1:
        yield rows
        return
    first = min(row.start for row in rows)
    yield [row for row in rows if row.start - first <= NEAR]
    if later := [row for row in rows if row.start - first > NEAR]:
        yield from _apart(later)


def prepared(call: CDR, name: bytes) -> Prepared:
    """A call with everything the commit needs to know of it; `name` is its digest."""
    identity, key = id_of(call.start, name), key_of(name)
    raw = encoded(call, identity, key)
    return Prepared(identity, key, call.start, call.end, call.switch, raw)


def counted(calls: Iterable[Prepared]) -> Sums:
    """The sums of some calls of a batch, read back from their BSON."""
    return count([fact(decoded(call.raw), EFFECTIVE) for call in calls])


def days(calls: Iterable[Prepared | CDR]) -> set[tuple[str, date]]:
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
