"""The ground of every measurement: a store in a temporary folder, a sample as a file, a watch over the
server's own time.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from pymongo import monitoring
from rich.console import Console

from ingest import sample
from store.database import Store, open_store
from store.settings import Settings

UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = 90
SEED = 7
ROUNDS = 5

console = Console(width=150, highlight=False)


class Timed(NamedTuple):
    """A result, how long it took on the whole, and how much of that the server's commands took;
    milliseconds, medians.
    """

    result: Any
    ms: float
    server_ms: float


class ServerWatch(monitoring.CommandListener):
    """Adds up the time between each command and its reply, which is the server's plus the socket's."""

    def __init__(self) -> None:
        self.micros = 0

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Nothing to note: the reply tells how long it took."""

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Add the command's time."""
        self.micros += event.duration_micros

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Add the command's time."""
        self.micros += event.duration_micros


WATCH = ServerWatch()
monitoring.register(WATCH)


@contextmanager
def ground(query_seconds: float = 60.0) -> Iterator[Store]:
    """A store of its own on the embedded server, in a folder that goes away."""
    with tempfile.TemporaryDirectory(prefix="cdr-bench-") as folder:
        settings = Settings(data=Path(folder), query_seconds=query_seconds)
        with open_store(settings) as store:
            yield store


@contextmanager
def sample_file(calls: int) -> Iterator[Path]:
    """A sample of so many calls over 90 days as a file in the project's own CSV."""
    with tempfile.TemporaryDirectory(prefix="cdr-bench-") as folder:
        path = Path(folder) / f"sample-{calls}.csv"
        sample.write(path, DAYS, calls, SEED, UNTIL)
        yield path


def timed(question: Callable[[], Any], rounds: int = ROUNDS) -> Timed:
    """The medians over some rounds after one that is not counted."""
    result, whole, server = question(), [], []
    for _ in range(rounds):
        WATCH.micros, begun = 0, time.perf_counter()
        result = question()
        whole.append((time.perf_counter() - begun) * 1000)
        server.append(WATCH.micros / 1000)
    return Timed(result, statistics.median(whole), statistics.median(server))


def seconds(work: Callable[[], Any]) -> float:
    """How long a piece of work took, once."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


@contextmanager
def environment(**told: str) -> Iterator[None]:
    """Environment variables of this process, and of those that it starts meanwhile."""
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
