"""Kamailio and OpenSIPS: their tables acc, missed_calls and acc_cdrs read and joined, from MariaDB, MySQL,
PostgreSQL, SQLite and MongoDB.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import Table, select

from ingest import mongo, sql
from ingest.connector import PORTION, Connector, Cursor, Field, Given, Look, Portion, SourceProblem, texts
from ingest.dialogs import CALL_IDS, LAST_JULIAN, Rowed, When, call_id, joined, julian
from ingest.rows import Bad
from ingest.times import NEVER, Clock
from ingest.window import key_of, step, window_of
from store.record import CDR, Reject

AT_ONCE = 500
"""Calls whose rows are asked for at once."""
TABLES = {"acc": "acc", "missed": "missed_calls", "dialogs": "acc_cdrs"}
"""What is read, and how the table is usually called."""


class Books(Protocol):
    """The tables of a proxy, wherever they are."""

    def page(self, table: str, floor: Any) -> tuple[list[tuple[int, Rowed]], bool]:
        """Rows from a value on in its order, each with its value, and whether there are more."""
        ...

    def of_calls(self, table: str, calls: Sequence[str]) -> list[Rowed]:
        """The rows of these calls."""
        ...

    def look(self) -> Look:
        """A look at them."""
        ...


class SqlBooks:
    """The tables in a relational database; one that is not there has no rows."""

    def __init__(self, given: Given) -> None:
        self._engine = sql.engine_of(given)
        self._names = {name: str(given.options.get(name) or usual) for name, usual in TABLES.items()}
        self._tables: dict[str, Table] = {}

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()

    def _table(self, name: str) -> Table | None:
        if not self._tables:
            present = set(sql.tables_of(self._engine))
            wanted = {key: table for key, table in self._names.items() if table.split(".")[-1] in present}
            if not {"acc", "dialogs"} & set(wanted):
                raise SourceProblem(
                    f"The database has neither a table {self._names['acc']} nor {self._names['dialogs']}."
                )
            self._tables = {key: sql.reflected(self._engine, table) for key, table in wanted.items()}
        return self._tables.get(name)

    def page(self, table: str, floor: Any) -> tuple[list[tuple[int, Rowed]], bool]:
        """By id, from the floor on."""
        found = self._table(table)
        if found is None:
            return [], False
        key = found.c.id if "id" in found.c else found.c.cdr_id
        query = select(found).order_by(key).limit(PORTION + 1)
        if floor is not None:
            query = query.where(key >= floor)
        rows = [dict(row._mapping) for row in self._rows(query)]
        return [(int(row[key.name]), row) for row in rows[:PORTION]], len(rows) > PORTION

    def of_calls(self, table: str, calls: Sequence[str]) -> list[Rowed]:
        """The rows of these calls, by id; without a column that names the call, none."""
        found = self._table(table)
        name = next((name for name in CALL_IDS if found is not None and name in found.c), None)
        if found is None or name is None:
            return []
        key = found.c.id if "id" in found.c else found.c.cdr_id
        return [
            dict(row._mapping)
            for row in self._rows(select(found).where(found.c[name].in_(calls)).order_by(key))
        ]

    def _rows(self, query: Any) -> Sequence[Any]:
        try:
            return sql.rows_of(self._engine, query)
        except SourceProblem:
            self._tables = {}  # they may have other columns when they are back
            raise

    def look(self) -> Look:
        """How many rows the acc table has, and its newest."""
        name = "acc" if self._table("acc") is not None else "dialogs"
        table = self._table(name)
        assert table is not None
        return Look(sql.count_of(self._engine, table), None, ", ".join(t.name for t in self._tables.values()))


class MongoBooks:
    """The collections that db_mongodb writes, ordered by the seconds of their `_id`."""

    def __init__(self, given: Given) -> None:
        self._source = mongo.Source(given)
        self._names = {name: str(given.options.get(name) or usual) for name, usual in TABLES.items()}

    def close(self) -> None:
        """Close the connection."""
        self._source.close()

    def page(self, table: str, floor: Any) -> tuple[list[tuple[int, Rowed]], bool]:
        """By the seconds of `_id`, from the floor on; those of the last second all or none."""
        return self._source.page(self._names[table], floor)

    def of_calls(self, table: str, calls: Sequence[str]) -> list[Rowed]:
        """The documents of these calls."""
        name = "call_id" if table == "dialogs" else "callid"
        return self._source.find(self._names[table], {name: {"$in": list(calls)}})

    def look(self) -> Look:
        """How many documents the acc collection has, and when the newest was written."""
        return self._source.look(self._names["acc"])


class Proxy:
    """The reader of a proxy's tables."""

    def __init__(self, given: Given, books: Books) -> None:
        self._given, self._books = given, books

    def portions(self, cursor: Cursor, now: datetime) -> Iterator[Portion]:
        """Every call of which a row is new, joined of all its rows; those in progress come when they end."""
        windows = {name: window_of(cursor.get(name)) for name in ("acc", "dialogs")}
        when, build, more = when_of(self._given.zone), self._given.builder(now), True
        while more:
            calls: dict[str, None] = {}
            moved, more, read = False, False, 0
            for name, window in list(windows.items()):
                rows, full = self._books.page(name, window.floor)
                keys = [key_of(list(row.items())) for _, row in rows]
                found = step(window, [value for value, _ in rows], keys, full)
                calls |= dict.fromkeys(call_id(rows[place][1]) for place in found.fresh)
                moved |= bool(found.fresh) or found.window.floor != window.floor
                windows[name], more, read = found.window, more or full, read + len(found.fresh)
            if moved:
                made = list(self._made([name for name in calls if name], when, build.call))
                yield Portion(made, {name: window.cursor() for name, window in windows.items()}, read)

    def _made(self, calls: Sequence[str], when: When, build: Any) -> Iterator[CDR | Reject]:
        for first in range(0, len(calls), AT_ONCE):
            some = calls[first : first + AT_ONCE]
            books = {name: _by_call(self._books.of_calls(name, some)) for name in TABLES}
            for name in some:
                rows = {table: found.get(name, []) for table, found in books.items()}
                if (call := _one(name, rows, when, build)) is not None:
                    yield call

    def look(self) -> Look:
        """A look at the tables."""
        return self._books.look()


def _by_call(rows: Iterable[Rowed]) -> Mapping[str, list[Rowed]]:
    found: defaultdict[str, list[Rowed]] = defaultdict(list)
    for row in rows:
        found[call_id(row)].append(row)
    return found


def _one(name: str, rows: Mapping[str, list[Rowed]], when: When, build: Any) -> CDR | Reject | None:
    """The call of these rows, None while it is in progress; a reject keeps the rows as JSON."""
    told = joined(name, rows["acc"], rows["missed"], rows["dialogs"], when)
    if told is None:
        return None
    try:
        call: CDR = build(texts(told), name)
    except Bad as bad:
        return Reject(0, str(bad), json.dumps({"callid": name, **rows}, default=str), bad.kind)
    return call


def when_of(zone: str) -> When:
    """Reads the time columns of a database, whose local times are in this zone."""
    clock = Clock(zone)

    def when(value: Any) -> datetime | None:
        if value is None or str(value) in NEVER:
            return None
        with suppress(ValueError):
            if (days := float(str(value))) < LAST_JULIAN:
                return julian(days)
        if isinstance(value, datetime):
            return value.astimezone(UTC) if value.tzinfo else clock.read(value.isoformat(" ", "seconds"))[0]
        with suppress(ValueError, OverflowError):
            return clock.read(str(value))[0]
        return None

    return when


def again(given: Given, text: str, now: datetime) -> list[CDR]:
    """The call of the rows of a reject."""
    found = json.loads(text)
    told = joined(found["callid"], found["acc"], found["missed"], found["dialogs"], when_of(given.zone)) or {
        "uuid": found["callid"]
    }
    return [given.builder(now).call(texts(told), found["callid"])]


NAMES = tuple(Field(name, f"Its table {usual}", "text", usual) for name, usual in TABLES.items())


@contextmanager
def _in_sql(given: Given) -> Iterator[Proxy]:
    books = SqlBooks(given)
    try:
        yield Proxy(given, books)
    finally:
        books.close()


@contextmanager
def _in_mongo(given: Given) -> Iterator[Proxy]:
    books = MongoBooks(given)
    try:
        yield Proxy(given, books)
    finally:
        books.close()


SQL = Connector(
    "Kamailio's or OpenSIPS' acc and acc_cdrs in MySQL, MariaDB, PostgreSQL or SQLite",
    (sql.ADDRESS, sql.PASSWORD, *NAMES),
    _in_sql,
    again,
)
MONGO = Connector(
    "Kamailio's acc and acc_cdrs in MongoDB", (mongo.ADDRESS, mongo.PASSWORD, *NAMES), _in_mongo, again
)
