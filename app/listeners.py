"""The sources that send by themselves: every worker listens for them, whoever leads, so that nothing that is
sent while the lead changes is refused.
"""

import logging
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

from app.runs import Counts, Run, unexpected
from ingest.connector import SourceProblem
from ingest.connectors import CONNECTORS
from ingest.listeners import LISTENERS
from ingest.sources import given_of
from store import sources
from store.database import Document, Store
from store.errors import CdrStatsError
from store.sentence import Sentence

LOG = logging.getLogger(__name__)
AGAIN = 2.0
"""Seconds after which a listener that could not listen tries again; another worker of this machine may have
the port.
"""
CONFIG = ("kind", "switch", "zone", "options", "secrets")


class Listening:
    """A thread that listens for one source as it is set, again and again, until `leave`."""

    def __init__(self, store: Store, source: Document) -> None:
        self._store, self.name, self.config = store, source["_id"], _config(source)
        self.problem, self.begun = str(Sentence("It is about to listen.")), False
        self._over = threading.Event()
        # a daemon: one that does not end in time does not keep the process from ending
        self._thread = threading.Thread(target=self._listen, name=f"listen {self.name}", daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        serve = LISTENERS[self.config["kind"]]
        while not self._over.is_set():
            try:
                with serve(self._store, self.name, self._over.is_set):
                    self._come("")
                    LOG.info("source %s: listening.", self.name)
                    self._over.wait()
            except CdrStatsError as problem:
                self._come(str(problem))
            except Exception as problem:  # the connector: it is tried again, and the others go on
                LOG.exception("source %s: cannot listen", self.name)
                self._come(unexpected(problem))
            self._over.wait(AGAIN)

    def _come(self, problem: str) -> None:
        """It listens, or it cannot for this; until then nothing is known."""
        self.problem, self.begun = problem, True

    def leave(self) -> None:
        """Take nothing more; what was taken is stored and answered."""
        self._over.set()

    def left(self, until: float) -> bool:
        """Whether it has ended by then (monotonic)."""
        self._thread.join(max(0.0, until - time.monotonic()))
        return not self._thread.is_alive()


class Listeners:
    """The listeners of this process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: dict[str, Listening] = {}
        self._leaving: list[Listening] = []

    def beat(self, found: Iterable[Document]) -> None:
        """Listen for those of these sources that send, as they are set now, and for no others."""
        wanted = {one["_id"]: one for one in found if one["kind"] in LISTENERS and not one["paused"]}
        for name, held in list(self._held.items()):
            if name not in wanted or _config(wanted[name]) != held.config:
                self._leaving.append(self._held.pop(name))
                held.leave()
        self._leaving = [held for held in self._leaving if not held.left(0)]
        busy = {held.name for held in self._leaving}
        for name, source in wanted.items():
            if name not in self._held and name not in busy:
                self._held[name] = Listening(self._store, source)

    def attend(self, source: str, run: Run) -> Counts | None:
        """Note that somebody listens for a source, this process or another; raises SourceProblem when nobody
        does. Of one that is only just beginning nothing can be told yet: None.
        """
        held = self._held.get(source)
        if held and not held.begun:
            return None
        if held is None or held.problem:
            self._ask(run.store, source, held.problem if held else "")
        sources.looked(run.store, source, run.now())
        return {}

    def _ask(self, store: Store, name: str, problem: str) -> None:
        document = sources.get(store, name)
        if document is None:
            return
        try:
            with CONNECTORS[document["kind"]].open(given_of(store, document)) as reader:
                reader.look()
        except SourceProblem as nobody:
            raise SourceProblem(problem or str(nobody)) from None

    def leave(self) -> None:
        """Listen no more."""
        for held in self._held.values():
            held.leave()

    def end(self, until: float) -> None:
        """Wait until what was taken is stored and answered, until then (monotonic) at most."""
        late = [held.name for held in (*self._held.values(), *self._leaving) if not held.left(until)]
        if late:
            LOG.warning("Still answering when the worker ended: %s.", ", ".join(late))


def _config(source: Document) -> Mapping[str, Any]:
    return {name: source[name] for name in CONFIG}
