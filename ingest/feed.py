"""The feed of a source into the store: portions from its cursor on, each in one transaction with the cursor
behind it.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from pymongo.client_session import ClientSession

from ingest import late
from ingest.aside import Aside
from ingest.connector import Portion, Reader
from ingest.connectors import CONNECTORS
from ingest.importer import patiently
from ingest.sources import given_of
from store import lags, rejects, sources
from store.batch import Batch, prepare
from store.database import Document, Store
from store.ledger import Receipt, commit
from store.record import CDR, Reject

LOOKED_SECONDS = 5.0
"""How often a source that has nothing new is noted as looked at."""


class Fed(NamedTuple):
    """What came of a look at a source: rows read and what became of their calls."""

    read: int = 0
    new: int = 0
    known: int = 0
    corrected: int = 0
    rejected: int = 0


class Feed:
    """The feed of one source; its reader stays open between looks and is opened anew after a problem."""

    def __init__(self, store: Store, name: str) -> None:
        self._store, self.name = store, name
        self._open = ExitStack()
        self._reader: Reader | None = None
        self._config: Mapping[str, Any] = {}
        self._noted: datetime | None = None

    def close(self) -> None:
        """Close the reader."""
        self._reader = None
        self._open.close()

    def look(self, now: Callable[[], datetime], stop: Callable[[], bool] = lambda: False) -> Fed:
        """Store what is new in the source, until there is no more or `stop` says so.

        Raises SourceProblem for the source, StoreError for the database, sources.Overtaken when another
        worker was faster. What was stored until then stays, and the cursor with it.
        """
        source = sources.get(self._store, self.name)
        if source is None or source["paused"]:
            return Fed()
        try:
            total = self._read(source, now, stop)
        except BaseException:
            self.close()
            raise
        if not total.read:
            self._note(source, now())
        return total

    def _read(self, source: Document, now: Callable[[], datetime], stop: Callable[[], bool]) -> Fed:
        """Store portion after portion; each is committed aside, while the next one is read and made ready."""
        total, step, aside = Fed(), source["step"], Aside[Fed]()
        try:
            for portion in self._reader_of(source).portions(source["cursor"], now()):
                batch = portion.batch or prepare([one for one in portion.found if isinstance(one, CDR)])
                total = _added(total, aside.wait())
                aside.start(partial(self._store_one, {**source, "step": step}, portion, batch, now()))
                step += 1
                if stop():
                    break
        except BaseException:
            with suppress(Exception):  # what ended the reading is told, and not what came of the rest
                aside.wait()
            raise
        return _added(total, aside.wait())

    def _reader_of(self, source: Document) -> Reader:
        """The reader of the source as it is set today."""
        config = {name: source[name] for name in ("kind", "switch", "zone", "options", "secrets")}
        if self._reader is None or config != self._config:
            self.close()
            opened = CONNECTORS[source["kind"]].open(given_of(self._store, source))
            self._reader, self._config = self._open.enter_context(opened), config
        return self._reader

    def _store_one(self, source: Document, portion: Portion, batch: Batch, now: datetime) -> Fed:
        """Store a portion, its rejects and the cursor behind it."""
        bad = [found for found in portion.found if isinstance(found, Reject)]
        refused, fed = list(bad), Fed()

        def refuse(_: ClientSession, calls: list[CDR]) -> None:
            refused[len(bad) :] = late.refused(calls)

        def also(session: ClientSession, receipt: Receipt) -> None:
            nonlocal fed
            fed = Fed(portion.read, receipt.new, receipt.known, receipt.corrected, len(refused))
            label = f"source {self.name}"
            rejects.note(self._store, session, source["import"], label, source["switch"], refused)
            counts = fed._asdict()
            sources.advance(self._store, session, source, portion.cursor, counts, portion.newest, now)

        patiently(lambda: commit(self._store, batch, also, refuse))
        if stored := fed.new + fed.corrected:
            # what is known was read again behind the cursor, so it is older than what is new
            oldest = sorted(call.end for call in batch.calls)[-stored]
            lags.note(self._store, self.name, now, (now - oldest).total_seconds(), stored)
        return fed

    def _note(self, source: Document, now: datetime) -> None:
        """Note now and then that a quiet source fares well, at once when it did not."""
        quiet = self._noted and (now - self._noted).total_seconds() < LOOKED_SECONDS
        if source["state"] != "ok" or not quiet:
            sources.looked(self._store, self.name, now)
            self._noted = now


def _added(total: Fed, more: Fed | None) -> Fed:
    return Fed(*map(sum, zip(total, more, strict=True))) if more else total
