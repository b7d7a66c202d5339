"""The collection of sums: one document a bucket, read, added to and written back within the transaction of
a batch.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pymongo import DeleteOne, InsertOne, ReplaceOne
from pymongo.client_session import ClientSession

from store.buckets import Bucket, Sums, add
from store.database import Store

NAME = "sums"


def read(store: Store, keys: Iterable[str], session: ClientSession | None = None) -> dict[str, Bucket]:
    """The buckets with these keys, as far as there are any."""
    found = store.db[NAME].find({"_id": {"$in": list(keys)}}, session=session)
    return {bucket.pop("_id"): bucket for bucket in found}


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
        writes.append(_write(key, changed, new=bucket is None))
    if writes:
        store.db[NAME].bulk_write([w for w in writes if w], ordered=False, session=session)


def _write(key: str, bucket: Bucket, new: bool) -> Any:
    if not bucket:
        return None if new else DeleteOne({"_id": key})
    document: Mapping[str, Any] = {"_id": key, **bucket}
    return InsertOne(document) if new else ReplaceOne({"_id": key}, document)
