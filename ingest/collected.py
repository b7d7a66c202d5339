"""A collection of MongoDB whose documents are calls or legs: read in the order of `_id`, each once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

from bson import ObjectId

from ingest import lateness, mongo
from ingest.connector import Cursor, Field, Given, Look, Portion
from ingest.mongo import Document
from ingest.window import key_of, step, window_of
from store.record import CDR, Reject
from store.sentence import mark

AT_ONCE = 500
"""Documents that are asked for at once."""
ID = {"_id": 1}

Make = Callable[[Document], list[CDR | Reject]]
"""What a document becomes; nothing, when it is none that is wanted."""


class Kind(NamedTuple):
    """How a collection is read: what makes calls of its documents, as which kind of dict they are read, and
    what of them (a projection; None is all).
    """

    make: Callable[[Given, datetime], Make]
    document: type[Document] = dict
    fields: Mapping[str, Any] | None = None


def collection(usual: str) -> Field:
    """The field that names the collection."""
    return Field("collection", mark("Its collection"), "text", usual)


class Collected:
    """The reader of a collection. A document is known by its `_id`, so that what else is noted on it does not
    make it new; only those that are new are fetched as a whole.
    """

    def __init__(self, given: Given, source: mongo.Source, kind: Kind) -> None:
        self._given, self._source, self._kind = given, source, kind
        self._name = str(given.options["collection"])

    def portions(self, cursor: Cursor, now: datetime) -> Iterator[Portion]:
        """The calls of the documents that are new since the cursor."""
        window, make, more = window_of(cursor.get("window")), self._kind.make(self._given, now), True
        lower = lateness.by_second(now)
        while more:
            rows, more = self._source.page(self._name, window.start, ID)  # type: ignore[arg-type]
            ids = [row["_id"] for _, row in rows]
            found = step(window, [second for second, _ in rows], [key_of([one]) for one in ids], more, lower)
            moved = found.fresh or found.window.floor != window.floor
            window = found.window
            if moved:
                fresh = [ids[place] for place in found.fresh]
                newest = datetime.fromtimestamp(rows[found.fresh[-1]][0], UTC) if fresh else None
                made = list(self._made(fresh, make))
                yield Portion(made, {"window": window.cursor()}, len(fresh), newest)

    def _made(self, ids: Sequence[ObjectId], make: Make) -> Iterator[CDR | Reject]:
        for first in range(0, len(ids), AT_ONCE):
            some = ids[first : first + AT_ONCE]
            for document in self._source.each(self._name, some, self._kind.document, self._kind.fields):
                yield from make(document)

    def look(self) -> Look:
        """How many documents the collection has, and when the newest was written."""
        return self._source.look(self._name)


def opened(kind: Kind) -> Callable[[Given], Any]:
    """What opens collections of this kind; the connection is closed behind them."""

    @contextmanager
    def within(given: Given) -> Iterator[Collected]:
        source = mongo.Source(given)
        try:
            yield Collected(given, source, kind)
        finally:
            source.close()

    return within
