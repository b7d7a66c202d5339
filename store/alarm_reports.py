"""The reports of alarms: a document each time that a state changed, or that a burning alarm is told again. It
is written with the state, and told afterwards.
"""

from datetime import datetime
from typing import Any, NamedTuple

from bson import ObjectId
from pymongo.client_session import ClientSession

from store.database import Document, Store, key_of

NAME = "alarm_reports"
BAD = ("warning", "critical")


class Report(NamedTuple):
    """What happened to an alarm: its state before (`was`) and now, the value of the window [since, until)
    with what it was compared with and its number of calls `n`, and the threshold that was passed (None for
    an alarm that is over).

    `story` says what changed, as plain dicts of alerts.explain.Line; `filter` shows the window's calls in
    Explore (parameters of its address). It is told from `due` on, and `told` is when its letters were queued;
    the same state before and now is a repeat. All times aware UTC. The webhook's secret is the alarm's.
    """

    id: str = ""
    alarm: str = ""
    name: str = ""
    at: datetime = datetime.min
    was: str = "unknown"
    state: str = "unknown"
    metric: str = "asr"
    condition: str = "less"
    value: float | None = None
    reference: float | None = None
    threshold: float | None = None
    n: int = 0
    since: datetime = datetime.min
    until: datetime = datetime.min
    zone: str = "UTC"
    story: tuple[dict[str, Any], ...] = ()
    emails: tuple[str, ...] = ()
    webhook: str = ""
    told: datetime | None = None
    due: datetime = datetime.min
    owner: str = ""
    filter: dict[str, Any] = {}  # noqa: RUF012

    @property
    def over(self) -> bool:
        """Whether it tells of an end."""
        return self.state not in BAD


def put(store: Store, session: ClientSession | None, report: Report) -> str:
    """Keep a report, within the transaction of the state that it tells of; gives its id."""
    made = ObjectId()
    fields = {name: value for name, value in report._asdict().items() if name != "id"}
    store.db[NAME].insert_one({"_id": made, **fields}, session=session)
    return str(made)


def untold(store: Store, now: datetime, limit: int = 200) -> list[Report]:
    """Those that are to be told by now, oldest first; snoozed ones and those of quiet hours come later."""
    found = store.db[NAME].find({"told": None, "due": {"$lte": now}}).sort("_id", 1).limit(limit)
    return [_report(one) for one in found]


def told(store: Store, session: ClientSession | None, id: str, now: datetime) -> bool:
    """Claim a report, in the transaction that queues its letters; False when it was told before."""
    lookup = {"_id": key_of(id), "told": None}
    return store.db[NAME].update_one(lookup, {"$set": {"told": now}}, session=session).matched_count == 1


def delay(store: Store, alarm: str, until: datetime) -> None:
    """Let what waits to be told of an alarm wait until this moment (aware UTC)."""
    store.db[NAME].update_many({"alarm": alarm, "told": None}, {"$max": {"due": until}})


def one(store: Store, id: str) -> Report | None:
    """The report of an id; None when there is none."""
    found = store.db[NAME].find_one({"_id": key_of(id)})
    return _report(found) if found else None


def page(
    store: Store,
    since: datetime | None = None,
    until: datetime | None = None,
    state: str | None = None,
    alarm: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> list[Report]:
    """Reports written at [since, until), newest first, of one state, of one alarm, and older than the report
    `after`.
    """
    wanted: Document = {"state": state, "alarm": alarm, "_id": {"$lt": key_of(after)} if after else None}
    lookup = {name: value for name, value in wanted.items() if value}
    if since or until:
        lookup["at"] = {**({"$gte": since} if since else {}), **({"$lt": until} if until else {})}
    return [_report(one) for one in store.db[NAME].find(lookup).sort("_id", -1).limit(limit)]


def burning(store: Store) -> list[Report]:
    """The last report of every active alarm that burns now, critical ones and older ones first: what the
    bell shows.
    """
    lookup = {"active": True, "status.state": {"$in": BAD}}
    found = []
    for alarm in store.db["alarms"].find(lookup, {"_id": 1}):
        found += page(store, alarm=str(alarm["_id"]), limit=1)
    return sorted(found, key=lambda report: (report.state != "critical", report.at))


def _report(found: Document) -> Report:
    kept = {name: found[name] for name in Report._fields if name in found}
    kept |= {"id": str(found["_id"]), "emails": tuple(found["emails"]), "story": tuple(found["story"])}
    return Report(**kept)
