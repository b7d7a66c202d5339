"""The history of calls in progress as switches say it: the most of each minute, gaps, restarts, narrowing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store import live, livepeaks
from store.database import Store
from store.live import LiveCall, LiveCalls
from store.livepeaks import measured
from store.scope import Scope
from tests.cast import ALICE, BOB

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = Scope(NOW, NOW + timedelta(hours=1))


def polled(store: Store, switch: str, seconds: float, *accounts: str, source: str = "") -> None:
    """A poll of a switch at that time, with a call of each of these accounts."""
    now = NOW + timedelta(seconds=seconds)
    calls = [LiveCall(f"{n}", now, account=account) for n, account in enumerate(accounts)]
    live.keep(store, source or switch, switch, LiveCalls(now, calls, len(calls)))
    livepeaks.note(store, switch, now)


def rows(store: Store, scope: Scope = HOUR, together: bool = False) -> list[tuple[Any, ...]]:
    frame = measured(store, scope, together)
    minutes = (frame["minute"] - NOW) // timedelta(minutes=1)
    return list(zip(frame["switch"], minutes, frame["concurrent"], strict=True))


@pytest.fixture
def morning(store: Store) -> Store:
    """Paris has one, three and two calls in its first minute and none in the third; Lyon joins in."""
    polled(store, "Paris", 3, ALICE)
    polled(store, "Paris", 6, ALICE, ALICE, BOB)
    polled(store, "Lyon", 7, BOB, "")
    polled(store, "Paris", 9, ALICE, BOB)
    polled(store, "Paris", 123)
    return store


def test_a_minute_has_its_peak_an_idle_one_is_zero_and_one_without_an_answer_has_no_row(
    morning: Store,
) -> None:
    assert sorted(rows(morning)) == [("Lyon", 0, 2), ("Paris", 0, 3), ("Paris", 2, 0)]


def test_all_switches_together_have_peaks_of_their_own(morning: Store) -> None:
    # Lyon's two were in progress beside Paris' three; two minutes later Lyon is silent
    assert rows(morning, together=True) == [("*", 0, 5), ("*", 2, 0)]


def test_some_switches_together_are_added_up_and_no_other_counts(morning: Store) -> None:
    assert rows(morning, HOUR._replace(switches=("Lyon",)), together=True) == [("*", 0, 2)]
    both = HOUR._replace(switches=("Lyon", "Paris"), accounts=(BOB,))
    assert rows(morning, both, together=True) == [("*", 0, 2), ("*", 2, 0)]
    assert rows(morning, both._replace(switches=("Nice",)), together=True) == []


NARROWED = [
    # Alice: two of the three on Paris, and nothing is nothing, not a gap
    (HOUR._replace(accounts=(ALICE,)), [("Lyon", 0, 0), ("Paris", 0, 2), ("Paris", 2, 0)]),
    # calls without an account are an account, too
    (HOUR._replace(accounts=("",)), [("Lyon", 0, 1), ("Paris", 0, 0), ("Paris", 2, 0)]),
    # who owns nothing sees that the switches answered
    (HOUR._replace(accounts=()), [("Lyon", 0, 0), ("Paris", 0, 0), ("Paris", 2, 0)]),
    # one switch
    (HOUR._replace(switches=("Lyon",)), [("Lyon", 0, 2)]),
    # another time
    (HOUR._replace(since=NOW + timedelta(minutes=1)), [("Paris", 2, 0)]),
    (HOUR._replace(until=NOW + timedelta(minutes=2)), [("Lyon", 0, 2), ("Paris", 0, 3)]),
]


@pytest.mark.parametrize(("scope", "expected"), NARROWED)
def test_accounts_switches_and_time_narrow(morning: Store, scope: Scope, expected: list[Any]) -> None:
    assert sorted(rows(morning, scope)) == expected


def test_a_restart_does_not_lower_a_peak(morning: Store) -> None:
    polled(morning, "Paris", 30, ALICE)
    assert ("Paris", 0, 3) in rows(morning)


def test_sources_of_one_switch_are_counted_together_while_they_answer(store: Store) -> None:
    polled(store, "Paris", 1, ALICE, source="one")
    polled(store, "Paris", 2, ALICE, BOB, source="two")
    assert rows(store) == [("Paris", 0, 3)]
    # `one` has not answered for longer than counts as now
    polled(store, "Paris", 62, ALICE, BOB, source="two")
    assert rows(store)[-1] == ("Paris", 1, 2)


def test_names_with_signs_of_the_keys_stand_for_themselves(store: Store) -> None:
    polled(store, "a|b*%", 1, "3.000$", "*", "")
    assert rows(store, HOUR._replace(accounts=("3.000$",))) == [("a|b*%", 0, 1)]
    assert rows(store, HOUR._replace(switches=("a|b*%",))) == [("a|b*%", 0, 3)]
    polled(store, "*", 2)
    assert ("*", 0, 0) in rows(store)


def test_without_a_minute_the_frame_has_its_columns(store: Store) -> None:
    frame = measured(store, HOUR)
    assert list(frame.dtypes.astype(str)) == ["str", "datetime64[ms, UTC]", "int64"]


def test_a_minute_says_when_it_may_be_forgotten(morning: Store) -> None:
    found = morning.db[livepeaks.NAME].find_one({}, sort=[("_id", 1)])
    assert found is not None
    assert found["expires"] == NOW + livepeaks.KEPT
