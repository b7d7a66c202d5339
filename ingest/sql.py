"""Databases of switches, read and never written: MySQL and MariaDB, PostgreSQL, SQLite.

Each session is read-only for the server itself, so that it refuses a write whoever asks for one.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import URL, Engine, Row, Select, Table, create_engine, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchTableError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool, QueuePool
from sqlalchemy.types import NullType

from ingest.connector import Field, Given, SourceProblem
from store.sentence import Sentence, mark

CONNECT_SECONDS = 3
QUERY_SECONDS = 60
DRIVERS = {
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
}
"""The scheme of an address, and the driver that is used for it."""
ADDRESS = Field(
    "address", mark("Address, such as mysql://cdr@10.0.0.5/asteriskcdrdb, postgresql:// or sqlite:////path")
)
PASSWORD = Field("password", mark("Its password"), "secret", "")
FILE = "sqlite:///"
AHEAD = b"\2\2"
"""How the head of an SQLite file says that its log is written ahead."""
LIMITS = {"max_statement_time": 1, "max_execution_time": 1000}
"""What MariaDB calls the limit of a query, and what MySQL; units in a second."""
STEPS = 100_000
"""After so many of its steps SQLite is asked whether a query has taken too long."""
EXAMPLE = "mysql://user@host/database, postgresql://user@host/database or sqlite:////path/of/file"


def engine_of(given: Given) -> Engine:
    """The engine of a source; nothing is connected yet. Raises SourceProblem for an address that is none."""
    address = str(given.options["address"])
    if address.startswith(FILE):
        return _sqlite(Path(address.removeprefix(FILE)).expanduser())
    try:
        url = make_url(address)
    except ArgumentError:
        raise SourceProblem(
            Sentence("The address is none; it looks like {example}.", example=EXAMPLE)
        ) from None
    if url.drivername not in DRIVERS:
        raise SourceProblem(
            Sentence(
                "The address begins with {found!r}; it looks like {example}.",
                found=url.drivername,
                example=EXAMPLE,
            )
        )
    if url.password:
        raise SourceProblem(Sentence("The address holds a password; give it by itself, as password."))
    driver = DRIVERS[url.drivername]
    url = url.set(drivername=driver, password=str(given.options.get("password") or "") or None)
    return _server(url, driver)


def _sqlite(path: Path) -> Engine:
    if not path.is_file():
        raise SourceProblem(Sentence("There is no file {path}.", path=path))

    def connect() -> sqlite3.Connection:
        mode = "mode=ro&immutable=1" if _is_at_rest(path) else "mode=ro"
        address = f"file:{quote(str(path.absolute()))}?{mode}"
        found = sqlite3.connect(address, uri=True, timeout=CONNECT_SECONDS, check_same_thread=False)
        found.text_factory = lambda data: data.decode("utf-8", "replace")
        end = time.monotonic() + QUERY_SECONDS
        found.set_progress_handler(lambda: time.monotonic() > end, STEPS)
        return found

    return create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool, creator=connect)


def _is_at_rest(path: Path) -> bool:
    """Whether a file has a log that is written ahead, but nobody has it open: a reader would leave its own
    log beside it, which the switch, another user of the system, could not write to.
    """
    with suppress(OSError), path.open("rb") as file:
        return file.read(20)[18:] == AHEAD and not path.with_name(f"{path.name}-wal").exists()
    return False


def _server(url: URL, driver: str) -> Engine:
    if driver == "postgresql+psycopg":
        options = f"-c default_transaction_read_only=on -c statement_timeout={QUERY_SECONDS * 1000}"
        more: dict[str, Any] = {"connect_timeout": CONNECT_SECONDS, "options": options}
    else:
        more = {
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": QUERY_SECONDS + CONNECT_SECONDS,
            "init_command": "SET SESSION TRANSACTION READ ONLY",
            "charset": "utf8mb4",
        }
    engine = create_engine(url, poolclass=QueuePool, pool_size=1, pool_pre_ping=True, connect_args=more)
    if driver == "mysql+pymysql":
        sa.event.listen(engine, "connect", _limited)
    return engine


def _limited(connection: Any, _: Any) -> None:
    """Let the server itself end a query that takes too long."""
    with connection.cursor() as cursor:
        for name, unit in LIMITS.items():
            with suppress(connection.Error):
                cursor.execute(f"SET SESSION {name} = {QUERY_SECONDS * unit}")


@contextmanager
def said(engine: Engine) -> Iterator[None]:
    """Whatever goes wrong within becomes a SourceProblem: one sentence, without the password."""
    where = f"The database {engine.url.render_as_string(hide_password=True)}"
    try:
        yield
    except NoSuchTableError as error:
        raise SourceProblem(
            Sentence("{where} has no table {error}.", where=where, error=str(error))
        ) from None
    except OperationalError as error:
        raise SourceProblem(
            Sentence("{where} cannot be read: {error}.", where=where, error=_short(error))
        ) from None
    except (SQLAlchemyError, OSError, ValueError) as error:
        raise SourceProblem(Sentence("{where} answers: {error}.", where=where, error=_short(error))) from None


def _short(error: Exception) -> str:
    """What the server said, without the statement and the driver's numbers."""
    inner = getattr(error, "orig", None) or error
    words = inner.args[-1] if inner.args else str(inner)
    return " ".join(str(words).split()).rstrip(".")[:300] or type(inner).__name__


def reflected(engine: Engine, name: str) -> Table:
    """The table of that name (or schema.name) with the columns it has. Raises SourceProblem."""
    schema, _, short = name.rpartition(".")
    lite = [("column_reflect", _as_it_is)] if engine.dialect.name == "sqlite" else []
    with said(engine):
        return Table(short, sa.MetaData(), autoload_with=engine, schema=schema or None, listeners=lite)


def _as_it_is(_inspector: Any, _table: Any, column: Any) -> None:
    """SQLite keeps anything in a column, whatever its type is called; what is no time holds nothing up."""
    if not isinstance(column["type"], sa.Integer):
        column["type"] = NullType()


def has_table(engine: Engine, name: str) -> bool:
    """Whether there is a table or view of that name (or schema.name). Raises SourceProblem."""
    schema, _, short = name.rpartition(".")
    with said(engine):
        return bool(sa.inspect(engine).has_table(short, schema=schema or None))


def rows_of(engine: Engine, query: Select[Any]) -> Sequence[Row[Any]]:
    """The rows of a query, in a transaction that is over afterwards. Raises SourceProblem."""
    with said(engine), engine.connect() as connection:
        found: Sequence[Row[Any]] = connection.execute(query).all()
        connection.rollback()
        return found


def count_of(engine: Engine, table: Table) -> int:
    """How many rows a table has. Raises SourceProblem."""
    (row,) = rows_of(engine, select(func.count()).select_from(table))
    return int(row[0])


def text_of(value: Any) -> str:
    """A value of a row as the builder of calls takes it; '' for NULL. Times keep their zone if they have one,
    lengths become seconds.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, timedelta):
        return str(value.total_seconds())
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    if isinstance(value, float):
        return f"{value:.6f}"
    return str(value)
