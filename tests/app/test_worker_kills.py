"""Workers as processes: of two one works, whoever is killed is followed, and a database that went is back."""

import signal
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path

import psutil
import pytest
from pymongo.errors import AutoReconnect

from app import worker
from store import lease
from store.database import Store, open_store
from store.settings import Settings
from tests.app.processes import COMMAND, TICKER, children, read_until, started
from tests.store.servers import servers, until

Ticks = list[tuple[int, int]]


def ticks(store: Store) -> Ticks:
    """(tick, process) of each run of the job, in their order."""
    found: Ticks = []

    def read() -> bool:
        with suppress(AutoReconnect):  # the database was just killed, and recovers
            found[:] = [(one["tick"], one["pid"]) for one in store.db["ticks"].find(sort=[("_id", 1)])]
            return True
        return False

    until(read)
    return found


def alone(found: Ticks) -> bool:
    """Whether at no time two processes did the job: one begins when the one before has ended for good.

    One process may be late with a run, and do the next in the same fifth of a second.
    """
    turns = [pid for pid, _ in groupby(pid for _, pid in found)]
    pairs = {(tick, pid) for tick, pid in found}
    return len(turns) == len(set(turns)) and len({tick for tick, _ in pairs}) == len(pairs)


def test_of_two_workers_one_does_the_job_and_the_other_takes_over_when_it_is_killed(
    store: Store, settings: Settings
) -> None:
    with started(settings, *TICKER) as first, started(settings, *TICKER) as second:
        until(lambda: len(ticks(store)) >= 15)
        leader = lease.leader(store)
        assert leader is not None
        dead, heir = (first, second) if leader.pid == first.pid else (second, first)
        dead.kill()
        until(lambda: ticks(store)[-1][1] == heir.pid)
        followed = lease.leader(store)
        assert followed is not None
        assert (followed.pid, followed.token) == (heir.pid, leader.token + 1)
        heir.send_signal(signal.SIGTERM)
        assert heir.wait(30) == 0
    assert alone(ticks(store))
    assert {pid for _, pid in ticks(store)} == {dead.pid, heir.pid}


def test_a_hand_over_is_a_matter_of_ten_seconds_at_most() -> None:
    """The lease's term, one beat, and one answer of the database."""
    assert lease.TERM + worker.BEAT + lease.PATIENCE < 10


def test_a_worker_that_is_asked_to_end_gives_the_lease_back(store: Store, settings: Settings) -> None:
    with started(settings, *COMMAND, "worker") as process:
        until(lambda: lease.leader(store) is not None)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert lease.leader(store) is None


@pytest.fixture
def embedded(tmp_path: Path) -> Settings:
    """A data folder of its own, whose database starts with its first user."""
    return Settings(data=tmp_path / "data", mongo_uri=None)


def test_jobs_go_on_after_the_database_was_killed(embedded: Settings) -> None:
    with started(embedded, *TICKER) as process, open_store(embedded) as store:
        until(lambda: len(ticks(store)) >= 5)
        (server,) = servers(embedded.data)
        psutil.Process(server).kill()
        before = len(ticks(store))
        until(lambda: len(ticks(store)) >= before + 5)
        assert process.poll() is None
        assert alone(ticks(store))
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_a_database_that_hangs_for_longer_than_the_lease_is_waited_for(embedded: Settings) -> None:
    with started(embedded, *TICKER) as process, open_store(embedded) as store:
        until(lambda: len(ticks(store)) >= 5)
        (server,) = servers(embedded.data)
        psutil.Process(server).suspend()
        read_until(process, "this worker rests")
        psutil.Process(server).resume()
        before = len(ticks(store))
        until(lambda: len(ticks(store)) >= before + 5)
        assert alone(ticks(store))
        # by a lease of its own that has not ended yet, or by a new one
        found = lease.leader(store)
        assert found is not None
        assert found.token in (1, 2)


@pytest.fixture
def up(embedded: Settings) -> Iterator[tuple[str, ...]]:
    yield (*COMMAND, "up", "--port", "0")


def test_up_runs_both_starts_again_the_one_that_died_and_ends_both(
    embedded: Settings, up: tuple[str, ...]
) -> None:
    with started(embedded, *up) as process:
        read_until(process, "CDR-Stats is at")
        with open_store(embedded) as store:
            until(lambda: lease.leader(store) is not None)
            (killed,) = children(process, "worker")
            killed.kill()
            until(lambda: (found := lease.leader(store)) is not None and found.pid != killed.pid)
        both = [*children(process, "serve"), *children(process, "worker")]
        assert len(both) == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert psutil.wait_procs(both, 1)[1] == []
    assert servers(embedded.data) == []


def test_a_killed_up_leaves_nothing_behind(embedded: Settings, up: tuple[str, ...]) -> None:
    with started(embedded, *up) as process:
        read_until(process, "CDR-Stats is at")
        both = [*children(process, "serve"), *children(process, "worker")]
        process.kill()
        assert psutil.wait_procs(both, 30)[1] == []


def test_up_ends_when_one_cannot_run_as_it_is_set(embedded: Settings) -> None:
    with started(embedded, *COMMAND, "up", "--port", "0", "--address", "no.such.host.invalid") as process:
        said = read_until(process, "The web server cannot run")
        assert process.wait(30) == 1
    assert any("cannot be used" in line for line in said)
