"""The jobs of the calendar on real records: proofs, retention, concurrent calls; when they run; by hand."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.shipped import SHIPPED
from app import jobs
from app.runs import Interrupted, Run
from app.schedule import every, nightly
from ingest.sources import configure
from store import alarm_reports, alarms, concurrency, job_runs, months, proofs, queries
from store.alarms import Alarm
from store.batch import prepare
from store.database import Store, open_store
from store.ledger import commit
from store.scope import Scope
from store.settings import Settings
from store.verify import verify
from tests.app.conftest import Run as Command
from tests.cast import call
from tests.ingest.asterisk_rows import call as row

NOW = datetime(2026, 11, 23, 4, 20, tzinfo=UTC)
STARTS = [datetime(2026, month, 20, 9, tzinfo=UTC) for month in (8, 9, 10, 11)]
EVER = Scope(STARTS[0], NOW)


def add(store: Store, name: str, *starts: datetime) -> None:
    commit(store, prepare([call(f"{name}{start:%m}", start, 70, 60) for start in starts]))


def given(store: Store, told: list[str] | None = None, go: bool = True) -> Run:
    say = (told if told is not None else []).append
    return Run(store, lambda: NOW, lambda: go, False, say)


def test_a_month_is_proved_when_it_changed_and_another_one_in_turn(store: Store) -> None:
    add(store, "a", *STARTS)
    assert jobs.due(store) == ["202608", "202609", "202610", "202611"]
    assert jobs.prove(given(store)) == {"months": 4, "mended": 0}
    # nothing changed: one in turn
    assert jobs.due(store) == ["202608"]
    # a late record for August, and one of today
    add(store, "late", STARTS[0], STARTS[3])
    assert jobs.due(store) == ["202608", "202609", "202611"]


def test_the_month_whose_proof_is_the_oldest_is_next_in_turn(store: Store) -> None:
    add(store, "a", *STARTS)
    jobs.prove(given(store))
    for name, proof in proofs.everything(store).items():
        proofs.note(store, proof._replace(at=NOW - timedelta(days=9 if name == "202610" else 1)), 0)
    assert jobs.due(store) == ["202610"]


def test_what_differs_is_mended_and_told(store: Store) -> None:
    add(store, "a", *STARTS[2:])
    store.db["sums"].update_one({"_id": "*|*|m|202610"}, {"$inc": {"total.all.0": 5}})
    told: list[str] = []
    assert jobs.prove(given(store, told)) == {"months": 2, "mended": 1}
    assert verify(store) == []
    (sentence,) = told
    assert sentence.startswith(
        "Differences of sums and records in 2026-10, found and mended: 1; the first: All"
    )


def test_a_worker_that_may_not_go_on_mends_nothing(store: Store) -> None:
    add(store, "a", STARTS[0])
    with pytest.raises(Interrupted):
        jobs.prove(given(store, go=False))
    assert proofs.everything(store) == {}


KEPT = [
    # for ever
    (0, {}, []),
    # 54 days ago is the last of September, so that not all of it is older
    (54, {"months": 1, "calls": 1}, ["202608"]),
    # 53 days ago is the first of October
    (53, {"months": 2, "calls": 2}, ["202608", "202609"]),
    # a month that is not over is kept
    (1, {"months": 3, "calls": 3}, ["202608", "202609", "202610"]),
]


@pytest.mark.parametrize(("days", "counts", "sealed"), KEPT)
def test_records_are_dropped_by_whole_months_and_sums_stay(
    settings: Settings, store: Store, days: int, counts: dict[str, int], sealed: list[str]
) -> None:
    add(store, "a", *STARTS)
    with open_store(settings.model_copy(update={"retention_days": days})) as limited:
        assert jobs.drop(given(limited)) == counts
    assert sorted(months.sealed(store)) == sealed
    assert queries.months(store, EVER)["calls"].tolist() == [1, 1, 1, 1]


def test_the_days_that_changed_are_swept(store: Store) -> None:
    add(store, "a", *STARTS)
    assert jobs.sweep(given(store)) == {"days": 4}
    assert jobs.sweep(given(store)) == {"days": 0}
    assert len(concurrency.days(store)) == 4


WORDS = [
    (every(1), "every second", True),
    (every(0.5), "every 0.5 seconds", True),
    (every(3), "every 3 seconds", True),
    (every(60), "every minute", False),
    (every(300), "every 5 minutes", False),
    (nightly(4, 20), "every night at 04:20 (Europe/Berlin)", False),
]


@pytest.mark.parametrize(("when", "words", "often"), WORDS)
def test_when_a_job_runs_is_told_in_words(settings: Settings, when: Any, words: str, often: bool) -> None:
    found = when(settings.model_copy(update={"zone": "Europe/Berlin"}))
    assert (found.words, found.often) == (words, often)


NIGHTS = [
    # the same time of the clock before and after the clocks are set back, and forward
    (datetime(2026, 10, 24, 12, tzinfo=UTC), datetime(2026, 10, 25, 3, 20, tzinfo=UTC)),
    (datetime(2026, 10, 23, 12, tzinfo=UTC), datetime(2026, 10, 24, 2, 20, tzinfo=UTC)),
    (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 2, 20, tzinfo=UTC)),
]


@pytest.mark.parametrize(("last", "following"), NIGHTS)
def test_a_night_is_one_of_the_settings_zone(settings: Settings, last: datetime, following: datetime) -> None:
    """What was last done at `last` is due at `following`, however long ago that is."""
    trigger = nightly(4, 20)(settings.model_copy(update={"zone": "Europe/Berlin"})).trigger
    assert trigger.get_next_fire_time(last, NOW).astimezone(UTC) == following


def test_a_job_is_run_by_hand(run: Command, store: Store) -> None:
    add(store, "a", *STARTS)
    wanted = [name for name, job in jobs.JOBS.items() if job.wanted(store.settings)]
    assert run("run").stdout.split() == sorted(wanted)
    assert "proof: done in " in (said := run("run", "proof").stdout)
    assert said.endswith("s: 4 months, 0 mended.\n")
    (found,) = job_runs.history(store, ["proof"])["proof"]
    assert (found.token, found.counts) == (0, {"months": 4, "mended": 0})
    assert "There is no job 'poof'; did you mean proof?" in run("run", "poof", code=1).stderr


def test_a_source_is_read_by_hand_by_its_name(run: Command, store: Store, tmp_path: Any) -> None:
    path = tmp_path / "Master.csv"
    configure(store, "pbx", "file", "pbx", "UTC", {"path": str(path)}, "command", NOW)
    assert "No such file" in run("run", "pbx", code=1).stderr
    path.write_text(f"{row(1)}\n", encoding="utf-8")
    assert "source pbx: done" in (said := run("run", "pbx").stdout)
    assert said.endswith("1 read, 1 new, 0 known, 0 corrected, 0 rejected.\n")


def test_alarms_are_judged_and_a_new_database_is_given_its_first_ones(store: Store) -> None:
    assert jobs.judge(given(store)) == {"made": len(SHIPPED)}
    assert jobs.judge(given(store)) is None
    late = Alarm(name="calls", metric="calls", condition="greater", warning=1)
    alarms.add(store, late, datetime(2026, 11, 20, 9, tzinfo=UTC))
    add(store, "a", STARTS[3])
    add(store, "b", STARTS[3] + timedelta(minutes=1))
    assert jobs.judge(given(store)) == {"alarms": 1, "reports": 2, "failed": 0}
    assert [report.state for report in alarm_reports.page(store)] == ["ok", "warning"]
