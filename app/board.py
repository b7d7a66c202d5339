"""What a session's views share: one filter, one refresh that asks for what changed, and answers drawn as
one message.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Hashable, Iterable
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures import wait
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pymongo.errors import PyMongoError

from app.answers import Answers
from app.cache import Flights
from app.filter import CallFilter
from app.periods import anchor
from app.stage import Stage
from app.tongue import mark
from app.viewer import Viewer
from app.views.view import Ask, View
from store.database import Store
from store.errors import CdrStatsError, QueryTimeout, StoreError

DEBOUNCE = 0.05
PATIENCE = 0.6
RETRY = 2.0
FIRST = 0.5
LOOK, PAUSE = 0.5, 2.0
"""Seconds between two looks whether calls have come in, and between two refreshes for their sake at least."""
LOST = (PyMongoError, StoreError, TimeoutError)
TOO_LONG = mark(
    "This takes too long to count. A shorter period, or one more thing chosen in the filter, brings it back."
)

Span = tuple[datetime, datetime] | None


class Status(NamedTuple):
    """How things stand: whether the database answers, whether it holds any call, and what periods count
    back from.
    """

    lost: bool
    span: Span
    now: datetime
    anchored: bool


class Board(Stage):
    """The views of one page. `watch` is told the Status whenever the answers were asked for.

    A change of the filter starts one refresh after a pause of 50 ms; a newer change makes an older answer
    void. Queries run in threads through the cache that all sessions share, narrowed to the viewer's
    accounts before; their answers are drawn under the document's lock, all that are there together as one
    message.
    """

    def __init__(
        self,
        store: Store,
        calls: CallFilter,
        viewer: Viewer,
        flights: Flights,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__()
        self.store, self.filter, self.clock = store, calls, clock
        self.viewer, self.answers = viewer, Answers(store, viewer, flights)
        self.views: list[View] = []
        self.watch: Callable[[Status], None] = lambda _: None
        self.status = Status(False, None, clock(), False)
        self._shown: dict[View, tuple[Any, ...]] = {}
        self._answers: dict[View, tuple[Any, ...]] = {}
        self._generation = 0
        self._watcher = calls.param.watch(self.kick, list(calls.FIELDS))

    def add(self, *views: View) -> None:
        """Views to keep up to date, in the order in which they stand on the page."""
        self.views += views

    def kick(self, *_: object) -> None:
        """Refresh soon; called at every change of the filter."""
        self.start(self.refresh())

    async def live(self, seconds: float) -> None:
        """Ask again for what is live a moment after new calls have come in, and at the latest every so many
        seconds, unless something is still under way.

        Not a periodic callback of Panel: that holds the document's lock, and the session beyond its end.
        """
        asked = time.monotonic()
        while not self._closed:  # Python 3.11 may lose a cancellation that meets an answer
            await asyncio.sleep(LOOK)
            passed = time.monotonic() - asked
            if len(self._tasks) > 1:
                continue
            if await self._changed(passed >= PAUSE) or passed >= seconds:
                asked = time.monotonic()
                self.start(self.tick())

    async def _changed(self, due: bool) -> bool:
        """Whether calls have come in since the records were asked about, if it is due to ask."""
        if not due:
            return False
        try:
            async with asyncio.timeout(LOOK):
                version = await asyncio.wrap_future(self.answers.newest())
        except LOST:
            return False
        before, self.answers.version = self.answers.version, version
        return version != before

    def tick(self) -> Coroutine[Any, Any, None]:
        """Ask again for everything that is live, for new calls may have come in."""
        for view in self.views:
            if view.live or self.status.lost:
                self._shown.pop(view, None)
        return self.refresh()

    def close(self) -> None:
        """Drop everything that is under way; nothing is drawn afterwards."""
        self._generation += 1
        super().close()
        self.filter.param.unwatch(self._watcher)
        self._shown.clear()
        self._answers.clear()

    def first(self, seconds: float = FIRST) -> None:
        """Draw what is answered within that time before the browser has the page; `refresh` does the rest.

        A page that is patched while the browser builds it breaks; one with its answers is drawn once.
        """
        end = time.monotonic() + seconds
        try:
            self.answers.version = self.answers.newest().result(seconds)
            span = self.answers.span().result(seconds)
        except (*LOST, FutureTimeout):
            return
        self._state(span, False)
        self._announce()
        wanted = {view: (view.asks(self.status.now), view.look()) for view in self.views} if span else {}
        futures = {view: [self.answers.start(ask) for ask in asks] for view, (asks, _) in wanted.items()}
        wait([f for of_view in futures.values() for f in of_view], max(end - time.monotonic(), 0))
        for view, of_view in futures.items():
            if all(future.done() and not future.exception() for future in of_view):
                self._draw(view, tuple(future.result() for future in of_view), wanted[view])

    def _state(self, span: Span, lost: bool) -> None:
        real = self.clock()
        now = anchor(real, span[1] if span else None)
        self.status = Status(lost, span, now, now != real)

    async def of_store(self, query: Callable[[Store], Any], key: Hashable = None) -> Any:
        """The answer of a query that takes the store alone; see `Answers.of_store`."""
        return await asyncio.wrap_future(self.answers.of_store(query, key))

    async def refresh(self) -> None:
        """Bring every view up to date whose questions or look changed."""
        self._generation += 1
        generation = self._generation
        await asyncio.sleep(DEBOUNCE)
        if generation != self._generation:
            return
        span, lost = await self._span()
        if generation != self._generation:
            return
        self._state(span, lost)
        await self.drawn(self._announce)
        if span and not lost:
            await self._bring(generation, self.status.now)
        elif lost:
            self.start(self._again(generation))

    def _announce(self) -> None:
        self.watch(self.status)
        for view in self.views:
            view.mark()

    async def _span(self) -> tuple[Span, bool]:
        """The time that calls span, and whether the database is lost."""
        try:
            limit = self.store.settings.query_seconds + 1
            return await asyncio.wait_for(asyncio.wrap_future(self.answers.span()), limit), False
        except LOST:
            return self.status.span, True

    async def _again(self, generation: int) -> None:
        """Ask again after a while, unless somebody else did."""
        await asyncio.sleep(RETRY)
        if generation == self._generation:
            await self.tick()

    async def _bring(self, generation: int, now: datetime) -> None:
        """Ask what changed and draw it: what comes soon at once, the rest as it comes."""
        wanted = {view: (view.asks(now), view.look()) for view in self.views}
        changed = {view: want for view, want in wanted.items() if self._shown.get(view) != want}
        await self.drawn(lambda: self._settle(wanted.keys() - changed.keys()))
        running = {
            asyncio.ensure_future(self._answer(view, asks)): view for view, (asks, _) in changed.items()
        }
        pending = set(running)
        try:
            done, pending = await asyncio.wait(pending, timeout=PATIENCE) if pending else (set(), set())
            while done or pending:
                if generation != self._generation:
                    return
                outcomes = {running[task]: task.result() for task in done}
                waiting = [running[task] for task in pending]
                await self.drawn(lambda o=outcomes, w=waiting: self._show(o, w, wanted))  # type: ignore[misc]
                if not pending:
                    return
                done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in pending:
                task.cancel()

    def _settle(self, views: Iterable[View]) -> None:
        """Views that an older refresh left waiting, and that are right again as they stand."""
        for view in views:
            view.say("")

    async def _answer(self, view: View, asks: Iterable[Ask]) -> tuple[Any, ...] | Exception:
        """The answers for a view, or what went wrong."""
        limit = 4 * self.store.settings.query_seconds + 4
        try:
            async with asyncio.timeout(limit):
                return await self.answers.ask(*asks)
        except (CdrStatsError, *LOST) as error:
            return error

    def _show(
        self,
        outcomes: dict[View, tuple[Any, ...] | Exception],
        waiting: list[View],
        wanted: dict[View, tuple[Any, ...]],
    ) -> None:
        for view, outcome in outcomes.items():
            if isinstance(outcome, Exception):
                self._trouble(view, outcome)
            else:
                self._draw(view, outcome, wanted[view])
        for view in waiting:
            view.wait()

    def _draw(self, view: View, answers: tuple[Any, ...], want: tuple[Any, ...]) -> None:
        before = self._answers.get(view)
        if before is None or before[0] != want or not _equal(before[1], answers):
            view.show(*answers)
        view.say("")
        self._shown[view], self._answers[view] = want, (want, answers)

    def _trouble(self, view: View, error: Exception) -> None:
        self._shown.pop(view, None)
        self._answers.pop(view, None)
        if isinstance(error, LOST):
            self.status = self.status._replace(lost=True)
            self.watch(self.status)
            self.start(self._again(self._generation))
        else:
            view.say(TOO_LONG if isinstance(error, QueryTimeout) else str(error))


def _equal(old: tuple[Any, ...], new: tuple[Any, ...]) -> bool:
    """Whether the same was answered again, so that nothing need be sent."""
    return all(a.equals(b) if hasattr(a, "equals") else a is b for a, b in zip(old, new, strict=True))
