"""Hangup causes: every one of Q.850 and of the switches, what it means, and how often it was lately."""

from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

import panel as pn

from app.pages.book import Book, Entry
from app.pages.plain import Deed
from app.pages.shell import Context
from app.patches import Page
from app.tongue import mark, t
from app.viewer import ALL, Viewer
from app.views.book import facts, lately, way
from app.views.cards import add_button, button
from app.views.text_form import TextForm, Words
from app.views.upkeep import Back, Upkeep
from app.words import number
from store import cause_notes, causes, queries
from store.cause_notes import Note
from store.causes import Cause
from store.database import Store, together
from store.errors import CdrStatsError
from store.sentence import Sentence
from store.switches import Improper, Overtaken

COLUMNS: list[dict[str, Any]] = [
    {"key": "name", "label": mark("Cause"), "kind": "name"},
    {"key": "code", "label": mark("Q.850"), "kind": "value", "help": mark("Its code in ITU-T Q.850.")},
    {"key": "kind", "label": mark("Kind"), "kind": "text", "spare": True},
    {"key": "calls", "label": mark("Calls"), "kind": "value", "help": mark("In the last 30 days.")},
]
KINDS = {
    "normal": mark("normal"),
    "busy": mark("busy"),
    "no answer": mark("no answer"),
    "rejected": mark("rejected"),
    "cancelled": mark("cancelled"),
    "network": mark("network"),
    "number": mark("number"),
    "other": mark("other"),
}
NOTHING = mark("No such cause. Search by name, code or a word of what it means.")
EFFECTIVE = mark("The network did its part: it counts as effective in NER (ITU-T E.425).")
PRIVATE = mark("A cause of switches, which Q.850 does not have.")
GONE = mark("Somebody else changed or removed it meanwhile.")
WORDS = Words(
    {"name": mark("Name, as the records have it"), "description": mark("What it means")},
    mark("Describe a cause"),
    mark("Describe the cause"),
)


class Reason(NamedTuple):
    """A cause as it is described here, its calls of late, and what people have said of it."""

    cause: Cause
    calls: int
    note: Note | None


def ask(store: Store, viewer: Viewer) -> tuple[Reason, ...]:
    """Every cause, the ones that only a switch knows last, with the calls that the viewer may see; of those
    without such calls they are told when they see everything.
    """
    frame = queries.hangup_causes(store, viewer.narrow(lately(viewer.zone or store.settings.zone)))
    calls = dict(zip(frame["hangup_cause"], frame["calls"], strict=True))
    notes = cause_notes.everything(store)
    more = (*calls, *notes) if viewer.whole else calls
    known = {**causes.table(), **{name: causes.cause(name) for name in more}}
    return tuple(
        Reason(cause_notes.told(cause, notes), int(calls.get(name, 0)), notes.get(name))
        for name, cause in known.items()
    )


def entries(seen: Sequence[Reason]) -> Sequence[Entry]:
    """The lines of the book, the causes of Q.850 first."""
    return [_entry(one) for one in sorted(seen, key=lambda one: (not one.cause.q850, one.cause.q850))]


def _entry(one: Reason) -> Entry:
    cause, calls = one.cause, one.calls
    said = cause.description if one.note else t(cause.description)
    label, kind = t(cause.label), t(KINDS[cause.kind])
    code, often = str(cause.q850 or ""), number(calls) if calls else ""
    known = {
        t("Name"): f"<code>{escape(cause.name)}</code>",
        t("Q.850 code"): str(cause.q850 or t(PRIVATE)),
        t("Kind"): kind,
        t("In NER"): t(EFFECTIVE) if cause.effective else "",
        t("Calls in 30 days"): number(calls),
    }
    story = f"<p>{escape(said)}</p>{facts(known)}{way(cause=cause.name) if calls else ''}"
    row = {"name": {"text": label}, "code": code, "kind": kind, "calls": often}
    return Entry(cause.name, row, label, story, f"{label} {cause.name} {code} {said}")


class Causes:
    """The page of one session; admins say what the causes of their switches mean."""

    def __init__(self, context: Context) -> None:
        self.seen: dict[str, Reason] = {}
        self.form: TextForm[Note] = TextForm(WORDS, Note(""), self._save)
        self.edits = context.viewer.may(ALL)
        add = add_button(t("Describe a cause"), lambda: self.form.open(None))
        controls = [add] if self.edits else []
        self.book: Book[tuple[Reason, ...]] = Book(
            context, "causes", t("Hangup causes"), COLUMNS, ask, self._entries, NOTHING, controls=controls
        )
        self.plain = self.book.plain
        self.upkeep = Upkeep(self.plain.act, self._name, self._remove)
        self.describe = button(t("Describe"), self._open, visible=False)
        self.upkeep.drop.visible = False
        self.book.turned, self.book.told = self.upkeep.turned, self._told

    def page(self) -> Page:
        """The whole page."""
        if not self.edits:
            return self.book.page()
        buttons = pn.FlexBox(self.describe, self.upkeep.drop, margin=(12, 0, 0, 0))
        return self.book.page([self.upkeep.told], [buttons], (self.form.dialog,))

    def _entries(self, seen: Sequence[Reason]) -> Sequence[Entry]:
        self.seen = {one.cause.name: one for one in seen}
        return entries(seen)

    @property
    def _chosen(self) -> Reason | None:
        selected = self.book.rows.selected
        return self.seen.get(selected[0]) if selected else None

    def _name(self) -> str:
        return self._chosen.cause.name if self._chosen else ""

    def _told(self) -> None:
        """What Q.850 says stays; what people said may be taken back."""
        chosen = self._chosen
        self.describe.visible = chosen is not None and cause_notes.own(chosen.cause)
        self.upkeep.drop.visible = chosen is not None and chosen.note is not None

    def _open(self) -> None:
        if chosen := self._chosen:
            self.form.open(chosen.note or Note(chosen.cause.name))

    def _save(self, wanted: Note, more: bool) -> None:
        known = self.seen.get(wanted.name)
        before = known.note if known and wanted.version else None

        def work(store: Store) -> Note | dict[str, str]:
            entry = Deed("change" if wanted.version else "add", "hangup cause", wanted.name.strip())
            try:
                return self.plain.whole(store, lambda store: cause_notes.keep(store, wanted), entry)
            except Improper as problem:
                return {problem.field: str(problem)}
            except Overtaken as problem:
                return {"": str(problem)}

        def done(kept: Note | dict[str, str]) -> None:
            if isinstance(kept, dict):
                self.form.answer(kept)
                return
            words = Sentence("{name} is kept.", name=kept.name)
            self.upkeep.say(words, self._way_back(before, kept))
            self.book.chosen = kept.name
            if more:
                self.form.open(None, words)
            else:
                self.form.close()

        self.plain.act(work, done)

    def _way_back(self, before: Note | None, kept: Note | None) -> Back:
        """As it was `before` (None: nothing was said), if it still is what was `kept` (None: removed)."""
        name = (before or kept or Note("")).name

        def put(store: Store) -> None:
            if before:
                cause_notes.keep(store, before._replace(version=kept.version if kept else 0))
            elif kept and not cause_notes.forget(store, kept):
                raise CdrStatsError(GONE)

        def back(store: Store) -> str:
            self.plain.whole(store, put, Deed("change", "hangup cause", name))
            return Sentence("{name} is as before.", name=name)

        return back

    def _remove(self) -> None:
        note = self._chosen.note if self._chosen else None
        if note is None:
            return

        def work(store: Store) -> bool:
            def forget(store: Store) -> bool:
                gone = cause_notes.forget(store, note)
                if gone:
                    self.plain.note(store, Deed("remove", "hangup cause", note.name))
                return gone

            return together(store, forget)

        def done(gone: bool) -> None:
            if gone:
                words = Sentence("What was said of {name} is removed.", name=note.name)
                self.upkeep.say(words, self._way_back(note, None))
            else:
                self.upkeep.say(GONE, good=False)

        self.plain.act(work, done)


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return Causes(context).page()
