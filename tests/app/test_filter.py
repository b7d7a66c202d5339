"""The filter: what it asks for, in which zone, and what stands on its chips."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app import words
from app.filter import CallFilter
from app.periods import anchor, before, next_hour, shifted
from store.scope import DurationMatch, NumberMatch, Scope

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)


def utc(*parts: int) -> datetime:
    """A moment in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def made(zone: str = "UTC", **values: Any) -> CallFilter:
    """A filter with these values."""
    return CallFilter(zone=zone, **values)


@pytest.mark.parametrize(
    ("zone", "period", "since", "until"),
    [
        # A day of the viewer's calendar, also where it began yesterday in UTC.
        ("UTC", "today", utc(2026, 11, 22), utc(2026, 11, 23)),
        ("Europe/Berlin", "today", utc(2026, 11, 21, 23), utc(2026, 11, 22, 23)),
        ("Asia/Kolkata", "yesterday", utc(2026, 11, 20, 18, 30), utc(2026, 11, 21, 18, 30)),
        # The last 24 hours end with the hour that runs.
        ("Europe/Berlin", "24h", utc(2026, 11, 21, 15), utc(2026, 11, 22, 15)),
        ("UTC", "7d", utc(2026, 11, 16), utc(2026, 11, 23)),
        # Thirty days back in New York lies the end of summer time: the day before it began an hour earlier.
        ("America/New_York", "30d", utc(2026, 10, 24, 4), utc(2026, 11, 23, 5)),
        ("UTC", "90d", utc(2026, 8, 25), utc(2026, 11, 23)),
    ],
)
def test_a_period_is_days_of_the_viewers_calendar(
    zone: str, period: str, since: datetime, until: datetime
) -> None:
    scope = made(zone, period=period).scope(NOW)
    assert (scope.since, scope.until, scope.zone) == (since, until, zone)


@pytest.mark.parametrize(
    ("first", "last", "hours"),
    [
        # Spring forward and fall back in Berlin: days of 23 and 25 hours.
        (date(2026, 3, 29), date(2026, 3, 29), 23),
        (date(2026, 10, 25), date(2026, 10, 25), 25),
        # The wrong way round means the same; one date alone means that day.
        (date(2026, 3, 30), date(2026, 3, 29), 47),
        (date(2026, 3, 29), None, 23),
        (None, date(2026, 3, 29), 23),
        # No date at all is today.
        (None, None, 24),
    ],
)
def test_dates_of_ones_own_are_whole_days(first: date | None, last: date | None, hours: int) -> None:
    scope = made("Europe/Berlin", period="custom", first=first, last=last).scope(NOW)
    assert (scope.until - scope.since) / timedelta(hours=1) == hours


def test_every_field_reaches_the_scope() -> None:
    f = made(
        period="today",
        switches=["a"],
        accounts=["1000", ""],
        countries=["FR"],
        causes=["USER_BUSY"],
        directions=["in"],
        caller=" +33 ",
        destination="99",
        destination_op="ends",
        seconds=60,
        seconds_op="gt",
    )
    assert f.scope(NOW) == Scope(
        utc(2026, 11, 22),
        utc(2026, 11, 23),
        "UTC",
        ("1000", ""),
        ("a",),
        ("FR",),
        ("USER_BUSY",),
        ("in",),
        NumberMatch("begins", "+33"),
        NumberMatch("ends", "99"),
        DurationMatch("gt", 60.0),
    )


def test_no_account_chosen_is_every_account_and_not_nobodys() -> None:
    assert made().scope(NOW).accounts is None


def test_a_view_leaves_out_its_own_dimension() -> None:
    f = made(countries=["FR"], causes=["USER_BUSY"], hours=(utc(2026, 11, 22, 9), utc(2026, 11, 22, 11)))
    assert f.scope(NOW, "countries").countries == ()
    assert f.scope(NOW, "countries").causes == ("USER_BUSY",)
    assert f.scope(NOW).since == utc(2026, 11, 22, 9)
    assert f.scope(NOW, "hours").since == utc(2026, 11, 16)


def test_a_click_chooses_one_value_and_a_second_takes_it_off() -> None:
    f = made(countries=["FR", "DE"])
    f.toggle("countries", "FR")
    assert f.countries == ["FR"]
    f.toggle("countries", "FR")
    assert f.countries == []


def test_dragged_hours_are_whole_minutes_and_never_nothing() -> None:
    f = made()
    f.choose_hours(utc(2026, 11, 22, 9, 0, 59), utc(2026, 11, 22, 9, 0, 59))
    assert f.hours == (utc(2026, 11, 22, 9), utc(2026, 11, 22, 9, 1))


def test_chips_say_what_narrows_and_each_can_be_taken_off() -> None:
    f = made(
        "Europe/Berlin",
        hours=(utc(2026, 11, 22, 8), utc(2026, 11, 22, 10)),
        switches=["<b>x</b>"],
        accounts=[""],
        countries=["FR", "ZZ"],
        causes=["USER_BUSY"],
        directions=["out"],
        caller="+33",
        seconds=90.0,
    )
    chips = words.chips(f)
    assert [chip.words for chip in chips] == [
        "Sun 22 Nov 2026, 09:00–11:00",
        "Switch <b>x</b>",
        "Account no account",
        "France",
        "Unknown country",
        "User busy",
        "Outgoing",
        "Caller begins with +33",
        "Talk at least 90 s",
    ]
    for chip in chips:
        f.drop(chip.field, chip.value)
    assert words.chips(f) == []
    assert f.values() == made("Europe/Berlin").values()


def test_taking_everything_off_keeps_the_period() -> None:
    f = made(period="30d", countries=["FR"], caller="1")
    f.reset()
    assert (f.period, words.chips(f)) == ("30d", [])


@pytest.mark.parametrize(
    ("since", "until", "earlier"),
    [
        # A week before a week, a day before a day, whatever the clocks do.
        (utc(2026, 11, 16), utc(2026, 11, 23), utc(2026, 11, 9)),
        (utc(2026, 3, 28, 23), utc(2026, 3, 29, 22), utc(2026, 3, 27, 23)),
        # Part of a day: as many hours before.
        (utc(2026, 11, 22, 9), utc(2026, 11, 22, 11), utc(2026, 11, 22, 7)),
    ],
)
def test_the_period_before_has_the_same_length(since: datetime, until: datetime, earlier: datetime) -> None:
    zone = made("Europe/Berlin").zone if since.hour == 23 else made().zone
    assert before(since, until, zone) == (earlier, since)


def test_the_same_hour_of_another_day_is_the_same_on_the_clock() -> None:
    zone = made("Europe/Berlin").zone
    assert shifted(utc(2026, 3, 29, 7), 1, zone) == utc(2026, 3, 28, 8)


@pytest.mark.parametrize(
    ("newest", "counted_from"),
    [
        (None, NOW),
        (NOW - timedelta(hours=23), NOW),
        # An archive: its periods count back from its last call.
        (utc(2025, 6, 2, 9), utc(2025, 6, 2, 9)),
    ],
)
def test_periods_count_back_from_the_newest_call_when_that_is_old(
    newest: datetime | None, counted_from: datetime
) -> None:
    assert anchor(NOW, newest) == counted_from
    assert next_hour(NOW) == utc(2026, 11, 22, 15)
