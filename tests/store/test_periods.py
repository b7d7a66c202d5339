"""Hours, days and months of a zone as moments of UTC, where clocks and calendars turn."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.periods import HOUR, UNITS, ceiling, floor, following, joined, periods
from tests.oracle import clock_hour

ZONES = (
    "UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Asia/Kathmandu",
    # clocks that turn at midnight, a day that never was, half hours that changed, two hours at once
    "America/Havana", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia", "America/Caracas", "Asia/Pyongyang",
    "Antarctica/Troll",
)  # fmt: skip


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


moments = st.datetimes(datetime(2005, 1, 1), datetime(2030, 1, 1)).map(lambda t: t.replace(tzinfo=UTC))
turns = st.sampled_from(
    [
        utc(2026, 3, 29, 1), utc(2026, 10, 25, 1), utc(2026, 4, 4, 15), utc(2026, 10, 3, 15, 30),
        utc(2011, 12, 30, 10), utc(2018, 11, 4, 3), utc(2018, 2, 18, 2), utc(2026, 3, 8, 5),
        utc(2026, 11, 1, 5),
        utc(2007, 12, 9, 7), utc(2016, 5, 1, 7), utc(2015, 8, 14, 15), utc(2018, 5, 4, 15),
    ]
)  # fmt: skip
near_turns = st.builds(lambda t, minutes: t + timedelta(minutes=minutes), turns, st.integers(-3_000, 3_000))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.one_of(moments, near_turns), st.sampled_from(UNITS), st.sampled_from(ZONES))
def test_a_moment_lies_in_its_period_and_in_no_other(moment: datetime, unit: str, zone: str) -> None:
    start = floor(moment, unit, zone)
    after = following(start, unit, zone)
    assert start <= moment < after
    assert floor(start, unit, zone) == start
    assert floor(after - timedelta(microseconds=1), unit, zone) == start
    assert floor(after, unit, zone) == after


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.one_of(moments, near_turns), st.sampled_from(ZONES))
def test_all_of_a_period_reads_the_same_on_the_clock(moment: datetime, zone: str) -> None:
    local, hour = moment.astimezone(ZoneInfo(zone)), floor(moment, "hour", zone)
    assert clock_hour(hour, zone) == clock_hour(moment, zone)
    assert clock_hour(hour - timedelta(seconds=1), zone) != clock_hour(moment, zone)
    assert floor(moment, "day", zone).astimezone(ZoneInfo(zone)).date() == local.date()
    month = floor(moment, "month", zone).astimezone(ZoneInfo(zone))
    assert (month.year, month.month, month.day) == (local.year, local.month, 1)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(near_turns, st.integers(1, 400_000), st.sampled_from(UNITS), st.sampled_from(ZONES))
def test_periods_cover_the_time_without_gap_or_overlap(
    since: datetime, seconds: int, unit: str, zone: str
) -> None:
    until = since + timedelta(seconds=seconds)
    made = list(periods(since, until, unit, zone))
    edges = [since, *(end for _, _, end in made)]
    assert edges[-1] == until
    for (label, begin, end), expected in zip(made, edges, strict=False):
        assert begin == expected < end
        assert label == floor(begin, unit, zone)
    assert all(one[0] < other[0] for one, other in pairwise(made))


LENGTHS = [
    # days of 23, 25 and 24 hours, and one of 23 and a half
    ("Europe/Paris", date(2026, 3, 29), 23.0), ("Europe/Paris", date(2026, 10, 25), 25.0),
    ("Australia/Lord_Howe", date(2026, 4, 5), 24.5), ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
    ("Asia/Kolkata", date(2026, 10, 25), 24.0), ("America/Havana", date(2026, 3, 8), 23.0),
    ("America/Sao_Paulo", date(2018, 11, 4), 23.0), ("Antarctica/Troll", date(2026, 3, 29), 22.0),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "day", "hours"), LENGTHS)
def test_days_are_as_long_as_their_clocks_say(zone: str, day: date, hours: float) -> None:
    start = floor(
        datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).astimezone(UTC), "day", zone
    )
    assert (following(start, "day", zone) - start) / HOUR == hours


def test_the_day_that_samoa_left_out() -> None:
    starts = [label for label, _, _ in periods(utc(2011, 12, 29), utc(2012, 1, 2), "day", "Pacific/Apia")]
    assert [start.astimezone(ZoneInfo("Pacific/Apia")).day for start in starts] == [28, 29, 31, 1, 2]


CEILINGS = [
    (utc(2026, 1, 1, 5), HOUR, utc(2026, 1, 1, 5)),
    (utc(2026, 1, 1, 5, 0, 0, 1), HOUR, utc(2026, 1, 1, 6)),
    (utc(2026, 1, 1, 5, 59, 59, 999_999), timedelta(minutes=1), utc(2026, 1, 1, 6)),
    (utc(1969, 12, 31, 23, 30), HOUR, utc(1970, 1, 1)),
]


@pytest.mark.parametrize(("moment", "length", "expected"), CEILINGS)
def test_the_next_whole_hour_or_minute(moment: datetime, length: timedelta, expected: datetime) -> None:
    assert ceiling(moment, length) == expected


def test_spans_that_touch_are_one() -> None:
    a, b, c, d = (utc(2026, 1, day) for day in (1, 2, 3, 4))
    assert list(joined([])) == []
    assert list(joined([(a, b), (b, c), (c, d)])) == [(a, d)]
    assert list(joined([(a, b), (c, d)])) == [(a, b), (c, d)]
