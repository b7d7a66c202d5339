"""Retention: what is dropped leaves every figure as it was, or is said to be gone; nothing comes in late."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pymongo.client_session import ClientSession

from store import calls, catalog, concurrency, months, queries, retention
from store.batch import prepare
from store.database import Store, open_store
from store.errors import ImportProblem, QueryError, StoreError
from store.ledger import Receipt, commit
from store.record import CDR, call_id
from store.scope import DurationMatch, NumberMatch, Scope
from store.verify import months as proved
from store.verify import rebuild, verify
from tests import oracle
from tests.cast import ALICE, BOB, MS, SWITCHES, call, season
from tests.store.test_concurrency import told as busy_minutes
from tests.store.test_queries import FIGURES, FILTERS, IN_TIME, told

OCTOBER, NOVEMBER, DECEMBER = (datetime(2026, month, 1, tzinfo=UTC) for month in (10, 11, 12))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ALL = Scope(datetime(2026, 9, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
AROUND = (NOVEMBER - HOUR, NOVEMBER + 2 * HOUR)


def over_the_edge(horizon: datetime) -> list[CDR]:
    """Calls in progress when a month ends, short and of days; one of them over the whole next month."""
    rnd, made = random.Random(horizon.month), []
    lengths = (0.1, 0.3, 1, 5.9, 6.1, 30, 100, 31 * 24)
    for i, hours in enumerate(lengths * 3):
        start = horizon - rnd.uniform(0.05, 1) * hours * HOUR
        start = start.replace(microsecond=start.microsecond // 1000 * 1000)
        made.append(
            call(f"edge-{horizon.month}-{i}", start, hours * 3600, 60, switch=rnd.choice(SWITCHES),
                 account=rnd.choice((ALICE, BOB)), caller=rnd.choice(("+33140000000", "201")))
        )  # fmt: skip
    return made


CALLS = [
    *season(
        [OCTOBER + 9 * DAY, NOVEMBER - DAY, NOVEMBER, NOVEMBER + DAY, DECEMBER - DAY, DECEMBER], 900, seed=3
    ),
    *over_the_edge(NOVEMBER),
    *over_the_edge(DECEMBER),
]


def since(horizon: datetime) -> list[CDR]:
    """The calls whose records are kept."""
    return [one for one in CALLS if one.start >= horizon]


@pytest.fixture
def full(store: Store) -> Store:
    """Three months of calls, with their concurrent calls counted in part."""
    commit(store, prepare(CALLS))
    concurrency.refresh(store, last=NOVEMBER.date() - 2 * DAY)
    return store


@pytest.fixture
def dropped(full: Store) -> Store:
    """The same, of which October is dropped."""
    assert retention.drop(full, "202610") == len(CALLS) - len(since(NOVEMBER))
    return full


def check_figures(store: Store, scope: Scope, keys: Any = tuple(FIGURES)) -> None:
    for key in keys:
        frame = FIGURES[key](store, scope)
        assert told(frame, key, scope.zone) == oracle.figure(CALLS, scope, key), (key, scope)


def check_busy(store: Store, *scopes: Scope) -> None:
    for scope in scopes:
        for together in (False, True):
            found = busy_minutes(queries.concurrent(store, scope, together))
            assert found == oracle.concurrent(CALLS, scope, together), (scope, together)


SUMMED = (
    "nothing is narrowed", "two accounts", "two switches, one of them with a hostile name",
    "an account on a switch", "two countries", "a country of an account",
)  # fmt: skip


@pytest.mark.parametrize("name", SUMMED)
def test_what_the_sums_know_is_known_for_ever(dropped: Store, name: str) -> None:
    for zone in ("UTC", "Europe/Paris"):
        check_figures(dropped, ALL._replace(zone=zone, **FILTERS[name]), IN_TIME)
    check_figures(
        dropped, ALL._replace(since=NOVEMBER - 31 * HOUR, until=NOVEMBER + HOUR / 3, **FILTERS[name]), IN_TIME
    )
    if not FILTERS[name]:
        check_figures(dropped, ALL)
        first = min(one.start for one in CALLS).replace(minute=0, second=0, microsecond=0)
        assert catalog.span(dropped) == (first, max(one.start for one in CALLS))


NEEDS_RECORDS: dict[str, Scope] = {
    "a number": ALL._replace(caller=NumberMatch("begins", "+33")),
    "a length": ALL._replace(duration=DurationMatch("gt", 6)),
    "several facets": ALL._replace(countries=("FR",), causes=("USER_BUSY",)),
    "a part of an hour": ALL._replace(since=NOVEMBER - DAY + HOUR / 2),
}


@pytest.mark.parametrize("scope", NEEDS_RECORDS.values(), ids=NEEDS_RECORDS)
def test_what_only_the_records_knew_is_said_to_be_gone_and_known_from_the_horizon_on(
    dropped: Store, scope: Scope
) -> None:
    with pytest.raises(QueryError, match=r"before 2026-11-01 \(UTC\) are kept as sums only"):
        queries.totals(dropped, scope)
    check_figures(dropped, scope._replace(since=NOVEMBER), IN_TIME)


def test_hours_of_a_zone_of_half_hours_are_gone_and_its_days_not_wrong(dropped: Store) -> None:
    for figure in (queries.hours, queries.days):
        with pytest.raises(QueryError):
            figure(dropped, ALL._replace(zone="Asia/Kolkata"))
    check_figures(dropped, ALL._replace(zone="Asia/Kolkata", since=NOVEMBER), IN_TIME)


def test_a_search_finds_what_is_there_and_counts_just_that(dropped: Store) -> None:
    mine = {call_id(one) for one in since(NOVEMBER)}
    assert {call_id(one) for one in calls.stream(dropped, ALL)} == mine
    assert {*calls.page(dropped, ALL, limit=5_000).rows["id"]} == mine
    assert calls.number(dropped, ALL) == (len(mine), True)
    assert calls.number(dropped, NEEDS_RECORDS["a number"])[0] < len(mine)
    old = ALL._replace(until=NOVEMBER)
    assert calls.number(dropped, old) == (0, True)
    assert calls.page(dropped, old).rows.empty
    assert calls.call(dropped, call_id(CALLS[-len(over_the_edge(DECEMBER)) - 1]), None) is None


def test_concurrent_calls_stay_also_where_they_began_before(dropped: Store) -> None:
    """Days of before are kept, and days of after are counted with the calls that reached into them."""
    windows = (AROUND, (NOVEMBER - DAY, NOVEMBER - 22 * HOUR), (NOVEMBER + 29 * HOUR, NOVEMBER + 31 * HOUR))
    check_busy(dropped, *(Scope(*window) for window in windows))
    some = Scope(*AROUND, switches=SWITCHES[:2])
    assert busy_minutes(queries.concurrent(dropped, some)) == oracle.concurrent(CALLS, some, False)
    # a narrower question is counted from the calls
    after = Scope(NOVEMBER, NOVEMBER + 2 * HOUR, accounts=(ALICE,))
    check_busy(
        dropped, after, after._replace(caller=NumberMatch("begins", "33")), after._replace(countries=("DE",))
    )
    for gone in (after._replace(since=AROUND[0]), some):
        with pytest.raises(QueryError):
            queries.concurrent(dropped, gone, together=True)


def test_days_after_the_horizon_that_change_are_counted_anew_with_all_calls(dropped: Store) -> None:
    concurrency.refresh(dropped)
    late = [call("late", NOVEMBER + MS, 3 * 3600, switch=SWITCHES[0])]
    assert commit(dropped, prepare(late)) == Receipt(1, 0, 0)
    for together in (False, True):
        found = busy_minutes(queries.concurrent(dropped, Scope(*AROUND), together))
        assert found == oracle.concurrent([*CALLS, *late], Scope(*AROUND), together)
    assert verify(dropped) == []


def test_two_months_dropped_one_after_the_other_leave_one_edge(dropped: Store) -> None:
    retention.drop(dropped, "202611")
    check_figures(dropped, ALL, IN_TIME)
    check_busy(dropped, Scope(*AROUND), Scope(DECEMBER - HOUR, DECEMBER + HOUR))
    check_busy(dropped, Scope(DECEMBER, DECEMBER + HOUR, accounts=(ALICE, BOB)))
    assert retention.sealed(dropped) == {"202610", "202611"}
    reaching = [one for one in CALLS if one.start < DECEMBER < one.end]
    last_day = [one for one in CALLS if DECEMBER - DAY <= one.start < DECEMBER]
    assert dropped.db["remains"].count_documents({}) == len({*reaching, *last_day})
    assert verify(dropped) == []


def delivered(store: Store, rows: Sequence[CDR]) -> tuple[Receipt, list[CDR]]:
    """A batch whose refused calls are written down."""
    given: list[CDR] = []

    def refused(session: ClientSession, late: list[CDR]) -> None:
        given[:] = late

    return commit(store, prepare(rows), refused=refused), given


LAST = next(one for one in CALLS if NOVEMBER - HOUR < one.start < NOVEMBER)
FIRST = next(one for one in CALLS if NOVEMBER <= one.start < NOVEMBER + HOUR)


def moved(one: CDR, by: timedelta) -> CDR:
    return one._replace(start=one.start + by, end=one.end + by)


LATE: dict[str, tuple[Sequence[CDR], Receipt, int]] = {
    "a new call of the month": ([call("n", NOVEMBER - MS)], Receipt(0, 0, 0), 1),
    "the last one in the month and the first after": (
        [call("n", NOVEMBER - MS), call("m", NOVEMBER)], Receipt(1, 0, 0), 1,
    ),
    "a call of a month before, of which there never was one": (
        [call("n", OCTOBER - 99 * DAY)], Receipt(0, 0, 0), 1,
    ),
    "a call of the month once more": ([LAST], Receipt(0, 0, 0), 1),
    "a call of the month, corrected to after it": ([moved(LAST, 2 * HOUR)], Receipt(0, 0, 0), 1),
    "a leg of a call of the month that came after it": (
        [moved(LAST, 2 * HOUR)._replace(leg="2"), FIRST], Receipt(0, 1, 0), 1,
    ),
    "a call of after, corrected to within the month": ([moved(FIRST, -2 * HOUR)], Receipt(0, 0, 0), 1),
    "a name of the month that the switch uses again after two days": (
        [moved(LAST, 2 * DAY)], Receipt(1, 0, 0), 0,
    ),
    "everything once more": (CALLS, Receipt(0, len(since(NOVEMBER)), 0), len(CALLS) - len(since(NOVEMBER))),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "receipt", "late"), LATE.values(), ids=LATE)
def test_what_is_late_is_given_back_and_the_rest_counted(
    dropped: Store, rows: Sequence[CDR], receipt: Receipt, late: int
) -> None:
    before = dropped.db["sums"].find_one({"_id": "*|*|m|202610"})
    found, given = delivered(dropped, rows)
    assert (found, len(given)) == (receipt, late)
    assert {one.uuid for one in given} <= {one.uuid for one in rows}
    assert "cdr_202610" not in dropped.db.list_collection_names()
    assert dropped.db["sums"].find_one({"_id": "*|*|m|202610"}) == before
    assert verify(dropped) == []
    # once more it is known, or refused again
    assert delivered(dropped, rows) == (Receipt(0, receipt.new + receipt.known, 0), given)


def test_a_batch_with_late_calls_is_refused_as_a_whole_where_nobody_takes_them(dropped: Store) -> None:
    with pytest.raises(ImportProblem, match=r"The call 'n' of 2026-10-31 \(UTC\), and 0 others, belong"):
        commit(dropped, prepare([call("n", NOVEMBER - MS), call("m", NOVEMBER)]))
    assert calls.number(dropped, ALL).calls == len(since(NOVEMBER))


def test_another_process_that_knew_the_partition_makes_none_again(full: Store) -> None:
    with open_store(full.settings) as other:
        retention.drop(other, "202610")
    receipt, given = delivered(full, [call("n", NOVEMBER - MS), call("m", NOVEMBER)])
    assert (receipt, [one.uuid for one in given]) == (Receipt(1, 0, 0), ["n"])
    assert "cdr_202610" not in full.db.list_collection_names()


@pytest.mark.parametrize("steps", range(len(retention.STEPS) + 1))
def test_a_kill_at_any_step_leaves_figures_right_and_is_mended_by_dropping_again(
    full: Store, steps: int
) -> None:
    months.seal(full, "202610")
    for step in retention.STEPS[:steps]:
        step(full, OCTOBER)
    for _ in range(2):
        check_figures(full, ALL, IN_TIME)
        check_busy(full, Scope(*AROUND), Scope(NOVEMBER, NOVEMBER + HOUR, accounts=(ALICE,)))
        with pytest.raises(QueryError):
            queries.totals(full, NEEDS_RECORDS["a number"])
        assert delivered(full, [LAST, moved(LAST, 2 * HOUR)._replace(billmsec=1)])[0] == Receipt(0, 0, 0)
        assert calls.number(full, ALL).calls == len(since(NOVEMBER))
        assert verify(full) == []
        retention.drop(full, "202610")


def test_the_oldest_month_goes_first(full: Store) -> None:
    with pytest.raises(StoreError, match="The records of 2026-10 are still there"):
        retention.drop(full, "202611")
    assert retention.sealed(full) == frozenset()
    assert verify(full) == []


def test_the_proof_passes_dropped_months_over_and_the_repair_refuses_them(dropped: Store) -> None:
    assert proved(dropped) == [NOVEMBER, DECEMBER]
    for key in ("*|*|m|202610", "*|*|m|202611"):
        dropped.db["sums"].update_one({"_id": key}, {"$inc": {"total.all.0": 1}})
    (difference,) = verify(dropped)
    assert difference.key == "*|*|m|202611"
    with pytest.raises(StoreError, match=r"Give --since 2026-11-01 or later"):
        rebuild(dropped, OCTOBER)
    assert rebuild(dropped) == 1
    bucket = dropped.db["sums"].find_one({"_id": "*|*|m|202610"})
    assert bucket and bucket["total"]["all"][0] == 1 + len(CALLS) - len(since(NOVEMBER))


def test_months_are_dropped_while_calls_come_in(full: Store) -> None:
    """Each call is counted or given back, whichever of batch and seal comes first."""
    rows = [call(f"race-{i}", NOVEMBER - DAY + i * MS) for i in range(300)]

    def work(share: int) -> int:
        with open_store(full.settings) as own:
            return sum(delivered(own, rows[i : i + 5])[0].new for i in range(share, 300, 10))

    with ThreadPoolExecutor(3) as pool:
        shares = [pool.submit(work, share) for share in (0, 5)]
        pool.submit(retention.drop, full, "202610").result()
        counted = sum(share.result() for share in shares)
    old = ALL._replace(until=NOVEMBER)
    assert queries.totals(full, old)["calls"][0] == len(CALLS) - len(since(NOVEMBER)) + counted
    assert "cdr_202610" not in full.db.list_collection_names() or not full.db["cdr_202610"].find_one()
    kept = full.db["concurrency"].find({"_id": {"$lt": "~"}, "stale": True})
    assert [one["_id"] for one in kept if "|202610" in one["_id"]] == []


def test_nothing_to_drop_is_nothing(store: Store) -> None:
    assert retention.sealed(store) == frozenset()
    assert months.horizon(store) == datetime(1970, 1, 1, tzinfo=UTC)
    assert retention.drop(store, "202610") == 0
    assert retention.sealed(store) == {"202610"}
    assert verify(store) == [] and proved(store) == []
    assert date(2026, 10, 31) < months.horizon(store).date()
