"""What remains of dropped months: the calls that were in progress when a month ended, whose minutes belong to
the next one, and the keys of its last day, by which a late delivery is known. Both go with the next month.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from store.batch import NEAR
from store.database import Store
from store.documents import LONG_CALL
from store.match import bound

NAME = "remains"
FIELDS = (
    *("key", "switch", "start", "end", "account", "caller", "destination"),
    *("country", "cause", "direction", "billmsec"),
)
"""What a question for concurrent calls can narrow by; the rest of a call is not kept."""


def keep(store: Store, partition: Collection[dict[str, Any]], end: datetime) -> None:
    """Copy what remains of a partition whose month ends here (UTC); once more is no more."""
    reaching = {
        "$or": [
            {"_id": {"$gte": bound(end - LONG_CALL)}, "end": {"$gt": end}},
            {"long": True, "end": {"$gt": end}},
        ]
    }
    merge = {"$merge": {"into": NAME, "whenMatched": "merge", "whenNotMatched": "insert"}}
    for wanted, fields in (({"_id": {"$gte": bound(end - NEAR)}}, ("key",)), (reaching, FIELDS)):
        partition.aggregate([{"$match": wanted}, {"$project": dict.fromkeys(fields, 1)}, merge])


def tidy(store: Store, end: datetime) -> None:
    """Forget what is over when the month that ends here (UTC) is the last one dropped."""
    over = {"_id": {"$lt": bound(end - NEAR)}, "end": {"$not": {"$gt": end}}}
    store.db[NAME].delete_many(over)


def known(store: Store, session: ClientSession, keys: list[int]) -> Iterator[tuple[int, bytes]]:
    """Key and `_id` of the calls of dropped months that have one of these keys."""
    for found in store.db[NAME].find({"key": {"$in": keys}}, {"key": 1}, session=session):
        yield found["key"], found["_id"].bytes


def find(store: Store, wanted: dict[str, Any], fields: Iterable[str], ms: int) -> Iterator[dict[str, Any]]:
    """The calls in progress at the end of a dropped month that meet this condition, within so many
    milliseconds.
    """
    yield from store.db[NAME].find(wanted, {"_id": 0, **dict.fromkeys(fields, 1)}, max_time_ms=ms)
