"""Alarms: what is watched and how each fares; added, tried on the past, snoozed, changed by admins."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import panel as pn
import panel_material_ui as pmui

from alerts.backtest import ASKED, Backtest, backtest, rejudged
from alerts.form import checked
from app.board import LOST
from app.pages.plain import Deed, Plain
from app.pages.shell import Context
from app.patches import Page
from app.ready import ready
from app.tongue import many, mark, number, t
from app.viewer import Viewer
from app.views.alarm_form import AlarmForm
from app.views.alarms import COLUMNS, STATES, STYLE, fits, lines, row, state_of, story
from app.views.cards import add_button, button, card, headline, said, sentence, titled
from app.views.parts import Rows
from store import alarms, catalog
from store.alarms import Alarm, Watched
from store.database import Store
from store.errors import CdrStatsError

SECONDS = 10.0
SNOOZE = timedelta(hours=8)
AFTER = timedelta(hours=2)
"""A backtest ends so long after the newest call: of an old import nothing is known since."""
PAUSE = 0.15
"""Seconds in which somebody types on."""
SHOWN = 100
"""Alarms in the list, the worst first; the others are searched for."""
NOTHING = mark("No such alarm. Search for other letters.")
MORE = mark("{n} more; search for a name, a state, an account or an address.")
NONE = mark("<p>No alarm yet. Add one, and see beforehand when it would have fired.</p>")
SURE = mark("Really remove it? Its reports stay")
MEASURED = (*ASKED, "prefix")
LAST = {
    "unknown": mark("Its last window cannot be judged: too few calls, or nothing to compare with."),
    "ok": mark("In its last window all is well."),
    "warning": mark("Its last window is a warning."),
    "critical": mark("Its last window is critical."),
}
"""What a test run says of each state."""


class Refused(NamedTuple):
    """Why an alarm was not kept."""

    why: str


class Seen(NamedTuple):
    """What is seen of the alarms at a moment."""

    now: datetime
    alarms: list[Watched]
    lines: dict[str, list[float | None]]
    switches: list[str]
    accounts: list[str]


def ask(store: Store, viewer: Viewer) -> Seen:
    """Every alarm, the worst first, with its last values."""
    order = list(STATES)
    held = sorted(alarms.everything(store), key=lambda one: order.index(state_of(one)))
    return Seen(datetime.now(UTC), held, lines(store, held), catalog.switches(store), catalog.accounts(store))


def tried(store: Store, alarm: Alarm, held: Backtest | None) -> Backtest:
    """The backtest of an alarm: judged anew where only thresholds moved, else measured."""
    if held and all(getattr(alarm, name) == getattr(held.alarm, name) for name in MEASURED):
        return rejudged(held, alarm)
    now, span = datetime.now(UTC), catalog.span(store)
    return backtest(store, alarm, min(now, span[1] + AFTER) if span else now)


class Alarms:
    """The page of one session."""

    def __init__(self, context: Context) -> None:
        self.zone = ZoneInfo(context.zone)
        self.seen = Seen(datetime.now(UTC), [], {}, [], [])
        self.chosen = ""
        self.plain: Plain[Seen] = Plain(context, "alarms", ask, self.show, SECONDS)
        self.search = pmui.TextInput(label=t("Search"), size="small", width=220, margin=(6, 0, 0, 8))
        self.search.param.watch(lambda _: ready(lambda: self.show(self.seen)), "value_input")
        self.rows = Rows(
            self._choose, columns=COLUMNS, nothing=NOTHING, fades=False, sizing_mode="stretch_width", margin=0
        )
        self.more = sentence(STYLE)
        self.empty = pn.pane.HTML(t(NONE), stylesheets=[STYLE], margin=0, visible=False)
        self.heading = headline("")
        self.story, self.said = sentence(STYLE), sentence(STYLE)
        self.form = AlarmForm(self._save, self._try, context.store.settings.zone)
        self._held: Backtest | None = None
        self._generation = 0
        self.buttons = {
            "change": button(t("Change"), lambda: self._open(self._alarm())),
            "duplicate": button(t("Duplicate"), self._duplicate),
            "test": button(t("Test run"), self._test),
            "snooze": button(t("Snooze for 8 hours"), self._snooze),
            "rest": button(t("Switch off"), self._rest),
            "remove": button(t("Remove"), self._remove),
        }
        self.detail = card(
            self.heading,
            "whole",
            [],
            self.story,
            self.said,
            pn.FlexBox(*self.buttons.values(), margin=(8, 0, 0, 0)),
        )

    def page(self) -> Page:
        """The whole page."""
        add = add_button(t("Add an alarm"), lambda: self._open(None))
        top = card(t("Alarms"), "whole", [self.search, add], self.empty, self.rows, self.more)
        return self.plain.page(top, self.detail, extra=(self.form.dialog,))

    def show(self, seen: Seen) -> None:
        """Draw the answer of `ask`."""
        self.seen = seen
        search = (self.search.value_input or "").strip()[:100]
        found = [one for one in seen.alarms if fits(one, search)] if search else seen.alarms
        known = [one.alarm.id for one in found]
        if self.chosen not in known:
            self.chosen = next(iter(known), "")
        self.empty.visible, self.detail.visible = not seen.alarms, bool(known)
        self.rows.visible = self.search.visible = bool(seen.alarms)
        left = len(found) - SHOWN
        self.more.object = f"<p class=small>{t(MORE, n=number(left))}</p>" if left > 0 else ""
        self.rows.rows = [
            row(one, seen.lines.get(one.alarm.id, ()), seen.now, self.zone) for one in found[:SHOWN]
        ]
        self.rows.selected = [self.chosen]
        if known:
            self._show_chosen()

    def _show_chosen(self) -> None:
        held = next(one for one in self.seen.alarms if one.alarm.id == self.chosen)
        self.heading.object = titled(held.alarm.name)
        self.story.object = story(held, self.seen.now, self.zone)
        snoozed = held.alarm.snoozed is not None and held.alarm.snoozed > self.seen.now
        self.buttons["snooze"].label = t("Tell again") if snoozed else t("Snooze for 8 hours")
        self.buttons["rest"].label = t("Switch off") if held.alarm.active else t("Switch on")

    def _alarm(self) -> Alarm:
        return next(one.alarm for one in self.seen.alarms if one.alarm.id == self.chosen)

    def _choose(self, key: str) -> None:
        self.chosen = key
        self.said.object = ""
        self.buttons["remove"].param.update(label=t("Remove"), color="default")
        self.show(self.seen)

    def _open(self, alarm: Alarm | None) -> None:
        self._held = None
        self.form.open(alarm, self.seen.switches, self.seen.accounts)

    def _duplicate(self) -> None:
        held = self._alarm()
        self._open(
            held._replace(id="", version=0, snoozed=None, name=t("{name} (copy)", name=held.name)[:80])
        )

    def _do(self, work: Callable[[Store], Any], words: str, verb: str) -> None:
        entry = Deed(verb, "alarm", self._alarm().name)
        self.plain.act(work, lambda _: self._say(words), entry=entry)

    def _say(self, words: str) -> None:
        self.said.object = said(words)

    def _snooze(self) -> None:
        held, now = self._alarm(), datetime.now(UTC)
        until = None if held.snoozed and held.snoozed > now else now + SNOOZE
        words = mark("Nobody is told for eight hours.") if until else mark("It tells again.")
        verb = "snooze" if until else "tell again"
        self._do(lambda store: alarms.snooze(store, held.id, until), words, verb)

    def _rest(self) -> None:
        held = self._alarm()
        words = mark("It is judged no longer.") if held.active else mark("It is judged again.")
        verb = "disable" if held.active else "enable"

        def work(store: Store) -> None:
            self.plain.viewer.begins(held.prefix)
            alarms.change(store, held._replace(active=not held.active))

        self._do(work, words, verb)

    def _remove(self) -> None:
        """The first click asks, the second one does."""
        button, held = self.buttons["remove"], self._alarm()
        if button.label != t(SURE):
            button.param.update(label=t(SURE), color="error")
            return
        button.param.update(label=t("Remove"), color="default")
        entry = Deed("remove", "alarm", held.name)
        self.plain.act(lambda store: alarms.remove(store, held.id), entry=entry)

    def _test(self) -> None:
        """What it would say now: its last window, judged, and nothing kept."""
        held = self._alarm()

        def done(found: Backtest) -> None:
            if not len(found.frame):
                self._say(mark("No window has closed since the first call."))
                return
            windows = number(len(found.frame))
            often = many(
                "It would have fired once in {windows} windows.",
                "It would have fired {n} times in {windows} windows.",
                len(found.fired),
                windows=windows,
            )
            self._say(f"{t(LAST[found.frame.iloc[-1]['state']])} {often}")

        self.plain.act(lambda store: self._tried(store, held, None), done, changes=False)

    def _tried(self, store: Store, alarm: Alarm, held: Backtest | None) -> Backtest:
        self.plain.viewer.begins(alarm.prefix)
        return tried(store, alarm, held)

    def _save(self, alarm: Alarm) -> None:
        now = datetime.now(UTC)

        def work(store: Store) -> str | Refused:
            try:
                held = checked(alarm)
                self.plain.viewer.begins(held.prefix)
                entry = Deed("change" if held.id else "add", "alarm", held.name)
                return self.plain.whole(store, lambda store: _kept(store, held, now), entry)
            except CdrStatsError as problem:
                return Refused(str(problem))

        def done(found: str | Refused) -> None:
            if isinstance(found, Refused):
                self.form.say(said(found.why, False))
                return
            self.form.dialog.open = False
            self._choose(found)

        self.plain.act(work, done)

    def _try(self, alarm: Alarm) -> None:
        """Draw the backtest of what stands in the form, once nobody types."""
        self._generation += 1
        self.plain.start(self._backtest(alarm, self._generation))

    async def _backtest(self, alarm: Alarm, generation: int) -> None:
        await asyncio.sleep(PAUSE)
        if generation != self._generation:
            return
        flights, store, held = self.plain.context.flights, self.plain.context.store, self._held
        try:
            found = await asyncio.wrap_future(flights.aside(lambda: self._tried(store, alarm, held)))
        except LOST:
            return
        except CdrStatsError as problem:
            sentence = str(problem)
            await self.plain.drawn(lambda: self.form.chart.quiet(escape(t(sentence))))
            return
        if generation == self._generation:
            self._held = found
            await self.plain.drawn(lambda: self.form.chart.show(found))


def _kept(store: Store, alarm: Alarm, now: datetime) -> str:
    """Keep an alarm, new or changed; gives its id."""
    if not alarm.id:
        return alarms.add(store, alarm, now)
    alarms.change(store, alarm)
    return alarm.id


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return Alarms(context).page()
