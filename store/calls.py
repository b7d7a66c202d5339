"""The calls themselves: pages of them in any order and depth, one with its legs, all of them as a stream."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from uuid import UUID

import pandas as pd

from store import tally
from store.database import Store
from store.documents import call_of
from store.match import Deadline, condition
from store.months import horizon
from store.partitions import between, name_of
from store.periods import floor, following
from store.record import CDR, call_id, time_of
from store.scope import Scope

SORTS = {
    "start": "_id",
    "account": "account",
    "caller": "caller",
    "destination": "destination",
    "country": "country",
    "billsec": "billmsec",
}
"""What calls can be sorted by, and the field that is: each is led by an index, equal values follow in start
order.
"""

COUNTED = 10_000
"""Calls that no sum knows are counted up to here; counting on would cost more than the number is worth."""

STREAM_PAGE = 2_000
STREAM_SECONDS = 600.0
"""A stream reads so many calls at once, and a person waiting for a file waits longer than one looking at a
page.
"""

COLUMNS = {
    "id": "str",
    "start": "datetime64[ms, UTC]",
    "switch": "str",
    "account": "str",
    "direction": "str",
    "caller": "str",
    "caller_name": "str",
    "destination": "str",
    "country": "str",
    "cause": "str",
    "answered": "bool",
    "duration": "float64",
    "billsec": "float64",
    "kind": "str",
}
"""The columns of a page with their dtypes; duration (with ringing) and billsec (talk) in seconds."""


class Key(NamedTuple):
    """Where a page begins or ends: the value it is sorted by, and the call's id."""

    value: Any
    id: UUID


class Page(NamedTuple):
    """Some calls in order, where they begin and end, and whether more follow in the direction of travel."""

    rows: pd.DataFrame
    first: Key | None
    last: Key | None
    more: bool


class Found(NamedTuple):
    """As Page, with the calls as they are."""

    calls: list[CDR]
    first: Key | None
    last: Key | None
    more: bool


class Count(NamedTuple):
    """A number of calls; not exact means that there are more than that."""

    calls: int
    exact: bool


def page(
    store: Store,
    scope: Scope,
    sort: str = "start",
    descending: bool = True,
    after: Key | None = None,
    backwards: bool = False,
    limit: int = 25,
) -> Page:
    """The calls that follow `after` in the order of `sort` (with `backwards`: that precede it, still in
    that order).

    Without `after` the first ones (backwards: the last ones). Page 10,000 costs what page 1 costs, since a
    page is found by its key. Raises QueryTimeout when too many calls had to be passed over to find those
    that fit.
    """
    found = some(store, scope, sort, descending, after, backwards, limit)
    return Page(frame(found.calls), *found[1:])


def some(
    store: Store,
    scope: Scope,
    sort: str = "start",
    descending: bool = True,
    after: Key | None = None,
    backwards: bool = False,
    limit: int = 25,
) -> Found:
    """What `page` gives, not as a frame."""
    deadline = Deadline(store.settings.query_seconds)
    down = descending != backwards
    found = _ahead(store, scope, SORTS[sort], down, after, limit + 1, deadline)
    calls, more = found[:limit], len(found) > limit
    if backwards:
        calls.reverse()
    keys = [Key(call[SORTS[sort]], call["_id"]) for call in calls]
    return Found(
        [call_of(call) for call in calls], keys[0] if keys else None, keys[-1] if keys else None, more
    )


def _ahead(
    store: Store, scope: Scope, field: str, down: bool, after: Key | None, limit: int, deadline: Deadline
) -> list[dict[str, Any]]:
    """The next documents in one direction, over the partitions: in turn by time, else merged from each."""
    if scope.accounts == () or scope.since >= scope.until or _surely_empty(store, scope):
        return []
    order = -1 if down else 1
    wanted = (
        {"$and": [condition(scope), _beyond(field, after, "$lt" if down else "$gt")]}
        if after
        else condition(scope)
    )
    sorting = [("_id", order)] if field == "_id" else [(field, order), ("_id", order)]
    found: list[dict[str, Any]] = []
    for partition in between(store, scope.since, scope.until, newest_first=down):
        with deadline.kept():
            found += partition.find(wanted).sort(sorting).limit(limit).max_time_ms(deadline.ms)
        if field == "_id" and len(found) >= limit:
            break
    if field != "_id":
        found.sort(key=lambda call: (call[field], call["_id"].bytes), reverse=down)
    return found[:limit]


def _beyond(field: str, after: Key, operator: str) -> dict[str, Any]:
    if field == "_id":
        return {"_id": {operator: after.id}}
    return {"$or": [{field: {operator: after.value}}, {field: after.value, "_id": {operator: after.id}}]}


def _surely_empty(store: Store, scope: Scope) -> bool:
    """Whether the sums already say that nothing fits, so that no record need be looked at."""
    if not (scope.facets or scope.switches or scope.accounts):
        return False
    since, until = floor(scope.since, "hour"), following(floor(scope.until, "hour"), "hour")
    wider = scope._replace(since=since, until=until, caller=None, destination=None, duration=None)
    return tally.summable(wider, None) and not tally.tally(store, wider)


def number(store: Store, scope: Scope) -> Count:
    """How many calls the scope has: exact from the sums where they know, else counted up to COUNTED and
    said to be more. Calls whose records are dropped are none, as in a page.
    """
    scope = scope._replace(since=max(scope.since, horizon(store)))
    if tally.summable(scope, None):
        cells = tally.tally(store, scope)
        return Count(sum(cell[0] for cell in cells.values()), exact=True)
    if scope.accounts == () or _surely_empty(store, scope):
        return Count(0, exact=True)
    deadline, counted = Deadline(store.settings.query_seconds), 0
    for partition in between(store, scope.since, scope.until, newest_first=True):
        with deadline.kept():
            left = COUNTED + 1 - counted
            counted += partition.count_documents(condition(scope), limit=left, maxTimeMS=deadline.ms)
        if counted > COUNTED:
            return Count(COUNTED, exact=False)
    return Count(counted, exact=True)


def call(
    store: Store, call_id: str, accounts: tuple[str, ...] | None, switches: tuple[str, ...] = ()
) -> CDR | None:
    """One call with its legs; None where there is none by this id, or where it is no call of these accounts
    (None: all) on these switches (none: all).
    """
    try:
        identity = UUID(call_id)
        start = time_of(identity.bytes)
    except (ValueError, OverflowError):
        return None
    found = store.db[name_of(start)].find_one({"_id": identity})
    if found is None or (accounts is not None and found["account"] not in accounts):
        return None
    if switches and found["switch"] not in switches:
        return None
    return call_of(found)


def stream(store: Store, scope: Scope, sort: str = "start", descending: bool = False) -> Iterator[CDR]:
    """Every call of the scope in order, however many; it has no time limit and holds one page in memory."""
    after: Key | None = None
    while True:
        deadline = Deadline(STREAM_SECONDS)
        found = _ahead(store, scope, SORTS[sort], descending, after, STREAM_PAGE, deadline)
        yield from map(call_of, found)
        if len(found) < STREAM_PAGE:
            return
        after = Key(found[-1][SORTS[sort]], found[-1]["_id"])


def frame(calls: Iterable[CDR]) -> pd.DataFrame:
    """Calls as rows with the columns and dtypes of COLUMNS, also when there are none."""
    made = pd.DataFrame([_row(one) for one in calls], columns=list(COLUMNS))
    return made.astype(COLUMNS)


_GIVEN = [name for name in COLUMNS if name in CDR._fields]


def _row(one: CDR) -> dict[str, Any]:
    seconds = {"duration": one.mduration / 1000, "billsec": one.billmsec / 1000}
    return {"id": call_id(one), **{name: getattr(one, name) for name in _GIVEN}, **seconds}
