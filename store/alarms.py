"""The alarms: what is watched, and how each fares. A document an alarm; a change says which version it is of,
so that the later of two who edit the same one is told.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bson import ObjectId
from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from store import alarm_reports
from store.connection import transaction
from store.database import Document, Store, key_of
from store.errors import CdrStatsError
from store.sentence import Sentence, both, said

NAME = "alarms"
PAUSES = (60, 120, 300, 900, 3_600)
"""Seconds until an alarm that could not be judged is tried again, by how often that failed."""
BEGUN = "alarms begun"
"""The note, among those of the database, that the first alarms were made."""
TUPLES = ("quiet", "emails", "switches", "accounts", "countries", "directions")


class Overtaken(CdrStatsError):
    """Somebody else changed or removed the alarm meanwhile."""


class Alarm(NamedTuple):
    """What is watched, and who is told.

    `period` is a key of alerts.windows.PERIODS, or "minutes" for a rolling window of `minutes`; `zone` the
    one whose hours and days count. `metric`, `condition` and `reference` are keys of alerts.measures.METRICS,
    alerts.judge.CONDITIONS and alerts.alarms.REFERENCES. `warning` and `critical` are in the metric's unit,
    in percent or in deviations, as the condition says; `minimum` is the calls that it takes to judge, and
    `hysteresis` is in percent of the threshold. While it burns it is told again every `repeat` minutes (0:
    never). Letters wait for `snoozed` (aware UTC) and for the end of the `quiet` hours (local "22:00",
    "06:00"; two empty texts: none). `secret` signs the webhook. `accounts` None is every account; an empty
    tuple of the others is all; `prefix` is what called numbers begin with.
    """

    id: str = ""
    name: str = ""
    owner: str = ""
    active: bool = True
    period: str = "hour"
    minutes: int = 15
    zone: str = "UTC"
    metric: str = "asr"
    condition: str = "less"
    warning: float | None = None
    critical: float | None = None
    reference: str = ""
    minimum: int = 20
    hysteresis: float = 10.0
    repeat: int = 0
    snoozed: datetime | None = None
    quiet: tuple[str, str] = ("", "")
    emails: tuple[str, ...] = ()
    webhook: str = ""
    secret: str = ""
    switches: tuple[str, ...] = ()
    accounts: tuple[str, ...] | None = None
    countries: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    prefix: str = ""
    version: int = 0


class Status(NamedTuple):
    """How an alarm fares: its state and since when, and the last window (since, until) with its value, what
    that was compared with and its number of calls.

    All windows up to `checked` are judged; `known` is the end of the last one that had enough calls to be.
    Where it cannot be judged, `error` says why, after so many `failures`, and `next` when it is tried again.
    `told` is when its last report was written. All times are aware UTC.
    """

    state: str = "unknown"
    since: datetime | None = None
    value: float | None = None
    reference: float | None = None
    n: int = 0
    window: tuple[datetime, datetime] | None = None
    checked: datetime | None = None
    error: str = ""
    failures: int = 0
    next: datetime | None = None
    told: datetime | None = None
    known: datetime | None = None


class Watched(NamedTuple):
    """An alarm and its status."""

    alarm: Alarm
    status: Status


def add(store: Store, alarm: Alarm, now: datetime) -> str:
    """Keep a new alarm, whose windows that close from now on are judged; gives its id."""
    made = ObjectId()
    store.db[NAME].insert_one({"_id": made, **_fields(alarm), "version": 1, "status": {"checked": now}})
    return str(made)


def begin(store: Store, first: Sequence[Alarm], now: datetime) -> int:
    """Keep the first alarms of a new database; gives how many. Done once: not again when they are removed,
    nor where alarms were made before.
    """
    if store.db["meta"].find_one({"_id": BEGUN}):
        return 0

    def work(session: ClientSession) -> int:
        told = {"$setOnInsert": {"at": now}}
        if not store.db["meta"].update_one({"_id": BEGUN}, told, upsert=True, session=session).upserted_id:
            return 0
        if store.db[NAME].find_one({}, {"_id": 1}, session=session):
            return 0
        made = [{**_fields(alarm), "version": 1, "status": {"checked": now}} for alarm in first]
        return len(store.db[NAME].insert_many(made, session=session).inserted_ids)

    return transaction(store.client, work)


def change(store: Store, alarm: Alarm) -> None:
    """Replace what an alarm watches by this; its state stays, and it is judged at once where it failed.

    Raises Overtaken when its version is not the stored one.
    """
    lookup = {"_id": key_of(alarm.id), "version": alarm.version}
    again = {"status.error": "", "status.failures": 0, "status.next": None}
    told = {"$set": {**_fields(alarm), **again}, "$inc": {"version": 1}}
    if not store.db[NAME].update_one(lookup, told).matched_count:
        raise Overtaken(
            Sentence(
                "The alarm {name} was changed or removed by somebody else meanwhile; load it again.",
                name=repr(alarm.name),
            )
        )


def remove(store: Store, id: str) -> bool:
    """Remove an alarm; its reports stay. Gives whether there was one."""
    return store.db[NAME].delete_one({"_id": key_of(id)}).deleted_count == 1


def snooze(store: Store, id: str, until: datetime | None) -> None:
    """Tell nobody of an alarm before this moment (aware UTC), not either what waits already; None ends
    that.
    """
    store.db[NAME].update_one({"_id": key_of(id)}, {"$set": {"snoozed": until}})
    if until:
        alarm_reports.delay(store, id, until)


def one(store: Store, id: str) -> Watched | None:
    """The alarm of an id with its status; None when there is none."""
    found = store.db[NAME].find_one({"_id": key_of(id)})
    return watched(found) if found else None


def everything(store: Store, active: bool = False) -> list[Watched]:
    """All alarms with their status, or those that are active, by name."""
    lookup = {"active": True} if active else {}
    return [watched(found) for found in store.db[NAME].find(lookup).sort([("name", 1), ("_id", 1)])]


def judged(store: Store, session: ClientSession, held: Watched, status: Status) -> bool:
    """Note how an alarm fares, in the transaction of its report; False, and nothing is noted, when somebody
    else judged or changed it since it was read.
    """
    lookup, told = _judgement(held, status)
    return store.db[NAME].update_one(lookup, told, session=session).matched_count == 1


def unchanged(store: Store, found: Iterable[tuple[Watched, Status]]) -> None:
    """Note how alarms fare of which nothing is told, all at once; those that somebody else judged or changed
    since they were read keep what that one noted.
    """
    writes = [UpdateOne(*_judgement(held, status)) for held, status in found]
    if writes:
        store.db[NAME].bulk_write(writes, ordered=False)


def failed(store: Store, id: str, problem: str, now: datetime) -> None:
    """Note in a sentence why an alarm could not be judged; it is tried again after a growing pause."""
    found = store.db[NAME].find_one({"_id": key_of(id)}, {"status.failures": 1})
    failures = 1 + (found or {"status": {}})["status"].get("failures", 0)
    pause = timedelta(seconds=PAUSES[min(failures, len(PAUSES)) - 1])
    why = {f"status.{name}": one for name, one in both("error", problem).items()}
    told = {**why, "status.failures": failures, "status.next": now + pause}
    store.db[NAME].update_one({"_id": key_of(id)}, {"$set": told})


def watched(found: Document) -> Watched:
    """The alarm of a document; a field that an older program did not write has its default."""
    kept: dict[str, Any] = {name: found[name] for name in Alarm._fields if name in found}
    for name in TUPLES:
        if kept.get(name) is not None:
            kept[name] = tuple(kept[name])
    told = {name: value for name, value in found["status"].items() if name in Status._fields}
    told["error"] = said("error", found["status"])
    if told.get("window"):
        told["window"] = tuple(told["window"])
    return Watched(Alarm(**{**kept, "id": str(found["_id"])}), Status(**told))


def _judgement(held: Watched, status: Status) -> tuple[Document, Document]:
    lookup = {
        "_id": key_of(held.alarm.id),
        "version": held.alarm.version,
        "status.checked": held.status.checked,
    }
    return lookup, {"$set": {"status": status._asdict()}}


def _fields(alarm: Alarm) -> Document:
    return {name: value for name, value in alarm._asdict().items() if name not in ("id", "version")}
