"""The connection: a `Store` on the embedded server or on your MongoDB, its schema version and collections.

Not for use across fork: a forked child opens a store of its own (processes are spawned).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import Any, TypeVar

import pymongo
from bson import ObjectId
from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions
from bson.errors import InvalidId
from pymongo import IndexModel, MongoClient
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.write_concern import WriteConcern

from store import mongod
from store.connection import check, connect, end_orphans, transaction
from store.errors import StoreError
from store.settings import Settings

Result = TypeVar("Result")
Document = dict[str, Any]

SCHEMA = 1

# The fixed collections and their indexes besides _id; a partition of the records makes its own.
COLLECTIONS: dict[str, tuple[IndexModel, ...]] = {
    "meta": (),
    "sums": (),
    "switches": (),
    "causes": (),
    "marks": (IndexModel("switch", name="switch"),),
    "accounts": (),
    "lags": (
        IndexModel([("source", 1), ("minute", 1)], name="source"),
        IndexModel("minute", name="week", expireAfterSeconds=7 * 86_400),
    ),
    "months": (),
    "leases": (),
    "tasks": (),
    "proofs": (),
    "job_runs": (
        IndexModel([("job", 1), ("started", -1)], name="job"),
        IndexModel("expires", name="expires", expireAfterSeconds=0),
    ),
    "notices": (
        IndexModel([("key", 1), ("over", 1)], name="key"),
        IndexModel("expires", name="expires", expireAfterSeconds=0),
    ),
    "remains": (IndexModel("key", name="key"), IndexModel("end", name="end", sparse=True)),
    "concurrency": (IndexModel("stale", name="stale", sparse=True),),
    "alarms": (),
    "alarm_reports": (
        IndexModel([("alarm", 1), ("_id", -1)], name="alarm"),
        IndexModel("at", name="at"),
        IndexModel("due", name="untold", partialFilterExpression={"told": None}),
    ),
    "outbox": (
        IndexModel("next", name="queued", partialFilterExpression={"state": "queued"}),
        IndexModel("queued", name="newest"),
        IndexModel("expires", name="expires", expireAfterSeconds=0),
    ),
    "arrivals": (IndexModel("expires", name="expires", expireAfterSeconds=0),),
    "lists": (
        IndexModel([("tenant", 1), ("kind", 1), ("prefix", 1), ("country", 1)], name="entry", unique=True),
    ),
    "list_hits": (
        IndexModel("start", name="start"),
        IndexModel([("told", 1), ("tenant", 1)], name="untold"),
        IndexModel("expires", name="expires", expireAfterSeconds=0),
    ),
    "list_state": (),
    "remove_prefixes": (),
    "fraud_rules": (),
    "fraud_events": (
        IndexModel("since", name="since"),
        IndexModel("told", name="told"),
        IndexModel("expires", name="expires", expireAfterSeconds=0),
    ),
    "mail_reports": (),
    "live": (IndexModel("expires", name="expires", expireAfterSeconds=0),),
    "live_peaks": (IndexModel("expires", name="expires", expireAfterSeconds=0),),
    "users": (
        IndexModel("key", name="key", unique=True),
        IndexModel("email", name="email"),
        IndexModel("subject", name="subject", unique=True, partialFilterExpression={"subject": {"$gt": ""}}),
    ),
    "passwords": (),
    "totps": (),
    "login_tries": (IndexModel("expires", name="expires", expireAfterSeconds=0),),
    "tokens": (
        IndexModel("user", name="user"),
        IndexModel("expires", name="expires", expireAfterSeconds=0),
    ),
    "api_keys": (
        IndexModel("digest", name="digest", unique=True),
        IndexModel("user", name="user"),
        # one that has ended is shown for a month, so that its owner sees why the program is refused
        IndexModel("expires", name="expires", expireAfterSeconds=30 * 86_400),
    ),
    "sessions": (
        IndexModel("user", name="user"),
        IndexModel("expires", name="expires", expireAfterSeconds=0),
    ),
    "audit": (
        IndexModel([("who", 1), ("_id", -1)], name="who"),
        IndexModel([("kind", 1), ("object", 1), ("_id", -1)], name="object"),
        IndexModel([("verb", 1), ("_id", -1)], name="verb"),
        IndexModel("expires", name="expires", expireAfterSeconds=0),
    ),
}

CODEC: CodecOptions[Document] = CodecOptions(
    tz_aware=True, tzinfo=UTC, uuid_representation=UuidRepresentation.STANDARD
)
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
    with nullcontext(own.get_secret_value()) if own else embedded as uri, connect(uri) as client:
        check(client)
        end_orphans(client)
        store = Store(client, client.get_database(settings.database, codec_options=CODEC), settings)
        ensure(store)
        yield store


def ensure(store: Store) -> None:
    """Makes the fixed collections and indexes, and notes the schema version; does nothing when all is there.

    Raises StoreError when a newer program has written the database.
    """
    try:
        _check_schema(store.db)
        present = set(store.db.list_collection_names())
        for name, indexes in COLLECTIONS.items():
            if name not in present:
                create(store.db, name)
            if indexes:
                store.db[name].create_indexes(list(indexes))
    except PyMongoError as error:
        said = str(error).partition(", full error")[0].rstrip(".")
        raise StoreError(f"The database {store.db.name} cannot be prepared: {said}.") from None


def create(db: Database[Document], name: str) -> None:
    """Makes a collection compressed with zstd; one that is there stays as it is."""
    zstd = {"wiredTiger": {"configString": "block_compressor=zstd"}}
    try:
        db.create_collection(name, storageEngine=zstd, check_exists=False)
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


def key_of(id: str) -> ObjectId:
    """The key of an id; for what is no id one that nothing has."""
    try:
        return ObjectId(id)
    except InvalidId:
        return ObjectId("0" * 24)


def together(store: Store, work: Callable[[Store], Result]) -> Result:
    """What `work` gives, all of whose reads and writes with the store that it is given happen as one, or not
    at all, also those of functions that know of no session. It is called again as that of `transaction` is;
    nothing in it begins a transaction of its own.
    """
    # the transaction has the write concern, so that no write in it may have one
    held = replace(store, db=store.db.with_options(write_concern=WriteConcern()))

    def bound(session: ClientSession) -> Result:
        with session.bind(end_session=False):
            return work(held)

    return transaction(store.client, bound)


def one_by_one(store: Store, what: str, session: ClientSession | None = None) -> None:
    """Called first in a transaction: of several that come at once about the same, each sees what those before
    it did.
    """
    store.db["meta"].update_one({"_id": what}, {"$inc": {"step": 1}}, upsert=True, session=session)
