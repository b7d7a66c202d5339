"""Several rows, one call: what a call of several rows is, in any order and put together step by step."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.legs import leg_of, merge, rows_of
from store.record import CDR
from tests.cast import MS, at, call


def row(leg: str, minutes: float, seconds: float, talk: float = 0, **more: Any) -> CDR:
    return call("c", at(minutes), seconds, talk, leg=leg, **more)


RANG = row("1", 0, 20, destination="201", cause="NO_ANSWER")
BUSY = row("2", 0, 5, destination="202", cause="USER_BUSY")
TALKED = row("3", 0.5, 90, 80, destination="203")
# a transfer: it begins when the talk before it has ended, after a pause of 10 seconds
PASSED_ON = row("4", 0.5 + 100 / 60, 60, 60, destination="204")
FAILED = row("5", 4, 2, cause="NORMAL_CIRCUIT_CONGESTION")
CONCLUDED = row("6", 5, 2, cause="UNSPECIFIED", cause_derived=True)

CALLS: dict[str, tuple[Sequence[CDR], dict[str, Any]]] = {
    "one row is the call": ([TALKED], {"destination": "203", "mduration": 90_000, "billmsec": 80_000}),
    "who called whom is told by the first row": ([TALKED, RANG], {"destination": "201", "start": at(0)}),
    "equal starts are ordered by the name of the leg": ([BUSY, RANG], {"destination": "201"}),
    "nobody answered, and the row that ended last tells why": (
        [RANG, BUSY], {"answered": False, "cause": "NO_ANSWER", "billmsec": 0, "answer": None},
    ),
    "one of a ring group answered": (
        [RANG, BUSY, TALKED],
        {"answered": True, "cause": "NORMAL_CLEARING", "billmsec": 80_000, "mduration": 120_000,
         "answer": at(0.5) + 10_000 * MS},
    ),
    "after an answer the failure of another row is not the call's": (
        [TALKED, FAILED], {"cause": "NORMAL_CLEARING", "end": at(4) + 2_000 * MS, "mduration": 212_000},
    ),
    "a cause is as sure as its own row's": (
        [CONCLUDED, FAILED, BUSY], {"cause": "UNSPECIFIED", "cause_derived": True},
    ),
    "two that talk after one another, the pause between them not": (
        [TALKED, PASSED_ON], {"billmsec": 140_000, "mduration": 160_000},
    ),
    "two that talk at once are not talk twice": (
        [row("1", 0, 100, 100), row("2", 0.5, 100, 100)], {"billmsec": 130_000, "mduration": 130_000},
    ),
    "talk within talk": ([row("1", 0, 100, 100), row("2", 0.5, 20, 20)], {"billmsec": 100_000}),
    "the account is the first that is told": (
        [row("1", 0, 1), row("2", 1, 1, account="1000"), row("3", 2, 1, account="2000")], {"account": "1000"},
    ),
    "a row delivered twice is its last delivery": (
        [RANG, TALKED, TALKED._replace(billmsec=1_000)], {"billmsec": 1_000},
    ),
    "a row named as the call, such as an a-leg, tells all but the account, whatever the others are": (
        [row("b", 0.1, 300, 250, account="1000", destination="301"), row("c", 0, 120, 100, destination="300"),
         row("d", 0, 5, cause="USER_BUSY")],
        {"destination": "300", "billmsec": 100_000, "mduration": 120_000, "end": at(2), "account": "1000",
         "cause": "NORMAL_CLEARING"},
    ),
    "answered without talk is answered": (
        [RANG, row("2", 0, 30, cause="NORMAL_CLEARING")._replace(answered=True)],
        {"answered": True, "billmsec": 0, "cause": "NORMAL_CLEARING"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rows", "expected"), CALLS.values(), ids=CALLS)
def test_a_call_of_these_rows(rows: Sequence[CDR], expected: dict[str, Any]) -> None:
    whole = merge(rows)
    assert {name: getattr(whole, name) for name in expected} == expected
    assert len(whole.legs) == (len({one.leg for one in rows}) if len(rows) > 1 else 0)


ROWS = (CONCLUDED, RANG, BUSY, FAILED, TALKED, PASSED_ON)


@given(st.permutations(ROWS), st.integers(1, 6))
def test_the_order_of_delivery_does_not_matter(rows: list[CDR], count: int) -> None:
    chosen = rows[:count]
    assert merge(chosen) == merge(sorted(chosen, key=lambda one: one.leg))


@given(st.permutations(ROWS), st.integers(1, 6))
def test_a_call_put_together_step_by_step_is_that_of_all_rows(rows: list[CDR], count: int) -> None:
    built = rows[0]
    for more in (*rows[1:count], rows[0]):
        built = merge([*rows_of(built), more])
    assert built == merge(rows[:count])


@given(st.integers(0, 2**32))
def test_talk_is_the_time_in_which_anybody_talks(seed: int) -> None:
    rnd = random.Random(seed)
    rows = []
    for i in range(rnd.randrange(2, 7)):
        talk = rnd.randrange(0, 8)
        rows.append(row(str(i), rnd.randrange(0, 10) / 60, talk + rnd.randrange(0, 3), talk))
    talked: set[int] = set()
    for one in rows:
        end = (one.end - at(0)) // MS
        talked.update(range(end - one.billmsec, end, 1_000))
    assert merge(rows).billmsec == len(talked) * 1_000


def test_a_row_that_no_longer_decides_takes_its_cause_with_it() -> None:
    """The last cause was concluded; corrected, its row ended before the other, whose cause was told."""
    call = merge([FAILED, CONCLUDED])
    assert (call.cause, call.cause_derived) == ("UNSPECIFIED", True)
    earlier = CONCLUDED._replace(start=at(1), end=at(2))
    call = merge([*rows_of(call), earlier])
    assert (call.cause, call.cause_derived) == ("NORMAL_CIRCUIT_CONGESTION", False)


def test_rows_come_back_from_a_call_of_several() -> None:
    back = rows_of(merge(ROWS))
    assert [leg_of(one) for one in back] == [
        leg_of(one) for one in sorted(ROWS, key=lambda r: (r.start, r.leg))
    ]
    assert rows_of(TALKED) == [TALKED]
