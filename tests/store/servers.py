"""Processes that use an embedded server, and a look at the server from outside."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from pymongo import MongoClient

LOOK = threading.Event()
ROOT = Path(__file__).parents[2]
USER = """
import sys
from pathlib import Path
from store import mongod
with mongod.serve(Path(sys.argv[1])) as uri:
    print(uri, flush=True)
    sys.stdin.read()
"""


def until(wanted: Callable[[], bool], seconds: float = 30) -> None:
    """Waits for something that other processes do."""
    deadline = time.monotonic() + seconds
    while not wanted():
        assert time.monotonic() < deadline, "it did not happen in time"
        LOOK.wait(0.01)  # whom we wait for needs the processor


def spawn(data: Path, program: str = USER) -> "subprocess.Popen[str]":
    """Another process that uses the server until its input ends."""
    return subprocess.Popen(
        [sys.executable, "-c", program, str(data)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@contextmanager
def another_user(data: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that uses the server now, and has ended afterwards."""
    with spawn(data) as process:
        assert process.stdout and process.stdout.readline().startswith("mongodb://")
        yield process


@contextmanager
def client_of(uri: str) -> Iterator[MongoClient[dict[str, Any]]]:
    """A client of the server."""
    with MongoClient[dict[str, Any]](uri) as client:
        yield client


def servers(data: Path) -> list[int]:
    """The processes of the servers of this folder, told by their command lines."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        command = process.info["cmdline"] or []
        if str(data / "mongo" / "db") in command and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process.pid)
    return found


def starts(data: Path) -> int:
    """How often a server was started, by its log."""
    return (data / "mongod.log").read_text().count('"MongoDB starting"')
