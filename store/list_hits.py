"""The calls that a list stopped at: the mark of a call that was not to be made, kept beside its record, which
stays as the switch wrote it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from store.database import Document, Store

NAME = "list_hits"
STATE = "list_state"
KEPT = timedelta(days=400)
PAUSE = timedelta(minutes=10)
"""Between two digests of one list."""
MOST = 500
"""So many calls stand in one digest; its count tells of all."""


class Hit(NamedTuple):
    """A call to a listed number: its id, the tenant and entry of the list, and what of the call is told.
    Times aware UTC, talk in seconds.
    """

    call: str
    tenant: str
    entry: str
    prefix: str
    words: str
    start: datetime
    switch: str
    account: str
    caller: str
    destination: str
    country: str
    seconds: float


class Digest(NamedTuple):
    """What is to be told of a tenant's black list: its hits, oldest first, and how many calls there are in
    all.
    """

    tenant: str
    hits: tuple[Hit, ...]
    calls: int


def put(store: Store, session: ClientSession, hits: Sequence[Hit], now: datetime) -> None:
    """Keep hits, each once, within the transaction in which their calls are judged."""
    writes = []
    for hit in hits:
        kept = {**hit._asdict(), "at": now, "told": None, "expires": now + KEPT}
        del kept["call"]
        writes.append(UpdateOne({"_id": hit.call}, {"$setOnInsert": kept}, upsert=True))
    if writes:
        store.db[NAME].bulk_write(writes, ordered=False, session=session)


def latest(
    store: Store,
    since: datetime | None = None,
    until: datetime | None = None,
    accounts: tuple[str, ...] | None = None,
    limit: int = 100,
) -> list[Hit]:
    """The hits of calls that began at [since, until), newest first, of these accounts (None: of all)."""
    lookup: Document = {}
    if since or until:
        lookup["start"] = {**({"$gte": since} if since else {}), **({"$lt": until} if until else {})}
    if accounts is not None:
        lookup["account"] = {"$in": list(accounts)}
    return [_hit(one) for one in store.db[NAME].find(lookup).sort("start", -1).limit(limit)]


def of_call(store: Store, call: str) -> Hit | None:
    """The mark of a call; None when no list stopped at it."""
    found = store.db[NAME].find_one({"_id": call})
    return _hit(found) if found else None


def untold(store: Store, now: datetime) -> list[Digest]:
    """The digests that are due: one a tenant, not sooner than PAUSE after the last."""
    digests = []
    for tenant in sorted(store.db[NAME].distinct("tenant", {"told": None})):
        state: dict[str, Any] = store.db[STATE].find_one({"_id": tenant}) or {}
        if state and now - state["told"] < PAUSE:
            continue
        lookup = {"told": None, "tenant": tenant}
        found = store.db[NAME].find(lookup).sort("start", 1).limit(MOST)
        digests.append(
            Digest(tenant, tuple(_hit(one) for one in found), store.db[NAME].count_documents(lookup))
        )
    return digests


def told(store: Store, session: ClientSession, digest: Digest, now: datetime) -> bool:
    """Note that a digest is told, in the transaction that queues its letters; False, for that to be aborted,
    when a hit of it was told before. What it had no room for, and what came meanwhile, is in the next one.
    """
    lookup = {"told": None, "_id": {"$in": [hit.call for hit in digest.hits]}}
    done = store.db[NAME].update_many(lookup, {"$set": {"told": now}}, session=session)
    if done.modified_count < len(digest.hits):
        return False
    store.db[STATE].update_one({"_id": digest.tenant}, {"$set": {"told": now}}, upsert=True, session=session)
    return True


def _hit(found: Document) -> Hit:
    return Hit(found["_id"], *(found[field] for field in Hit._fields[1:]))
