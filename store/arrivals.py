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


class Arrival(NamedTuple):
    """What a batch brought: the ids of its calls in order, as bytes."""

    id: ObjectId
    calls: list[bytes]


def note(store: Store, session: ClientSession, ids: Sequence[bytes]) -> None:
    """Note the calls of a batch, within its transaction; 16 bytes a call."""
    if ids:
        made = ObjectId()
        document = {"_id": made, "ids": b"".join(ids), "expires": made.generation_time + KEPT}
        store.db[NAME].insert_one(document, session=session)


def first(store: Store) -> Arrival | None:
    """The batch that waits longest to be judged; None when there is none."""
    found = store.db[NAME].find_one(sort=[("_id", 1)])
    if found is None:
        return None
    ids = bytes(found["ids"])
    return Arrival(found["_id"], sorted(ids[i : i + WIDTH] for i in range(0, len(ids), WIDTH)))


def calls(store: Store, arrival: Arrival) -> Iterator[CDR]:
    """The calls of a batch, in the order of their start; those that were dropped since are missing."""
    for name, same in groupby(arrival.calls, key=lambda id: partitions.name_of(time_of(id))):
        ids = [UUID(bytes=id) for id in same]
        for i in range(0, len(ids), AT_ONCE):
            lookup = {"_id": {"$in": ids[i : i + AT_ONCE]}}
            yield from map(call_of, store.db[name].find(lookup).sort("_id", 1))


def done(store: Store, session: ClientSession, arrival: Arrival) -> bool:
    """Note that a batch is judged, within the transaction of what came of it; False when it was before."""
    return store.db[NAME].delete_one({"_id": arrival.id}, session=session).deleted_count == 1


def forget(store: Store) -> int:
    """Forget all that waits, since there is nothing to judge it by; gives how many batches."""
    return store.db[NAME].delete_many({}).deleted_count
