"""How a page comes to the browser: its head goes ahead while its session is being made, so that scripts are
fetched and read in that time, and its websocket opens for whom the page was made for.
"""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable
from hashlib import blake2b
from typing import Any, cast

from bokeh.server.urls import per_app_patterns
from bokeh.util.token import get_session_id
from panel.io.server import DocHandler, WSHandler

from app.patches import Page
from app.tongue import Tongue, mark, speaking, t

LOG = logging.getLogger(__name__)
END = "</head>"
SOURCE = re.compile(r'<script[^>]* src="([^"]+)"')
HEADS: dict[tuple[str, ...], str] = {}
"""The head of each page by light or dark and language, as it was last made; no word is about a person."""
PAUSE = 0.12
"""Seconds in which a browser that is new here asks for its files: making a session lets nobody in."""
HOLDS = "cdr-files"
"""The cookie of a browser that has the files of this head already; it need not wait."""
MONTH_DAYS = 30
CHOSEN = ("bokeh-session-id", "bokeh-token")
"""How a link may choose which session a page has, or join another's: here each page has one of its own."""
FAILED = mark("This page could not be made. The log of the server says why.")


def early(head: str) -> str:
    """The head with its scripts asked for first of all, and with the module of the widgets, which Panel asks
    for only when the document came.
    """
    module = Page._render_esm(True, server=True)
    links = [f'<link rel="preload" as="script" href="{source}">' for source in SOURCE.findall(head)]
    links.append(f'<link rel="preload" as="fetch" crossorigin="anonymous" href="{module}">')
    before, tag, after = head.partition("<head>")
    lines = [
        f"{before}{tag}",
        *links,
        after.strip(),
        f"<script>importShim({json.dumps(module)})</script>",
        "",
    ]
    return "\n".join(lines)


class Ahead(DocHandler):
    """GET of a page in two pieces; the first is what the page's last visitor got."""

    _sent = ""

    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Send the page. What fails after the head went out is told in a sentence below it."""
        if self.request.path.endswith("/"):
            # what a page asks for lies beside it
            query = f"?{self.request.query}" if self.request.query else ""
            self.redirect(f"../{self.request.path.split('/')[-2]}{query}")
            return
        try:
            await _done(super().get(*args, **kwargs))
        except Exception:  # the page: whatever goes wrong is logged, and the visitor sees a sentence
            if not self._sent:
                raise
            LOG.exception("%s could not be made", self.request.path)
            with speaking(self._tongue()):
                self.finish(f"<body><p>{t(FAILED)}</p></body></html>")

    async def get_session(self) -> Any:
        """Panel's; by now it is known that the visitor may see the page."""
        for name in CHOSEN:
            self.request.arguments.pop(name, None)
            self.request.headers.pop(name, None)
        self._sent = HEADS.get(self._kind(), "")
        if self._sent:
            version = blake2b(self._sent.encode(), digest_size=6).hexdigest()
            known = self.get_cookie(HOLDS) == version
            self.set_cookie(HOLDS, version, expires_days=MONTH_DAYS, httponly=True, samesite="Lax")
            self.set_header("Content-Type", "text/html; charset=UTF-8")
            super().write(self._sent)
            await self.flush()
            await asyncio.sleep(0 if known else PAUSE)
        return await _done(super().get_session())

    def _kind(self) -> tuple[str, ...]:
        wall, theme = self.get_query_argument("wall", ""), self.get_cookie("cdr-theme", "")
        kind = ("wall" if wall == "1" else "", "dark" if theme == "dark" else "")
        return (self.request.path, *kind, self._language())

    def _language(self) -> str:
        """The language of the page that is asked for."""
        return self._tongue().language

    def _tongue(self) -> Tongue:
        gate = cast(Any, self.application).auth_provider
        return cast(Tongue, gate.tongue(self.request))

    def write(self, chunk: str | bytes | dict[str, Any]) -> None:
        """Tornado's; of a page only what the browser does not have yet."""
        if isinstance(chunk, str) and END in chunk:
            chunk = self._rest(*chunk.split(END, 1))
        super().write(chunk)

    def _rest(self, head: str, body: str) -> str:
        head = early(head).replace('<html lang="en"', f'<html lang="{self._language()}"', 1)
        HEADS[self._kind()] = head
        if not self._sent:
            return f"{head}{END}{body}"
        known = set(self._sent.splitlines())
        more = "\n".join(line for line in head.splitlines() if line not in known)
        return f"{more}{END}{body}"


class Own(WSHandler):
    """The websocket of a page, which is its owner's alone: the key of a page stands in it, and may be seen,
    sent or made to be known.
    """

    async def _async_open(self, token: str) -> None:
        context, name = self.application_context, get_session_id(token)
        if name in context._pending_sessions:
            await context._pending_sessions[name]
        session, server = context._sessions.get(name), cast(Any, self.application)
        # where there is none yet, it is made for who asks here
        if session and not server.auth_provider.owns(self.request, session.document):
            LOG.warning("%s was asked for with the key of a page of somebody else", self.request.path)
            self.close()
            return
        await super()._async_open(token)


async def _done(work: Awaitable[Any] | None) -> Any:
    """What Tornado's decorators may give instead of work is None: the visitor was sent elsewhere."""
    return await work if work is not None else None


SERVED = {DocHandler: Ahead, WSHandler: Own}
"""What is served of a page, and how; not as a script for the pages of others (autoload.js)."""


def apply() -> None:
    """Let Panel serve its pages so; a second time changes nothing."""
    ours = {*SERVED.values()}
    per_app_patterns[:] = [
        (p[0], SERVED.get(p[1], p[1])) for p in per_app_patterns if p[1] in SERVED or p[1] in ours
    ]
