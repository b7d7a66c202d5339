"""Chunks of files that were stored whole: read once more they are known by their bytes, before anything is
parsed, so that a file that only grew is imported again at the cost of what is new.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from pymongo.client_session import ClientSession

from store.database import Store

NAME = "marks"
Counts = Mapping[str, int]
"""What a chunk came to: rows read, calls, rejected, and the like, by the names of imports.COUNTS."""


def mark_of(switch: str, reading: str, chunk: bytes) -> bytes:
    """The name of a chunk: 16 bytes of blake2b of what it holds and of how it is read."""
    return blake2b(f"{switch}\0{reading}\0".encode("utf-8", "replace") + chunk, digest_size=16).digest()


def stored(store: Store, switch: str, reading: str) -> dict[bytes, Counts]:
    """The chunks of a switch that were stored when read in this way, with what they came to.

    Those that were read in another way (another zone, other settings) are forgotten: their calls may have
    been corrected since, and must be looked at again when that reading comes back.
    """
    store.db[NAME].delete_many({"switch": switch, "reading": {"$ne": reading}})
    return {found["_id"]: found["counts"] for found in store.db[NAME].find({"switch": switch})}


def note(
    store: Store, session: ClientSession, mark: bytes, switch: str, reading: str, counts: Mapping[str, Any]
) -> None:
    """Remember a chunk, in the transaction that stores it."""
    found = {"switch": switch, "reading": reading, "counts": dict(counts)}
    store.db[NAME].replace_one({"_id": mark}, found, upsert=True, session=session)


def forget(store: Store) -> None:
    """Forget all chunks: the next import of a file looks at each of its rows, whatever was stored before."""
    store.db[NAME].delete_many({})
