"""Proof and repair: the sums held against the records by the code that counts an import."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from pymongo.client_session import ClientSession

from store import partitions, sums
from store.buckets import Bucket, Fact, Sums, add, count, fact, stamp
from store.causes import EFFECTIVE
from store.connection import transaction
from store.database import Store
from store.documents import call_of
from store.match import bound
from store.periods import following

CHUNK = 20_000
FIELDS = (
    "switch",
    "uuid",
    "start",
    "end",
    "mduration",
    "billmsec",
    "answered",
    "account",
    "country",
    "cause",
    "direction",
    "pdd_ms",
)


class Difference(NamedTuple):
    """A bucket that does not say what the records say; a bucket that is missing, or should not be, is empty
    on one side.
    """

    key: str
    stored: Bucket
    counted: Bucket


def verify(store: Store, since: datetime | None = None, until: datetime | None = None) -> list[Difference]:
    """The buckets that differ from the records, of the UTC months that meet [since, until), or of all; an
    empty list is the proof.

    Each month is read in one snapshot, so that imports may go on meanwhile.
    """
    found = []
    for month in _months(store, since, until):
        with store.client.start_session(snapshot=True) as session:
            counted = _counted(store, month, session)
            stored = _stored(store, month, session)
        for key in sorted(counted.keys() | stored.keys()):
            if counted.get(key, {}) != stored.get(key, {}):
                found.append(Difference(key, stored.get(key, {}), counted.get(key, {})))
    return found


def rebuild(store: Store, since: datetime | None = None, until: datetime | None = None) -> int:
    """Make the sums of these UTC months say what the records say; gives the number of buckets that were
    mended.

    Each bucket is mended by its difference in one transaction, which an import at the same time can do no
    harm to.
    """
    wrong = verify(store, since, until)
    for start in range(0, len(wrong), CHUNK // 10):
        part = wrong[start : start + CHUNK // 10]
        more, less = {d.key: d.counted for d in part}, {d.key: d.stored for d in part}
        transaction(store.client, partial(_mend, store, more, less))
    return len(wrong)


def _mend(store: Store, more: Sums, less: Sums, session: ClientSession) -> None:
    sums.change(store, session, more, less)


def _months(store: Store, since: datetime | None, until: datetime | None) -> Iterator[datetime]:
    """The UTC months that have records or sums."""
    names = {name.removeprefix(partitions.PREFIX) for name in partitions.existing(store)}
    for name in sorted({*names, *sums.all_months(store)}):
        month = sums.month_of(name)
        if (until is None or month < until) and (since is None or following(month, "month") > since):
            yield month


def _counted(store: Store, month: datetime, session: ClientSession) -> Sums:
    """The buckets of a month as its records make them."""
    made: Sums = {}
    for facts in _facts(store, month, session):
        for key, bucket in count(facts).items():
            add(made.setdefault(key, {}), bucket)
    return made


def _facts(store: Store, month: datetime, session: ClientSession) -> Iterator[list[Fact]]:
    lookup = {"_id": {"$gte": bound(month), "$lt": bound(following(month, "month"))}}
    records = store.db[partitions.name_of(month)].find(
        lookup, dict.fromkeys(FIELDS, 1), session=session, batch_size=CHUNK
    )
    facts = []
    for record in records:
        facts.append(fact(call_of(record), EFFECTIVE))
        if len(facts) == CHUNK:
            yield facts
            facts = []
    yield facts


def _stored(store: Store, month: datetime, session: ClientSession) -> dict[str, Bucket]:
    """The buckets of a month as they are stored."""
    found: dict[str, Bucket] = {}
    cursor: Any = store.db[sums.NAME].find(
        {"_id": {"$regex": rf"\|{stamp(month, 'm')}\d{{0,4}}$"}}, session=session
    )
    for bucket in cursor:
        found[bucket.pop("_id")] = bucket
    return found
