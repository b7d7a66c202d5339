"""Many people at once: each has Explore open and clicks countries, thinks, and clicks again. How long a click
takes until everything that it changes has come, and what an open page costs the server in memory.

The people are in another process, which talks to the pages as browsers do, but draws nothing.
"""

import asyncio
import multiprocessing
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, NamedTuple

import numpy as np
import psutil
from rich.table import Table

from bench.ground import console, ground, sample_file
from ingest.importer import run
from ingest.recipe import Options
from store import concurrency
from store.database import Store
from tests.browser.serving import Serving
from tests.wire import Person, Said, Wire

CALLS, PEOPLE = 1_000_000, 20
PAGE = "/explore"
SECONDS = 60.0
THINK = (2.0, 6.0)
"""Seconds between what came of a click and the next one."""
MB = 1e6


class Found(NamedTuple):
    """What a person saw: the seconds until the page was open, and of each click."""

    opened: float
    clicks: list[float]


def visit(port: int, name: int, together: Barrier) -> Found:
    """Open the page, wait until all have it, and use it for SECONDS."""
    chance, person = random.Random(name), Person(port)
    begun = time.perf_counter()
    key = person.key(PAGE)
    found = Found(0.0, [])

    async def talk(wire: Wire) -> Found:
        document = await wire.pull()
        assert document, "the server has closed the page"
        model, countries = next(_tables(document.content, "Country"))
        await wire.event("document_ready")
        opened = time.perf_counter() - begun
        await asyncio.to_thread(together.wait)
        until = time.perf_counter() + SECONDS
        await asyncio.sleep(chance.uniform(0, THINK[1]))
        while time.perf_counter() < until:
            found.clicks.append(await _click(wire, model, chance.choice(countries)))
            await asyncio.sleep(chance.uniform(*THINK))
        return found._replace(opened=opened)

    seen: Found = person.hears(PAGE, key, talk)
    return seen


async def _click(wire: Wire, model: str, country: str) -> float:
    data = {"type": "map", "entries": [["key", country]]}
    values = {"type": "map", "entries": [["model", {"id": model}], ["data", data]]}
    told = {"type": "event", "name": "data_event", "values": values}
    begun = time.perf_counter()
    await wire.patch({"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": told})
    assert await wire.until(_drawn), "the server has closed the page"
    return time.perf_counter() - begun


def _drawn(said: Said) -> bool:
    """Whether this message brings the calls of the search, with which everything has come."""
    events = said.content.get("events", ())
    return any(event.get("attr") == "file" and "export" in event["new"] for event in events)


def _tables(part: Any, label: str) -> Iterator[tuple[str, list[str]]]:
    """(id, keys of the rows) of the tables of a document that have a column of this label."""
    if isinstance(part, dict):
        of = part.get("attributes") or {}
        if of.get("class_name") == "Rows" and label in str(of["data"].get("attributes", "")):
            rows = [dict(row["entries"]) for row in of["data"]["attributes"]["rows"]]
            yield part["id"], [row["key"] for row in rows if not row.get("fixed")]
        for inner in part.values():
            yield from _tables(inner, label)
    elif isinstance(part, list):
        for inner in part:
            yield from _tables(inner, label)


def crowd(port: int) -> list[Found]:
    """What PEOPLE see who come at the same instant and stay together."""
    together = Barrier(PEOPLE)
    with ThreadPoolExecutor(PEOPLE) as pool:
        return list(pool.map(lambda name: visit(port, name, together), range(PEOPLE)))


def measure(store: Store) -> None:
    """The table of the crowd over this store."""
    serving = Serving(store)
    serving.start()
    process = psutil.Process()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        warm = Person(serving.port)
        for _ in range(3):
            warm.document(PAGE)
        serving.wait_until_left()
        before, most = process.memory_info().rss, 0
        seen = pool.apply_async(crowd, (serving.port,))
        while not seen.ready():
            seen.wait(1)
            most = max(most, process.memory_info().rss)
        found = seen.get()
    serving.wait_until_left()
    left = serving.sessions
    serving.stop()
    clicks = [one for person in found for one in person.clicks]
    table = Table(
        title=f"{PEOPLE} people on Explore over {CALLS:,} calls", title_justify="left", show_header=False
    )
    table.add_row("clicks", f"{len(clicks):,} in {SECONDS:.0f} s")
    table.add_row("a click, median and 95 %", f"{np.median(clicks):.2f} s, {np.percentile(clicks, 95):.2f} s")
    table.add_row("opened, median and longest", "{:.2f} s, {:.2f} s".format(*_spread(found)))
    table.add_row("memory of an open page", f"{(most - before) / PEOPLE / MB:.1f} MB")
    table.add_row("sessions left", str(left))
    console.print(table)


def _spread(found: list[Found]) -> tuple[float, float]:
    opened = [person.opened for person in found]
    return float(np.median(opened)), max(opened)


def show() -> None:
    """The figures of many people at once."""
    with ground(query_seconds=2.0) as store, sample_file(CALLS) as path:
        run(store, path, Options())
        concurrency.refresh(store)
        measure(store)
