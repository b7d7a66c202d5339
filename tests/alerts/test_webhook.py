"""Webhooks reach a real HTTP server, signed, and once."""

import hashlib
import hmac
import http.server
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from alerts import messenger, webhook
from alerts.courier import Round
from store import alarm_reports, alarms, outbox
from store.alarm_reports import Report
from store.alarms import Alarm
from store.database import Store

NOW = datetime(2026, 11, 22, 10, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Hook(http.server.ThreadingHTTPServer):
    """What it got, and what it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answer = 204

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?token=hidden"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.answer)
        self.send_header("Location", self.server.url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def put(store: Store, url: str) -> None:
    id = alarms.add(store, Alarm(name="Night", webhook=url, secret="s3cret"), NOW)
    report = Report(
        alarm=id, name="Night", at=NOW, was="ok", state="critical", value=12.5, threshold=20.0, n=48,
        since=NOW - HOUR, until=NOW, webhook=url, due=NOW,
    )  # fmt: skip
    kept = report._replace(id=alarm_reports.put(store, None, report))
    outbox.put(store, None, webhook.webhook(store, kept), NOW)


def test_a_webhook_is_signed_over_its_time_and_body(store: Store, hook: Hook) -> None:
    put(store, hook.url)
    assert outbox.take(store, NOW) is None, "no letter"
    assert webhook.deliver(store, lambda: NOW) == Round(sent=1)
    assert webhook.deliver(store, lambda: NOW) == Round()
    ((headers, body),) = hook.got
    stamp = headers["x-cdr-stats-timestamp"]
    assert int(stamp) == NOW.timestamp()
    right = hmac.new(b"s3cret", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["x-cdr-stats-signature"] == f"sha256={right}"
    said = json.loads(body)
    assert (said["name"], said["state"], said["value"], said["over"]) == ("Night", "critical", 12.5, False)
    assert "s3cret" not in body.decode()


ANSWERS = [
    # gone for good: it is told and not tried again
    (404, Round(failed=1), "failed"),
    # nobody is followed to elsewhere
    (302, Round(failed=1), "failed"),
    # too many at once, or its own fault: later
    (429, Round(later=1), "queued"),
    (503, Round(later=1), "queued"),
]


@pytest.mark.parametrize(("answer", "done", "state"), ANSWERS)
def test_what_is_refused_for_good_stops(
    store: Store, hook: Hook, answer: int, done: Round, state: str
) -> None:
    hook.answer = answer
    put(store, hook.url)
    assert webhook.deliver(store, lambda: NOW) == done
    (found,) = outbox.latest(store)
    assert found["state"] == state
    assert found["problem"] == f"The webhook 127.0.0.1 answers {answer}."
    assert len(hook.got) == 1


UNUSABLE = [
    ("http://127.0.0.1:1/", Round(later=1), "cannot be reached"),
    ("file:///etc/passwd", Round(failed=1), "no address of http"),
    ("http://[::1/", Round(failed=1), "no address of http"),
]


@pytest.mark.parametrize(("url", "done", "problem"), UNUSABLE)
def test_an_address_that_is_none_is_said(store: Store, url: str, done: Round, problem: str) -> None:
    put(store, url)
    assert webhook.deliver(store, lambda: NOW) == done
    assert problem in outbox.latest(store)[0]["problem"]


def test_what_apprise_knows_gets_a_message(store: Store, hook: Hook) -> None:
    hook.answer = 200
    put(store, hook.url.replace("http://", "json://"))
    assert webhook.deliver(store, lambda: NOW) == Round(sent=1)
    ((_, body),) = hook.got
    said = json.loads(body)
    assert "Night" in said["title"]
    assert said["message"].startswith("Sun 22 Nov 2026, 09:01\u201310:01 (UTC).")
    hook.answer = 503
    put(store, hook.url.replace("http://", "json://"))
    assert webhook.deliver(store, lambda: NOW) == Round(later=1)


def test_without_apprise_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messenger, "find_spec", lambda name: None)
    assert "cdr-stats[messages]" in messenger.problem("ntfy://topic")
