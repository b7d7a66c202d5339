"""The months of the records: which are sealed because their records are dropped, and the guard that keeps
batches out of them.

Months are sealed from the oldest on, so that a moment, the horizon, parts what is sealed from what is not.
"""

from collections.abc import Iterable
from datetime import datetime

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from store import sums
from store.connection import end_orphans
from store.database import Store
from store.errors import QueryError
from store.periods import following
from store.record import EPOCH
from store.sentence import Sentence

NAME = "months"


def ensure(store: Store, months: Iterable[str]) -> None:
    """Make the documents of months (`202611`) that are missing, which a batch is to be guarded by."""
    writes = [
        UpdateOne({"_id": month}, {"$setOnInsert": {"batches": 0}}, upsert=True) for month in sorted(months)
    ]
    if writes:
        store.db[NAME].bulk_write(writes, ordered=False)


def hold(store: Store, session: ClientSession, months: Iterable[str]) -> None:
    """Write to these months within the transaction of a batch: it and a seal that is set at the same time
    meet, and the one that comes second sees the other.
    """
    found = {"_id": {"$in": sorted(months)}}
    store.db[NAME].update_many(found, {"$inc": {"batches": 1}}, session=session)


def seal(store: Store, month: str) -> None:
    """Let no batch into this UTC month any more, nor into an older one; waits for those that are writing.

    The month itself comes first: a batch that makes an older month after that sees the seal.
    """
    end_orphans(store.client)
    store.db[NAME].update_one({"_id": month}, {"$set": {"sealed": True}}, upsert=True)
    store.db[NAME].update_many({"_id": {"$lt": month}}, {"$set": {"sealed": True}})


def batches(store: Store) -> dict[str, int]:
    """How many batches each UTC month (`202611`) has taken: it changes with every write to its records."""
    return {found["_id"]: found["batches"] for found in store.db[NAME].find({"batches": {"$gt": 0}})}


def version(store: Store) -> int:
    """A number that changes with every write to the records, by which a page knows that it is old."""
    return sum(batches(store).values())


def sealed(store: Store, session: ClientSession | None = None) -> frozenset[str]:
    """The UTC months (`202611`) whose records are dropped, or are being."""
    return frozenset(found["_id"] for found in store.db[NAME].find({"sealed": True}, session=session))


def horizon(store: Store, session: ClientSession | None = None) -> datetime:
    """The end (UTC) of the last sealed month: no record of a call that starts before it is kept; 1970 without
    one.
    """
    found = sealed(store, session)
    return following(sums.month_of(max(found)), "month") if found else EPOCH


def demand(store: Store, since: datetime) -> None:
    """Raise QueryError when records from this moment (UTC) on are not all there.

    Ask it after the records were read, since a month is sealed before its records go.
    """
    end = horizon(store)
    if since < end:
        raise QueryError(
            Sentence(
                "The calls before {day} (UTC) are kept as sums only, which cannot answer this: ask from that "
                "date on, or in full hours, without numbers, lengths of talk or several filters.",
                day=f"{end:%Y-%m-%d}",
            )
        )
