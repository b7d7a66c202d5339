"""Counting the calls of a scope: from the sums where they can answer, else from the records, exactly either
way.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from datetime import datetime
from itertools import groupby, product
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from pymongo.client_session import ClientSession

from store import catalog, sums
from store.buckets import FACETS, WIDTH, Cell, escape, head, unescape
from store.causes import EFFECTIVE
from store.cover import EVERYTHING, Label, Piece, cover_of
from store.database import Store
from store.match import Deadline, condition
from store.metrics import SHORT_CALL_MS
from store.months import demand
from store.partitions import between, name_of
from store.periods import UNITS, Span, floor, joined
from store.scope import Scope

MANY_KEYS = 400
"""Beyond so many buckets of one name they are a row without gaps, and one range of `_id` is read faster than
each key.
"""

KEYS_AT_ONCE = 2_000

Counts = dict[Label, Cell]


def tally(store: Store, scope: Scope, by: str | None = None) -> Counts:
    """The measures of the calls in a scope, as cells in the order of metrics.MEASURES (milliseconds,
    counts).

    `by` is None (one label, "all"), hour, day or month (labels are UTC starts of the periods of the scope's
    zone), country, cause, direction, switch or account. Labels without calls are absent. Raises
    QueryTimeout when records had to be read for too long, and QueryError when they are dropped.
    """
    if scope.since >= scope.until or scope.accounts == ():
        return {}
    deadline = Deadline(store.settings.query_seconds)
    first, last = sums.span(store)
    since, until = max(scope.since, first), min(scope.until, last)
    if since >= until:
        return {}
    scope = scope._replace(since=since, until=until)
    if not summable(scope, by):
        return _from_records(store, scope, by, [(since, until)], deadline)
    cover = cover_of(scope, by, fine=has_hour_buckets(scope, by))
    # what is taken off the sums is taken from the records of the same instant
    with store.client.start_session(snapshot=True) if cover.shared else nullcontext() as session:
        counts = _from_sums(store, scope, by, cover.pieces, deadline, session)
        rest = _from_records(store, scope, by, cover.edges, deadline, cover.shared, session)
    for label, cell in rest.items():
        add_to(counts, label, cell)
    return {label: cell for label, cell in counts.items() if any(cell)}


def summable(scope: Scope, by: str | None) -> bool:
    """Whether the buckets know this: no number or length, at most one facet, and none where account and
    switch meet.
    """
    facets = {*scope.facets, *({by} & set(FACETS))}
    pair = (scope.accounts is not None or by == "account") and (bool(scope.switches) or by == "switch")
    return not scope.needs_records and len(facets) <= (0 if pair else 1)


def has_hour_buckets(scope: Scope, by: str | None) -> bool:
    """Whether its hours are buckets of their own: what narrows or groups them is no part of a day's hours."""
    return bool(scope.facets) or by in FACETS


def _from_sums(
    store: Store,
    scope: Scope,
    by: str | None,
    pieces: list[Piece],
    deadline: Deadline,
    session: ClientSession | None,
) -> Counts:
    """Add up the cells that the pieces name, over every account and switch asked for."""
    facet, words = facet_of(scope, by)
    fields = {f"{facet}.{word}" for word in words} or {facet}
    if any(p.hour for p in pieces):
        fields.add("hour")
    places: defaultdict[tuple[str, str], list[Piece]] = defaultdict(list)
    for piece in pieces:
        places[piece.grain, piece.stamp].append(piece)
    names = names_of(store, scope, by)
    counts: Counts = {}
    for lookup in _lookups(list(names), sorted(places)):
        for bucket in _buckets(store, lookup, fields, deadline, session):
            name, grain, when = bucket["_id"].rsplit("|", 2)
            for piece in places.get((grain, when), ()):
                cells = bucket.get("hour" if piece.hour else facet, {})
                for word in (piece.hour,) if piece.hour else words or cells:
                    if word in cells:
                        named = names[name]
                        if named is None:
                            named = unescape(word) if by in FACETS else piece.label
                        add_to(counts, named, cells[word])
    return counts


def facet_of(scope: Scope, by: str | None) -> tuple[str, tuple[str, ...]]:
    """The map of a bucket that answers, and the words of it that are asked for (none: every word)."""
    for name, values in scope.facets.items():
        return name, tuple(escape(value) for value in dict.fromkeys(values))
    return (by, ()) if by in FACETS else ("total", ())


def names_of(store: Store, scope: Scope, by: str | None) -> dict[str, Label | None]:
    """How the keys of the buckets to add up begin (`account|switch`), each with the label that it stands for
    when it is asked by account or switch.
    """
    accounts: Iterable[str | None] = scope.accounts if scope.accounts is not None else [None]
    switches: Iterable[str | None] = scope.switches or [None]
    if by == "account" and scope.accounts is None:
        accounts = catalog.accounts(store)
    if by == "switch" and not scope.switches:
        switches = catalog.switches(store)
    return {
        head(account, switch): {"account": account, "switch": switch}.get(by or "")
        for account, switch in product(accounts, switches)
    }


def _lookups(heads: list[str], wanted: list[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """The wanted buckets (grain and stamp, sorted) of these names, as conditions on `_id`: some by their
    keys, a long row of them as a range.
    """
    if len(wanted) <= MANY_KEYS:
        keys = [f"{name}|{grain}|{when}" for name in heads for grain, when in wanted]
        for i in range(0, len(keys), KEYS_AT_ONCE):
            yield {"$in": keys[i : i + KEYS_AT_ONCE]}
        return
    rows = [list(same) for _, same in groupby(wanted, itemgetter(0))]
    for name, row in product(heads, rows):
        yield {"$gte": "|".join((name, *row[0])), "$lte": "|".join((name, *row[-1]))}


def _buckets(
    store: Store,
    lookup: dict[str, Any],
    fields: Iterable[str],
    deadline: Deadline,
    session: ClientSession | None,
) -> Iterator[dict[str, Any]]:
    shown = dict.fromkeys(fields, 1)
    with deadline.kept():
        yield from store.db[sums.NAME].find({"_id": lookup}, shown, max_time_ms=deadline.ms, session=session)


def add_to(counts: Counts, label: Label, cell: Cell, sign: int = 1) -> None:
    """Add a cell to that of a label, or take it off."""
    held = counts.setdefault(label, [0] * WIDTH)
    for i, value in enumerate(cell):
        held[i] += sign * value


def _from_records(
    store: Store,
    scope: Scope,
    by: str | None,
    spans: list[Span],
    deadline: Deadline,
    shared: Mapping[datetime, datetime] = MappingProxyType({}),
    session: ClientSession | None = None,
) -> Counts:
    """Count the documents that start in these spans (in order, within the scope) themselves, partition by
    partition, in the server; those of a shared hour before its label are also taken off the label.
    """
    counts: Counts = {}
    if not spans:
        return counts
    scope = scope._replace(since=spans[0][0], until=spans[-1][1])
    whole = list(joined(spans))
    for partition in between(store, scope.since, scope.until):
        within = [
            condition(scope._replace(since=since, until=until))
            for since, until in whole
            if name_of(since) <= partition.name <= name_of(until)
        ]
        if not within:
            continue
        # the whole condition in each branch, or the server reads what lies between them too
        match = {"$or": within} if len(within) > 1 else within[0]
        grouping = [{"$match": match}, {"$group": {"_id": _key(by), **COUNTING}}]
        with deadline.kept():
            for row in partition.aggregate(grouping, maxTimeMS=deadline.ms, session=session):
                cell = [row[name] for name in COUNTING]
                add_to(counts, _label(row["_id"], scope, by), cell)
                label = shared.get(floor(row["_id"], "hour")) if shared else None
                if label and row["_id"] < label:
                    add_to(counts, label, cell, sign=-1)
    demand(store, scope.since)
    return counts


def _key(by: str | None) -> Any:
    """What is grouped by. Times by the quarter of an hour, which every zone's hours are made of: the periods
    follow from it here, since the server may know other rules for a zone than this program.
    """
    if by in UNITS:
        return {"$dateTrunc": {"date": "$start", "unit": "minute", "binSize": 15}}
    return f"${by}" if by else None


def _label(found: Any, scope: Scope, by: str | None) -> Label:
    if by in UNITS:
        return floor(found, by, scope.zone)
    return EVERYTHING if by is None else str(found)


def _counted(test: Any) -> dict[str, Any]:
    return {"$sum": {"$cond": [test, 1, 0]}}


_KNOWN_DELAY = {"$gt": ["$pdd_ms", None]}
COUNTING: dict[str, Any] = {
    "calls": {"$sum": 1},
    "answered": _counted("$answered"),
    "mduration": {"$sum": "$mduration"},
    "billmsec": {"$sum": "$billmsec"},
    "effective": _counted({"$or": ["$answered", {"$in": ["$cause", sorted(EFFECTIVE)]}]}),
    "short": _counted({"$and": ["$answered", {"$lte": ["$billmsec", SHORT_CALL_MS]}]}),
    "pdd_ms": {"$sum": "$pdd_ms"},
    "pdd_calls": _counted(_KNOWN_DELAY),
}
"""How the server counts the measures of call documents, in the order of metrics.MEASURES."""
