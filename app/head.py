"""The head of a page goes to the browser while its session is being made: scripts are fetched and read in
that time.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable
from typing import Any

from bokeh.server.urls import per_app_patterns
from panel.io.server import DocHandler

from app.patches import Page

LOG = logging.getLogger(__name__)
END = "</head>"
HEADS: dict[tuple[str, ...], str] = {}
"""The head of each page in light and dark, as it was last made; no word of it is about a person."""
PAUSE = 0.03
"""Seconds in which the browser asks for the files that it does not hold; making a session lets nobody in."""
FAILED = "This page could not be made. The log of the server says why."


def early() -> str:
    """A script that fetches and reads the module of the widgets, which Panel does when the document came."""
    return f"<script>importShim({json.dumps(Page._render_esm(True, server=True))})</script>"


class Ahead(DocHandler):
    """GET of a page in two pieces; the first is what the page's last visitor got."""

    _sent = ""

    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Send the page. What fails after the head went out is told in a sentence below it."""
        try:
            await _done(super().get(*args, **kwargs))
        except Exception:  # the page: whatever goes wrong is logged, and the visitor sees a sentence
            if not self._sent:
                raise
            LOG.exception("%s could not be made", self.request.path)
            self.finish(f"<body><p>{FAILED}</p></body></html>")

    async def get_session(self) -> Any:
        """Panel's; by now it is known that the visitor may see the page."""
        self._sent = HEADS.get(self._kind(), "")
        if self._sent:
            self.set_header("Content-Type", "text/html; charset=UTF-8")
            super().write(self._sent)
            await self.flush()
            await asyncio.sleep(PAUSE)
        return await _done(super().get_session())

    def _kind(self) -> tuple[str, ...]:
        wall, theme = self.get_query_argument("wall", ""), self.get_cookie("cdr-theme", "")
        return (self.request.path, "wall" if wall == "1" else "", "dark" if theme == "dark" else "")

    def write(self, chunk: str | bytes | dict[str, Any]) -> None:
        """Tornado's; of a page only what the browser does not have yet."""
        if isinstance(chunk, str) and END in chunk:
            chunk = self._rest(*chunk.split(END, 1))
        super().write(chunk)

    def _rest(self, head: str, body: str) -> str:
        head = f"{head.rstrip()}\n{early()}\n"
        HEADS[self._kind()] = head
        if not self._sent:
            return f"{head}{END}{body}"
        known = set(self._sent.splitlines())
        more = "\n".join(line for line in head.splitlines() if line not in known)
        return f"{more}{END}{body}"


async def _done(work: Awaitable[Any] | None) -> Any:
    """What Tornado's decorators may give instead of work is None: the visitor was sent elsewhere."""
    return await work if work is not None else None


def apply() -> None:
    """Let Panel serve its pages so; a second time changes nothing."""
    per_app_patterns[:] = [(p[0], Ahead if p[1] is DocHandler else p[1]) for p in per_app_patterns]
