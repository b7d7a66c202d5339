"""The collections that hold the calls: one a month, so that the indexes of numbers stay small and retention
is a drop.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.collection import Collection

from store import months
from store.database import Store, create

PREFIX = "cdr_"
LONGEST = timedelta(days=31)
"""A longer call is refused by every reader; so no older call can reach into a day."""

INDEXES = [
    IndexModel([("key", ASCENDING)], name="key"),
    IndexModel([("account", ASCENDING), ("_id", ASCENDING)], name="account"),
    IndexModel([("caller", ASCENDING), ("_id", ASCENDING)], name="caller"),
    IndexModel([("destination", ASCENDING), ("_id", ASCENDING)], name="destination"),
    IndexModel([("country", ASCENDING), ("_id", ASCENDING)], name="country"),
    IndexModel([("billmsec", ASCENDING), ("_id", ASCENDING)], name="billmsec"),
    IndexModel([("end", ASCENDING)], name="long", partialFilterExpression={"long": True}),
]
"""`_id` leads by start time, so (field, _id) is (field, start) and `_id` itself is the index of start."""


def name_of(moment: datetime) -> str:
    """The collection of a call that starts at this UTC moment: `cdr_202611`."""
    return f"{PREFIX}{moment:%Y%m}"


def ensure(store: Store, names: set[str]) -> None:
    """Make the partitions that are missing, compressed with zstd and with their indexes, and what guards
    them.
    """
    missing = sorted(names - store.partitions)
    months.ensure(store, [name.removeprefix(PREFIX) for name in missing])
    for name in missing:
        create(store.db, name)
        store.db[name].create_indexes(INDEXES)
        store.partitions.add(name)


def existing(store: Store) -> list[str]:
    """The partitions that are there, oldest first."""
    return sorted(store.db.list_collection_names(filter={"name": {"$regex": f"^{PREFIX}\\d{{6}}$"}}))


def between(
    store: Store, since: datetime, until: datetime, newest_first: bool = False
) -> Iterator[Collection[dict[str, Any]]]:
    """The partitions that can hold calls starting in [since, until)."""
    first, last = name_of(since), name_of(until)
    names = [name for name in existing(store) if first <= name <= last]
    for name in reversed(names) if newest_first else names:
        yield store.db[name]
