"""The embedded MongoDB: a mongod of our own, a replica set of one on a unix socket, without a port.

`serve` is all that the program needs. The first user starts the server, the last one's end stops it
(store/keeper.py), and every user watches it: whoever first sees that it died starts it again.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError

from store import keeper
from store.errors import StoreError
from store.launch import SET, Home, in_use, prepare, start

log = logging.getLogger(__name__)

START_SECONDS = 300.0  # after a crash it reads its journal first
LOOK_SECONDS = 0.25


def uri(path: Path) -> str:
    """The address of the server that listens on this socket."""
    return f"mongodb://{quote(str(path), safe='')}/?directConnection=true&replicaSet={SET}"


@contextmanager
def serve(data: Path, cache_mb: int = 256) -> Iterator[str]:
    """Holds the embedded server of a data folder running and gives its address, to many processes at once.

    Raises StoreError with one sentence when the server cannot be started or the folder is somebody else's.
    """
    home = Home(data.expanduser().resolve(), cache_mb)
    prepare(home)
    with keeper.exclusive(home.folder):
        ensure(home)
        seat = keeper.enter(home.folder)
        keeper.watch(home.folder)
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(home, over), name="mongod-watch", daemon=True)
    watcher.start()
    try:
        yield uri(home.socket)
    finally:
        over.set()
        watcher.join()
        with keeper.exclusive(home.folder):
            keeper.leave(home.folder, seat)


def ensure(home: Home) -> None:
    """Starts the server unless it runs already (within `keeper.exclusive`)."""
    deadline = time.monotonic() + START_SECONDS
    while not answers(home.socket):
        pid = keeper.server(home.folder)
        if pid is None:
            _refuse_other_machines(home)
            start(home)
        elif pid and not keeper.is_ours(pid, home.folder):
            raise StoreError(in_use(home, f"process {pid}, which this program did not start"))
        elif time.monotonic() > deadline:
            raise StoreError(f"The database server, process {pid}, does not answer; its log is {home.log}.")
        time.sleep(0.01)  # it starts or stops just now
    _initiate(home)


def answers(path: Path) -> bool:
    """Whether somebody listens on the socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:  # busy: its queue is full
            return True
        return True


def _watch(home: Home, over: threading.Event) -> None:
    pause = LOOK_SECONDS
    while not over.wait(pause):
        pause = LOOK_SECONDS
        if not answers(home.socket):
            pause = _restart(home, over)


def _restart(home: Home, over: threading.Event) -> float:
    """Starts a server that died; gives the seconds to wait before the next look."""
    try:
        with keeper.exclusive(home.folder):
            if not over.is_set() and not answers(home.socket):
                log.warning("The database server stopped by itself and is started again.")
                ensure(home)
                keeper.watch(home.folder)
    except (StoreError, OSError, PyMongoError) as error:
        log.error("The database server could not be started again: %s", error)
        return 5.0
    return LOOK_SECONDS


def _refuse_other_machines(home: Home) -> None:
    here = os.uname().nodename
    for user in keeper.users(home.folder):
        if user.host != here:
            raise StoreError(in_use(home, f"process {user.pid} on the machine {user.host}"))


def _initiate(home: Home) -> None:
    """Makes a new server a replica set of one, tells a moved one its address, waits till it takes writes."""
    direct = f"mongodb://{quote(str(home.socket), safe='')}/?directConnection=true"
    member = {"_id": 0, "host": str(home.socket)}
    with MongoClient[dict[str, Any]](direct, serverSelectionTimeoutMS=int(START_SECONDS * 1000)) as client:
        deadline = time.monotonic() + START_SECONDS
        while not (hello := client.admin.command("hello")).get("isWritablePrimary"):
            if "setName" not in hello:
                _configure(client, member)
            if time.monotonic() > deadline:
                raise StoreError(f"The database server takes no writes; its log is {home.log}.")
            time.sleep(0.01)


def _configure(client: MongoClient[dict[str, Any]], member: dict[str, Any]) -> None:
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure:  # a new server has none
        config = {"_id": SET, "version": 0}
    order = {"replSetReconfig" if config["version"] else "replSetInitiate": config}
    config |= {"version": config["version"] + 1, "members": [member]}
    with suppress(OperationFailure, ConnectionFailure):
        client.admin.command(order | ({"force": True} if "replSetReconfig" in order else {}))
