"""The notices: what an admin should know of what runs by itself, one document a problem, from its first time
to its end.
"""

from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

from bson import ObjectId
from pymongo.client_session import ClientSession

from store.database import Document, Store
from store.sentence import both, said

NAME = "notices"
KEPT = timedelta(days=30)
FRESH = timedelta(days=1)
"""What is older is not mailed any more, for example when addresses are set later."""


class Notice(NamedTuple):
    """A problem of a job in one sentence: when it was first and last seen (aware UTC), how often, and when it
    was over (None: it is not, or it was one that is told once).
    """

    job: str
    problem: str
    first: datetime
    last: datetime
    times: int
    over: datetime | None


def told(store: Store, job: str, problem: str, now: datetime) -> None:
    """Tell the admin of a problem; the same one again, before it is over, is the same notice."""
    open_one = blake2b(f"{job}\x1f{problem}".encode("utf-8", "replace"), digest_size=12).hexdigest()
    store.db[NAME].update_one(
        {"key": open_one, "over": None},
        {
            "$setOnInsert": {"job": job, **both("problem", problem), "first": now},
            "$set": {"last": now, "expires": now + KEPT},
            "$inc": {"times": 1},
        },
        upsert=True,
    )


def over(store: Store, job: str, now: datetime) -> None:
    """What was told of this job is over: it runs well again."""
    store.db[NAME].update_many({"job": job, "over": None}, {"$set": {"over": now}})


def latest(store: Store, limit: int = 20) -> list[Notice]:
    """The notices, newest first: all that are not over, and the last of those that are."""
    newest = [("last", -1)]
    running = list(store.db[NAME].find({"over": None}, sort=newest, limit=limit))
    past = store.db[NAME].find({"over": {"$ne": None}}, sort=newest, limit=limit)
    return [_notice(one) for one in (*running, *past)]


def untold(store: Store, now: datetime) -> list[tuple[Any, Notice]]:
    """The notices that were not mailed yet, oldest first, each with what `mailed` asks for."""
    lookup = {"mailed": None, "last": {"$gte": now - FRESH}}
    found = store.db[NAME].find(lookup).sort("first", 1)
    return [(one["_id"], _notice(one)) for one in found]


def _notice(found: Document) -> Notice:
    return Notice(**{field: found[field] for field in Notice._fields} | {"problem": said("problem", found)})


def mailed(store: Store, session: ClientSession, ids: list[ObjectId], now: datetime) -> bool:
    """Claim notices, in the transaction that queues their letter; False, for that to be aborted, when one was
    claimed before.
    """
    lookup = {"_id": {"$in": ids}, "mailed": None}
    return store.db[NAME].update_many(
        lookup, {"$set": {"mailed": now}}, session=session
    ).modified_count == len(ids)
