"""The plain pages for what goes wrong: no such page, not allowed, a failure; never a traceback."""

from html import escape
from typing import Any

from tornado.web import RequestHandler

from app.gate import Gate
from app.pages.frame import NAMES
from app.tongue import ENGLISH, Tongue, mark, speaking, t, tongue
from app.viewer import PAGES

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 34em; margin: 18vh auto; padding: 0 1em; }
body { color: #1c2733; background: #f3f5f7 }
a { color: #2b6cb0 }
@media (prefers-color-scheme: dark) { body { color: #e6ebf0; background: #12171c } a { color: #6fa8dc } }
"""
SAID = {
    400: (mark("Not understood"), mark("The program cannot make sense of this request.")),
    403: (mark("Not allowed"), mark("This is not open to you.")),
    404: (mark("No such page"), mark("This address leads nowhere.")),
    405: (mark("Not understood"), mark("This address does not take such a request.")),
}
"""Status -> title and sentence, shown by t(...)."""
FAILED = (mark("Something went wrong"), mark("The log of the server says what. Try again in a moment."))


def plain_page(title: str, sentence: str) -> str:
    """A page without scripts: a title, a sentence, the ways on, in the language that is spoken."""
    title, sentence = t(title), t(sentence)
    ways = " · ".join(
        f'<a href="/{page}">{escape(t(label))}</a>' for page, label in NAMES.items() if page not in PAGES
    )
    return (
        f'<!DOCTYPE html><html lang="{tongue().language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)} – CDR-Stats</title><style>{STYLE}</style>"
        f"<h1>{escape(title)}</h1><p>{escape(sentence)}</p><p>{ways}</p></html>"
    )


class Lost(RequestHandler):
    """Every address that leads nowhere."""

    def prepare(self) -> None:
        """Say so."""
        self.send_error(404)


def _told(self: RequestHandler, status_code: int, **_: Any) -> None:
    """Tornado's `write_error`: a page instead of the traceback, which is in the log."""
    self.set_header("Content-Type", "text/html; charset=UTF-8")
    with speaking(_tongue(self)):
        self.finish(plain_page(*SAID.get(status_code, FAILED)))


def _tongue(handler: RequestHandler) -> Tongue:
    gate = getattr(handler.application, "auth_provider", None)
    return gate.tongue(handler.request) if isinstance(gate, Gate) else ENGLISH


def apply() -> None:
    """Let every handler of the process say its errors so: ours, Panel's, Bokeh's."""
    RequestHandler.write_error = _told  # type: ignore[method-assign]
