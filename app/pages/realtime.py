"""Realtime: the calls in progress on every switch that is asked for them, and their line over the last hour,
day or week.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import panel as pn
import panel_material_ui as pmui

from app.board import LOST
from app.live import HOUR, Past, Seen, ask, past, scope_of
from app.pages.plain import Plain
from app.pages.shell import Context
from app.patches import Page
from app.ready import ready
from app.tongue import mark, t
from app.views.cards import card, headline, titled
from app.views.live_counts import MOST, Chosen, Counts, Tiles, counted, current
from app.views.live_line import Lines, LiveLine, detail, lines
from app.views.live_table import SHOWN, STYLE, LiveTable, newest, row_of
from app.views.widgets import BUTTONS
from app.words import age, number, weekday
from store.errors import CdrStatsError
from store.live import Board

SECONDS = 2.5
SPANS = {mark("Last hour"): HOUR, mark("24 hours"): 24 * HOUR, mark("7 days"): 168 * HOUR}
DIMENSIONS = (("switch", mark("Switch")), ("account", mark("Account")), ("country", mark("Country")))
ON_WALL, FEW = 11, 5
"""Rows of calls, and of accounts and countries, that a wall has room for."""
HELP = mark(
    "The most calls in progress in each minute, as each switch said when it was asked every few seconds; a "
    "gap is a time without an answer. The grey line of longer spans is counted from the records instead, "
    "exact to the millisecond: it knows calls between two questions, and none whose record never came."
)
NONE = mark("""
<div class="start"><h2>No switch is asked for its calls yet</h2>
<p>CDR-Stats asks FreeSWITCH, Asterisk and Kamailio every few seconds which calls are in progress. Add yours
on the <a href="sources">Sources</a> page, or by a command; a password given as ? is typed in and kept
encrypted:</p>
<pre>cdr-stats sources add paris freeswitch_esl host=10.0.0.5 password=?
cdr-stats sources add office asterisk_ami host=10.0.0.6 user=cdr password=?
cdr-stats sources add edge kamailio_rpc address=/run/kamailio/kamailio_rpc.sock</pre>
<p><code>cdr-stats worker</code> asks them from then on; nothing is ever changed on a switch.</p></div>
""")
NOT_YOURS = mark(
    '<div class="start"><h2>No calls to show</h2><p>No switch is asked for its calls yet.</p></div>'
)
SILENT = mark("<b>{switch}</b> does not answer since {clock}.")
UNCOUNTED = mark("Its calls are not counted.")
UNCOUNTED_SINCE = mark("Its calls are not counted; it answered last {age} ago.")
UNASKED = mark("<b>{switch}</b> is not asked for its calls.")
UNASKED_SINCE = mark("<b>{switch}</b> is not asked for its calls; it answered last {age} ago.")
WORKER = mark("Is <code>cdr-stats worker</code> running?")


class Realtime:
    """The page of one session."""

    def __init__(self, context: Context) -> None:
        self.zone = ZoneInfo(context.zone)
        self.plain: Plain[Seen] = Plain(context, "realtime", ask, self.show, SECONDS)
        self.chosen = Chosen()
        self.seen: Seen | None = None
        self.drawn_past = (timedelta(), datetime.min)
        empty = NONE if self.plain.viewer.may("sources") else NOT_YOURS
        self.none = _html(t(empty), visible=False)
        self.problems = _html("", visible=False)
        self.tiles = Tiles()
        most = FEW if self.plain.wall else MOST
        self.line = LiveLine(self.zone)
        self.span = pmui.RadioButtonGroup(
            options={t(name): name for name in SPANS},
            value="Last hour",
            size="small",
            margin=0,
            sx=BUTTONS,
        )
        self.span.param.watch(lambda _: ready(self._turned), "value")
        self.counts = {name: Counts(name, label, self._toggled, most) for name, label in DIMENSIONS}
        self.table = LiveTable(sizing_mode="stretch_width", margin=0)
        self.more = _html("")
        self.heads = {name: headline("") for name in ("line", "calls")}

    def page(self) -> Page:
        """The whole page."""
        stacked = [
            card(title, "whole", [], self.counts[name].rows, style=STYLE)
            for name, title in (("account", t("Accounts now")), ("country", t("Countries now")))
        ]
        stack = pn.Column(
            *stacked,
            css_classes=["third", "stack"],
            stylesheets=[STYLE],
            sizing_mode="stretch_width",
            margin=0,
        )
        cards = [
            self.tiles.pane,
            card(self.heads["line"], "two", [self.span], self.line.view, style=STYLE),
            card(t("Switches now"), "third", [], self.counts["switch"].rows, style=STYLE),
            card(self.heads["calls"], "two last", [], self.table, self.more, style=STYLE),
        ]
        # what is hidden one by one: the style of the stack would show it anyway
        self.cards = [*cards, *stacked]
        return self.plain.page(self.problems, self.none, *cards, stack)

    def show(self, seen: Seen) -> None:
        """Draw the answer of `ask`."""
        self.seen = seen
        there = bool(seen.boards)
        self.none.visible = not there
        for one in self.cards:
            one.visible = there
        admin = self.plain.viewer.may("sources")
        self.problems.object = "".join(_problem(board, seen.at, self.zone, admin) for board in seen.boards)
        self.problems.visible = bool(self.problems.object)
        if there:
            self._draw(seen)

    def _draw(self, seen: Seen) -> None:
        """Everything that a click changes, too."""
        boards = current(seen.boards)
        all_of = counted(boards)
        chosen = [one for one in all_of if self.chosen.fits(one)]
        self.tiles.show(chosen, seen.boards)
        for name, counts in self.counts.items():
            counts.show(all_of, self.chosen, seen.boards if name == "switch" else ())
        calls = list(self.chosen.calls(boards))
        total = sum(one.ringing + one.talking for one in chosen)
        listed = newest(calls, ON_WALL if self.plain.wall else SHOWN)
        self.table.put((row_of(*one, seen.at, self.zone) for one in listed), seen.at)
        self.heads["calls"].object = titled(t("Calls in progress"), number(total))
        self.more.object = _more(len(listed), total, boards)
        self._draw_line(seen)

    def _draw_line(self, seen: Seen) -> None:
        span = SPANS[self.span.value]
        if span == HOUR:
            scope = scope_of(seen.at, HOUR, self.plain.viewer)
            found = lines(seen.each, seen.together, scope.since, scope.until, seen.boards)
            self.line.show(found)
            self._head_line(found)
        elif self.drawn_past != (span, seen.at.replace(second=0, microsecond=0)):
            self.drawn_past = (span, seen.at.replace(second=0, microsecond=0))
            self.plain.start(self._past(span, seen.at))

    async def _past(self, span: timedelta, now: datetime) -> None:
        """Ask for a longer span, once a minute, and draw it if it is still wanted."""
        store, viewer, flights = self.plain.context.store, self.plain.viewer, self.plain.context.flights
        key = ("live past", span, now.replace(second=0, microsecond=0), viewer.accounts, viewer.switches)
        try:
            found = await asyncio.wrap_future(flights.start(key, lambda: past(store, viewer, span, now)))
        except (CdrStatsError, *LOST) as problem:
            sentence = str(problem)
            await self.plain.drawn(lambda: self.plain.say(sentence))
        else:
            await self.plain.drawn(lambda: self._draw_past(span, found))

    def _draw_past(self, span: timedelta, found: Past) -> None:
        if SPANS[self.span.value] == span:
            self.line.show(found.lines, found.records)
            self._head_line(found.lines)

    def _head_line(self, found: Lines) -> None:
        self.heads["line"].object = titled(t("Calls at once"), detail(found, self.zone), t(HELP))

    def _turned(self) -> None:
        self.drawn_past = (timedelta(), datetime.min)
        if self.seen:
            self._draw_line(self.seen)

    def _toggled(self, dimension: str, name: str) -> None:
        self.chosen.toggle(dimension, name)
        if self.seen:
            self._draw(self.seen)


def _html(text: str, sheet: str = STYLE, classes: Sequence[str] = ("whole",), **more: Any) -> pn.pane.HTML:
    return pn.pane.HTML(
        text, stylesheets=[sheet], css_classes=list(classes), sizing_mode="stretch_width", margin=0, **more
    )


def _problem(board: Board, now: datetime, zone: ZoneInfo, admin: bool) -> str:
    """Why a switch is not counted, and since when."""
    places = {"switch": escape(board.switch), "age": age(now - board.at) if board.at else ""}
    if board.state == "failing":
        since = board.failing_since or now
        clock = f"{weekday(since, zone)} {since.astimezone(zone):%H:%M:%S}, {age(now - since)}"
        last = t(UNCOUNTED_SINCE if board.at else UNCOUNTED, **places)
        silent = t(SILENT, clock=clock, **places)
        return f'<p class="problem">{silent} {escape(t(board.problem))}<br><small>{last}</small></p>'
    if board.state == "waiting":
        what = t(UNASKED_SINCE if board.at else UNASKED, **places)
        return f'<p class="problem quiet">{what}{f" {t(WORKER)}" if admin else ""}</p>'
    note = t("{switch}: {note}", switch=board.switch, note=t(board.note)) if board.note else ""
    return f'<p class="problem quiet">{escape(note)}</p>' if note else ""


def _more(shown: int, total: int, boards: Sequence[Board]) -> str:
    if not total:
        return f'<p class="more">{t("No call is in progress.")}</p>' if boards else ""
    some = t("The newest {shown} of {total} are listed.", shown=number(shown), total=number(total))
    return f'<p class="more">{some}</p>' if shown < total else ""


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return Realtime(context).page()
