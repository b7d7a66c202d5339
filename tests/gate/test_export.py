"""An export ends with the session that asked for it, and pages do not wait for it."""

from http.client import HTTPConnection, IncompleteRead
from typing import Any

import pytest

from app.gate import COOKIE
from store import users
from store.batch import prepare
from store.ledger import commit
from tests.browser.serving import Serving
from tests.cast import ALICE, BOB, at, call
from tests.store.servers import until
from tests.wire import SECONDS, Person

LONG = "x" * 240
CALLS = 12_000
"""Of more than a kilobyte each: more than what waits in the buffers of a connection."""


@pytest.fixture(scope="module")
def exported(serving: Serving) -> Serving:
    """That server with many calls of Alice and one of Bob."""
    names: dict[str, Any] = dict.fromkeys(("caller_name", "caller", "destination", "media_ip"), LONG)
    calls = [call(f"{n}-{LONG}", at(n / 60), account=ALICE, **names) for n in range(CALLS)]
    for i in range(0, CALLS, 3_000):
        commit(serving.store, prepare(calls[i : i + 3_000]))
    commit(serving.store, prepare([call("b", at(0), account=BOB)]))
    return serving


def test_an_export_ends_with_the_session(exported: Serving, nobody: Person) -> None:
    alice = nobody.enter("Alice")
    connection = HTTPConnection("127.0.0.1", alice.port, timeout=SECONDS)
    connection.request("GET", "/export.csv", headers={"Cookie": f"{COOKIE}={alice.cookie}"})
    answer = connection.getresponse()
    assert answer.status == 200
    first = answer.read(10_000)
    assert first.startswith(b"switch,")
    found = users.by_name(exported.store, "Alice")
    assert found
    users.disable(exported.store, found.id)
    until(lambda: alice.ask("/burning.json").status == 401)
    with pytest.raises((IncompleteRead, ConnectionResetError)):
        answer.read()
    connection.close()


def test_an_export_is_whole_for_who_stays_and_holds_own_calls_alone(
    exported: Serving, nobody: Person
) -> None:
    alice, bob = nobody.enter("Alice"), nobody.enter("Bob")
    text = alice.ask("/export.csv").text
    assert text.count("\r\n") == CALLS + 1
    assert "Paris,b," not in text
    assert bob.ask("/export.csv").text.count("\r\n") <= 2
    gate = exported.server._tornado.auth_provider
    assert 1 <= len(gate.files._threads) <= 2
