"""Windows are closed, in the alarm's own zone, and right on the days when clocks change."""

from datetime import UTC, datetime, timedelta

import pytest

from alerts import windows
from alerts.windows import Window, before, due, usual, week_before, year_before

BERLIN = "Europe/Berlin"
NOTHING = timedelta(0)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shown(window: Window) -> str:
    return f"{window.since:%m-%d %H:%M} {window.until:%m-%d %H:%M}"


DUE = [
    # the hour that closed since the last look
    ("hour", "UTC", "2026-11-22 09:00", "2026-11-22 10:00", ["11-22 09:00 11-22 10:00"]),
    # an hour that is not over is not looked at
    ("hour", "UTC", "2026-11-22 09:00", "2026-11-22 09:59", []),
    # hours that were missed while the worker was down are made up, oldest first
    ("hour", "UTC", "2026-11-22 08:00", "2026-11-22 10:10",
     ["11-22 08:00 11-22 09:00", "11-22 09:00 11-22 10:00"]),
    # a day of Berlin ends at 23:00 UTC in winter
    ("day", BERLIN, "2026-11-21 23:00", "2026-11-22 23:00", ["11-21 23:00 11-22 23:00"]),
    ("day", BERLIN, "2026-11-21 23:00", "2026-11-22 22:59", []),
    # the day when clocks go back has 25 hours, the day when they go forward 23
    ("day", BERLIN, "2026-10-24 22:00", "2026-10-25 23:00", ["10-24 22:00 10-25 23:00"]),
    ("day", BERLIN, "2026-03-28 23:00", "2026-03-29 22:00", ["03-28 23:00 03-29 22:00"]),
    # a week begins on Monday, also the one in which clocks change
    ("week", BERLIN, "2026-10-18 22:00", "2026-10-26 00:00", ["10-18 22:00 10-25 23:00"]),
    # a month
    ("month", BERLIN, "2026-09-30 22:00", "2026-11-01 00:00", ["09-30 22:00 10-31 23:00"]),
]  # fmt: skip


@pytest.mark.parametrize(("period", "zone", "after", "now", "windows"), DUE)
def test_what_has_closed_is_due(period: str, zone: str, after: str, now: str, windows: list[str]) -> None:
    assert [shown(w) for w in due(period, 0, zone, at(after), at(now), NOTHING)] == windows


def test_late_records_are_waited_for() -> None:
    grace = timedelta(minutes=5)
    now = at("2026-11-22 10:04")
    assert list(due("hour", 0, "UTC", at("2026-11-22 09:00"), now, grace)) == []
    assert len(list(due("hour", 0, "UTC", at("2026-11-22 09:00"), now + grace, grace))) == 1


def test_rolling_minutes_close_every_minute_and_only_the_last_one_counts() -> None:
    found = due("minutes", 15, "UTC", at("2026-11-22 09:00"), at("2026-11-22 09:20:30"), NOTHING)
    assert [shown(w) for w in found] == ["11-22 09:05 11-22 09:20"]
    assert list(due("minutes", 15, "UTC", at("2026-11-22 09:20"), at("2026-11-22 09:20:30"), NOTHING)) == []


DAY = Window(at("2026-10-25 23:00"), at("2026-10-26 23:00"))


def test_a_day_is_compared_with_the_day_before_it() -> None:
    assert shown(before(DAY, "day", BERLIN)) == "10-24 22:00 10-25 23:00"


def test_rolling_minutes_are_compared_with_those_before_them() -> None:
    window = Window(at("2026-11-22 09:05"), at("2026-11-22 09:20"))
    assert shown(before(window, "minutes", "UTC")) == "11-22 08:50 11-22 09:05"


def test_the_same_day_of_the_week_before_has_the_same_wall_clock() -> None:
    assert shown(week_before(DAY, BERLIN)) == "10-18 22:00 10-19 22:00"


def test_a_month_is_compared_with_that_of_the_year_before() -> None:
    window = Window(at("2026-10-31 23:00"), at("2026-11-30 23:00"))
    found = year_before(window, BERLIN)
    assert (found.since, found.until) == (at("2025-10-31 23:00"), at("2025-11-30 23:00"))


def test_the_usual_looks_at_six_weeks() -> None:
    found = usual(DAY, BERLIN)
    assert len(found) == 6
    assert shown(found[5]) == "09-13 22:00 09-14 22:00"


def test_what_ends_within_a_minute_is_shown_with_all_of_it() -> None:
    since = datetime(2026, 11, 22, 9, 0, 10, tzinfo=UTC)
    shown = windows.shown(since, since + timedelta(seconds=20), "UTC")
    assert shown["hours"] == ["2026-11-22T09:00Z/2026-11-22T09:01Z"]
