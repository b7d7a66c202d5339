"""Alarm reports: what happened to the alarms, what changed, and the way to the calls; for admins."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import panel as pn
import panel_material_ui as pmui

from app.pages.plain import Plain
from app.pages.shell import Context
from app.patches import Page
from app.ready import ready
from app.tongue import mark, t
from app.viewer import Viewer
from app.views.alarms import STATES, STYLE, report_row, report_story
from app.views.cards import button, card, headline, sentence, titled
from app.views.parts import Rows
from store import alarm_reports, alarms
from store.alarm_reports import Report
from store.database import Store

SHOWN = 50
DAYS = {mark("Last 7 days"): 7, mark("Last 30 days"): 30, mark("Last 90 days"): 90, mark("All"): 0}
KINDS = {
    mark("Every state"): "",
    mark("Critical"): "critical",
    mark("Warning"): "warning",
    mark("Over"): "ok",
    mark("Cannot tell"): "unknown",
}
EVERY = mark("Every alarm")
NOTHING = mark("No report. An alarm that fires, and one that is over, is written here.")
COLUMNS = [
    {"key": "name", "label": mark("Alarm"), "kind": "name"},
    {"key": "state", "label": mark("State"), "kind": "value"},
    {"key": "value", "label": mark("Value"), "kind": "value", "spare": True},
    {"key": "reference", "label": mark("Compared with"), "kind": "value", "spare": True},
    {"key": "calls", "label": mark("Calls"), "kind": "value", "spare": True},
    {"key": "window", "label": mark("Window"), "kind": "value", "spare": True},
    {"key": "at", "label": mark("Written"), "kind": "value"},
]


class Asked(NamedTuple):
    """What the page is asked for: reports of an alarm, in a state, of so many days (0: all), older than a
    report, and one that is looked at.
    """

    alarm: str = ""
    state: str = ""
    days: int = 30
    after: str = ""
    report: str = ""


class Seen(NamedTuple):
    """The names of the alarms by their ids, and the reports."""

    names: dict[str, str]
    reports: list[Report]
    chosen: Report | None


def look(store: Store, asked: Asked) -> Seen:
    """What a session asks for; a report more than is shown tells that there are more."""
    since = datetime.now(UTC) - timedelta(days=asked.days) if asked.days else None
    found = alarm_reports.page(
        store, since, None, asked.state or None, asked.alarm or None, asked.after or None, SHOWN + 1
    )
    names = {one.alarm.id: one.alarm.name for one in alarms.everything(store)}
    return Seen(names, found, alarm_reports.one(store, asked.report) if asked.report else None)


class AlarmReports:
    """The page of one session."""

    def __init__(self, context: Context) -> None:
        self.zone = ZoneInfo(context.zone)
        given = {
            name: values[-1].decode("utf-8", "replace")
            for name, values in dict(pn.state.session_args or {}).items()
            if name in ("alarm", "report") and values
        }
        self.asked = Asked(**given, days=0 if given else 30)
        self.reports: dict[str, Report] = {}
        self.plain: Plain[Seen] = Plain(context, "alarm-reports", self.ask, self.show, 10.0)
        # what is shown depends on what this session chose
        self.plain.own(self.asked)
        options = {"size": "small", "margin": (6, 0, 0, 8), "width": 150}
        self.alarm = pmui.Select(label=t("Alarm"), options={t(EVERY): ""}, **options)
        self.state = pmui.Select(
            label=t("State"), options={t(said): key for said, key in KINDS.items()}, **options
        )
        self.days = pmui.Select(
            label=t("Time"),
            options={t(said): days for said, days in DAYS.items()},
            value=self.asked.days,
            **options,
        )
        for widget in (self.alarm, self.state, self.days):
            widget.param.watch(lambda _: ready(self._filtered), "value")
        self.rows = Rows(
            self._choose, columns=COLUMNS, nothing=NOTHING, fades=False, sizing_mode="stretch_width", margin=0
        )
        self.older = button(t("Older"), self._older, visible=False)
        self.file = pn.pane.HTML("", stylesheets=[STYLE], margin=(0, 0, 0, 8))
        self.heading, self.story = headline(""), sentence(STYLE)
        self.detail = card(self.heading, "whole", [], self.story)

    def ask(self, store: Store, viewer: Viewer) -> Seen:
        """What this session asks for."""
        return look(store, self.asked)

    def page(self) -> Page:
        """The whole page."""
        controls = [self.alarm, self.state, self.days, self.file]
        top = card(t("Alarm reports"), "whole", controls, self.rows, self.older)
        return self.plain.page(top, self.detail)

    def show(self, seen: Seen) -> None:
        """Draw the answer of `ask`."""
        shown = seen.reports[:SHOWN]
        self.reports = {one.id: one for one in ([seen.chosen] if seen.chosen else []) + shown}
        options = {t(EVERY): "", **{name: key for key, name in seen.names.items()}}
        if self.alarm.options != options:
            self.alarm.options = options
            if self.asked.alarm in seen.names:
                self.alarm.value = self.asked.alarm
        self.rows.rows = [report_row(one, self.zone) for one in shown]
        self.older.visible = len(seen.reports) > SHOWN
        if self.asked.report not in self.reports:
            self.asked = self.asked._replace(report=shown[0].id if shown else "")
        self.rows.selected = [self.asked.report]
        query = {name: value for name, value in self.asked._asdict().items() if name in QUERY and value}
        self.file.object = f'<a href="alarm-reports.csv?{urlencode(query)}" download>CSV</a>'
        chosen = self.reports.get(self.asked.report)
        self.detail.visible = chosen is not None
        if chosen:
            self.heading.object = titled(
                t("{name}: {state}", name=chosen.name, state=t(STATES[chosen.state][1]))
            )
            self.story.object = report_story(chosen, self.zone)

    def _again(self, asked: Asked) -> None:
        self.asked = asked
        self.plain.own(asked)
        self.plain.again()

    def _filtered(self) -> None:
        chosen = Asked(self.alarm.value or "", self.state.value or "", self.days.value)
        if chosen != self.asked._replace(after="", report=""):
            self._again(chosen)

    def _older(self) -> None:
        shown = list(self.rows.rows)
        if shown:
            self._again(self.asked._replace(after=shown[-1]["key"], report=""))

    def _choose(self, key: str) -> None:
        self._again(self.asked._replace(report=key))


QUERY = ("alarm", "state", "days")


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return AlarmReports(context).page()
