"""The lease: of all workers the one that leads, by a document that says until when, in the time of the
database's own clock.

It is renewed long before it ends. Each new leader gets a higher token, by which whatever a former one still
writes can be told and refused; and each leader stops by its own clock before the lease ends, so that it needs
no answer to know that it may not lead any more.
"""

import os
import platform
import time
import uuid
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

import pymongo
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from store.database import Document, Store

NAME = "leases"
WORKER = "worker"
TERM = 6.0
"""Seconds that a lease lasts: one killed is followed by another within them and a beat."""
SAFE = 0.8
"""The part of the term after which a leader that could not renew does not lead any more."""
PATIENCE = 2.0
"""Seconds that an answer of the database is waited for, so that a try does not outlast the term."""


class Leader(NamedTuple):
    """Who leads: a machine, a process of it, since when (aware UTC), and the token of this leadership."""

    host: str
    pid: int
    since: datetime
    token: int


class Lease:
    """One process's part in the lease of this name; not thread-safe but for `held` and `token`."""

    def __init__(self, store: Store, name: str = WORKER, term: float = TERM) -> None:
        self._store, self._name, self._term = store, name, term
        self._owner = uuid.uuid4().hex
        self._until = float("-inf")
        self._seeded = False
        self.token = 0

    @property
    def held(self) -> bool:
        """Whether this process leads, by its own clock; asks nobody."""
        return time.monotonic() < self._until

    def take(self) -> bool:
        """Take the lease if nobody has it, or renew it; gives whether this process leads now.

        Raises PyMongoError when the database does not answer; the lease is then held until its safe end.
        """
        asked = time.monotonic()
        with pymongo.timeout(PATIENCE):
            self._seed()
            found = self._store.db[NAME].find_one_and_update(
                self._mine_or_over(), self._renewed(), return_document=ReturnDocument.AFTER
            )
        if found is None:
            self._until = float("-inf")
            return False
        self.token = found["token"]
        self._until = asked + SAFE * self._term
        return True

    def release(self) -> None:
        """Give the lease back, if this process has it, so that another may lead at once."""
        self._until = float("-inf")
        mine: Document = {"_id": self._name, "owner": self._owner}
        with pymongo.timeout(PATIENCE):
            self._store.db[NAME].update_one(mine, [{"$set": {"owner": "", "until": "$$NOW"}}])

    def _seed(self) -> None:
        """The document has to be there first: a filter by the server's time cannot be an upsert's."""
        if not self._seeded:
            with suppress(DuplicateKeyError):
                self._store.db[NAME].insert_one({"_id": self._name, "owner": "", "token": 0})
            self._seeded = True

    def _mine_or_over(self) -> Document:
        over: Document = {"$expr": {"$lte": [{"$ifNull": ["$until", "$$NOW"]}, "$$NOW"]}}
        return {"_id": self._name, "$or": [{"owner": self._owner}, over]}

    def _renewed(self) -> list[dict[str, Any]]:
        """A renewal keeps the token; whoever takes a lease that is over gets the next one, its last owner
        too, who may have been followed meanwhile.
        """
        own = {"$and": [{"$eq": ["$owner", self._owner]}, {"$gt": ["$until", "$$NOW"]}]}
        until = {
            "$dateAdd": {"startDate": "$$NOW", "unit": "millisecond", "amount": round(1000 * self._term)}
        }
        told: dict[str, Any] = {
            "token": {"$cond": [own, "$token", {"$add": ["$token", 1]}]},
            "since": {"$cond": [own, "$since", "$$NOW"]},
            "owner": self._owner,
            "until": until,
            "host": platform.node(),
            "pid": os.getpid(),
        }
        return [{"$set": told}]


def leader(store: Store, name: str = WORKER) -> Leader | None:
    """Who leads now, by the server's clock; None when nobody does."""
    now: Document = {"_id": name, "$expr": {"$gt": ["$until", "$$NOW"]}}
    found = store.db[NAME].find_one(now)
    return Leader(*(found[field] for field in Leader._fields)) if found else None
