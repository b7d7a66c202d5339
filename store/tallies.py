"""The totals of many scopes at once, for whoever judges a thousand alarms or ninety days of one: every bucket
is read once, and of the records every minute at an edge.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from store import sums, tally
from store.buckets import WIDTH, Bucket, Cell
from store.cover import cover_of
from store.database import Store
from store.match import Deadline, condition
from store.months import demand
from store.partitions import between
from store.periods import Span
from store.record import EPOCH, milliseconds
from store.scope import Scope

SECONDS = 60.0
"""How long all of it may take, since nobody waits for it at a page."""
KEYS_AT_ONCE = 5_000
MINUTE_MS = 60_000
FEW = 8
"""Up to so many filters each ask the server for their own calls; of more, one answer is parted here."""
DIMENSIONS = ("account", "switch", "country", "cause", "direction")


class Part(NamedTuple):
    """What a bucket adds to a cell: the bucket's map, and the words of it (none: all)."""

    cell: Cell
    field: str
    words: tuple[str, ...]


class Edge(NamedTuple):
    """A span of records that belongs to a cell."""

    cell: Cell
    span: Span


Edges = dict[Scope, list[Edge]]
Minutes = dict[int, Cell]


def totals(store: Store, scopes: Sequence[Scope], seconds: float = SECONDS) -> list[Cell]:
    """The measures of all calls of each scope, in the order of metrics.MEASURES; exact, as `tally` is, but
    for what arrives while it is read.

    Raises QueryTimeout when all of them take longer than `seconds`, and QueryError where records are dropped.
    """
    deadline = Deadline(seconds)
    first, last = sums.span(store)
    found: dict[Scope, Cell] = {}
    wanted: defaultdict[str, list[Part]] = defaultdict(list)
    edges: defaultdict[Scope, list[Edge]] = defaultdict(list)
    for scope in dict.fromkeys(scopes):
        cell = found[scope] = [0] * WIDTH
        cut = scope._replace(since=max(scope.since, first), until=min(scope.until, last))
        if cut.since >= cut.until or scope.accounts == ():
            continue
        spans = [(cut.since, cut.until)]
        if any(moment.second or moment.microsecond for moment in spans[0]):
            # a part of a minute is nothing that alarms ask for
            found[scope] = tally.tally(store, cut).get("all", cell)
            continue
        if tally.summable(cut, None):
            spans = _of_sums(store, cut, cell, wanted)
        edges[family(scope)] += [Edge(cell, span) for span in spans]
    _read(store, wanted, deadline)
    _count(store, {one: kept for one, kept in edges.items() if kept}, deadline)
    return [found[scope] for scope in scopes]


def family(scope: Scope) -> Scope:
    """The scope without its time: what scopes have in common that differ in nothing else."""
    return scope._replace(since=EPOCH, until=EPOCH, zone="UTC")


def merged(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, with those put together that touch or overlap."""
    found: list[Span] = []
    for since, until in sorted(spans):
        if found and since <= found[-1][1]:
            found[-1] = found[-1][0], max(until, found[-1][1])
        else:
            found.append((since, until))
    return found


def _of_sums(store: Store, scope: Scope, cell: Cell, wanted: dict[str, list[Part]]) -> list[Span]:
    """Note which buckets make up the scope; gives what is left to the records."""
    facet, words = tally.facet_of(scope, None)
    cover = cover_of(scope, None, fine=tally.has_hour_buckets(scope, None))
    heads = list(tally.names_of(store, scope, None))
    for piece in cover.pieces:
        part = Part(cell, "hour", (piece.hour,)) if piece.hour else Part(cell, facet, words)
        for head in heads:
            wanted[f"{head}|{piece.grain}|{piece.stamp}"].append(part)
    return cover.edges


def _read(store: Store, wanted: dict[str, list[Part]], deadline: Deadline) -> None:
    keys = sorted(wanted)
    fields: dict[str, Any] = dict.fromkeys((part.field for parts in wanted.values() for part in parts), 1)
    for i in range(0, len(keys), KEYS_AT_ONCE):
        lookup = {"_id": {"$in": keys[i : i + KEYS_AT_ONCE]}}
        with deadline.kept():
            for bucket in store.db[sums.NAME].find(lookup, fields, max_time_ms=deadline.ms):
                for part in wanted[bucket["_id"]]:
                    _add_bucket(part, bucket)


def _add_bucket(part: Part, bucket: Bucket) -> None:
    cells = bucket.get(part.field, {})
    for word in part.words or cells:
        _add(part.cell, cells.get(word, ()))


def _add(total: Cell, more: Sequence[int]) -> None:
    for i, value in enumerate(more):
        total[i] += value


def _count(store: Store, edges: Edges, deadline: Deadline) -> None:
    """Add the records of the edges to their cells."""
    alone = {one: kept for one, kept in edges.items() if len(edges) <= FEW or one.needs_records}
    for one, kept in alone.items():
        minutes: Minutes = {}
        for start, _, cell in _minutes(store, one, [edge.span for edge in kept], deadline, {}):
            _add(minutes.setdefault(start, [0] * WIDTH), cell)
        _part(minutes, kept)
    rest = {one: kept for one, kept in edges.items() if one not in alone}
    if rest:
        _count_together(store, rest, deadline)


def _count_together(store: Store, edges: Edges, deadline: Deadline) -> None:
    """The records of many filters from one answer that tells the dimensions apart."""
    by = {name: f"${name}" for name in DIMENSIONS}
    spans = [edge.span for kept in edges.values() for edge in kept]
    grids: dict[Scope, Minutes] = {one: {} for one in edges}
    fitting: dict[tuple[str, ...], list[Minutes]] = {}
    for start, names, cell in _minutes(store, Scope(EPOCH, EPOCH), spans, deadline, by):
        if names not in fitting:
            fitting[names] = [grid for one, grid in grids.items() if _fits(one, names)]
        for grid in fitting[names]:
            _add(grid.setdefault(start, [0] * WIDTH), cell)
    for one, kept in edges.items():
        _part(grids[one], kept)


def _fits(one: Scope, names: tuple[str, ...]) -> bool:
    chosen = (one.accounts, *(kept or None for kept in (one.switches, one.countries, one.causes)))
    wanted = (*chosen, one.directions or None)
    return all(kept is None or name in kept for kept, name in zip(wanted, names, strict=True))


def _minutes(
    store: Store, one: Scope, spans: Iterable[Span], deadline: Deadline, by: dict[str, str]
) -> Iterator[tuple[int, tuple[str, ...], Cell]]:
    """Every minute (ms since 1970) of the spans with calls, the names of what they are grouped by, and their
    cell.
    """
    key = {"minute": {"$dateTrunc": {"date": "$start", "unit": "minute"}}, **by}
    for since, until in merged(spans):
        scope = one._replace(since=since, until=until)
        grouping = [{"$match": condition(scope)}, {"$group": {"_id": key, **tally.COUNTING}}]
        for partition in between(store, since, until):
            with deadline.kept():
                for row in partition.aggregate(grouping, maxTimeMS=deadline.ms):
                    names = tuple(row["_id"].get(name, "") for name in by)
                    cell = [row[name] for name in tally.COUNTING]
                    yield milliseconds(row["_id"]["minute"]), names, cell
        demand(store, since)


def _part(minutes: Minutes, edges: Iterable[Edge]) -> None:
    """Add to every edge's cell the minutes that begin in its span."""
    starts = np.array(sorted(minutes), np.int64)
    table = np.array([minutes[start] for start in starts.tolist()], np.int64).reshape(-1, WIDTH)
    until = np.vstack([np.zeros((1, WIDTH), np.int64), np.cumsum(table, axis=0)])
    for cell, span in edges:
        first, last = np.searchsorted(starts, [milliseconds(moment) for moment in span])
        _add(cell, (until[last] - until[first]).tolist())
