"""What the fraud rules found: one document for a rule, a subject and a window of time, which always says what
the records of that window say.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pymongo import DeleteMany, UpdateOne
from pymongo.client_session import ClientSession

from store.database import Document, Store

NAME = "fraud_events"
TOLD = "fraud told"
KEPT = timedelta(days=400)
PAUSE = timedelta(minutes=10)
"""Between two letters."""
AGAIN = timedelta(hours=1)
"""What goes on is told again after so long."""
NEWS = timedelta(days=2)
"""What lies further back when it is found is shown, and told to nobody."""
NUMBERS = frozenset({"caller", "destination"})
"""Fields of a filter that say how a number begins, or what it is."""
MOST = 500
"""So many findings are told in one letter; the rest is in the next one."""


class Finding(NamedTuple):
    """A rule that was met in [since, until), aware UTC: whose account ('' for several or none), what it is
    about (a country, a prefix, a caller), the value and the limit that it reached, and the calls it is made
    of: how many, their talk in seconds, when the first began. `filter` shows them: parameters of the pages'
    address without time.
    """

    rule: str
    since: datetime
    until: datetime
    account: str
    subject: str
    value: float
    limit: float
    calls: int
    seconds: float
    first: datetime
    filter: Mapping[str, list[str]]

    @property
    def id(self) -> str:
        """What a finding is known by."""
        return "\x1f".join((self.rule, f"{self.since:%Y%m%d%H%M}", self.account, self.subject))


class Judged(NamedTuple):
    """What was looked at: a rule in the window that begins here, of one account or (None) of all."""

    rule: str
    since: datetime
    account: str | None = None


class Event(NamedTuple):
    """Findings of one rule about one subject on the same day: how often, the first and the last moment, the
    highest value, and all their calls; `at` is when the last was found.
    """

    rule: str
    account: str
    subject: str
    since: datetime
    until: datetime
    times: int
    value: float
    limit: float
    calls: int
    seconds: float
    filter: Mapping[str, list[str]]
    at: datetime


class Letter(NamedTuple):
    """What is to be told: events, oldest first, and the ids of their findings."""

    events: tuple[Event, ...]
    ids: tuple[str, ...]


def replace(
    store: Store,
    session: ClientSession,
    looked: Iterable[Judged],
    found: Sequence[Finding],
    now: datetime,
) -> None:
    """Put what was found in place of what was known of all that was looked at, within the transaction in
    which its calls are judged. What was told stays told.
    """
    ids = [one.id for one in found]
    writes: list[Any] = [
        DeleteMany({"since": one.since, "rule": one.rule, "_id": {"$nin": ids}, **_of(one)})
        for one in _known(store, session, looked)
    ]
    for one in found:
        kept = {**one._asdict(), "filter": dict(one.filter)}
        old = one.until < now - NEWS
        first = {"told": now if old else None, "old": old, "at": now, "expires": now + KEPT}
        writes.append(UpdateOne({"_id": one.id}, {"$set": kept, "$setOnInsert": first}, upsert=True))
    if writes:
        store.db[NAME].bulk_write(writes, session=session)


def keep(store: Store, found: Iterable[Finding], now: datetime) -> None:
    """Keep what was found among the calls in progress, with the highest value of each."""
    for one in found:
        high = {name: getattr(one, name) for name in ("until", "value", "calls", "seconds")}
        rest = {name: value for name, value in one._asdict().items() if name not in high}
        first = {**rest, "filter": dict(one.filter), "told": None, "old": False, "at": now}
        told = {"$max": high, "$setOnInsert": {**first, "expires": now + KEPT}}
        store.db[NAME].update_one({"_id": one.id}, told, upsert=True)


def _known(store: Store, session: ClientSession, looked: Iterable[Judged]) -> list[Judged]:
    """What of it has findings; most has none."""
    wanted = list(looked)
    moments = {"since": {"$in": sorted({one.since for one in wanted})}}
    found = store.db[NAME].find(moments, {"rule": 1, "since": 1, "account": 1}, session=session)
    held = {Judged(one["rule"], one["since"], account) for one in found for account in (one["account"], None)}
    return [one for one in wanted if one in held]


def _of(one: Judged) -> Document:
    return {} if one.account is None else {"account": one.account}


def events(
    store: Store,
    since: datetime | None = None,
    until: datetime | None = None,
    accounts: tuple[str, ...] | None = None,
    rule: str = "",
    zone: str = "UTC",
    limit: int = 100,
) -> list[Event]:
    """What was found in windows that begin in [since, until), newest first, of these accounts (None: all),
    by one rule or ('') by all; the findings of one day of the zone about one subject are one event.
    """
    lookup: Document = {"rule": rule} if rule else {}
    if since or until:
        lookup["since"] = {**({"$gte": since} if since else {}), **({"$lt": until} if until else {})}
    if accounts is not None:
        lookup["account"] = {"$in": list(accounts)}
    day = {"$dateTrunc": {"date": "$since", "unit": "day", "timezone": zone}}
    return _events(store, lookup, day, [{"$sort": {"until": -1, "_id": 1}}, {"$limit": limit}])


def _events(store: Store, lookup: Document, day: Any, order: list[Document]) -> list[Event]:
    grouped = {
        "_id": {"rule": "$rule", "account": "$account", "subject": "$subject", "day": day},
        "since": {"$min": "$first"},
        "until": {"$max": "$until"},
        "times": {"$sum": 1},
        "value": {"$max": "$value"},
        "limit": {"$min": "$limit"},
        "calls": {"$sum": "$calls"},
        "seconds": {"$sum": "$seconds"},
        "filters": {"$addToSet": "$filter"},
        "at": {"$max": "$at"},
    }
    found = store.db[NAME].aggregate(
        [{"$match": lookup}, {"$sort": {"since": 1}}, {"$group": grouped}, *order]
    )
    names = Event._fields[3:]
    heads = ("rule", "account", "subject")
    return [
        Event(*(one["_id"][name] for name in heads), *(one[name] for name in names))
        for one in ({**each, "filter": together(each["filters"])} for each in found)
    ]


def together(filters: Sequence[Mapping[str, list[str]]]) -> dict[str, list[str]]:
    """What shows the calls of all of these, and as few others as one filter can: a field that all of them
    have, with the values of any; of numbers what they all begin with.
    """
    names = [name for name in filters[0] if all(name in one for one in filters)]
    held = {name: sorted({value for one in filters for value in one[name]}) for name in names}
    return {
        name: found
        for name, values in held.items()
        if (found := _beginning(values) if name in NUMBERS else values)
    }


def _beginning(values: list[str]) -> list[str]:
    """One number filter for several; none where they have nothing in common."""
    if len(values) == 1:
        return values
    texts = [value.partition(":")[2] for value in values]
    low, high = min(texts), max(texts)
    same = next((i for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    return [f"begins:{low[:same]}"] if same else []


def untold(store: Store, now: datetime) -> Letter | None:
    """What is to be told now, of what was found within NEWS: not sooner than PAUSE after the last letter, nor
    than AGAIN after the last one about the same rule, account and subject. None when there is nothing.
    """
    state: Document = store.db["meta"].find_one({"_id": TOLD}) or {}
    if state and now - state["at"] < PAUSE:
        return None
    recent = store.db[NAME].find({"told": {"$gt": now - AGAIN}, "old": False}, {"_id": 1})
    quiet = {_subject(one["_id"]) for one in recent}
    waiting = store.db[NAME].find({"told": None, "at": {"$gt": now - NEWS}}, {"_id": 1}).sort("at", 1)
    ids = [one["_id"] for one in waiting if _subject(one["_id"]) not in quiet][:MOST]
    if not ids:
        return None
    order: list[Document] = [{"$sort": {"since": 1, "_id": 1}}]
    return Letter(tuple(_events(store, {"_id": {"$in": ids}}, None, order)), tuple(ids))


def _subject(id: str) -> tuple[str, ...]:
    rule, _, *rest = id.split("\x1f", 3)
    return rule, *rest


def told(store: Store, session: ClientSession, letter: Letter, now: datetime) -> bool:
    """Note that findings are told, in the transaction that queues their letters; False, for that to be
    aborted, when one of them was told before or is gone.
    """
    lookup = {"told": None, "_id": {"$in": list(letter.ids)}}
    done = store.db[NAME].update_many(lookup, {"$set": {"told": now}}, session=session)
    store.db["meta"].update_one({"_id": TOLD}, {"$set": {"at": now}}, upsert=True, session=session)
    return done.modified_count == len(letter.ids)
