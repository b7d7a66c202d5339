"""What the page Fraud says of what the rules found, its file, and what it takes from a browser."""

import csv
import io
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest

from alerts.fraud import RULES, choices
from app.fraud_file import COLUMNS, row, written
from app.pages.fraud import SHOWN, Asked, look
from app.views import fraud_rules as lines
from app.views.fraud import about, call_of, found, hits, reached, whose
from app.views.fraud_rules import Answer, Typed, heard
from store import fraud_events
from store.connection import transaction
from store.database import Store
from store.fraud_events import Event, Finding, Judged
from store.fraud_rules import Choice
from store.list_hits import Hit
from tests.cast import ALICE

NINE = datetime(2026, 11, 22, 9, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
EVIL = "<script>alert('x')</script>\"><b>"
WANGIRI = Event(
    "wangiri",
    "",
    "+5351234",
    NINE,
    NINE + QUARTER,
    3,
    76,
    20,
    120,
    0.0,
    {"caller": ["begins:+5351234"]},
    NINE,
)
HIT = Hit("id", "", "e", "33899", "premium", NINE, "Paris", ALICE, "+331", "+33899123", "FR", 61.0)


def event(rule: str, **more: Any) -> Event:
    return WANGIRI._replace(rule=rule, **more)


ABOUT: list[tuple[Event, str]] = [
    # a range, with the country that it lies in, however it was written
    (WANGIRI, "from +5351234… (Cuba)"),
    (event("premium", subject="33899"), "to +33899… (France)"),
    (event("satellite", subject="881612"), "to +881612… (International networks)"),
    # one call has a whole number
    (event("premium", subject="33899123456", calls=1), "to +33899123456 (France)"),
    # few digits may be those of several countries, and no digits those of none
    (event("sequence", subject="44"), "to 44…"),
    (event("one-prefix", subject="12x4"), "to 12x4…"),
    # a caller is as it was written
    (event("one-caller", subject=EVIL), f"from {EVIL}"),
    (event("long-call", subject="+33612345678"), "to +33612345678"),
    # a country has a name
    (event("new-country", subject="CU"), "Cuba"),
    # and some are about nothing but their account
    (event("night", subject=""), ""),
    (event("premium", subject=""), ""),
]


@pytest.mark.parametrize(("one", "said"), ABOUT)
def test_what_an_event_is_about_is_said_in_words(one: Event, said: str) -> None:
    assert about(one) == said


WHOSE = [
    (event("premium", account=ALICE), ALICE),
    # nobody's calls
    (event("premium"), "no account"),
    # a rule over all accounts cannot tell several from none
    (event("wangiri"), "several or none"),
    (event("one-caller", account=ALICE), ALICE),
]


@pytest.mark.parametrize(("one", "said"), WHOSE)
def test_whose_calls_they_are(one: Event, said: str) -> None:
    assert whose(one) == said


REACHED = [
    (WANGIRI, "76 calls in a quarter of an hour, 20 are the limit"),
    # one is not many
    (event("premium", value=1.0, limit=1.0), "1 call in a quarter of an hour, 1 is the limit"),
    (event("sequence", value=12.0, limit=10.0), "12 numbers in a quarter of an hour, 10 are the limit"),
    (event("night", value=1758.04, limit=240.0), "1,758 minutes of the night, 240 are the limit"),
    (event("budget", value=1.5, limit=0.5), "1.5 minutes of the day, 0.5 are the limit"),
    (event("at-once", value=101, limit=100), "101 calls in progress, 100 are the limit"),
]


@pytest.mark.parametrize(("one", "said"), REACHED)
def test_what_was_reached_is_told_with_its_unit_and_limit(one: Event, said: str) -> None:
    assert reached(one) == said


def address(html: str) -> dict[str, list[str]]:
    """The parameters of the first link."""
    return parse_qs(unescape(html.partition('href="explore?')[2].partition('"')[0]), keep_blank_values=True)


def test_a_line_leads_to_the_calls_that_it_is_about() -> None:
    html = found([WANGIRI], "Europe/Paris")
    assert address(html) == {
        "caller": ["begins:+5351234"],
        "period": ["custom"],
        "from": ["2026-11-22"],
        "to": ["2026-11-22"],
        "hours": ["2026-11-22T09:00Z/2026-11-22T09:15Z"],
    }
    assert "Sun 22 Nov 2026, 10:00–10:15" in html and "from +5351234… (Cuba)" in html
    evil = event("one-caller", account=EVIL, subject=EVIL, filter={"caller": [f"equals:{EVIL}"]})
    html = found([evil], "UTC")
    assert "<script" not in html and "<b>alert" not in html and html.count("<b>") == 1
    assert address(html)["caller"] == [f"equals:{EVIL}"]


def test_a_call_to_a_listed_number_leads_to_its_minute() -> None:
    start = NINE + timedelta(minutes=3, seconds=41)
    assert call_of(HIT._replace(start=start, account=""), "UTC") == {
        "account": [""],
        "destination": ["equals:+33899123"],
        "period": ["custom"],
        "from": ["2026-11-22"],
        "to": ["2026-11-22"],
        "hours": ["2026-11-22T09:03Z/2026-11-22T09:04Z"],
    }
    html = hits([HIT._replace(caller=EVIL, account=EVIL, words=EVIL, tenant=EVIL)], "Europe/Paris")
    assert "<script" not in html and "<b>" not in html
    assert "Sun 22 Nov 2026 10:00:00" in html and "0:01:01" in html


def test_without_anything_it_says_so() -> None:
    assert "look at every call that comes in" in found([], "UTC")
    assert "Nothing of that was found" in found([], "UTC", filtered=True)
    assert "No call to a number" in hits([], "UTC")


def put(store: Store, *many: Finding) -> None:
    looked = [Judged(one.rule, one.since) for one in many]
    transaction(store.client, lambda session: fraud_events.replace(store, session, looked, many, NINE))


def finding(since: datetime, account: str = ALICE, rule: str = "premium") -> Finding:
    shown = {"account": [account]}
    return Finding(rule, since, since + QUARTER, account, "=33899", 20, 1, 20, 1_234.0, since, shown)


def test_the_page_asks_for_what_is_chosen_and_for_one_more_than_it_shows(store: Store) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    put(store, *(finding(now - timedelta(days=i)) for i in range(1, SHOWN + 9)), finding(now, EVIL, "night"))
    assert len(look(store, Asked()).events) == SHOWN + 1
    assert len(look(store, Asked(shown=2 * SHOWN)).events) == SHOWN + 9
    assert len(look(store, Asked(days=7)).events) in (7, 8)
    assert [one.rule for one in look(store, Asked(account=EVIL, days=0)).events] == ["night"]
    assert look(store, Asked(rule="night", account=ALICE)).events == []
    assert look(store, Asked()).choices == choices(store)


def test_the_file_holds_what_was_found_and_no_formula(store: Store) -> None:
    put(store, finding(NINE, "=HYPERLINK(1)"), finding(NINE - QUARTER, "=HYPERLINK(1)"), finding(NINE))
    put(store, finding(NINE, rule="night"))
    rows = list(csv.DictReader(io.StringIO(written(store, None, "premium", ""))))
    assert tuple(rows[0]) == COLUMNS
    assert {(one["account"], one["about"], one["windows"], one["calls"]) for one in rows} == {
        ("'=HYPERLINK(1)", "'=33899", "2", "40"),
        (ALICE, "'=33899", "1", "20"),
    }
    assert written(store, None, "", "nobody").splitlines() == [",".join(COLUMNS)]
    assert len(written(store, NINE, "", ALICE).splitlines()) == 3
    told = dict(zip(COLUMNS, row(WANGIRI, ZoneInfo("Europe/Paris")), strict=True))
    assert (told["first"], told["unit"]) == ("2026-11-22T10:00:00+01:00", "calls in a quarter of an hour")


SENT: dict[str, Any] = {"key": "wangiri", "active": True, "limit": "20", "own": "", "version": 3}
HEARD: list[tuple[Any, Typed | None]] = [
    (SENT, Typed("wangiri", True, "20", "", 3)),
    # on is on, and nothing else is
    (SENT | {"active": "yes"}, Typed("wangiri", False, "20", "", 3)),
    # no rule, no texts, no number
    (SENT | {"key": "luck"}, None),
    (SENT | {"key": ["wangiri"]}, None),
    (SENT | {"limit": 20}, None),
    (SENT | {"own": None}, None),
    (SENT | {"version": "3"}, None),
    (SENT | {"version": True}, None),
    ("wangiri", None),
    (None, None),
]


@pytest.mark.parametrize(("data", "typed"), HEARD)
def test_of_what_a_browser_sends_only_what_is_typed_is_heard(data: Any, typed: Typed | None) -> None:
    assert heard(data) == typed


def test_the_line_of_a_rule_shows_what_is_chosen_and_what_came_of_it() -> None:
    shown = lines.row(Choice("budget", True, None, {"a,b": 2.5}, 4), Answer().next("Kept.", True))
    assert (shown["name"], shown["unit"]) == (RULES["budget"].label, RULES["budget"].unit)
    assert (shown["limit"], shown["shipped"], shown["own"]) == ("", "1000", '"a,b": 2.5')
    assert (shown["said"], shown["heard"], shown["saved"], shown["version"]) == ("Kept.", 1, 1, 4)
    assert Answer().next("Kept.", True).next("No.", False) == Answer("No.", False, 2, 1)
