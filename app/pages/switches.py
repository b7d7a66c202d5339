"""Switches: where calls were made, what is said of each, and naming one before its first call."""

from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

import panel as pn

from app.pages.book import Book, Entry
from app.pages.plain import Deed
from app.pages.shell import Context
from app.patches import Page
from app.tongue import mark, t
from app.viewer import Viewer
from app.views.book import facts, lately, way
from app.views.cards import add_button, button
from app.views.text_form import TextForm, Words
from app.views.upkeep import Back, Upkeep
from app.words import number
from store import catalog, queries, sources, switches
from store.database import Store, together
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
WORDS = Words(
    {
        "name": mark("Name, as its records have it"),
        "address": mark("IP address or host name"),
        "key": mark("Key by which other programs know it"),
        "note": mark("Note"),
    },
    mark("Add a switch"),
    mark("Describe the switch"),
)
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
        self.form: TextForm[Switch] = TextForm(WORDS, Switch(""), self._save)
        add = add_button(t("Add a switch"), lambda: self.form.open(None))
        self.book: Book[tuple[Machine, ...]] = Book(
            context, "switches", t("Switches"), COLUMNS, ask, self._entries, NOTHING, controls=[add]
        )
        self.plain = self.book.plain
        self.upkeep = Upkeep(self.plain.act, self._name, self._remove)
        self.book.turned = self.upkeep.turned

    def page(self) -> Page:
        """The whole page."""
        buttons = pn.FlexBox(button(t("Describe"), self._open), self.upkeep.drop, margin=(12, 0, 0, 0))
        return self.book.page([self.upkeep.told], [buttons], (self.form.dialog,))

    def _entries(self, seen: Sequence[Machine]) -> Sequence[Entry]:
        self.seen = {one.switch.name: one for one in seen}
        return entries(seen)

    @property
    def _chosen(self) -> Machine | None:
        selected = self.book.rows.selected
        return self.seen.get(selected[0]) if selected else None

    def _name(self) -> str:
        return self._chosen.switch.name if self._chosen else ""

    def _open(self) -> None:
        if chosen := self._chosen:
            self.form.open(chosen.switch)

    def _save(self, wanted: Switch, more: bool) -> None:
        before = self.seen.get(wanted.name.strip())
        entry = Deed("change" if before and before.switch.version else "add", "switch", wanted.name.strip())

        def work(store: Store) -> Switch | dict[str, str]:
            try:
                return self.plain.whole(store, lambda store: switches.keep(store, wanted), entry)
            except Improper as problem:
                return {problem.field: str(problem)}
            except Overtaken as problem:
                return {"": str(problem)}

        def done(kept: Switch | dict[str, str]) -> None:
            if isinstance(kept, dict):
                self.form.answer(kept)
                return
            words = Sentence("{name} is kept.", name=kept.name)
            self.upkeep.say(words, self._way_back(before.switch, kept) if before else None)
            self.book.chosen = kept.name
            if more:
                self.form.open(None, words)
            else:
                self.form.close()

        self.plain.act(work, done)

    def _way_back(self, before: Switch, kept: Switch | None) -> Back:
        """As it was before, if nobody has changed it since; `kept` is what it is now, None when removed."""

        def put(store: Store) -> None:
            now = switches.one(store, before.name)
            version = kept.version if kept else now.version if now else 0
            switches.keep(store, before._replace(version=version))

        def back(store: Store) -> str:
            self.plain.whole(store, put, Deed("change", "switch", before.name))
            return Sentence("{name} is as before.", name=before.name)

        return back

    def _remove(self) -> None:
        chosen = self._chosen
        if chosen is None:
            return
        name = chosen.switch.name

        def work(store: Store) -> bool:
            def forget(store: Store) -> bool:
                gone = switches.forget(store, chosen.switch, chosen.called)
                if gone:
                    self.plain.note(store, Deed("remove", "switch", name))
                return gone

            return together(store, forget)

        def done(gone: bool) -> None:
            if gone:
                self.upkeep.say(
                    Sentence("{name} is removed.", name=name), self._way_back(chosen.switch, None)
                )
            else:
                self.upkeep.say(GONE, good=False)

        self.plain.act(work, done)


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return Switches(context).page()
