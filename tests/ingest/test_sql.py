"""Databases of switches are only ever read, by the server's own refusal; what is wrong is one sentence."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ingest import sql
from ingest.connector import Given, SourceProblem
from tests.ingest.feeding import options, writer

NOTES = sa.Table(
    "notes", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("x", sa.Text)
)
Kept = tuple[str, sa.Engine]


def reader(address: str) -> sa.Engine:
    return sql.engine_of(Given("x", "x", "UTC", options(address), {}))


@pytest.fixture
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kept]:
    """A table with one row: its address, and who may write there."""
    lite = request.param == "sqlite"
    address = f"sqlite:///{tmp_path / 'notes.db'}" if lite else request.getfixturevalue(request.param)
    engine = writer(address)
    NOTES.create(engine)
    with engine.begin() as connection:
        connection.execute(NOTES.insert(), [{"id": 1, "x": "one"}])
    yield address, engine
    NOTES.drop(engine)


THREE = pytest.mark.parametrize("kept", ["mariadb", "postgres", "sqlite"], indirect=True)
WRITES: list[Any] = [
    NOTES.insert().values(id=2, x="two"),
    NOTES.update().values(x="other"),
    NOTES.delete(),
    sa.text("drop table notes"),
    sa.text("create table more (x int)"),
    # flags that others leave in their sources
    sa.text("alter table notes add column import_cdr int"),
]


@THREE
def test_the_server_refuses_every_write(kept: Kept) -> None:
    address, engine = kept
    reading = reader(address)
    for write in WRITES:
        with pytest.raises(sa.exc.DBAPIError, match=r"(?i)read.?only"), reading.begin() as connection:
            connection.execute(write)
    reading.dispose()
    with engine.connect() as connection:
        assert connection.execute(sa.select(NOTES)).all() == [(1, "one")]


LONG = {
    "mysql": "select sleep(20) from notes",
    "postgresql": "select pg_sleep(20)",
    "sqlite": "with recursive n(x) as (select 1 union all select x + 1 from n) select max(x) from n",
}


@THREE
def test_a_query_that_takes_too_long_is_ended(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "QUERY_SECONDS", 1)
    reading = reader(kept[0])
    query: Any = sa.text(LONG[reading.dialect.name])
    with pytest.raises(SourceProblem, match=r"max_statement_time|statement timeout|interrupted"):
        sql.rows_of(reading, query)
    assert sql.count_of(reading, NOTES) == 1
    reading.dispose()


@THREE
def test_a_connection_that_was_cut_is_made_anew(kept: Kept) -> None:
    address, engine = kept
    reading = reader(address)
    assert sql.count_of(reading, NOTES) == 1
    ended = {
        "mysql": "select concat('kill ', id) from information_schema.processlist where id <> connection_id()",
        "postgresql": "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() "
        "and backend_type = 'client backend'",
    }
    if words := ended.get(engine.dialect.name):
        with engine.connect() as connection:
            for (found,) in connection.execute(sa.text(words)).all():
                if isinstance(found, str):
                    connection.execute(sa.text(found))
    assert sql.count_of(reading, NOTES) == 1
    reading.dispose()


def lite(path: Path, *statements: str) -> sa.Engine:
    with closing(sqlite3.connect(path)) as made:
        for statement in statements:
            made.execute(statement)
        made.commit()
    return reader(f"sqlite:///{path}")


AHEAD = ("pragma journal_mode = wal", "create table notes (id integer primary key, x datetime)")


def test_a_reader_leaves_nothing_beside_an_sqlite_file(tmp_path: Path) -> None:
    reading = lite(tmp_path / "notes.db", *AHEAD, "insert into notes values (1, 'one')")
    assert sql.count_of(reading, NOTES) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["notes.db"]


def test_an_sqlite_file_is_read_while_another_writes(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    reading = lite(path, *AHEAD)
    with closing(sqlite3.connect(path, isolation_level=None)) as switch:
        for number in range(1, 4):
            switch.execute("begin immediate")
            switch.execute("insert into notes values (?, 'x')", (number,))
            # what is not committed is not seen, and holds neither of them up
            assert sql.count_of(reading, NOTES) == number - 1
            switch.execute("commit")
            assert sql.count_of(reading, NOTES) == number


def test_anything_in_a_column_of_sqlite_is_read_as_it_is(tmp_path: Path) -> None:
    values = ("x'5a6feb'", "'whenever'", "2460000.5", "null", "cast(x'5a6feb' as text)")
    rows = [f"insert into notes (x) values ({value})" for value in values]
    reading = lite(tmp_path / "notes 100%?#.db", *AHEAD, *rows)
    table = sql.reflected(reading, "notes")
    found = [sql.text_of(row.x) for row in sql.rows_of(reading, sa.select(table).order_by(table.c.id))]
    assert found == ["Zo\ufffd", "whenever", "2460000.500000", "", "Zo\ufffd"]


def test_what_is_no_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("this is a text, and long enough to be looked at as one" * 20, encoding="utf-8")
    with pytest.raises(SourceProblem, match="file is not a database"):
        sql.has_table(reader(f"sqlite:///{path}"), "notes")
