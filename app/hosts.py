"""By which names the server answers where nobody logs in: a page of the internet may give a name of its own
the address of this machine (DNS rebinding), and would be let in as who sits at it.
"""

import ipaddress
from collections.abc import Iterable
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher, Rule
from tornado.web import RequestHandler

SAID = (
    "This server is asked for by a name that is not its own. Name it in the setting websocket_origins, "
    "or use the address of the machine."
)
LOOPBACK = ("localhost", "*.localhost")


def known(host: str, names: Iterable[str]) -> bool:
    """Whether a Host header, with a port or without, names this server: by an address, which no name server
    can turn to another machine, by a name of the machine's own, or by one of `names`, with * for any letters.
    """
    name = _name(host)
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return any(fnmatchcase(name, _name(one)) for one in (*LOOPBACK, *names) if one)
    return True


def rule(names: Iterable[str]) -> Rule:
    """The rule that comes first of all: who asks by another name gets a sentence and nothing else."""
    return Rule(_Foreign(tuple(names)), Stranger)


class Stranger(RequestHandler):
    """Every address, asked for by a name that is not ours."""

    def prepare(self) -> None:
        """Say so."""
        self.set_status(421)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(SAID + "\n")


class _Foreign(Matcher):
    """Fits requests that name another host."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def match(self, request: HTTPServerRequest) -> dict[str, object] | None:
        """Tornado's: {} for one that fits."""
        return None if known(request.host, self.names) else {}


def _name(host: str) -> str:
    """The name of a host, without its port, in small letters and without the dot of its root."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""
