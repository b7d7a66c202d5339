"""The keys by which programs use the REST API: each is of a user, may read or write, and ends at its time.
The key itself is shown once; here lies its SHA-256.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from bson import ObjectId

from store import users
from store.database import Document, Store, key_of
from store.errors import CdrStatsError
from store.people import HIDDEN, User
from store.record import storable
from store.sentence import Sentence

NAME = "api_keys"
PREFIX = "cdr_"
"""What every key begins with, so that one that was published by mistake is found by those who look for it."""
RIGHTS = {"read": "asks for what its user may see", "write": "changes what its user may change, too"}
LONGEST = 60
"""Characters of a name."""
DAYS = (1, 3_650)
"""How long a key lasts, at least and at most."""
MOST = 50
"""Keys of one user."""
NOTED = timedelta(minutes=10)
"""Its use is noted no more often than so."""


class Key(NamedTuple):
    """A key without its secret: of a user's id, with a name, a right (of RIGHTS), and when it was made, ends
    and was used last (aware UTC). `begins` is how it begins, to tell it from others.
    """

    id: str
    user: str
    name: str
    right: str
    begins: str
    made: datetime
    expires: datetime
    used: datetime | None = None


def make(store: Store, user: User, name: str, right: str, days: int, now: datetime) -> str:
    """A new key of a user, 47 characters, which is shown here only. Raises CdrStatsError, one sentence, for
    what cannot be.
    """
    plain = HIDDEN.sub(" ", storable(name)).strip()
    if not 0 < len(plain) <= LONGEST:
        raise CdrStatsError(
            Sentence("A key needs a name of up to {n} characters, such as that of its program.", n=LONGEST)
        )
    if right not in RIGHTS:
        raise CdrStatsError(
            Sentence("A key may read or write; there is no right {right}.", right=repr(right[:20]))
        )
    if not DAYS[0] <= days <= DAYS[1]:
        raise CdrStatsError(Sentence("A key lasts {first} to {last} days.", first=DAYS[0], last=DAYS[1]))
    held = of_users(store, [user.id])
    if any(key.name == plain for key in held):
        raise CdrStatsError(
            Sentence(
                "{user} has a key {name} already; choose another name, or remove it.",
                user=user.name,
                name=repr(plain),
            )
        )
    if len(held) >= MOST:
        raise CdrStatsError(
            Sentence("{user} has {n} keys; remove one that is not used any more.", user=user.name, n=MOST)
        )
    token = PREFIX + secrets.token_urlsafe(32)
    document = {
        "_id": ObjectId(),
        "digest": _digest(token),
        "user": user.id,
        "name": plain,
        "right": right,
        "begins": token[: len(PREFIX) + 4],
        "made": now,
        "expires": now + timedelta(days=days),
        "used": None,
    }
    store.db[NAME].insert_one(document)
    return token


def whose(store: Store, token: str, now: datetime) -> tuple[User, Key] | None:
    """The active user whose key this is, and the key; None when it does not work, or not any more."""
    found = store.db[NAME].find_one({"digest": _digest(token), "expires": {"$gt": now}})
    user = users.one(store, found["user"]) if found else None
    if found is None or user is None or not user.active:
        return None
    if found["used"] is None or found["used"] < now - NOTED:
        store.db[NAME].update_one({"_id": found["_id"]}, {"$set": {"used": now}})
    return user, _key(found)


def of_users(store: Store, ids: Iterable[str]) -> list[Key]:
    """The keys of the users of these ids, the newest last; also those that have ended, for a month."""
    found = store.db[NAME].find({"user": {"$in": list(ids)}}).sort("_id", 1)
    return [_key(one) for one in found]


def everything(store: Store) -> list[Key]:
    """The keys of everybody, the newest last."""
    return [_key(one) for one in store.db[NAME].find().sort("_id", 1)]


def remove(store: Store, id: str, user: str | None = None) -> bool:
    """End a key at once, of this user where one is given; gives whether there was one."""
    lookup: Document = {"_id": key_of(id), **({} if user is None else {"user": user})}
    return store.db[NAME].delete_one(lookup).deleted_count == 1


def _key(found: Document) -> Key:
    return Key(str(found["_id"]), *(found[field] for field in Key._fields[1:]))


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
