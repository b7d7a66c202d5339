"""Switches: where calls were made, what is said of each, and naming one before its first call."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, NamedTuple

import panel as pn
import panel_material_ui as pmui

from app.pages.book import Book, Entry
from app.pages.plain import Deed
from app.pages.shell import Context
from app.patches import Page
from app.tongue import mark, t
from app.viewer import Viewer
from app.views.book import facts, lately, way
from app.views.cards import button, said, sentence
from app.views.switch_form import SwitchForm
from app.views.users import STYLE
from app.words import number
from store import catalog, queries, sources, switches
from store.database import Store
from store.sentence import Sentence
from store.switches import Improper, Overtaken, Switch

COLUMNS: list[dict[str, Any]] = [
    {"key": "name", "label": mark("Switch"), "kind": "name"},
    {"key": "address", "label": mark("Address"), "kind": "text"},
    {"key": "known", "label": mark("Key"), "kind": "text", "spare": True},
    {"key": "calls", "label": mark("Calls"), "kind": "value", "help": mark("In the last 30 days.")},
]
NOTHING = mark("No switch. One comes with its first call, or is named here before.")
STAYS = mark("It has calls, so it stays with them; removing takes off only what is said of it.")
GONE = mark("Somebody else changed or removed it meanwhile.")


class Machine(NamedTuple):
    """A switch: what is said of it, its calls of late, whether it ever had one, and its sources."""

    switch: Switch
    calls: int
    called: bool
    sources: tuple[str, ...]


def ask(store: Store, viewer: Viewer) -> tuple[Machine, ...]:
    """Every switch."""
    frame = queries.switches(store, viewer.narrow(lately(viewer.zone or store.settings.zone)))
    calls = dict(zip(frame["switch"], frame["calls"], strict=True))
    known = switches.everything(store)
    called = catalog.used(store, catalog.accounts(store), [one.name for one in known])
    read = [(one["switch"], one["_id"]) for one in sources.everything(store)]
    return tuple(
        Machine(
            one,
            int(calls.get(one.name, 0)),
            one.name in called,
            tuple(source for switch, source in read if switch == one.name),
        )
        for one in known
    )


def entries(seen: Sequence[Machine]) -> Sequence[Entry]:
    """The lines of the book, by name."""
    return [_entry(one) for one in seen]


def _entry(one: Machine) -> Entry:
    switch = one.switch
    calls = number(one.calls) if one.calls else ""
    row = {"name": {"text": switch.name}, "address": switch.address, "known": switch.key, "calls": calls}
    known = {
        t("Address"): escape(switch.address),
        t("Key"): escape(switch.key),
        t("Note"): escape(switch.note),
        t("Sources"): escape(", ".join(one.sources)),
        t("Calls in 30 days"): number(one.calls),
    }
    stays = f"<p class=small>{t(STAYS)}</p>" if one.called and switch.version else ""
    story = facts(known) + (way(switch=switch.name) if one.calls else "") + stays
    return Entry(switch.name, row, switch.name, story, " ".join(map(str, switch)))


class Switches:
    """The page of one session."""

    def __init__(self, context: Context) -> None:
        self.seen: dict[str, Machine] = {}
        self._undone: Callable[[Store], Any] | None = None
        self._asking = ""
        self.form = SwitchForm(self._save)
        add = pmui.Button(
            label=t("Add a switch"), icon="add", size="small", on_click=lambda _: self.form.open(None)
        )
        self.said = sentence(STYLE)
        self.undo = button(t("Undo"), self._undo, visible=False)
        self.drop = button(t("Remove"), self._remove)
        self.book: Book[tuple[Machine, ...]] = Book(
            context, "switches", t("Switches"), COLUMNS, ask, self._entries, NOTHING, controls=[add]
        )
        self.book.turned = self._turned
        self.plain = self.book.plain

    def page(self) -> Page:
        """The whole page."""
        buttons = pn.FlexBox(button(t("Describe"), self._open), self.drop, margin=(12, 0, 0, 0))
        told = pn.FlexBox(self.said, self.undo, margin=0)
        return self.book.page([told], [buttons], (self.form.dialog,))

    def _entries(self, seen: Sequence[Machine]) -> Sequence[Entry]:
        self.seen = {one.switch.name: one for one in seen}
        return entries(seen)

    @property
    def _chosen(self) -> Machine | None:
        selected = self.book.rows.selected
        return self.seen.get(selected[0]) if selected else None

    def _turned(self, key: str) -> None:
        """Another one is chosen: nothing said of the one before holds for it."""
        self._asking = ""
        self._mark()
        self._say("")

    def _say(self, words: str, undone: Callable[[Store], Any] | None = None, good: bool = True) -> None:
        self.said.object = said(words, good) if words else ""
        self._undone, self.undo.visible = undone, undone is not None

    def _mark(self) -> None:
        sure = bool(self._asking)
        label = t("Really remove {name}?", name=self._asking) if sure else t("Remove")
        self.drop.param.update(label=label, color="error" if sure else "primary")

    def _open(self) -> None:
        if chosen := self._chosen:
            self.form.open(chosen.switch)

    def _save(self, wanted: Switch, more: bool) -> None:
        before = self.seen.get(wanted.name.strip())
        entry = Deed("change" if before and before.switch.version else "add", "switch", wanted.name.strip())

        def work(store: Store) -> Switch | dict[str, str]:
            try:
                kept = switches.keep(store, wanted)
            except Improper as problem:
                return {problem.field: str(problem)}
            except Overtaken as problem:
                return {"": str(problem)}
            self.plain.note(store, entry)
            return kept

        def done(kept: Switch | dict[str, str]) -> None:
            if isinstance(kept, dict):
                self.form.answer(kept)
                return
            words = Sentence("{name} is kept.", name=kept.name)
            self._say(words, self._way_back(before.switch, kept) if before else None)
            self.book.chosen = kept.name
            if more:
                self.form.open(None, words)
            else:
                self.form.close()

        self.plain.act(work, done)

    def _way_back(self, before: Switch, kept: Switch | None) -> Callable[[Store], str]:
        """As it was before, if nobody has changed it since; `kept` is what it is now, None when removed."""

        def back(store: Store) -> str:
            now = switches.one(store, before.name)
            version = kept.version if kept else now.version if now else 0
            switches.keep(store, before._replace(version=version))
            self.plain.note(store, Deed("change", "switch", before.name))
            return Sentence("{name} is as before.", name=before.name)

        return back

    def _remove(self) -> None:
        """The first click asks, the second one does."""
        chosen = self._chosen
        if chosen is None:
            return
        name = chosen.switch.name
        if self._asking != name:
            self._asking = name
            self._mark()
            return
        self._asking = ""
        self._mark()

        def work(store: Store) -> bool:
            gone = switches.forget(store, chosen.switch, chosen.called)
            if gone:
                self.plain.note(store, Deed("remove", "switch", name))
            return gone

        def done(gone: bool) -> None:
            if gone:
                self._say(Sentence("{name} is removed.", name=name), self._way_back(chosen.switch, None))
            else:
                self._say(GONE, good=False)

        self.plain.act(work, done)

    def _undo(self) -> None:
        if back := self._undone:
            self.plain.act(back, lambda words: self._say(words))


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return Switches(context).page()
