"""Concurrent calls: how many lines were busy at once, for every minute, by an exact sweep over the records.

A call is in progress from its start to before its end, ringing included; at one instant an end comes before
a start. The figure of a minute is the most calls in progress at any instant of it. Peaks of switches do not
add up, so all switches together are `*`.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from store import remains
from store.buckets import ALL, escape, unescape
from store.database import Store
from store.documents import LONG_CALL
from store.match import Deadline, condition
from store.partitions import LONGEST, between, name_of
from store.record import milliseconds
from store.scope import Scope

NAME = "concurrency"
MINUTES = 1440
MINUTE_MS = 60_000
DAY = timedelta(days=1)
SWEPT = ("switch", "start", "end")
PATIENCE = 3600.0
"""Seconds that counting a day may take when nobody waits for an answer."""

Peaks = npt.NDArray[np.uint16]
Spans = npt.NDArray[np.int64]


def sweep(spans: Spans, start_ms: int, minutes: int) -> Peaks:
    """The most calls in progress in each of so many minutes from `start_ms`; `spans` is n x 2, start and
    end in milliseconds.
    """
    spans = spans[(spans[:, 1] > spans[:, 0]) & (spans[:, 1] > start_ms)]
    starts, ends = np.sort(spans[:, 0]), np.sort(spans[:, 1])
    edges = start_ms + MINUTE_MS * np.arange(minutes + 1, dtype=np.int64)
    # the level at the first instant of a minute, and after each start within it: ends only lower it
    at_edge = np.searchsorted(starts, edges[:-1], "right") - np.searchsorted(ends, edges[:-1], "right")
    level = np.arange(1, len(starts) + 1) - np.searchsorted(ends, starts, "right")
    first = np.searchsorted(starts, edges, "left")
    peaks = at_edge.copy()
    busy = np.flatnonzero(first[1:] > first[:-1])
    if len(busy):
        within = np.maximum.reduceat(level[: first[-1]], first[busy])
        peaks[busy] = np.maximum(peaks[busy], within)
    packed: Peaks = np.minimum(peaks, np.iinfo(np.uint16).max).astype(np.uint16)
    return packed


def touch(store: Store, session: ClientSession, days: Iterable[tuple[str, date]]) -> None:
    """Mark days of switches as changed, within the transaction that changes them; they are counted anew
    when next asked for.
    """
    mark(store, {_key(switch, day) for name, day in days for switch in (name, None)}, session)


def mark(store: Store, keys: Iterable[str], session: ClientSession | None = None) -> None:
    """Mark kept days, by their keys, to be counted anew."""
    writes = [
        UpdateOne({"_id": key}, {"$inc": {"changes": 1}, "$set": {"stale": True}}, upsert=True)
        for key in sorted(keys)
    ]
    if writes:
        store.db[NAME].bulk_write(writes, ordered=False, session=session)


def peaks(store: Store, switch: str | None, first: date, last: date, deadline: Deadline) -> dict[date, Peaks]:
    """The 1,440 peaks of each UTC day from `first` to `last` that has calls, of one switch or (None) of all
    together.

    Days that changed since they were counted are counted now; raises QueryTimeout when that takes too long.
    """
    refresh(store, first, last, deadline)
    lookup = {"_id": {"$gte": _key(switch, first), "$lte": _key(switch, last)}}
    with deadline.kept():
        found = list(store.db[NAME].find(lookup, max_time_ms=deadline.ms))
    return {_day(one["_id"]): np.frombuffer(one["peaks"], np.uint16) for one in found if "peaks" in one}


def refresh(
    store: Store, first: date | None = None, last: date | None = None, deadline: Deadline | None = None
) -> int:
    """Count the days anew that changed since they were counted, all or those from `first` to `last`; gives
    how many those were.
    """
    waiting = store.db[NAME].find({"stale": True}, {"changes": 1})
    stale: dict[date, dict[str, int]] = {}
    for one in waiting:
        day = _day(one["_id"])
        if (first is None or day >= first) and (last is None or day <= last):
            stale.setdefault(day, {})[one["_id"]] = one["changes"]
    for day, versions in sorted(stale.items()):
        _count_day(store, day, versions, deadline or Deadline(PATIENCE))
    return len(stale)


def _count_day(store: Store, day: date, versions: dict[str, int], deadline: Deadline) -> None:
    """Sweep one day; a switch that changed again while its calls were read keeps waiting."""
    midnight = datetime.combine(day, time(), UTC)
    switches, spans = overlapping(store, Scope(midnight, midnight + DAY), deadline)
    writes = []
    for key, version in versions.items():
        packed = sweep(_of(key, switches, spans), milliseconds(midnight), MINUTES).tobytes()
        as_read = {"_id": key, "changes": version, "stale": True}
        writes.append(UpdateOne(as_read, {"$set": {"peaks": packed}, "$unset": {"stale": ""}}))
    store.db[NAME].bulk_write(writes, ordered=False)


def _of(key: str, switches: npt.NDArray[np.str_], spans: Spans) -> Spans:
    """The spans of the switch that a key names."""
    name = key.split("|")[0]
    return spans if name == ALL else spans[switches == unescape(name)]


class Differing(NamedTuple):
    """A kept UTC day (its key is `switch|20261122`) that does not say what the records say; `kept` is of
    zeros where there is no such day.
    """

    key: str
    kept: Peaks
    counted: Peaks

    def minutes(self, peaks: Peaks) -> dict[str, dict[str, list[int]]]:
        """Those of the peaks that differ, by their minute: {"concurrent": {"14:30": [7]}}."""
        wrong = np.flatnonzero(self.kept != self.counted).tolist()
        return {"concurrent": {f"{m // 60:02}:{m % 60:02}": [int(peaks[m])] for m in wrong}}


def differing(store: Store, names: Iterable[str], day: date) -> list[Differing]:
    """What is kept of a UTC day and is not what the records say, of these switches and of all together. A day
    that waits to be counted anew is in order.
    """
    midnight, keys = datetime.combine(day, time(), UTC), [_key(name, day) for name in {None, *names}]
    before = _kept(store, keys)
    switches, spans = overlapping(store, Scope(midnight, midnight + DAY), Deadline(PATIENCE))
    found = []
    for key in keys:
        held = before.get(key, {})
        kept = np.frombuffer(held.get("peaks", bytes(2 * MINUTES)), np.uint16)
        counted = sweep(_of(key, switches, spans), milliseconds(midnight), MINUTES)
        if "stale" not in held and not np.array_equal(kept, counted):
            found.append(Differing(key, kept, counted))
    # a batch that came in meanwhile has changed the day together with its records
    after = _kept(store, [one.key for one in found]) if found else {}
    return [one for one in found if after.get(one.key) == before.get(one.key)]


def days(store: Store) -> set[date]:
    """The UTC days of which peaks are kept, or wait to be counted."""
    return {_day(one["_id"]) for one in store.db[NAME].find({}, {"_id": 1})}


def _kept(store: Store, keys: list[str]) -> dict[str, dict[str, Any]]:
    return {one["_id"]: one for one in store.db[NAME].find({"_id": {"$in": keys}})}


def overlapping(store: Store, scope: Scope, deadline: Deadline) -> tuple[npt.NDArray[np.str_], Spans]:
    """Switch, and start and end in milliseconds, of the calls that are in progress at any time within the
    scope's dates.
    """
    names: list[str] = []
    spans: list[tuple[int, int]] = []
    for found in _overlapping(store, scope, deadline):
        names.append(found["switch"])
        spans.append((milliseconds(found["start"]), milliseconds(found["end"])))
    return np.array(names, np.str_), np.array(spans, np.int64).reshape(-1, 2)


def _overlapping(store: Store, scope: Scope, deadline: Deadline) -> Iterator[dict[str, Any]]:
    """Calls that start within the dates or up to LONG_CALL before; and the few longer ones, which have an
    index of their own; and those of dropped months.

    A month is read last from what remains of it: while it is being dropped it is in both, and a partition
    is either read as a whole or not there.
    """
    near = scope.since - LONG_CALL
    recent = condition(scope._replace(since=near)) | {"end": {"$gt": scope.since}}
    long = condition(scope._replace(since=scope.since - LONGEST, until=near))
    long |= {"long": True, "end": {"$gt": scope.since}}
    read = set()
    for since, until, wanted in ((near, scope.until, recent), (scope.since - LONGEST, near, long)):
        for partition in between(store, since, until):
            with deadline.kept():
                fields = {"_id": 0, **dict.fromkeys(SWEPT, 1)}
                for found in partition.find(wanted, fields, max_time_ms=deadline.ms, batch_size=20_000):
                    read.add(partition.name)
                    yield found
    wanted = condition(scope._replace(since=scope.since - LONGEST)) | {"end": {"$gt": scope.since}}
    with deadline.kept():
        for found in remains.find(store, wanted, SWEPT, deadline.ms):
            if name_of(found["start"]) not in read:
                yield found


def _key(switch: str | None, day: date) -> str:
    return f"{ALL if switch is None else escape(switch)}|{day:%Y%m%d}"


def _day(key: str) -> date:
    return datetime.strptime(key.split("|")[1], "%Y%m%d").date()
