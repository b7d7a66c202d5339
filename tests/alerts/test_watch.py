"""The watch on a real database: windows are judged once, changes are reported once, no alarm stops
another.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts import watch
from alerts.watch import look
from store import alarm_reports, alarms
from store.alarms import Alarm, Overtaken, Status
from store.connection import transaction
from store.database import Store
from tests.alerts.hours import MIDNIGHT, commit_hours, hour_of
from tests.cast import ALICE

MINUTE = timedelta(minutes=1)
ASR = Alarm(name="ASR", warning=50, critical=20, minimum=5, hysteresis=0, emails=("ada@example.com",))
DAY = {8: (10, 9), 9: (10, 4), 10: (10, 1), 11: (2, 0), 12: (10, 9), 13: (10, 9)}
"""Calls and answered ones: a good hour, a bad one, a worse one, one of too few calls, two good ones."""


def after(hour: int, minutes: float = 1.5) -> datetime:
    """A moment so many minutes after the hour is over."""
    return hour_of(hour).until + minutes * MINUTE


def status(store: Store, id: str) -> Status:
    found = alarms.one(store, id)
    assert found is not None
    return found.status


def test_a_day_is_judged_hour_by_hour_and_told_where_it_changes(store: Store) -> None:
    commit_hours(store, DAY)
    id = alarms.add(store, ASR, hour_of(8).since)
    states = []
    for hour in range(8, 14):
        look(store, after(hour))
        states.append(status(store, id).state)
    assert states == ["ok", "warning", "critical", "critical", "ok", "ok"]
    told = alarm_reports.page(store)[::-1]
    assert [(one.was, one.state, one.value, one.threshold, one.n, one.since) for one in told] == [
        ("ok", "warning", 40.0, 50, 10, hour_of(9).since),
        ("warning", "critical", 10.0, 20, 10, hour_of(10).since),
        ("critical", "ok", 90.0, None, 10, hour_of(12).since),
    ]
    assert [(one.alarm, one.name, one.emails, one.over) for one in told] == [
        (id, "ASR", ("ada@example.com",), over) for over in (False, False, True)
    ]
    # what changed is told where it got worse
    assert [bool(one.story) for one in told] == [True, True, False]
    assert told[0].story[0]["change"] == pytest.approx(-50)
    assert status(store, id).since == hour_of(12).until


def test_a_look_judges_all_windows_that_were_missed_and_a_second_look_none(store: Store) -> None:
    commit_hours(store, DAY)
    id = alarms.add(store, ASR, hour_of(8).since)
    assert look(store, after(13)) == {"alarms": 1, "reports": 3, "failed": 0}
    assert look(store, after(13)) == {}
    assert status(store, id).checked == hour_of(13).until


def test_a_window_waits_for_its_late_records(store: Store) -> None:
    commit_hours(store, DAY)
    alarms.add(store, ASR, hour_of(8).since)
    assert look(store, after(8, 0.9)) == {}
    assert look(store, after(8, 1))["alarms"] == 1


def test_of_two_who_judge_the_same_window_the_second_stores_nothing(store: Store) -> None:
    commit_hours(store, DAY)
    id = alarms.add(store, ASR, hour_of(8).since)
    held = alarms.everything(store)
    look(store, after(9))
    before = status(store, id)
    # the second read the alarm before the first one noted what it found
    tasks, _ = watch._tasks(store, held, MIDNIGHT, after(9))
    (change,) = [watch._judged(task, watch._values(store, [task], after(9))[id], after(9)) for task in tasks]
    assert change.reports
    assert watch._keep(store, change) == 0
    alarms.unchanged(store, [(change.held, change.status._replace(state="critical"))])
    assert status(store, id) == before
    assert len(alarm_reports.page(store)) == 1


def test_a_report_is_claimed_by_one_alone(store: Store) -> None:
    commit_hours(store, DAY)
    alarms.add(store, ASR, hour_of(9).since)
    look(store, after(9))
    (report,) = alarm_reports.untold(store, after(9))
    claims = [
        transaction(store.client, lambda session: alarm_reports.told(store, session, report.id, after(9)))
        for _ in range(2)
    ]
    assert claims == [True, False]
    assert alarm_reports.untold(store, after(9)) == []
    assert alarm_reports.one(store, report.id) == report._replace(told=after(9))


def test_an_alarm_that_cannot_be_judged_is_noted_put_off_and_stops_no_other(store: Store) -> None:
    commit_hours(store, DAY)
    wrong = alarms.add(store, ASR._replace(name="a", metric="luck"), hour_of(8).since)
    nowhere = alarms.add(store, ASR._replace(name="b", zone="Mars"), hour_of(8).since)
    right = alarms.add(store, ASR._replace(name="c"), hour_of(8).since)
    assert look(store, after(8)) == {"alarms": 1, "reports": 0, "failed": 2}
    assert status(store, right).state == "ok"
    for id, error in ((wrong, "KeyError"), (nowhere, "ZoneInfoNotFoundError")):
        found = status(store, id)
        assert (found.failures, found.next) == (1, after(8) + MINUTE)
        assert error in found.error
    # it is left alone until then, and then for longer
    assert look(store, after(8, 2)) == {}
    assert look(store, after(8, 3))["failed"] == 2
    assert status(store, wrong).next == after(8, 5)
    # mended, it is judged at once, from where it was
    held = alarms.one(store, wrong)
    assert held is not None
    alarms.change(store, held.alarm._replace(metric="asr"))
    look(store, after(8, 4))
    assert (status(store, wrong).error, status(store, wrong).checked) == ("", hour_of(8).until)


def test_records_that_are_not_to_be_had_fail_only_who_asks_for_them(store: Store) -> None:
    """An alarm on a prefix asks for records of a month that is dropped; another one for its sums."""
    commit_hours(store, DAY)
    store.db["months"].update_one({"_id": "202611"}, {"$set": {"sealed": True}}, upsert=True)
    lost = alarms.add(store, ASR._replace(name="a", prefix="336"), hour_of(8).since)
    kept = alarms.add(store, ASR._replace(name="b"), hour_of(8).since)
    assert look(store, after(8))["failed"] == 1
    assert "are kept as sums only" in status(store, lost).error
    assert status(store, kept).state == "ok"


def test_what_burns_is_told_again_while_it_does(store: Store) -> None:
    commit_hours(store, dict.fromkeys(range(8, 14), (10, 0)))
    alarms.add(store, ASR._replace(repeat=120), hour_of(8).since)
    for hour in range(8, 14):
        look(store, after(hour))
    told = alarm_reports.page(store)[::-1]
    assert [(one.was, one.since) for one in told] == [
        ("unknown", hour_of(8).since),
        ("critical", hour_of(10).since),
        ("critical", hour_of(12).since),
    ]


def test_letters_of_quiet_hours_and_of_a_snooze_wait(store: Store) -> None:
    commit_hours(store, DAY)
    quiet = ASR._replace(name="q", quiet=("09:00", "13:00"))
    alarms.add(store, quiet, hour_of(9).since)
    sleepy = alarms.add(store, ASR._replace(name="s"), hour_of(9).since)
    look(store, after(9))
    assert [one.name for one in alarm_reports.untold(store, after(9))] == ["s"]
    # snoozed now, what waits to be told waits too
    alarms.snooze(store, sleepy, hour_of(14).since)
    assert alarm_reports.untold(store, after(9)) == []
    assert [one.name for one in alarm_reports.untold(store, hour_of(13).since)] == ["q"]
    assert {one.name for one in alarm_reports.untold(store, hour_of(14).since)} == {"q", "s"}


def test_a_rolling_window_is_judged_as_the_minute_closes(store: Store) -> None:
    commit_hours(store, {8: (10, 1)})  # half a minute apart, from eight on
    rolling = ASR._replace(period="minutes", minutes=5, critical=None, minimum=1)
    id = alarms.add(store, rolling, hour_of(8).since)
    look(store, hour_of(8).since + 5 * MINUTE + timedelta(seconds=15))
    assert (status(store, id).value, status(store, id).n) == (10, 10)
    # and minutes that nobody looked at are not gone back to
    look(store, hour_of(8).since + 8 * MINUTE + timedelta(seconds=15))
    found = status(store, id)
    assert found.window == (hour_of(8).since + 3 * MINUTE, hour_of(8).since + 8 * MINUTE)
    assert (found.value, found.n) == (0, 4)


def test_a_filter_and_a_reference_count(store: Store) -> None:
    commit_hours(store, {-1: (1, 1), 8: (40, 40), 32: (10, 10)}, account=ALICE)
    commit_hours(store, {8: (40, 40), 32: (40, 40)}, account="2000")
    fewer = Alarm(
        name="d", period="day", metric="calls", condition="decrease_percent", reference="previous", warning=50
    )
    mine = alarms.add(store, fewer._replace(accounts=(ALICE,)), hour_of(24).since)
    whole = alarms.add(store, fewer, hour_of(24).since)
    look(store, after(47))
    assert [status(store, id)[:5] for id in (mine, whole)] == [
        ("warning", hour_of(47).until, 10, 40, 10),
        ("ok", hour_of(47).until, 50, 80, 50),
    ]


def test_paused_alarms_and_a_database_without_calls_are_left_alone(store: Store) -> None:
    id = alarms.add(store, ASR._replace(active=False), hour_of(8).since)
    alarms.add(store, ASR, hour_of(8).since)
    assert look(store, after(9)) == {}
    commit_hours(store, DAY)
    assert look(store, after(9))["alarms"] == 1
    assert status(store, id).state == "unknown"


def test_a_day_of_25_hours_is_one_window(store: Store) -> None:
    """Paris puts its clocks back on 25 October 2026; the day lasts from 22:00 to 23:00 of UTC."""
    begin = datetime(2026, 10, 24, 22, tzinfo=UTC)
    store_day = int((begin - MIDNIGHT).total_seconds() // 3600)
    commit_hours(
        store, {store_day - 48: (1, 1), store_day: (3, 3), store_day + 24: (2, 2), store_day + 25: (4, 4)}
    )
    count = Alarm(name="n", period="day", zone="Europe/Paris", metric="calls", condition="greater", warning=4)
    id = alarms.add(store, count, begin)
    look(store, begin + timedelta(hours=25, minutes=2))
    found = status(store, id)
    assert found.window == (begin, begin + timedelta(hours=25))
    assert (found.state, found.n) == ("warning", 5)


def test_the_bell_knows_what_burns_worst_and_longest_first(store: Store) -> None:
    commit_hours(store, DAY)
    names: dict[str, dict[str, Any]] = {
        "w": {"critical": None},
        "c": {"critical": 45},
        "off": {},
        "fine": {"warning": 1, "critical": None},
    }
    made = {
        name: alarms.add(store, ASR._replace(name=name, **more), hour_of(9).since)
        for name, more in names.items()
    }
    look(store, after(9))
    held = alarms.one(store, made["off"])
    assert held is not None
    alarms.change(store, held.alarm._replace(active=False))
    assert [(one.name, one.state) for one in alarm_reports.burning(store)] == [
        ("c", "critical"),
        ("w", "warning"),
    ]


def test_of_two_who_edit_an_alarm_the_later_one_is_told(store: Store) -> None:
    id = alarms.add(store, ASR, MIDNIGHT)
    held = alarms.one(store, id)
    assert held is not None
    alarms.change(store, held.alarm._replace(warning=60))
    with pytest.raises(Overtaken, match="'ASR' was changed or removed by somebody else"):
        alarms.change(store, held.alarm._replace(warning=70))
    changed = alarms.one(store, id)
    assert changed is not None
    assert changed.alarm == held.alarm._replace(warning=60, version=2)
    assert alarms.remove(store, id)
    assert not alarms.remove(store, id)
    assert alarms.one(store, id) is None
    assert alarms.one(store, "no id") is None


def test_reports_are_found_by_state_alarm_and_time_and_paged(store: Store) -> None:
    commit_hours(store, DAY)
    id = alarms.add(store, ASR, hour_of(8).since)
    for hour in range(8, 14):
        look(store, after(hour))
    every = alarm_reports.page(store)
    assert [one.state for one in every] == ["ok", "critical", "warning"]
    assert alarm_reports.page(store, state="critical") == every[1:2]
    assert alarm_reports.page(store, alarm=id, limit=1, after=every[0].id) == every[1:2]
    assert alarm_reports.page(store, alarm="0" * 24) == []
    assert alarm_reports.page(store, since=after(10), until=after(12)) == every[1:2]
