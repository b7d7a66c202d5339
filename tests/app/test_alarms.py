"""The command `alarm`, as the person on call uses it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from alerts.watch import look
from store import alarms
from store.batch import prepare
from store.database import Store
from store.ledger import commit
from tests.app.conftest import Run
from tests.cast import call

NOON = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)


def minutes(count: float) -> datetime:
    return NOON + timedelta(minutes=count)


@pytest.fixture
def trouble(store: Store) -> Store:
    """An hour in which one of thirty calls was answered, after one in which all were."""
    before = [call(f"a{n}", minutes(n - 60), 60, 30) for n in range(30)]
    failed = [call(f"b{n}", minutes(n), 20) for n in range(29)]
    commit(store, prepare([*before, *failed, call("b", minutes(30), 60, 30)]))
    return store


def test_an_alarm_is_added_listed_changed_and_removed(run: Run, store: Store) -> None:
    rule = (
        "metric=asr",
        "condition=less",
        "warning=40",
        "critical=20",
        "switches=Paris,Lyon",
        "accounts=1000",
    )
    run("alarm", "add", "Few answered", *rule)
    (kept,) = alarms.everything(store)
    assert (kept.alarm.switches, kept.alarm.accounts, kept.alarm.critical) == (
        ("Paris", "Lyon"),
        ("1000",),
        20,
    )
    run("alarm", "change", "few answered", "accounts=", "active=no", "quiet=22:00,06:00")
    (row,) = json.loads(run("alarm", "list", "--format", "json").stdout)
    assert (row["alarm"], row["state"]) == ("Few answered", "off")
    assert row["rule"] == "less 40 (warning), 20 (critical), by hour"
    (kept,) = alarms.everything(store)
    assert (kept.alarm.accounts, kept.alarm.quiet) == (None, ("22:00", "06:00"))
    run("alarm", "remove", "Few answered")
    assert alarms.everything(store) == []


def test_a_backtest_names_the_hours_that_would_have_fired_and_keeps_nothing(run: Run, trouble: Store) -> None:
    rule = ("metric=asr", "condition=less", "warning=40", "critical=20")
    (row,) = json.loads(run("alarm", "backtest", "tried", *rule, "--format", "json").stdout)
    expected = (minutes(0).isoformat(), minutes(60).isoformat(), "critical", 30)
    assert (row["since"], row["until"], row["state"], row["calls"]) == expected
    assert "It would have fired 1 time in" in run("alarm", "backtest", "tried", *rule).stdout
    assert alarms.everything(trouble) == []


def test_what_happened_is_reported_and_a_snooze_is_kept(run: Run, trouble: Store) -> None:
    run("alarm", "add", "Few answered", "metric=asr", "condition=less", "critical=20")
    trouble.db[alarms.NAME].update_one({}, {"$set": {"status.checked": minutes(-90)}})
    look(trouble, minutes(62))
    (report,) = json.loads(run("alarm", "reports", "--state", "critical", "--format", "json").stdout)
    assert (report["alarm"], report["state"], report["calls"]) == ("Few answered", "critical", 30)
    assert report["value"] == pytest.approx(100 / 30)
    run("alarm", "snooze", "Few answered", "--hours", "2")
    (kept,) = alarms.everything(trouble)
    assert kept.alarm.snoozed is not None
    run("alarm", "snooze", "Few answered", "--hours", "0")
    (kept,) = alarms.everything(trouble)
    assert kept.alarm.snoozed is None


WRONG = [
    # a setting that there is not
    (("add", "x", "metrik=asr"), "did you mean metric?"),
    # no value for it
    (("add", "x", "metric"), "'metric' is not NAME=VALUE"),
    # a number that is none
    (("add", "x", "warning=many"), "'many' is no number"),
    # nothing to be judged by
    (("add", "x", "metric=asr"), "Give a value for warning"),
    # a change without something to compare with
    (("add", "x", "condition=decrease", "warning=1"), "needs something to compare with"),
    # an address that is none
    (("add", "x", "warning=1", "emails=ada@example.com,Bob"), "'Bob' is no e-mail address"),
    # an alarm that there is not
    (("change", "x", "warning=1"), "There is no alarm 'x'"),
]


@pytest.mark.parametrize(("arguments", "sentence"), WRONG)
def test_what_cannot_be_is_a_sentence(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in run("alarm", *arguments, code=1).stderr


def test_a_name_stands_for_one_alarm(run: Run) -> None:
    run("alarm", "add", "Few", "warning=1")
    assert "already" in run("alarm", "add", "Few", "warning=2", code=1).stderr


def test_the_kinds_name_every_metric_condition_and_setting(run: Run) -> None:
    said = run("alarm", "kinds").stdout
    assert all(f"{name}:" in said for name in ("asr", "concurrent", "unusual_low", "usual", "emails"))
