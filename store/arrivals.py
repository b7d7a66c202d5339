"""What arrived: the calls of a batch that are new or changed, noted by their ids in its own transaction, so
that whoever judges calls as they come in misses none and judges none twice.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from bson import ObjectId
from pymongo.client_session import ClientSession

from store import partitions
from store.database import Store
from store.documents import call_of
from store.record import CDR, time_of

NAME = "arrivals"
KEPT = timedelta(days=7)
"""What no worker looked at for so long is let go: it is no news then."""
WIDTH = 16
"""Bytes of an id."""
AT_ONCE = 2_000
TOGETHER = 20_000
"""Calls that are judged together, so that the time around them is read once."""


class Arrival(NamedTuple):
    """What a batch brought: the ids of its calls, as bytes."""

    id: ObjectId
    calls: list[bytes]


def note(store: Store, session: ClientSession, ids: Sequence[bytes]) -> None:
    """Note the calls of a batch, within its transaction; 16 bytes a call."""
    if ids:
        made = ObjectId()
        document = {"_id": made, "ids": b"".join(ids), "expires": made.generation_time + KEPT}
        store.db[NAME].insert_one(document, session=session)


def waiting(store: Store) -> list[Arrival]:
    """The batches that wait longest to be judged, together about TOGETHER calls; none when nothing waits."""
    found: list[Arrival] = []
    count = 0
    for one in store.db[NAME].find(sort=[("_id", 1)], batch_size=100):
        ids = bytes(one["ids"])
        found.append(Arrival(one["_id"], [ids[i : i + WIDTH] for i in range(0, len(ids), WIDTH)]))
        count += len(found[-1].calls)
        if count >= TOGETHER:
            break
    return found


def calls(store: Store, batches: Sequence[Arrival]) -> Iterator[CDR]:
    """The calls of batches, each once, in the order of their start; those that were dropped since are
    missing.
    """
    every = sorted({id for batch in batches for id in batch.calls})
    for name, same in groupby(every, key=lambda id: partitions.name_of(time_of(id))):
        ids = [UUID(bytes=id) for id in same]
        for i in range(0, len(ids), AT_ONCE):
            lookup = {"_id": {"$in": ids[i : i + AT_ONCE]}}
            yield from map(call_of, store.db[name].find(lookup).sort("_id", 1))


def done(store: Store, session: ClientSession, batches: Sequence[Arrival]) -> bool:
    """Note that batches are judged, within the transaction of what came of it; False, for that to be aborted,
    when one of them was before.
    """
    lookup = {"_id": {"$in": [one.id for one in batches]}}
    return store.db[NAME].delete_many(lookup, session=session).deleted_count == len(batches)


def forget(store: Store) -> int:
    """Forget all that waits, since there is nothing to judge it by; gives how many batches."""
    return store.db[NAME].delete_many({}).deleted_count
