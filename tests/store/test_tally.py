"""Who answers a question, the sums or the records; and that what is seldom asked of the sums is exact too."""

from datetime import timedelta
from typing import Any

import pytest

from store import queries
from store.batch import prepare
from store.buckets import FACETS
from store.cover import EVERYTHING
from store.database import Store
from store.ledger import commit
from store.metrics import MEASURES
from store.scope import DurationMatch, NumberMatch, Scope
from store.tally import KEYS_AT_ONCE, MANY_KEYS, summable, tally
from tests import oracle
from tests.cast import ALICE, BOB, CAST, at, call
from tests.store.test_queries import WHOLE, told
from tests.store.year import DAYS, Year

ACCOUNT, SWITCH, COUNTRY = {"accounts": ("1",)}, {"switches": ("s",)}, {"countries": ("FR",)}
ANSWERED_BY_SUMS: dict[str, tuple[dict[str, Any], str | None, bool]] = {
    "totals": ({}, None, True),
    "the hours of an account": (ACCOUNT, "hour", True),
    "the countries of a switch": (SWITCH, "country", True),
    "the hours of a country": (COUNTRY, "hour", True),
    "the countries among some countries": (COUNTRY, "country", True),
    "an account on a switch": (ACCOUNT | SWITCH, "day", True),
    "the switches of an account": (ACCOUNT, "switch", True),
    "the accounts of a country": (COUNTRY, "account", True),
    "the causes of a country": (COUNTRY, "cause", False),
    "a country of an account on a switch": (ACCOUNT | SWITCH | COUNTRY, None, False),
    "the countries of an account on a switch": (ACCOUNT | SWITCH, "country", False),
    "the switches of a country of an account": (ACCOUNT | COUNTRY, "switch", False),
    "a number": ({"caller": NumberMatch("equals", "1")}, None, False),
    "an empty number": ({"destination": NumberMatch("equals", "")}, None, False),
    "a length": ({"duration": DurationMatch("gt", 1)}, None, False),
}


@pytest.mark.parametrize(("narrowed", "by", "expected"), ANSWERED_BY_SUMS.values(), ids=ANSWERED_BY_SUMS)
def test_what_the_sums_can_answer_is_answered_by_them(
    narrowed: dict[str, Any], by: str | None, expected: bool
) -> None:
    assert summable(WHOLE._replace(**narrowed), by) is expected


def test_what_is_answered_by_the_sums_reads_no_record(store: Store) -> None:
    """Also in the dates of hours that are cut: only the cut parts are read."""
    commit(store, prepare(CAST))
    store.db["cdr_202611"].delete_many({})
    scope = Scope(at(-1440), at(120))
    assert tally(store, scope)[EVERYTHING][0] == len(CAST)
    assert sum(cell[0] for cell in tally(store, scope, "hour").values()) == len(CAST)
    # the records of the half hour before nine are gone, so the sums of the hour are not asked for it
    assert tally(store, scope._replace(since=at(30)))[EVERYTHING][0] == 2


SHARED = [
    # a whole hour is in the sums
    ("UTC", 0),
    # of an hour that two share one part is read, and the other is what the sums have beside it
    ("Asia/Kolkata", 50),
    ("Asia/Kathmandu", 25),
    ("Australia/Lord_Howe", 0),
]


@pytest.mark.parametrize(("zone", "percent"), SHARED)
def test_hours_of_a_zone_of_half_hours_read_no_more_records_than_they_must(
    store: Store, zone: str, percent: int
) -> None:
    """The server tells what it has read; but for the first and the last hour."""
    minutes = range(60 * 48)
    calls = [call(f"{i}", at(i), account=str(i % 3), country=("FR", "DE")[i % 2]) for i in minutes]
    commit(store, prepare(calls))
    scope = Scope(at(0), at(60 * 48), zone)
    for narrowed in ({}, {"countries": ("FR",)}, {"accounts": ("1", "2")}):
        mine = scope._replace(**narrowed)
        store.db.command("profile", 2)
        found = queries.hours(store, mine)
        store.db.command("profile", 0)
        reads = list(store.db["system.profile"].find({"ns": {"$regex": "cdr_"}}))
        store.db.drop_collection("system.profile")
        examined = sum(read["docsExamined"] for read in reads)
        # a filter with an index of its own reads just its calls of that part
        least = 0 if narrowed else len(calls) * percent / 100 - 120
        assert least <= examined <= len(calls) * percent / 100 + 120
        assert told(found, "hour", zone) == oracle.figure(calls, mine, "hour")


def test_labels_without_calls_are_absent_and_cells_are_whole(year: Year) -> None:
    for by in (None, "hour", "day", "month", "switch", "account", *FACETS):
        counts = tally(year.store, WHOLE, by)
        assert all(len(cell) == len(MEASURES) and cell[0] > 0 for cell in counts.values())
        assert sum(cell[0] for cell in counts.values()) == len(year.calls)
    assert tally(year.store, WHOLE._replace(accounts=())) == {}
    assert tally(year.store, WHOLE._replace(accounts=("nobody",))) == {}


def test_many_accounts_and_many_days_are_counted_like_few(store: Store) -> None:
    """More keys than are asked for at once, and more periods than are asked for by key."""
    accounts = [f"{i:04}" for i in range(300)]
    hours = MANY_KEYS + 50
    commit(store, prepare([call(name, DAYS[0], account=name) for name in accounts]))
    commit(store, prepare([call(f"h{i}", DAYS[0] + timedelta(hours=i), account=ALICE) for i in range(hours)]))
    week = Scope(DAYS[0] - timedelta(hours=5), DAYS[0] + timedelta(days=9, hours=5))
    assert len(accounts) * 20 > KEYS_AT_ONCE
    found = tally(store, week, "account")
    assert {name: cell[0] for name, cell in found.items()} == {
        **dict.fromkeys(accounts, 1),
        ALICE: 9 * 24 + 5,
    }
    both = Scope(
        DAYS[0], DAYS[0] + timedelta(hours=hours), accounts=(ALICE, BOB, accounts[0]), countries=("FR",)
    )
    for scope in (both, both._replace(countries=())):
        by_hour = sorted(tally(store, scope, "hour").items(), key=lambda row: str(row[0]))
        assert [cell[0] for _, cell in by_hour] == [2] + [1] * (hours - 1)
