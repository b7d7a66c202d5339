"""A server where nobody logs in is asked for by its own names alone; one that asks for a login by any."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.browser.serving import Serving
from tests.wire import Person

REBOUND = "evil.example"
"""A page of the internet whose name was turned to the address of this machine."""
PATHS = [
    # a page, a file, a question of the pages, the REST API, and what needs no login at all
    "/dashboard",
    "/export.csv",
    "/burning.json",
    "/api/v1/cdr/",
    "/healthz",
    "/login",
    "/static/js/bokeh.min.js",
]


@pytest.fixture(scope="module")
def alone(serving: Serving) -> Iterator[Serving]:
    """A server without a login, which a proxy reaches as cdr.example.org."""
    settings = serving.store.settings.model_copy(update={"public_url": "https://cdr.example.org/calls"})
    server = Serving(replace(serving.store, settings=settings))
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize("path", PATHS)
def test_by_a_name_that_is_not_its_own_nothing_is_told(alone: Serving, path: str) -> None:
    answer = Person(alone.port).ask(path, Host=f"{REBOUND}:{alone.port}")
    assert answer.status == 421
    assert "websocket_origins" in answer.text
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", ["localhost", "cdr.example.org"])
def test_by_its_own_names_it_answers(alone: Serving, path: str, name: str) -> None:
    assert Person(alone.port).ask(path, Host=name).status != 421


def test_nothing_is_changed_by_such_a_page_nor_does_a_websocket_open(alone: Serving) -> None:
    visitor = Person(alone.port)
    told = {"Host": f"{REBOUND}:{alone.port}", "Origin": f"http://{REBOUND}:{alone.port}"}
    key = visitor.key("/dashboard")
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    upgrade |= {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol": f"bokeh, {key}"}
    assert visitor.ask("/dashboard/ws", **told | upgrade).status == 421
    body = '{"switch": "x"}'
    assert (
        visitor.ask("/api/v1/cdr/", "POST", body, **told, **{"Content-Type": "application/json"}).status
        == 421
    )
    # by its own name, but from a page of another
    told["Host"] = f"127.0.0.1:{alone.port}"
    assert visitor.ask("/dashboard/ws", **told | upgrade).status == 403
    assert (
        visitor.ask("/api/v1/cdr/", "POST", body, **told, **{"Content-Type": "application/json"}).status
        == 403
    )


def test_where_people_log_in_the_cookie_is_of_one_name_and_any_may_be_asked_for(nobody: Person) -> None:
    assert nobody.ask("/login", Host="cdr.lan").status == 200
    assert nobody.ask("/export.csv", Host=REBOUND).status == 401


def test_an_address_with_a_slash_at_its_end_leads_to_the_page(nobody: Person) -> None:
    answer = nobody.ask("/explore/?country=FR")
    assert (answer.status, answer.headers["Location"]) == (302, "../explore?country=FR")


def test_by_the_host_of_its_public_address_its_pages_live(alone: Serving) -> None:
    told = {"Host": "cdr.example.org", "Origin": "https://cdr.example.org"}
    key = Person(alone.port).key("/dashboard")
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    upgrade |= {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol": f"bokeh, {key}"}
    assert Person(alone.port).ask("/dashboard/ws", **told | upgrade).status == 101
