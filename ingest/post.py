"""The POSTs of mod_json_cdr and mod_xml_cdr: how a source of them is set, and what one of them holds."""

import hmac
import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256

from ingest import freeswitch
from ingest.arrivals import Arrival
from ingest.connector import Connector, Cursor, Field, Given, Look, Portion, Unattended
from ingest.refused import Bad
from ingest.rows import Builder
from store.sentence import Sentence, mark

WORDS = mark("reports that FreeSWITCH posts: mod_json_cdr, mod_xml_cdr, mod_format_cdr")
PORT = 5007
FIELDS = (
    Field("address", mark("Address to listen at; 0.0.0.0 is every one of this machine"), "text", "127.0.0.1"),
    Field("port", mark("Port to listen at"), "number", PORT),
    Field("path", mark("Path of the address that FreeSWITCH posts to"), "text", "/cdr"),
    Field("user", mark("User name that FreeSWITCH gives (cred), empty for none"), "text", ""),
    Field("password", mark("Password that FreeSWITCH gives"), "secret", ""),
)
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}
REACH_SECONDS = 1.0
"""Until a look gives up."""


class Posted:
    """The reader of a source that is not read: it has nothing new, and knows whether somebody listens."""

    def __init__(self, given: Given) -> None:
        self._given = given

    def portions(self, cursor: Cursor, now: datetime) -> Iterator[Portion]:
        """Nothing, for what is posted is stored as it arrives; raises SourceProblem when nobody listens."""
        self.look()
        return iter(())

    def look(self) -> Look:
        """Whether somebody listens there; raises SourceProblem when nobody does."""
        address, port = str(self._given.options["address"]), int(self._given.options["port"])
        try:
            with socket.create_connection((ANYWHERE.get(address, address), port), REACH_SECONDS):
                return Look(None, None, Sentence("listening at {url}", url=url(self._given)))
        except OSError:
            raise Unattended(
                Sentence(
                    "Nobody listens at {url} yet; `cdr-stats worker` does while it runs.",
                    url=url(self._given),
                )
            ) from None


def url(given: Given) -> str:
    """The address that FreeSWITCH posts to, for its `url`."""
    address = str(given.options["address"])
    host = f"[{address}]" if ":" in address else address
    return f"http://{host}:{given.options['port']}{path(given)}"


def path(given: Given) -> str:
    """The path of that address."""
    return "/" + str(given.options["path"]).strip("/")


def allowed(given: Given, authorization: str) -> bool:
    """Whether this header names the user and the password; the time it takes tells nothing of them."""
    user, password = str(given.options["user"]), str(given.options["password"])
    if not (user or password):
        return True
    expected = "Basic " + b64encode(f"{user}:{password}".encode()).decode("ascii")
    told = authorization.encode("utf-8", "surrogatepass")
    return hmac.compare_digest(sha256(told).digest(), sha256(expected.encode()).digest())


def arrival(body: bytes, uuid: str, made: Builder) -> Arrival:
    """What a body holds; `uuid` is that of the address."""
    text = freeswitch.unwrapped(body)
    try:
        return Arrival(freeswitch.calls(text, made, uuid))
    except Bad as bad:
        return Arrival([], bad, text)


@contextmanager
def opened(given: Given) -> Iterator[Posted]:
    """There is nothing to open."""
    yield Posted(given)


CONNECTOR = Connector(WORDS, FIELDS, opened, freeswitch.again, seconds=5.0)
