"""What a session opens, by HTTP and by websockets, and for whom; and that it ends everywhere."""

import asyncio
import base64
import re
import threading
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial

import pytest
from tornado.httputil import RequestStartLine

from app import pages
from app.pages.shell import Context
from app.patches import Page
from app.server import make
from app.viewer import EVERYBODY, Viewer
from store import credentials, sessions, users
from store.database import Store
from store.people import User
from tests.browser.serving import Serving
from tests.people import WEAK
from tests.wire import Person, Wire

LINE = RequestStartLine("POST", "/login", "HTTP/1.1")
WRONG = "not her password"
ANOTHER = "a new one entirely"


def ended(store: Store, token: str) -> bool:
    """Whether a session works no more."""
    return not sessions.whose(store, [token], datetime.now(UTC))


MADE_UP: list[Callable[[str], str]] = [
    # no cookie
    lambda token: "",
    # a sign less, one other
    lambda token: token[:-1],
    lambda token: ("B" if token[0] == "A" else "A") + token[1:],
    # what lies in the database
    sessions.digest,
    # as long as headers may be
    lambda token: "x" * 30_000,
    lambda token: f'"{token}x"',
]


@pytest.mark.parametrize("made_up", MADE_UP)
def test_a_cookie_that_is_made_up_is_nobody(
    served: Serving, nobody: Person, made_up: Callable[[str], str]
) -> None:
    token = nobody.enter("Ada").cookie
    stranger = Person(served.port, made_up(token))
    assert stranger.ask("/dashboard").status == 302
    assert stranger.ask("/export.csv").status == stranger.ask("/burning.json").status == 401
    gate = served.server._tornado.auth_provider
    assert made_up(token) not in gate._known


ENDS: list[Callable[[Store, Person], object]] = [
    # who logs out
    lambda store, alice: alice.post("/logout"),
    # who is disabled
    lambda store, alice: users.disable(store, found(store).id),
    # who gets another password
    lambda store, alice: credentials.change(store, found(store).id, ANOTHER, datetime.now(UTC), WEAK),
    # who may see other accounts
    lambda store, alice: users.change(store, found(store)._replace(accounts=("2000",))),
    # who is removed
    lambda store, alice: users.remove(store, found(store).id),
]


def found(store: Store) -> User:
    """Alice, as she is kept now."""
    user = users.by_name(store, "Alice")
    assert user
    return user


def waited(served: Serving, gone: Callable[[], bool]) -> None:
    """Wait, in the turns of the server's own loop, until something is gone."""
    done = threading.Event()

    def look() -> None:
        if gone():
            done.set()
        else:
            served.server.io_loop.call_later(0.1, look)

    served.server.io_loop.add_callback(look)
    assert done.wait(30)


@pytest.mark.parametrize("end", ENDS)
def test_a_session_that_ended_is_nobody_and_its_open_page_ends(
    served: Serving, nobody: Person, end: Callable[[Store, Person], object]
) -> None:
    alice, bob = nobody.enter("Alice"), nobody.enter("Bob")
    of_bob = bob.key("/dashboard")

    async def open_until_it_is_closed(wire: Wire) -> bool:
        assert await wire.pull()
        end(served.store, alice)
        return await wire.until(lambda _: False) is None

    assert alice.hears("/dashboard", alice.key("/dashboard"), open_until_it_is_closed)
    assert alice.ask("/dashboard").status == 302
    assert alice.ask("/export.csv").status == 401
    assert bob.document("/dashboard", of_bob)


def test_a_login_makes_a_session_of_its_own_and_ends_the_one_before(served: Serving, nobody: Person) -> None:
    mallory = nobody.enter("Bob")
    # the cookie that somebody set before does not become the session
    victim = mallory.enter("Alice")
    assert victim.cookie != mallory.cookie
    assert ended(served.store, mallory.cookie)
    assert mallory.ask("/export.csv").status == 401
    # nor does one that was never a session
    fixed = Person(served.port, "f" * 43)
    assert fixed.enter("Alice").cookie != fixed.cookie
    assert fixed.ask("/export.csv").status == 401


PAGES = ["/dashboard", "/explore", "/realtime", "/sources"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_holds_neither_the_cookie_nor_what_else_the_request_said(nobody: Person, path: str) -> None:
    ada = nobody.enter("Ada")
    headers = {"Authorization": "Basic c2VjcmV0OnNlY3JldA==", "X-Mine": "marked"}
    page = ada.ask(path, **headers)
    key = ada.key(path, **headers)
    inside = base64.urlsafe_b64decode(key.partition(".")[0] + "==").decode("latin1")
    packed = re.search(r'"__bk__zlib_": ?"([^"]+)"', inside)
    assert packed
    told = inside + zlib.decompress(base64.urlsafe_b64decode(packed[1] + "==")).decode()
    for text in (page.whole, told, ada.document(path)):
        assert ada.cookie not in text
        assert sessions.digest(ada.cookie) not in text
        assert "c2VjcmV0" not in text and "marked" not in text
    assert "no-store" in page.headers["Cache-Control"]


STRANGERS = [
    # another customer, another page, and who has not logged in
    ("Bob", "/dashboard", ""),
    ("Bob", "/explore", None),
    ("", "/dashboard", "403"),
]


@pytest.mark.parametrize(("name", "path", "gives"), STRANGERS)
def test_the_key_of_a_page_is_of_no_use_to_others(
    nobody: Person, name: str, path: str, gives: str | None
) -> None:
    alice = nobody.enter("Alice")
    other = nobody.enter(name) if name else nobody
    key = alice.key("/dashboard")
    document = other.document(path, key)
    if gives is None:
        # the key of another page begins a page of one's own
        assert "Bob" in document and "Alice" not in document
    else:
        assert document == gives
    assert "Alice" in alice.document("/dashboard", key)


def test_a_key_that_is_used_a_second_time_is_of_no_use_to_others_either(nobody: Person) -> None:
    alice, bob = nobody.enter("Alice"), nobody.enter("Bob")
    key = alice.key("/dashboard")
    assert "Alice" in alice.document("/dashboard", key)
    assert bob.document("/dashboard", key) == ""
    assert alice.document("/dashboard", key[:-3] + "xyz") == ""


def test_no_link_chooses_which_session_a_page_has(nobody: Person) -> None:
    alice, bob = nobody.enter("Alice"), nobody.enter("Bob")
    key = bob.key("/dashboard")
    session = re.search(rb'"session_id": ?"([^"]+)"', base64.urlsafe_b64decode(key.partition(".")[0] + "=="))
    assert session
    name = session[1].decode()
    for path, headers in [
        (f"/dashboard?bokeh-session-id={name}", {}),
        (f"/dashboard?bokeh-token={key}", {}),
        ("/dashboard", {"Bokeh-Session-Id": name}),
    ]:
        page = alice.ask(path, **headers)
        assert page.status == 200
        assert name not in page.text and key not in page.text
        # who sent the link cannot look at what it opened
        assert "Alice" not in bob.document("/dashboard", key)


SHUT = [
    # what Panel and Bokeh serve by themselves, and no page of ours needs
    "/dashboard/autoload.js?bokeh-autoload-element=1",
    "/dashboard/metadata",
    "/sources/autoload.js?bokeh-autoload-element=1",
    "/components/this/s/_css/x",
    "/components/app.server/make/_css/x",
    "/rest/session_info",
    "/liveness",
    "/admin",
    "/index",
]


@pytest.mark.parametrize("path", SHUT)
def test_doors_that_no_page_needs_are_shut(nobody: Person, path: str) -> None:
    assert nobody.ask(path).status == 404
    assert nobody.enter("Ada").ask(path).status == 404


def test_many_logins_at_once_let_pages_be_asked_for(served: Serving, nobody: Person) -> None:
    alice = nobody.enter("Alice")
    gate = served.server._tornado.auth_provider
    with ThreadPoolExecutor(12) as pool:
        tries = [
            pool.submit(partial(nobody.post, "/login", name=f"nobody-{n}", password=WRONG)) for n in range(12)
        ]
        assert alice.ask("/export.csv").status == 200
        assert {done.result().status for done in tries} == {403}
    assert len(gate.logins._threads) <= 2


def test_pages_are_made_once_before_anybody_asks_also_where_people_log_in(
    served: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Viewer] = []

    def page(context: Context) -> Page:
        made.append(context.viewer)
        return about(context)

    about = pages.PAGES["about"]
    monkeypatch.setitem(pages.PAGES, "about", page)
    asyncio.set_event_loop(loop := asyncio.new_event_loop())
    server = make(served.context, "127.0.0.1", 0, warm=True)
    assert made == [EVERYBODY] and server._tornado.auth_provider.open
    server.stop()
    loop.close()
    asyncio.set_event_loop(None)
