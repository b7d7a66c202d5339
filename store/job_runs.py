"""The runs of the worker's jobs: one document a run, or a minute of what runs more often."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from store.database import Document, Store
from store.sentence import both, said

NAME = "job_runs"
KEPT = timedelta(days=60)
KEPT_MINUTES = timedelta(days=7)


class JobRun(NamedTuple):
    """A run: when it started (aware UTC), how long it took (s), its state (done or failed), the sentence of
    what went wrong, what it counted, and which process it was, leading with which token (0: by hand).

    Of the runs of one minute the longest time, the last error and the sums of the counts.
    """

    job: str
    started: datetime
    took: float
    state: str
    error: str
    counts: Mapping[str, int]
    pid: int
    token: int


def note(store: Store, run: JobRun) -> None:
    """Keep a run."""
    store.db[NAME].insert_one({**document(run), "expires": run.started + KEPT})


def document(run: JobRun) -> Document:
    """A run as it is kept."""
    return {**run._asdict(), **both("error", run.error), "counts": dict(run.counts)}


def add(store: Store, run: JobRun) -> None:
    """Keep a run of a job that runs several times a minute, with the others of its minute: a failed one makes
    the minute a failed one.
    """
    minute = run.started.replace(second=0, microsecond=0)
    failed = {"state": run.state, **both("error", run.error)} if run.state == "failed" else {}
    told: Document = {
        "$setOnInsert": {
            **{field: getattr(run, field) for field in ("job", "started", "token")},
            **({} if failed else {"state": run.state, "error": ""}),
            "expires": minute + KEPT_MINUTES,
        },
        "$set": {"pid": run.pid, **failed},
        "$max": {"took": run.took},
        "$inc": {"runs": 1, **{f"counts.{name}": count for name, count in run.counts.items()}},
    }
    store.db[NAME].update_one({"_id": f"{run.job} {minute:%Y%m%dT%H%M} {run.token}"}, told, upsert=True)


def history(store: Store, jobs: Iterable[str], limit: int = 30) -> dict[str, list[JobRun]]:
    """The last runs of each of these jobs, newest first."""
    return {job: [_run(found) for found in _last(store, job, limit)] for job in jobs}


def _last(store: Store, job: str, limit: int) -> Iterable[Document]:
    return store.db[NAME].find({"job": job}, sort=[("started", -1)], limit=limit)


def _run(found: Document) -> JobRun:
    held = {"counts": {}, **found, "error": said("error", found)}
    return JobRun(*(held[field] for field in JobRun._fields))
