"""The calls: the predecessor's own curl calls, what is sent, and pages that have each call once."""

import json
import random
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.api.record import MOST
from store import retention
from store.batch import prepare
from store.ledger import commit
from store.people import sees, sees_switches
from store.record import call_id
from store.verify import verify
from tests.api.conftest import API, Place, ask, basic
from tests.cast import ALICE, season
from tests.needs import need
from tests.people import PASSWORD

SENT: dict[str, Any] = {
    "switch": "Nice",
    "uuid": "n-1",
    "start_uepoch": "2026-11-22T10:00:00+01:00",
    "answer_uepoch": "2026-11-22T10:00:10+01:00",
    "end_uepoch": "2026-11-22T10:01:10+01:00",
    "duration": 70,
    "billsec": 60,
    "caller_id_number": "201",
    "destination_number": "+33600000009",
    "hangup_cause": "NORMAL_CLEARING",
    "accountcode": "1000",
    "direction": "out",
}
MANUAL = (
    '{"switch_id": 1, "caller_id_number": 12345, "caller_id_name": "xyz", "destination_number": 9972374874, '
    '"duration": 12, "billsec": 15, "hangup_cause_q850": 16, "accountcode": 32523, "direction": "IN", '
    '"uuid": "e8fee8f6-40dd-11e1-964f-000c296bd875", "remote_media_ip": "127.0.0.1", '
    '"start_uepoch": "2012-02-20 12:23:34", "answer_uepoch": "2012-02-20 12:23:34", '
    '"end_uepoch": "2012-02-20 12:23:34", "mduration": 32, "billmsec": 43, "read_codec": "xyz", '
    '"write_codec": "abc", "cdr_type": 1}'
)
JSON = ("-H", "Content-Type:application/json")
WANTED = ("-H", "Accept: application/json")
DAILY = (
    '{"start_uepoch":"2012-02-20", "switch_id": 1, "destination_number": 9972374874, "accountcode": 32523}'
)


def curl(place: Place, *arguments: str) -> tuple[str, str]:
    """Head and body of what curl gets, as the manual calls it."""
    command = need(shutil.which("curl"), "curl, which the manual calls")
    told = [one.replace("http://localhost:8000", place.serving.url) for one in arguments]
    ran = subprocess.run(
        [command, "-s", "-u", f"Ada:{PASSWORD}", "--dump-header", "-", *told],
        capture_output=True,
        text=True,
        check=True,
    )
    head, _, body = ran.stdout.replace("\r\n", "\n").partition("\n\n")
    return head, body


def test_the_manuals_own_calls_work_as_printed(place: Place) -> None:
    head, body = curl(place, *JSON, "-X", "POST", "--data", MANUAL, "http://localhost:8000/api/v1/cdr/")
    made = json.loads(body)
    assert head.startswith("HTTP/1.1 201")
    assert f"Location: {API}/cdr/{made['id']}/" in head
    assert (made["switch"], made["accountcode"], made["billmsec"]) == ("1", "32523", 43)
    head, body = curl(
        place, *WANTED, "-X", "POST", "--data", DAILY, "http://localhost:8000/api/v1/cdr_daily_report/"
    )
    assert [one["_id"] for one in json.loads(body)] == [made["id"]]
    assert json.loads(body)[0]["hangup_cause_id"] == 16
    switch = '{"name": "192.168.1.3", "ipaddress": "192.168.1.3"}'
    head, body = curl(place, *JSON, "-X", "POST", "--data", switch, "http://localhost:8000/api/v1/switch/")
    assert head.startswith("HTTP/1.1 201")
    assert "Location: /api/v1/switch/192.168.1.3/" in head
    head, body = curl(place, *WANTED, "-X", "GET", "http://localhost:8000/api/v1/switch/?format=json")
    names = {one["name"]: one["ipaddress"] for one in json.loads(body)["objects"]}
    assert names == {"1": "", "192.168.1.3": "192.168.1.3", "Lyon": "", "Paris": ""}
    assert json.loads(body)["meta"]["limit"] == 20
    _, body = curl(place, *WANTED, "-X", "GET", "http://localhost:8000/api/v1/hangup_cause/?format=json")
    assert json.loads(body)["objects"][0].keys() >= {"code", "enumeration", "cause", "description"}
    head, body = curl(place, *WANTED, "-X", "GET", "http://localhost:8000/api/v1/")
    assert json.loads(body)["cdr"] == {"list_endpoint": "/api/v1/cdr/"}


def test_records_that_are_sent_twice_are_calls_once(place: Place) -> None:
    body = {"objects": [{**SENT, "uuid": f"n-{number}"} for number in range(200)]}
    first, second = (place.ask("POST", "cdr/", "Ada", body) for _ in range(2))
    assert (first.status, second.status) == (201, 200)
    assert first.body["meta"] == {"limit": MOST, "new": 200, "known": 0, "corrected": 0, "rejected": 0}
    assert second.body["meta"] == {"limit": MOST, "new": 0, "known": 200, "corrected": 0, "rejected": 0}
    ids = [one["id"] for one in first.body["objects"]]
    assert ids == [one["id"] for one in second.body["objects"]]
    assert len({*ids}) == 200
    assert place.get("totals/?switch=Nice").body["objects"][0]["calls"] == 200
    assert verify(place.store) == []


def test_of_those_who_send_the_same_at_once_one_is_told_that_it_is_new(place: Place) -> None:
    body = {"objects": [{**SENT, "uuid": f"n-{number}"} for number in range(50)]}
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: place.ask("POST", "cdr/", "Ada", body), range(4)))
    fates = [[one["status"] for one in answer.body["objects"]] for answer in found]
    assert [sorted(one) for one in zip(*fates, strict=True)] == [["known", "known", "known", "new"]] * 50
    assert verify(place.store) == []


def test_a_record_alone_is_answered_by_its_call(place: Place) -> None:
    made = place.ask("POST", "cdr/", "Ada", SENT)
    assert (made.status, made.headers["location"]) == (201, made.body["resource_uri"])
    assert made.body["start_uepoch"] == "2026-11-22T09:00:00.000+00:00"
    assert (made.body["duration"], made.body["billsec"], made.body["country"]) == (70, 60, "FR")
    assert place.get(made.headers["location"]).body == made.body
    again = place.ask("POST", "cdr/", "Ada", SENT)
    assert (again.status, again.body) == (200, made.body)
    longer = place.ask("POST", "cdr/", "Ada", {**SENT, "billsec": 65})
    assert (longer.status, longer.body["billsec"], longer.body["id"]) == (200, 65, made.body["id"])


def test_a_record_without_a_name_is_known_by_what_it_says(place: Place) -> None:
    nameless = {key: value for key, value in SENT.items() if key != "uuid"}
    found = [place.ask("POST", "cdr/", "Ada", one).status for one in (nameless, nameless)]
    assert found == [201, 200]
    backwards = dict(reversed(nameless.items()))
    assert place.ask("POST", "cdr/", "Ada", backwards).status == 200


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"switch": None}, "switch", "names no switch"),
        ({"start_uepoch": None}, "start_uepoch", "no start time"),
        ({"start_uepoch": "yesterday"}, "start_uepoch", "is no time"),
        ({"answer_uepoch": "?"}, "answer_uepoch", "is no time"),
        ({"start_uepoch": "1980-01-01 00:00:00"}, "start_uepoch", "before 1990"),
        ({"end_uepoch": "2026-11-22T09:00:00+01:00"}, "end_uepoch", "before it starts"),
        ({"answer_uepoch": "2026-11-22T09:00:00+01:00"}, "answer_uepoch", "answered before its start"),
        ({"billsec": 100}, "billsec", "more than the duration"),
        ({"duration": 10**9}, "duration", "31 days"),
        ({"duration": -1}, "duration", "greater than or equal to 0"),
        ({"duration": "long"}, "duration", "not written as it has to be"),
        # A truth is no number of seconds, and no text.
        ({"duration": True}, "duration", ""),
        ({"accountcode": True}, "accountcode", "a valid string"),
        # Operators of the database are no texts.
        ({"accountcode": {"$gt": ""}}, "accountcode", "a valid string"),
        ({"uuid": ["a"]}, "uuid", "a valid string"),
        ({"$where": "1"}, "$where", "no such field"),
        ({"duration": {"$numberLong": "1"}}, "duration", ""),
        ({"uuid": "x" * 201}, "uuid", "at most 200 characters"),
    ],
)
def test_a_wrong_record_says_why_and_keeps_no_other_out(
    change: dict[str, Any], field: str, says: str, place: Place
) -> None:
    wrong = {**SENT, "uuid": "wrong", **change}
    alone = place.ask("POST", "cdr/", "Ada", wrong)
    assert (alone.status, alone.body["error"]["field"]) == (400, field), alone.body
    assert says in alone.body["error"]["sentence"]
    found = place.ask("POST", "cdr/", "Ada", {"objects": [SENT, wrong, {**SENT, "uuid": "n-2"}]})
    assert [one["status"] for one in found.body["objects"]] == ["new", "rejected", "new"]
    assert found.body["objects"][1]["error"] == alone.body["error"]
    assert verify(place.store) == []


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ("", 400, "no JSON"),
        ("{", 400, "no JSON"),
        ("NaN", 400, "no JSON"),
        ("[]", 400, "The body is a record"),
        ('"x"', 400, "The body is a record"),
        ('{"objects": {}}', 400, "a list of records"),
        ('{"objects": [], "more": 1}', 400, "a list of records"),
        ("[" * 100_000, 400, "no JSON"),
        ('{"a":' * 100_000, 400, "no JSON"),
        ('{"uuid": "\\ud800"}', 400, "no JSON"),
        (b"\xff\xfe", 400, "no JSON"),
        (json.dumps({"objects": [{}] * 1_001}), 413, "at most 1,000 records"),
        (" " * (2 * 1024 * 1024 + 1), 413, "larger than 2 MB"),
    ],
)
def test_a_body_that_is_none_is_refused(body: Any, status: int, says: str, place: Place) -> None:
    found = place.ask("POST", "cdr/", "Ada", body)
    assert (found.status, says in found.body["error"]["sentence"]) == (status, True), found.body


def test_a_bulk_of_wrong_records_is_answered_record_by_record(place: Place) -> None:
    found = place.ask("POST", "cdr/", "Ada", {"objects": [5, None, [], "x", {}]})
    assert (found.status, found.body["meta"]["rejected"]) == (200, 5)


@pytest.mark.parametrize("name", ["Alice", "Bob", "Charlie"])
def test_customers_send_no_calls(name: str, place: Place) -> None:
    found = place.ask("POST", "cdr/", name, {**SENT, "accountcode": ALICE})
    assert (found.status, found.body["error"]["sentence"]) == (
        403,
        "This is for those who edit sources, and see all calls.",
    )


DAYS = [datetime(2026, month, day, tzinfo=UTC) for month, day in ((9, 30), (10, 1), (11, 20))]
CALLS = season(DAYS, 400, 5)
QUERIES: list[tuple[str, Any]] = [
    ("", lambda one: True),
    ("account=1000", lambda one: one.account == "1000"),
    ("account=1000&account=", lambda one: one.account in ("1000", "")),
    ("switch=Lyon&cause=USER_BUSY", lambda one: (one.switch, one.cause) == ("Lyon", "USER_BUSY")),
    ("country=FR&country=DE&direction=in", lambda one: one.country in ("FR", "DE") and one.direction == "in"),
    ("caller=begins:%2B33", lambda one: one.caller.startswith("+33")),
    # A pattern is the text that it is.
    ("destination=contains:.*", lambda one: ".*" in one.destination),
    ("destination=ends:1", lambda one: one.destination.endswith("1")),
    ("talk=ge:60", lambda one: one.billmsec >= 60_000),
    ("from=2026-09-30&to=2026-09-30", lambda one: one.start.date() == DAYS[0].date()),
    ("since=2026-10-01T00:00:00Z", lambda one: one.start >= DAYS[1]),
    ("until=2026-10-01T00:00:00%2B00:00", lambda one: one.start < DAYS[1]),
    ("hours=2026-11-20T08:00Z/2026-11-20T20:00Z",
     lambda one: (one.start - DAYS[2]) // timedelta(hours=1) in range(8, 20)),
]  # fmt: skip


def expected(place: Place, who: str, fits: Any) -> list[str]:
    """The ids of what somebody may see, newest first, by a plain loop."""
    user = place.users[who]
    accounts, switches = sees(user), sees_switches(user)
    own = [
        one
        for one in CALLS
        if fits(one)
        and (accounts is None or one.account in accounts)
        and (not switches or one.switch in switches)
    ]
    return sorted((call_id(one) for one in own), reverse=True)


@pytest.fixture
def season_place(place: Place) -> Place:
    """The server over a season of calls in three months."""
    for name in place.store.db.list_collection_names():
        if name.startswith("cdr_") or name == "sums":
            place.store.db[name].delete_many({})
    commit(place.store, prepare(CALLS))
    return place


def walked(place: Place, path: str, who: str, way: str) -> list[list[dict[str, Any]]]:
    """The pages from an address on, by their `next` or `previous`."""
    pages = []
    while path:
        found = place.get(path, who)
        assert found.status == 200, found.body
        pages.append(found.body["objects"])
        path = found.body["meta"][way]
    return pages


@pytest.mark.parametrize(("query", "fits"), QUERIES)
def test_the_pages_have_each_call_once_as_a_plain_loop_finds_them(
    query: str, fits: Any, season_place: Place
) -> None:
    for who, size in (("Ada", 50), ("Alice", 7), ("Bob", 3), ("Charlie", 5)):
        wanted = expected(season_place, who, fits)
        pages = walked(season_place, f"cdr/?{query}&limit={size}", who, "next")
        assert [one["id"] for page in pages for one in page] == wanted
        first = season_place.get(f"cdr/?{query}&limit={size}", who).body["meta"]
        assert first["previous"] is None
        assert first.get("total_count", len(wanted)) == len(wanted)


def test_the_pages_lead_back_to_where_they_began(season_place: Place) -> None:
    wanted = expected(season_place, "Ada", lambda one: True)
    rnd = random.Random(3)
    for place in rnd.sample(range(1, len(wanted)), 5):
        back = walked(season_place, f"cdr/?before={wanted[place]}&limit=40", "Ada", "previous")
        assert [one["id"] for page in reversed(back) for one in page] == wanted[:place]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=1001", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("after=x", "after"),
        ("after=01a2027d-ab40-892c-a672-cf6a0264d848&before=01a2027d-ab40-892c-a672-cf6a0264d848", "before"),
        ("account[$ne]=x", "account[$ne]"),
        ("account[]=x", "account[]"),
        ("$where=1", "$where"),
        ("caller=regex:.*", "caller"),
        ("caller=$gt:1", "caller"),
        ("talk=gt:1e9", "talk"),
        ("talk=gt:inf", "talk"),
        ("since=2026-10-01T00:00:00", "since"),
        ("since=1800-01-01T00:00:00Z", "since"),
        ("since=2026-10-02T00:00:00Z&until=2026-10-01T00:00:00Z", "until"),
        ("from=2026-13-01", "from"),
        ("from=0001-01-01", "from"),
        ("from=2026-10-02&to=2026-10-01", "to"),
        ("hours=2026-11-20T08:00Z/2026-11-20T07:00Z", "hours"),
        ("hours=9999-99-99T99:99Z/9999-99-99T99:99Z", "hours"),
        ("zone=Mars/Olympus", "zone"),
        ("zone=../../etc/passwd", "zone"),
        ("direction=up", "direction.0"),
        ("period=always", "period"),
        ("format=xml", "format"),
        ("&".join(["account=1"] * 51), "account"),
        ("account=" + "x" * 129, "account.0"),
    ],
)
def test_what_is_no_question_is_refused_by_the_name_of_its_field(
    query: str, field: str, place: Place
) -> None:
    found = place.get(f"cdr/?{query}")
    assert (found.status, found.body["error"].get("field")) == (400, field), found.body
    assert found.body["error"]["sentence"].endswith(".")


def test_a_record_of_a_month_that_is_dropped_is_rejected(season_place: Place) -> None:
    retention.drop(season_place.store, "202609")
    late = {**SENT, "start_uepoch": "2026-09-01T10:00:00Z", "answer_uepoch": None, "end_uepoch": None}
    found = season_place.ask("POST", "cdr/", "Ada", {"objects": [late, SENT]}).body
    assert [one["status"] for one in found["objects"]] == ["rejected", "new"]
    said = found["objects"][0]["error"]
    assert (said["field"], "late for 2026-09" in said["sentence"]) == ("start_uepoch", True)
    assert verify(season_place.store) == []


def test_one_call_has_its_legs_and_the_zone_that_is_asked_for(place: Place) -> None:
    leg = {
        **SENT,
        "leg": "b",
        "start_uepoch": "2026-11-22T10:00:20+01:00",
        "answer_uepoch": None,
        "billsec": 0,
    }
    body = {
        "objects": [{**SENT, "leg": "a"}, {**leg, "duration": 5, "end_uepoch": "2026-11-22T10:00:25+01:00"}]
    }
    made = place.ask("POST", "cdr/", "Ada", body).body["objects"]
    assert [one["status"] for one in made] == ["new", "known"]
    found = place.get(made[0]["resource_uri"] + "?zone=Europe/Paris").body
    assert found["start_uepoch"] == "2026-11-22T10:00:00.000+01:00"
    assert [one["duration"] for one in found["legs"]] == [70, 5]


def test_an_answer_is_kept_by_nobody_on_its_way(place: Place) -> None:
    found = ask(place.serving.port, "GET", "cdr/", Authorization=basic("Ada"))
    assert found.headers["cache-control"] == "no-store"
    assert "default-src 'self'" in found.headers["content-security-policy"]
    assert "server" not in found.headers
