"""Counting the calls of a scope: from the sums where they can answer, else from the records, exactly either
way.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import product
from typing import Any, NamedTuple

from store.buckets import FACETS, WIDTH, Cell, prefix, stamp
from store.causes import EFFECTIVE
from store.database import Store
from store.match import Deadline, condition
from store.metrics import SHORT_CALL_MS
from store.partitions import between
from store.periods import UNITS, floor, following, periods
from store.scope import Scope

MANY_KEYS = 400
"""Beyond so many buckets they are a row without gaps, and one range of `_id` is read faster than each key."""

MANY_EDGES = 2
"""Beyond so many parts of hours at the edges of periods (a zone of half hours) all of it is counted from
the records.
"""

Label = str | datetime
Counts = dict[Label, Cell]
EVERYTHING = "all"


class Piece(NamedTuple):
    """A bucket, or the hour of a day's bucket, that lies wholly within a period, and the label of that
    period.
    """

    label: Label
    grain: str
    stamp: str
    hour: str | None


def tally(store: Store, scope: Scope, by: str | None = None) -> Counts:
    """The measures of the calls in a scope, as cells in the order of metrics.MEASURES (milliseconds,
    counts).

    `by` is None (one label, "all"), hour, day or month (labels are UTC starts of the periods of the scope's
    zone), country, cause, direction, switch or account. Labels without calls are absent. Raises
    QueryTimeout when records had to be read for too long.
    """
    if scope.since >= scope.until or scope.accounts == ():
        return {}
    deadline = Deadline(store.settings.query_seconds)
    pieces, edges = _cover(scope, by, fine=_has_hour_buckets(scope, by))
    if not summable(scope, by) or len(edges) > MANY_EDGES:
        return _from_records(store, scope, by, deadline)
    counts = _from_sums(store, scope, by, pieces, deadline)
    for label, since, until in edges:
        part = _from_records(
            store, scope._replace(since=since, until=until), None if by in UNITS else by, deadline
        )
        for found, cell in part.items():
            _add(counts, label if by in UNITS else found, cell)
    return counts


def summable(scope: Scope, by: str | None) -> bool:
    """Whether the buckets know this: no number or length, at most one facet, and none where account and
    switch meet.
    """
    facets = {*scope.facets, *({by} & set(FACETS))}
    pair = (scope.accounts is not None or by == "account") and (bool(scope.switches) or by == "switch")
    return not scope.needs_records and len(facets) <= (0 if pair else 1)


def _has_hour_buckets(scope: Scope, by: str | None) -> bool:
    return bool(scope.facets) or by in FACETS


def _cover(
    scope: Scope, by: str | None, fine: bool
) -> tuple[list[Piece], list[tuple[Label, datetime, datetime]]]:
    """The pieces that make up the scope's time by period, and what is left of it at the edges: parts of
    hours.
    """
    whole: list[tuple[Label, datetime, datetime]] = [(EVERYTHING, scope.since, scope.until)]
    parts = list(periods(scope.since, scope.until, by, scope.zone)) if by in UNITS else whole
    pieces: list[Piece] = []
    edges = []
    for label, since, until in parts:
        first, last = floor(since, "hour"), floor(until, "hour")
        first = first if first == since else following(first, "hour")
        if first > last:
            edges.append((label, since, until))
            continue
        edges += [(label, a, b) for a, b in ((since, first), (last, until)) if a < b]
        pieces += _pieces(label, first, last, fine)
    return pieces, edges


def _pieces(label: Label, since: datetime, until: datetime, fine: bool) -> Iterator[Piece]:
    """Whole months, then days, then hours of UTC between two full hours."""
    while since < until:
        for unit in ("month", "day", "hour"):
            after = following(since, unit)
            if floor(since, unit) == since and after <= until:
                if unit == "hour" and not fine:
                    yield Piece(label, "d", stamp(since, "d"), f"{since:%H}")
                else:
                    yield Piece(label, unit[0], stamp(since, unit[0]), None)
                since = after
                break


def _from_sums(store: Store, scope: Scope, by: str | None, pieces: list[Piece], deadline: Deadline) -> Counts:
    """Add up the cells that the pieces name, over every account and switch asked for."""
    facet, words = _facet(scope, by)
    wanted = sorted({(p.grain, p.stamp) for p in pieces})
    fields = {f"{facet}.{w}": 1 for w in words} if words else {facet: 1}
    if any(p.hour for p in pieces):
        fields |= {"hour": 1}
    counts: Counts = {}
    for name, head in _heads(store, scope, by):
        held = _buckets(store, head, wanted, fields, deadline)
        for piece in pieces:
            bucket = held.get((piece.grain, piece.stamp))
            if bucket is None:
                continue
            cells = bucket.get("hour", {}) if piece.hour else bucket.get(facet, {})
            for word, cell in cells.items():
                if piece.hour not in (None, word) or (words and word not in words):
                    continue
                _add(counts, name if name is not None else word if by in FACETS else piece.label, cell)
    return counts


def _facet(scope: Scope, by: str | None) -> tuple[str, tuple[str, ...]]:
    """The map of a bucket that answers, and the words of it that are asked for (none: every word)."""
    for name, values in scope.facets.items():
        return name, values
    return (by, ()) if by in FACETS else ("total", ())


def _heads(
    store: Store, scope: Scope, by: str | None
) -> Iterator[tuple[str | None, tuple[str | None, str | None]]]:
    """The (account, switch) of the buckets to add up, with the label they stand for when it is asked by
    account or switch.
    """
    accounts: Iterable[str | None] = scope.accounts if scope.accounts is not None else [None]
    switches: Iterable[str | None] = scope.switches or [None]
    if by == "account" and scope.accounts is None:
        accounts = [found["_id"] for found in store.db["accounts"].find()]
    if by == "switch" and not scope.switches:
        switches = [found["_id"] for found in store.db["switches"].find()]
    for account, switch in product(accounts, switches):
        yield {"account": account, "switch": switch}.get(by or ""), (account, switch)


def _buckets(
    store: Store,
    head: tuple[str | None, str | None],
    wanted: list[tuple[str, str]],
    fields: dict[str, int],
    deadline: Deadline,
) -> dict[tuple[str, str], dict[str, Any]]:
    """The wanted buckets of one (account, switch), by grain and stamp: some by their keys, a long row of
    them as a range.
    """
    keys = [prefix(*head, grain) + when for grain, when in wanted]
    few = len(keys) <= MANY_KEYS
    lookup: dict[str, Any] = {"$in": keys} if few else {"$gte": keys[0], "$lte": keys[-1]}
    found = {}
    with deadline.kept():
        for bucket in store.db["sums"].find({"_id": lookup}, fields, max_time_ms=deadline.ms):
            _, _, grain, when = bucket["_id"].split("|")
            found[grain, when] = bucket
    return found


def _add(counts: Counts, label: Label, cell: Cell) -> None:
    held = counts.setdefault(label, [0] * WIDTH)
    for i, value in enumerate(cell):
        held[i] += value


def _from_records(store: Store, scope: Scope, by: str | None, deadline: Deadline) -> Counts:
    """Count the documents themselves, partition by partition, in the server."""
    grouping = [{"$match": condition(scope)}, {"$group": {"_id": _key(scope, by), **_MEASURES}}]
    counts: Counts = {}
    for partition in between(store, scope.since, scope.until):
        with deadline.kept():
            for row in partition.aggregate(grouping, maxTimeMS=deadline.ms):
                label = EVERYTHING if by is None else row["_id"]
                _add(counts, label, [row[name] for name in _MEASURES])
    return counts


def _key(scope: Scope, by: str | None) -> Any:
    if by in UNITS:
        return {"$dateTrunc": {"date": "$start", "unit": by, "timezone": scope.zone}}
    return f"${by}" if by else None


def _counted(test: Any) -> dict[str, Any]:
    return {"$sum": {"$cond": [test, 1, 0]}}


_KNOWN_DELAY = {"$gte": ["$pdd_ms", 0]}
_MEASURES: dict[str, Any] = {
    "calls": {"$sum": 1},
    "answered": _counted("$answered"),
    "mduration": {"$sum": "$mduration"},
    "billmsec": {"$sum": "$billmsec"},
    "effective": _counted({"$or": ["$answered", {"$in": ["$cause", sorted(EFFECTIVE)]}]}),
    "short": _counted({"$and": ["$answered", {"$lte": ["$billmsec", SHORT_CALL_MS]}]}),
    "pdd_ms": {"$sum": "$pdd_ms"},
    "pdd_calls": _counted(_KNOWN_DELAY),
}
