"""Sources that send by themselves: the worker listens as they are set, and takes nothing it cannot store."""

import logging
import socket
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.sources import configure
from store import calls, sources
from store.database import Store
from store.scope import Scope
from store.settings import Settings
from tests.app.processes import COMMAND, started
from tests.app.working import task, working
from tests.ingest.freeswitch_reports import sample
from tests.ingest.posting import form, posted
from tests.store.servers import until

EVER = Scope(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
NAME = "fs"


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def add(store: Store, port: int, **more: Any) -> None:
    options = {"port": port, **more}
    configure(store, NAME, "freeswitch_post", NAME, "UTC", options, "command", datetime.now(UTC))


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def stored(store: Store) -> int:
    return sum(1 for _ in calls.stream(store, EVER))


def state(store: Store) -> str:
    return str((sources.get(store, NAME) or {}).get("state"))


def test_what_is_posted_to_a_worker_is_stored(store: Store, port: int) -> None:
    with working(store):
        add(store, port)
        until(lambda: listens(port))
        assert posted(port, form(sample("a-leg")))[0] == 200
        assert stored(store) == 1
        until(lambda: task(store, "source fs").get("last", {}).get("state") == "done")
    assert not listens(port)


def test_of_a_listener_the_log_says_that_it_listens_and_when_it_does_again(
    store: Store, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    add(store, port)
    with working(store):
        until(lambda: task(store, "source fs").get("last", {}).get("state") == "done")
        assert f"source {NAME}: listening." in caplog.text
        add(store, port, address="192.0.2.1")
        until(lambda: state(store) == "failing")
        add(store, port)
        until(lambda: f"source {NAME}: all is well." in caplog.text)
    assert "done in" not in caplog.text


def test_a_listener_is_paused_gone_on_with_and_set_anew(store: Store, port: int) -> None:
    add(store, port)
    with working(store):
        until(lambda: listens(port))
        sources.pause(store, NAME, True, datetime.now(UTC))
        until(lambda: not listens(port))
        sources.pause(store, NAME, False, datetime.now(UTC))
        until(lambda: listens(port))
        add(store, port, path="/other")
        until(lambda: listens(port) and posted(port, form(sample("a-leg")))[0] == 404)
        sources.remove(store, NAME)
        until(lambda: not listens(port))


def test_where_nobody_can_listen_is_told_until_it_is_mended(store: Store, port: int) -> None:
    with working(store):
        add(store, port, address="192.0.2.1")
        until(lambda: state(store) == "failing")
        problem = (sources.get(store, NAME) or {})["problem"]
        assert problem == f"Nobody can listen at 192.0.2.1, port {port}: Cannot assign requested address."
        add(store, port)
        until(lambda: state(store) == "ok" and listens(port))


def test_a_worker_that_does_not_lead_listens_too_when_the_one_that_leads_is_killed(
    store: Store, settings: Settings, port: int
) -> None:
    add(store, port)
    with started(settings, *COMMAND, "worker") as first:
        until(lambda: listens(port))
        with started(settings, *COMMAND, "worker") as second:
            until(lambda: state(store) == "ok")
            first.kill()
            first.wait()
            until(lambda: listens(port))
            assert posted(port, form(sample("a-leg")))[0] == 200
            second.terminate()
            assert second.wait(30) == 0
    assert stored(store) == 1
