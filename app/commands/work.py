"""`worker`, `up` and `run`: what the program does by itself, beside the server, and by hand."""

import gc
import logging
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import choice, opened
from app.commands.serve import Address, Port
from store.errors import CdrStatsError

if TYPE_CHECKING:
    from app.runs import Run, Work
    from store.database import Store

INTERRUPTED = 130
YOUNG = 200_000
"""Objects made before garbage is looked for."""
Verbose = Annotated[bool, typer.Option("--verbose", help="Say each look at a source.")]


def worker(verbose: Verbose = False) -> None:
    """Read the sources, prove the sums, keep the records as long as the settings say; until you press Ctrl-C.

    Any number may run, on any machines: one of them works, and another takes over when it is gone.
    """
    _log(verbose)
    with opened() as store, ended() as stop:
        from app.worker import Worker

        # as for an import: what is made of records is no cyclic garbage, and looking for some takes long
        gc.freeze()
        gc.set_threshold(YOUNG)
        Worker(store).run(stop)


def up(port: Port = None, address: Address = None, verbose: Verbose = False) -> None:
    """Run the web server and a worker, and start again whichever dies, until you press Ctrl-C."""
    from app.up import keep

    _log(verbose)
    told = (("--port", port), ("--address", address))
    options = [part for name, value in told if value is not None for part in (name, str(value))]
    with ended() as stop:
        keep(stop, ["serve", *options], ["worker", *(["--verbose"] if verbose else [])])


def run(
    job: Annotated[
        str, typer.Argument(help="Name of the job, or of a source; without it, all are shown.")
    ] = "",
) -> None:
    """Run one job of the worker now, in this process."""
    with opened() as store:
        from app.runs import Run, told, utc_now

        given = Run(store, utc_now, lambda: True, True, lambda problem: print(problem, flush=True))
        works = _works(store, given)
        if not job:
            print("\n".join(sorted(works)))
            return
        name = choice(job if f"source {job}" not in works else f"source {job}", works, "job")
        clock = time.monotonic()
        counts = _done(name, works[name], given)
        print(f"{name}: done in {time.monotonic() - clock:.1f} s{told(counts)}.")


def _works(store: "Store", given: "Run") -> "dict[str, Work]":
    """What each job does, by its name."""
    from app import feeds
    from app.jobs import JOBS
    from app.listeners import Listeners
    from store import sources

    feeds.settle(store, given)
    nobody = Listeners(store)
    looks = {one["_id"]: feeds.of(store, one, nobody) for one in sources.everything(store)}
    found = {name: job.work for name, job in JOBS.items() if job.wanted(store.settings)}
    return found | {f"{feeds.PREFIX}{name}": look.look for name, look in looks.items() if look}


def _done(name: str, work: "Work", given: "Run") -> "dict[str, int]":
    """Run a job and note that; raises CdrStatsError when it failed."""
    from app.runs import attempt
    from store import job_runs
    from store.job_runs import JobRun

    started, clock = given.now(), time.monotonic()
    outcome = attempt(work, given)
    took, counts = time.monotonic() - clock, dict(outcome.counts or {})
    job_runs.note(
        given.store, JobRun(name, started, took, outcome.state, outcome.error, counts, os.getpid(), 0)
    )
    if outcome.state != "done":
        raise CdrStatsError(outcome.error)
    return counts


def _log(verbose: bool) -> None:
    """Lines on stderr; systemd's journal and a container's log add who and where."""
    level = logging.DEBUG if verbose else logging.INFO
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("app").setLevel(level)
    # what it warns of is meant: a job that is not done yet is not started again
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


@contextmanager
def ended() -> Iterator[Event]:
    """An event that SIGTERM and Ctrl-C set; a second one ends the process at once."""
    stop = Event()

    def end(number: int, _: object) -> None:
        if stop.is_set():
            os._exit(INTERRUPTED)
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
