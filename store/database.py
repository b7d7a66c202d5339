"""The connection: a `Store` on the embedded server or on your MongoDB, its schema version and collections.

Not for use across fork: a forked child opens a store of its own (processes are spawned).
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

import pymongo
from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions
from pymongo import IndexModel, MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError

from store import mongod
from store.errors import StoreError
from store.settings import Settings

Document = dict[str, Any]

SCHEMA = 1

# The fixed collections and their indexes besides _id; a partition of the records makes its own.
COLLECTIONS: dict[str, tuple[IndexModel, ...]] = {
    "meta": (),
    "sums": (),
    "switches": (),
    "accounts": (),
    "concurrency": (IndexModel("stale", name="stale", sparse=True),),
}

CODEC: CodecOptions[Document] = CodecOptions(
    tz_aware=True, tzinfo=UTC, uuid_representation=UuidRepresentation.STANDARD
)
REACH_SECONDS = 3.0
ALIVE_SECONDS = 1.0


@dataclass(frozen=True)
class Store:
    """An open database: times come out aware and in UTC, a write is acknowledged when the majority has it."""

    client: MongoClient[Document]
    db: Database[Document]
    settings: Settings
    partitions: set[str] = field(default_factory=set)
    """The partitions that this process knows to be there."""
    noted: set[tuple[str, str]] = field(default_factory=set)
    """The switches and accounts that this process knows to be in the catalog."""

    @property
    def query_ms(self) -> int:
        """The time limit of a query in milliseconds, for maxTimeMS."""
        return max(1, round(self.settings.query_seconds * 1000))

    def alive(self) -> bool:
        """Whether the database answers within a second."""
        try:
            with pymongo.timeout(ALIVE_SECONDS):
                self.client.admin.command("ping")
        except PyMongoError:
            return False
        return True


@contextmanager
def open_store(settings: Settings) -> Iterator[Store]:
    """Connects, starting the embedded server when no address is set, and makes what is missing.

    Raises StoreError with one sentence, never with a password in it.
    """
    own = settings.mongo_uri
    embedded = mongod.serve(settings.data, settings.mongo_cache_mb)
    with nullcontext(own.get_secret_value()) if own else embedded as uri, _connect(uri) as client:
        _check(client)
        store = Store(client, client.get_database(settings.database, codec_options=CODEC), settings)
        ensure(store)
        yield store


def _connect(uri: str) -> MongoClient[Document]:
    try:
        return MongoClient(
            uri,
            tz_aware=True,
            tzinfo=UTC,
            uuidRepresentation="standard",
            w="majority",
            retryWrites=True,
            retryReads=True,
            appname=f"cdr-stats {os.getpid()}",
            serverSelectionTimeoutMS=15_000,
        )
    except (PyMongoError, ValueError):
        raise StoreError(
            "CDR_STATS_MONGO_URI is not an address of a MongoDB, such as mongodb://user:password@host:27017/."
        ) from None


def _check(client: MongoClient[Document]) -> None:
    """Refuses what cannot be reached, and a stand-alone server, which has no transactions."""
    try:
        with pymongo.timeout(REACH_SECONDS):
            hello = client.admin.command("hello")
    except PyMongoError as error:
        raise StoreError(f"The MongoDB cannot be reached: {type(error).__name__}.") from None
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise StoreError(
            "The MongoDB of CDR_STATS_MONGO_URI is a stand-alone server without transactions: "
            "make it a replica set (one member is enough)."
        )


def ensure(store: Store) -> None:
    """Makes the fixed collections and indexes, and notes the schema version; does nothing when all is there.

    Raises StoreError when a newer program has written the database.
    """
    _check_schema(store.db)
    present = set(store.db.list_collection_names())
    for name, indexes in COLLECTIONS.items():
        if name not in present:
            _create(store.db, name)
        if indexes:
            store.db[name].create_indexes(list(indexes))


def _create(db: Database[Document], name: str) -> None:
    try:
        db.create_collection(name, storageEngine={"wiredTiger": {"configString": "block_compressor=zstd"}})
    except OperationFailure as error:
        if error.code != 48:  # another process was faster
            raise


def _check_schema(db: Database[Document]) -> None:
    found: Mapping[str, Any] | None = db["meta"].find_one({"_id": "schema"})
    if found is None:
        db["meta"].update_one({"_id": "schema"}, {"$setOnInsert": {"version": SCHEMA}}, upsert=True)
    elif found["version"] > SCHEMA:
        raise StoreError(
            f"The database {db.name} was written by a newer CDR-Stats: its schema is {found['version']} and "
            f"this program knows {SCHEMA}; use the newer program."
        )
