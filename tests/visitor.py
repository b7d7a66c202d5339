"""A visitor without scripts: a browser's cookies and forms over plain HTTP."""

from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import urlencode

from app.gate import COOKIE
from tests.people import PASSWORD

FORM = "application/x-www-form-urlencoded"


class Answer(NamedTuple):
    """What the server answered; `leads` is where it sends the visitor, '' when nowhere."""

    status: int
    body: str
    leads: str


class Visitor:
    """Somebody at a port of 127.0.0.1, with the cookie of their session."""

    def __init__(self, port: int) -> None:
        self.port, self.token = port, ""

    def get(self, path: str, **headers: str) -> Answer:
        """GET a page; redirects are not followed."""
        return self._ask("GET", path, headers=headers)

    def post(self, path: str, origin: str = "", **fields: str) -> Answer:
        """Send a form of a page of the server, or of another `origin`."""
        headers = {"Origin": origin or f"http://127.0.0.1:{self.port}", "Content-Type": FORM}
        return self._ask("POST", path, urlencode(fields), headers)

    def enter(self, name: str, password: str = PASSWORD, code: str = "") -> Answer:
        """Log in."""
        return self.post("/login", name=name, password=password, code=code)

    @property
    def is_in(self) -> bool:
        """Whether the pages are open to them."""
        return self.get("/explore").status == 200

    def _ask(self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        cookie = {"Cookie": f"{COOKIE}={self.token}"} if self.token else {}
        try:
            connection.request(method, path, body, {**cookie, **(headers or {})})
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie") or ():
                name, _, value = line.partition(";")[0].partition("=")
                if name == COOKIE:
                    self.token = value.strip('"')
            text = answer.read().decode("utf-8", "replace")
            return Answer(answer.status, text, answer.headers["Location"] or "")
        finally:
            connection.close()
