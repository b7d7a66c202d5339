"""Dashboard: the last 24 hours or today at a glance, and the way from each figure into Explore."""

from collections.abc import Callable
from datetime import datetime, timedelta
from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui
from babel.dates import format_date

from app import words
from app.address import write
from app.board import Status
from app.filter import NARROWING, CallFilter
from app.pages.shell import Context, Shell, grid
from app.patches import Page
from app.periods import CUSTOM, Range
from app.theme import PAGE
from app.tongue import locale, mark, t
from app.views.causes import Causes
from app.views.concurrent import Concurrent
from app.views.countries import Countries
from app.views.hours import Hours
from app.views.switches import Switches
from app.views.totals import Totals
from app.views.widgets import tied
from ingest.stories import Story

BUTTON = {"textTransform": "none", "whiteSpace": "nowrap", "fontSize": "13px", "py": "4px"}
BUTTONS = {"& .MuiToggleButton-root": BUTTON}
SPANS = {mark("Last 24 hours"): "24h", mark("Today"): "today"}
"""The first is what the page begins with: today is empty in the small hours."""


class DayHours(Hours):
    """The hours of the dashboard's period beside those of the day before."""

    title = mark("Calls per hour")
    help = mark(
        "Bars are this period, the line the same hours of the day before. Drag over hours to explore them."
    )

    def range(self, now: datetime) -> Range:
        """The whole period."""
        return self.filter.period_range(now)

    def shifts(self) -> list[int]:
        """The day before."""
        return [1]

    def _detail(self) -> str:
        return t("and the same hours of the day before")

    def controls(self) -> list[object]:
        """None: the dashboard chooses the period."""
        return []


class Dashboard:
    """The page of one session."""

    def __init__(self, context: Context) -> None:
        self.shell = shell = Shell(context, "dashboard", "24h")
        self.filter, self.board = shell.filter, shell.board
        self.filter.reset()
        if self.filter.period not in SPANS.values():
            self.filter.period = "24h"
        f = self.filter
        self.head = pn.pane.HTML(
            "", css_classes=["hint"], stylesheets=[PAGE], margin=0, sizing_mode="stretch_width"
        )
        spans = {t(label): name for label, name in SPANS.items()}
        self.span = tied(pmui.RadioButtonGroup, f, "period", options=spans, sx=BUTTONS)
        self.totals, self.hours, self.causes = (
            Totals(f),
            DayHours(f, height=340 if shell.wall else 280),
            Causes(f, most=7),
        )
        self.countries, self.switches, self.concurrent = (
            Countries(f, most=5, ring=False),
            Switches(f),
            Concurrent(f, height=220),
        )
        self.countries.title = mark("Most called countries")
        self.countries.retitle()
        self.board.add(self.totals, self.hours, self.causes, self.countries, self.switches, self.concurrent)
        shell.told = self._told
        f.param.watch(self._narrowed, list(NARROWING))

    def page(self) -> Page:
        """The whole page."""
        top = pn.Row(
            *([] if self.shell.wall else [self.span]),
            self.head,
            css_classes=["whole", "top"],
            stylesheets=[PAGE],
            margin=0,
            sizing_mode="stretch_width",
        )
        stories = (
            [card(self.shell.context.stories, self.filter.zone.key)]
            if self.shell.context.stories and not self.shell.wall
            else []
        )
        cards = (
            top,
            self.totals.card("whole"),
            *stories,
            self.hours.card("two"),
            self.causes.card("third"),
            self.switches.card("half"),
            self.countries.card("half"),
            self.concurrent.card("whole"),
        )
        return self.shell.page(grid(*cards))

    def _told(self, status: Status) -> None:
        since, until = self.filter.period_range(status.now)
        text = f"{words.span(since, until, self.filter.zone)}, {self.filter.zone.key}"
        self.head.object = (
            f"<p>{escape(text)}{'. ' if self.shell.anchored else ''}{escape(self.shell.anchored)}</p>"
        )

    def _narrowed(self, *_: object) -> None:
        """A click on a figure goes to Explore with the filter set."""
        if any(getattr(self.filter, name) != self.filter.param[name].default for name in NARROWING):
            goal = CallFilter(zone=self.filter.zone.key)
            goal.param.update(
                period=self.filter.period, **{name: getattr(self.filter, name) for name in NARROWING}
            )
            self.shell.address.goal = f"explore?{write(goal)}"
            self.filter.reset()


def link(story: Story, zone: str) -> str:
    """Explore with the filter that shows a story: its days, and everything that sets it apart."""
    f = CallFilter(zone=zone)
    f.period = CUSTOM
    f.first = story.since.astimezone(f.zone).date()
    f.last = (story.until - timedelta(milliseconds=1)).astimezone(f.zone).date()
    f.hours = (story.since, story.until)
    for field, value in zip(("switches", "accounts", "countries", "directions"), story[5:9], strict=True):
        setattr(f, field, [value] if value else [])
    f.caller = story.caller
    return f"explore?{write(f)}"


def card(stories: tuple[Story, ...], zone: str) -> pn.pane.HTML:
    """What is hidden in the sample, each with the way to it."""
    items = "".join(
        f'<li><a href="{escape(link(s, zone))}">{escape(t(s.title))}</a><span>{escape(_told(s))}</span></li>'
        for s in stories
    )
    text = f"<h2>{t('This is invented traffic; find what is hidden in it')}</h2><ul>{items}</ul>"
    return pn.pane.HTML(
        text, css_classes=["whole", "stories"], stylesheets=[PAGE], margin=0, sizing_mode="stretch_width"
    )


SAID: dict[str, Callable[[Any], str]] = {
    "day": lambda day: format_date(day, "EEEE d MMMM y", locale=locale()),
    "calls": words.number,
    "people": words.number,
    "country": words.country,
}
"""How the facts of a story are said; what is not here stands for itself."""


def _told(story: Story) -> str:
    said = {name: SAID.get(name, str)(value) for name, value in story.facts.items()}
    return t(story.template, **said)


def dashboard(context: Context) -> Page:
    """The page for the session that asks."""
    return Dashboard(context).page()
