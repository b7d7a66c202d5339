"""The API mounted in Tornado: a request goes to an ASGI application, and its answer comes back."""

import asyncio
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import unquote

from fastapi import FastAPI
from tornado.web import RedirectHandler, RequestHandler, stream_request_body

from app import shipped
from app.api import application
from app.api.errors import AFTER, PLAIN, SILENT, UNFORESEEN, body
from app.gate import Gate
from assets.files import path
from store.database import Store

LARGEST = 2 * 1024 * 1024
"""Bytes of a body."""
DRAINED = 16 * LARGEST
"""Bytes of one that are read and forgotten, for a client that listens when it has sent all of it."""
TOO_LARGE = "The body is larger than 2 MB; send it in several parts."
PATIENCE = 10.0
"""Seconds, beside those of a query, after which an answer is given up."""
LIBRARY = r"(swagger-ui-bundle\.js|swagger-ui\.css)"


@stream_request_body
class Mounted(RequestHandler):
    """Hands requests over to the application, and its answers back."""

    def initialize(self, app: FastAPI, store: Store) -> None:
        """Tornado hands over what the route was given."""
        self.app, self.patience = app, PATIENCE + store.settings.query_seconds
        self.body, self.taken = bytearray(), 0

    def prepare(self) -> None:
        """Tornado's hook before the body: one that is far too large is not read."""
        told = self.request.headers.get("Content-Length", "0")
        if told.isdecimal() and int(told) > DRAINED:
            self.refuse()

    def data_received(self, chunk: bytes) -> None:
        """Tornado's hook: a piece of the body."""
        self.taken += len(chunk)
        if self.taken <= LARGEST:
            self.body += chunk
        elif self.taken > DRAINED and not self._finished:
            self.refuse()

    def refuse(self) -> None:
        """Say that the body is too large, and end the connection."""
        self.set_status(413)
        self.set_header("Connection", "close")
        self.finish(body(TOO_LARGE))

    async def _run(self, *_: str, **__: str) -> None:
        """The answer of the application; one that takes too long is given up."""
        if self.taken > LARGEST:
            self.refuse()
            return
        waiting = [bytes(self.body)]

        async def receive() -> dict[str, Any]:
            if not waiting:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}

        try:
            await asyncio.wait_for(self.app(self._scope(waiting[0]), receive, self._send), self.patience)
        except TimeoutError:
            self.clear()
            self.set_status(503)
            self.set_header("Retry-After", AFTER["Retry-After"])
            self.write(body(SILENT))

    get = post = put = delete = patch = head = options = _run

    def _scope(self, sent: bytes) -> dict[str, Any]:
        request = self.request
        host, _, port = request.host.rpartition(":") if ":" in request.host else (request.host, "", "80")
        headers = [(k.lower().encode("latin1"), v.encode("latin1")) for k, v in request.headers.get_all()]
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": request.protocol,
            "path": unquote(request.path),
            "raw_path": request.path.encode(),
            "query_string": request.query.encode(),
            "root_path": "",
            "headers": headers,
            "client": (request.remote_ip, 0),
            "server": (host, int(port) if port.isdecimal() else 80),
            "state": {"handler": self, "body": sent},
        }

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.set_status(message["status"])
            self.clear_header("Content-Type")
            for name, value in message["headers"]:
                self.add_header(name.decode("latin1"), value.decode("latin1"))
            self.set_header("Cache-Control", "no-store")
        elif message.get("body"):
            self.write(message["body"])

    def write_error(self, status_code: int, **more: Any) -> None:
        """Tornado's hook: what nobody foresaw, which is in the log, in the one shape."""
        self.finish(body(PLAIN.get(status_code, UNFORESEEN)))

    def compute_etag(self) -> None:
        """Tornado's: what has a version tells it by itself."""

    def check_etag_header(self) -> bool:
        """Tornado's: answers are always sent."""
        return False


def routes(store: Store, gate: Gate) -> list[tuple[Any, ...]]:
    """The API, its description, and the page to try it with its scripts."""
    told = {"app": application.make(store, gate), "store": store}
    scripts = {"path": str(path("swagger"))}
    explorer = {"url": "/api/v1/docs", "permanent": False}
    return [
        (rf"/api/v1/{LIBRARY}", shipped.Own, scripts),
        (r"/api-explorer/?", RedirectHandler, explorer),
        (r"/api/.*", Mounted, told),
    ]
