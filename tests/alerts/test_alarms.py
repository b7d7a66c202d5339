"""What an alarm means, as tables: its verdict, how it fares after it, when it is told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.alarms import after, due, filter_of, references, scope_of, tells, verdict, worse
from alerts.measures import Measured
from alerts.windows import Window
from store.alarms import Alarm, Status
from store.scope import NumberMatch, Scope

HOUR = timedelta(hours=1)
NINE = datetime(2026, 11, 22, 9, tzinfo=UTC)
WINDOW = Window(NINE, NINE + HOUR)

ASR = Alarm(metric="asr", warning=40, critical=20, minimum=10, hysteresis=0)
FEWER = Alarm(
    metric="calls", condition="decrease_percent", reference="week", warning=50, minimum=10, hysteresis=0
)
NONE = Alarm(metric="calls", condition="less", warning=1, minimum=10)
ODD = FEWER._replace(condition="unusual_high", reference="usual", warning=4, critical=8)

VERDICTS: list[tuple[Alarm, Measured, list[Measured], str, float | None, float | None]] = [
    # an ASR between both thresholds is a warning, and the threshold that was passed is told
    (ASR, Measured(30.0, 50), [], "warning", None, 40),
    (ASR, Measured(10.0, 50), [], "critical", None, 20),
    (ASR, Measured(60.0, 50), [], "ok", None, None),
    # of nine calls nobody judges a ratio
    (ASR, Measured(0.0, 9), [], "unknown", None, None),
    # a ratio of nothing is none
    (ASR, Measured(None, 0), [], "unknown", None, None),
    # a ratio of few calls is not compared with either
    (
        ASR._replace(condition="decrease", reference="previous"),
        Measured(10.0, 50),
        [Measured(90.0, 9)],
        "unknown",
        None,
        None,
    ),
    # no call at all, where there were a hundred: that few are left is the point
    (FEWER, Measured(0, 0), [Measured(100, 100)], "warning", 100, 50),
    # but two after five is chance
    (FEWER, Measured(2, 2), [Measured(5, 5)], "unknown", 5, None),
    # nothing to compare with
    (FEWER, Measured(0, 0), [], "unknown", None, None),
    # a count without a reference is always judged
    (NONE, Measured(0, 0), [], "warning", None, 1),
    # 100 calls where there were always 25: (10 - 5) / .5 deviations
    (ODD, Measured(100, 100), [Measured(25, 25)] * 6, "critical", 25, 8),
    # 52: 4.4 deviations
    (ODD, Measured(52, 52), [Measured(25, 25)] * 6, "warning", 25, 4),
    (ODD, Measured(30, 30), [Measured(25, 25)] * 6, "ok", 25, None),
    # two weeks teach nothing
    (ODD, Measured(100, 100), [Measured(25, 25)] * 2, "unknown", None, None),
]


@pytest.mark.parametrize(("alarm", "found", "compared", "state", "reference", "threshold"), VERDICTS)
def test_a_window_comes_to_a_verdict(
    alarm: Alarm,
    found: Measured,
    compared: list[Measured],
    state: str,
    reference: float | None,
    threshold: float | None,
) -> None:
    told = verdict(alarm, found, compared)
    assert (told.state, told.reference, told.threshold) == (state, reference, threshold)
    assert (told.value, told.n) == found


def test_what_burns_goes_on_burning_where_too_few_calls_tell() -> None:
    bad, few, good = (verdict(ASR, Measured(value, n), []) for value, n in ((10.0, 50), (0.0, 1), (90.0, 50)))
    status, states = Status(), []
    for hour, found in enumerate([few, bad, *[few] * 24, few, good]):
        since = NINE + hour * HOUR
        status = after(status, Window(since, since + HOUR), found)
        states.append(status.state)
    # a day without proof is enough
    assert states == ["unknown", "critical", *["critical"] * 24, "unknown", "ok"]
    assert status.checked == NINE + 28 * HOUR


def test_the_moment_since_when_is_that_of_the_change() -> None:
    bad = verdict(ASR, Measured(10.0, 50), [])
    first = after(Status(error="It failed.", failures=3, next=NINE), WINDOW, bad)
    second = after(first, Window(NINE + HOUR, NINE + 2 * HOUR), bad)
    assert (first.since, second.since) == (NINE + HOUR, NINE + HOUR)
    assert (first.error, first.failures, first.next) == ("", 0, None)
    assert second.window == (NINE + HOUR, NINE + 2 * HOUR)


TOLD: list[tuple[str, str, int, int, bool]] = [
    # from well to bad, worse, better, well again
    ("ok", "warning", 0, 0, True),
    ("warning", "critical", 0, 0, True),
    ("critical", "warning", 0, 0, True),
    ("warning", "ok", 0, 0, True),
    # nobody knows whether it is over, for a day by now
    ("critical", "unknown", 0, 0, True),
    # nothing that anybody would get up for
    ("unknown", "ok", 0, 0, False),
    ("ok", "unknown", 0, 0, False),
    ("ok", "ok", 60, 600, False),
    # it burns on: told again after the hour that was asked for, not before, and not without
    ("critical", "critical", 60, 59, False),
    ("critical", "critical", 60, 60, True),
    ("critical", "critical", 0, 600, False),
]


@pytest.mark.parametrize(("was", "state", "repeat", "minutes", "told"), TOLD)
def test_what_is_told(was: str, state: str, repeat: int, minutes: int, told: bool) -> None:
    status = Status(state=was, told=NINE)
    assert tells(Alarm(repeat=repeat), status, state, NINE + timedelta(minutes=minutes)) is told


def test_it_fires_only_where_it_gets_worse() -> None:
    assert [worse(*pair) for pair in (("ok", "warning"), ("warning", "critical"), ("unknown", "critical"))]
    assert not any(worse(*pair) for pair in (("critical", "warning"), ("unknown", "ok"), ("warning", "ok")))


def paris(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of October 2026, in which Paris puts its clocks back on the 25th."""
    return datetime(2026, 10, day, hour, minute, tzinfo=UTC)


NIGHT: dict[str, Any] = {"quiet": ("22:00", "06:00"), "zone": "Europe/Paris"}
QUIET: list[tuple[dict[str, Any], datetime, datetime]] = [
    # nothing is quiet
    ({}, NINE, NINE),
    # at noon of Paris
    (NIGHT, paris(20, 10), paris(20, 10)),
    # at ten in the evening until six, which is four in UTC
    (NIGHT, paris(20, 20), paris(21, 4)),
    # after midnight
    (NIGHT, paris(21, 1), paris(21, 4)),
    # at six it is over
    (NIGHT, paris(21, 4), paris(21, 4)),
    # in the night in which the clocks go back, six is five in UTC
    (NIGHT, paris(24, 21), paris(25, 5)),
    # quiet hours of a day that do not pass midnight
    ({"quiet": ("12:00", "14:00"), "zone": "UTC"}, paris(20, 12, 30), paris(20, 14)),
    # snoozed until the night: then the night counts
    ({**NIGHT, "snoozed": paris(20, 21)}, paris(20, 12), paris(21, 4)),
    # snoozed until a moment that is over
    ({"snoozed": paris(20, 9)}, paris(20, 12), paris(20, 12)),
]


@pytest.mark.parametrize(("fields", "now", "told"), QUIET)
def test_letters_wait_for_the_end_of_quiet_hours_and_of_a_snooze(
    fields: dict[str, Any], now: datetime, told: datetime
) -> None:
    assert due(Alarm(**fields), now) == told


def test_a_window_is_compared_with_nothing_from_before_the_first_call() -> None:
    usual = references(ODD, WINDOW, NINE - timedelta(days=15))
    assert [one.since for one in usual] == [NINE - timedelta(days=7), NINE - timedelta(days=14)]
    assert references(ASR, WINDOW, NINE - timedelta(days=99)) == []


def test_an_alarm_narrows_its_calls_and_shows_them() -> None:
    alarm = Alarm(
        zone="Europe/Paris", accounts=("1000",), switches=("Lyon",), directions=("out",), prefix="225"
    )
    assert scope_of(alarm, WINDOW) == Scope(
        NINE,
        NINE + HOUR,
        "Europe/Paris",
        ("1000",),
        ("Lyon",),
        directions=("out",),
        destination=NumberMatch("begins", "225"),
    )
    assert filter_of(alarm, WINDOW) == {
        "period": ["custom"],
        "from": ["2026-11-22"],
        "to": ["2026-11-22"],
        "hours": ["2026-11-22T09:00Z/2026-11-22T10:00Z"],
        "switch": ["Lyon"],
        "account": ["1000"],
        "direction": ["out"],
        "destination": ["begins:225"],
    }
