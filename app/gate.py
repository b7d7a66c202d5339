"""The gate: who comes with a request, by the cookie of their session. What a session may do ends everywhere
within seconds of its end, also on pages that are open.
"""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from bokeh.server.auth_provider import AuthProvider
from pymongo.errors import PyMongoError
from tornado.httputil import HTTPServerRequest
from tornado.web import RequestHandler

from app.tongue import ENGLISH, Tongue
from app.viewer import NOBODY, Viewer, of
from store import lens, sessions
from store.database import Store
from store.errors import CdrStatsError
from store.settings import Settings

T = TypeVar("T")
LOG = logging.getLogger(__name__)
COOKIE = "cdr-session"
TOKEN = re.compile(r"[\w-]{43}", re.ASCII)
"""What a token looks like; anything else is asked of nobody."""
FRESH = 3.0
"""Seconds for which what is known of a session is believed; open pages are looked after as often."""
PATIENCE = 600.0
"""And while the database does not answer."""
SECONDS = 5.0
GUEST = "admin"
"""The role through whose lens everybody sees where nobody has to log in."""
THREADS = 2
"""Of the gate, which waits for no export, as many of the logins, which hash passwords, and of the files."""
LOST = (PyMongoError, CdrStatsError, TimeoutError)


class Known(NamedTuple):
    """Who a session is, and when that was asked (monotonic)."""

    viewer: Viewer
    asked: float


class Gate(AuthProvider):
    """Who comes in; `guest` is who everybody is where nobody has to log in."""

    def __init__(self, store: Store, guest: Viewer | None = None) -> None:
        self.store = store
        self.guest = guest and guest.through(lens.of(store.settings, GUEST))
        self.open = False
        """Whether the server is made, so that somebody may ask for a page."""
        self._known: dict[str, Known] = {}
        self._asking = ThreadPoolExecutor(THREADS, "gate")
        self.logins = ThreadPoolExecutor(THREADS, "login")
        self.files = ThreadPoolExecutor(THREADS, "file")
        super().__init__()

    @property
    def get_user(self) -> None:
        """Bokeh asks the other one."""

    @property
    def get_user_async(self) -> Callable[[RequestHandler], Awaitable[str | None]]:  # type: ignore[override]
        """Bokeh's hook: the name of who comes, None for nobody, who is sent to log in."""

        async def named(handler: RequestHandler) -> str | None:
            viewer = await self.viewer(handler)
            return None if viewer is NOBODY else viewer.name or "everybody"

        return named

    @property
    def login_url(self) -> None:
        """Bokeh asks get_login_url."""

    @property
    def get_login_url(self) -> Callable[[RequestHandler], str]:  # type: ignore[override]
        """Where to log in; Panel puts a dot before it, so that it is beside the page that was asked for, also
        of an address with a slash at its end.
        """
        return lambda handler: "./login" if handler.request.path.endswith("/") else "/login"

    @property
    def login_handler(self) -> None:
        """It is a route like the others."""

    @property
    def logout_url(self) -> None:
        """It is a route like the others."""

    @property
    def logout_handler(self) -> None:
        """It is a route like the others."""

    async def viewer(self, handler: RequestHandler) -> Viewer:
        """Who makes a request; NOBODY who has not logged in."""
        if self.guest:
            return self.guest
        return await self.of_token(handler.get_cookie(COOKIE) or "")

    async def of_token(self, token: str) -> Viewer:
        """Who a session is."""
        if not TOKEN.fullmatch(token):
            return NOBODY
        known = self._known.get(token)
        if known is None or time.monotonic() - known.asked > FRESH:
            await self.ask([token])
        return self.seen(token)

    def seen(self, token: str) -> Viewer:
        """Who a session is, as it was asked last: for pages, which must not wait."""
        if self.guest:
            return self.guest
        known = self._known.get(token)
        if known is None or time.monotonic() - known.asked > PATIENCE:
            return NOBODY
        return known.viewer

    def tongue(self, request: HTTPServerRequest) -> Tongue:
        """How who makes a request reads: as they chose, else as their browser has it."""
        return self.seen(_token(request)).tongue.or_browser(request.headers.get("Accept-Language", ""))

    def tongue_of(self, document: Any) -> Tongue:
        """How the page of a document is read."""
        request = _request_of(document)
        return self.tongue(request) if request else ENGLISH

    async def ask(self, tokens: Iterable[str]) -> None:
        """Ask the database about sessions; while it does not answer what is known stays."""
        wanted = [token for token in tokens if TOKEN.fullmatch(token)]
        loop = asyncio.get_running_loop()
        try:
            work = loop.run_in_executor(self._asking, sessions.whose, self.store, wanted, datetime.now(UTC))
            found = await asyncio.wait_for(work, SECONDS)
        except LOST:
            return
        now = time.monotonic()
        self._known = {name: known for name, known in self._known.items() if now - known.asked < PATIENCE}
        for token in wanted:
            # one that is nobody's is not kept: whoever makes them up would fill the memory
            self.forget(token)
            if token in found:
                self._known[token] = Known(of(found[token], self.store.settings), now)

    def forget(self, token: str) -> None:
        """A session has ended, or begins."""
        self._known.pop(token, None)

    def owns(self, request: HTTPServerRequest, document: Any) -> bool:
        """Whether the page of a document was made for who makes this request: a page is its owner's alone,
        whoever else has got hold of its key.
        """
        return bool(self.guest) or _token(request) == token_of(document)

    async def look_after(self, tornado: Any) -> None:
        """Close the open pages of sessions that ended, as long as the server runs."""
        while not self.guest:
            await asyncio.sleep(FRESH)
            try:
                await self.look(tornado)
            except Exception:  # the page: one that cannot be looked at keeps no other one open
                LOG.exception("the open pages could not be looked at")

    async def look(self, tornado: Any) -> None:
        """Close the open pages of sessions that ended; each loads itself anew, and meets the login."""
        held = {one: token_of(one.document) for one in _sessions(tornado)}
        await self.ask(set(held.values()))
        for connection in list(tornado._clients):
            owner = held.get(connection.session, "")
            if self.seen(owner) is NOBODY or _token(connection._socket.request) != owner:
                connection._socket.close()


def _sessions(tornado: Any) -> list[Any]:
    return [one for context in tornado._applications.values() for one in context.sessions]


def token_of(document: Any) -> str:
    """The token with which the page of a document was asked for, '' when there is none: of the request
    itself, for what Panel keeps of a request stands in the page.
    """
    request = _request_of(document)
    return _token(request) if request else ""


def origin_of(document: Any) -> str:
    """The address that the page of a document was asked for from, '' where none was."""
    request = _request_of(document)
    return address_of(request) if request else ""


def _request_of(document: Any) -> Any:
    proxy = document.session_context.request if document and document.session_context else None
    return getattr(proxy, "_request", None)


def _token(request: HTTPServerRequest) -> str:
    found = request.cookies.get(COOKIE)
    return found.value if found else ""


class Gated(RequestHandler):
    """A handler of ours: `viewer` is who asks. Who is nobody gets 401."""

    viewer: Viewer

    def initialize(self, store: Store, gate: Gate) -> None:
        """Tornado hands over what the route was given."""
        self.store, self.gate = store, gate

    def set_default_headers(self) -> None:
        """Tornado's hook: what is answered is for who asked alone, and nothing on the way keeps it."""
        self.set_header("Cache-Control", "no-store")

    async def prepare(self) -> None:
        """Tornado's hook before the method: who asks?"""
        self.viewer = await self.gate.viewer(self)
        if self.viewer is NOBODY:
            self.refuse(401, "Log in first.")

    @property
    def zone(self) -> str:
        """The zone that times are written in: that of who asks, else that of the settings."""
        return self.viewer.zone or self.store.settings.zone

    def refuse(self, status: int, sentence: str) -> None:
        """Answer with one sentence that says why not."""
        self.set_status(status)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(sentence + "\n")

    async def aside(self, work: Callable[..., T], *more: Any) -> T:
        """What comes of work that may hash a password, in threads that no page and no file waits for."""
        return await asyncio.get_running_loop().run_in_executor(self.gate.logins, work, *more)

    async def apart(self, work: Callable[..., T], *more: Any) -> T:
        """What comes of work on a file, in threads that no page waits for."""
        return await asyncio.get_running_loop().run_in_executor(self.gate.files, work, *more)

    async def still(self) -> bool:
        """Whether who asks is in still; else what was sent so far ends here, and the browser sees that it is
        not whole.
        """
        if await self.gate.viewer(self) is not NOBODY:
            return True
        self.request.connection.stream.close()  # type: ignore[union-attr]
        return False


def own_origin(request: HTTPServerRequest, settings: Settings) -> bool:
    """Whether a form was sent by a page of ours: browsers say where it stood."""
    host = urlsplit(request.headers.get("Origin", "")).netloc.lower()
    ours = (request.host, urlsplit(settings.public_url).netloc, *settings.websocket_origins)
    return bool(host) and host in map(str.lower, ours)


def address_of(request: HTTPServerRequest) -> str:
    """Where a request comes from: what a proxy on this machine says, else the other end."""
    remote = request.remote_ip or ""
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return told if told and remote in ("127.0.0.1", "::1") else remote
