"""What a switch has sent, and how it is kept: what arrives within some milliseconds shares a transaction, and
each learns when it is committed.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import NamedTuple

import pymongo
from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError

from ingest import freeswitch, late
from ingest.refused import Bad
from store import lags, rejects, sources
from store.batch import prepare
from store.database import Document, Store
from store.errors import CdrStatsError, StoreError
from store.ledger import Receipt, commit
from store.record import CDR, Reject
from store.sentence import Sentence, mark

GATHERED = 0.005
"""Seconds that a first record waits for others."""
TOGETHER = 2_000
"""Records of a transaction at most: where the disk is slow, more of them share one."""
FULL = 10_000
"""Records that may wait to be stored; then the switch is told to keep what it has."""
UNSTORED = mark("The record cannot be stored: {error}")
BUSY = mark("The database does not take the record now: {error}.")
PATIENCE = 10.0
"""Seconds that the database may take, for the switch waits for the answer."""


class Arrival(NamedTuple):
    """A record that was sent: the rows of its call, or why it is none and its text."""

    calls: list[CDR]
    bad: Bad | None = None
    text: str = ""

    def rejected(self) -> Reject:
        """The reject of what is no call."""
        assert self.bad, "it is a call"
        return freeswitch.rejected(self.text, self.bad)


class Full(CdrStatsError):
    """More has arrived than is stored in time."""


Keep = Callable[[Sequence[Arrival]], None]


class Arrivals:
    """The queue between an event loop, in which records arrive, and a thread, in which they are stored."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._waiting: list[tuple[Arrival, asyncio.Future[None]]] = []
        self._some, self._none = asyncio.Event(), asyncio.Event()
        self._none.set()

    async def kept(self, arrival: Arrival) -> None:
        """Wait until the record is committed. Raises StoreError when it could not be, Full at once when too
        many wait.
        """
        if len(self._waiting) >= FULL:
            raise Full("More records arrive than can be stored now; send it again later.")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((arrival, done))
        self._some.set()
        self._none.clear()
        await done

    async def settled(self) -> None:
        """Wait until nothing waits."""
        await self._none.wait()

    async def run(self) -> None:
        """Store what arrives, until it is cancelled; the loop goes on while the database commits."""
        with ThreadPoolExecutor(1, "arrivals") as pool:
            while True:
                await self._some.wait()
                await asyncio.sleep(GATHERED)
                await self._store(pool)

    async def _store(self, pool: ThreadPoolExecutor) -> None:
        taken, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
        if not self._waiting:
            self._some.clear()
        problem: CdrStatsError | None = None
        try:
            arrivals = [arrival for arrival, _ in taken]
            await asyncio.get_running_loop().run_in_executor(pool, self._keep, arrivals)
        except CdrStatsError as error:
            problem = error
        except (
            Exception
        ) as error:  # whatever it is, the switch keeps its records, and the next ones are tried
            problem = StoreError(Sentence(UNSTORED, error=f"{type(error).__name__}: {error}"))
        for _, done in taken:
            # whoever has hung up meanwhile waits for nothing
            if not done.done():
                done.set_exception(problem) if problem else done.set_result(None)
        if not self._waiting:
            self._none.set()


def keeper(store: Store, source: Document) -> Keep:
    """What stores arrivals of a source: calls, sums, rejects and counts of all of them in one transaction.

    It raises StoreError when the database does not take them within PATIENCE.
    """
    return lambda arrivals: _keep(store, source, arrivals)


def _keep(store: Store, source: Document, arrivals: Sequence[Arrival]) -> None:
    now = datetime.now(UTC)
    batch = prepare([call for arrival in arrivals for call in arrival.calls])
    bad = [arrival.rejected() for arrival in arrivals if arrival.bad]
    refused, stored = list(bad), 0

    def refuse(_: ClientSession, calls: list[CDR]) -> None:
        refused[len(bad) :] = late.refused(calls)

    def also(session: ClientSession, receipt: Receipt) -> None:
        nonlocal stored
        stored = receipt.new + receipt.corrected
        rejects.note(store, session, source["import"], f"source {source['_id']}", source["switch"], refused)
        counts = {"read": len(arrivals), **receipt._asdict(), "rejected": len(refused)}
        sources.received(store, session, source["_id"], counts, now)

    try:
        with pymongo.timeout(PATIENCE):
            commit(store, batch, also, refuse)
    except PyMongoError as error:
        raise StoreError(Sentence(BUSY, error=type(error).__name__)) from error
    if stored:
        oldest = sorted(call.end for call in batch.calls)[-stored]
        lags.note(store, source["_id"], now, (now - oldest).total_seconds(), stored)
