"""About: the version, what is new, and where to go on."""

import re
from datetime import datetime
from html import escape
from importlib.metadata import version
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.pages.plain import Plain
from app.pages.shell import Context
from app.patches import Page
from app.tongue import mark, t
from app.viewer import ALL, Viewer
from app.views.book import facts
from app.views.cards import card, sentence
from app.views.users import STYLE
from app.words import day, number
from assets.files import news
from store import catalog
from store.database import Store

SECONDS = 60.0
CODE = re.compile(r"`([^`]*)`")
PACKAGES = ("panel", "holoviews", "bokeh", "pandas", "pymongo", "apscheduler")
IN_ENGLISH = mark("The newest first.")
MEGABYTES = mark("{n} MB on disk, indexes included")
LICENCE = mark("Mozilla Public License 2.0; the source is yours to read and change.")
DOCS = mark('<a href="api/v1/docs">The REST API</a>: what programs may ask, and a page to try it.')
KEYS = mark(
    "<kbd>Tab</kbd> goes from one part to the next and <kbd>Enter</kbd> or <kbd>Space</kbd> chooses it; "
    "<kbd>Esc</kbd> closes a form. Back and forward of the browser undo and redo what a click narrowed."
)


class Known(NamedTuple):
    """The time that calls span, and the bytes that the database takes (None for who is no admin)."""

    span: tuple[datetime, datetime] | None
    size: int | None


def ask(store: Store, viewer: Viewer) -> Known:
    """What the viewer may know of the data."""
    size = catalog.size(store) if viewer.may(ALL) else None
    return Known(catalog.span(store, viewer.accounts, viewer.switches), size)


class About:
    """The page of one session."""

    def __init__(self, context: Context) -> None:
        self.zone = ZoneInfo(context.zone)
        self.plain: Plain[Known] = Plain(context, "about", ask, self.show, SECONDS)
        self.plain.own(context.viewer.may(ALL))
        self.facts, self.ways, self.news = sentence(STYLE), sentence(STYLE), sentence(STYLE)
        self.ways.object = f"<p>{t(DOCS)}</p><p>{t(KEYS)}</p>"
        self.news.object = f"<p class=small>{t(IN_ENGLISH)}</p><ul>{listed(news())}</ul>"

    def page(self) -> Page:
        """The whole page."""
        return self.plain.page(
            card("CDR-Stats", "half", [], self.facts),
            card(t("Where to go on"), "half", [], self.ways),
            card(t("What is new"), "whole", [], self.news),
        )

    def show(self, seen: Known) -> None:
        """Draw the answer of `ask`."""
        span = seen.span
        calls = t("none yet") if span is None else f"{day(span[0], self.zone)} – {day(span[1], self.zone)}"
        known = {t("Version"): installed("cdr-stats"), t("Calls"): calls, t("Licence"): t(LICENCE)}
        if seen.size is not None:
            known[t("Size of the data")] = t(MEGABYTES, n=number(seen.size / 1e6))
        known |= {t("Made with"): ", ".join(f"{name} {installed(name)}" for name in PACKAGES)}
        self.facts.object = facts({name: escape(text) for name, text in known.items()})


def installed(name: str) -> str:
    """The version of a package."""
    return version(name)


def listed(text: str) -> str:
    """The changes of CHANGELOG, each a line that begins with a dash, in HTML."""
    lines = (line.removeprefix("- ") for line in text.splitlines() if line.startswith("- "))
    shown = (CODE.sub(r"<code>\1</code>", escape(line, quote=False)) for line in lines)
    return "".join(f"<li>{line}</li>" for line in shown)


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return About(context).page()
