"""The imports: one document each, with what came of it so far; a chunk is counted in the transaction that
stores it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.client_session import ClientSession

from store.database import Store
from store.record import storable

NAME = "imports"
COUNTS = ("read", "calls", "new", "known", "corrected", "rejected", "foreign", "waits", "guessed", "skipped")
"""Rows read; calls they make, of which new, known and corrected; rows rejected, not in UTF-8, left for later;
calls of an hour that came twice which were taken as of the first; rows that are not meant to be calls.
"""

STATES = ("running", "done", "failed", "interrupted")


def begin(store: Store, file: str, switch: str, recipe: Mapping[str, Any], started: datetime) -> ObjectId:
    """Note that an import of this file begins; one of the same file that was killed is marked as interrupted.

    `recipe` is how the file is read, kept so that its rejects can be tried again. `started` is aware UTC.
    """
    found, file = store.db[NAME], storable(file)
    found.update_many({"file": file, "state": "running"}, {"$set": {"state": "interrupted"}})
    document = {
        "file": file,
        "switch": storable(switch),
        "recipe": dict(recipe),
        "started": started,
        "finished": None,
        "state": "running",
        "chunks": 0,
        "reasons": {},
        **dict.fromkeys(COUNTS, 0),
    }
    return found.insert_one(document).inserted_id  # type: ignore[no-any-return]


def add(
    store: Store,
    session: ClientSession | None,
    of: ObjectId,
    chunk: int,
    counts: Mapping[str, int],
    reasons: Mapping[str, int],
) -> None:
    """Add what a chunk (from 0) came to, within its transaction; a chunk that was counted before is not
    again.
    """
    more = {**counts, **{f"reasons.{kind}": count for kind, count in reasons.items()}, "chunks": 1}
    store.db[NAME].update_one({"_id": of, "chunks": chunk}, {"$inc": more}, session=session)


def finish(store: Store, of: ObjectId, state: str, finished: datetime, problem: str = "") -> dict[str, Any]:
    """Note how the import ended (one of STATES, and the sentence of a problem); gives its document."""
    told = {"state": state, "finished": finished, **({"problem": storable(problem)} if problem else {})}
    store.db[NAME].update_one({"_id": of}, {"$set": told})
    return get(store, of) or {}


def get(store: Store, of: ObjectId) -> dict[str, Any] | None:
    """The document of an import."""
    return store.db[NAME].find_one({"_id": of})


def latest(store: Store, limit: int = 20) -> list[dict[str, Any]]:
    """The documents of the last imports, newest first."""
    return list(store.db[NAME].find(sort=[("_id", -1)], limit=limit))
