"""Tasks: what the worker does by itself, how that went, and what went wrong; for admins."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import panel as pn

from app.feeds import PREFIX
from app.pages.plain import Deed, Plain
from app.pages.shell import Context
from app.patches import Page
from app.tongue import t
from app.viewer import Viewer
from app.views.cards import card
from app.views.tasks import STYLE, Lines, Seen, row, troubles, who
from store import job_runs, lease, notices, sources, tasks
from store.database import Store

SECONDS = 2.0
SHOWN = 12
"""Notices that are shown, of those that are not over and of those that are."""


def ask(store: Store, viewer: Viewer) -> Seen:
    """How the worker fares."""
    found = tasks.everything(store)
    paused = {f"{PREFIX}{one['_id']}" for one in sources.everything(store) if one["paused"]}
    known = [{**one, "paused": one.get("paused", False) or one["_id"] in paused} for one in found]
    runs = job_runs.history(store, [one["_id"] for one in found])
    return Seen(datetime.now(UTC), lease.leader(store), known, runs, notices.latest(store, SHOWN))


def wish(store: Store, name: str, act: str) -> None:
    """Have the leader run a job, or let it rest, or go on; a source rests as a source, also for `sources`."""
    now = datetime.now(UTC)
    if act == "run":
        tasks.ask(store, name, now)
    elif name.startswith(PREFIX):
        sources.pause(store, name.removeprefix(PREFIX), act == "pause", now)
    else:
        tasks.pause(store, name, act == "pause")


class Tasks:
    """The page of one session."""

    def __init__(self, context: Context) -> None:
        self.zone = ZoneInfo(context.zone)
        self.plain: Plain[Seen] = Plain(context, "tasks", ask, self.show, SECONDS)
        self.leader, self.troubles = (
            pn.pane.HTML("", stylesheets=[STYLE], margin=0, sizing_mode="stretch_width") for _ in range(2)
        )
        self.lines = Lines(self._wished, sizing_mode="stretch_width", margin=0)
        self.jobs = card(t("Jobs"), "whole", [], self.lines)
        self.wrong = card(t("What went wrong"), "whole", [], self.troubles)
        self.jobs.visible = self.wrong.visible = False

    def page(self) -> Page:
        """The whole page."""
        return self.plain.page(card(t("Worker"), "whole", [], self.leader), self.wrong, self.jobs)

    def show(self, seen: Seen) -> None:
        """Draw what is seen, by patching what is there."""
        self.leader.object = who(seen)
        self.lines.rows = [
            row(one, seen.runs[one["_id"]], seen, one["paused"], self.zone) for one in seen.tasks
        ]
        self.troubles.object = troubles(seen, self.zone)
        self.jobs.visible, self.wrong.visible = bool(seen.tasks), bool(seen.notices)

    def _wished(self, name: str, act: str) -> None:
        self.plain.act(lambda store: wish(store, name, act), entry=Deed(act, "task", name))


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return Tasks(context).page()
