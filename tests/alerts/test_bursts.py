"""The fraud rules over a quarter of an hour of calls, each with what meets it and what just does not."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import bursts
from alerts.bursts import Met
from alerts.traffic import Call
from store.number_kinds import PREMIUM, SATELLITE, SHARED, kind_of

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def call(after: float = 0, number: str = "33140000001", talk: float = 0, **more: Any) -> Call:
    """An outgoing call of Alice's, so many seconds after noon, with so much talk."""
    fields: dict[str, Any] = {
        "switch": "Paris",
        "account": "1000",
        "direction": "out",
        "caller": "33184100001",
        "origin": "FR",
        "destination": f"+{number}",
        "country": "FR",
        "abroad": False,
    }
    return Call(start=NOON + after * SECOND, number=number, seconds=talk, **(fields | more))


KINDS = [
    # the examples of the library's own tests and of the number plans
    ("33899123456", PREMIUM),
    ("449098790000", PREMIUM),
    ("19002345678", PREMIUM),
    # the international premium rate service has no country
    ("979123456789", PREMIUM),
    ("33820123456", SHARED),
    ("80812345678", SHARED),
    # Inmarsat, Iridium, Thuraya
    ("870773111111", SATELLITE),
    ("881612345678", SATELLITE),
    ("88216123456", SATELLITE),
    # a network on the ground with a code beside Thuraya's
    ("883510000001", ""),
    # everyday numbers, an extension, nothing
    ("33612345678", ""),
    ("442079460000", ""),
    ("201", ""),
    ("", ""),
]


@pytest.mark.parametrize(("number", "kind"), KINDS)
def test_the_kind_of_a_number_is_that_of_its_plan(number: str, kind: str) -> None:
    assert kind_of(number) == kind


def robot(count: int, **more: Any) -> list[Call]:
    """Calls of a machine: to so many different numbers, none of them talked."""
    return [call(i, f"3314000{i:04}", **more) for i in range(count)]


FAR: dict[str, Any] = {"direction": "in", "caller": "23560001234", "origin": "TD"}
ABROAD: dict[str, Any] = {"country": "CU", "abroad": True}
Rule = Callable[[Iterable[Call], bursts.Limit], Iterator[Met]]
PREMIUM_RULE: Rule = partial(bursts.of_kind, PREMIUM)

TABLE: list[tuple[str, Rule, list[Call], float, list[tuple[str, str, float, int]]]] = [
    (
        "one call to a premium-rate number",
        PREMIUM_RULE,
        [call(number="33899123456"), call(1)],
        1,
        [("1000", "33899123456", 1, 1)],
    ),
    ("one that came in is nobody's cost", PREMIUM_RULE, [call(number="33899123456", direction="in")], 1, []),
    (
        "two accounts, of which one calls often enough",
        PREMIUM_RULE,
        [call(0, "33899123456"), call(1, "33899123457"), call(2, "33899123456", account="2000")],
        2,
        [("1000", "3389912345", 2, 2)],
    ),
    ("far away rings at many", bursts.from_range, robot(20, **FAR), 20, [("1000", "2356000", 20, 20)]),
    ("one ring too few", bursts.from_range, robot(19, **FAR), 20, []),
    (
        "of many customers it is nobody's own",
        bursts.from_range,
        robot(10, **FAR) + robot(10, **FAR, account="2000"),
        20,
        [("", "2356000", 20, 20)],
    ),
    (
        "people who talk are no robots",
        bursts.from_range,
        robot(20, **FAR) + [call(60 + i, f"3315{i:06}", 60, **FAR) for i in range(6)],
        20,
        [],
    ),
    (
        "who rings the same number again and again is in love",
        bursts.from_range,
        [call(i, "33140000001", **FAR) for i in range(30)],
        20,
        [],
    ),
    ("a caller who withholds the number has no range", bursts.from_range, robot(30, direction="in", caller="",
     origin=""), 20, []),
    ("calls that go out are no Wangiri", bursts.from_range, robot(30), 20, []),
    (
        "a telephone that dials by itself",
        bursts.from_caller,
        robot(30, caller="201", origin="internal"),
        30,
        [("1000", "201", 30, 30)],
    ),
    ("the bells of a switch ring inside", bursts.from_caller, robot(30, country="internal"), 30, []),
    (
        "an account tries a range abroad",
        bursts.to_prefix,
        [call(i, f"5351234{i:04}", **ABROAD) for i in range(20)],
        20,
        [("1000", "5351234", 20, 20)],
    ),
    ("the same at home is a sales campaign", bursts.to_prefix, robot(30), 20, []),
    (
        "numbers counted up, in any order",
        bursts.in_sequence,
        [call(i, str(33140000000 + n)) for i, n in enumerate((5, 3, 4, 1, 2, 9))],
        5,
        [("1000", "3314000000", 5, 5)],
    ),
    ("a gap ends the run", bursts.in_sequence, [call(0, "331"), call(1, "332"), call(2, "334")], 3, []),
    ("the same number is no run", bursts.in_sequence, [call(i, "331") for i in range(9)], 2, []),
]  # fmt: skip


@pytest.mark.parametrize(("calls", "rule", "limit", "met"), [
    pytest.param(calls, rule, limit, met, id=words) for words, rule, calls, limit, met in TABLE
])  # fmt: skip
def test_a_rule_is_met_from_its_limit_on(
    calls: list[Call], rule: Rule, limit: float, met: list[tuple[str, str, float, int]]
) -> None:
    found = list(rule(calls, lambda _: limit))
    assert [(one.account, one.subject, one.value, len(one.calls)) for one in found] == met


def test_an_account_has_the_limit_of_its_own() -> None:
    calls = [call(0, "33899123456"), call(1, "33899123456", account="2000")]
    found = bursts.of_kind(PREMIUM, calls, {"1000": 1, "2000": 2}.__getitem__)
    assert [one.account for one in found] == ["1000"]


@given(st.lists(st.integers(0, 200), max_size=40), st.integers(1, 12))
def test_calls_per_minute_are_those_of_the_worst_sixty_seconds(seconds: list[int], limit: int) -> None:
    """Against a count of every window of sixty seconds that ends with a call of the quarter."""
    calls = [call(after - 60) for after in sorted(seconds)]
    ends = [one.start for one in calls if one.start >= NOON]
    worst = max((sum(end - 60 * SECOND < one.start <= end for one in calls) for end in ends), default=0)
    found = list(bursts.per_minute(calls, lambda _: limit, NOON))
    assert [one.value for one in found] == ([worst] if worst >= limit else [])
    assert all(one.start >= NOON for met in found for one in met.calls)


@given(st.lists(st.integers(1, 40), max_size=25))
def test_a_run_is_the_longest_of_all_runs(numbers: list[int]) -> None:
    """Against every pair of ends of which all numbers between were called."""
    called = set(numbers)
    pairs = [(n, n) for n in called] + list(combinations(sorted(called), 2))
    longest = max((b - a + 1 for a, b in pairs if all(n in called for n in range(a, b + 1))), default=0)
    found = list(bursts.in_sequence([call(i, str(n)) for i, n in enumerate(numbers)], lambda _: 1))
    assert [one.value for one in found] == ([longest] if longest else [])


def test_what_shows_the_calls_is_what_they_have_in_common() -> None:
    (met,) = bursts.of_kind(PREMIUM, [call(0, "33899123456"), call(1, "33899999999")], lambda _: 1)
    assert met.filter == {"account": ["1000"], "destination": ["begins:+33899"]}
