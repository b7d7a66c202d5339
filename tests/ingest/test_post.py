"""FreeSWITCH posts its reports: each is answered 200 when it is stored, and refused with a sentence else."""

import socket
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest import listener
from ingest.connector import SourceProblem
from ingest.listener import Serving
from ingest.listeners import LISTENERS
from ingest.retry import Retried, retry
from ingest.sources import configure, given_of, probe
from store import calls, lags, rejects, retention, sources
from store.database import Store
from store.record import CDR
from store.scope import Scope
from store.verify import verify
from tests.ingest.freeswitch_reports import A_LEG, B_LEG, GIVEN_UP, changed, leg, sample
from tests.ingest.posting import FORM, form, posted

EVER = Scope(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
KIND = "freeswitch_post"


def never() -> bool:
    return False


def add(store: Store, **options: Any) -> None:
    configure(store, "fs", KIND, "fs", "Europe/Paris", {"port": 0, **options}, "command", NOW)


@pytest.fixture
def serving(store: Store) -> Iterator[Serving]:
    add(store)
    with LISTENERS[KIND](store, "fs", never) as found:
        yield found


@pytest.fixture
def guarded(store: Store) -> Iterator[Serving]:
    add(store, user="switch", password="s3cret", path="/in/cdr")
    with LISTENERS[KIND](store, "fs", never) as found:
        yield found


def stored(store: Store) -> list[CDR]:
    return list(calls.stream(store, EVER))


def counts(store: Store) -> dict[str, int]:
    found = sources.get(store, "fs")
    assert found is not None
    return dict(found["counts"])


WAYS: dict[str, tuple[bytes, str]] = {
    "a form, as by default": (form(sample("a-leg")), FORM),
    "a form in base64": (
        b"cdr=" + b64encode(sample("a-leg").encode()), "application/x-www-form-base64-encoded",
    ),
    "the report itself": (sample("a-leg").encode(), "application/json"),
    "the report itself under the wrong name, as without 100-continue": (
        sample("a-leg").encode(), FORM,
    ),
    "XML as a form": (form(sample("a-leg, XML")), FORM),
    "XML as text": (sample("a-leg, XML").encode(), "text/xml"),
    "XML as a form that is not encoded": (
        b"cdr=" + sample("a-leg, XML").encode(), "application/x-www-form-plaintext",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "kind"), WAYS.values(), ids=WAYS)
def test_a_report_is_stored_however_it_is_posted(
    store: Store, serving: Serving, body: bytes, kind: str
) -> None:
    assert posted(serving.port, body, f"/cdr?uuid=a_{A_LEG}", kind)[:2] == (200, "Stored.")
    (found,) = stored(store)
    assert (found.uuid, found.billmsec, found.account) == (A_LEG, 123_003, "1000")
    assert counts(store) == {"read": 1, "new": 1, "known": 0, "corrected": 0, "rejected": 0}
    assert verify(store) == []


def test_both_legs_and_a_report_that_is_posted_twice_are_one_call(store: Store, serving: Serving) -> None:
    for name in ("b-leg", "a-leg", "b-leg", "a-leg, XML"):
        assert posted(serving.port, form(sample(name)))[0] == 200
    (found,) = stored(store)
    assert (found.uuid, found.billmsec, [one.leg for one in found.legs]) == (A_LEG, 123_003, [A_LEG, B_LEG])
    assert counts(store) == {"read": 4, "new": 1, "known": 2, "corrected": 1, "rejected": 0}
    assert verify(store) == []


def test_many_at_once_share_transactions_and_each_is_answered(store: Store, serving: Serving) -> None:
    bodies = [form(leg(number)) for number in range(200)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda body: posted(serving.port, body)[0], bodies))
    assert answers == [200] * 200
    assert len(stored(store)) == 200
    assert counts(store)["new"] == 200
    assert int(lags.history(store, "fs", NOW.replace(year=2020))["calls"].sum()) == 200
    assert verify(store) == []


def test_what_is_no_call_is_kept_as_a_reject_and_answered_200(store: Store, serving: Serving) -> None:
    for body in (b"garbage", form("{"), form(changed("a-leg", billusec="-1")), form(sample("given up"))):
        answer = posted(serving.port, body)
        assert answer.status == 200
    kept = sorted((found["kind"], found["file"]) for found in rejects.find(store))
    assert kept == [("json", "source fs"), ("negative", "source fs"), ("report", "source fs")]
    assert counts(store) == {"read": 4, "new": 1, "known": 0, "corrected": 0, "rejected": 3}
    assert [found.uuid for found in stored(store)] == [GIVEN_UP]


def test_a_reject_says_why_to_the_switch_and_passes_once_it_is_right(store: Store, serving: Serving) -> None:
    future = changed("a-leg", start_uepoch="4000000000000000")
    answer = posted(serving.port, form(future))
    assert answer.sentence.startswith("Kept as a reject: The call starts more than a day in the future")
    assert retry(store) == Retried(tried=1, new=0, known=0, corrected=0, rejected=1)
    (kept,) = rejects.find(store)
    assert len(kept["text"]) < 3_000
    mended = kept["text"].replace("4000000000000000", "1793696400707743")
    store.db[rejects.NAME].update_one({"_id": kept["_id"]}, {"$set": {"text": mended}})
    assert retry(store) == Retried(tried=1, new=1, known=0, corrected=0, rejected=0)


def test_a_report_of_a_month_whose_records_are_dropped_is_a_reject(store: Store, serving: Serving) -> None:
    assert posted(serving.port, form(leg(1)))[0] == 200
    retention.drop(store, "202611")
    for number in (2, 1):
        assert posted(serving.port, form(leg(number)))[0] == 200
    assert {found["kind"] for found in rejects.find(store)} == {"sealed"}
    assert counts(store) == {"read": 3, "new": 1, "known": 0, "corrected": 0, "rejected": 2}


def test_a_leg_without_a_name_has_that_of_its_address(store: Store, serving: Serving) -> None:
    nameless = changed("given up", ("uuid", "call_uuid")).replace(GIVEN_UP, "")
    posted(serving.port, form(nameless), f"/cdr?uuid=a_{GIVEN_UP}")
    assert [found.uuid for found in stored(store)] == [GIVEN_UP]


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "another path": ({"path": "/cdr"}, 404, "There is nothing here; reports are posted to /in/cdr."),
    "no user": ({}, 401, "The user or the password (cred) is wrong."),
    "another password": ({"login": "switch:secret"}, 401, "The user or the password (cred) is wrong."),
    "another user": ({"login": "swatch:s3cret"}, 401, "The user or the password (cred) is wrong."),
    "a user that is no text": (
        {"Authorization": "Basic \xff\xfe"}, 401, "The user or the password (cred) is wrong.",
    ),
    "a long body": (
        {"login": "switch:s3cret", "body": b"x" * (listener.BODY + 1)}, 413,
        "The report is longer than 2 MB.",
    ),
    "an empty body": (
        {"login": "switch:s3cret", "body": b" "}, 400,
        "The body is empty; FreeSWITCH posts cdr=REPORT or the report itself.",
    ),
    "a look with a browser": (
        {"login": "switch:s3cret", "method": "GET", "body": b""}, 405,
        "Reports are posted; there is nothing to see here.",
    ),
    "an address that is no text": (
        {"login": "switch:s3cret", "path": "/in/cdr?uuid=%ff"}, 400, "Bad Request.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("how", "status", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_told_why_and_not_stored(
    store: Store, guarded: Serving, how: dict[str, Any], status: int, sentence: str
) -> None:
    answer = posted(guarded.port, **{"body": form(sample("a-leg")), "path": "/in/cdr", **how})
    assert answer[:2] == (status, sentence)
    assert "server" not in answer.headers
    assert stored(store) == []
    assert list(rejects.find(store)) == []


def test_who_names_user_and_password_is_let_in(store: Store, guarded: Serving) -> None:
    assert posted(guarded.port, b"x", "/in/cdr").headers["www-authenticate"] == 'Basic realm="cdr"'
    for path in ("/in/cdr", "/in/cdr/?uuid=x"):
        assert posted(guarded.port, form(sample("a-leg")), path, login="switch:s3cret").status == 200
    assert len(stored(store)) == 1


def test_a_listener_that_is_about_to_stop_takes_nothing(store: Store) -> None:
    add(store)
    with LISTENERS[KIND](store, "fs", lambda: True) as serving:
        answer = posted(serving.port, form(sample("a-leg")))
    assert answer[:2] == (503, "This listener is about to stop; send it again.")


def test_a_port_that_is_taken_is_a_sentence(store: Store, serving: Serving) -> None:
    configure(store, "two", KIND, "two", "UTC", {"port": serving.port}, "command", NOW)
    taken = rf"Nobody can listen at 127\.0\.0\.1, port {serving.port}: Address already in use\."
    with pytest.raises(SourceProblem, match=taken), LISTENERS[KIND](store, "two", never):
        pass


def test_a_look_says_whether_somebody_listens(store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    add(store, port=port)
    source = sources.get(store, "fs")
    assert source is not None
    with pytest.raises(SourceProblem, match=rf"Nobody listens at http://127\.0\.0\.1:{port}/cdr yet"):
        probe(store, source, NOW)
    with LISTENERS[KIND](store, "fs", never):
        assert probe(store, source, NOW).words == f"listening at http://127.0.0.1:{port}/cdr"


def test_a_database_that_is_away_leaves_the_report_to_the_switch(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.arrivals.PATIENCE", 0.000001)
    add(store)
    with LISTENERS[KIND](store, "fs", never) as serving:
        answer = posted(serving.port, form(sample("a-leg")))
        assert answer.status == 503
        assert answer.sentence.startswith("The database does not take the record now")
        monkeypatch.undo()
        assert posted(serving.port, form(sample("a-leg")))[0] == 200
    assert len(stored(store)) == 1


def test_the_password_of_a_listener_lies_sealed(store: Store, guarded: Serving) -> None:
    source = sources.get(store, "fs")
    assert source is not None
    assert "s3cret" not in repr(source)
    assert given_of(store, source).options["password"] == "s3cret"
