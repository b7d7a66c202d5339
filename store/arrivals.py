"""What arrived: the stretches of time in which a batch has calls that are new or changed, written in its own
transaction, so that whoever judges calls as they come in misses none.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bson import ObjectId
from pymongo.client_session import ClientSession

from store.database import Store
from store.periods import Span

NAME = "arrivals"
GAP = timedelta(minutes=10)
"""Calls further apart are two stretches: a late one is no reason to look at all between."""
KEPT = timedelta(days=7)
"""What no worker looked at for so long is let go: no alarm is news then."""


class Arrival(NamedTuple):
    """What a batch brought: its stretches of starts [since, until), aware UTC."""

    id: ObjectId
    spans: tuple[Span, ...]


def note(store: Store, session: ClientSession, starts: Sequence[datetime]) -> None:
    """Note the starts of the calls of a batch, within its transaction."""
    if starts:
        made = ObjectId()
        document = {"_id": made, "spans": spans_of(starts), "expires": made.generation_time + KEPT}
        store.db[NAME].insert_one(document, session=session)


def spans_of(starts: Iterable[datetime]) -> list[list[datetime]]:
    """The stretches that hold these moments, in order, each to a millisecond behind its last."""
    found: list[list[datetime]] = []
    for start in sorted(starts):
        end = start + timedelta(milliseconds=1)
        if found and start - found[-1][1] <= GAP:
            found[-1][1] = end
        else:
            found.append([start, end])
    return found


def waiting(store: Store, limit: int = 20) -> list[Arrival]:
    """The oldest batches that are still to be judged."""
    found = store.db[NAME].find(sort=[("_id", 1)], limit=limit)
    return [Arrival(one["_id"], tuple((since, until) for since, until in one["spans"])) for one in found]


def done(store: Store, session: ClientSession, arrivals: Iterable[Arrival]) -> None:
    """Note that these are judged, within the transaction of what came of it."""
    store.db[NAME].delete_many({"_id": {"$in": [one.id for one in arrivals]}}, session=session)
