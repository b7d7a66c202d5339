"""Times as switches write them, read as moments."""

from datetime import UTC, datetime, timedelta

import pytest

from ingest.times import Clock, nearest, zone_of
from store.errors import ImportProblem


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "text", "first", "second"),
    [
        # Asterisk's stamps are local and say no zone.
        ("Europe/Berlin", "2026-11-03 09:00:00", "2026-11-03T08:00:00", None),
        # The same minute again comes from memory.
        ("Europe/Berlin", "2026-07-03 09:00:59", "2026-07-03T07:00:59", None),
        # Half hours are zones too.
        ("Asia/Kolkata", "2026-11-03 09:00:00", "2026-11-03T03:30:00", None),
        # Finer than a millisecond is cut off.
        ("UTC", "2026-11-03 09:00:00.123999", "2026-11-03T09:00:00.123", None),
        # The hour that comes twice is two moments.
        ("Europe/Berlin", "2026-10-25 02:30:00", "2026-10-25T00:30:00", "2026-10-25T01:30:00"),
        # Lord Howe's clocks go back by half an hour.
        ("Australia/Lord_Howe", "2026-04-05 01:45:00", "2026-04-04T14:45:00", "2026-04-04T15:15:00"),
        # The hour that does not exist is read as if the clocks had not gone forward yet.
        ("Europe/Berlin", "2026-03-29 02:30:00", "2026-03-29T01:30:00", "2026-03-29T00:30:00"),
        # A zone in the text wins over the file's.
        ("Europe/Berlin", "2026-11-03T09:00:00+00:00", "2026-11-03T09:00:00", None),
        ("Europe/Berlin", "2026-11-03T09:00:00.250Z", "2026-11-03T09:00:00.250", None),
        ("Europe/Berlin", "2026-11-03 09:00:00 +0300", "2026-11-03T06:00:00", None),
        ("Europe/Berlin", "2026-11-03 09:00:00 UTC", "2026-11-03T09:00:00", None),
        # Epochs are UTC: seconds, with a fraction, milliseconds, microseconds.
        ("Europe/Berlin", "1793696400", "2026-11-03T09:00:00", None),
        ("Europe/Berlin", "1793696400.5", "2026-11-03T09:00:00.500", None),
        ("Europe/Berlin", "1793696400123", "2026-11-03T09:00:00.123", None),
        ("Europe/Berlin", "1793696400123456", "2026-11-03T09:00:00.123", None),
        # Digits of a calendar are no epoch.
        ("UTC", "20261103090000", "2026-11-03T09:00:00", None),
        # Slashes are common, and harmless with the year in front.
        ("UTC", "2026/11/03 09:00:00", "2026-11-03T09:00:00", None),
    ],
)
def test_a_text_is_a_moment(zone: str, text: str, first: str, second: str | None) -> None:
    clock = Clock(zone)
    expected = (moment(first), moment(second) if second else None)
    assert clock.read(text) == expected
    assert clock.read(text) == expected


@pytest.mark.parametrize(
    "zone", ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"]
)
def test_what_a_clock_remembers_changes_no_reading(zone: str) -> None:
    """Every twelfth minute of a year: one clock that remembers against many that do not."""
    clock, local = Clock(zone), datetime(2026, 1, 1, 0, 5, 7)
    while local.year == 2026:
        assert clock.read(f"{local}") == Clock(zone).read(f"{local}.0")
        local += timedelta(minutes=12)


def test_compact_times_are_not_taken_for_others() -> None:
    clock = Clock("UTC")
    assert clock.read("20261103T090000.123")[0] == moment("2026-11-03T09:00:00.123")
    assert clock.read("20261103T090000.145")[0] == moment("2026-11-03T09:00:00.145")


@pytest.mark.parametrize(
    "text", ["", "yesterday", "03/11/2026 09:00", "2026-02-30 09:00:00", "9" * 30, "2026-11-03 09:00:6x"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Clock("UTC").read(text)


def test_a_hint_chooses_between_two_moments() -> None:
    twice = Clock("Europe/Berlin").read("2026-10-25 02:30:00")
    assert nearest(twice, None) == moment("2026-10-25T00:30:00")
    assert nearest(twice, moment("2026-10-25T01:29:58")) == moment("2026-10-25T01:30:00")


def test_a_zone_that_there_is_not_is_named() -> None:
    with pytest.raises(ImportProblem, match="no time zone 'Mars/Olympus'"):
        zone_of("Mars/Olympus")
