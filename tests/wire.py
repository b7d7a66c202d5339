"""Somebody at the server without a browser: what they get by HTTP, and what the websocket of a page says."""

import asyncio
import json
import re
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from email.message import Message as Headers
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import urlencode

from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from app.gate import COOKIE
from tests.people import PASSWORD

SECONDS = 30
FORM = "application/x-www-form-urlencoded"


def finished(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine, run in a thread of its own: playwright keeps a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result(4 * SECONDS)


class Answer(NamedTuple):
    """What the server answered."""

    status: int
    headers: Headers
    text: str

    @property
    def whole(self) -> str:
        """Everything that is in it."""
        return f"{self.status}\n{self.headers}\n{self.text}"


def key_in(page: Answer) -> str:
    """The key that stands in a page and opens its websocket."""
    found = re.search(r'"token":"([^"]+)"', page.text)
    assert found, page.text[:500]
    return found[1]


class Said(NamedTuple):
    """A message of a websocket: its kind, its content, and every frame of it as text."""

    kind: str
    content: dict[str, Any]
    whole: str


class Person(NamedTuple):
    """Somebody who comes with a cookie, or with none."""

    port: int
    cookie: str = ""

    def ask(self, path: str, method: str = "GET", body: str = "", **headers: str) -> Answer:
        """The answer to a request; redirects are not followed."""
        told = {"Cookie": f"{COOKIE}={self.cookie}"} if self.cookie else {}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request(method, path, body or None, told | headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode("utf-8", "replace"))
        finally:
            connection.close()

    def post(self, path: str, origin: str = "", headers: dict[str, str] | None = None, **form: str) -> Answer:
        """The answer to a form that was sent by a page of `origin`, the server's own if it is not named."""
        told = {"Origin": origin or f"http://127.0.0.1:{self.port}", "Content-Type": FORM}
        return self.ask(path, "POST", urlencode(form), **told | (headers or {}))

    def enter(self, name: str, password: str = PASSWORD) -> "Person":
        """The same person, logged in."""
        answer = self.post("/login", name=name, password=password)
        assert answer.status == 302, answer.text
        found = re.search(rf"{COOKIE}=([^;]+)", answer.headers["Set-Cookie"])
        assert found
        return self._replace(cookie=found[1])

    def key(self, path: str, **headers: str) -> str:
        """The key that stands in a page and opens its websocket."""
        return key_in(self.ask(path, **headers))

    def opened(self, path: str, asked: str = "") -> tuple[Answer, str]:
        """A page as a browser opens it: the answer by HTTP, and all that its own websocket gives at once."""
        answer = self.ask(f"{path}{asked}")
        return answer, self.document(path, key_in(answer))

    def hears(self, path: str, key: str, talk: "Callable[[Wire], Coroutine[Any, Any, Any]]") -> Any:
        """What comes of a talk with the websocket of a page, opened with a key."""

        async def work() -> Any:
            told = {"Origin": f"http://127.0.0.1:{self.port}", "Cookie": f"{COOKIE}={self.cookie}"}
            url = f"ws://127.0.0.1:{self.port}{path}/ws"
            request = HTTPRequest(url, headers=told, connect_timeout=SECONDS)
            try:
                socket = await websocket_connect(request, subprotocols=["bokeh", key])
            except HTTPClientError as refused:
                return str(refused.code)
            wire = Wire(socket)
            try:
                return await talk(wire)
            finally:
                await wire.close()

        return finished(work())

    def document(self, path: str, key: str = "") -> str:
        """All that the websocket of a page gives at once; empty when it is closed, and the status when it
        does not open.
        """

        async def talk(wire: Wire) -> str:
            return "".join(said.whole for said in [await wire.pull()] if said)

        found: str = self.hears(path, key or self.key(path), talk)
        return found


class Wire:
    """The websocket of a page, by Bokeh's protocol."""

    def __init__(self, socket: WebSocketClientConnection) -> None:
        self.socket, self.ended = socket, False

    async def close(self) -> None:
        """Close it, and wait until it is."""
        self.socket.close()
        while not self.ended:
            await self._frame()

    async def hear(self) -> Said | None:
        """The next message; None when the server has closed it."""
        frames = [await self._frame()]
        if frames[0] is None:
            return None
        header = json.loads(frames[0])
        frames += [await self._frame() for _ in range(2 + 2 * header.get("num_buffers", 0))]
        whole = "".join(f if isinstance(f, str) else f.decode("latin1") for f in frames if f)
        return Said(header["msgtype"], json.loads(frames[2] or b"{}"), whole)

    async def _frame(self) -> str | bytes | None:
        frame = await asyncio.wait_for(self.socket.read_message(), SECONDS)
        self.ended = frame is None
        return frame

    async def tell(self, kind: str, content: dict[str, Any]) -> None:
        """Send a message."""
        for frame in ({"msgid": "1", "msgtype": kind}, {}, content):
            await self.socket.write_message(json.dumps(frame))

    async def pull(self) -> Said | None:
        """The whole document; None when the server closes the websocket instead."""
        first = await self.hear()
        if first is None:
            return None
        await self.tell("PULL-DOC-REQ", {})
        return await self.until(lambda said: said.kind == "PULL-DOC-REPLY")

    async def until(self, fits: Callable[[Said], bool]) -> Said | None:
        """The first message that fits; None when the server closes before."""
        while said := await self.hear():
            if fits(said):
                return said
        return None

    async def event(self, name: str, **values: Any) -> None:
        """What happened in the browser, such as document_ready."""
        told = {"type": "event", "name": name, "values": {"type": "map", "entries": [*values.items()]}}
        await self.patch({"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": told})

    async def set(self, model: str, field: str, value: Any) -> None:
        """Change a property of a model, by its id."""
        await self.patch({"kind": "ModelChanged", "model": {"id": model}, "attr": field, "new": value})

    async def patch(self, event: dict[str, Any]) -> None:
        """Send one change of the document."""
        await self.tell("PATCH-DOC", {"events": [event]})
