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
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from store import keeper
from store.errors import StoreError
from store.launch import SET, Home, failure, in_use, last_word, prepare, start

log = logging.getLogger(__name__)

STARTS = 3  # attempts with a server that ends at once and does not say why: somebody kills it
START_SECONDS = 300.0  # after a crash it reads its journal first
LOOK_SECONDS = 0.25  # how soon a server that died is missed
AGAIN_SECONDS = 5.0  # before the next attempt to start one that did not start


def uri(path: Path) -> str:
    """The address of the server that listens on this socket."""
    return f"{_direct(path)}&replicaSet={SET}"


def _direct(path: Path) -> str:
    """The address while it is no replica set yet."""
    return f"mongodb://{quote(str(path), safe='')}/?directConnection=true"


@contextmanager
def serve(data: Path, cache_mb: int = 256) -> Iterator[str]:
    """Holds the embedded server of a data folder running and gives its address, to many processes at once.

    Raises StoreError with one sentence when the server cannot be started or the folder is somebody else's.
    """
    home = Home(data.expanduser().resolve(), cache_mb)
    prepare(home)
    with _seat(home):
        over = threading.Event()
        watcher = threading.Thread(target=_watch, args=(home, over), name="mongod-watch", daemon=True)
        watcher.start()
        try:
            yield uri(home.socket)
        finally:
            over.set()
            watcher.join()


@contextmanager
def _seat(home: Home) -> Iterator[None]:
    """A place among the users; it is taken before the start, so that a kill leaves no server behind."""
    with keeper.exclusive(home.folder):
        seat = keeper.enter(home.folder)
        try:
            ensure(home)
        except BaseException:
            keeper.leave(home.folder, seat)
            raise
    owner = os.getpid()
    try:
        yield
    finally:
        if os.getpid() == owner:  # not in a forked child
            with keeper.exclusive(home.folder):
                keeper.leave(home.folder, seat)


def ensure(home: Home) -> None:
    """Starts the server unless it runs already, and waits till it takes writes (within `keeper.exclusive`).

    Raises StoreError.
    """
    began: list[int] = []
    deadline = time.monotonic() + START_SECONDS
    while not (keeper.running(home.folder) and answers(home.socket) and _takes_writes(home)):
        if not keeper.running(home.folder):
            _refuse_other_machines(home)
            reason = last_word(home.log, began[-1]) if began else ""
            if reason or len(began) == STARTS:
                raise StoreError(failure(home, reason or "it ends without saying why"))
            began.append(start(home))
        if time.monotonic() > deadline:
            raise StoreError(f"The embedded database takes no writes; its log is {home.log}.")
        time.sleep(keeper.LOOK)
    keeper.ready(home.folder)


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
        if not keeper.running(home.folder):
            pause = _restart(home, over)


def _restart(home: Home, over: threading.Event) -> float:
    """Starts a server that died; gives the seconds to wait before the next look."""
    try:
        with keeper.exclusive(home.folder):
            if not over.is_set() and not keeper.running(home.folder):
                log.warning("The embedded database stopped by itself and is started again.")
                ensure(home)
    except (StoreError, OSError) as error:
        log.error("The embedded database could not be started again: %s", error)
        return AGAIN_SECONDS
    return LOOK_SECONDS


def _refuse_other_machines(home: Home) -> None:
    here = os.uname().nodename
    for user in keeper.users(home.folder):
        if user.host != here:
            raise StoreError(in_use(home, f"process {user.pid} on the machine {user.host}"))


def _takes_writes(home: Home) -> bool:
    """Whether the server is ready; a new one becomes a replica set of one, a moved one gets its address."""
    try:
        with MongoClient[dict[str, Any]](_direct(home.socket), serverSelectionTimeoutMS=1000) as client:
            hello = client.admin.command("hello")
            if "setName" not in hello:
                _configure(client, {"_id": 0, "host": str(home.socket)})
    except PyMongoError:
        return False
    return bool(hello.get("isWritablePrimary"))


def _configure(client: MongoClient[dict[str, Any]], member: dict[str, Any]) -> None:
    try:
        config = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure:  # a new server has none
        client.admin.command("replSetInitiate", {"_id": SET, "members": [member]})
    else:
        config |= {"version": config["version"] + 1, "members": [config["members"][0] | member]}
        client.admin.command("replSetReconfig", config, force=True)
