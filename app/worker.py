"""The worker: a process that leads, and then does all jobs, or waits until the one that leads is gone."""

import logging
import time
from collections.abc import Mapping
from threading import Event

import pymongo
from pymongo.errors import PyMongoError

from app.jobs import JOBS, Job
from app.lead import Lead
from app.listeners import Listeners
from store import lease, sources
from store.database import Store
from store.lease import Lease

LOG = logging.getLogger(__name__)
BEAT = 1.0
"""Seconds between two looks at the lease, the sources and what is wished."""
PATIENCE = 5.0
"""Seconds that the database may take to answer the questions of a beat."""
GRACE = 5.0
"""Seconds that a running job has to end when the worker does."""


class Worker:
    """A worker of this process; `jobs` are those that the calendar starts, `beat` is in seconds."""

    def __init__(self, store: Store, jobs: Mapping[str, Job] = JOBS, beat: float = BEAT) -> None:
        self._store, self._jobs, self._pause = store, jobs, beat
        self._lease = Lease(store)
        self._listeners = Listeners(store)
        self._lead: Lead | None = None
        self._ends = Event()
        self._lost = self._waits = False

    def run(self, stop: Event) -> None:
        """Work until `stop` is set; then end what runs, and give the lease back. A database that is away is
        waited for.
        """
        try:
            while not stop.is_set():
                self._beat_once()
                stop.wait(self._pause)
        finally:
            self._end()

    def _beat_once(self) -> None:
        try:
            with pymongo.timeout(PATIENCE):
                self._beat()
        except PyMongoError as problem:
            if not self._lost:
                LOG.warning("The database does not answer (%s); waiting for it.", type(problem).__name__)
            self._lost = True
            if not self._lease.held:
                self._leave("Nobody can tell who leads while the database is away; this worker rests.")
        else:
            if self._lost:
                LOG.info("The database is back.")
            self._lost = False

    def _beat(self) -> None:
        leads = self._lease.take()
        documents = sources.everything(self._store)
        self._listeners.beat(documents)
        if self._lead and not (leads and self._lead.token == self._lease.token):
            self._leave("Another worker may have led meanwhile.")
        if not leads:
            self._wait()
            return
        if self._lead is None:
            token = self._lease.token
            LOG.info("This worker leads (token %d).", token)
            self._waits = False
            self._lead = Lead(self._store, self._jobs, self._listeners, token, lambda: self._leads(token))
        self._lead.beat(documents)

    def _leads(self, token: int) -> bool:
        return not self._ends.is_set() and self._lease.held and self._lease.token == token

    def _wait(self) -> None:
        if not self._waits and (found := lease.leader(self._store)):
            LOG.info("Process %d on %s leads; this worker waits.", found.pid, found.host)
            self._waits = True

    def _leave(self, why: str) -> None:
        if self._lead:
            LOG.warning("%s", why)
            self._lead.close()
            self._lead = None

    def _end(self) -> None:
        """In order: jobs see that they may not go on, and the next worker leads at once."""
        self._ends.set()
        self._listeners.leave()
        end = time.monotonic() + GRACE
        if lead := self._lead:
            lead.close()
            self._lead = None
            while lead.runs.busy and time.monotonic() < end:
                time.sleep(0.05)
            if lead.runs.busy:
                LOG.warning("Left where it was: %s.", ", ".join(sorted(lead.runs.busy)))
        self._listeners.end(end)
        try:
            self._lease.release()
        except PyMongoError:
            LOG.warning("The lease could not be given back; it ends by itself.")
