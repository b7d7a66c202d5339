"""What no sum knows of a scope's calls: runs, peaks, and how many different numbers; counted from the records
within the time limit of a query.
"""

from collections.abc import Iterator
from typing import Any

from store.database import Store
from store.match import Deadline, condition
from store.months import demand
from store.partitions import between
from store.scope import Scope


def failed_run(store: Store, scope: Scope) -> int:
    """The most calls in a row, in the order of their start, none of which was answered (CIC).

    Raises QueryTimeout, and QueryError where the records are dropped, as all figures here.
    """
    longest = run = 0
    for answered in _answered(store, scope):
        run = 0 if answered else run + 1
        longest = max(longest, run)
    return longest


def _answered(store: Store, scope: Scope) -> Iterator[bool]:
    deadline = Deadline(store.settings.query_seconds)
    for partition in between(store, scope.since, scope.until):
        lookup, shown = condition(scope), {"_id": 0, "answered": 1}
        with deadline.kept():
            for one in partition.find(lookup, shown, sort=[("_id", 1)], max_time_ms=deadline.ms):
                yield one["answered"]
    demand(store, scope.since)


def destinations(store: Store, scope: Scope) -> int:
    """How many different numbers were called."""
    return len(_grouped(store, scope, "$destination"))


def one_number(store: Store, scope: Scope) -> int:
    """The most calls to one number."""
    return max(_grouped(store, scope, "$destination").values(), default=0)


def one_minute(store: Store, scope: Scope) -> int:
    """The most calls that began within one minute of the clock."""
    minute = {"$dateTrunc": {"date": "$start", "unit": "minute"}}
    return max(_grouped(store, scope, minute).values(), default=0)


def _grouped(store: Store, scope: Scope, by: Any) -> dict[Any, int]:
    """Calls by what they are grouped by, over all partitions."""
    deadline, found = Deadline(store.settings.query_seconds), dict[Any, int]()
    for partition in between(store, scope.since, scope.until):
        grouping = [{"$match": condition(scope)}, {"$group": {"_id": by, "calls": {"$sum": 1}}}]
        with deadline.kept():
            for row in partition.aggregate(grouping, maxTimeMS=deadline.ms):
                found[row["_id"]] = found.get(row["_id"], 0) + row["calls"]
    demand(store, scope.since)
    return found
