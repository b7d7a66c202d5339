"""The rejects: rows that are no calls, kept with their place and reason until they pass or are forgotten."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any
from uuid import UUID

from bson import ObjectId
from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from store.database import Store
from store.record import Reject

NAME = "rejects"


def id_of(switch: str, text: str) -> UUID:
    """The `_id` of a reject: the same row, from whatever file and however often, is one reject."""
    name = f"{switch}\x1f{text}".encode("utf-8", "surrogatepass")
    return UUID(bytes=blake2b(name, digest_size=16).digest())


def ensure(store: Store) -> None:
    """Make the collection and its index, which a transaction cannot."""
    store.db[NAME].create_index([("import", 1), ("line", 1)], name="import")


def note(
    store: Store,
    session: ClientSession,
    of: ObjectId,
    file: str,
    switch: str,
    rejects: Sequence[Reject],
) -> None:
    """Keep the rejects of a chunk of an import, within its transaction; those that are kept already stay as
    they are.
    """
    if not rejects:
        return
    documents = {id_of(switch, reject.text): reject for reject in rejects}
    known = store.db[NAME].find({"_id": {"$in": list(documents)}}, {"_id": 1}, session=session)
    for found in known:
        del documents[found["_id"]]
    common = {"import": of, "file": file, "switch": switch}
    if documents:
        store.db[NAME].insert_many(
            [{"_id": key, **common, **reject._asdict()} for key, reject in documents.items()], session=session
        )


def find(store: Store, of: ObjectId | None = None, limit: int = 0) -> Iterator[dict[str, Any]]:
    """The rejects of an import, or of all, by import and line; 0 is no limit."""
    lookup = {} if of is None else {"import": of}
    yield from store.db[NAME].find(lookup, sort=[("import", 1), ("line", 1)], limit=limit)


def count(store: Store, of: ObjectId | None = None) -> int:
    """How many rejects are kept of an import, or of all."""
    return store.db[NAME].count_documents({} if of is None else {"import": of})


def remove(store: Store, session: ClientSession, ids: Sequence[UUID]) -> None:
    """Take rejects out that passed after all, within the transaction that stores their calls."""
    store.db[NAME].delete_many({"_id": {"$in": list(ids)}}, session=session)


def explain(store: Store, reasons: Iterable[tuple[UUID, str, str]]) -> None:
    """Write down (id, kind, reason) of rejects that were refused for another reason than before."""
    writes = [UpdateOne({"_id": key}, {"$set": {"kind": kind, "reason": why}}) for key, kind, why in reasons]
    if writes:
        store.db[NAME].bulk_write(writes, ordered=False)


def forget(store: Store, of: ObjectId | None = None) -> int:
    """Drop the rejects of an import, or all; gives how many there were."""
    return store.db[NAME].delete_many({} if of is None else {"import": of}).deleted_count
