"""About: the version, what is new, and where to go on."""

import re
from datetime import datetime
from html import escape
from importlib.metadata import version
from zoneinfo import ZoneInfo

from app.pages.plain import Plain
from app.pages.shell import Context
from app.patches import Page
from app.tongue import mark, t
from app.viewer import Viewer
from app.views.book import facts
from app.views.cards import card, sentence
from app.views.users import STYLE
from app.words import day
from assets.files import news
from store import catalog
from store.database import Store

Span = tuple[datetime, datetime]
SECONDS = 60.0
CODE = re.compile(r"`([^`]*)`")
PACKAGES = ("panel", "holoviews", "bokeh", "pandas", "pymongo", "apscheduler")
IN_ENGLISH = mark("The newest first.")
LICENCE = mark("Mozilla Public License 2.0; the source is yours to read and change.")
DOCS = mark('<a href="api/v1/docs">The REST API</a>: what programs may ask, and a page to try it.')
KEYS = mark(
    "<kbd>Tab</kbd> goes from one part to the next and <kbd>Enter</kbd> or <kbd>Space</kbd> chooses it; "
    "<kbd>Esc</kbd> closes a form. Back and forward of the browser undo and redo what a click narrowed."
)


def ask(store: Store, viewer: Viewer) -> Span | None:
    """The time that the calls span which the viewer may see."""
    return catalog.span(store, viewer.accounts, viewer.switches)


class About:
    """The page of one session."""

    def __init__(self, context: Context) -> None:
        self.zone = ZoneInfo(context.zone)
        self.plain: Plain[Span | None] = Plain(context, "about", ask, self.show, SECONDS)
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

    def show(self, span: Span | None) -> None:
        """Draw the answer of `ask`."""
        calls = t("none yet") if span is None else f"{day(span[0], self.zone)} – {day(span[1], self.zone)}"
        known = {t("Version"): installed("cdr-stats"), t("Calls"): calls, t("Licence"): t(LICENCE)}
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
