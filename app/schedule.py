"""The schedule of the leading worker: APScheduler with its jobs in memory, and for each job a thread of its
own, so that one that hangs stops no other.
"""

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.jobstores.base import JobLookupError
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from store.settings import Settings

OFTEN = 60.0
"""What runs more often than every so many seconds is told of by the minute."""


class When(NamedTuple):
    """When a job runs, in words and as APScheduler takes it; `often` is several times a minute."""

    words: str
    trigger: BaseTrigger
    often: bool = False


def nightly(hour: int, minute: int) -> Callable[[Settings], When]:
    """Every night at this time of the settings' zone. No zone's clock is changed after 4 in the morning."""

    def when(settings: Settings) -> When:
        trigger = CronTrigger(hour=hour, minute=minute, timezone=ZoneInfo(settings.zone))
        return When(f"every night at {hour:02}:{minute:02} ({settings.zone})", trigger)

    return when


def every(seconds: float) -> Callable[[Settings], When]:
    """Again and again after so many seconds."""
    size, unit = (60, "minute") if seconds >= 60 else (1, "second")
    count = seconds / size
    words = f"every {unit}" if count == 1 else f"every {count:g} {unit}s"
    found = When(words, IntervalTrigger(seconds=seconds, timezone=UTC), seconds < OFTEN)
    return lambda _: found


class Lane(BaseExecutor):  # type: ignore[misc]
    """A thread that runs one job: a daemon, so that one that hangs does not keep the process from ending."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._waiting: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def _work(self) -> None:
        while work := self._waiting.get():
            work()

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        def run() -> None:
            events = run_job(job, job._jobstore_alias, run_times, self._logger.name)
            self._run_job_success(job.id, events)

        self._waiting.put(run)

    def leave(self, last: Callable[[], object]) -> None:
        """Do this when what runs has ended, and end."""
        self._waiting.put(last)
        self._waiting.put(None)


class Schedule:
    """The jobs of one leadership, by their names."""

    def __init__(self) -> None:
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            # what was missed is told by the data, and is due when the job is added
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        self._lanes: dict[str, tuple[Lane, Callable[[], object]]] = {}
        self._scheduler.start()

    @property
    def names(self) -> set[str]:
        """The jobs that are there."""
        return set(self._lanes)

    def add(
        self,
        name: str,
        when: When,
        work: Callable[[], None],
        since: datetime,
        over: Callable[[], object] = lambda: None,
    ) -> None:
        """Add a job that was done last, or known first, at `since` (aware UTC): what it missed since then is
        done at once, once. `over` is called by its thread when it is removed.
        """
        self._lanes[name] = (lane := Lane(name), over)
        self._scheduler.add_executor(lane, name)
        first = when.trigger.get_next_fire_time(since, datetime.now(UTC))
        self._scheduler.add_job(work, when.trigger, id=name, executor=name, next_run_time=first)

    def remove(self, name: str) -> None:
        """Remove a job; one that runs is let end by itself."""
        lane, over = self._lanes.pop(name)
        with suppress(JobLookupError):
            self._scheduler.remove_job(name)
        self._scheduler.remove_executor(name, shutdown=False)
        lane.leave(over)

    def hurry(self, name: str) -> None:
        """Run a job now instead of when it is its turn."""
        with suppress(JobLookupError):
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def next(self, name: str) -> datetime | None:
        """When a job is next run."""
        job = self._scheduler.get_job(name)
        return job.next_run_time.astimezone(UTC) if job and job.next_run_time else None

    def close(self) -> None:
        """End: nothing is started any more, and nobody is waited for."""
        for name in self.names:
            self.remove(name)
        self._scheduler.shutdown(wait=False)
