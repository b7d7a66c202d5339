"""The tables in which Kamailio and OpenSIPS keep account, in a relational database or in MongoDB: their rows
as they come, and all rows of a call.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from sqlalchemy import ColumnElement, Table, func, select

from ingest import mongo, sql
from ingest.connector import PORTION, Given, Look, SourceProblem
from ingest.dialogs import CALL_IDS, Rowed, call_id
from ingest.window import key_of
from store.sentence import Sentence, either, listed

TABLES = {"acc": "acc", "missed": "missed_calls", "dialogs": "acc_cdrs"}
"""What is read, and how the table is usually called."""
SIZE = PORTION // len(TABLES)
AT_ONCE = 500
"""Calls whose rows are asked for at once, where the table has an index of calls."""
KEYS = ("id", "cdr_id")
"""What counts the rows of a table up."""
AT = ("time_sec", "time")
NEEDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "acc": (CALL_IDS, ("method",), ("sip_code",), AT),
    "missed": (CALL_IDS, ("sip_code",), AT),
    "dialogs": (("start_time", "call_start_time"), ("duration",)),
}
"""Columns of which a table needs one each."""


class Entry(NamedTuple):
    """A row of a table in short: its value in the order of the table, what it is known by, and its call."""

    value: int
    key: bytes
    call: str


class Books(Protocol):
    """The tables of a proxy, wherever they are, by the names of TABLES; one that is not there has no rows.

    `timed` says that they are ordered by seconds since 1970.
    """

    timed: bool

    def page(self, name: str, start: Any) -> tuple[list[Entry], bool]:
        """Rows from a value on in their order, and whether there are more."""
        ...

    def highest(self, name: str) -> int | None:
        """The highest value that a table has."""
        ...

    def of_calls(self, name: str, calls: Sequence[str], since: int | None) -> Iterator[Rowed]:
        """The rows of these calls in their order, where `timed` at least those from the second `since` on."""
        ...

    def look(self) -> Look:
        """How many rows there are, and what is worth knowing."""
        ...

    def last(self) -> str:
        """The call that was written last, '' for none."""
        ...


class Book(NamedTuple):
    """A table, its column that counts up, that which names the call, and whether the server finds calls
    without reading all of it.
    """

    table: Table
    key: ColumnElement[Any]
    call: ColumnElement[Any]
    indexed: bool


class SqlBooks:
    """The tables in a relational database. They are looked at anew after each problem."""

    timed = False

    def __init__(self, given: Given) -> None:
        self._engine = sql.engine_of(given)
        self._names = {name: str(given.options.get(name) or usual) for name, usual in TABLES.items()}
        self._books: dict[str, Book] = {}
        self._notes: list[str] = []

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()

    def _opened(self) -> dict[str, Book]:
        if not self._books:
            present = {n: table for n, table in self._names.items() if sql.has_table(self._engine, table)}
            if not {"acc", "dialogs"} & set(present):
                raise SourceProblem(
                    Sentence(
                        "The database has neither a table {name} nor {other}.",
                        name=self._names["acc"],
                        other=self._names["dialogs"],
                    )
                )
            tables = {name: sql.reflected(self._engine, table) for name, table in present.items()}
            self._notes.clear()
            self._books = {name: book for name, table in tables.items() if (book := self._book(name, table))}
        return self._books

    def _book(self, name: str, table: Table) -> Book | None:
        for names in NEEDED[name]:
            if not any(one in table.c for one in names):
                raise SourceProblem(
                    Sentence(
                        "The table {name} has no column {names}, which calls are made of.",
                        name=table.name,
                        names=either(names),
                    )
                )
        key = next((table.c[one] for one in KEYS if one in table.c), None)
        if key is None:
            raise SourceProblem(
                Sentence("The table {name} has no column id, which counts its rows up.", name=table.name)
            )
        call = next((table.c[one] for one in CALL_IDS if one in table.c), None)
        if call is None:
            if self._names["acc"] == table.name or not sql.has_table(self._engine, self._names["acc"]):
                raise SourceProblem(
                    Sentence(
                        "The table {name} names no call (callid or call_id); cdr_extra with call_id=$ci "
                        "does.",
                        name=table.name,
                    )
                )
            self._notes.append(
                Sentence("{name} names no call (callid or call_id) and is left out", name=table.name)
            )
            return None
        indexed = any(next(iter(index.columns), None) is call for index in table.indexes)
        if not indexed:
            self._notes.append(
                Sentence(
                    "{table} has no index of {column}, which makes each look longer",
                    table=table.name,
                    column=call.name,
                )
            )
        return Book(table, key, call, indexed)

    def page(self, name: str, start: Any) -> tuple[list[Entry], bool]:
        """By what counts the rows up, from the start on."""
        book = self._opened().get(name)
        if book is None:
            return [], False
        query = select(book.key, book.call).order_by(book.key).limit(SIZE + 1)
        rows = self._rows(query if start is None else query.where(book.key >= start))
        entries = [Entry(int(value), key_of((value, call)), str(call or "")) for value, call in rows[:SIZE]]
        return entries, len(rows) > SIZE

    def highest(self, name: str) -> int | None:
        """The highest number of a row."""
        book = self._opened().get(name)
        found = self._rows(select(func.max(book.key)))[0][0] if book else None
        return None if found is None else int(found)

    def of_calls(self, name: str, calls: Sequence[str], since: int | None) -> Iterator[Rowed]:
        """The rows of these calls; where they are not indexed, with one look through the whole table."""
        book = self._opened().get(name)
        if book is None:
            return
        size = AT_ONCE if book.indexed else len(calls) or 1
        for first in range(0, len(calls), size):
            wanted = select(book.table).where(book.call.in_(calls[first : first + size])).order_by(book.key)
            for row in self._rows(wanted):
                yield dict(row._mapping)

    def _rows(self, query: Any) -> Sequence[Any]:
        try:
            return sql.rows_of(self._engine, query)
        except SourceProblem:
            self._books = {}  # they may have other columns when they are back
            raise

    def look(self) -> Look:
        """How many rows the first table has, and which tables there are."""
        books = self._opened()
        count = sql.count_of(self._engine, next(iter(books.values())).table)
        return Look(
            count, None, listed("; ", [", ".join(b.table.name for b in books.values()), *self._notes])
        )

    def last(self) -> str:
        """The call of the row with the highest number."""
        book = next(iter(self._opened().values()))
        rows = self._rows(select(book.call).order_by(book.key.desc()).limit(1))
        return str(rows[0][0] or "") if rows else ""


class MongoBooks:
    """The collections that db_mongodb writes, ordered by the seconds of their `_id`; it makes no index of
    calls.
    """

    timed = True

    def __init__(self, given: Given) -> None:
        self._source = mongo.Source(given)
        self._names = {name: str(given.options.get(name) or usual) for name, usual in TABLES.items()}

    def close(self) -> None:
        """Close the connection."""
        self._source.close()

    def page(self, name: str, start: Any) -> tuple[list[Entry], bool]:
        """By the seconds of `_id`, from the start on; those of the last second all or none."""
        rows, full = self._source.page(self._names[name], start, dict.fromkeys(CALL_IDS, 1))
        return [Entry(second, key_of([row["_id"]]), call_id(row)) for second, row in rows], full

    def highest(self, name: str) -> int | None:
        """The second of the newest document."""
        newest = self._source.look(self._names[name]).newest
        return None if newest is None else int(newest.timestamp())

    def of_calls(self, name: str, calls: Sequence[str], since: int | None) -> Iterator[Rowed]:
        """The documents of these calls."""
        ids = CALL_IDS if name == "dialogs" else CALL_IDS[:1]
        wanted: dict[str, Any] = {"$or": [{one: {"$in": list(calls)}} for one in ids]}
        bound = {} if since is None else {"_id": {"$gte": mongo.first_of(since)}}
        yield from self._source.find(self._names[name], wanted | bound)

    def look(self) -> Look:
        """How many documents the acc collection has, and when the newest was written."""
        return self._source.look(self._names["acc"])

    def last(self) -> str:
        """Not asked for: a look tells when the newest was written."""
        return ""
