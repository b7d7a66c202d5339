"""A table of calls in a database, a row a call or a leg: Asterisk's, FreePBX's, FreeSWITCH's, that of
CDR-Stats 3, or any other by the names of its columns.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Select, Table, func, select

from ingest import columns, sql
from ingest.connector import PORTION, Connector, Cursor, Field, Given, Look, Portion, SourceProblem
from ingest.lateness import newest
from ingest.order import LONGEST, USUAL, Order, order_of
from ingest.recipe import Options, Pick, Recipe
from ingest.refused import Bad
from ingest.rows import Builder
from ingest.texts import tidied
from ingest.window import KNOWN, Value, Window, key_of, page, step, window_of
from store.errors import ImportProblem
from store.record import CDR, EPOCH, Reject
from store.sentence import Sentence, listed, mark

WIDENED = timedelta(minutes=4)
"""How often calls that lasted more than a day are looked for, where a table is read by start and length. It
is less than lateness.LATE, so that none is missed between two such looks.
"""


class Preset(NamedTuple):
    """A layout: its words, the usual name of its table, and columns that bear other names than usual."""

    words: str
    table: str
    mapping: tuple[tuple[str, str], ...] = ()


PRESETS = {
    "asterisk_sql": Preset(
        mark("Asterisk's or FreePBX's table cdr in MySQL, MariaDB, PostgreSQL or SQLite"), "cdr"
    ),
    "freeswitch_sql": Preset(
        mark("FreeSWITCH's table of mod_cdr_pg_csv, mod_odbc_cdr or mod_cdr_sqlite"), "cdr"
    ),
    "cdr_stats_3": Preset(
        mark("the table voip_cdr of CDR-Stats 3"),
        "voip_cdr",
        (("uuid", "callid"), ("start", "starting_date"), ("pdd", "progresssec")),
    ),
    "sql": Preset(mark("any table of calls in MySQL, MariaDB, PostgreSQL or SQLite"), "cdr"),
}


class Rows:
    """The reader of one table."""

    def __init__(self, given: Given, preset: Preset) -> None:
        self._given = given
        self._engine = sql.engine_of(given)
        self._name = str(given.options.get("table") or preset.table)
        self._preset = preset
        self._table: Table | None = None
        self._widened = EPOCH

    def close(self) -> None:
        """Close the connection."""
        self._engine.dispose()

    def portions(self, cursor: Cursor, now: datetime) -> Iterator[Portion]:
        """The rows behind the cursor, those that may have appeared late too."""
        table, maker = self._ready(now)
        order = order_of(table, self._engine.dialect.name)
        lower, longest = order.lower(self._given.zone, now), self._longest(now)
        window, more = window_of(cursor), True
        if self._is_begun_anew(order, window):
            window = Window()
        while more:
            rows, more = self._page(table, order, window.start, longest)
            found = step(window, [row[0] for row in rows], [key_of(row) for row in rows], more, lower)
            if found.fresh or found.window.floor != window.floor:
                calls = [maker.one(rows[place][1:]) for place in found.fresh]
                yield Portion(calls, found.window.cursor(), len(found.fresh), newest(calls, now))
            window = found.window
        if window.floor is None and len(window.near) == KNOWN:
            raise SourceProblem(
                Sentence(
                    "The table {name} is read {words}, which tells no time, such as {at}.",
                    name=table.name,
                    words=order.words,
                    at=repr(window.at),
                )
            )

    def _longest(self, now: datetime) -> timedelta:
        """How long calls are that are looked for now."""
        if now - self._widened < WIDENED:
            return USUAL
        self._widened = now
        return LONGEST

    def _is_begun_anew(self, order: Order, window: Window) -> bool:
        """Whether a table that counts its rows has begun to count them anew, as one does that was emptied:
        all of its numbers are below the floor. What it still has of before is known by its name.
        """
        if not order.counted or window.floor is None:
            return False
        highest = self._rows(select(func.max(order.value)))[0][0]
        return highest is not None and highest < window.floor

    def look(self) -> Look:
        """How many rows the table has, when the call of the newest ended, and by what it is read."""
        now = datetime.now(UTC)
        table, maker = self._ready(now)
        order = order_of(table, self._engine.dialect.name)
        last = select(*table.columns).where(order.value.is_not(None)).order_by(order.value.desc()).limit(1)
        calls = [maker.one(row) for row in self._rows(last)]
        without = select(func.count()).select_from(table).where(order.value.is_(None))
        left_out = self._rows(without)[0][0]
        words = Sentence("read {order}", order=order.words)
        count = sql.count_of(self._engine, table)
        if left_out:
            more = Sentence("{n} rows without that are left out", n=left_out)
            words = listed("; ", [words, more])
        return Look(count, newest(calls, now), words)

    def _ready(self, now: datetime) -> "tuple[Table, Maker]":
        """The table as it is today, and what makes calls of its rows."""
        if self._table is None:
            self._table = sql.reflected(self._engine, self._name)
        names = [column.name for column in self._table.columns]
        return self._table, Maker(self._given, self._preset, names, now)

    def _page(
        self, table: Table, order: Order, start: Value | None, longest: timedelta
    ) -> tuple[Sequence[Any], bool]:
        """Rows from the start on, and whether there are more; of those with the last value all or none."""
        every: Select[Any] = select(order.value, *table.columns).where(order.value.is_not(None))
        query = every.order_by(order.value).limit(PORTION + 1)

        def ask(above: Value | None, strictly: bool) -> Sequence[Any]:
            if above is None:
                return self._rows(query)
            bound = order.value > above if strictly else order.value >= above
            return self._rows(query.where(bound, *order.spared(above, longest)))

        def same(value: Value) -> Sequence[Any]:
            return self._rows(every.where(order.value == value))

        return page(ask, same, start, PORTION)

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        try:
            return sql.rows_of(self._engine, query)
        except SourceProblem:
            self._table = None  # its columns may be others when it is back
            raise


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
        raise SourceProblem(str(problem)) from None


def connector(kind: str) -> Connector:
    """The connector of a preset."""
    preset = PRESETS[kind]
    fields = (
        sql.ADDRESS,
        sql.PASSWORD,
        Field("table", mark("Its table"), "text", preset.table),
        Field("mapping", mark("Its columns, as field=COLUMN field=COLUMN"), "text", ""),
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
