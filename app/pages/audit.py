"""Audit log: who did what, to what, from where and when; for admins alone, since it is about everybody."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import panel as pn
import panel_material_ui as pmui

from app.pages.plain import Plain
from app.pages.shell import Context
from app.patches import Page
from app.ready import ready
from app.tongue import mark, t
from app.viewer import Viewer
from app.views.audit import COLUMNS, row, story, what
from app.views.cards import button, card, headline, sentence, titled
from app.views.parts import Rows
from app.views.users import STYLE
from store import audit, users
from store.audit import Entry
from store.database import Store

SECONDS = 10.0
SHOWN = 50
DAYS = {mark("Last day"): 1, mark("Last 7 days"): 7, mark("Last 30 days"): 30, mark("All"): 0}
EVERY = mark("Everything")
NOTHING = mark("Nothing was done in this time, or nothing of this kind.")
AS_HIGH = {
    "& .MuiInputBase-root": {"height": "32px"},
    "& .MuiInputLabel-root:not(.MuiInputLabel-shrink)": {"transform": "translate(14px, 7px)"},
}
"""A text field as high as the selects beside it."""


class Asked(NamedTuple):
    """What the page is asked for: entries of a person, a verb and a kind ('': any), of so many days (0: all),
    older than an entry.
    """

    who: str = ""
    verb: str = ""
    kind: str = ""
    days: int = 30
    after: str = ""


class Seen(NamedTuple):
    """The entries, one more than is shown tells that there are more; the verbs and kinds that there are."""

    asked: Asked
    entries: list[Entry]
    verbs: list[str]
    kinds: list[str]


def look(store: Store, asked: Asked) -> Seen:
    """What a session asks for."""
    since = datetime.now(UTC) - timedelta(days=asked.days) if asked.days else None
    known = users.by_name(store, asked.who) if asked.who else None  # in whatever case it was typed
    wanted = audit.Filter(known.name if known else asked.who, asked.verb, asked.kind, since=since)
    return Seen(asked, audit.page(store, wanted, asked.after, SHOWN + 1), *audit.known(store))


class AuditLog:
    """The page of one session."""

    def __init__(self, context: Context) -> None:
        self.zone = ZoneInfo(context.zone)
        self.asked, self.chosen = Asked(), ""
        self.entries: dict[str, Entry] = {}
        self.plain: Plain[Seen] = Plain(context, "audit", self.ask, self.show, SECONDS)
        self.plain.own(self.asked)
        options: dict[str, Any] = {"size": "small", "margin": (6, 0, 0, 8), "width": 150}
        self.who = pmui.TextInput(label=t("Person"), max_length=64, sx=AS_HIGH, **options)
        self.verb = pmui.Select(label=t("What"), options={t(EVERY): ""}, value="", **options)
        self.kind = pmui.Select(label=t("To what"), options={t(EVERY): ""}, value="", **options)
        self.days = pmui.Select(
            label=t("Time"),
            options={t(said): days for said, days in DAYS.items()},
            value=self.asked.days,
            **options,
        )
        for widget in (self.who, self.verb, self.kind, self.days):
            widget.param.watch(lambda _: ready(self._filtered), "value")
        self.rows = Rows(
            self._choose, columns=COLUMNS, nothing=NOTHING, fades=False, sizing_mode="stretch_width", margin=0
        )
        self.newest = button(t("Newest"), lambda: self._again(self.asked._replace(after="")), visible=False)
        self.older = button(t("Older"), self._older, visible=False)
        self.heading, self.story = headline(""), sentence(STYLE)
        self.detail = card(self.heading, "whole", [], self.story)
        self.detail.visible = False

    def ask(self, store: Store, viewer: Viewer) -> Seen:
        """What this session asks for."""
        return look(store, self.asked)

    def page(self) -> Page:
        """The whole page."""
        controls = [self.who, self.verb, self.kind, self.days]
        turns = pn.FlexBox(self.newest, self.older, margin=(8, 0, 0, 0))
        return self.plain.page(card(t("Audit log"), "whole", controls, self.rows, turns), self.detail)

    def show(self, seen: Seen) -> None:
        """Draw the answer of `ask`."""
        if seen.asked != self.asked:
            return  # something else was asked for meanwhile; its answer is on its way
        shown = seen.entries[:SHOWN]
        self.entries = {one.id: one for one in shown}
        for widget, known in ((self.verb, seen.verbs), (self.kind, seen.kinds)):
            options = {t(EVERY): "", **{t(name): name for name in known if name}}
            if widget.options != options:
                widget.options = options
        self.rows.rows = [row(one, self.zone) for one in shown]
        self.older.visible, self.newest.visible = len(seen.entries) > SHOWN, bool(self.asked.after)
        self._show_chosen()

    def _show_chosen(self) -> None:
        chosen = self.entries.get(self.chosen)
        self.rows.selected = [chosen.id] if chosen else []
        self.detail.visible = chosen is not None
        if chosen:
            self.heading.object = titled(what(chosen))
            self.story.object = story(chosen, self.zone)

    def _again(self, asked: Asked) -> None:
        self.asked = asked
        self.plain.own(asked)
        self.plain.again()

    def _filtered(self) -> None:
        who = (self.who.value or "").strip()
        chosen = Asked(who, self.verb.value or "", self.kind.value or "", self.days.value or 0)
        if chosen != self.asked._replace(after=""):
            self._again(chosen)

    def _older(self) -> None:
        last = list(self.entries)[-1:]
        if last:
            self._again(self.asked._replace(after=last[0]))

    def _choose(self, key: str) -> None:
        self.chosen = "" if key == self.chosen else key
        self._show_chosen()


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return AuditLog(context).page()
