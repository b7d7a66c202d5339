"""Hangup causes: every one of Q.850 and of the switches, what it means, and how often it was lately."""

from collections.abc import Sequence
from html import escape
from typing import Any

from app.pages.book import Book, Entry
from app.pages.shell import Context
from app.patches import Page
from app.tongue import mark, t
from app.viewer import Viewer
from app.views.book import facts, lately, way
from app.words import number
from store import causes, queries
from store.causes import Cause
from store.database import Store

Counted = tuple[tuple[Cause, int], ...]
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


def ask(store: Store, viewer: Viewer) -> Counted:
    """Every cause, the ones that only a switch knows last, with the calls that the viewer may see."""
    frame = queries.hangup_causes(store, viewer.narrow(lately(viewer.zone or store.settings.zone)))
    calls = dict(zip(frame["hangup_cause"], frame["calls"], strict=True))
    known = {**causes.table(), **{name: causes.cause(name) for name in calls}}
    return tuple((cause, int(calls.get(name, 0))) for name, cause in known.items())


def entries(seen: Counted) -> Sequence[Entry]:
    """The lines of the book, the causes of Q.850 first."""
    return [
        _entry(cause, calls) for cause, calls in sorted(seen, key=lambda one: (not one[0].q850, one[0].q850))
    ]


def _entry(cause: Cause, calls: int) -> Entry:
    label, said, kind = t(cause.label), t(cause.description), t(KINDS[cause.kind])
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


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return Book(context, "causes", t("Hangup causes"), COLUMNS, ask, entries, NOTHING).page()
