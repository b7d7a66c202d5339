"""Sources: where calls come from by themselves, how each fares, and what was refused; for admins."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import panel as pn

from app.pages.plain import Deed, Plain
from app.pages.shell import Context
from app.patches import Page
from app.theme import CARD
from app.tongue import mark, t
from app.viewer import Viewer
from app.views.cards import add_button, button, card, said, titled
from app.views.source_form import SourceForm
from app.views.sources import HOURS, STYLE, UNATTENDED, Brief, Lag, Table, refused, state_of, story
from ingest import retry
from ingest.connector import Unattended
from ingest.sources import configure, drafted, kinds, probe, told
from store import lags, rejects, sources
from store.database import Store
from store.errors import CdrStatsError
from store.sentence import Sentence

SHOWN = 20
"""Rejects of a source that are shown."""
TRIED = mark("{tried} rows tried: {new} new, {rejected} still rejected.")
DROPPED = mark("{n} rejects dropped.")
NONE = mark("<p>No source yet. Add one, and its calls appear by themselves, seconds after hang-up.</p>")


def ask(store: Store, viewer: Viewer) -> list[Brief]:
    """Every source with its lags of the last day and its first rejects."""
    since = datetime.now(UTC) - timedelta(hours=HOURS)
    return [
        Brief(
            source,
            lags.history(store, source["_id"], since),
            list(rejects.find(store, source["import"], SHOWN)),
            rejects.count(store, source["import"]),
        )
        for source in sources.everything(store)
    ]


class Tried(NamedTuple):
    """What came of something that an admin asked for: a sentence, good or bad."""

    words: str
    good: bool


class Sources:
    """The page of one session."""

    def __init__(self, context: Context) -> None:
        self.zone = ZoneInfo(context.zone)
        self.briefs: dict[str, Brief] = {}
        self.chosen = ""
        self.plain: Plain[list[Brief]] = Plain(context, "sources", ask, self.show)
        self.table = Table(self._choose)
        self.empty = pn.pane.HTML(t(NONE), stylesheets=[STYLE], margin=0, visible=False)
        self.form = SourceForm(self._save, self._test)
        self.heading = pn.pane.HTML("", stylesheets=[CARD], css_classes=["headline"], margin=0)
        self.story = pn.pane.HTML("", stylesheets=[STYLE], sizing_mode="stretch_width", margin=0)
        self.said = pn.pane.HTML("", stylesheets=[STYLE], sizing_mode="stretch_width", margin=0)
        self.refused = pn.pane.HTML("", stylesheets=[STYLE], sizing_mode="stretch_width", margin=0)
        self.lag = Lag(self.zone)
        self.buttons = {
            "test": button(t("Test"), self._probe),
            "pause": button(t("Pause"), self._pause),
            "edit": button(t("Change"), lambda: self.form.open(self._source())),
            "rewind": button(t("Read from the beginning"), self._rewind),
            "remove": button(t("Remove"), self._remove),
        }
        self.again = button(t("Try again"), self._again)
        self.forget = button(t("Drop them"), self._forget)
        self.details = [self._detail(), self._lag(), self._rejects()]

    def page(self) -> Page:
        """The whole page."""
        add = add_button(t("Add a source"), self.form.open)
        top = card(t("Sources"), "whole", [add], self.empty, self.table.rows)
        return self.plain.page(top, *self.details, extra=(self.form.dialog,))

    def _detail(self) -> pn.Column:
        buttons = pn.FlexBox(*self.buttons.values(), margin=(8, 0, 0, 0))
        return card(self.heading, "half", [], self.story, self.said, buttons)

    def _lag(self) -> pn.Column:
        return card(t("Lag behind hang-up, the last 24 hours"), "half", [], self.lag.none, self.lag.pane)

    def _rejects(self) -> pn.Column:
        return card(t("Rejects"), "whole", [self.again, self.forget], self.refused)

    def show(self, briefs: list[Brief]) -> None:
        """Draw the answer of `ask`."""
        self.briefs = {brief.source["_id"]: brief for brief in briefs}
        if self.chosen not in self.briefs:
            self.chosen = next(iter(self.briefs), "")
        now = datetime.now(UTC)
        self.empty.visible = not briefs
        self.table.rows.visible = bool(briefs)
        self.table.show(briefs, now, self.chosen)
        for one in self.details:
            one.visible = bool(briefs)
        if self.chosen:
            self._show_chosen(now)

    def _show_chosen(self, now: datetime) -> None:
        brief = self.briefs[self.chosen]
        source = brief.source
        kind = kinds().get(source["kind"], ("", ()))[0]
        self.heading.object = titled(source["_id"])
        self.story.object = story(
            source, t("{kind}, {words}", kind=source["kind"], words=t(kind)), now, self.zone
        )
        self.refused.object = refused(brief.rejects, brief.rejected)
        self.again.visible = self.forget.visible = bool(brief.rejected)
        self.buttons["pause"].label = t("Go on") if state_of(source) == "paused" else t("Pause")
        ours = source["origin"] != "settings"
        self.buttons["edit"].visible = self.buttons["remove"].visible = ours
        self.lag.show(brief.lags, now)

    def _choose(self, name: str) -> None:
        self.chosen = name
        self.said.object = ""
        self.show(list(self.briefs.values()))

    def _source(self) -> dict[str, Any]:
        return self.briefs[self.chosen].source

    def _try(
        self, work: Callable[[Store], str], done: Callable[[Tried], None], entry: Deed | None = None
    ) -> None:
        """Do something that has a sentence for its result or its failure."""
        work = self.plain.noting(work, entry) if entry else work

        def tried(store: Store) -> Tried:
            try:
                return Tried(work(store), True)
            except CdrStatsError as problem:
                return Tried(str(problem), False)

        self.plain.act(tried, done)

    def _say(self, tried: Tried) -> None:
        self.said.object = said(tried.words, tried.good)

    def _probe(self) -> None:
        source = self._source()
        self._try(lambda store: _looked(store, source), self._say)

    def _pause(self) -> None:
        source = self._source()
        name, paused = source["_id"], not source["paused"]
        entry = Deed("pause" if paused else "resume", "source", name)
        self.plain.act(lambda store: sources.pause(store, name, paused, datetime.now(UTC)), entry=entry)

    def _rewind(self) -> None:
        name = self.chosen

        def work(store: Store) -> str:
            sources.rewind(store, name, datetime.now(UTC))
            return mark("It is read from its beginning; calls that are known stay one.")

        self._try(work, self._say, Deed("rewind", "source", name))

    def _remove(self) -> None:
        """The first click asks, the second one does."""
        button, name = self.buttons["remove"], self.chosen
        if self._source()["origin"] == "settings":
            return  # its button is hidden, which a browser need not heed
        sure = t("Really remove {name}? Its calls stay", name=name)
        if button.label != sure:
            button.param.update(label=sure, color="error")
            return
        button.param.update(label=t("Remove"), color="default")
        entry = Deed("remove", "source", name)
        self.plain.act(lambda store: sources.remove(store, name), entry=entry)

    def _again(self) -> None:
        of, entry = self._source()["import"], Deed("retry rejects", "source", self.chosen)

        def work(store: Store) -> str:
            done = retry.retry(store, of)
            self.plain.note(store, entry)  # not as one with what may be many thousand rows
            counts = {"tried": done.tried, "new": done.new, "rejected": done.rejected}
            return Sentence(TRIED, **counts)

        self._try(work, self._say)

    def _forget(self) -> None:
        of = self._source()["import"]
        entry = Deed("drop rejects", "source", self.chosen)

        def work(store: Store) -> str:
            count = rejects.forget(store, of)
            self.plain.note(store, entry)
            return Sentence(DROPPED, n=count)

        self._try(work, self._say)

    def _save(self, value: dict[str, Any]) -> None:
        verb = "change" if value["name"] in self.briefs else "add"
        entry = Deed(verb, "source", value["name"], value["kind"])

        def work(store: Store) -> str:
            configure(store, **value, origin="page", now=datetime.now(UTC))
            self.plain.note(store, entry)  # not as one with it: the first source makes indexes
            return str(value["name"])

        def done(tried: Tried) -> None:
            if not tried.good:
                self.form.say(tried.words, False)
                return
            self.form.dialog.open = False
            self._choose(tried.words if tried.words in self.briefs else self.chosen)

        self._try(work, done)

    def _test(self, value: dict[str, Any]) -> None:
        self.form.say(mark("Looking …"), True)
        self._try(
            lambda store: _looked(store, drafted(store, **value, origin="page")),
            lambda tried: self.form.say(tried.words, tried.good),
        )


def _looked(store: Store, source: dict[str, Any]) -> str:
    now = datetime.now(UTC)
    try:
        return Sentence("Connected: {found}.", found=told(probe(store, source, now), now))
    except Unattended:
        if (sources.get(store, source["_id"]) or {}).get("state") in ("ok", "failing"):
            raise  # somebody did listen, or could not
        return UNATTENDED


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return Sources(context).page()
