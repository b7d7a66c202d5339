"""Settings: what each is, where it comes from, and how it is changed; for admins."""

from collections.abc import Sequence
from html import escape
from typing import Any

import panel_material_ui as pmui

from app.pages.book import Book, Entry, containing
from app.pages.shell import Context
from app.patches import Page
from app.ready import ready
from app.tongue import mark, t
from app.viewer import Viewer
from app.views.book import facts
from store.database import Store
from store.effective import HIDDEN, Effective, effective
from store.settings import config_file

COLUMNS: list[dict[str, Any]] = [
    {"key": "name", "label": mark("Setting"), "kind": "name"},
    {"key": "value", "label": mark("Value"), "kind": "text"},
    {
        "key": "origin",
        "label": mark("From"),
        "kind": "value",
        "spare": True,
        "help": mark("What decides it."),
    },
]
ORIGINS = {
    "default": ("#8a96a3", mark("the default")),
    "file": ("#2b6cb0", mark("the settings file")),
    "variable": ("#7a3db8", mark("the environment")),
    "given": ("#e08a2e", mark("the command line")),
}
NOTHING = mark("No such setting. Search for a name, a value or a word of what it means.")
SET, UNSET = mark("set, never shown"), mark("not set")
HOW = mark(
    "Write <code>{name} = …</code> into the settings file, or set the environment variable "
    "<code>{variable}</code>, which wins; then start the program again."
)
NO_FILE = mark("There is no settings file: make <code>cdr-stats.toml</code> where the program is started.")


def ask(store: Store, viewer: Viewer) -> tuple[Effective, ...]:
    """The settings of this process."""
    return tuple(effective(store.settings))


def entries(seen: Sequence[Effective]) -> Sequence[Entry]:
    """The lines of the book, in the order of README."""
    return [_entry(one) for one in seen]


def _entry(one: Effective) -> Entry:
    color, origin = ORIGINS[one.origin]
    secret = one.name in HIDDEN
    value = t(SET if one.told else UNSET) if secret else one.value
    row = {
        "name": {"text": one.name, "color": color, "help": t(one.meaning)},
        "value": value,
        "origin": t(origin),
    }
    file = config_file()
    known = {
        t("Value"): escape(value) or "–",
        t("From"): t(origin) + (f" <code>{escape(str(file))}</code>" if one.origin == "file" else ""),
        t("Default"): escape(t(one.default)) or "–",
    }
    how = t(HOW, name=escape(one.name), variable=escape(one.variable)) + ("" if file else f" {t(NO_FILE)}")
    story = f"<p>{escape(t(one.meaning))}</p>{facts(known)}<p>{how}</p>"
    return Entry(one.name, row, one.name, story, f"{one.name} {value} {one.variable} {t(one.meaning)}")


class Settings:
    """The page of one session."""

    def __init__(self, context: Context) -> None:
        self.only = pmui.Switch(label=t("What differs from the default"), margin=(10, 0, 0, 12))
        self.only.param.watch(lambda _: ready(self.book.draw), "value")
        self.book: Book[tuple[Effective, ...]] = Book(
            context, "settings", t("Settings"), COLUMNS, ask, entries, NOTHING, self.found, [self.only]
        )

    def found(self, text: str, lines: Sequence[Entry]) -> Sequence[Entry]:
        """Those with these words; all of them, or what somebody has set."""
        kept = [one for one in lines if not self.only.value or one.row["origin"] != t(ORIGINS["default"][1])]
        return containing(text, kept)


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return Settings(context).book.page()
