"""Counting calls into buckets, held against plain loops; names in keys; adding and taking off."""

from collections import defaultdict
from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.buckets import ALL, Sums, add, count, escape, fact, head, stamp, trimmed, unescape
from store.causes import EFFECTIVE
from store.record import CDR
from tests.cast import ALICE, CAST, at, calls
from tests.oracle import NETWORK_DID_ITS_PART

YEAR_END = datetime(2026, 12, 31, 20, tzinfo=UTC)
some_calls = st.lists(calls(YEAR_END, YEAR_END + timedelta(hours=8)), max_size=30)


def counted(made: list[CDR]) -> Sums:
    return count([fact(call, EFFECTIVE) for call in made])


def plainly(made: list[CDR]) -> Sums:
    """Every bucket, a call at a time."""
    sums: defaultdict[str, dict[str, dict[str, list[int]]]] = defaultdict(dict)
    for call in made:
        cell = [
            1, call.answered, call.mduration, call.billmsec,
            call.answered or call.cause in NETWORK_DID_ITS_PART, call.answered and call.billmsec <= 6_000,
            call.pdd_ms or 0, call.pdd_ms is not None,
        ]  # fmt: skip
        words = {"country": call.country, "cause": call.cause, "direction": call.direction}
        times = {"h": "%Y%m%d%H", "d": "%Y%m%d", "m": "%Y%m"}
        for account, switch in (
            (call.account, None),
            (None, call.switch),
            (None, None),
            (call.account, call.switch),
        ):
            for grain, form in times.items():
                pair = account is not None and switch is not None
                if pair and grain == "h":
                    continue
                parts = {"d": {"hour": f"{call.start:%H}"}, "m": {"day": f"{call.start:%d}"}}.get(grain, {})
                facets = {"total": "all", **parts, **({} if pair else words)}
                bucket = sums[f"{head(account, switch)}|{grain}|{call.start.strftime(form)}"]
                for facet, word in facets.items():
                    name = escape(word) if facet in words else word
                    held = bucket.setdefault(facet, {}).setdefault(name, [0] * 8)
                    for i, value in enumerate(cell):
                        held[i] += value
    for bucket in sums.values():
        for cells in bucket.values():
            for held in cells.values():
                trimmed(held)
    return dict(sums)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(some_calls)
def test_counting_is_what_plain_loops_count(made: list[CDR]) -> None:
    assert counted(made) == plainly(made)


def test_the_cast_makes_these_buckets() -> None:
    sums = counted(list(CAST))
    assert sums[f"{ALICE}|*|d|20261122"] == {
        "total": {"all": [4, 3, 205_000, 166_000, 4, 1, 2_000, 2]},
        "country": {
            "DE": [2, 1, 15_000, 6_000, 2, 1, 1_200, 1], "FR": [1, 1, 70_000, 60_000, 1, 0, 800, 1],
            "US": [1, 1, 120_000, 100_000, 1],
        },
        "cause": {
            "NORMAL_CLEARING": [3, 3, 202_000, 166_000, 3, 1, 2_000, 2], "USER_BUSY": [1, 0, 3_000, 0, 1],
        },
        "direction": {"out": [4, 3, 205_000, 166_000, 4, 1, 2_000, 2]},
        "hour": {"08": [4, 3, 205_000, 166_000, 4, 1, 2_000, 2]},
    }  # fmt: skip
    assert sums["2000|Lyon|m|202611"] == {
        "total": {"all": [3, 1, 620_000, 595_000, 2, 0, 0, 1]},
        "day": {"22": [3, 1, 620_000, 595_000, 2, 0, 0, 1]},
    }


@settings(max_examples=20, deadline=None, derandomize=True)
@given(some_calls, some_calls)
def test_the_sums_of_two_batches_add_up_and_come_off_again(one: list[CDR], other: list[CDR]) -> None:
    both, first, second = counted([*one, *other]), counted(one), counted(other)
    for key, bucket in second.items():
        add(first.setdefault(key, {}), bucket)
    assert first == both
    for key, bucket in second.items():
        add(first[key], bucket, sign=-1)
    assert {key: bucket for key, bucket in first.items() if bucket} == counted(one)


def test_adding_leaves_what_is_added_alone() -> None:
    more = counted(list(CAST))
    before = deepcopy(more)
    held: Sums = {}
    for _ in range(2):
        for key, bucket in more.items():
            add(held.setdefault(key, {}), bucket)
    assert more == before


CELLS = [([], []), ([0, 0], []), ([1, 0, 0], [1]), ([1, 0, 2], [1, 0, 2]), ([0, 5, 0], [0, 5])]


@pytest.mark.parametrize(("cell", "stored"), CELLS)
def test_a_cell_is_stored_without_the_zeros_at_its_end(cell: list[int], stored: list[int]) -> None:
    assert trimmed(cell) == stored


names = st.text(st.one_of(st.sampled_from("|*%.$\0 2A5"), st.characters(codec="utf-8")), max_size=8)


@given(names)
def test_an_escaped_name_comes_back_and_can_stand_in_a_key(name: str) -> None:
    assert unescape(escape(name)) == name
    assert escape(name) and not {*escape(name)} & {*"|*.$\0"}


@given(names, names)
def test_no_two_names_are_escaped_alike(one: str, other: str) -> None:
    assert (escape(one) == escape(other)) is (one == other)


HEADS = [((None, None), "*|*"), (("*", None), "%2A|*"), (("", "a|b"), "%|a%7Cb"), ((None, "%"), "*|%25")]


@pytest.mark.parametrize(("scope", "key"), HEADS)
def test_how_a_key_begins(scope: tuple[str | None, str | None], key: str) -> None:
    assert head(*scope) == key
    assert ALL not in head("*", "*")


def test_how_a_key_ends() -> None:
    assert [stamp(at(70), grain) for grain in "hdm"] == ["2026112209", "20261122", "202611"]
