"""Concurrent calls: the sweep, the kept peaks and the swept ones, held against counting at every instant."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import queries
from store.batch import prepare
from store.concurrency import MINUTE_MS, refresh, sweep
from store.database import Store
from store.ledger import commit
from store.record import CDR
from store.scope import DurationMatch, NumberMatch, Scope
from tests import oracle
from tests.cast import ALICE, BOB, MS, SWITCHES, call

MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)
MINUTES = timedelta(minutes=1)

instants = st.one_of(
    st.integers(-3 * MINUTE_MS, 6 * MINUTE_MS),
    st.builds(lambda m, ms: m * MINUTE_MS + ms, st.integers(-2, 5), st.integers(-1, 1)),
)
spans = st.builds(
    lambda start, length: (start, start + length),
    instants,
    st.one_of(st.just(0), st.integers(0, 2), instants.map(abs)),
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(spans, max_size=12))
def test_the_sweep_counts_what_counting_at_every_instant_counts(calls: list[tuple[int, int]]) -> None:
    """A call is there from its start to before its end; one of no length never is."""
    expected = []
    for minute in range(4):
        first = minute * MINUTE_MS
        when = [first, *(start for start, _ in calls if first <= start < first + MINUTE_MS)]
        expected.append(max(sum(start <= t < end for start, end in calls) for t in when))
    table = np.array(calls, np.int64).reshape(-1, 2)
    assert sweep(table, 0, 4).tolist() == expected


SWEEPS: list[tuple[list[tuple[int, int]], list[int]]] = [
    # no calls at all
    ([], [0, 0, 0]),
    # a call of no length is nowhere
    ([(0, 0), (60_000, 60_000)], [0, 0, 0]),
    # one that ends when another starts is not at once with it
    ([(0, 100), (100, 200), (200, 60_000)], [1, 0, 0]),
    # three that start together
    ([(100, 200), (100, 300), (100, 400)], [3, 0, 0]),
    # one from before to after everything, and one that ends as it begins
    ([(-1, 10**9), (-1, 0)], [1, 1, 1]),
    # a call to the last millisecond of a minute, and one to its end, and one beyond
    ([(0, 59_999), (0, 60_000), (0, 60_001)], [3, 1, 0]),
    # what comes after the last minute does not count
    ([(180_000, 190_000)], [0, 0, 0]),
]


@pytest.mark.parametrize(("calls", "peaks"), SWEEPS)
def test_the_sweep_by_hand(calls: list[tuple[int, int]], peaks: list[int]) -> None:
    assert sweep(np.array(calls, np.int64).reshape(-1, 2), 0, 3).tolist() == peaks


def test_more_calls_than_a_number_holds_are_as_many_as_it_holds() -> None:
    assert sweep(np.tile(np.array([[0, 9]], np.int64), (70_000, 1)), 0, 1).tolist() == [65_535]


def told(frame: pd.DataFrame) -> dict[tuple[str, datetime], int]:
    rows = zip(frame["switch"], frame["minute"], frame["concurrent"], strict=True)
    found = {(switch, minute.to_pydatetime()): int(most) for switch, minute, most in rows}
    assert len(found) == len(frame), "a minute comes twice"
    return found


def traffic(seed: int, count: int) -> list[CDR]:
    """Calls around the turn of a day and a month: short ones in crowds, some over hours, few over days."""
    rnd, made = random.Random(seed), []
    for i in range(count):
        start = MIDNIGHT + rnd.choice((-61, -60, -30, -1, 0, 0, 1, 20, 30)) * MINUTES
        start += rnd.choice((0, 0, 1, 500, 29_999, 30_000)) * MS
        seconds = rnd.choice((0, 0.001, 1, 30, 60, 90, 600, 3_600))
        made.append(call(f"{seed}-{i}", start, seconds, switch=rnd.choice(SWITCHES),
                         account=rnd.choice((ALICE, BOB, "")), caller=rnd.choice(("1", "2"))))  # fmt: skip
    long = ((6, 6), (7, 6.5), (5.5, 6.0001), (25, 26), (49, 30), (31 * 24 - 1, 31 * 24), (9, 0))
    for i, (before, hours) in enumerate(long):
        start = MIDNIGHT - timedelta(hours=before)
        made.append(call(f"{seed}-long-{i}", start, hours * 3_600, 60, switch=SWITCHES[i % 3], account=ALICE))
    return made


AROUND = (MIDNIGHT - 65 * MINUTES, MIDNIGHT + 95 * MINUTES)
WINDOWS: dict[str, tuple[datetime, datetime]] = {
    "over midnight": AROUND,
    "from within a minute to within another": (AROUND[0] + 30_001 * MS, AROUND[1] - 20_001 * MS),
    "one minute": (MIDNIGHT, MIDNIGHT + MINUTES),
    "one minute and most of another on either side": (MIDNIGHT - 59_999 * MS, MIDNIGHT + 119_999 * MS),
    "less than a minute, in which one begins": (MIDNIGHT - MS, MIDNIGHT + MS),
    "less than a minute, in which none begins": (MIDNIGHT + MS, MIDNIGHT + 2 * MS),
    "the last millisecond of a month": (MIDNIGHT - 2 * MINUTES, MIDNIGHT - MS),
    "to a fraction of a millisecond after midnight": (MIDNIGHT - MINUTES, MIDNIGHT + MS / 2),
    "nothing": (MIDNIGHT, MIDNIGHT),
    "the end before the beginning": (MIDNIGHT, MIDNIGHT - MINUTES),
}
ASKED: dict[str, dict[str, Any]] = {
    "all": {},
    "a switch": {"switches": ("Paris",)},
    "switches, one twice, one unknown": {"switches": ("a|b*%", "Paris", "Paris", "?")},
    "an account": {"accounts": (ALICE,)},
    "nobody's": {"accounts": ()},
    "an account on a switch": {"accounts": (ALICE, BOB), "switches": ("Lyon",)},
    "a caller": {"caller": NumberMatch("equals", "1")},
    "a country": {"countries": ("FR",)},
    "those that talked": {"duration": DurationMatch("gt", 0)},
}


@pytest.mark.parametrize("seed", [1, 2])
def test_peaks_are_exact_for_every_filter_and_window(store: Store, seed: int) -> None:
    calls = traffic(seed, 60)
    commit(store, prepare(calls))
    for (since, until), narrowed in [
        *((window, {}) for window in WINDOWS.values()),
        *((window, ASKED["an account"]) for window in WINDOWS.values()),
        *((AROUND, asked) for asked in ASKED.values()),
    ]:
        scope = Scope(since, until, **narrowed)
        for together in (False, True):
            found = told(queries.concurrent(store, scope, together))
            assert found == oracle.concurrent(calls, scope, together), (scope, together)


def test_late_and_corrected_calls_change_the_peaks_that_were_kept(store: Store) -> None:
    calls, scope = traffic(3, 40), Scope(*AROUND)
    for count in (15, 30, len(calls)):
        commit(store, prepare(calls[:count]))
        assert told(queries.concurrent(store, scope)) == oracle.concurrent(calls[:count], scope, False)
    # a correction takes a call of days out of all but the first
    short = calls[-4]._replace(end=calls[-4].start + MS, mduration=1, billmsec=1)
    commit(store, prepare([short]))
    calls[-4] = short
    for together in (False, True):
        found = told(queries.concurrent(store, scope, together))
        assert found == oracle.concurrent(calls, scope, together)


def test_a_long_call_is_found_by_its_end_whatever_its_row_says_of_its_length(store: Store) -> None:
    odd = call("odd", MIDNIGHT - timedelta(hours=20), 24 * 3_600)._replace(mduration=1)
    commit(store, prepare([odd]))
    for scope in (Scope(*AROUND), Scope(*AROUND, caller=NumberMatch("contains", ""))):
        assert told(queries.concurrent(store, scope)) == oracle.concurrent([odd], scope, False)


def test_a_day_is_counted_once_and_anew_only_when_it_changed(store: Store) -> None:
    calls = traffic(4, 10)[:10]
    commit(store, prepare(calls))
    assert refresh(store) == len({day for one in calls for day in (one.start.date(), one.end.date())})
    assert refresh(store) == 0
    commit(store, prepare(calls))
    assert refresh(store) == 0
    commit(store, prepare([call("one more", MIDNIGHT)]))
    assert refresh(store, MIDNIGHT.date() + timedelta(days=1)) == 0
    assert refresh(store, MIDNIGHT.date(), MIDNIGHT.date()) == 1


def test_a_switch_without_a_name_is_not_all_switches(store: Store) -> None:
    commit(store, prepare([call("1", MIDNIGHT, 60, switch=""), call("2", MIDNIGHT, 60, switch="*")]))
    found = queries.concurrent(store, Scope(*AROUND))
    assert found[["switch", "concurrent"]].to_numpy().tolist() == [["", 1], ["*", 1]]
    assert queries.concurrent(store, Scope(*AROUND), together=True)["concurrent"].tolist() == [2]


def test_the_frame_has_the_same_types_without_calls(store: Store) -> None:
    empty = queries.concurrent(store, Scope(*AROUND)).dtypes
    commit(store, prepare(traffic(5, 1)))
    assert empty.to_dict() == queries.concurrent(store, Scope(*AROUND)).dtypes.to_dict()
