"""Where questions are answered: in threads, through the cache of the process, narrowed to one viewer."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any

from app.cache import Flights
from app.viewer import Viewer
from app.views.view import Ask
from store import catalog, months
from store.database import Store
from store.lens import LensError

FRESH = 0.4
"""Seconds for which pages share the version of the records."""


class Answers:
    """The answers for one viewer. A question is narrowed before the cache and before the store see it, and
    its answer is masked by the viewer's lens, which is part of its key, before the cache keeps it.
    """

    def __init__(self, store: Store, viewer: Viewer, flights: Flights) -> None:
        self.store, self.viewer, self.flights = store, viewer, flights
        self.version = -1
        """Of the records that are asked about: a newer one is not answered by what was kept of an older."""

    def start(self, question: Ask) -> "Future[Any]":
        """The answer to one question, on its way; the error of one that may not be asked."""
        viewer = self.viewer
        try:
            scope = viewer.narrow(question.scope)
        except LensError as refused:
            failed: Future[Any] = Future()
            failed.set_exception(refused)
            return failed
        named = (question.query.__module__, question.query.__qualname__)
        key = (*named, scope, question.more, self.version, viewer.lens)
        return self.flights.start(key, lambda: viewer.veil(question.query(self.store, scope, *question.more)))

    def of_store(self, query: Callable[[Store], Any], key: Hashable = None) -> "Future[Any]":
        """The answer of a query that takes the store alone, such as those of `catalog`; `key` names one
        that has no name.
        """
        known = ("store", query.__qualname__, self.version) if key is None else key
        viewer = self.viewer
        return self.flights.start((known, viewer.lens), lambda: viewer.veil(query(self.store)))

    def span(self) -> "Future[Any]":
        """The time that the viewer's calls span; see `catalog.span`."""
        own = self.viewer.accounts, self.viewer.switches
        return self.of_store(lambda store: catalog.span(store, *own), ("span", *own, self.version))

    def newest(self) -> "Future[int]":
        """The version of the records now; pages that ask at the same time share the answer."""
        return self.flights.start("version", lambda: months.version(self.store), FRESH)

    async def ask(self, *questions: Ask) -> tuple[Any, ...]:
        """The answers to several questions, in their order; the first error is raised."""
        return tuple(await asyncio.gather(*(asyncio.wrap_future(self.start(q)) for q in questions)))
