"""Real databases with the rows that a real Kamailio wrote of real calls."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import sqlalchemy as sa
from bson import json_util

from ingest.dialogs import julian
from store.database import Store
from tests import databases
from tests.ingest.feeding import KAMAILIO, ROWS, writer

TIMES = ("time", "start_time", "end_time")
NUMBERS = {"id": sa.Integer, "duration": sa.Float, "time_sec": sa.Integer, "time_usec": sa.Integer}


@pytest.fixture(scope="session")
def mariadb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    script = (ROWS / "mariadb_dump.sql").read_text(encoding="utf-8")
    with databases.mariadb(tmp_path_factory.mktemp("sql"), script) as address:
        yield address


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    with databases.postgres() as address:
        fill_postgres(address)
        yield address


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("lite") / "kamailio.sqlite"
    path.write_bytes((ROWS / "kamailio.sqlite").read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def mongodb(store: Store) -> Iterator[str]:
    """The collections as db_mongodb wrote them, in a second database of the tests' own server."""
    name = f"{store.db.name}_kam"
    for table in KAMAILIO:
        lines = (ROWS / f"mongo_{table}.jsonl").read_text(encoding="utf-8").splitlines()
        store.client[name][table].insert_many([json_util.loads(line) for line in lines])
    uri = store.settings.mongo_uri
    assert uri is not None
    base, _, query = uri.get_secret_value().partition("?")
    yield f"{base.rstrip('/')}/{name}" + (f"?{query}" if query else "")
    store.client.drop_database(name)


@pytest.fixture
def address(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(request.param)
    return found


def fill_postgres(address: str) -> None:
    """The rows of the SQLite file as Kamailio writes them into PostgreSQL: times of the wall, here of UTC."""
    meta, engine = sa.MetaData(), writer(address)
    with closing(sqlite3.connect(ROWS / "kamailio.sqlite")) as source, engine.begin() as target:
        for name in KAMAILIO:
            found = source.execute(f"select * from {name}")
            names = [column[0] for column in found.description]
            kinds = {c: sa.DateTime if c in TIMES else NUMBERS.get(c, sa.String(255)) for c in names}
            table = sa.Table(name, meta, *(sa.Column(column, kind) for column, kind in kinds.items()))
            table.create(target)
            rows = [dict(zip(names, row, strict=True)) for row in found]
            target.execute(table.insert(), [{c: value_of(c, v) for c, v in row.items()} for row in rows])


def value_of(column: str, value: Any) -> Any:
    return julian(value).replace(tzinfo=None) if column in TIMES else value
