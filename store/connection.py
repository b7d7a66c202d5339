"""A connection to MongoDB, checked at once, and the transactions on it."""

import os
import platform
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from typing import Any, TypeVar

import psutil
import pymongo
from bson.binary import Binary
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from store.errors import StoreError

Document = dict[str, Any]
Result = TypeVar("Result")
Also = Callable[[ClientSession], None]
"""What is written in the transaction of something else; it may be called again, as the whole of it."""

REACH_SECONDS = 3.0  # until a database that does not answer is given up at the start
WAIT_SECONDS = (
    15.0  # until one that stopped answering is given up: another primary or a restart takes a while
)
BAD_LOGIN = frozenset({18, 8000})  # AuthenticationFailed, and what Atlas says instead
SETTING = "CDR_STATS_MONGO_URI"


def connect(uri: str) -> MongoClient[Document]:
    """A client whose times are aware and in UTC, and whose writes are acknowledged by the majority.

    Raises StoreError, never with the address in it, which may hold a password.
    """
    try:
        return MongoClient(
            uri,
            tz_aware=True,
            tzinfo=UTC,
            uuidRepresentation="standard",
            w="majority",
            retryWrites=True,
            retryReads=True,
            appname=f"cdr-stats {_machine()} {os.getpid()}",
            connectTimeoutMS=REACH_SECONDS * 1000,
            serverSelectionTimeoutMS=WAIT_SECONDS * 1000,
        )
    except (PyMongoError, ValueError):
        srv = uri.startswith("mongodb+srv:")
        why = "is malformed or its host name is not known" if srv else "is malformed"
        form = (
            "mongodb://user:password@host:27017/?replicaSet=name, with : / ? # [ ] @ % in a password as %XX"
        )
        raise StoreError(f"The address in {SETTING} {why}; it looks like {form}.") from None


def check(client: MongoClient[Document]) -> None:
    """Refuses a database that cannot be reached, and one without transactions, within some seconds.

    Raises StoreError with the hosts and the reason, without the password.
    """
    try:
        with pymongo.timeout(REACH_SECONDS):
            hello = client.admin.command("hello")
    except PyMongoError as error:
        raise StoreError(_unreachable(client, error)) from None
    if "setName" not in hello and hello.get("msg") != "isdbgrid":
        raise StoreError(
            f"The MongoDB at {_hosts(client)} is a stand-alone server, which has no transactions: "
            "make it a replica set (one member is enough), or let the program start its own by leaving out "
            f"{SETTING}."
        )


def _unreachable(client: MongoClient[Document], error: PyMongoError) -> str:
    where = f"The MongoDB at {_hosts(client)}"
    if isinstance(error, OperationFailure):
        refused = error.code in BAD_LOGIN
        said = (
            f"refuses the user name or the password in {SETTING}" if refused else f"answers: {_said(error)}"
        )
        return f"{where} {said}."
    errors = [server.error for server in client.topology_description.server_descriptions().values()]
    reason = next((_said(one) for one in errors if one), _said(error))
    return f"{where} cannot be reached: {reason}."


def _hosts(client: MongoClient[Document]) -> str:
    addresses = client.topology_description.server_descriptions()
    return ", ".join(f"{host}:{port}" if port else host for host, port in addresses)


def _said(error: Exception) -> str:
    """The text without the driver's details."""
    text = str(error).partition(" (configured")[0].partition(", full error")[0].partition(", Timeout:")[0]
    return text.rstrip(".")


def both(one: Also, other: Also) -> Also:
    """What both write."""

    def work(session: ClientSession) -> None:
        one(session)
        other(session)

    return work


def nothing(session: ClientSession) -> None:
    """Nothing is written beside."""


def transaction(client: MongoClient[Document], work: Callable[[ClientSession], Result]) -> Result:
    """What `work` gives, all of whose reads and writes with the session happen as one, or not at all.

    It is called again when the transaction met another one or a change of primary, so it changes nothing but
    the database. What a killed program left open is ended first, or its locks would last for a minute.
    """
    again = False

    def attempt(session: ClientSession) -> Result:
        nonlocal again
        if again:
            end_orphans(client)
        again = True
        return work(session)

    with client.start_session() as session:
        return session.with_transaction(
            attempt, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority")
        )


def end_orphans(client: MongoClient[Document]) -> int:
    """Aborts the open transactions of this machine's processes that are dead, and counts them.

    A server keeps the transaction of a lost connection, with its locks, until it is a minute old. So does one
    that allows nobody to look.
    """
    open_ones: list[Document] = [
        {"$currentOp": {"idleSessions": True}},
        {"$match": {"transaction": {"$exists": True}, "appName": {"$regex": "^cdr-stats "}}},
        {"$project": {"lsid": 1, "appName": 1}},
    ]
    ended = 0
    with suppress(PyMongoError):
        for one in client.admin.aggregate(open_ones):
            if _is_dead(one["appName"]):
                client.admin.command("killSessions", [{"id": Binary.from_uuid(one["lsid"]["id"])}])
                ended += 1
    return ended


def _machine() -> str:
    """This machine, or rather what shares its process numbers: containers have numbers of their own."""
    with suppress(OSError):
        return f"{platform.node()[:64]}/{Path('/proc/self/ns/pid').stat().st_ino}"
    return platform.node()[:64]


def _is_dead(appname: str) -> bool:
    _, machine, pid = appname.split(" ")
    if machine != _machine():
        return False
    try:
        return bool(psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
