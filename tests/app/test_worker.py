"""The worker in a thread of this process: what it takes up, what it makes up for, what it tells."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app import feeds
from app.jobs import Job
from app.lead import HANGING
from app.runs import Interrupted, Run
from app.schedule import every, nightly
from ingest.sources import configure
from store import calls, job_runs, notices, sources, tasks
from store.database import Document, Store, open_store
from store.errors import StoreError
from store.scope import Scope
from store.settings import Settings
from store.tasks import Plan
from tests.app.working import task, working
from tests.ingest.asterisk_rows import call
from tests.store.servers import until

EVER = Scope(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def stored(store: Store) -> int:
    return sum(1 for _ in calls.stream(store, EVER))


def lines(*numbers: int) -> str:
    return "".join(f"{call(number)}\n" for number in numbers)


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def add(store: Store, name: str, path: Path) -> None:
    configure(store, name, "file", name, "UTC", {"path": str(path)}, "command", datetime.now(UTC))


@pytest.fixture
def master(tmp_path: Path) -> Path:
    path = tmp_path / "Master.csv"
    path.write_text(lines(0, 1, 2), encoding="utf-8")
    return path


def test_a_line_that_is_written_to_a_file_is_a_call_in_the_store(store: Store, master: Path) -> None:
    with working(store):
        add(store, "pbx", master)
        until(lambda: stored(store) == 3)
        append(master, lines(3))
        until(lambda: stored(store) == 4)
        until(lambda: task(store, "source pbx").get("last", {}).get("counts", {}).get("new") == 1)


def test_a_source_is_paused_gone_on_with_changed_and_removed_without_a_restart(
    store: Store, master: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "Master.csv"
    other.parent.mkdir()
    other.write_text(lines(7), encoding="utf-8")
    with working(store):
        add(store, "pbx", master)
        until(lambda: stored(store) == 3)
        sources.pause(store, "pbx", True, datetime.now(UTC))
        append(master, lines(3))
        add(store, "more", other)
        until(lambda: stored(store) == 4)
        sources.pause(store, "pbx", False, datetime.now(UTC))
        until(lambda: stored(store) == 5)
        add(store, "pbx", other)
        sources.remove(store, "more")
        until(lambda: not task(store, "source more"))
        append(other, lines(8))
        until(lambda: stored(store) >= 6)


def test_a_source_that_hangs_and_one_that_fails_stop_no_other(
    store: Store, master: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody ever writes to the pipe, so that opening it never ends; it does not hold up the end either."""
    monkeypatch.setattr("app.lead.HANGS", timedelta(seconds=1))
    os.mkfifo(tmp_path / "pipe.csv")
    add(store, "a pipe", tmp_path / "pipe.csv")
    add(store, "away", tmp_path / "none.csv")
    with working(store, {"tick": Job("Ticks", every(0.2), lambda _: {"ticks": 1})}):
        add(store, "pbx", master)
        until(lambda: stored(store) == 3)
        until(lambda: task(store, "tick").get("last", {}).get("state") == "done")
        until(lambda: (sources.get(store, "away") or {}).get("tries", 0) >= 2)
        until(
            lambda: (
                ("source a pipe", HANGING, 1) in [(n.job, n.problem, n.times) for n in notices.latest(store)]
            )
        )
    failing = sources.get(store, "away")
    assert failing is not None
    assert (failing["state"], "No such file" in failing["problem"]) == ("failing", True)


def test_a_source_that_fails_on_and_on_is_told_until_it_is_over(store: Store, tmp_path: Path) -> None:
    add(store, "pbx", tmp_path / "Master.csv")
    with working(store):
        until(lambda: bool(notices.latest(store)))
        (notice,) = notices.latest(store)
        assert (notice.job, notice.over) == ("source pbx", None)
        assert "No such file" in notice.problem
        (tmp_path / "Master.csv").write_text(lines(1), encoding="utf-8")
        tasks.ask(store, "source pbx", datetime.now(UTC))
        until(lambda: notices.latest(store)[0].over is not None)
        until(lambda: stored(store) == 1)
        assert task(store, "source pbx")["last"]["error"] == ""


Ran = list[str]


def noting(ran: Ran, word: str = "ran") -> Callable[[Run], dict[str, int]]:
    def work(run: Run) -> dict[str, int]:
        ran.append(word)
        return {"runs": 1}

    return work


def test_a_job_waits_for_its_time_and_runs_at_once_when_asked_for(store: Store) -> None:
    ran: Ran = []
    with working(store, {"proof": Job("Proves", nightly(4, 20), noting(ran))}):
        until(lambda: bool(task(store, "proof")))
        found = task(store, "proof")
        until(lambda: task(store, "proof").get("next") is not None)
        assert found["plan"] == "every night at 04:20 (UTC)"
        assert ran == []
        tasks.ask(store, "proof", datetime.now(UTC))
        until(lambda: task(store, "proof").get("last", {}).get("counts") == {"runs": 1})
        assert "asked" not in task(store, "proof")
    assert ran == ["ran"]
    (run,) = job_runs.history(store, ["proof"])["proof"]
    assert (run.state, run.error, run.counts, run.pid, run.token) == ("done", "", {"runs": 1}, os.getpid(), 1)


def test_what_was_missed_while_no_worker_ran_is_done_once(store: Store) -> None:
    """It was known three days ago, and was to be done every night."""
    ran: Ran = []
    tasks.plan(store, {"proof": Plan("", "")}, 0, datetime.now(UTC) - timedelta(days=3))
    jobs = {"proof": Job("Proves", nightly(4, 20), noting(ran))}
    for _ in range(2):
        with working(store, jobs):
            until(lambda: task(store, "proof").get("next") is not None)
            until(lambda: "done" in task(store, "proof"))
    assert ran == ["ran"]


def test_a_paused_job_rests_until_it_goes_on_but_runs_when_asked_for(store: Store) -> None:
    ran: Ran = []
    tasks.plan(store, {"tick": Plan("", "")}, 0, datetime.now(UTC))
    tasks.pause(store, "tick", True)
    other: Ran = []
    jobs = {"tick": Job("Ticks", every(0.1), noting(ran)), "other": Job("", every(0.1), noting(other))}
    with working(store, jobs):
        until(lambda: len(other) > 5)
        assert ran == []
        tasks.ask(store, "tick", datetime.now(UTC))
        until(lambda: len(ran) > 0)
        tasks.pause(store, "tick", False)
        until(lambda: len(ran) > 5)


def broken(_: Run) -> dict[str, int]:
    raise RuntimeError("a fault of the program")


def refused(_: Run) -> dict[str, int]:
    raise StoreError("The disk is full.")


def stopped(_: Run) -> dict[str, int]:
    raise Interrupted("The worker ends.")


FAILURES: list[tuple[Callable[[Run], dict[str, int]], str]] = [
    # a problem in a sentence is the sentence
    (refused, "The disk is full."),
    # a fault is named, and stands in the log
    (broken, "Unexpected: RuntimeError; the worker's log says where."),
]


def asked_for(store: Store, work: Callable[[Run], dict[str, int]], over: Callable[[], bool]) -> None:
    """Have a job run once, and wait until it is so."""
    with working(store, {"proof": Job("Proves", nightly(4, 20), work)}):
        until(lambda: bool(task(store, "proof")))
        tasks.ask(store, "proof", datetime.now(UTC))
        until(over)


@pytest.mark.parametrize(("work", "sentence"), FAILURES)
def test_why_a_job_failed_is_kept_and_told(
    store: Store, work: Callable[[Run], dict[str, int]], sentence: str
) -> None:
    asked_for(store, work, lambda: bool(notices.latest(store)))
    (run,) = job_runs.history(store, ["proof"])["proof"]
    assert (run.state, run.error) == ("failed", sentence)
    assert [(one.job, one.problem) for one in notices.latest(store)] == [("proof", sentence)]
    assert "done" not in task(store, "proof")


def test_a_job_that_was_interrupted_is_no_problem_and_not_done(store: Store) -> None:
    asked_for(store, stopped, lambda: "asked" not in task(store, "proof"))
    assert notices.latest(store) == []
    assert "done" not in task(store, "proof")


def test_a_job_that_is_no_more_is_forgotten(store: Store) -> None:
    tasks.plan(store, {"source gone": Plan("", "")}, 0, datetime.now(UTC))
    with working(store):
        until(lambda: tasks.everything(store) == [])


def given(store: Store) -> Run:
    return Run(store, lambda: datetime.now(UTC), lambda: True, True, lambda _: None)


def settled(settings: Settings, tables: dict[str, dict[str, Any]]) -> dict[str, Document]:
    with open_store(settings.model_copy(update={"sources": tables})) as store:
        feeds.settle(store, given(store))
        return {one["_id"]: one for one in sources.everything(store)}


def test_the_sources_of_the_settings_are_kept_as_they_are_written(store: Store, settings: Settings) -> None:
    pbx = {"kind": "file", "path": "/var/log/Master.csv", "switch": "paris", "zone": "Europe/Paris"}
    found = settled(settings, {"pbx": pbx, "more": {"kind": "file", "path": "/more.csv"}})
    assert (found["pbx"]["switch"], found["pbx"]["zone"]) == ("paris", "Europe/Paris")
    assert (found["pbx"]["origin"], found["more"]["switch"]) == ("settings", "more")
    # one that is no more in the settings goes, and one that changed is read on where it was
    sources.pause(store, "pbx", True, datetime.now(UTC))
    found = settled(settings, {"pbx": {**pbx, "path": "/other.csv"}})
    assert (list(found), found["pbx"]["options"]["path"]) == (["pbx"], "/other.csv")
    assert found["pbx"]["paused"]
    # settings without any source are another machine's
    assert list(settled(settings, {})) == ["pbx"]


def test_a_secret_of_the_settings_is_sealed_once(settings: Settings, store: Store) -> None:
    table = {"kind": "freeswitch_esl", "host": "localhost", "password": "ClueCon"}
    first, again = (settled(settings, {"fs": table})["fs"] for _ in range(2))
    assert "ClueCon" not in str(first)
    assert first["secrets"] == again["secrets"]
    assert first["step"] == again["step"]
    changed = settled(settings, {"fs": {**table, "password": "other"}})["fs"]
    assert changed["secrets"] != first["secrets"]


def test_a_wrong_source_of_the_settings_is_told_and_keeps_no_other_from_being_read(
    store: Store, settings: Settings
) -> None:
    found = settled(settings, {"bad": {"kind": "tape"}, "pbx": {"kind": "file", "path": "/x.csv"}})
    assert list(found) == ["pbx"]
    (notice,) = notices.latest(store)
    assert notice.job == "source bad"
    assert notice.problem.startswith("[sources.bad] of the settings: There is no kind of source 'tape'")
