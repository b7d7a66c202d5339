"""The tasks: what the worker does by itself, one document a job, by which its leader and the pages talk.

The leader writes what is planned and how it went; a page writes what is wished: to run now, to pause. Of two
workers that both think they lead, the one with the lower token is refused.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from pymongo import UpdateOne

from store import job_runs
from store.database import Document, Store
from store.errors import StoreError
from store.job_runs import JobRun

NAME = "tasks"


class Plan(NamedTuple):
    """What the leader says of a job: its words, its plan in words ('every night at 04:20'), its next run
    (aware UTC; None where that is a matter of seconds), and since when it runs, if it does.
    """

    words: str
    plan: str
    next: datetime | None = None
    busy: datetime | None = None


class Wish(NamedTuple):
    """What is wished of a job."""

    paused: bool
    asked: datetime | None


class Overtaken(StoreError):
    """Another worker leads by now, so this one's run does not count."""


def plan(store: Store, plans: Mapping[str, Plan], token: int, now: datetime) -> None:
    """Write down what is planned of these jobs; one that is new is known since now."""
    writes = [
        UpdateOne(
            {"_id": name},
            {"$set": told._asdict(), "$setOnInsert": {"since": now, "token": token}},
            upsert=True,
        )
        for name, told in plans.items()
    ]
    if writes:
        store.db[NAME].bulk_write(writes, ordered=False)


def keep(store: Store, names: Iterable[str]) -> None:
    """Forget the jobs that are none of these."""
    store.db[NAME].delete_many({"_id": {"$nin": sorted(names)}})


def begin(store: Store, name: str, token: int) -> None:
    """Note that the leader with this token runs a job; what was asked for is being done.

    Raises Overtaken when a later leader has run it.
    """
    told = {"$set": {"token": token}, "$unset": {"asked": ""}}
    lookup = {"_id": name, "token": {"$lte": token}}
    if not store.db[NAME].update_one(lookup, told).matched_count:
        raise Overtaken(f"The job {name} is another worker's by now.")


def end(store: Store, run: JobRun) -> None:
    """Note how a run ended. When a job was done last tells what was missed while no worker ran. What a later
    leader noted stays.
    """
    told: Document = {"last": job_runs.document(run)}
    if run.state == "done":
        told["done"] = run.started
    store.db[NAME].update_one({"_id": run.job, "token": {"$lte": run.token}}, {"$set": told})


def wishes(store: Store) -> dict[str, Wish]:
    """What is wished of each job."""
    found = store.db[NAME].find({}, {"paused": 1, "asked": 1})
    return {one["_id"]: Wish(one.get("paused", False), one.get("asked")) for one in found}


def since(store: Store) -> dict[str, datetime]:
    """When each job was last done, or else first known: what was to be done since then is due."""
    found = store.db[NAME].find({}, {"done": 1, "since": 1})
    return {one["_id"]: one.get("done") or one["since"] for one in found}


def ask(store: Store, name: str, now: datetime) -> None:
    """Wish that a job runs now: the leader sees it within a moment, or the next one when it comes."""
    store.db[NAME].update_one({"_id": name}, {"$set": {"asked": now}})


def pause(store: Store, name: str, paused: bool) -> None:
    """Wish that a job rests, or goes on."""
    store.db[NAME].update_one({"_id": name}, {"$set": {"paused": paused}})


def everything(store: Store) -> list[Document]:
    """The documents of all jobs, by name."""
    return list(store.db[NAME].find(sort=[("_id", 1)]))
