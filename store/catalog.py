"""What there is to choose from: the switches, accounts and hangup causes that were ever seen, and the time
that the calls span.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pymongo import UpdateOne
from pymongo.errors import ExecutionTimeout, NetworkTimeout

from store import months, partitions, sums
from store.batch import Batch
from store.buckets import head, unescape
from store.database import Store
from store.match import bound

KINDS = ("switches", "accounts")
LENGTHS = {"h": timedelta(hours=1), "d": timedelta(days=1)}


def note(store: Store, batch: Batch) -> None:
    """Remember the switches and accounts of a batch; what this process noted before costs nothing."""
    for kind, names in zip(KINDS, (batch.switches, batch.accounts), strict=True):
        add(store, kind, [name for name in names if (kind, name) not in store.noted])


def add(store: Store, kind: str, names: Iterable[str]) -> None:
    """Remember names of one of KINDS."""
    fresh = sorted({*names})
    if fresh:
        writes = [UpdateOne({"_id": name}, {"$setOnInsert": {"_id": name}}, upsert=True) for name in fresh]
        store.db[kind].bulk_write(writes, ordered=False)
        store.noted.update((kind, name) for name in fresh)


def size(store: Store) -> int:
    """The bytes that the database takes on disk, with its indexes."""
    found = store.db.command("dbStats")
    return int(found["storageSize"] + found["indexSize"])


def switches(store: Store) -> list[str]:
    """The names of all switches, sorted."""
    return sorted(found["_id"] for found in store.db["switches"].find())


def accounts(store: Store) -> list[str]:
    """The account codes of all calls, sorted; calls without one are the account ''."""
    return sorted(found["_id"] for found in store.db["accounts"].find())


def causes(store: Store) -> list[str]:
    """The names of the hangup causes of all calls, sorted: also those that only one switch knows."""
    return sorted(_causes(store, head(None, None)))


class Choices(NamedTuple):
    """What somebody may choose from: names of switches, accounts and causes, each sorted."""

    switches: list[str]
    accounts: list[str]
    causes: list[str]


def choices(store: Store, allowed: tuple[str, ...] | None, only: tuple[str, ...] = ()) -> Choices:
    """What is in the calls of the `allowed` accounts (None: all) on these switches (none: all)."""
    if allowed is None and not only:
        return Choices(switches(store), accounts(store), causes(store))
    own = [name for name in accounts(store) if allowed is None or name in allowed]
    known = [name for name in switches(store) if not only or name in only]
    used = {(name, switch) for name in own for switch in known if _has(store, [name], switch)}
    told = [_causes(store, head(name, None)) for name in own] if not only else []
    return Choices(
        sorted({switch for _, switch in used}), sorted({name for name, _ in used}), sorted(set().union(*told))
    )


def used(store: Store, accounts: Iterable[str], switches: Iterable[str]) -> list[str]:
    """Those of these switches that have calls of one of these accounts, in their order."""
    own = list(accounts)
    return [switch for switch in switches if _has(store, own, switch)]


def _has(store: Store, accounts: list[str], switch: str) -> bool:
    starts = [f"{head(account, switch)}|m|" for account in accounts]
    for i in range(0, len(starts), sums.RANGES_AT_ONCE):
        ranges = [
            {"_id": {"$gt": first, "$lt": first + ":"}} for first in starts[i : i + sums.RANGES_AT_ONCE]
        ]
        if store.db[sums.NAME].find_one({"$or": ranges}, {"_id": 1}):
            return True
    return False


def _causes(store: Store, name: str) -> set[str]:
    first = f"{name}|m|"
    found = store.db[sums.NAME].find({"_id": {"$gt": first, "$lt": first + ":"}}, {"cause": 1})
    return {unescape(cause) for bucket in found for cause in bucket.get("cause", ())}


def span(
    store: Store, allowed: tuple[str, ...] | None = None, only: tuple[str, ...] = ()
) -> tuple[datetime, datetime] | None:
    """The start (UTC) of the first and of the last call of the `allowed` accounts (None: all) on these
    switches (none: all); None without calls. Of calls whose records are dropped just the hour is known, and
    of somebody's own ones nothing.
    """
    names = partitions.existing(store)
    if allowed is not None or only:
        return _own_span(store, names, allowed, only)
    first = _edge(store, names, 1)
    last = _edge(store, names[::-1], -1)
    if months.sealed(store) and (hours := sums.hours(store)):
        first, last = hours[0], last or hours[1]
    return (first, last) if first and last else None


def _own_span(
    store: Store, names: list[str], allowed: tuple[str, ...] | None, only: tuple[str, ...]
) -> tuple[datetime, datetime] | None:
    """The span of somebody's own calls. The sums tell in which hour (of accounts on switches: day) the first
    and the last one are, so that no more than its records are read.
    """
    grain = "d" if allowed is not None and only else "h"
    heads = [head(a, s) for a in (allowed if allowed is not None else [None]) for s in (only or [None])]
    kept = {name.removeprefix(partitions.PREFIX) for name in names}
    seen = [month for month in sums.stamps(store, heads, "m") if month in kept]
    if not seen:
        return None
    lookup: dict[str, Any] = {} if allowed is None else {"account": {"$in": list(allowed)}}
    lookup |= {"switch": {"$in": list(only)}} if only else {}
    edges = []
    for month, order in ((min(seen), 1), (max(seen), -1)):
        stamps = sums.stamps(store, heads, grain, month) or [f"{month}0100"]
        stamp = min(stamps) if order == 1 else max(stamps)
        edges.append(_within(store, month, stamp.ljust(10, "0"), grain, order, lookup))
    return edges[0], edges[1]


def _within(
    store: Store, month: str, stamp: str, grain: str, order: int, lookup: Mapping[str, Any]
) -> datetime:
    """The start of the first (order 1) or last (-1) call within an hour or a day that has some; that of the
    hour where it takes too long to find.
    """
    since = datetime.strptime(f"{stamp}+0000", "%Y%m%d%H%z")
    wanted = {"_id": {"$gte": bound(since), "$lt": bound(since + LENGTHS[grain])}, **lookup}
    try:
        found = store.db[f"{partitions.PREFIX}{month}"].find_one(
            wanted, {"start": 1}, sort=[("_id", order)], max_time_ms=store.query_ms
        )
    except (ExecutionTimeout, NetworkTimeout):
        found = None
    start: datetime = found["start"] if found else since
    return start


def _edge(store: Store, names: list[str], order: int) -> datetime | None:
    for name in names:
        found = store.db[name].find_one({}, {"start": 1}, sort=[("_id", order)])
        if found:
            start: datetime = found["start"]
            return start
    return None
