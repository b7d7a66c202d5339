"""Whoever looks through a privacy lens gets no whole number of any call: every page, file and endpoint is
walked through by itself, so that a new one is covered on the day it is written.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from app.api.application import described
from app.gate import Gate, Gated
from app.pages import PAGES
from app.viewer import DEMO, EVERYBODY
from ingest.sources import configure
from store import (
    alarm_reports,
    alarms,
    api_keys,
    audit,
    fraud_events,
    list_hits,
    lists,
    live,
    mail_reports,
    sources,
    users,
)
from store.alarm_reports import Report
from store.alarms import Alarm
from store.batch import prepare
from store.connection import transaction
from store.database import Store, open_store
from store.fraud_events import Finding, Judged
from store.ledger import commit
from store.lens import Masked
from store.list_hits import Hit
from store.live import LiveCall, LiveCalls
from store.mail_reports import MailReport
from store.people import User
from store.record import Leg, call_id
from store.setting_tables import PrivacySettings
from store.settings import Settings
from tests.api.conftest import ask as ask_api
from tests.browser.serving import Serving
from tests.cast import ALICE, call
from tests.people import CAST, NOW, PASSWORD, WEAK
from tests.wire import Person

MORNING = datetime(2026, 3, 17, 9, tzinfo=UTC)
CALLER, CALLED, THIRD = "+3361728394556", "+8817092837465", "+4915264738291"
"""The numbers of Alice's calls, and one that stands in a call's other fields."""
RUN = 8
"""Digits of a number in a row that nobody may get: fewer stand in a page by chance."""
ENDS = {"Alice": 4, "Stan": 3}
"""The last digits that they see; Ada sees all."""
WITH = {
    "Alice": CAST["Alice"],
    "Stan": User(name="Stan", role="staff", rights=("alarms", "sources", "users", "see_all")),
    "Ada": CAST["Ada"],
}
ASKED = ("", "?period=custom&from=2026-03-01&to=2026-03-31&caller=ends:556&size=100")


def parts(text: str) -> set[str]:
    """What of a number nobody may get in a text: runs of its digits, whatever parts them."""
    bare = re.sub(r"(?<=\d)[ .()/-]+(?=\d)", "", text)
    digits = (number.removeprefix("+") for number in (CALLER, CALLED, THIRD))
    runs = {one[n : n + RUN] for one in digits for n in range(len(one) - RUN + 1)}
    return {run for run in runs if run in text or run in bare}


def stocked(store: Store) -> None:
    """One of everything that may bear a number."""
    leg = Leg("1", MORNING, None, MORNING, 1, 0, False, CALLER, THIRD, "X", 0, f"SIP/{THIRD}", THIRD, "Dial")
    told: dict[str, Any] = {
        "account": ALICE, "caller": CALLER, "destination": CALLED, "number": CALLED[1:],
        "caller_name": f"Zoe {THIRD[:6]} {THIRD[6:]}", "channel": f"SIP/{CALLER}-1", "country": "001",
        "peer_channel": f"SIP/{THIRD}", "application": f"Dial({THIRD})", "legs": (leg, leg),
    }  # fmt: skip
    made = [call(f"{THIRD}-{n}", MORNING + timedelta(minutes=n), 60, 50, **told) for n in range(3)]
    made.append(call("desk", MORNING, 60, 50, account=ALICE, caller="anonymous", destination="7042"))
    commit(store, prepare(made))
    now = datetime.now(UTC)
    hit = Hit(call_id(made[0]), "", "e", CALLED[1:], f"as {THIRD}", MORNING, "Paris", ALICE, CALLER, CALLED,
              "001", 50.0)  # fmt: skip
    transaction(store.client, lambda session: list_hits.put(store, session, [hit], now))
    findings = [
        finding("one-caller", CALLER, {"caller": [f"equals:{CALLER}"]}),
        finding("wangiri", CALLER[:-2], {"caller": [f"begins:{CALLER[:-2]}"]}),
        finding("long-call", CALLED, {"account": [ALICE], "destination": [f"equals:{CALLED}"]}),
        finding("one-prefix", CALLED[1:-2], {"destination": [f"begins:00{CALLED[1:-2]}"]}),
    ]
    looked = [Judged(one.rule, one.since) for one in findings]
    transaction(store.client, lambda s: fraud_events.replace(store, s, looked, findings, now))
    lists.add(store, lists.Entry("", "", "black", CALLED[1:], "001", f"as {THIRD}", "Ada", now))
    lists.add(store, lists.Entry("", ALICE, "white", CALLER[1:-2], "FR", "", "Ada", now))
    id = alarms.add(store, Alarm(name="Calls", prefix=CALLED[1:-1], warning=1.0, metric="calls"), now)
    shown = {"destination": [f"begins:{CALLED[1:-1]}"]}
    report = Report(
        alarm=id, name="Calls", at=now, since=now, until=now, due=now, state="warning", filter=shown
    )
    alarm_reports.put(store, None, report)
    mail_reports.add(store, MailReport(name="Daily", emails=("noc@example.org",)), now)
    audit.put(store, audit.Entry("Ada", "", "add", "list", "black", f"{CALLED[1:]}…"), now)
    calling(store, now)


def calling(store: Store, now: datetime) -> None:
    """A call in progress."""
    options = {"host": "x", "password": "y"}
    configure(store, "fs", "freeswitch_esl", "Paris", "", options, "command", now)
    going = LiveCall(
        f"SIP/{CALLER}", now, caller=CALLER, destination=CALLED, number=CALLED[1:], account=ALICE
    )
    live.keep(store, "fs", "Paris", LiveCalls(now, [going], 1))
    sources.looked(store, "fs", now)


def finding(rule: str, subject: str, shown: dict[str, list[str]]) -> Finding:
    """What a rule found this morning."""
    recent = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=1)
    until = recent + timedelta(minutes=15)
    return Finding(rule, recent, until, ALICE, subject, 40, 20, 40, 100.0, recent, shown)


@pytest.fixture(scope="module")
def shop(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server where customers see four digits of numbers, staff three, and admins all."""
    settings = Settings(
        data=tmp_path_factory.mktemp("lens"),
        mongo_uri=SecretStr(mongo_uri),
        database="lens",
        privacy=PrivacySettings(customer=ENDS["Alice"], staff=ENDS["Stan"]),
        api_per_minute=1_000_000,
    )
    with open_store(settings) as store:
        for user in WITH.values():
            users.add(store, user, NOW, PASSWORD, WEAK)
        stocked(store)
        server = Serving(store, guest=None)
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="module")
def people(shop: Serving) -> dict[str, Person]:
    """Who looks, logged in."""
    return {name: Person(shop.port).enter(name) for name in WITH}


@pytest.fixture(scope="module")
def keys(shop: Serving) -> dict[str, str]:
    """The API key of each, which may write."""
    held = {name: users.by_name(shop.store, name) for name in WITH}
    now = datetime.now(UTC)
    return {
        name: api_keys.make(shop.store, user, "x", "write", 1, now) for name, user in held.items() if user
    }


def page_of(person: Person, page: str, asked: str) -> str:
    """All that a page gives at once, by HTTP and by its websocket."""
    answer, document = person.opened(f"/{page}", asked)
    return answer.whole + document


@pytest.mark.parametrize("page", PAGES)
def test_no_page_has_a_whole_number(shop: Serving, people: dict[str, Person], page: str) -> None:
    calling(shop.store, datetime.now(UTC))
    for asked in ASKED:
        # she comes first, and what she gets whole is shared with nobody
        whole = page_of(people["Ada"], page, asked.replace("ends:556", "begins:%2B336"))
        for name in ENDS:
            told = page_of(people[name], page, asked)
            assert len(told) > 1_000
            assert parts(told) == set(), (name, asked)
        if page in ("explore", "realtime", "fraud", "lists", "alarms", "audit"):
            assert parts(whole), page


@pytest.mark.parametrize("page", ["explore", "realtime"])
def test_people_read_the_end_of_a_number(people: dict[str, Person], shop: Serving, page: str) -> None:
    calling(shop.store, datetime.now(UTC))
    for name, digits in ENDS.items():
        told = page_of(people[name], page, "").replace("\\u2026", "…").replace("\\u00b7", "·")
        assert f"…{CALLER[-digits:]}·" in told


def files(shop: Serving) -> list[str]:
    """The address of every file and answer of ours, from the routes of the server."""
    rules = [rule for rule in shop.server._tornado.wildcard_router.rules if isinstance(rule.target, type)]
    found = [rule.matcher.regex.pattern for rule in rules if issubclass(rule.target, Gated)]
    return [pattern.rstrip("$").replace("\\", "") for pattern in found if "(" not in pattern]


def test_no_file_has_a_whole_number(shop: Serving, people: dict[str, Person]) -> None:
    found = files(shop)
    assert {"/export.csv", "/fraud.csv", "/alarm-reports.csv", "/burning.json"} <= {*found}
    for file in found:
        for asked in ASKED:
            for name, person in people.items():
                assert name == "Ada" or parts(person.ask(f"{file}{asked}").whole) == set(), (file, asked)
    assert parts(people["Ada"].ask("/export.csv").text)
    assert parts(people["Ada"].ask("/fraud.csv").text)


def exported(person: Person, query: str = "") -> list[dict[str, str]]:
    """The rows of the calls' file."""
    answer = person.ask(f"/export.csv{query}")
    assert answer.status == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_a_sealed_number_joins_and_finds_its_calls(
    shop: Serving, people: dict[str, Person], keys: dict[str, str]
) -> None:
    rows = [row for row in exported(people["Alice"]) if row["uuid"] != "desk"]
    sealed = {row["caller_id_number"] for row in rows}
    assert len(sealed) == 1
    (number,) = sealed
    assert number.startswith(f"{CALLER[-4:]}~")
    query = f"?caller=equals:{quote(number)}"
    assert exported(people["Alice"], query) == rows
    # staff see fewer digits of it, and may be given it
    assert [row["uuid"] for row in exported(people["Stan"], query)] == [row["uuid"] for row in rows]
    held = api(shop, keys, "Alice", f"cdr/{query}")["objects"]
    assert [one["caller_id_number"] for one in held] == [number] * 3
    legs = api(shop, keys, "Alice", f"cdr/{held[0]['id']}/")["legs"]
    assert {leg["caller_id_number"] for leg in legs} == {number}
    assert [row["destination_number"][:2] for row in exported(people["Alice"]) if row["uuid"] == "desk"] == [
        "42"
    ]


def test_an_ending_finds_its_calls_as_far_as_it_is_shown(people: dict[str, Person]) -> None:
    assert len(exported(people["Alice"], "?caller=ends:4556")) == 3
    assert len(exported(people["Stan"], "?caller=ends:556")) == 3
    # of a short number half is shown
    assert len(exported(people["Alice"], "?destination=ends:42")) == 1
    assert len(exported(people["Alice"], "?destination=ends:042")) == 0
    assert len(exported(people["Ada"], "?destination=ends:042")) == 1


PROBES = (
    "caller=begins:%2B336", "caller=begins:3", "caller=contains:72839", "caller=ends:94556",
    f"caller=equals:{quote(CALLER)}", f"destination=equals:{CALLED[1:]}", "caller=equals:4556~AAAA",
)  # fmt: skip


@pytest.mark.parametrize("probe", PROBES)
def test_hidden_digits_are_not_found_out(
    probe: str, shop: Serving, people: dict[str, Person], keys: dict[str, str]
) -> None:
    answer = people["Alice"].ask(f"/export.csv?{probe}")
    assert answer.status == 400
    assert answer.text.count("\n") == 1 and "click on" in answer.text
    for path in ("cdr/", "totals/", "countries/", "report/days/", "concurrent/"):
        refused = ask_api(shop.port, "GET", f"{path}?{probe}", Authorization=f"Bearer {keys['Alice']}")
        assert refused.status == 400, path
        assert refused.body["error"]["field"] == probe.partition("=")[0]
        assert "click on" in refused.body["error"]["sentence"]
    assert "click on" in page_of(people["Alice"], "explore", f"?{probe}&period=90d")


def test_nothing_is_sorted_by_hidden_digits(people: dict[str, Person]) -> None:
    for field in ("caller", "destination"):
        assert people["Alice"].ask(f"/export.csv?sort={field}").status == 400
        assert people["Ada"].ask(f"/export.csv?sort={field}").status == 200
    assert people["Alice"].ask("/export.csv?sort=billsec").status == 200


def test_nobody_asks_by_beginnings_or_sends_records(shop: Serving, keys: dict[str, str]) -> None:
    def status(name: str, path: str, body: Any) -> int:
        sent = {"Authorization": f"Bearer {keys[name]}"}
        return ask_api(shop.port, "POST", path, body, **sent).status

    assert status("Stan", "blacklist/", {"prefix": "33617"}) == 400
    assert status("Stan", "blacklist/", {"prefix": "33"}) == 201
    assert status("Stan", "alarm/", {"name": "probe", "prefix": "33617", "warning": 1}) == 400
    assert status("Stan", "cdr/", {"switch": "Paris"}) == 403
    day = {"start_uepoch": "2026-03-17", "destination_number": CALLED}
    assert status("Stan", "cdr_daily_report/", day) == 400
    assert status("Ada", "cdr_daily_report/", day) == 200


def api(shop: Serving, keys: dict[str, str], name: str, path: str) -> Any:
    """The body of an answer of the API."""
    return ask_api(shop.port, "GET", path, Authorization=f"Bearer {keys[name]}").body


def test_no_answer_of_the_api_has_a_whole_number(shop: Serving, keys: dict[str, str]) -> None:
    rules = shop.server._tornado.wildcard_router.rules
    app = next(found for rule in rules if isinstance(found := rule.target_kwargs.get("app"), FastAPI))
    description = described(app)
    lists_ = [path for path, ways in description["paths"].items() if "get" in ways and "{" not in path]
    seen = dict.fromkeys(WITH, 0)
    for path in lists_:
        for name in WITH:
            found = api(shop, keys, name, f"{path}?limit=0")
            objects = found.get("objects", []) if isinstance(found, dict) else []
            uris = [one["resource_uri"] for one in objects[:20] if "resource_uri" in one]
            for uri in uris:
                seen[name] += bool(parts(json.dumps(api(shop, keys, name, uri))))
            seen[name] += bool(parts(json.dumps(found)))
            assert name == "Ada" or not seen[name], (path, name)
    assert seen["Ada"] >= 8
    day = {"start_uepoch": "2026-03-17"}
    old = ask_api(shop.port, "POST", "cdr_daily_report/", day, Authorization=f"Bearer {keys['Alice']}")
    assert len(old.body) == 4
    assert parts(json.dumps(old.body)) == set()


def test_a_guest_sees_as_the_admins_do(shop: Serving) -> None:
    store = shop.store
    for guest in (EVERYBODY, DEMO):
        assert Gate(store, guest).guest == guest
        behind = Gate(behind_admins(store), guest).guest
        assert behind and behind.lens and behind.lens.digits == 2
        assert not behind.may("sources")
        assert isinstance(behind.veil({"caller": CALLER})["caller"], Masked)


def behind_admins(store: Store) -> Store:
    """The store, by settings where admins see two digits."""
    settings = store.settings.model_copy(update={"privacy": PrivacySettings(admin=2)})
    return Store(store.client, store.db, settings)
