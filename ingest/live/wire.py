"""A conversation over TCP that ends in time: one deadline for all of it, a bound on what is read, and every
fault a sentence.
"""

import socket
import ssl
import time
from types import TracebackType
from typing import Any, Self

from ingest.connector import SourceProblem
from ingest.live.poller import LIMIT, MOST_BYTES
from store.sentence import Sentence, mark

BLOCK = 65_536


class Wire:
    """A connection to a switch; `who` names it in sentences ('FreeSWITCH at 10.0.0.5:8021')."""

    def __init__(self, name: str, host: str, port: int, tls: bool = False) -> None:
        self.who = Sentence("{name} at {address}", name=name, address=f"{host}:{port}")
        self._end = time.monotonic() + LIMIT
        self._buffer = bytearray()
        self._read = 0
        self._socket = self._connected(host, port, tls)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def problem(self, template: str, **places: Any) -> SourceProblem:
        """A marked sentence of what is wrong with this switch, which stands in its place {who}."""
        return SourceProblem(Sentence(template, who=self.who, **places))

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self._socket.settimeout(self._left())
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise self._fault(error) from None

    def until(self, end: bytes) -> bytes:
        """What comes before this end, which is taken off, too."""
        searched = 0
        while (place := self._buffer.find(end, searched)) < 0:
            searched = max(0, len(self._buffer) - len(end) + 1)
            self._more()
        found = bytes(self._buffer[:place])
        del self._buffer[: place + len(end)]
        return found

    def exactly(self, count: int) -> bytes:
        """The next so many bytes."""
        while len(self._buffer) < count:
            self._more()
        found = bytes(self._buffer[:count])
        del self._buffer[:count]
        return found

    def rest(self) -> bytes:
        """Everything until the other side closes."""
        try:
            while True:
                self._more()
        except Closed:
            return bytes(self._buffer)

    def _more(self) -> None:
        self._socket.settimeout(self._left())
        try:
            block = self._socket.recv(BLOCK)
        except OSError as error:
            raise self._fault(error) from None
        if not block:
            raise Closed(Sentence("{who} closed the connection in the middle of its answer.", who=self.who))
        self._read += len(block)
        if self._read > MOST_BYTES:
            raise self.problem(
                mark("{who} answers more than {n} MB, which is no list of calls."), n=MOST_BYTES >> 20
            )
        self._buffer += block

    def _connected(self, host: str, port: int, tls: bool) -> socket.socket:
        try:
            plain = socket.create_connection((host, port), self._left())
        except (OSError, UnicodeError, OverflowError) as error:
            raise self._fault(error) from None
        if not tls:
            return plain
        try:
            return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        except OSError as error:
            plain.close()
            raise self._fault(error) from None

    def _left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.problem(mark("{who} does not answer within {limit} s."), limit=f"{LIMIT:g}")
        return left

    def _fault(self, error: Exception) -> SourceProblem:
        if isinstance(error, TimeoutError):
            return self.problem(mark("{who} does not answer within {limit} s."), limit=f"{LIMIT:g}")
        return self.problem(mark("{who} cannot be reached: {reason}."), reason=reason(error))


class Closed(SourceProblem):
    """The other side closed the connection."""


def reason(error: Exception) -> str:
    """Why a connection failed, in few words."""
    if isinstance(error, ConnectionRefusedError):
        return Sentence("nothing listens there")
    if isinstance(error, socket.gaierror):
        return Sentence("its name is not known")
    if isinstance(error, ssl.SSLCertVerificationError):
        return Sentence("its certificate is not trusted ({why})", why=error.verify_message)
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).rstrip(".")
