"""The login, by HTTP alone: who is let in, by what, and what is never told."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from app.gate import COOKIE, TOKEN, address_of, own_origin
from store import audit, sessions
from store.settings import Settings
from tests.browser.serving import Serving
from tests.people import PASSWORD
from tests.wire import Person

LINE = RequestStartLine("POST", "/login", "HTTP/1.1")
WRONG = "not her password"
ANOTHER = "a new one entirely"


NEXT = [
    # a page of ours, with what it asks for
    ("/explore?country=FR&caller=begins:33", "explore?country=FR&caller=begins:33"),
    ("dashboard", "dashboard"),
    # beside it, behind a proxy that gives us a folder
    ("/cdr/explore", "explore"),
    # nothing
    ("", "dashboard"),
    # another host, in all the ways that browsers understand
    ("//evil.example/explore", "dashboard"),
    ("///evil.example/explore", "explore"),
    ("https://evil.example/explore", "dashboard"),
    ("https:explore", "dashboard"),
    ("https:/explore", "dashboard"),
    (r"\\evil.example\explore", "dashboard"),
    (r"/\evil.example/explore", "explore"),
    ("/\t/evil.example/explore", "dashboard"),
    ("javascript:alert(1)", "dashboard"),
    ("javascript://explore/explore", "dashboard"),
    ("data:text/html,explore", "dashboard"),
    # what is no page
    ("/logout", "dashboard"),
    ("/export.csv", "dashboard"),
    ("/explore/..", "dashboard"),
    # what is no address at all
    ("//[", "dashboard"),
    ("http://[::1", "dashboard"),
    ("//evil\u2100.example/explore", "dashboard"),
    # a line of a header
    ("/explore?a=\r\nSet-Cookie: x=y", "explore?a=Set-Cookie: x=y"),
    ("/explore?a=\x00\x1f", "explore?a=  "),
]


@pytest.mark.parametrize(("asked", "goes"), NEXT)
def test_the_login_goes_on_to_pages_of_ours_alone(nobody: Person, asked: str, goes: str) -> None:
    answer = nobody.post("/login", name="Alice", password=PASSWORD, next=asked)
    assert (answer.status, answer.headers["Location"]) == (302, goes)
    assert [name for name, _ in answer.headers.items()].count("Set-Cookie") == 1


def test_whoever_is_in_goes_on_from_the_login(nobody: Person) -> None:
    alice = nobody.enter("Alice")
    assert alice.ask("/login?next=%2Fexplore").headers["Location"] == "explore"
    assert alice.ask("/login?next=%2F%2F%5B").headers["Location"] == "dashboard"


def test_a_page_sends_nobody_to_log_in_and_then_on_to_it(nobody: Person) -> None:
    answer = nobody.ask("/explore?country=FR")
    assert (answer.status, answer.headers["Location"]) == (302, "./login?next=%2Fexplore%3Fcountry%3DFR")
    assert nobody.ask(answer.headers["Location"][1:]).status == 200


def test_the_cookie_is_for_the_browser_alone_and_of_this_site(served: Serving, nobody: Person) -> None:
    answer = nobody.post("/login", name="Alice", password=PASSWORD)
    parts = [part.strip() for part in answer.headers["Set-Cookie"].split(";")]
    assert TOKEN.fullmatch(parts[0].removeprefix(f"{COOKIE}="))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} < {*parts}
    assert "Secure" not in parts
    assert not any(part.startswith("Domain") for part in parts)


def test_behind_https_the_cookie_is_sent_by_https_alone(served: Serving) -> None:
    settings = served.store.settings.model_copy(update={"public_url": "https://cdr.example.org"})
    behind = Serving(replace(served.store, settings=settings), guest=None)
    behind.start()
    try:
        visitor = Person(behind.port)
        for origin in ("https://cdr.example.org", ""):
            answer = visitor.post("/login", origin, name="Alice", password=PASSWORD)
            assert answer.headers["Set-Cookie"].endswith("; Secure")
        assert visitor.post("/login", "https://example.org").status == 403
    finally:
        behind.stop()


REFUSED: list[tuple[str, str]] = [
    # a wrong password
    ("Alice", WRONG),
    # nobody's name
    ("Mallory", PASSWORD),
    # no name, no password
    ("", PASSWORD),
    ("Alice", ""),
    # what a database would take for a question
    ('{"$gt": ""}', PASSWORD),
    # somebody else's password does, since they are all the same, but not for a name with something behind it
    ("Alice\0", WRONG),
    ("Alice" * 500, PASSWORD),
]


@pytest.mark.parametrize(("name", "password"), REFUSED)
def test_who_is_refused_gets_no_cookie_and_the_same_sentence(
    nobody: Person, name: str, password: str
) -> None:
    answer = nobody.post("/login", name=name, password=password)
    assert (answer.status, answer.headers["Set-Cookie"]) == (403, None)
    assert "The name or the password is wrong." in answer.text
    assert password not in answer.text.replace(PASSWORD, "*") or not password


def test_what_is_typed_into_the_login_is_no_markup(nobody: Person) -> None:
    told = '"><script>alert(1)</script>'
    answer = nobody.post("/login", name=told, password=WRONG, next=told)
    assert "<script" not in answer.text
    assert "<script" not in nobody.ask("/login?next=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").text


def test_a_name_that_nobody_has_is_not_kept_for_it_may_be_a_password(served: Serving, nobody: Person) -> None:
    nobody.post("/login", name="alice", password=WRONG)
    nobody.post("/login", name=PASSWORD, password="")
    nobody.post("/login", name="Alice", password=PASSWORD)
    entries = [(one.who, one.verb) for one in audit.page(served.store)]
    assert entries == [("Alice", "log in"), ("", "refused"), ("Alice", "refused")]


def test_after_some_tries_one_has_to_wait_and_is_told_how_long(served: Serving, nobody: Person) -> None:
    tries = [nobody.post("/login", name="Alice", password=WRONG) for _ in range(5)]
    assert [one.status for one in tries] == [403] * 5
    # the right password has to wait, too, or one could guess on
    last = nobody.post("/login", name="Alice", password=PASSWORD)
    assert (last.status, last.headers["Set-Cookie"]) == (403, None)
    assert re.search(r"Too many tries; wait \d seconds?, then try again\.", last.text)
    # nobody else has to, and what had to wait fills no log
    assert nobody.enter("Bob").ask("/export.csv").status == 200
    assert len(audit.page(served.store, audit.Filter(verb="refused"))) == 5


def test_one_throttle_counts_the_address_that_the_proxy_of_this_machine_tells(nobody: Person) -> None:
    def tried(name: str, address: str) -> str:
        headers = {"X-Forwarded-For": address}
        return nobody.post("/login", headers=headers, name=name, password=WRONG).text

    for number in range(21):
        assert "is wrong" in tried(f"nobody-{number}", "198.51.100.1, 192.0.2.1")
    assert "Too many tries" in tried("Alice", "203.0.113.9, 192.0.2.1")
    assert "is wrong" in tried("Alice", "192.0.2.2")


def request(headers: dict[str, str]) -> HTTPServerRequest:
    """A request with these headers."""
    return HTTPServerRequest(start_line=LINE, headers=HTTPHeaders(headers))


ORIGINS = [
    # our own page
    ("http://127.0.0.1:5006", "127.0.0.1:5006", True),
    ("HTTP://LocalHost:5006", "localhost:5006", True),
    # that of a proxy which is named in the settings, with another Host
    ("https://cdr.example.org", "127.0.0.1:5006", True),
    # another port is another program
    ("http://127.0.0.1:5007", "127.0.0.1:5006", False),
    # another host, and what looks like ours
    ("https://evil.example", "127.0.0.1:5006", False),
    ("https://cdr.example.org.evil.example", "127.0.0.1:5006", False),
    ("https://evil.example/cdr.example.org", "127.0.0.1:5006", False),
    # a page in a sandbox, a file, nothing at all
    ("null", "127.0.0.1:5006", False),
    ("file://", "127.0.0.1:5006", False),
    ("", "127.0.0.1:5006", False),
]


@pytest.mark.parametrize(("origin", "host", "own"), ORIGINS)
def test_a_form_comes_from_a_page_of_ours(origin: str, host: str, own: bool) -> None:
    told = {"Origin": origin} if origin else {}
    of_proxy = Settings(websocket_origins=["CDR.example.org"]), Settings(public_url="https://CDR.example.org")
    for settings in of_proxy:
        assert own_origin(request({"Host": host} | told), settings) is own


FORMS = ["/login", "/logout", "/forgot", "/reset", "/password", "/email", "/codes"]


@pytest.mark.parametrize("path", FORMS)
def test_a_form_of_another_origin_does_nothing(served: Serving, nobody: Person, path: str) -> None:
    alice = nobody.enter("Alice")
    answer = alice.post(
        path, "https://evil.example", name="Bob", password=PASSWORD, new=ANOTHER, again=ANOTHER
    )
    assert (answer.status, answer.headers["Set-Cookie"]) == (403, None)
    assert "not sent by a page of ours" in answer.text
    assert alice.post(path, "null").status == 403
    assert sessions.whose(served.store, [alice.cookie], datetime.now(UTC))
    large = alice.post(path, name="x" * 10_000)
    assert large.status == 403


ADDRESSES = [
    # who comes straight is who they are, whatever they say
    ("192.0.2.1", "203.0.113.1", "192.0.2.1"),
    # the proxy of this machine says who came to it, last
    ("127.0.0.1", "203.0.113.1", "203.0.113.1"),
    ("::1", "198.51.100.7, 203.0.113.1", "203.0.113.1"),
    # and without one it is this machine
    ("127.0.0.1", "", "127.0.0.1"),
]


@pytest.mark.parametrize(("remote", "told", "address"), ADDRESSES)
def test_where_a_request_comes_from(remote: str, told: str, address: str) -> None:
    came = request({"Host": "x"} | ({"X-Forwarded-For": told} if told else {}))
    came.remote_ip = remote
    assert address_of(came) == address
