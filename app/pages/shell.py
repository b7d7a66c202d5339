"""The frame of every page: head with the ways to the others, drawer, notices, light and dark, and the wall
screen.
"""

from collections.abc import Callable
from html import escape
from typing import Any, NamedTuple

import panel as pn
import panel_material_ui  # noqa: F401 - first of all, or the first session has mixed designs

from app.address import apply, write
from app.board import Board, Status
from app.cache import Flights
from app.filter import NUMBERS, CallFilter
from app.pages.frame import LOST, SHELL, frame, notice
from app.patches import Page
from app.theme import PAGE
from app.tongue import mark, t
from app.viewer import NOBODY, Viewer
from app.views.parts import Address
from app.words import day
from ingest.stories import Story
from store import catalog
from store.catalog import Choices
from store.database import Store
from store.lens import LensError

WALL_SECONDS, PAGE_SECONDS = 5, 30
WELCOME = mark("""
<div class="welcome"><h2>No calls yet</h2>
<p>Import the records of your telephone switch, and they appear here by themselves:</p>
<pre>cdr-stats import Master.csv --switch my-switch</pre>
<p>Asterisk's files are recognised, and so is any CSV with a header (<code>--map start=calldate ...</code>).
Without a command line: choose a file under <a href="import">Import</a>, or name your switch or its database
under <a href="sources">Sources</a>, which are read from then on.</p>
<p>To look around first, stop this server and start <code>cdr-stats demo</code>: ninety days of invented
traffic.</p></div>
""")


NOT_YOURS = mark("""
<div class="welcome"><h2>No calls yet</h2>
<p>There are no calls of the accounts that you may see. When there are, they appear here by themselves.</p>
</div>
""")


class Context(NamedTuple):
    """What every session of the server shares, and who looks."""

    store: Store
    flights: Flights
    stories: tuple[Story, ...] = ()
    viewer: Viewer = NOBODY

    @property
    def zone(self) -> str:
        """The zone that times are shown in: that of who looks, else that of the settings."""
        return self.viewer.zone or self.store.settings.zone


class Shell:
    """One page of one session: its filter, its board, and the frame around its views."""

    def __init__(self, context: Context, name: str, period: str) -> None:
        self.context, self.name = context, name
        self.viewer = context.viewer
        arguments = dict(pn.state.session_args or {})
        self.wall = arguments.get("wall", [b""])[0] == b"1"
        self.filter = CallFilter(context.zone, self.viewer.lens)
        self.filter.param["period"].default = period
        self.ignored = apply(arguments, self.filter)
        self.board = Board(context.store, self.filter, self.viewer, context.flights)
        self.board.watch = self._status
        self.banner = notice("banner")
        self.notice = notice("notice")
        self.welcome = pn.pane.HTML(
            t(WELCOME if self.viewer.may("sources") else NOT_YOURS),
            stylesheets=[SHELL],
            visible=False,
            sizing_mode="stretch_width",
        )
        self.address = Address(self._moved, query=write(self.filter))
        self.filter.param.watch(
            lambda *_: self.address.param.update(query=write(self.filter)), list(self.filter.FIELDS)
        )
        self.told: Callable[[Status], None] = lambda _: None
        self.chosen: Callable[[list[str], list[str], list[str]], None] = lambda *_: None
        self._asked = self._begun = self._refused = False
        if self.ignored:
            left = escape(", ".join(self.ignored))
            self.notice.object = t("Not understood in the address, and left out: {names}.", names=left)
            self.notice.visible = True

    def page(self, grid: pn.Column, sidebar: list[Any] | None = None, extra: tuple[Any, ...] = ()) -> Page:
        """The page around a grid of cards."""
        self.grid = grid
        parts = [self.banner, self.notice, self.welcome, grid, self.address, *extra]
        page = frame(self.name, self.viewer, parts, self.address, sidebar or [], self.wall)
        seconds = WALL_SECONDS if self.wall else PAGE_SECONDS
        self.board.first()
        pn.state.onload(lambda: self._begin(seconds))
        board = self.board
        pn.state.on_session_destroyed(lambda _: board.close())
        return page

    def _begin(self, seconds: int) -> None:
        """The browser has the page: draw what is missing, and keep it up to date."""
        self._begun = True
        self.board.kick()
        self.board.start(self.board.live(seconds))

    def _moved(self, query: str) -> None:
        """Back or forward in the browser."""
        with pn.io.hold():
            self.ignored = apply(query, self.filter)

    def _may_ask(self, status: Status) -> None:
        """Say it where numbers are asked for that a privacy lens hides."""
        lens, refused = self.viewer.lens, ""
        if lens is None:
            return
        try:
            lens.scope(self.filter.scope(status.now))
        except LensError as problem:
            refused = str(problem)
        if not NUMBERS.isdisjoint(self.ignored):
            refused = lens.rule
        if refused or self._refused:
            self.notice.object, self.notice.visible = escape(t(refused)), bool(refused)
        self._refused = bool(refused)

    def _status(self, status: Status) -> None:
        self._may_ask(status)
        self.banner.object, self.banner.visible = t(LOST), status.lost
        empty = status.span is None and not status.lost
        self.welcome.visible = empty
        self.grid.css_classes = ["grid", "gone"] if empty else ["grid"]
        if status.anchored and status.span:
            newest = day(status.span[1], self.filter.zone)
            self.anchored = t("The newest call is from {day}; periods count back from there.", day=newest)
        else:
            self.anchored = ""
        self.told(status)
        if status.span and self._begun and not self._asked:
            self._asked = True
            self.board.start(self._choices())

    anchored = ""

    async def _choices(self) -> None:
        accounts, switches = self.viewer.accounts, self.viewer.switches
        found: Choices = await self.board.of_store(
            lambda store: catalog.choices(store, accounts, switches), ("choices", accounts, switches)
        )
        await self.board.drawn(lambda: self.chosen(*found))


def grid(*cards: Any) -> pn.Column:
    """Cards on the page's grid of twelve columns; one column on a phone."""
    return pn.Column(*cards, css_classes=["grid"], stylesheets=[PAGE], sizing_mode="stretch_width", margin=0)
