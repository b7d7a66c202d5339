"""One-time links: each lets its bearer do one thing once, such as choosing a new password. Of what stands in
the link only the SHA-256 is kept, so whoever reads the database can use none.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from pymongo.client_session import ClientSession

from store.database import Document, Store
from store.errors import CdrStatsError
from store.sentence import mark

NAME = "tokens"
RESET = "reset"
"""What a link is for: choosing a new password."""
LASTS = timedelta(hours=1)
SPENT = mark("This link was used before or is too old; ask for a new one.")


class Spent(CdrStatsError):
    """The link was used before, is too old, or never was one."""


def make(store: Store, user: str, now: datetime, purpose: str = RESET, lasts: timedelta = LASTS) -> str:
    """A new token of the user of this id, 43 characters for an address; it is shown here only, and works once
    until `now + lasts`.
    """
    token = secrets.token_urlsafe(32)
    document = {
        "_id": _digest(token),
        "user": user,
        "purpose": purpose,
        "made": now,
        "expires": now + lasts,
        "used": None,
    }
    store.db[NAME].insert_one(document)
    return token


def whose(store: Store, token: str, now: datetime, purpose: str = RESET) -> str | None:
    """The id of the user whose token this is, which stays unused; None when it does not work."""
    found = store.db[NAME].find_one(_works(token, now, purpose))
    return found["user"] if found else None


def use(
    store: Store, token: str, now: datetime, purpose: str = RESET, session: ClientSession | None = None
) -> str:
    """Use a token up, in the transaction of what it lets do; gives the id of its user.

    Of several who bring the same one, one succeeds. Raises Spent, one sentence, when it does not work.
    """
    told = {"$set": {"used": now}}
    found = store.db[NAME].find_one_and_update(_works(token, now, purpose), told, session=session)
    if found is None:
        raise Spent(SPENT)
    user: str = found["user"]
    return user


def end(store: Store, user: str, session: ClientSession | None = None) -> int:
    """End all tokens of a user, in the transaction that changes the password; gives how many there were."""
    return store.db[NAME].delete_many({"user": user}, session=session).deleted_count


def _works(token: str, now: datetime, purpose: str) -> Document:
    return {"_id": _digest(token), "purpose": purpose, "used": None, "expires": {"$gt": now}}


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
