"""The two ways on which Kamailio is asked: datagrams to its socket, and HTTP."""

import re
import socket
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlsplit

from ingest.connector import SourceProblem
from ingest.live.poller import LIMIT
from ingest.live.wire import Wire, reason
from store.sentence import Sentence, mark

LARGEST = 1 << 18
"""Bytes of a datagram that are read; Linux sends fewer."""
STATUS = re.compile(r"HTTP/1\.[01] (\d{3})")
LENGTH = re.compile(r"^content-length: *(\d{1,9})\s*$", re.IGNORECASE | re.MULTILINE)


class Http:
    """Questions by HTTP, each a connection of its own; version 1.0, so that the answer comes whole."""

    def __init__(self, address: str, user: str, password: str) -> None:
        try:
            self._url = urlsplit(address)
            self._port = self._url.port or {"http": 80, "https": 443}[self._url.scheme]
        except ValueError:
            raise SourceProblem(Sentence("The address is none; it is http://HOST:PORT/RPC.")) from None
        self._host, self._path = self._url.hostname or "", self._url.path or "/"
        self.who = Sentence("{name} at {address}", name="Kamailio", address=f"{self._host}:{self._port}")
        secret = b64encode(f"{user}:{password}".encode()).decode()
        self._login = f"Authorization: Basic {secret}\r\n" if user else ""

    def ask(self, question: bytes) -> bytes:
        """The body of the answer."""
        head = (
            f"POST {self._path} HTTP/1.0\r\nHost: {self._host}:{self._port}\r\n{self._login}"
            f"Content-Type: application/json\r\nContent-Length: {len(question)}\r\n\r\n"
        )
        with Wire("Kamailio", self._host, self._port, self._url.scheme == "https") as wire:
            wire.send(head.encode() + question)
            status, _, headers = wire.until(b"\r\n\r\n").decode("latin-1").partition("\r\n")
            self._check(wire, status)
            length = LENGTH.search(headers)
            return wire.exactly(int(length[1])) if length else wire.rest()

    def _check(self, wire: Wire, status: str) -> None:
        found = STATUS.match(status)
        if not found:
            raise wire.problem(mark("{who} does not speak HTTP."))
        if found[1] in ("401", "403"):
            raise wire.problem(mark("{who} refuses the user or the password."))
        if found[1] != "200":
            raise wire.problem(
                mark("{who} answers HTTP {code} at {path}, so that is not its JSON-RPC."),
                code=found[1],
                path=self._path,
            )


class Datagrams:
    """Questions by a socket that is bound, so that Kamailio knows where to answer."""

    def __init__(self, who: str, bound: socket.socket) -> None:
        self.who, self._socket = who, bound
        self._end = time.monotonic() + LIMIT

    def ask(self, question: bytes) -> bytes:
        """The datagram of the answer."""
        try:
            self._socket.settimeout(max(self._end - time.monotonic(), 0.001))
            self._socket.send(question)
            return self._socket.recv(LARGEST)
        except TimeoutError:
            raise SourceProblem(
                Sentence("{who} does not answer within {limit} s.", who=self.who, limit=f"{LIMIT:g}")
            ) from None
        except OSError as error:
            raise SourceProblem(
                Sentence("{who} cannot be asked: {reason}.", who=self.who, reason=reason(error))
            ) from None


Talk = Http | Datagrams


@contextmanager
def datagrams(address: str) -> Iterator[Datagrams]:
    """A socket to Kamailio, by UDP or of a path. Raises SourceProblem."""
    who = Sentence("{name} at {address}", name="Kamailio", address=str(address))
    with ExitStack() as opened:
        try:
            bound = opened.enter_context(_udp(address) if address.startswith("udp:") else _unix(address))
        except (OSError, ValueError, OverflowError) as error:
            raise SourceProblem(
                Sentence("{who} cannot be reached: {reason}.", who=who, reason=reason(error))
            ) from None
        yield Datagrams(who, bound)


def _udp(address: str) -> socket.socket:
    host, _, port = address.removeprefix("udp:").rpartition(":")
    family, kind, protocol, _, place = socket.getaddrinfo(
        host.strip("[]"), int(port), type=socket.SOCK_DGRAM
    )[0]
    found = socket.socket(family, kind, protocol)
    found.connect(place)
    return found


@contextmanager
def _unix(address: str) -> Iterator[socket.socket]:
    """A socket of a path; the answer comes to a file beside it, or where none may be made to a name without a
    file (Linux), which Kamailio can reach as long as it runs in the same network namespace.
    """
    own = Path(address).with_name(f"cdr-stats.{token_hex(8)}")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as found:
        try:
            found.bind(str(own))
            own.chmod(0o666)
        except PermissionError:
            found.bind("")
        try:
            found.connect(address)
            yield found
        finally:
            own.unlink(missing_ok=True)
