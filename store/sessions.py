"""Who is logged in: a session is known by a token that only the browser has; here lies its digest."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import NamedTuple

from store import users
from store.database import Document, Store
from store.people import User

NAME = "sessions"
LASTS = timedelta(days=30)
"""Since it was used last."""
NOTED = timedelta(hours=1)
"""Its use is noted no more often than so."""


class Session(NamedTuple):
    """A session that is open: where and when it began, when it was used (noted once an hour; both aware UTC),
    and the digest of its token.
    """

    key: str
    address: str
    began: datetime
    used: datetime


def begin(store: Store, user: User, address: str, now: datetime) -> str:
    """Begin a session of a user who is let in; gives its token."""
    token = token_urlsafe(32)
    document = {
        "_id": digest(token),
        "user": user.id,
        "generation": user.generation,
        "address": address,
        "began": now,
        "used": now,
        "expires": now + LASTS,
    }
    store.db[NAME].insert_one(document)
    return token


def whose(store: Store, tokens: Iterable[str], now: datetime) -> dict[str, User]:
    """The users of the tokens that work: whose session has not ended, who is active, and whose password,
    role and rights are those of its beginning.
    """
    wanted = {digest(token): token for token in tokens}
    lookup: Document = {"_id": {"$in": list(wanted)}, "expires": {"$gt": now}}
    found = list(store.db[NAME].find(lookup))
    people = users.of_ids(store, {one["user"] for one in found})
    working = {}
    for one in found:
        user = people.get(one["user"])
        if user and user.active and user.generation == one["generation"]:
            working[wanted[one["_id"]]] = user
    stale = [one["_id"] for one in found if wanted[one["_id"]] in working and one["used"] < now - NOTED]
    if stale:
        told = {"$set": {"used": now, "expires": now + LASTS}}
        store.db[NAME].update_many({"_id": {"$in": stale}}, told)
    return working


def of_user(store: Store, user: User, now: datetime) -> list[Session]:
    """The open sessions of a user, the last used first."""
    lookup: Document = {"user": user.id, "generation": user.generation, "expires": {"$gt": now}}
    found = store.db[NAME].find(lookup).sort([("used", -1), ("began", -1)])
    return [Session(one["_id"], one["address"], one["began"], one["used"]) for one in found]


def end(store: Store, token: str) -> bool:
    """End a session; gives whether there was one."""
    return store.db[NAME].delete_one({"_id": digest(token)}).deleted_count == 1


def end_all(store: Store, user: str, but: str = "") -> int:
    """End the sessions of a user, but for that of a token; gives how many."""
    lookup: Document = {"user": user, "_id": {"$ne": digest(but)}}
    return store.db[NAME].delete_many(lookup).deleted_count


def digest(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
