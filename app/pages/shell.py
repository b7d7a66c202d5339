"""The frame of every page: head with the ways to the others, drawer, notices, light and dark, and the wall
screen.
"""

from collections.abc import Callable
from html import escape
from typing import Any, NamedTuple

import panel as pn
import panel_material_ui  # noqa: F401 - first of all, or the first session has mixed designs
from panel_material_ui.template.base import Meta

from app.address import apply, write
from app.board import Board, Status
from app.cache import Flights
from app.filter import CallFilter
from app.patches import Page
from app.theme import MATERIAL, PAGE
from app.viewer import who
from app.views.parts import Address
from app.words import day
from assets.files import path
from ingest.stories import Story
from store import catalog
from store.database import Store

NAMES = {"dashboard": "Dashboard", "explore": "Explore"}
WALL_SECONDS, PAGE_SECONDS = 5, 30
SIX_HOURS = "21600"
LOST = "The database does not answer. What you see may be old; this page goes on by itself when it is back."
WELCOME = """
<div class="welcome"><h2>No calls yet</h2>
<p>Import the records of your telephone switch, and they appear here by themselves:</p>
<pre>cdr-stats import Master.csv --switch my-switch</pre>
<p>Asterisk's files are recognised, and so is any CSV with a header (<code>--map start=calldate ...</code>).
To look around first, stop this server and start <code>cdr-stats demo</code>: ninety days of invented
traffic.</p></div>
"""


class Context(NamedTuple):
    """What every session of the server shares."""

    store: Store
    flights: Flights
    stories: tuple[Story, ...] = ()


class Shell:
    """One page of one session: its filter, its board, and the frame around its views."""

    def __init__(self, context: Context, name: str, period: str) -> None:
        self.context, self.name = context, name
        self.viewer = who()
        arguments = dict(pn.state.session_args or {})
        self.wall = arguments.get("wall", [b""])[0] == b"1"
        self.filter = CallFilter(zone=context.store.settings.zone)
        self.filter.param["period"].default = period
        self.ignored = apply(arguments, self.filter)
        self.board = Board(context.store, self.filter, self.viewer, context.flights)
        self.board.watch = self._status
        self.banner = _notice("banner")
        self.notice = _notice("notice")
        self.welcome = pn.pane.HTML(WELCOME, stylesheets=[SHELL], visible=False, sizing_mode="stretch_width")
        self.address = Address(self._moved, query=write(self.filter))
        self.filter.param.watch(
            lambda *_: self.address.param.update(query=write(self.filter)), list(self.filter.FIELDS)
        )
        self.told: Callable[[Status], None] = lambda _: None
        self.chosen: Callable[[list[str], list[str]], None] = lambda *_: None
        self._asked = self._begun = False
        if self.ignored:
            self.notice.object = (
                f"Not understood in the address, and left out: {escape(', '.join(self.ignored))}."
            )
            self.notice.visible = True

    def page(self, grid: pn.Column, sidebar: list[Any] | None = None, extra: tuple[Any, ...] = ()) -> Page:
        """The page around a grid of cards."""
        self.grid = grid
        main = pn.Column(
            *(self.banner, self.notice, self.welcome, grid, self.address, *extra),
            sizing_mode="stretch_width",
            css_classes=["stage"],
            margin=0,
            stylesheets=[PAGE],
        )
        dark = self.wall or pn.state.cookies.get("cdr-theme") == "dark"
        page = Page(
            title="CDR-Stats",
            logo=path("logo.svg"),
            favicon=path("logo.svg"),
            site_url="dashboard",
            header=[pn.pane.HTML(self._ways(), stylesheets=[SHELL], margin=0)],
            main=[main],
            sidebar=[] if self.wall else sidebar or [],
            sidebar_width=300,
            sidebar_open=not _phone(),
            dark_theme=dark,
            theme_config=MATERIAL,
            meta=Meta(
                name="CDR-Stats",
                title=f"{NAMES[self.name]} – CDR-Stats",
                refresh=SIX_HOURS if self.wall else None,
            ),
            sx=WALL if self.wall else PLAIN,
        )
        page.param.watch(
            lambda e: self.address.param.update(theme="dark" if e.new else "light"), "dark_theme"
        )
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

    def _ways(self) -> str:
        links = [
            f'<a href="{name}"{" class=here aria-current=page" if name == self.name else ""}>{label}</a>'
            for name, label in NAMES.items()
        ]
        hint = "This page full screen, dark, refreshing itself"
        wall = f'<a class="wall" href="{self.name}?wall=1" title="{hint}">Wall</a>'
        return f"<nav>{''.join(links)}{wall}</nav>"

    def _moved(self, query: str) -> None:
        """Back or forward in the browser."""
        with pn.io.hold():
            apply(query, self.filter)

    def _status(self, status: Status) -> None:
        self.banner.object, self.banner.visible = LOST, status.lost
        empty = status.span is None and not status.lost
        self.welcome.visible = empty
        self.grid.css_classes = ["grid", "gone"] if empty else ["grid"]
        if status.anchored and status.span:
            newest = day(status.span[1], self.filter.zone)
            self.anchored = f"The newest call is from {newest}; periods count back from there."
        else:
            self.anchored = ""
        self.told(status)
        if status.span and self._begun and not self._asked:
            self._asked = True
            self.board.start(self._choices())

    anchored = ""

    async def _choices(self) -> None:
        switches = await self.board.of_store(catalog.switches)
        accounts = await self.board.of_store(catalog.accounts)
        if self.viewer.accounts is not None:
            accounts = [a for a in accounts if a in self.viewer.accounts]
        await self.board.drawn(lambda: self.chosen(switches, accounts))


def _notice(kind: str) -> pn.pane.HTML:
    return pn.pane.HTML(
        "", visible=False, css_classes=[kind], stylesheets=[SHELL], sizing_mode="stretch_width", margin=0
    )


def _phone() -> bool:
    """Whether the drawer should start closed: a telephone says so in its request."""
    return "Mobi" in (pn.state.headers or {}).get("User-Agent", "")


def grid(*cards: Any) -> pn.Column:
    """Cards on the page's grid of twelve columns; one column on a phone."""
    return pn.Column(*cards, css_classes=["grid"], stylesheets=[PAGE], sizing_mode="stretch_width", margin=0)


SHELL = path("shell.css").read_text(encoding="utf-8")
PLAIN: dict[str, Any] = {
    "& .main": {"backgroundColor": "background.default", "minWidth": 0},
    "& .sidebar": {"backgroundColor": "background.paper"},
    "& .header": {
        "backgroundImage": "none",
        "boxShadow": "none",
        "backgroundColor": "#24425f",
        "color": "#fff",
    },
    "& .header .MuiIconButton-root": {"color": "#fff"},
    "& .title": {"display": {"xs": "none", "sm": "block"}},
}
WALL: dict[str, Any] = PLAIN | {
    "& .MuiAppBar-root, & .MuiToolbar-root": {"display": "none"},
    "& .main-content": {"--cdr-size": "18px"},
}
