"""What there is to choose from: the switches, accounts and hangup causes that were ever seen, and the time
that the calls span.
"""

from collections.abc import Iterable
from datetime import datetime

from pymongo import UpdateOne

from store import months, partitions, sums
from store.batch import Batch
from store.buckets import head, unescape
from store.database import Store

KINDS = ("switches", "accounts")


def note(store: Store, batch: Batch) -> None:
    """Remember the switches and accounts of a batch; what this process noted before costs nothing."""
    for kind, names in zip(KINDS, (batch.switches, batch.accounts), strict=True):
        add(store, kind, [name for name in names if (kind, name) not in store.noted])


def add(store: Store, kind: str, names: Iterable[str]) -> None:
    """Remember names of one of KINDS."""
    fresh = sorted({*names})
    if fresh:
        writes = [UpdateOne({"_id": name}, {"$setOnInsert": {"_id": name}}, upsert=True) for name in fresh]
        store.db[kind].bulk_write(writes, ordered=False)
        store.noted.update((kind, name) for name in fresh)


def switches(store: Store) -> list[str]:
    """The names of all switches, sorted."""
    return sorted(found["_id"] for found in store.db["switches"].find())


def accounts(store: Store) -> list[str]:
    """The account codes of all calls, sorted; calls without one are the account ''."""
    return sorted(found["_id"] for found in store.db["accounts"].find())


def causes(store: Store) -> list[str]:
    """The names of the hangup causes of all calls, sorted: also those that only one switch knows."""
    first = f"{head(None, None)}|m|"
    found = store.db[sums.NAME].find({"_id": {"$gt": first, "$lt": first + ":"}}, {"cause": 1})
    return sorted({unescape(name) for bucket in found for name in bucket.get("cause", ())})


def span(store: Store) -> tuple[datetime, datetime] | None:
    """The start (UTC) of the first and of the last call; None without calls. Of calls whose records are
    dropped just the hour is known.
    """
    names = partitions.existing(store)
    first = _edge(store, names, 1)
    last = _edge(store, names[::-1], -1)
    if months.sealed(store) and (hours := sums.hours(store)):
        first, last = hours[0], last or hours[1]
    return (first, last) if first and last else None


def _edge(store: Store, names: list[str], order: int) -> datetime | None:
    for name in names:
        found = store.db[name].find_one({}, {"start": 1}, sort=[("_id", order)])
        if found:
            start: datetime = found["start"]
            return start
    return None
