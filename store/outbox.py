"""The outbox: letters on their way, from the transaction that tells something to the mail server."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bson import ObjectId
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession

from store.database import Document, Store

NAME = "outbox"
PAUSES = (10, 30, 60, 300, 900, 1_800, 3_600)
"""Seconds until a letter is tried again, by how often it failed; the last one for ever."""
GIVEN_UP = timedelta(days=3)
"""A letter that nobody took for so long is given up."""
HELD = timedelta(minutes=5)
"""How long whoever takes a letter may be at it; then it is anybody's again."""
KEPT = timedelta(days=90)
STATES = ("queued", "sent", "failed")
SECRET = frozenset({"reset"})
"""Kinds of letters that are not kept once they are sent: whoever has the link in one has the account."""
WEBHOOK = "webhook"
"""The kind of what is posted to an address of the web, and not mailed."""


class Letter(NamedTuple):
    """A letter to one address. `key` names what it tells to whom: a second letter of the same key is not
    queued. `message` is a whole MIME message, whose Message-ID stays the same at every try.
    """

    key: str
    kind: str
    to: str
    subject: str
    message: bytes


def put(store: Store, session: ClientSession | None, letter: Letter, now: datetime) -> None:
    """Queue a letter, within the transaction of what it tells; one that was queued before is not again."""
    document = {
        **letter._asdict(),
        "state": "queued",
        "queued": now,
        "next": now,
        "tries": 0,
        "held": now,
        "problem": "",
        "done": None,
        "expires": now + KEPT,
    }
    del document["key"]
    store.db[NAME].update_one({"_id": letter.key}, {"$setOnInsert": document}, upsert=True, session=session)


def take(store: Store, now: datetime, webhooks: bool = False) -> tuple[str, Letter] | None:
    """The letter (or the webhook) that waits longest, held for whoever takes it, with the token that `sent`
    and `failed` ask for; None when none is due.

    A letter whose holder was killed is anybody's after HELD.
    """
    token, kind = str(ObjectId()), WEBHOOK if webhooks else {"$ne": WEBHOOK}
    found = store.db[NAME].find_one_and_update(
        {"state": "queued", "next": {"$lte": now}, "held": {"$lte": now}, "kind": kind},
        {"$set": {"held": now + HELD, "token": token}, "$inc": {"tries": 1}},
        sort=[("next", 1)],
        return_document=ReturnDocument.AFTER,
    )
    return (token, letter_of(found)) if found else None


def letter_of(found: Document) -> Letter:
    """The letter of a document."""
    return Letter(found["_id"], *(found[field] for field in Letter._fields[1:]))


def sent(store: Store, letter: Letter, token: str, now: datetime) -> bool:
    """Note that a letter was taken by the mail server; gives whether it was still the taker's."""
    told = {"state": "sent", "done": now, "problem": ""}
    return _done(store, letter, token, {**told, "message": b""} if letter.kind in SECRET else told)


def failed(store: Store, letter: Letter, token: str, problem: str, final: bool, now: datetime) -> bool:
    """Note why a letter was not taken. It is tried again after a growing pause, unless that is `final` or it
    is too old.
    """
    found = store.db[NAME].find_one({"_id": letter.key}) or {"tries": 1, "queued": now}
    if final or now - found["queued"] > GIVEN_UP:
        return _done(store, letter, token, {"state": "failed", "done": now, "problem": problem})
    pause = PAUSES[min(found["tries"], len(PAUSES)) - 1]
    told = {"problem": problem, "next": now + timedelta(seconds=pause), "held": now}
    return _done(store, letter, token, told)


def _done(store: Store, letter: Letter, token: str, told: dict[str, Any]) -> bool:
    lookup = {"_id": letter.key, "token": token, "state": "queued"}
    return store.db[NAME].update_one(lookup, {"$set": told}).matched_count == 1


def overdue(store: Store, now: datetime) -> int:
    """Give up what waits too long, for example for settings of a mail server; gives how many."""
    lookup = {"state": "queued", "queued": {"$lt": now - GIVEN_UP}, "held": {"$lte": now}}
    days = GIVEN_UP.days
    told = {"state": "failed", "done": now, "problem": f"Nobody took it within {days} days."}
    return store.db[NAME].update_many(lookup, {"$set": told}).modified_count


def again(store: Store, key: str, now: datetime) -> None:
    """Try a letter once more that was given up, or sooner than it would be."""
    told = {"state": "queued", "next": now, "held": now, "queued": now, "problem": ""}
    store.db[NAME].update_one({"_id": key, "state": {"$ne": "sent"}}, {"$set": told})


def latest(store: Store, limit: int = 50) -> list[Document]:
    """The documents of the last letters, without the letters themselves, newest first."""
    return list(store.db[NAME].find({}, {"message": 0}, sort=[("queued", -1)], limit=limit))
