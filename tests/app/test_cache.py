"""The cache: one computation for many who ask at once, never another's answer, never an error kept."""

import asyncio
from collections.abc import Hashable
from threading import Event, Lock

import pytest

from app.cache import Flights
from tests.app.conftest import finished


class Counted:
    """A computation that counts how often it ran, and can be held up."""

    def __init__(self) -> None:
        self.times, self.gate = 0, Event()
        self.gate.set()
        self._lock = Lock()

    def __call__(self) -> int:
        """How often it ran, this time included."""
        assert self.gate.wait(20)
        with self._lock:
            self.times += 1
            return self.times


async def asked(flights: Flights, work: Counted, keys: list[Hashable]) -> list[int]:
    """The answers for these keys, all asked for before the first is there."""
    work.gate.clear()
    tasks = [asyncio.ensure_future(flights.get(key, work)) for key in keys]
    await asyncio.sleep(0)
    work.gate.set()
    return list(await asyncio.gather(*tasks))


def test_eight_who_ask_at_once_start_one_query() -> None:
    flights, work = Flights(), Counted()
    assert finished(asked(flights, work, ["same"] * 8)) == [1] * 8
    assert work.times == 1


def test_different_keys_never_share_an_answer() -> None:
    flights, work = Flights(), Counted()
    answers = finished(asked(flights, work, [("q", ("1000",)), ("q", ("2000",)), ("q", None), ("q", ())]))
    assert sorted(answers) == [1, 2, 3, 4]


def test_an_answer_is_kept_for_its_time_and_then_asked_for_again() -> None:
    work = Counted()

    async def twice(seconds: float) -> list[int]:
        flights = Flights(seconds=seconds)
        return [await flights.get("k", work), await flights.get("k", work)]

    assert finished(twice(60)) == [1, 1]
    assert finished(twice(0)) == [2, 3]


def test_an_error_goes_to_those_who_wait_and_is_not_kept() -> None:
    flights, work = Flights(), Counted()

    def failing() -> int:
        if work() == 1:
            raise ValueError("once")
        return 2

    async def both() -> int:
        with pytest.raises(ValueError, match="once"):
            await flights.get("k", failing)
        return await flights.get("k", failing)

    assert finished(both()) == 2


def test_the_cache_is_bounded() -> None:
    flights, work = Flights(most=3), Counted()

    async def many() -> list[int]:
        for n in range(10):
            await flights.get(n, work)
        return [await flights.get(9, work), await flights.get(0, work)]

    assert finished(many()) == [10, 11]
    assert len(flights._held) == 3


def test_one_who_goes_away_leaves_the_computation_to_the_others() -> None:
    flights, work = Flights(), Counted()

    async def leaving() -> int:
        work.gate.clear()
        first = asyncio.ensure_future(flights.get("k", work))
        second = asyncio.ensure_future(flights.get("k", work))
        await asyncio.sleep(0)
        first.cancel()
        work.gate.set()
        return await second

    assert finished(leaving()) == 1
