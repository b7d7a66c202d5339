"""A real server in a thread of its own, which a test may stop and start again at the same address."""

import asyncio
import threading
from typing import Any

from tornado.ioloop import IOLoop

from app.cache import Flights
from app.pages.shell import Context
from app.server import make
from app.viewer import EVERYBODY, Viewer
from ingest.stories import Story
from store.database import Store

SECONDS = 30


class Serving:
    """The program's web server on a free port of 127.0.0.1; sessions end a moment after their page is
    closed. Everybody is the `guest`; where there is none, people log in.
    """

    def __init__(
        self, store: Store, stories: tuple[Story, ...] = (), guest: Viewer | None = EVERYBODY
    ) -> None:
        self.store, self.stories, self.port, self.guest = store, stories, 0, guest
        self.context = Context(store, Flights(), stories)
        self.server: Any = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sessions(self) -> int:
        """How many sessions it holds, of all pages."""
        return sum(len(context._sessions) for context in self.server._tornado._applications.values())

    def wait_until_left(self) -> None:
        """Wait until the last session of a closed page has ended."""
        left = threading.Event()

        def look() -> None:
            if self.sessions == 0:
                self.server.io_loop.call_later(0.1, left.set)  # what was cancelled ends in the next turns
            else:
                self.server.io_loop.call_later(0.1, look)

        self.server.io_loop.add_callback(look)
        assert left.wait(SECONDS), f"{self.sessions} sessions never ended"

    def start(self) -> None:
        """Start it, the first time on a free port, later on the same."""
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True, name="server")
        self._thread.start()
        assert ready.wait(SECONDS), "the server did not start"

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(asyncio.new_event_loop())
        loop = IOLoop.current()
        self.context = Context(self.store, Flights(seconds=0.2), self.stories)
        self.server = make(
            self.context,
            "127.0.0.1",
            self.port,
            guest=self.guest,
            loop=loop,
            check_unused_sessions_milliseconds=500,
            unused_session_lifetime_milliseconds=3000,
        )
        self.port = self.server.port
        self.server.start()
        loop.add_callback(ready.set)
        loop.start()
        self.server.stop()
        loop.close(all_fds=True)  # what the end of a process does: every connection is cut

    def stop(self) -> None:
        """Stop it; pages lose their connection."""
        self.server.io_loop.add_callback(self.server.io_loop.stop)
        assert self._thread
        self._thread.join(SECONDS)
        self.context.flights.close()
