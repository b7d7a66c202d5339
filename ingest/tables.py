"""A table of calls in a database, a row a call or a leg: Asterisk's, FreePBX's, FreeSWITCH's, that of
CDR-Stats 3, or any other by the names of its columns.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, Select, Table, cast, func, literal_column, select

from ingest import columns, sql
from ingest.connector import PORTION, Connector, Cursor, Field, Given, Look, Portion, SourceProblem
from ingest.recipe import Options, Pick, Recipe
from ingest.rows import Bad, Builder
from ingest.texts import tidied
from ingest.window import Value, key_of, page, step, window_of
from store.errors import ImportProblem
from store.record import CDR, Reject

LONGEST = timedelta(hours=24)
"""A call whose row was written so long after its start is found by a table that has no id and no end."""
ENDS = ("end", "end_stamp", "end_time", "hangup_time", "end_epoch")
STARTS = ("calldate", "start", "start_stamp", "start_time", "start_epoch", "starting_date")


class Preset(NamedTuple):
    """A layout: its words, the usual name of its table, and columns that bear other names than usual."""

    words: str
    table: str
    mapping: tuple[tuple[str, str], ...] = ()


PRESETS = {
    "asterisk_sql": Preset(
        "Asterisk's or FreePBX's table cdr in MySQL, MariaDB, PostgreSQL or SQLite", "cdr"
    ),
    "freeswitch_sql": Preset("FreeSWITCH's table of mod_cdr_pg_csv, mod_odbc_cdr or mod_cdr_sqlite", "cdr"),
    "cdr_stats_3": Preset(
        "the table voip_cdr of CDR-Stats 3",
        "voip_cdr",
        (("uuid", "callid"), ("start", "starting_date"), ("pdd", "progresssec")),
    ),
    "sql": Preset("any table of calls in MySQL, MariaDB, PostgreSQL or SQLite", "cdr"),
}


class Order(NamedTuple):
    """By what a table is read: the value of a row, and a start by which the server is spared old
    rows, given the floor.
    """

    value: ColumnElement[Any]
    start: ColumnElement[Any] | None = None
    words: str = ""


def order_of(table: Table, dialect: str) -> Order:
    """The order of a table: by a number that it counts up itself, else by the ends of calls, since rows are
    written at hang-up; where no column holds these, by start and length. Raises SourceProblem.
    """
    keys = list(table.primary_key.columns)
    if len(keys) == 1 and isinstance(keys[0].type, Integer):
        return Order(keys[0], words=f"by {keys[0].name}")
    named = {column.name.lower(): column for column in table.columns}
    start = next((named[name] for name in STARTS if name in named), None)
    if (end := next((named[name] for name in ENDS if name in named), None)) is not None:
        return Order(end, words=f"by {end.name}")
    if start is None or "duration" not in named:
        raise SourceProblem(
            f"The table {table.name} has neither a number that counts up, nor an end, nor a start and a "
            "duration to be read by."
        )
    return Order(_end(start, named["duration"], dialect), start, f"by {start.name} and duration")


def _end(start: ColumnElement[Any], length: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """When a call ended, as the server adds it up."""
    seconds = func.coalesce(cast(length, Integer), 0)
    if dialect == "mysql":
        return func.timestampadd(literal_column("SECOND"), seconds, start)
    if dialect == "postgresql":
        return start + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    return func.datetime(start, func.printf("%+d seconds", seconds))


class Rows:
    """The reader of one table."""

    def __init__(self, given: Given, preset: Preset) -> None:
        self._given = given
        self._engine = sql.engine_of(given)
        self._name = str(given.options.get("table") or preset.table)
        self._preset = preset
        self._table: Table | None = None

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()

    def portions(self, cursor: Cursor, now: datetime) -> Iterator[Portion]:
        """The rows behind the cursor, those that may have appeared late too."""
        table, maker = self._ready(now)
        order = order_of(table, self._engine.dialect.name)
        window, more = window_of(cursor), True
        while more:
            rows, more = self._page(table, order, window.floor)
            values = [row[0] for row in rows]
            found = step(window, values, [key_of(row) for row in rows], more)
            if found.fresh or found.window.floor != window.floor:
                calls = [maker.one(rows[place][1:]) for place in found.fresh]
                newest = _moment(values[-1], self._given.zone) if values else None
                yield Portion(calls, found.window.cursor(), len(found.fresh), newest)
            window = found.window

    def look(self) -> Look:
        """How many rows the table has, and when the newest was written."""
        table, _ = self._ready(datetime.now(UTC))
        order = order_of(table, self._engine.dialect.name)
        rows = sql.rows_of(self._engine, select(func.max(order.value)))
        newest = _moment(rows[0][0], self._given.zone)
        return Look(sql.count_of(self._engine, table), newest, f"read {order.words}")

    def _ready(self, now: datetime) -> "tuple[Table, Maker]":
        """The table as it is today, and what makes calls of its rows."""
        if self._table is None:
            self._table = sql.reflected(self._engine, self._name)
        names = [column.name for column in self._table.columns]
        return self._table, Maker(self._given, self._preset, names, now)

    def _page(self, table: Table, order: Order, floor: Value | None) -> tuple[Sequence[Any], bool]:
        """Rows from the floor on, and whether there are more; of those with the last value all or none."""
        every: Select[Any] = select(order.value, *table.columns).where(order.value.is_not(None))
        query = every.order_by(order.value).limit(PORTION + 1)

        def ask(above: Value | None, strictly: bool) -> Sequence[Any]:
            if above is None:
                return self._rows(query)
            bound = order.value > above if strictly else order.value >= above
            return self._rows(query.where(bound, *_spared(order, above)))

        def same(value: Value) -> Sequence[Any]:
            return self._rows(every.where(order.value == value))

        return page(ask, same, floor, PORTION)

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        try:
            return sql.rows_of(self._engine, query)
        except SourceProblem:
            self._table = None  # its columns may be others when it is back
            raise


def _spared(order: Order, floor: Value) -> list[ColumnElement[bool]]:
    """A condition on the start, which the server may have an index of, that no wanted row fails."""
    if order.start is None or isinstance(floor, int):
        return []
    if isinstance(floor, str):
        return [order.start >= str(datetime.fromisoformat(floor) - LONGEST)]
    return [order.start >= floor - LONGEST]


def _moment(value: Any, zone: str) -> datetime | None:
    """When a row was written (aware UTC), where its value tells."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return None
    if not isinstance(found, datetime):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


class Maker:
    """Makes calls of the rows of a table, as of those of a CSV whose header its columns are."""

    def __init__(self, given: Given, preset: Preset, names: Sequence[str], now: datetime) -> None:
        self._names = list(names)
        recipe = recipe_of(given, preset, names)
        self._pick: Pick = columns.pick(recipe)
        self._call = Builder(recipe.manner, given.numberings, now).call
        lower = [columns.folded(name) for name in names]
        self._linked = lower.index("linkedid") if {"linkedid", "uniqueid"} <= set(lower) else -1
        self._unique = lower.index("uniqueid") if "uniqueid" in lower else -1

    def one(self, row: Sequence[Any]) -> CDR | Reject:
        """The call of a row, or the reject that it is; its text is the row as JSON."""
        cells = [sql.text_of(value) for value in row]
        text = json.dumps(dict(zip(self._names, cells, strict=True)), ensure_ascii=False)
        try:
            return self.call(cells, text)
        except Bad as bad:
            return Reject(0, str(bad), text, bad.kind)

    def call(self, cells: list[str], text: str) -> CDR:
        """The call of these cells; raises Bad."""
        if self._linked >= 0 and not cells[self._linked]:
            cells[self._linked] = cells[self._unique]
        return self._call(self._pick(tidied(cells, text)), text)


def recipe_of(given: Given, preset: Preset, names: Sequence[str]) -> Recipe:
    """How the rows of a table with these columns are read. Raises SourceProblem when it lacks what a call
    needs.
    """
    lower = {columns.folded(name) for name in names}
    pairs = [pair.partition("=") for pair in str(given.options.get("mapping") or "").split()]
    told = [(field, column) for field, _, column in pairs]
    usual = [(field, column) for field, column in preset.mapping if column in lower]
    mapping = tuple(told or usual)
    try:
        return columns.by_mapping([list(names)], Options(given.switch, "csv", given.zone, mapping), ",")
    except ImportProblem as problem:
        words = str(problem).replace("--map names", "The mapping names").replace("--map ", "the mapping ")
        raise SourceProblem(words) from None


def connector(kind: str) -> Connector:
    """The connector of a preset."""
    preset = PRESETS[kind]
    fields = (
        sql.ADDRESS,
        sql.PASSWORD,
        Field("table", "Its table", "text", preset.table),
        Field("mapping", "Its columns, as field=COLUMN field=COLUMN", "text", ""),
    )

    @contextmanager
    def opened(given: Given) -> Iterator[Rows]:
        reader = Rows(given, preset)
        try:
            yield reader
        finally:
            reader.close()

    def again(given: Given, text: str, now: datetime) -> list[CDR]:
        row: Mapping[str, str] = json.loads(text)
        return [Maker(given, preset, list(row), now).call(list(row.values()), text)]

    return Connector(preset.words, fields, opened, again)
