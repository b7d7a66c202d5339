"""The frame of a page without a filter: what it shows is asked anew every few seconds while it is open."""

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import TimeoutError as FutureTimeout
from datetime import UTC, datetime
from html import escape
from typing import Any, Generic, NamedTuple, TypeVar

import panel as pn
from pymongo.client_session import ClientSession

from app.board import FIRST, LOST, RETRY
from app.gate import origin_of
from app.pages import frame
from app.pages.shell import Context, grid
from app.patches import Page
from app.stage import Stage
from app.tongue import mark, t
from app.viewer import PAGES, Viewer
from app.views.parts import Address
from store import audit
from store.database import Store, together
from store.errors import CdrStatsError

T = TypeVar("T")
T2 = TypeVar("T2")
FRESH = 0.5
"""Seconds for which the pages that are open share an answer."""
FORBIDDEN = mark("This page is not for you.")
NAMELESS = "everybody"
"""Who is said to have done something where nobody logs in."""


class Deed(NamedTuple):
    """What the audit log says of something that was done: see store.audit.Entry."""

    verb: str
    kind: str
    object: str = ""
    words: str = ""


class Plain(Stage, Generic[T]):
    """One page of one session: `ask` is called in a thread with the store and the viewer, and `show` draws
    its answer under the document's lock, by patching what is there.

    `ask` is a module's function (its name is the key of the shared answer, with what `own` says); it narrows
    to what the viewer may see, and numbers in its answer are masked by the viewer's lens. An admin's page
    shows others a sentence, and asks nothing for them.
    """

    def __init__(
        self,
        context: Context,
        name: str,
        ask: Callable[[Store, Viewer], T],
        show: Callable[[T], None],
        seconds: float = 3.0,
    ) -> None:
        super().__init__()
        self.context, self.name, self.seconds = context, name, seconds
        self.viewer = context.viewer
        self.allowed = self.viewer.opens(name)
        self.origin = origin_of(pn.state.curdoc)
        self.wall = name in frame.WALLS and frame.wall()
        self._ask, self._show = ask, show
        self.banner, self.notice = frame.notice("banner"), frame.notice("notice")
        self._key: tuple[Hashable, ...] = ("plain", ask.__module__, ask.__qualname__, *self._own())

    def page(self, *cards: Any, sidebar: list[Any] | None = None, extra: tuple[Any, ...] = ()) -> Page:
        """The page around a grid of cards (classes whole, half, third ...); `extra` stands outside of it."""
        address = Address(lambda _: None)
        held = [grid(*cards), *extra] if self.allowed else []
        found = frame.frame(
            self.name,
            self.viewer,
            [self.banner, self.notice, *held, address],
            address,
            sidebar or [],
            self.wall,
        )
        if self.allowed:
            self._first()
            pn.state.onload(lambda: self.start(self._live()))
        else:
            self.say(FORBIDDEN)
        pn.state.on_session_destroyed(lambda _: self.close())
        return found

    def own(self, asked: Hashable) -> None:
        """Share answers only with the pages that ask for the same."""
        ask = self._ask
        self._key = ("plain", ask.__module__, ask.__qualname__, *self._own(), asked)

    def _own(self) -> tuple[Hashable, ...]:
        """What answers may differ by: whose they are, where the page is about a person, else what they
        see.
        """
        viewer = self.viewer
        whose = (viewer.id,) if self.name in PAGES else (viewer.accounts, viewer.switches)
        return (*whose, viewer.lens)

    def say(self, sentence: str) -> None:
        """A sentence below the head; an empty one takes it off. Call it where things are drawn."""
        self.notice.object, self.notice.visible = f"<p>{escape(t(sentence))}</p>", bool(sentence)

    def act(
        self,
        work: Callable[[Store], Any],
        done: Callable[[Any], None] | None = None,
        changes: bool = True,
        entry: Deed | None = None,
    ) -> None:
        """Do what a button is for, in a thread; then `done` draws what came of it, and the page is asked
        anew. A CdrStatsError becomes the page's notice, and so does what `changes` something for a viewer who
        may change nothing. The `entry` is noted once it is done; work that may end well without it notes it
        itself.
        """
        if self.allowed:
            self.start(self._act(self.noting(work, entry) if entry else work, done, changes))

    def noting(self, work: Callable[[Store], T2], entry: Deed) -> Callable[[Store], T2]:
        """The work, which ends with its entry in the audit log."""
        return lambda store: self.whole(store, work, entry)

    def whole(self, store: Store, work: Callable[[Store], T2], entry: Deed) -> T2:
        """What work gives that changes something: it and its entry in the audit log, or neither."""

        def noted(held: Store) -> T2:
            found = work(held)
            self.note(held, entry)
            return found

        return together(store, noted)

    def note(self, store: Store, entry: Deed, session: ClientSession | None = None) -> None:
        """Write into the audit log what the viewer does, within its transaction where there is one; in a
        thread, like all that asks the database.
        """
        who = self.viewer.name or NAMELESS
        audit.put(store, audit.Entry(who, self.origin, *entry), datetime.now(UTC), session)

    def again(self) -> None:
        """Ask and draw anew, for what is asked has changed."""
        self.act(lambda store: None, changes=False)

    async def _act(
        self, work: Callable[[Store], Any], done: Callable[[Any], None] | None, changes: bool
    ) -> None:
        flights, store = self.context.flights, self.context.store
        try:
            if changes:
                self.viewer.demand()
            found = await asyncio.wrap_future(flights.aside(lambda: work(store)))
            answer = await asyncio.wrap_future(flights.aside(lambda: self._answered(store)))
        except LOST:
            await self.drawn(lambda: self._lost(True))
        except CdrStatsError as problem:
            sentence = str(problem)
            await self.drawn(lambda: self.say(sentence))
        else:
            await self.drawn(lambda: self._draw(answer, lambda: done(found) if done else None))

    def _draw(self, answer: T, more: Callable[[], None] = lambda: None) -> None:
        self._lost(False)
        self.say("")
        self._show(answer)
        more()

    def _first(self) -> None:
        """Draw what is answered at once, so that the page comes with it; the loop does the rest."""
        try:
            self._show(self._asked(0).result(FIRST))
        except (*LOST, FutureTimeout, CdrStatsError):
            return

    def _asked(self, fresh: float) -> Any:
        return self.context.flights.start(self._key, lambda: self._answered(self.context.store), fresh)

    def _answered(self, store: Store) -> T:
        """What is asked, with the numbers in it as the viewer may see them."""
        return self.viewer.veil(self._ask(store, self.viewer))

    async def _live(self) -> None:
        """Ask again and again while the page is open.

        Not a periodic callback of Panel: that holds the document's lock, and the session beyond its end.
        """
        limit = self.context.store.settings.query_seconds + 2
        while not self._closed:
            pause = self.seconds
            try:
                async with asyncio.timeout(limit):
                    answer = await asyncio.wrap_future(self._asked(FRESH))
            except LOST:
                pause = RETRY
                await self.drawn(lambda: self._lost(True))
            except CdrStatsError as problem:
                sentence = str(problem)
                await self.drawn(lambda s=sentence: self.say(s))  # type: ignore[misc]
            else:
                await self.drawn(lambda a=answer: self._refreshed(a))  # type: ignore[misc]
            await asyncio.sleep(pause)

    def _refreshed(self, answer: T) -> None:
        self._lost(False)
        self._show(answer)

    def _lost(self, lost: bool) -> None:
        self.banner.object, self.banner.visible = t(frame.LOST), lost
