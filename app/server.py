"""The web server: Panel's own Tornado with our pages, health, export and headers; nothing leaves this
machine.
"""

import asyncio
import errno
import gc
import logging
import os
import secrets
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import panel as pn
import panel_material_ui  # noqa: F401 - first of all, or the first session has mixed designs
from panel.io.server import get_server
from tornado.httputil import HTTPHeaders
from tornado.web import OutputTransform, RedirectHandler, RequestHandler

from app import apology, head, hosts, oidc, patches, shipped
from app.api import mount
from app.burning import Burning, ReportFile
from app.export import Export
from app.fraud_file import FraudFile
from app.gate import Gate, token_of
from app.login import Login, Logout
from app.own import Codes, Email, Password
from app.pages import PAGES
from app.pages.frame import NAMES
from app.pages.shell import Context
from app.reset import Forgot, Reset
from app.tongue import mark, speak, t
from app.viewer import EVERYBODY, NOBODY, Viewer
from store.database import Store
from store.errors import CdrStatsError

LOG = logging.getLogger(__name__)
KEY_BYTES = 32
COLLECTED = (50_000, 20, 20)
"""A page makes a quarter of a million objects that stay; looking through them at every 700 costs a tenth."""
LARGEST_MESSAGE = 2 * 1024 * 1024
LARGEST_BODY = 16 * 1024 * 1024
"""Bytes of a request, which are read before anybody asks who sends it."""

LOADER = "#loader { background: none !important; pointer-events: none; }"
"""Panel's spinner lies over the page until all of it rests: what is there already takes clicks."""
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self' blob:; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""Panel needs inline scripts and eval; what the policy does keep out is every other host."""


LOGGED_OUT = mark('You are not logged in any more. <a href="login">Log in</a>.')


class ServerError(CdrStatsError):
    """The server cannot start."""


class SafeHeaders(OutputTransform):
    """Puts HEADERS on every answer."""

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Tornado's hook: the first piece of an answer."""
        for name, value in HEADERS.items():
            headers[name] = value
        headers.pop("Server", None)
        return status_code, headers, chunk


class Health(RequestHandler):
    """GET /healthz: 200 when server and database answer, else 503."""

    def initialize(self, store: Store) -> None:
        """Tornado hands over what the route was given."""
        self.store = store

    async def get(self) -> None:
        """Say how things stand as JSON."""
        alive = await asyncio.to_thread(self.store.alive)
        self.set_status(200 if alive else 503)
        self.set_header("Cache-Control", "no-store")
        self.write({"server": True, "database": alive})


def secret(folder: Path) -> bytes:
    """The key that signs sessions, kept in the data folder for this user alone; made the first time."""
    file = folder / "session.key"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        new = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        new = None
    if new is not None:
        os.write(new, secrets.token_bytes(KEY_BYTES))
        os.close(new)
    key = file.read_bytes()
    if len(key) != KEY_BYTES:
        raise ServerError(
            f"{file} is no key of ours; remove it and start again, which ends the sessions of open pages."
        )
    return key


def _stay_here() -> None:
    """A session that is made anew for a late websocket was never rendered as a page, which is where Panel
    learns where its style sheets are; without this it sends the browser to a host on the internet.
    """
    if document := pn.state.curdoc:
        root = f"{pn.state.rel_path}/" if pn.state.rel_path else ""
        document._template_variables.setdefault("dist_url", f"{root}static/extensions/panel/")


def _page(name: str, context: Context, gate: Gate) -> Callable[[], Any]:
    """What Panel calls for every session: the page for who asks, or a quiet sentence when it cannot be made.

    Who asks is asked here, for Panel lets the key of one page open any other.
    """

    def page() -> Any:
        _stay_here()
        document = pn.state.curdoc
        # while the server is made nobody can have asked: the page is thrown away, and all is loaded by then
        viewer = gate.seen(token_of(document)) if gate.open else gate.guest or EVERYBODY
        try:
            speak(gate.tongue_of(document))
            if viewer is NOBODY:
                return pn.pane.HTML(f"<p>{t(LOGGED_OUT)}</p>")
            return PAGES[name](context._replace(viewer=viewer))
        except Exception:  # the page: whatever goes wrong is logged, and the visitor sees a sentence
            LOG.exception("the page %s could not be made", name)
            return pn.pane.HTML(f"<p>{t(head.FAILED)}</p>")

    return page


def make(
    context: Context,
    address: str,
    port: int,
    origins: tuple[str, ...] = (),
    guest: Viewer | None = None,
    **options: Any,
) -> Any:
    """A server that is bound but not started; `port` 0 takes a free one. Everybody is the `guest`, where one
    is named, and has to log in where none is. Raises ServerError with a sentence.

    `origins` are further hosts (name or name:port) under which browsers may reach it, beside that of the
    setting public_url.
    """
    patches.apply()
    head.apply()
    apology.apply()
    gc.set_threshold(*COLLECTED)
    pn.extension(js_files={"wall": shipped.address("wall.js")}, raw_css=[LOADER])
    store = context.store
    public = urlsplit(store.settings.public_url).netloc
    origins = (*origins, public) if public else origins
    gate = Gate(store, guest)
    gated = {"store": store, "gate": gate}
    routes = [
        (r"/", RedirectHandler, {"url": "dashboard", "permanent": False}),
        (r"/healthz", Health, {"store": store}),
        (r"/login", Login, gated),
        (r"/logout", Logout, gated),
        (r"/oidc", oidc.Out, {**gated, "provider": oidc.provider(store)}),
        (r"/forgot", Forgot, gated),
        (r"/reset", Reset, gated),
        (r"/password", Password, gated),
        (r"/email", Email, gated),
        (r"/codes", Codes, gated),
        (r"/export\.csv", Export, gated),
        (r"/alarm-reports\.csv", ReportFile, gated),
        (r"/fraud\.csv", FraudFile, gated),
        (r"/burning\.json", Burning, gated),
        *mount.routes(store, gate),
        # Panel's own imports every module that is named in the address, whoever names it
        (r"/components/.*", apology.Lost),
        *shipped.ROUTES,
    ]
    try:
        _try(address, port)
        server = get_server(
            {name: _page(name, context, gate) for name in PAGES},
            port=port,
            address=address,
            title={name: f"{NAMES[name]} – CDR-Stats" for name in PAGES},
            websocket_origin=[f"localhost:{port}", *origins],
            location=False,
            use_index=False,
            extra_patterns=routes,
            default_handler_class=apology.Lost,
            secret_key=secret(store.settings.data),
            sign_sessions=True,
            auth_provider=gate,
            # what is kept of a request stands in its page
            include_cookies=["cdr-theme"],
            include_headers=["User-Agent"],
            http_server_kwargs={"max_body_size": LARGEST_BODY},
            compress_response=True,
            websocket_max_message_size=LARGEST_MESSAGE,
            **options,
        )
    except OSError as problem:
        raise ServerError(_told(problem, address, port)) from None
    for host in ("localhost", "127.0.0.1", "[::1]", address):
        server._tornado.websocket_origins.add(f"{host}:{server.port}")
    gate.open = True
    server._tornado.add_transform(SafeHeaders)
    if guest:
        server._tornado.default_router.rules.insert(0, hosts.rule((address, *origins)))
    server.io_loop.add_callback(gate.look_after, server._tornado)
    return server


def _try(address: str, port: int) -> None:
    """Raise OSError when the port cannot be had; Tornado would leave a socket open behind its error."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    socket.create_server((address, port), family=family).close()


def _told(problem: OSError, address: str, port: int) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"Port {port} of {address} is taken by another program; choose a free one with --port."
    if problem.errno == errno.EACCES:
        return f"Port {port} of {address} is not open to you; choose one above 1023 with --port."
    return f"Address {address}, port {port} cannot be used: {problem.strerror or problem}."
