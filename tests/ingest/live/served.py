"""A server of the tests on a real socket, a thread a connection."""

import socketserver
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any, BinaryIO

Talk = Callable[[Any, Any], None]
"""What is done with a connection, given what comes in and what goes out; it is closed afterwards."""
SECONDS = 30


@contextmanager
def served(talk: Talk) -> Iterator[int]:
    """The port of 127.0.0.1 on which it listens."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            try:
                talk(self.rfile, self.wfile)
            except (ConnectionError, ValueError):
                return  # the client went away, as clients do

        def finish(self) -> None:
            try:
                super().finish()
            except OSError:
                return

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield int(server.server_address[1])
        server.shutdown()
        thread.join(SECONDS)


@contextmanager
def saying(*parts: bytes, hang: bool = False) -> Iterator[int]:
    """A server that says these parts, the first at once and each other after a line of the client's; then it
    closes, or hangs.
    """
    over = Event()

    def talk(read: BinaryIO, write: BinaryIO) -> None:
        for number, part in enumerate(parts):
            if number:
                read.readline()
            write.write(part)
        if hang:
            over.wait(SECONDS)

    with served(talk) as port:
        yield port
        over.set()
