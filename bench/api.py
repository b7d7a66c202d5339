"""The REST API over a real port: how long a search takes, and how fast records that are
sent in bulk are stored, against the import of a file.
"""

import csv
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from bench.ground import console, ground, sample_file, seconds
from ingest.importer import run
from ingest.recipe import Options
from store.database import Store
from store.verify import verify
from tests.browser.serving import Serving

CALLS, SENT = 1_000_000, 40_000
ROUNDS = 40
BULK = 1_000
CLIENTS = (1, 4)
JSON = {"Content-Type": "application/json"}
NAMES = {"start": "start_uepoch", "answer": "answer_uepoch", "end": "end_uepoch"}


def asked(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
    """Status and body of an answer, over a connection of its own."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, f"/api/v1/{path}", body, JSON)
        found = connection.getresponse()
        return found.status, found.read()
    finally:
        connection.close()


@contextmanager
def serving(store: Store) -> Iterator[int]:
    """The port of a server over the store, where nobody logs in or is slowed down."""
    free = store.settings.model_copy(update={"api_per_minute": 1_000_000})
    server = Serving(replace(store, settings=free))
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


def questions(store: Store, number: str) -> dict[str, str]:
    """Searches, with numbers that the store has."""
    some = store.db["switches"].find_one() or {"_id": ""}
    return {
        "nothing else": "",
        "an account": "account=1000",
        "a country": "country=FR",
        "a destination": f"destination=equals:{number}",
        "destination begins with": f"destination=begins:{number[:7]}",
        "talk time over an hour": "talk=gt:3600",
        "a switch, 30 days": f"period=30d&switch={some['_id']}",
        "a cause, 30 days": "period=30d&cause=USER_BUSY",
        "100 calls": "limit=100",
    }


def search(store: Store, port: int, calls: int) -> None:
    """The table of searches among so many calls; raises AssertionError for one that is not answered."""
    status, body = asked(port, "GET", "cdr/?limit=1")
    assert status == 200, body
    number = json.loads(body)["objects"][0]["destination_number"].replace("+", "%2B")
    table = Table(
        title=f"API: search among {calls:,} calls, a page of 20, ms of {ROUNDS}", title_justify="left"
    )
    for column in ("filter", "median", "95 %"):
        table.add_column(column, justify="left" if column == "filter" else "right")
    every: list[float] = []
    for words, query in questions(store, number).items():
        spent = [_spent(port, query) for _ in range(ROUNDS)]
        every += spent
        table.add_row(words, f"{np.median(spent):.1f}", f"{np.percentile(spent, 95):.1f}")
    table.add_row("all of them", f"{np.median(every):.1f}", f"{np.percentile(every, 95):.1f}")
    console.print(table)


def _spent(port: int, query: str) -> float:
    begun = time.perf_counter()
    status, body = asked(port, "GET", f"cdr/?{query}")
    assert status == 200, body
    return (time.perf_counter() - begun) * 1000


def bodies(path: Path) -> Iterator[bytes]:
    """The records of a file as bodies of BULK."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        while some := list(islice(rows, BULK)):
            objects = [{NAMES.get(name, name): text for name, text in row.items() if text} for row in some]
            yield json.dumps({"objects": objects}).encode()


def sent(port: int, ready: Sequence[bytes], clients: int) -> float:
    """Seconds until all bodies are answered, by so many clients at once."""
    answers: list[tuple[int, bytes]] = []

    def client(mine: Sequence[bytes]) -> None:
        answers.extend(asked(port, "POST", "cdr/", body) for body in mine)

    threads = [threading.Thread(target=client, args=(ready[place::clients],)) for place in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - begun
    assert [status for status, _ in answers] == [201] * len(ready), answers[0]
    return spent


def bulk(path: Path, imported: float) -> None:
    """What is stored of the first records of a file that are sent, in calls a second, for each number of
    clients.
    """
    ready = list(islice(bodies(path), SENT // BULK))
    for clients in CLIENTS:
        with ground() as store, serving(store) as port:
            rate = SENT / sent(port, ready, clients)
            again = asked(port, "POST", "cdr/", ready[0])
            meta: dict[str, Any] = json.loads(again[1])["meta"]
            assert (again[0], meta["known"]) == (200, BULK), meta
            assert verify(store) == []
        console.print(
            f"API: {SENT:,} records in bodies of {BULK:,} by {clients} at once: {rate:,.0f} calls a second, "
            f"{rate / imported:.2f} of the import of their file ({imported:,.0f})."
        )
    console.print()


def searches(store: Store, calls: int) -> None:
    """The table of searches over a store of so many calls, through a server of its own."""
    with serving(store) as port:
        search(store, port, calls)


def show() -> None:
    """Both over one file; its start does not count in an import of so many."""
    with sample_file(CALLS) as path, ground(query_seconds=2.0) as store:
        imported = CALLS / seconds(lambda: run(store, path, Options()))
        searches(store, CALLS)
        bulk(path, imported)
