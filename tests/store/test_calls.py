"""Pages of calls in any order and depth, one call, and all of them as a stream."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pandas as pd
import pytest

from store import calls, queries
from store.batch import prepare
from store.calls import COLUMNS, COUNTED, SORTS, Page
from store.database import Store
from store.errors import QueryTimeout
from store.ledger import commit
from store.match import Deadline
from store.record import call_id
from store.scope import DurationMatch, NumberMatch, Scope
from tests import oracle
from tests.cast import ALICE, CAST, SEES, at, call
from tests.store.test_queries import FILTERS, RANGES, WHOLE
from tests.store.year import Year

VALUES: dict[str, Any] = {
    "start": lambda one: one.start,
    "account": lambda one: one.account,
    "caller": lambda one: one.caller,
    "destination": lambda one: one.destination,
    "country": lambda one: one.country,
    "billsec": lambda one: one.billmsec,
}
"""What calls are sorted by; equal ones follow by start."""

LATE = WHOLE._replace(since=datetime(2026, 10, 25, tzinfo=UTC))
SOME: dict[str, Scope] = {
    "everybody's": LATE,
    "an account's": WHOLE._replace(accounts=(ALICE,)),
    "two switches' of two countries": WHOLE._replace(switches=("Paris", "Lyon"), countries=("FR", "DE")),
    "a caller's, long ones": WHOLE._replace(
        caller=NumberMatch("begins", "+33"), duration=DurationMatch("ge", 60)
    ),
    "within months": WHOLE._replace(
        since=datetime(2026, 3, 28, 12, tzinfo=UTC), until=datetime(2026, 10, 4, 1, 30, tzinfo=UTC)
    ),
}


def walk(
    store: Store, scope: Scope, sort: str, descending: bool, limit: int, back: bool = False
) -> list[Page]:
    """All pages one after the other, from the first to the last or from the last to the first."""
    pages = [calls.page(store, scope, sort, descending, backwards=back, limit=limit)]
    while pages[-1].more:
        after = pages[-1].first if back else pages[-1].last
        pages.append(calls.page(store, scope, sort, descending, after, back, limit))
    return pages


def ids(pages: list[Page]) -> list[str]:
    return [name for page in pages for name in page.rows["id"]]


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize(
    ("scope", "limit"), [(s, n) for s, n in zip(SOME.values(), (400, 97, 50, 13, 200), strict=True)], ids=SOME
)
def test_pages_hold_every_call_once_and_in_order(
    year: Year, scope: Scope, limit: int, sort: str, descending: bool
) -> None:
    mine = {call_id(one): one for one in year.calls if oracle.fits(one, scope)}
    forward = walk(year.store, scope, sort, descending, limit)
    shown = [mine[name] for name in ids(forward)]
    assert len(shown) == len(mine) and {*ids(forward)} == {*mine}
    assert shown == sorted(shown, key=lambda one: (VALUES[sort](one), one.start), reverse=descending)
    assert [len(page.rows) for page in forward[:-1]] == [limit] * (len(forward) - 1)
    assert len(forward) > 1 and not forward[-1].more
    # backwards from the end the same calls
    backward = walk(year.store, scope, sort, descending, limit, back=True)
    assert ids(backward[::-1]) == ids(forward)


@pytest.mark.parametrize("sort", SORTS)
def test_one_page_on_and_one_back_is_the_same_page(year: Year, sort: str) -> None:
    first = calls.page(year.store, WHOLE, sort, limit=10)
    second = calls.page(year.store, WHOLE, sort, after=first.last, limit=10)
    again = calls.page(year.store, WHOLE, sort, after=second.first, backwards=True, limit=10)
    pd.testing.assert_frame_equal(again.rows, first.rows)
    assert (again.first, again.last, again.more) == (first.first, first.last, False)
    before = calls.page(year.store, WHOLE, sort, after=first.first, backwards=True, limit=10)
    assert (len(before.rows), before.first, before.last, before.more) == (0, None, None, False)


def test_a_page_that_holds_exactly_the_rest_has_no_more(store: Store) -> None:
    commit(store, prepare(CAST))
    scope = Scope(at(-1000), at(100))
    assert not calls.page(store, scope, limit=9).more
    assert calls.page(store, scope, limit=8).more
    one = calls.page(store, scope, limit=1, sort="billsec")
    assert (one.first, len(one.rows), one.more) == (one.last, 1, True)


def test_a_call_that_comes_in_meanwhile_moves_no_page(store: Store) -> None:
    commit(store, prepare(CAST))
    scope = Scope(at(-1000), at(2000))
    first = calls.page(store, scope, limit=4)
    commit(store, prepare([call("new", at(1500))]))
    second = calls.page(store, scope, after=first.last, limit=100)
    assert {*first.rows["id"]} | {*second.rows["id"]} == {call_id(one) for one in CAST}


def test_rows_are_what_people_read(store: Store) -> None:
    commit(store, prepare(CAST))
    page = calls.page(store, Scope(at(0), at(2)))
    assert page.rows.to_dict("records") == [
        {
            "id": call_id(CAST[0]), "start": pd.Timestamp(at(1)), "switch": "Paris", "account": ALICE,
            "direction": "out", "caller": "+33140000000", "caller_name": "", "destination": "+33600000001",
            "country": "FR", "cause": "NORMAL_CLEARING", "answered": True, "duration": 70.0, "billsec": 60.0,
            "kind": "",
        }
    ]  # fmt: skip


def test_a_page_without_rows_has_the_same_types(year: Year) -> None:
    none = calls.page(year.store, WHOLE._replace(accounts=()))
    assert none[1:] == (None, None, False)
    for page in (none, calls.page(year.store, WHOLE)):
        assert {name: str(dtype) for name, dtype in page.rows.dtypes.items()} == COLUMNS


@pytest.mark.parametrize("between", RANGES.values(), ids=RANGES)
def test_a_range_cuts_pages_numbers_and_streams_to_the_millisecond(
    year: Year, between: tuple[datetime, datetime]
) -> None:
    scope = Scope(*between)
    mine = sorted(call_id(one) for one in year.calls if oracle.fits(one, scope))
    assert sorted(ids(walk(year.store, scope, "start", True, 500))) == mine
    assert calls.number(year.store, scope) == (len(mine), True)
    assert sorted(call_id(one) for one in calls.stream(year.store, scope)) == mine


@pytest.mark.parametrize("narrowed", FILTERS.values(), ids=FILTERS)
def test_a_filter_shows_just_its_calls_and_their_number(year: Year, narrowed: dict[str, Any]) -> None:
    scope = LATE._replace(**narrowed)
    mine = {call_id(one) for one in year.calls if oracle.fits(one, scope)}
    rows = calls.page(year.store, scope, "caller", limit=3_000).rows
    assert (len(rows), {*rows["id"]}) == (len(mine), mine)
    assert calls.number(year.store, scope) == (len(mine), True)


@pytest.mark.parametrize("person", SEES)
def test_a_call_is_shown_only_to_those_who_may_see_it(store: Store, person: str) -> None:
    commit(store, prepare(CAST))
    seen = SEES[person]
    for one in CAST:
        allowed = seen is None or one.account in seen
        assert calls.call(store, call_id(one), seen) == (one if allowed else None)


@pytest.mark.parametrize(
    "name",
    [
        # not an id at all
        "", "x", "../../etc/passwd", "{", "é" * 32, "\0", "1" * 31, "1" * 33,
        # an id, but nobody's
        str(UUID(int=0)), str(UUID(int=1 << 127)),
        # an id of a time that no calendar has
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ],
)  # fmt: skip
def test_an_id_that_is_none_finds_nothing(store: Store, name: str) -> None:
    assert calls.call(store, name, None) is None


def test_a_call_comes_with_its_legs(store: Store) -> None:
    rows = [
        call("q", at(i), 60, 10 * i, leg=str(i), channel=f"SIP/{i}", application="Queue") for i in range(3)
    ]
    commit(store, prepare(rows))
    (whole,) = calls.stream(store, Scope(at(0), at(9)))
    found = calls.call(store, call_id(whole), None)
    assert found == whole
    assert [(leg.leg, leg.billmsec, leg.channel) for leg in whole.legs] == [
        ("0", 0, "SIP/0"), ("1", 10_000, "SIP/1"), ("2", 20_000, "SIP/2"),
    ]  # fmt: skip


CROWD = COUNTED + 1
EVERY = NumberMatch("contains", "")


@pytest.fixture(scope="module")
def crowd(year: Year) -> Iterator[Store]:
    """One call more than are counted, one a second, in a database of its own."""
    client = year.store.client
    store = replace(
        year.store,
        db=client.get_database("crowd", year.store.db.codec_options),
        partitions=set(),
        noted=set(),
    )
    for since in range(0, CROWD, 5_000):
        seconds = range(since, min(CROWD, since + 5_000))
        commit(store, prepare([call(str(i), at(i / 60), caller=str(i % 7)) for i in seconds]))
    yield store
    client.drop_database("crowd")


HOURS = timedelta(seconds=CROWD)


def test_calls_are_counted_exactly_up_to_ten_thousand_and_then_said_to_be_more(crowd: Store) -> None:
    scope = Scope(at(0), at(0) + HOURS, caller=EVERY)
    assert calls.number(crowd, scope) == (10_000, False)
    assert calls.number(crowd, scope._replace(until=scope.until - timedelta(seconds=1))) == (10_000, True)
    # the sums know them all
    assert calls.number(crowd, scope._replace(caller=None)) == (10_001, True)


@pytest.mark.parametrize("sort", ["start", "caller"])
def test_a_stream_holds_every_call_once_and_in_order(crowd: Store, sort: str) -> None:
    found = [(VALUES[sort](one), one.start) for one in calls.stream(crowd, Scope(at(0), at(0) + HOURS), sort)]
    assert len(found) == CROWD
    assert found == sorted(found)


NOWHERE = NumberMatch("contains", "x")


def busy(scope: Scope) -> Scope:
    return scope._replace(caller=EVERY)


SLOW: dict[str, Any] = {
    "a figure that the sums do not know": lambda store, scope: queries.totals(store, scope),
    "the hours of one": lambda store, scope: queries.hours(store, scope),
    "the number of calls": lambda store, scope: calls.number(store, scope),
    "a page of what is nowhere": lambda store, scope: calls.page(store, scope),
    "concurrent calls of a filter": lambda store, scope: queries.concurrent(store, busy(scope)),
}  # fmt: skip


@pytest.mark.parametrize("ask", SLOW.values(), ids=SLOW)
def test_a_question_that_takes_too_long_is_ended_with_one_sentence(crowd: Store, ask: Any) -> None:
    hasty = replace(crowd, settings=crowd.settings.model_copy(update={"query_seconds": 0.003}))
    with pytest.raises(
        QueryTimeout, match=r"reads more calls than can be read in 0\.003 s\. Narrow the dates"
    ):
        ask(hasty, Scope(at(0), at(0) + HOURS, caller=NOWHERE))


def test_the_time_limit_of_the_server_is_the_same_sentence(crowd: Store) -> None:
    deadline = Deadline(5)
    with pytest.raises(QueryTimeout, match="in 5 s"), deadline.kept():
        list(crowd.db["cdr_202611"].find({"caller": {"$regex": "(x+x+)+y|(1+1+)+2"}}).max_time_ms(1))


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("sort", SORTS)
def test_a_page_reads_no_more_than_itself_however_deep(crowd: Store, sort: str, descending: bool) -> None:
    """No page sorts, or passes over what is before it: the server tells what it has read."""
    scope = Scope(at(0), at(0) + HOURS)
    deep = next(row for i, row in enumerate(calls.stream(crowd, scope, sort, descending)) if i == 7_000)
    identity = UUID(call_id(deep))
    key = calls.Key(identity if sort == "start" else VALUES[sort](deep), identity)
    crowd.db.command("profile", 2)
    try:
        for after in (None, key):
            for backwards in (False, True):
                assert len(calls.page(crowd, scope, sort, descending, after, backwards).rows) == 25
    finally:
        crowd.db.command("profile", 0)
    reads = list(crowd.db["system.profile"].find({"ns": "crowd.cdr_202611"}))
    crowd.db.drop_collection("system.profile")
    assert len(reads) == 4
    assert [read["planSummary"] for read in reads if read.get("hasSortStage")] == []
    assert all(read["docsExamined"] <= 26 and read["keysExamined"] <= 30 for read in reads)


def test_calls_come_back_as_they_were(year: Year) -> None:
    assert {*calls.stream(year.store, WHOLE)} == {*year.calls}
