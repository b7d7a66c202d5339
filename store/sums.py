"""The collection of sums: one document a bucket, read, added to and written back within the transaction of
a batch.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import DeleteOne, InsertOne, ReplaceOne
from pymongo.client_session import ClientSession

from store.buckets import GRAINS, Bucket, Sums, add, head
from store.database import Store
from store.periods import following
from store.record import EPOCH

NAME = "sums"
RANGES_AT_ONCE = 150


def read(store: Store, keys: Iterable[str], session: ClientSession | None = None) -> dict[str, Bucket]:
    """The buckets with these keys, as far as there are any."""
    found = store.db[NAME].find({"_id": {"$in": list(keys)}}, session=session)
    return {bucket.pop("_id"): bucket for bucket in found}


def months(store: Store) -> list[str]:
    """The UTC months that have calls, in order: `202611`."""
    first = f"{head(None, None)}|m|"
    found = store.db[NAME].find({"_id": {"$gt": first, "$lt": first + ":"}}, {"_id": 1}).sort("_id")
    return [bucket["_id"].removeprefix(first) for bucket in found]


def heads(store: Store) -> dict[str, set[str]]:
    """How the keys of all buckets begin (`account|switch`), by UTC month, also of stray ones; reads every key
    once.
    """
    parts = {"$split": ["$_id", "|"]}
    name = {"$concat": [{"$arrayElemAt": [parts, 0]}, "|", {"$arrayElemAt": [parts, 1]}]}
    month = {"$substrCP": [{"$arrayElemAt": [parts, -1]}, 0, 6]}
    grouping: list[dict[str, Any]] = [
        {"$match": {"_id": {"$gte": ""}}},
        {"$group": {"_id": {"month": month, "head": name}}},
    ]
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one in store.db[NAME].aggregate(grouping, hint="_id_", allowDiskUse=True):
        found[one["_id"]["month"]].add(one["_id"]["head"])
    return found


def of_month(
    store: Store, month: str, heads: Iterable[str], session: ClientSession | None = None
) -> dict[str, Bucket]:
    """The buckets of a UTC month whose keys begin with these heads, and nothing else is read."""
    starts, found = [f"{head}|{grain}|{month}" for head in sorted(heads) for grain in GRAINS], {}
    for i in range(0, len(starts), RANGES_AT_ONCE):
        ranges = [{"_id": {"$gte": start, "$lt": start + ":"}} for start in starts[i : i + RANGES_AT_ONCE]]
        for bucket in store.db[NAME].find({"$or": ranges}, session=session):
            found[bucket.pop("_id")] = bucket
    return found


def span(store: Store) -> tuple[datetime, datetime]:
    """The start of the first and the end of the last UTC month that has calls; without calls of 1970."""
    starts = [month_of(name) for name in months(store)] or [EPOCH]
    return starts[0], following(starts[-1], "month")


def hours(store: Store) -> tuple[datetime, datetime] | None:
    """The start (UTC) of the first and of the last hour that has calls; None without calls."""
    first = f"{head(None, None)}|h|"
    lookup = {"_id": {"$gt": first, "$lt": first + ":"}}
    found = [store.db[NAME].find_one(lookup, {"_id": 1}, sort=[("_id", order)]) for order in (1, -1)]
    starts = [datetime.strptime(one["_id"][-10:] + "+0000", "%Y%m%d%H%z") for one in found if one]
    return (starts[0], starts[1]) if starts else None


def stamps(store: Store, heads: Sequence[str], grain: str, within: str = "") -> list[str]:
    """The stamps of the buckets of a grain (h, d or m) whose keys begin with one of these heads, such as
    `2026112214`; of those `within` a month, such as `202611`, alone.
    """
    starts, found = [f"{head}|{grain}|" for head in heads], []
    for i in range(0, len(starts), RANGES_AT_ONCE):
        ranges = [
            {"_id": {"$gte": f"{start}{within}", "$lt": f"{start}{within}:"}}
            for start in starts[i : i + RANGES_AT_ONCE]
        ]
        found += [one["_id"] for one in store.db[NAME].find({"$or": ranges}, {"_id": 1})]
    return [name.rpartition("|")[2] for name in found]


def month_of(name: str) -> datetime:
    """The start (UTC) of a month by its name in the sums: `202611`."""
    return datetime.strptime(f"{name}01+0000", "%Y%m%d%z")


def change(store: Store, session: ClientSession, more: Sums, less: Sums | None = None) -> None:
    """Add `more` to the stored buckets and take `less` off; a bucket without calls is deleted.

    Reading, adding and replacing in one transaction is as exact as `$inc`, since a bucket changed by
    another transaction in the meantime aborts this one, and it is faster, since the server handles no
    paths; a cell can also go away again.
    """
    less = less or {}
    held = read(store, more.keys() | less.keys(), session)
    writes: list[Any] = []
    for key in more.keys() | less.keys():
        bucket = held.get(key)
        changed: Bucket = bucket if bucket is not None else {}
        add(changed, more.get(key, {}))
        add(changed, less.get(key, {}), sign=-1)
        if write := _write(key, changed, new=bucket is None):
            writes.append(write)
    if writes:
        store.db[NAME].bulk_write(writes, ordered=False, session=session)


def _write(key: str, bucket: Bucket, new: bool) -> Any:
    if not bucket:
        return None if new else DeleteOne({"_id": key})
    document: Mapping[str, Any] = {"_id": key, **bucket}
    return InsertOne(document) if new else ReplaceOne({"_id": key}, document)
