"""Nobody gets a row, a count or a name of another: every endpoint of the description as each of the cast."""

import json
from datetime import timedelta
from typing import Any

import pytest

from app.api.application import described
from store import alarm_reports, alarms, lists
from store.alarm_reports import Report
from store.alarms import Alarm
from store.lists import Entry
from store.record import call_id
from store.sources import add as add_source
from tests.api.conftest import Place, now
from tests.cast import CAST, MORNING

FOREIGN = {
    # What only others have: numbers, switches, accounts, countries and names of the fixed cast.
    "Alice": ("Lyon", "2000", "+442079460000", "CI", "+2250700000000", "202", "b1", "n1", "Bob", "Ada"),
    "Bob": ("Paris", "1000", "+4930123456", "DE", "US", "202", "a1", "n1", "Alice", "Ada"),
    "Charlie": ("Paris", "Lyon", "1000", "2000", "+33140000000", "FR", "DE", "Alice", "Bob", "Ada"),
}
COUNTS = {"Alice": 4, "Bob": 3, "Charlie": 0, "Ada": 9}
RIGHTS = ("alarm", "alarm_report", "blacklist", "whitelist", "source", "user", "mail_report")
"""Lists that customers do not see."""
EVERYBODYS = ("hangup_cause", "report")
NARROWED = ("", "account=1000&account=2000&account=&", "switch=Lyon&switch=Paris&", "caller=contains:0&")


@pytest.fixture
def full(place: Place) -> Place:
    """The server with one of everything."""
    store = place.store
    lists.add(store, Entry("", "", "black", "33699", "", "Bob's", "Ada", now()))
    id = alarms.add(store, Alarm(name="Alice's alarm", secret="hush-secret"), now())
    report = Report(alarm=id, name="Bob's", at=now(), since=now(), until=now(), due=now())
    alarm_reports.put(store, None, report)
    config = {"kind": "kamailio", "switch": "Lyon", "zone": "UTC", "options": {"url": "mysql://Bob"}}
    add_source(store, "Paris/1", {**config, "secrets": {"password": "hush-sealed"}, "origin": "page"}, now())
    return place


def lists_of(place: Place) -> list[str]:
    """The path of every GET that takes no id, from the description of the application itself."""
    rule = next(one for one in place.serving.server._tornado.wildcard_router.rules if "/api/.*" in _of(one))
    paths: dict[str, Any] = described(rule.target_kwargs["app"])["paths"]
    return [path for path, ways in paths.items() if "get" in ways and "{" not in path]


def _of(rule: Any) -> str:
    found = getattr(rule.matcher, "regex", None)
    return found.pattern if found else ""


def test_the_description_has_every_list(place: Place) -> None:
    found = lists_of(place)
    assert len(found) >= 19
    assert {path.split("/")[3] for path in found} > {"cdr", "cdr_daily", "concurrent", "user", "switch"}


@pytest.mark.parametrize("who", list(FOREIGN))
@pytest.mark.parametrize("query", NARROWED)
def test_no_list_has_anything_of_another(who: str, query: str, full: Place) -> None:
    for path in lists_of(full):
        name = path.split("/")[3]
        filtered = query if name not in (*RIGHTS, *EVERYBODYS, "switch") else ""
        found = full.get(f"{path}?{filtered}limit=1000", who)
        if name in RIGHTS:
            assert found.status == 403, path
        assert found.status in (200, 403), found.body
        texts = set(_texts(found.body)) if name not in EVERYBODYS else set()
        assert texts & {*FOREIGN[who]} == set(), path


def _texts(value: Any) -> list[str]:
    """Every text within an answer."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("who", list(COUNTS))
def test_the_figures_count_ones_own_calls(who: str, full: Place) -> None:
    assert full.get("totals/", who).body["objects"][0]["calls"] == COUNTS[who]
    assert full.get("cdr/", who).body["meta"]["total_count"] == COUNTS[who]
    for name in ("cdr_daily", "cdr_hourly", "cdr_monthly", "countries", "switches", "report/accounts"):
        rows = full.get(f"{name}/?from=2026-11-01&to=2026-11-30", who).body["objects"]
        assert sum(row["calls"] for row in rows) == COUNTS[who], name


@pytest.mark.parametrize("who", ["Alice", "Bob", "Charlie"])
def test_an_id_of_another_is_as_one_that_there_is_not(who: str, full: Place) -> None:
    own = {one["id"] for one in full.get("cdr/", who).body["objects"]}
    answers = {str(full.get(f"cdr/{id}/", who)[::2]) for call in CAST if (id := call_id(call)) not in own}
    assert answers == {str(full.get("cdr/01a2027d-ab40-892c-a672-000000000000/", who)[::2])}
    assert [full.get(f"cdr/{id}/", who).status for id in own] == [200] * COUNTS[who]


@pytest.mark.parametrize("who", ["Alice", "Bob", "Charlie"])
def test_a_page_behind_the_call_of_another_has_ones_own_alone(who: str, full: Place) -> None:
    own = {one["id"] for one in full.get("cdr/", who).body["objects"]}
    for call in CAST:
        for way in ("after", "before"):
            page = full.get(f"cdr/?{way}={call_id(call)}&limit=1000", who).body["objects"]
            assert {one["id"] for one in page} <= own


@pytest.mark.parametrize("who", ["Alice", "Bob", "Charlie"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "cdr/", {"switch": "Paris", "start_uepoch": "2026-11-22"}),
        ("POST", "switch/", {"name": "Nice"}),
        ("POST", "blacklist/", {"prefix": "33"}),
        ("DELETE", "blacklist/{id}/", None),
        ("GET", "blacklist/{id}/", None),
        ("GET", "source/Paris/1/", None),
        ("GET", "user/{user}/", None),
    ],
)
def test_customers_change_nothing(who: str, method: str, path: str, body: Any, full: Place) -> None:
    id, ada = lists.entries(full.store)[0].id, full.users["Ada"].id
    found = full.ask(method, path.format(id=id, user=ada), who, body)
    assert (found.status, list(found.body)) == (403, ["error"])
    assert len(lists.entries(full.store)) == 1


@pytest.mark.parametrize("who", ["Alice", "Bob", "Charlie"])
def test_the_old_daily_report_has_ones_own_calls(who: str, full: Place) -> None:
    day = MORNING.date().isoformat()
    found = full.ask("POST", "cdr_daily_report/", who, {"start_uepoch": day}).body
    own = {one["id"] for one in full.get("cdr/", who).body["objects"]}
    assert {one["_id"] for one in found} == own
    more = {"start_uepoch": day, "accountcode": "1000", "switch_id": "Paris"}
    assert {one["_id"] for one in full.ask("POST", "cdr_daily/", who, more).body} <= own


def test_staff_who_see_a_part_edit_those_of_that_part(full: Place) -> None:
    from store import api_keys, users
    from store.people import User
    from tests.people import PASSWORD, WEAK

    staff = User(name="Stan", role="staff", rights=("users",), accounts=("1000",))
    id = users.add(full.store, staff, now(), PASSWORD, WEAK)
    stan = users.one(full.store, id)
    assert stan
    full.keys["Stan"] = api_keys.make(full.store, stan, "x", "write", 1, now())
    names = [one["name"] for one in full.get("user/", "Stan").body["objects"]]
    assert names == ["Alice", "Charlie"]
    assert full.get(f"user/{full.users['Bob'].id}/", "Stan").status == 404
    assert full.get("cdr/", "Stan").body["meta"]["total_count"] == 4


def test_no_answer_bears_a_secret(full: Place) -> None:
    for path in lists_of(full):
        text = json.dumps(full.get(f"{path}?limit=1000").body)
        assert "hush" not in text, path
        assert "argon2" not in text, path
    since = (now() - timedelta(days=1)).isoformat()
    assert full.get(f"alarm_report/?since={since}".replace("+", "%2B")).body["meta"]["next"] is None
