"""Workers and commands as processes of their own, and their ends."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from store.settings import Settings

HOUSE = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-c", "from app.cli import main; main()")
TICKER = (
    sys.executable,
    "-c",
    """
import os
from app.commands.work import ended
from app.jobs import Job
from app.schedule import every
from app.worker import Worker
from store.database import open_store
from store.settings import load

def tick(run):
    run.store.db["ticks"].insert_one({"tick": int(run.now().timestamp() / 0.2), "pid": os.getpid()})
    return {"ticks": 1}

with open_store(load()) as store, ended() as stop:
    Worker(store, {"tick": Job("Ticks", every(0.2), tick)}).run(stop)
""",
)
"""A worker whose only job writes down that it ran, five times a second."""


def environment(settings: Settings) -> dict[str, str]:
    """The variables by which a process uses the store of these settings."""
    own = {"CDR_STATS_DATABASE": settings.database, "CDR_STATS_DATA": str(settings.data)}
    if settings.mongo_uri:
        own["CDR_STATS_MONGO_URI"] = settings.mongo_uri.get_secret_value()
    return {**os.environ, **own}


@contextmanager
def started(settings: Settings, *command: str) -> Iterator["subprocess.Popen[str]"]:
    """A process on the store of these settings, killed in the end if it still runs; its lines can be read."""
    process = subprocess.Popen(
        command,
        cwd=HOUSE,
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: "subprocess.Popen[str]", word: str) -> list[str]:
    """The lines of a process up to one with this word."""
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if word in line:
            return lines
    raise AssertionError(f"{word!r} was never said: {''.join(lines)}")


def children(process: "subprocess.Popen[str]", word: str) -> list[psutil.Process]:
    """The children of a process with this word in their commands."""
    found = psutil.Process(process.pid).children()
    return [child for child in found if word in child.cmdline()]
