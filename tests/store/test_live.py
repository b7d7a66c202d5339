"""The calls in progress: what is kept of them, what is known of a call from before, and who sees which."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store import live, sources
from store.database import Store
from store.live import LiveCall, LiveCalls, Tally
from tests.cast import ALICE, BOB

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
KINDS = ("telephone",)
SECOND = timedelta(seconds=1)


def call(name: str, ago: float = 60, **more: Any) -> LiveCall:
    return LiveCall(name, NOW - ago * SECOND, **more)


CALLS = (
    call("a", 90, talking=True, account=ALICE, country="FR"),
    call("b", 60, talking=True, account=BOB, country="FR"),
    call("c", 30, account=BOB, country="DE"),
    call("d", 20, country="internal"),
)


def add(store: Store, name: str = "office", switch: str = "Paris") -> None:
    config = {"kind": KINDS[0], "switch": switch, "zone": "UTC", "options": {}, "secrets": {}, "origin": ""}
    sources.add(store, name, config, NOW)
    sources.looked(store, name, NOW)


def kept(store: Store, *calls: LiveCall, at: datetime = NOW, total: int | None = None) -> None:
    live.keep(store, "office", "Paris", LiveCalls(at, calls, len(calls) if total is None else total))


def seen(store: Store, accounts: tuple[str, ...] | None = None, now: datetime = NOW) -> live.Board:
    (board,) = live.boards(store, KINDS, now, accounts)
    return board


def test_what_a_switch_said_is_what_one_sees(store: Store) -> None:
    add(store)
    kept(store, *CALLS)
    board = seen(store)
    assert (board.state, board.at, board.total, board.talking, board.calls) == ("ok", NOW, 4, 2, CALLS)
    assert set(board.tallies) == {
        Tally(ALICE, "FR", 0, 1),
        Tally(BOB, "FR", 0, 1),
        Tally(BOB, "DE", 1, 0),
        Tally("", "internal", 1, 0),
    }


VIEWERS = [
    # Alice sees her call, and that one alone is counted for her
    ((ALICE,), ["a"], 1, 1),
    # Bob's are two, of which one talks
    ((BOB,), ["b", "c"], 2, 1),
    # who owns both sees both
    ((ALICE, BOB), ["a", "b", "c"], 3, 2),
    # Charlie owns nothing, and calls without an account are not his either
    ((), [], 0, 0),
    # an account that nobody has
    (("9",), [], 0, 0),
]


@pytest.mark.parametrize(("accounts", "names", "total", "talking"), VIEWERS)
def test_a_customer_sees_his_own_calls_alone(
    store: Store, accounts: tuple[str, ...], names: list[str], total: int, talking: int
) -> None:
    add(store)
    kept(store, *CALLS)
    board = seen(store, accounts)
    assert ([c.id for c in board.calls], board.total, board.talking) == (names, total, talking)
    assert {tally.account for tally in board.tallies} <= set(accounts)


def test_a_customer_hears_that_more_may_be_his_where_calls_are_only_counted(store: Store) -> None:
    add(store)
    kept(store, *CALLS, total=900)
    assert (seen(store).total, seen(store, (ALICE,)).total, seen(store, (ALICE,)).note) == (900, 1, live.MORE)


FOLLOWED = [
    # it still rings
    (call("a"), call("a"), 3, None),
    # it rang three seconds ago and talks: it was answered now
    (call("a"), call("a", talking=True), 3, NOW + 3 * SECOND),
    # nobody asked for ten minutes, so when it was answered is not known
    (call("a"), call("a", talking=True), 600, None),
    # the switch tells itself
    (call("a"), call("a", talking=True, answered=NOW + SECOND), 3, NOW + SECOND),
    # it talked before, and what is known of that stays
    (call("a", talking=True, answered=NOW), call("a", talking=True), 3, NOW),
    # it talked when it was first seen
    (call("a", talking=True), call("a", talking=True), 3, None),
    # the next one with this name rings
    (call("a", talking=True, answered=NOW), call("a"), 3, None),
]


@pytest.mark.parametrize(("before", "now", "seconds", "answered"), FOLLOWED)
def test_when_a_call_was_answered_is_known_from_the_last_time(
    store: Store, before: LiveCall, now: LiveCall, seconds: int, answered: datetime | None
) -> None:
    add(store)
    later = NOW + seconds * SECOND
    kept(store, before)
    kept(store, now, at=later)
    (found,) = seen(store, now=later).calls
    assert found.answered == answered


def test_a_length_that_wobbles_does_not_move_the_start_of_a_call(store: Store) -> None:
    add(store)
    for ago in (60, 59, 61, 58):
        kept(store, call("a", ago))
    (found,) = seen(store).calls
    assert found.since == NOW - 61 * SECOND


STATES: list[tuple[dict[str, Any], float, str]] = [
    # asked three seconds ago
    ({}, 3, "ok"),
    # nobody has asked for a minute: is the worker running?
    ({}, 60, "waiting"),
    # it does not answer
    ({"state": "failing", "problem": "It is away.", "since": NOW}, 3, "failing"),
    # it is paused, whatever was before
    ({"state": "failing", "problem": "It is away.", "paused": True}, 3, "paused"),
]


@pytest.mark.parametrize(("told", "seconds", "state"), STATES)
def test_how_a_source_fares(store: Store, told: dict[str, Any], seconds: float, state: str) -> None:
    add(store)
    kept(store, *CALLS)
    store.db[sources.NAME].update_one({"_id": "office"}, {"$set": {"problem": "", **told}})
    assert seen(store, now=NOW + seconds * SECOND).state == state


def test_why_a_switch_does_not_answer_is_for_those_who_see_everything(store: Store) -> None:
    add(store)
    sources.failed(store, "office", "FreeSWITCH at 10.0.0.5:8021 refuses the password.", NOW)
    whole, customer = seen(store), seen(store, (ALICE,))
    assert (whole.problem, whole.failing_since) == ("FreeSWITCH at 10.0.0.5:8021 refuses the password.", NOW)
    assert (customer.state, customer.problem, customer.failing_since) == ("failing", "", NOW)


def test_only_sources_that_there_are_have_a_board_and_one_never_asked_is_empty(store: Store) -> None:
    add(store)
    live.keep(store, "removed", "Lyon", LiveCalls(NOW, CALLS, 4))
    assert seen(store)._replace(state="") == live.Board("office", "Paris", "")
    assert live.boards(store, ("tape",), NOW, None) == ()


def test_what_was_said_under_another_switch_does_not_count(store: Store) -> None:
    add(store, switch="Lyon")
    kept(store, *CALLS)
    assert seen(store).calls == ()


def test_of_too_many_calls_every_account_keeps_its_oldest() -> None:
    calls = [call(f"big{n:03}", 1000 - n, account="big") for n in range(300)]
    calls.append(call("small", 1, account="small"))
    listed = live.listed(calls, most=100)
    assert [one.id for one in listed] == [*(f"big{n:03}" for n in range(99)), "small"]


def test_more_calls_than_are_listed_are_counted_all_the_same(store: Store) -> None:
    add(store)
    kept(store, *(call(f"{n}", n % 500, account=ALICE, talking=True) for n in range(live.MOST + 50)))
    board = seen(store)
    assert (board.total, board.talking, len(board.calls)) == (live.MOST + 50, live.MOST + 50, live.MOST)
    assert board.tallies == (Tally(ALICE, "ZZ", 0, live.MOST + 50),)
