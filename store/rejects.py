"""The rejects: rows that are no calls, kept with their place and reason until they pass or are forgotten."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any
from uuid import UUID

from bson import ObjectId
from pymongo import ReplaceOne, UpdateOne
from pymongo.client_session import ClientSession

from store.database import Store
from store.record import Reject, storable
from store.sentence import both, said

NAME = "rejects"
KEPT = 8_000
"""Characters of a rejected row that are kept."""


def name_of(switch: str, text: str) -> bytes:
    """The name of a rejected row: the same row, from whatever file and however often, is one reject."""
    name = f"{switch}\x1f{text[:KEPT]}".encode("utf-8", "surrogatepass")
    return blake2b(name, digest_size=16).digest()


def id_of(switch: str, text: str) -> UUID:
    """The `_id` of a reject."""
    return UUID(bytes=name_of(switch, text))


def ensure(store: Store) -> None:
    """Make the collection and its indexes, which a transaction cannot."""
    store.db[NAME].create_index([("import", 1), ("line", 1)], name="import")
    store.db[NAME].create_index([("switch", 1), ("_id", 1)], name="switch")


def note(
    store: Store,
    session: ClientSession,
    of: ObjectId,
    file: str,
    switch: str,
    rejects: Sequence[Reject],
) -> None:
    """Keep the rejects of a chunk of an import, within its transaction; one that is kept already becomes this
    import's, with the reason of today.
    """
    common = {"import": of, "file": storable(file), "switch": storable(switch)}
    documents = {id_of(switch, reject.text): common | _fields(reject) for reject in rejects}
    writes = [ReplaceOne({"_id": key}, document, upsert=True) for key, document in documents.items()]
    if writes:
        store.db[NAME].bulk_write(writes, ordered=False, session=session)


def _fields(reject: Reject) -> dict[str, Any]:
    text = storable(reject.text[:KEPT])
    return {**reject._asdict(), "text": text, **both("reason", reject.reason)}


def reason_of(reject: Mapping[str, Any]) -> str:
    """Why a row is no call, as a Sentence where it is one."""
    return said("reason", reject)


class Kept:
    """The rejects of a switch as an import begins, by which it knows the rows that pass now.

    A row that was rejected because it named no switch is known too.
    """

    def __init__(self, store: Store, switch: str) -> None:
        found = store.db[NAME].find({"switch": {"$in": [storable(switch), ""]}}, {"switch": 1})
        self._names: dict[str, set[bytes]] = {}
        for reject in found:
            self._names.setdefault(reject["switch"], set()).add(reject["_id"].bytes)

    def __bool__(self) -> bool:
        return bool(self._names)

    def among(self, texts: Iterable[str]) -> list[UUID]:
        """The `_id` of those that are rows of these texts."""
        rows = list(texts) if self else []
        pairs = ((names, name_of(switch, row)) for switch, names in self._names.items() for row in rows)
        return [UUID(bytes=name) for names, name in pairs if name in names]


def find(store: Store, of: ObjectId | None = None, limit: int = 0) -> Iterator[dict[str, Any]]:
    """The rejects of an import, or of all, by import and line; 0 is no limit."""
    lookup = {} if of is None else {"import": of}
    yield from store.db[NAME].find(lookup, sort=[("import", 1), ("line", 1)], limit=limit)


def count(store: Store, of: ObjectId | None = None) -> int:
    """How many rejects are kept of an import, or of all."""
    return store.db[NAME].count_documents({} if of is None else {"import": of})


def remove(store: Store, session: ClientSession, ids: Sequence[UUID]) -> None:
    """Take rejects out that passed after all, within the transaction that stores their calls."""
    if not ids:
        return
    store.db[NAME].delete_many({"_id": {"$in": list(ids)}}, session=session)


def explain(store: Store, reasons: Iterable[tuple[UUID, str, str]]) -> None:
    """Write down (id, kind, reason) of rejects that were refused for another reason than before."""
    writes = [
        UpdateOne({"_id": key}, {"$set": {"kind": kind, **both("reason", why)}}) for key, kind, why in reasons
    ]
    if writes:
        store.db[NAME].bulk_write(writes, ordered=False)


def forget(store: Store, of: ObjectId | None = None) -> int:
    """Drop the rejects of an import, or all; gives how many there were."""
    return store.db[NAME].delete_many({} if of is None else {"import": of}).deleted_count
