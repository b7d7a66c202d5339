"""The listener that FreeSWITCH posts its reports to: answered 200 once the record is committed, not before.

What is no call is kept as a reject and answered 200 as well: FreeSWITCH would send it again and again. What
is refused (a wrong path, user or password, too long a body, a database that is away) FreeSWITCH keeps.
"""

import asyncio
import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any, NamedTuple

from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler, stream_request_body

from ingest import freeswitch, post
from ingest.arrivals import Arrivals, keeper
from ingest.connector import Given, SourceProblem
from ingest.rows import Builder
from ingest.sources import given_of
from store import sources
from store.database import Store
from store.errors import CdrStatsError
from store.sentence import Sentence

BODY = 2 << 20
"""Bytes of a body that are read; a report encoded as an address is twice as long as itself."""
ENDLESS = 64 << 20
"""Bytes of a longer body that are taken, so that it can be answered; then the connection is closed."""
IDLE_SECONDS, BODY_SECONDS, LAST_SECONDS = 60.0, 30.0, 15.0
"""Until an idle connection, and one whose body does not come, is closed; and until the end is an end."""
BACKLOG = 1024
"""Connections that may wait to be taken: a switch that comes back posts all that it kept."""
RENEWED = timedelta(hours=1)
"""After so long what bounds a start is taken anew from the clock."""


class Serving(NamedTuple):
    """A listener that listens."""

    address: str
    port: int


class Desk:
    """What the handlers of one source share."""

    def __init__(self, given: Given, arrivals: Arrivals, stop: Callable[[], bool]) -> None:
        self.given, self.arrivals, self.stop = given, arrivals, stop
        self.path, self.ending = post.path(given), False
        self._made = datetime.min.replace(tzinfo=UTC)
        self._builder: Builder

    def builder(self) -> Builder:
        """Makes calls of reports."""
        now = datetime.now(UTC)
        if now - self._made > RENEWED:
            self._made, self._builder = now, freeswitch.builder(self.given, now)
        return self._builder


@stream_request_body
class Handler(RequestHandler):
    """One POST. Each answer is a sentence."""

    def initialize(self, desk: Desk) -> None:
        """`desk` is that of the source."""
        self._desk = desk
        self._body = bytearray()
        self._long = False

    def set_default_headers(self) -> None:
        """Nobody needs to know what listens here."""
        self.clear_header("Server")
        self.set_header("Content-Type", "text/plain; charset=utf-8")

    def data_received(self, chunk: bytes) -> None:
        """Gather the body, no more than BODY of it."""
        self._long = self._long or len(self._body) + len(chunk) > BODY
        if self._long:
            self._body.clear()
        else:
            self._body += chunk

    async def post(self) -> None:
        """Store the report that was posted."""
        if refusal := self._refusal():
            self._answer(*refusal)
            return
        uuid = self.get_query_argument("uuid", "")[:100]
        arrival = post.arrival(bytes(self._body), uuid, self._desk.builder())
        try:
            await self._desk.arrivals.kept(arrival)
        except CdrStatsError as problem:
            self._answer(503, str(problem))
            return
        self._answer(200, f"Kept as a reject: {arrival.bad}" if arrival.bad else "Stored.")

    def _refusal(self) -> tuple[int, str] | None:
        """Why the report is not taken: a status and a sentence."""
        desk = self._desk
        if self.request.path.rstrip("/") != desk.path.rstrip("/"):
            return 404, f"There is nothing here; reports are posted to {desk.path}."
        if not post.allowed(desk.given, self.request.headers.get("Authorization", "")):
            self.set_header("WWW-Authenticate", 'Basic realm="cdr"')
            return 401, "The user or the password (cred) is wrong."
        if self._long:
            return 413, f"The report is longer than {BODY >> 20} MB."
        if not self._body.strip():
            return 400, "The body is empty; FreeSWITCH posts cdr=REPORT or the report itself."
        about_to_stop = desk.ending or desk.stop()
        return (503, "This listener is about to stop; send it again.") if about_to_stop else None

    def _answer(self, status: int, sentence: str) -> None:
        self.set_status(status)
        self.finish(sentence + "\n")

    def _only_posts(self) -> None:
        self.set_header("Allow", "POST")
        self._answer(405, "Reports are posted; there is nothing to see here.")

    get = head = put = delete = patch = options = _only_posts

    def write_error(self, status_code: int, **more: Any) -> None:
        """What Tornado itself refuses, such as an address that is no text."""
        self.finish(f"{self._reason}.\n")


@contextmanager
def serving(store: Store, name: str, stop: Callable[[], bool]) -> Iterator[Serving]:
    """Listen for the source of this name until the context ends. Raises SourceProblem, SettingsError."""
    source = sources.get(store, name)
    if source is None:
        raise SourceProblem(f"There is no source {name!r}.")
    desk = Desk(given_of(store, source), Arrivals(keeper(store, source)), stop)
    ready: Future[Serving] = Future()
    over: Future[Callable[[], object]] = Future()
    thread = Thread(target=lambda: asyncio.run(_listen(desk, ready, over)), name=f"post {name}", daemon=True)
    thread.start()
    found = ready.result()
    try:
        yield found
    finally:
        over.result()()
        thread.join()


async def _listen(desk: Desk, ready: "Future[Serving]", over: "Future[Callable[[], object]]") -> None:
    """Serve in this thread's loop until what `over` holds is called; tell `ready` where, or why not."""
    address, port = str(desk.given.options["address"]), int(desk.given.options["port"])
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        entrance = socket.create_server((address, port), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        why = os.strerror(error.errno or 0) if isinstance(error, OSError) else error
        ready.set_exception(
            SourceProblem(
                Sentence(
                    "Nobody can listen at {address}, port {port}: {why}.",
                    address=address,
                    port=str(port),
                    why=why,
                )
            )
        )
        return
    entrance.setblocking(False)
    server = _server(desk)
    server.add_socket(entrance)
    storing = asyncio.create_task(desk.arrivals.run())
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    over.set_result(lambda: loop.call_soon_threadsafe(ended.set))
    ready.set_result(Serving(address, entrance.getsockname()[1]))
    await ended.wait()
    desk.ending = True
    server.stop()
    with suppress(TimeoutError):
        await asyncio.wait_for(desk.arrivals.settled(), LAST_SECONDS)
    # what was stored is also answered
    await asyncio.sleep(0.01)
    await server.close_all_connections()
    storing.cancel()


def _server(desk: Desk) -> HTTPServer:
    application = Application(
        default_handler_class=Handler,
        default_handler_args={"desk": desk},
        log_function=lambda handler: None,
    )
    return HTTPServer(
        application, idle_connection_timeout=IDLE_SECONDS, body_timeout=BODY_SECONDS, max_body_size=ENDLESS
    )
