"""FreeSWITCH's POSTs: how long an answer takes at a fixed rate with the listener on one core, and what is in
the store after a kill -9 of it.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
import psutil

from bench.ground import console, ground
from ingest.sources import configure
from store import calls
from store.database import Store
from store.scope import Scope
from store.verify import verify
from tests.ingest.freeswitch_reports import leg
from tests.ingest.listening import Listening, listening
from tests.ingest.posting import form

RATE = 500
SECONDS = 30
KILLS = 5
BEFORE_KILL = 2.0
"""Seconds of posts before a kill."""
EVER = Scope(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
NOW = datetime(2026, 11, 23, tzinfo=UTC)
PLACE = b"000000000000"
"""Where the number of a report stands in its uuid."""


class Answered(NamedTuple):
    """A report that was answered 200: its number, and seconds from when it was due to its answer."""

    number: int
    seconds: float


@contextmanager
def listener(store: Store) -> Iterator[Listening]:
    """A listener in a process of its own on the first core; this process and the database have the others."""
    environment = {
        "CDR_STATS_DATA": str(store.settings.data),
        "CDR_STATS_DATABASE": store.settings.database,
    }
    with listening(environment) as found:
        cores = list(range(os.cpu_count() or 1))
        psutil.Process(found.process.pid).cpu_affinity(cores[:1])
        for other in [psutil.Process(), *_servers(store)]:
            other.cpu_affinity(cores[1:] or cores)
        yield found


def _servers(store: Store) -> list[psutil.Process]:
    data = str(store.settings.data)
    found = psutil.process_iter(["name", "cmdline"])
    return [
        one for one in found if one.info["name"] == "mongod" and data in " ".join(one.info["cmdline"] or ())
    ]


async def _post(port: int, body: bytes) -> int:
    """The status of the answer, over a connection of its own, as FreeSWITCH does it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(
            b"POST /cdr HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        answer = await reader.read()
        return int(answer.split(b" ", 2)[1]) if answer else 0
    finally:
        writer.close()


async def _posted(port: int, numbers: list[int], rate: float, answered: list[Answered]) -> None:
    """Post these reports, each when it is due, whether those before it are answered or not."""
    template, begun = form(leg(0)), time.perf_counter()

    async def one(number: int, due: float) -> None:
        try:
            status = await _post(port, template.replace(PLACE, b"%012d" % number))
        except OSError:
            return
        if status == 200:
            answered.append(Answered(number, time.perf_counter() - due))

    async with asyncio.TaskGroup() as group:
        for place, number in enumerate(numbers):
            due = begun + place / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one(number, due))


def _stored(store: Store) -> set[int]:
    return {int(call.uuid.rpartition("-")[2]) for call in calls.stream(store, EVER)}


def speed(store: Store) -> None:
    """The answers at RATE; raises AssertionError unless what was answered is stored."""
    answered: list[Answered] = []
    with listener(store) as found:
        asyncio.run(_posted(found.port, list(range(1, RATE + 1)), RATE, []))
        process = psutil.Process(found.process.pid)
        used, begun = sum(process.cpu_times()[:2]), time.perf_counter()
        numbers = list(range(RATE + 1, RATE * (SECONDS + 1) + 1))
        asyncio.run(_posted(found.port, numbers, RATE, answered))
        share = (sum(process.cpu_times()[:2]) - used) / (time.perf_counter() - begun)
    assert {one.number for one in answered} <= _stored(store)
    half, most, last = np.percentile([one.seconds * 1000 for one in answered], (50, 99, 100))
    console.print(
        f"{RATE} reports a second posted for {SECONDS} s to a listener on one core: {len(answered):,} of "
        f"{len(numbers):,} taken, answered in {half:.0f} ms (median), {most:.0f} ms (99 %), {last:.0f} ms "
        f"(slowest); it used {share:.0%} of the core."
    )


def kill(store: Store, first: int) -> tuple[int, int]:
    """Kill the listener in the middle; gives how many reports it had answered, and how many were posted."""
    answered: list[Answered] = []
    numbers = list(range(first, first + round(RATE * BEFORE_KILL * 1.5)))

    async def posted(found: Listening) -> None:
        asyncio.get_running_loop().call_later(BEFORE_KILL, found.process.kill)
        await _posted(found.port, numbers, RATE, answered)

    with listener(store) as found:
        asyncio.run(posted(found))
    kept = {one.number for one in answered}
    assert kept <= _stored(store), "what was answered is not stored"
    with listener(store) as found:
        # the switch sends again what was not taken
        while again := sorted(set(numbers) - {one.number for one in answered}):
            asyncio.run(_posted(found.port, again, RATE, answered))
    assert set(numbers) <= _stored(store)
    return len(kept), len(numbers)


def show() -> None:
    """Both, with what was proved."""
    with ground() as store:
        configure(store, "fs", "freeswitch_post", "fs", "UTC", {"port": 0}, "command", NOW)
        speed(store)
        found = [kill(store, 1_000_000 * (number + 1)) for number in range(KILLS)]
        assert verify(store) == []
        console.print(
            f"The listener killed (-9) {KILLS} times in the middle: of "
            f"{sum(posted for _, posted in found):,} reports it had answered "
            f"{sum(kept for kept, _ in found):,}, and all of these were stored; the others came once they "
            "were posted again, and the sums are exact.\n"
        )
    psutil.Process().cpu_affinity(list(range(os.cpu_count() or 1)))
