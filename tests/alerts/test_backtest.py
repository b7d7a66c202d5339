"""The backtest says what the watch would have done, of values that plain loops find too."""

import math
from datetime import timedelta
from typing import Any

import pytest

from alerts.backtest import Backtest, backtest, rejudged
from alerts.watch import look
from store import alarm_reports, alarms
from store.alarms import Alarm
from store.database import Store
from store.errors import CdrStatsError
from tests.alerts.hours import MIDNIGHT, calls_of, commit_hours, hour_of

HOURS = {
    hour: (calls, max(0, calls - (hour * 7) % 11 - (9 if 40 < hour < 46 else 0)))
    for hour in range(-1, 72)
    if (calls := (hour * 13) % 17)
}
"""Three days of up to 16 calls an hour, some of them better than others."""
NOW = hour_of(71).until + timedelta(minutes=5)

ALARMS: dict[str, dict[str, Any]] = {
    "an hour's ASR": {"warning": 70, "critical": 40, "minimum": 5},
    "with hysteresis and repeated": {"warning": 70, "critical": 40, "minimum": 1, "repeat": 180},
    "calls against the hour before": {
        "metric": "calls",
        "condition": "increase_percent",
        "reference": "previous",
        "warning": 50,
        "minimum": 5,
    },
    "a day of another zone": {"period": "day", "zone": "Asia/Kolkata", "metric": "answered", "warning": 100},
    "the longest run without answer": {"metric": "cic", "condition": "greater", "warning": 8},
}


@pytest.mark.parametrize("fields", ALARMS.values(), ids=ALARMS)
def test_it_fires_when_the_watch_would_have(store: Store, fields: dict[str, Any]) -> None:
    commit_hours(store, HOURS)
    alarm = Alarm(name="x", **{"hysteresis": 10, **fields})
    alarms.add(store, alarm, hour_of(-1).since)
    states: list[tuple[Any, ...]] = []
    for hour in range(73):
        look(store, hour_of(hour).since + timedelta(minutes=5))
        status = alarms.everything(store)[0].status
        if status.window and (not states or states[-1][0] != status.window[1]):
            states.append((status.window[1], status.state, status.value, status.reference, status.n))
    found = backtest(store, alarm, NOW)
    assert rows(found) == states
    reports = alarm_reports.page(store, limit=500)[::-1]
    bad = [one.until for one in reports if one.state in ("warning", "critical") and one.was != one.state]
    better = [one.until for one in reports if (one.was, one.state) == ("critical", "warning")]
    assert found.fired == [moment for moment in bad if moment not in better]
    assert found.fired


def rows(found: Backtest) -> list[tuple[Any, ...]]:
    frame = found.frame[["until", "state", "value", "reference", "n"]]
    return [
        (until.to_pydatetime(), state, *(None if math.isnan(x) else x for x in (value, reference)), n)
        for until, state, value, reference, n in frame.itertuples(index=False)
    ]


def test_every_minute_of_a_rolling_window_is_looked_at(store: Store) -> None:
    commit_hours(store, {8: (20, 12), 9: (40, 3)})
    calls = calls_of({8: (20, 12), 9: (40, 3)})
    alarm = Alarm(period="minutes", minutes=15, metric="asr", warning=50, minimum=10)
    now = hour_of(9).until
    found = backtest(store, alarm, now)
    first = hour_of(8).since + timedelta(minutes=15)
    assert found.frame["until"].tolist() == [
        first + timedelta(minutes=n) for n in range(int((now - first).total_seconds() // 60))
    ]
    for since, until, value, _, n, _ in found.frame.itertuples(index=False):
        own = [call for call in calls if since <= call.start < until]
        assert n == len(own)
        assert (
            value == pytest.approx(100 * sum(call.answered for call in own) / n) if n else math.isnan(value)
        )


def test_the_usual_is_learned_from_the_same_hours_of_earlier_weeks(store: Store) -> None:
    week = 7 * 24
    hours = {9 + n * week: (calls, calls) for n, calls in enumerate((16, 25, 16, 36, 81))}
    commit_hours(store, {8: (1, 1), **hours})
    odd = Alarm(
        metric="calls", condition="unusual_high", reference="usual", warning=4, minimum=10, hysteresis=0
    )
    now = hour_of(10 + 4 * week).until
    found = backtest(store, odd, now)
    # of 16, 25, 16 and 36 calls the roots are 4, 5, 4, 6: the middle is 4.5, and 9 is far from it
    (row,) = found.frame[found.frame["until"] == hour_of(9 + 4 * week).until].itertuples(index=False)
    assert (row.value, row.state) == (81, "warning")
    assert row.reference == pytest.approx(4.5**2)
    assert found.fired == [hour_of(9 + 4 * week).until]


def test_a_moved_threshold_is_judged_without_measuring_anew(store: Store) -> None:
    commit_hours(store, HOURS)
    alarm = Alarm(warning=70, minimum=5)
    found = backtest(store, alarm, NOW)
    store.db["sums"].delete_many({})
    store.db["cdr_202611"].delete_many({})
    for changed in (
        alarm._replace(warning=90, critical=50),
        alarm._replace(minimum=12),
        alarm._replace(condition="greater", hysteresis=0),
        alarm._replace(name="y", emails=("ada@example.com",)),
    ):
        anew = rejudged(found, changed)
        assert [row[2] for row in rows(anew)] == [row[2] for row in rows(found)]
        assert anew.alarm == changed
    assert sum(row[1] == "warning" for row in rows(rejudged(found, alarm._replace(warning=90)))) > sum(
        row[1] == "warning" for row in rows(found)
    )
    with pytest.raises(CdrStatsError, match="With another metric the backtest has to be made anew"):
        rejudged(found, alarm._replace(metric="ner"))
    with pytest.raises(CdrStatsError, match="With another prefix"):
        rejudged(found, alarm._replace(prefix="33"))


def test_without_calls_and_before_the_first_one_there_is_nothing(store: Store) -> None:
    empty = backtest(store, Alarm(warning=50), NOW)
    assert (len(empty.frame), empty.fired) == (0, [])
    assert list(empty.frame.columns) == ["since", "until", "value", "reference", "n", "state"]
    commit_hours(store, {8: (10, 1)})
    found = backtest(store, Alarm(warning=50, minimum=1), hour_of(12).until, days=90)
    assert found.frame["since"].tolist() == [hour_of(hour).since for hour in range(8, 12)]
    assert MIDNIGHT < found.fired[0] == hour_of(8).until
