"""The runs of jobs: what one is given, what comes of it, and where that is noted."""

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from pymongo.errors import PyMongoError

from store import job_runs, notices, tasks
from store.database import Store
from store.errors import CdrStatsError
from store.job_runs import JobRun
from store.sentence import Sentence

LOG = logging.getLogger(__name__)
PATIENCE = 3
"""So often does what runs often fail, one time after another, before the admin is told."""
QUIET = frozenset({"read", "known"})
"""Counts that are no news: what was read again and found known."""

Counts = Mapping[str, int]


class Interrupted(CdrStatsError):
    """A job was asked to end before it was done."""


class Run(NamedTuple):
    """What a job is given: the store, the time (aware UTC), whether it may go on (it leads, and nobody wants
    to end), whether an admin asked for it, and whom to tell of a problem that does not end it.
    """

    store: Store
    now: Callable[[], datetime]
    go: Callable[[], bool]
    asked: bool
    tell: Callable[[str], None]

    def check(self) -> None:
        """Raise Interrupted when the job may not go on; before each step that changes something."""
        if not self.go():
            raise Interrupted(Sentence("The worker ends, or another one leads by now; it is done next time."))


Work = Callable[[Run], Counts | None]
"""A job: it gives what it counted, and None when there was nothing to do, which is not noted."""


class Outcome(NamedTuple):
    """What came of a run: done, failed or interrupted, the sentence of a problem, what was counted."""

    state: str
    error: str
    counts: Counts | None


def utc_now() -> datetime:
    """The time, aware UTC."""
    return datetime.now(UTC)


def attempt(work: Work, run: Run) -> Outcome:
    """Run a job; whatever goes wrong is its outcome."""
    try:
        return Outcome("done", "", work(run))
    except Interrupted as problem:
        return Outcome("interrupted", str(problem), {})
    except CdrStatsError as problem:
        return Outcome("failed", str(problem), {})
    except PyMongoError as problem:
        return Outcome(
            "failed",
            Sentence("The database went away or refused: {error}.", error=type(problem).__name__),
            {},
        )
    except Exception as problem:  # the job: it is logged, noted, and does not end the others
        if run.go():  # at the end of the process its database is taken from under it
            LOG.exception("a job failed unexpectedly")
        return Outcome("failed", unexpected(problem), {})


def unexpected(problem: Exception) -> str:
    """What is said of a fault of the program."""
    return Sentence("Unexpected: {error}; the worker's log says where.", error=type(problem).__name__)


class Runs:
    """The runs of one leadership, by its token; `go` is whether it lasts. Called by the threads of the jobs;
    `paused` and `asked` are replaced by the leader's own.
    """

    def __init__(self, store: Store, token: int, go: Callable[[], bool]) -> None:
        self._store, self._token, self._go = store, token, go
        self.paused: frozenset[str] = frozenset()
        self.asked: frozenset[str] = frozenset()
        self.busy: dict[str, datetime] = {}
        self._before: dict[str, JobRun] = {}
        self._failures: Counter[str] = Counter()

    def run(self, name: str, work: Work, often: bool) -> None:
        """Run a job once, unless it is paused and nobody asked, and note it."""
        asked = name in self.asked
        if not self._go() or (name in self.paused and not asked):
            return
        try:
            self._run(name, work, often, asked)
        except tasks.Overtaken as problem:
            LOG.warning("%s", problem)
        except PyMongoError as problem:
            LOG.warning("%s: its run could not be noted (%s)", name, type(problem).__name__)

    def _run(self, name: str, work: Work, often: bool, asked: bool) -> None:
        if asked or not often:
            tasks.begin(self._store, name, self._token)
        started, clock = utc_now(), time.monotonic()
        self.busy[name] = started
        try:
            outcome = attempt(work, self.given(name, asked))
            took = time.monotonic() - clock
            if outcome.counts is not None:
                run = JobRun(name, started, took, *outcome[:2], outcome.counts, os.getpid(), self._token)
                self._note(run, often)
        finally:
            del self.busy[name]  # noted too: the end of the process waits for that

    def given(self, name: str, asked: bool) -> Run:
        """What a job of this name is given."""
        return Run(
            self._store,
            utc_now,
            self._go,
            asked,
            lambda problem: self._tell(name, problem),
        )

    def _note(self, run: JobRun, often: bool) -> None:
        before = self._before.get(run.job)
        self._before[run.job] = run
        if not often:
            job_runs.note(self._store, run)
        elif _is_news(run, before):
            job_runs.add(self._store, run)
        else:
            return
        tasks.end(self._store, run)
        self._report(run, before, often)

    def _report(self, run: JobRun, before: JobRun | None, often: bool) -> None:
        """Log a run and tell the admin, once of each problem."""
        level = logging.DEBUG if often and before and before.state == run.state else logging.INFO
        if run.state == "failed":
            self._failures[run.job] += 1
            level = logging.DEBUG if before and before.error == run.error else logging.WARNING
            LOG.log(level, "%s: %s", run.job, run.error)
            if not often or self._failures[run.job] >= PATIENCE:
                notices.told(self._store, run.job, run.error, run.started)
            return
        well = bool(before and before.state == "failed")
        if (
            often and run.state == "done" and not run.counts
        ):  # somebody listens: that took no time, and is news after a failure alone
            LOG.log(logging.INFO if well else logging.DEBUG, "%s: all is well.", run.job)
        else:
            LOG.log(level, "%s: %s in %.1f s%s", run.job, run.state, run.took, told(run.counts))
        if run.state == "done" and not (before and before.state == "done"):
            self._failures.pop(run.job, None)
            notices.over(self._store, run.job, run.started)

    def _tell(self, name: str, problem: str) -> None:
        LOG.warning("%s: %s", name, problem)
        notices.told(self._store, name, problem, utc_now())


def _is_news(run: JobRun, before: JobRun | None) -> bool:
    """Whether a run of what runs often is noted: it differs, something came of it, or a minute began."""
    if before is None or (run.state, run.error) != (before.state, before.error) or run.state == "failed":
        return True
    brought = any(count for name, count in run.counts.items() if name not in QUIET)
    return brought or run.started.replace(second=0, microsecond=0) > before.started


def told(counts: Counts) -> str:
    """Counts in words: ': 3 months, 0 mended'."""
    words = [f"{count:,} {name.removesuffix('s') if count == 1 else name}" for name, count in counts.items()]
    return f": {', '.join(words)}" if words else ""
