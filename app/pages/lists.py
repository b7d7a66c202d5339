"""Lists: numbers that must not be called, those that may all the same, and what switches put before them."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

import panel as pn
import panel_material_ui as pmui

from app.pages.plain import Deed, Plain
from app.pages.shell import Context
from app.patches import Page
from app.ready import ready
from app.tongue import mark, number, t
from app.viewer import READ_ONLY, Viewer
from app.views.cards import button, card, said, sentence
from app.views.fraud import STYLE
from app.views.lists import COLUMNS, ListForm, Typed, added, before, entries, fits, numbers, row, titles
from app.views.parts import Rows
from store import catalog, lists
from store.database import Store, together
from store.errors import CdrStatsError
from store.lists import Entry

SECONDS = 10.0
SHOWN = 200
GONE = {
    "black": mark("{numbers} removed from the black list."),
    "white": mark("{numbers} removed from the white list."),
}
MORE = mark("And {n} more; search for them.")
LONGEST = 200
"""Characters of what the audit log says."""
NOTHING = {
    "black": mark("No line. A call to a number on this list is marked, shown on the page Fraud, and told."),
    "white": mark(
        "No line. Numbers on this list may be called, though a shorter prefix is on the black list."
    ),
}
BEFORE = mark(
    "What your switches put before a number is taken off, once, the longest that fits, before a number is "
    "compared. Empty: the usual ones (+, 00, 011)."
)
MANNER = mark(
    "The longest prefix decides; a prefix says more than its country, an account's own line more than "
    "everybody's, and of equals white more than black. Numbers count with the country code, however they "
    'were dialled. Calls that were stopped at are on the page <a href="fraud">Fraud</a>.'
)
KEPT = mark("Kept; it is so for the calls that come in from now on.")


class Seen(NamedTuple):
    """The lines of both lists, the accounts that there are, and what is taken off numbers."""

    entries: list[Entry]
    accounts: list[str]
    before: tuple[str, ...]


def ask(store: Store, viewer: Viewer) -> Seen:
    """All there is to see."""
    return Seen(lists.entries(store), catalog.accounts(store), lists.remove_prefixes(store))


class ListPage:
    """The page of one session."""

    def __init__(self, context: Context) -> None:
        self.zone = context.zone
        self.seen = Seen([], [], ())
        self.chosen, self.removed = "", list[Entry]()
        self.plain: Plain[Seen] = Plain(context, "lists", ask, self.show, SECONDS)
        self.search = pmui.TextInput(
            label=t("Search: a number, a country, an account, a word"), size="small", width=340, margin=(6, 0)
        )
        self.search.param.watch(lambda _: ready(self._draw), "value_input")
        self.said = sentence(STYLE)
        self.undo = button(t("Undo"), self._undo, visible=False)
        self.form = ListForm(self._add)
        self.rows = {
            kind: Rows(
                self._choose, columns=COLUMNS, nothing=NOTHING[kind], fades=False,
                sizing_mode="stretch_width", margin=0,
            )
            for kind in lists.KINDS
        }  # fmt: skip
        self.more = {kind: sentence(STYLE) for kind in lists.KINDS}
        self.removers = {
            kind: button(t("Remove"), lambda kind=kind: self._remove(kind), visible=False)  # type: ignore[misc]
            for kind in lists.KINDS
        }
        self.before = pmui.TextInput(
            label=t("Taken off numbers"), size="small", width=220, margin=(6, 8, 6, 0)
        )
        self.kept = sentence(STYLE)

    def page(self) -> Page:
        """The whole page."""
        manner: Any = {"stylesheets": [STYLE], "sizing_mode": "stretch_width", "margin": 0}
        told = pn.pane.HTML(f"<p class=nothing>{t(MANNER)}</p>", **manner)
        top = card(t("Lists"), "whole", [self.search], told, self.said, self.undo)
        cards = [self._card(kind, title) for kind, title in titles().items()]
        keep = button(t("Keep"), self._keep, align="center")
        told = pn.pane.HTML(f"<p class=nothing>{t(BEFORE)}</p>", **manner)
        row = pn.Row(self.before, keep, margin=0)
        last = card(t("Before a number"), "whole", [], told, row, self.kept)
        return self.plain.page(top, *cards, last, extra=(self.form.dialog,))

    def _card(self, kind: str, title: str) -> pn.Column:
        add = button(t("Add numbers"), lambda: self.form.open(kind, self.seen.accounts))
        return card(title, "half", [add, self.removers[kind]], self.rows[kind], self.more[kind])

    def show(self, seen: Seen) -> None:
        """Draw the answer of `ask`."""
        if seen.before != self.seen.before:
            text = " ".join(seen.before)
            self.before.param.update(value=text, value_input=text)
        self.seen = seen
        self._draw()

    def _draw(self) -> None:
        search = self.search.value_input or ""
        for kind, held in self.rows.items():
            found = [one for one in self.seen.entries if one.kind == kind and fits(one, search)]
            held.rows = [row(one, self.zone) for one in found[:SHOWN]]
            self.more[kind].object = _more(len(found) - SHOWN)
            held.selected = [self.chosen]
            self.removers[kind].visible = any(one.id == self.chosen for one in found)

    def _choose(self, key: str) -> None:
        self.chosen = "" if key == self.chosen else key
        self._draw()

    def _add(self, typed: Typed) -> None:
        by, now = self.plain.viewer.name or "page", datetime.now(UTC)
        if self.plain.viewer.read_only:
            self.form.answer(READ_ONLY)
            return

        def work(store: Store) -> tuple[str, str]:
            try:
                wanted = entries(typed, by, now)
                for one in wanted:
                    self.plain.viewer.begins(one.prefix)
                told = ", ".join(map(numbers, wanted))
                entry = Deed("add", "list", typed.kind, told[:LONGEST])
                new = self.plain.whole(store, lambda store: [lists.add(store, one) for one in wanted], entry)
            except CdrStatsError as problem:
                return str(problem), ""
            return "", added(sum(new), len(new) - sum(new))

        def done(answer: tuple[str, str]) -> None:
            problem, words = answer
            self.form.answer(problem)
            if words:
                self._say(words, [])

        self.plain.act(work, done)

    def _remove(self, kind: str) -> None:
        gone = [one for one in self.seen.entries if one.id == self.chosen and one.kind == kind]
        if gone:
            words = t(GONE[kind], numbers=numbers(gone[0]))
            # behind a privacy lens nobody has the whole line to put it back
            again = [] if self.plain.viewer.lens else gone

            def work(store: Store) -> None:
                entry = Deed("remove", "list", kind, numbers(gone[0]))
                self.plain.whole(store, lambda store: lists.remove(store, gone[0].id), entry)

            self.plain.act(work, lambda _: self._say(words, again))

    def _undo(self) -> None:
        again = self.removed
        words = mark("It is on the list again.")

        def work(store: Store) -> None:
            def put(store: Store) -> None:
                for one in again:
                    lists.add(store, one)
                    self.plain.note(store, Deed("add", "list", one.kind, numbers(one)))

            together(store, put)

        self.plain.act(work, lambda _: self._say(words, []))

    def _say(self, words: str, removed: list[Entry]) -> None:
        self.chosen, self.removed = "", removed
        self.said.object, self.undo.visible = said(words), bool(removed)
        self._draw()

    def _keep(self) -> None:
        text = self.before.value_input or ""

        def work(store: Store) -> str:
            try:
                wanted = before(text)
                entry = Deed("change", "list", "prefixes", text[:LONGEST])
                self.plain.whole(store, lambda store: lists.set_remove_prefixes(store, wanted), entry)
            except CdrStatsError as problem:
                return str(problem)
            return ""

        def done(problem: str) -> None:
            self.kept.object = said(problem or KEPT, not problem)

        self.plain.act(work, done)


def _more(left: int) -> str:
    """How many lines are not shown, in HTML."""
    return f"<p class=nothing>{t(MORE, n=number(left))}</p>" if left > 0 else ""


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return ListPage(context).page()
