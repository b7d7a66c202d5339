"""Lists, switches, causes, sources, users, alarms; the description and its page; a database that is lost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.viewer import EVERYBODY
from store import alarm_reports, audit, causes
from store.alarm_reports import Report
from store.database import Store
from tests.api.conftest import Place, ask, now
from tests.browser.serving import Serving

LIST = "blacklist"


@pytest.mark.parametrize("path", ["blacklist", "whitelist"])
def test_numbers_are_put_on_a_list_once_shown_and_taken_off(path: str, place: Place) -> None:
    body = {"prefix": "+33699", "words": "premium", "account": "1000"}
    made = place.ask("POST", f"{path}/", "Ada", body)
    assert (made.status, made.body["prefix"], made.body["by"]) == (201, "33699", "Ada")
    assert place.ask("POST", f"{path}/", "Ada", body).status == 200
    where = made.headers["location"]
    assert place.get(where).body == made.body
    other = {"blacklist": "whitelist", "whitelist": "blacklist"}[path]
    assert place.get(where.replace(path, other)).status == 404
    assert place.ask("DELETE", where.replace(path, other)).status == 404
    assert place.get(f"{path}/").body["objects"] == [made.body]
    gone = place.ask("DELETE", where)
    assert (gone.status, gone.body) == (204, "")
    assert (place.ask("DELETE", where).status, place.get(where).status) == (404, 404)
    told = [(one.verb, one.kind, one.object) for one in audit.page(place.store)]
    assert told == [("remove", path, "33699"), ("add", path, "33699")]


@pytest.mark.parametrize(
    ("body", "field", "says"),
    [
        ({}, "prefix", "Say which numbers"),
        ({"prefix": "12a"}, "prefix", "not written"),
        ({"prefix": {"$gt": ""}}, "prefix", "a valid string"),
        ({"country": "Nowhere"}, "country", "no such country"),
        ({"prefix": "33", "nix": 1}, "nix", "no such field"),
    ],
)
def test_what_is_no_line_is_refused(body: Any, field: str, says: str, place: Place) -> None:
    found = place.ask("POST", f"{LIST}/", "Ada", body)
    assert (found.status, found.body["error"]["field"]) == (400, field), found.body
    assert says in found.body["error"]["sentence"]


def test_every_cause_of_q850_has_its_description(place: Place) -> None:
    found = place.get("hangup_cause/?limit=0").body["objects"]
    assert {one["code"] for one in found} >= set(causes.codes())
    assert all(one["description"] for one in found)
    assert place.get("hangup_cause/16/").body["enumeration"] == "NORMAL_CLEARING"
    assert place.get("hangup_cause/USER_BUSY/").body["code"] == 17
    assert [place.get(f"hangup_cause/{id}/").status for id in ("999", "NIX", "%C2%B2")] == [404] * 3


def test_pages_of_a_list_lead_on_and_back(place: Place) -> None:
    total = place.get("hangup_cause/?limit=1").body["meta"]["total_count"]
    path, seen = "hangup_cause/?limit=30", []
    while path:
        found = place.get(path).body
        seen += [one["id"] for one in found["objects"]]
        last, path = found["meta"], found["meta"]["next"]
    assert len(seen) == len({*seen}) == total
    assert place.get(last["previous"]).body["objects"][0]["id"] == seen[last["offset"] - 30]


def test_a_switch_may_have_any_name(place: Place) -> None:
    made = place.ask("POST", "switch/", "Ada", {"name": "a/b %é"})
    assert made.headers["location"] == "/api/v1/switch/a%2Fb%20%25%C3%A9/"
    assert place.get(made.headers["location"]).body == made.body


def test_reports_come_page_by_page(place: Place) -> None:
    for number in range(5):
        at = now() + timedelta(seconds=number)
        report = Report(name=str(number), at=at, since=at, until=at, due=at)
        alarm_reports.put(place.store, None, report)
    path, seen = "alarm_report/?limit=2", []
    while path:
        found = place.get(path).body
        seen += [one["name"] for one in found["objects"]]
        path = found["meta"]["next"]
    assert seen == list("43210")


def test_the_description_and_its_page_come_from_here(place: Place) -> None:
    assert ask(place.serving.port, "GET", "openapi.json").body["openapi"].startswith("3.1")
    page = ask(place.serving.port, "GET", "docs")
    assert page.status == 200
    assert "http" not in page.body
    for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert f"/api/v1/{name}" in page.body
        assert ask(place.serving.port, "GET", name).status == 200
    old = ask(place.serving.port, "GET", "/api-explorer/")
    assert (old.status, old.headers["location"]) == (302, "/api/v1/docs")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "nothing/", 404),
        ("GET", "/api/v2/cdr/", 404),
        ("GET", "swagger-ui.js.map", 404),
        ("PUT", "cdr/", 405),
        ("DELETE", "cdr/", 405),
        ("TRACE", "cdr/", 405),
        # As with the predecessor a missing slash is found.
        ("GET", "cdr", 307),
    ],
)
def test_another_address_is_told_in_the_one_shape(method: str, path: str, status: int, place: Place) -> None:
    found = place.ask(method, path, "Ada")
    assert found.status == status
    assert status == 307 or list(found.body) == ["error"]


@pytest.fixture
def broken(store: Store) -> Iterator[Serving]:
    """A server that has lost its database object, which nobody foresaw."""
    server = Serving(replace(store, db=None), guest=EVERYBODY)  # type: ignore[arg-type]
    server.start()
    yield server
    server.stop()


def test_what_nobody_foresaw_is_told_in_the_one_shape(broken: Serving) -> None:
    found = ask(broken.port, "GET", "totals/")
    assert (found.status, list(found.body)) == (500, ["error"])
    assert "log" in found.body["error"]["sentence"]


@pytest.fixture
def lost(store: Store) -> Iterator[Serving]:
    """A server whose database is gone for good."""
    from pymongo import MongoClient

    away: Any = MongoClient("mongodb://127.0.0.1:9", serverSelectionTimeoutMS=200)
    server = Serving(replace(store, client=away, db=away["test"]), guest=EVERYBODY)
    server.start()
    yield server
    server.stop()
    away.close()


@pytest.mark.parametrize("path", ["cdr/", "totals/", "switch/", "blacklist/"])
def test_a_lost_database_is_told_with_503(path: str, lost: Serving) -> None:
    found = ask(lost.port, "GET", path)
    assert (found.status, found.headers["retry-after"]) == (503, "5")
    assert "does not answer" in found.body["error"]["sentence"]


def test_a_lost_database_takes_no_records(lost: Serving) -> None:
    body = {"switch": "Nice", "start_uepoch": "2026-11-22T10:00:00Z", "destination_number": "201"}
    assert ask(lost.port, "POST", "cdr/", body).status == 503
