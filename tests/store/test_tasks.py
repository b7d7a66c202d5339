"""What the worker keeps of its jobs: what is planned and wished, how they went, what an admin should know."""

from datetime import UTC, datetime
from typing import Any

import pytest

from store import job_runs, notices, proofs, tasks
from store.database import Store
from store.job_runs import JobRun
from store.proofs import Proof
from store.tasks import Overtaken, Plan, Wish

NOW = datetime(2026, 11, 23, 9, 30, 20, tzinfo=UTC)


@pytest.fixture
def job(store: Store) -> str:
    tasks.plan(store, {"proof": Plan("Proves", "every night")}, 1, NOW)
    return "proof"


def run_of(token: int, state: str = "done", **more: Any) -> JobRun:
    return JobRun("proof", NOW, 1.5, state, "", {"months": 1}, 7, token)._replace(**more)


def test_a_former_leader_may_not_begin_what_a_later_one_has_run(store: Store, job: str) -> None:
    tasks.begin(store, job, 3)
    tasks.begin(store, job, 3)
    with pytest.raises(Overtaken, match="is another worker's by now"):
        tasks.begin(store, job, 2)


def test_a_former_leaders_end_does_not_hide_a_later_ones(store: Store, job: str) -> None:
    tasks.begin(store, job, 3)
    tasks.end(store, run_of(3))
    tasks.end(store, run_of(2, "failed"))
    (found,) = tasks.everything(store)
    assert (found["last"]["state"], found["last"]["token"]) == ("done", 3)


def test_what_was_missed_counts_from_what_was_done_and_else_from_when_the_job_was_first_known(
    store: Store, job: str
) -> None:
    assert tasks.since(store) == {job: NOW}
    tasks.end(store, run_of(1, "failed", started=NOW.replace(hour=10)))
    assert tasks.since(store) == {job: NOW}
    tasks.end(store, run_of(1, started=NOW.replace(hour=11)))
    assert tasks.since(store) == {job: NOW.replace(hour=11)}


def test_what_an_admin_wishes_stays_until_it_is_heeded(store: Store, job: str) -> None:
    tasks.ask(store, job, NOW)
    tasks.pause(store, job, True)
    tasks.plan(store, {job: Plan("Proves", "every night", NOW)}, 2, NOW)
    assert tasks.wishes(store) == {job: Wish(True, NOW)}
    tasks.begin(store, job, 2)
    assert tasks.wishes(store) == {job: Wish(True, None)}
    tasks.keep(store, [])
    assert tasks.everything(store) == []


def test_runs_of_one_minute_are_one_document(store: Store) -> None:
    """The longest time, the sums of the counts; one that failed makes the minute failed."""
    for second, took, state, error, counts in (
        (1, 0.5, "done", "", {"new": 2}),
        (2, 0.9, "failed", "No such file.", {}),
        (3, 0.1, "done", "", {"new": 1, "read": 5}),
    ):
        started = NOW.replace(second=second)
        job_runs.add(store, run_of(1, state, started=started, took=took, error=error, counts=counts))
    job_runs.add(store, run_of(1, started=NOW.replace(minute=31), counts={}))
    later, minute = job_runs.history(store, ["proof"])["proof"]
    assert (later.state, later.counts) == ("done", {})
    assert (minute.started, minute.took, minute.state) == (NOW.replace(second=1), 0.9, "failed")
    assert (minute.error, minute.counts) == ("No such file.", {"new": 3, "read": 5})


def test_the_history_of_each_job_is_newest_first(store: Store) -> None:
    for minute in (1, 2, 3):
        job_runs.note(store, run_of(1, started=NOW.replace(minute=minute)))
    found = job_runs.history(store, ["proof", "retention"], limit=2)
    assert [run.started.minute for run in found["proof"]] == [3, 2]
    assert found["retention"] == []


def test_a_problem_is_one_notice_until_it_is_over(store: Store) -> None:
    for hour in (9, 10):
        notices.told(store, "source pbx", "It is away.", NOW.replace(hour=hour))
    notices.told(store, "proof", "2 differences mended.", NOW)
    notices.over(store, "source pbx", NOW.replace(hour=11))
    notices.told(store, "source pbx", "It is away.", NOW.replace(hour=12))
    told = [(one.job, one.last.hour, one.times, one.over is None) for one in notices.latest(store)]
    assert told == [("source pbx", 12, 1, True), ("proof", 9, 1, True), ("source pbx", 10, 2, False)]


def test_a_proof_is_of_the_batches_that_were_there(store: Store) -> None:
    proofs.note(store, Proof("202611", NOW, 7), 0)
    assert proofs.everything(store) == {"202611": Proof("202611", NOW, 7)}
