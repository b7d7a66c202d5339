"""The totals of many scopes at once, for whoever judges a thousand alarms: every bucket is read once, all of
them with few queries.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from store import sums, tally
from store.buckets import WIDTH, Bucket, Cell
from store.cover import cover_of
from store.database import Store
from store.match import Deadline
from store.scope import Scope

SECONDS = 60.0
"""How long all of it may take."""
KEYS_AT_ONCE = 5_000


class Part(NamedTuple):
    """What a bucket adds to a scope: the scope's place, the bucket's map, and the cells of it (none: all)."""

    place: int
    field: str
    words: tuple[str, ...]


def totals(store: Store, scopes: Sequence[Scope]) -> list[Cell]:
    """The measures of all calls of each scope, in the order of metrics.MEASURES; exact, as `tally` is.

    Raises QueryTimeout when it takes longer than SECONDS, and QueryError where records are dropped.
    """
    deadline = Deadline(SECONDS)
    first, last = sums.span(store)
    found: list[Cell] = [[0] * WIDTH for _ in scopes]
    wanted: defaultdict[str, list[Part]] = defaultdict(list)
    slow: dict[Scope, list[int]] = {}
    for place, scope in enumerate(scopes):
        since, until = max(scope.since, first), min(scope.until, last)
        if since >= until or scope.accounts == ():
            continue
        scope = scope._replace(since=since, until=until)
        if tally.summable(scope, None) and not cover_of(scope, None, True).edges:
            for key, part in _parts(store, scope, place):
                wanted[key].append(part)
        else:
            slow.setdefault(scope, []).append(place)
    _read(store, wanted, found, deadline)
    for scope, places in slow.items():
        cell = tally.tally(store, scope).get("all", [0] * WIDTH)
        for place in places:
            found[place] = list(cell)
    return found


def _parts(store: Store, scope: Scope, place: int) -> Iterator[tuple[str, Part]]:
    facet, words = tally.facet_of(scope, None)
    cover = cover_of(scope, None, fine=tally.has_hour_buckets(scope, None))
    heads = list(tally.names_of(store, scope, None))
    for piece in cover.pieces:
        part = Part(place, "hour", (piece.hour,)) if piece.hour else Part(place, facet, words)
        for head in heads:
            yield f"{head}|{piece.grain}|{piece.stamp}", part


def _read(store: Store, wanted: dict[str, list[Part]], found: list[Cell], deadline: Deadline) -> None:
    keys = sorted(wanted)
    fields: dict[str, Any] = dict.fromkeys((part.field for parts in wanted.values() for part in parts), 1)
    for i in range(0, len(keys), KEYS_AT_ONCE):
        lookup = {"_id": {"$in": keys[i : i + KEYS_AT_ONCE]}}
        with deadline.kept():
            for bucket in store.db[sums.NAME].find(lookup, fields, max_time_ms=deadline.ms):
                for part in wanted[bucket["_id"]]:
                    _add(found[part.place], bucket, part)


def _add(total: Cell, bucket: Bucket, part: Part) -> None:
    cells = bucket.get(part.field, {})
    for word in part.words or cells:
        for i, value in enumerate(cells.get(word, ())):
            total[i] += value
