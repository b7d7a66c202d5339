"""Fraud: what the rules found, the calls to listed numbers, and the rules themselves; for admins."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

import panel as pn
import panel_material_ui as pmui

from alerts import fraudform
from alerts.fraud import RULES, choices
from app.pages.plain import Deed, Plain
from app.pages.shell import Context
from app.patches import Page
from app.ready import ready
from app.tongue import mark, t
from app.viewer import Viewer
from app.views.cards import button, card, sentence
from app.views.fraud import STYLE, found, hits
from app.views.fraud_rules import Answer, RuleLines, Typed, row
from store import fraud_events, fraud_rules, list_hits
from store.database import Store
from store.errors import CdrStatsError
from store.fraud_events import Event
from store.fraud_rules import Choice
from store.list_hits import Hit

SECONDS = 10.0
SHOWN = 20
HITS = 20
DAYS = {mark("Last 7 days"): 7, mark("Last 30 days"): 30, mark("Last 90 days"): 90, mark("All"): 0}
EVERY = mark("Every rule")
INTRO = mark(
    "<p class=nothing>A rule tells from its limit on; an empty field is the limit that it ships with. "
    "What is changed holds for the calls that come in from then on.</p>"
)
AS_HIGH = {
    "& .MuiInputBase-root": {"height": "32px"},
    "& .MuiInputLabel-root:not(.MuiInputLabel-shrink)": {"transform": "translate(14px, 7px)"},
}
"""A text field as high as the selects beside it."""
KEPT = mark("Kept; it is so for the calls that come in from now on.")


class Asked(NamedTuple):
    """What the page is asked for: events of a rule, of so many days (0: all) and of an account ('': all), at
    most so many.
    """

    rule: str = ""
    days: int = 90
    account: str = ""
    shown: int = SHOWN


class Seen(NamedTuple):
    """What was found, an event more than is shown tells that there are more; the hits of lists; the rules."""

    events: list[Event]
    hits: list[Hit]
    choices: dict[str, Choice]


def look(store: Store, asked: Asked, zone: str = "UTC") -> Seen:
    """What a session asks for; days are of the zone."""
    since = datetime.now(UTC) - timedelta(days=asked.days) if asked.days else None
    accounts = (asked.account,) if asked.account else None
    events = fraud_events.events(store, since, None, accounts, asked.rule, zone, asked.shown + 1)
    return Seen(events, list_hits.latest(store, limit=HITS), choices(store))


class Fraud:
    """The page of one session."""

    def __init__(self, context: Context) -> None:
        self.zone = context.zone
        self.asked = _given()
        self.choices: dict[str, Choice] = {}
        self.answers: dict[str, Answer] = {}
        self.plain: Plain[Seen] = Plain(context, "fraud", self.ask, self.show, SECONDS)
        # what is shown depends on what this session chose
        self.plain.own(self.asked)
        options: dict[str, Any] = {"size": "small", "margin": (6, 0, 0, 8), "width": 150}
        labels = {t(EVERY): "", **{t(rule.label): name for name, rule in RULES.items()}}
        self.rule = pmui.Select(
            label=t("Rule"), options=labels, value=self.asked.rule, **(options | {"width": 200})
        )
        self.days = pmui.Select(
            label=t("Time"),
            options={t(said): days for said, days in DAYS.items()},
            value=self.asked.days,
            **options,
        )
        self.account = pmui.TextInput(
            label=t("Account"), value=self.asked.account, max_length=128, sx=AS_HIGH, **options
        )
        for widget in (self.rule, self.days, self.account):
            widget.param.watch(lambda _: ready(self._filtered), "value")
        self.file = pn.pane.HTML("", stylesheets=[STYLE], margin=(0, 0, 0, 8), align="center")
        self.found, self.hits = sentence(STYLE), sentence(STYLE)
        self.older = button(t("Older"), self._older, visible=False)
        self.rules = RuleLines(self._save)

    def ask(self, store: Store, viewer: Viewer) -> Seen:
        """What this session asks for."""
        return look(store, self.asked, self.zone)

    def page(self) -> Page:
        """The whole page."""
        controls = [self.rule, self.days, self.account, self.file]
        top = card(t("What the rules found"), "whole", controls, self.found, self.older)
        lists = pn.pane.HTML(
            f'<a href="lists">{t("Lists")}</a>', stylesheets=[STYLE], margin=(0, 0, 0, 8), align="center"
        )
        intro = pn.pane.HTML(t(INTRO), stylesheets=[STYLE], sizing_mode="stretch_width", margin=0)
        listed = card(t("Calls to listed numbers"), "whole", [lists], self.hits)
        return self.plain.page(top, listed, card(t("Rules"), "whole", [], intro, self.rules))

    def show(self, seen: Seen) -> None:
        """Draw the answer of `ask`."""
        asked = self.asked
        self.found.object = found(seen.events[: asked.shown], self.zone, bool(asked.rule or asked.account))
        self.older.visible = len(seen.events) > asked.shown
        self.hits.object = hits(seen.hits, self.zone)
        query = {name: value for name, value in asked._asdict().items() if name in QUERY and value}
        self.file.object = f'<a href="fraud.csv?{urlencode(query)}" download>CSV</a>'
        self.choices = seen.choices
        self._show_rules()

    def _show_rules(self) -> None:
        self.rules.rows = [row(one, self.answers.get(name, Answer())) for name, one in self.choices.items()]

    def _again(self, asked: Asked) -> None:
        self.asked = asked
        self.plain.own(asked)
        self.plain.again()

    def _filtered(self) -> None:
        chosen = Asked(self.rule.value or "", self.days.value or 0, (self.account.value or "").strip())
        if chosen != self.asked._replace(shown=SHOWN):
            self._again(chosen)

    def _older(self) -> None:
        self._again(self.asked._replace(shown=self.asked.shown + SHOWN))

    def _save(self, typed: Typed) -> None:
        try:
            self.plain.viewer.demand()
        except CdrStatsError as problem:
            self._answer(typed.rule, str(problem))
            return

        def work(store: Store) -> str:
            try:
                held = Choice(typed.rule, version=typed.version)
                chosen = fraudform.chosen(held, typed.active, typed.limit, typed.own)
                entry = Deed("change", "fraud rule", typed.rule, _told(typed))
                self.plain.whole(store, lambda store: fraud_rules.choose(store, chosen), entry)
            except CdrStatsError as problem:
                return str(problem)
            return ""

        self.plain.act(work, lambda problem: self._answer(typed.rule, problem))

    def _answer(self, rule: str, problem: str) -> None:
        """It stands at the rule: what is said on top of the page is not seen from there."""
        self.answers[rule] = self.answers.get(rule, Answer()).next(problem or KEPT, not problem)
        self._show_rules()


QUERY = ("rule", "days", "account")


def _told(typed: Typed) -> str:
    """What the audit log says of a rule that was changed."""
    return f"{'on' if typed.active else 'off'}, limit {typed.limit or 'as shipped'}"


def _given() -> Asked:
    """What the address asks for; what there is not is not asked for."""
    values = {
        name: values[-1].decode("utf-8", "replace")
        for name, values in dict(pn.state.session_args or {}).items()
        if name in ("rule", "account") and values
    }
    rule = values.get("rule", "")
    return Asked(rule if rule in RULES else "", account=values.get("account", "")[:128])


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return Fraud(context).page()
