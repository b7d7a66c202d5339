"""Real calls through a running Kamailio into each of its databases, read while it writes: every call is there
once, with the cause and the talk that the proxy's own rows tell.
"""

import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from threading import Event
from typing import NamedTuple
from urllib.parse import unquote

from rich.table import Table

from bench.ground import console, environment, ground
from ingest.feed import Feed
from store import sources
from store.database import Store
from store.verify import verify
from tests import databases
from tests.ingest.feeding import feed, now, stored, writer
from tests.ingest.real_sip.proxy import CALLS, Proxy, proxied
from tests.ingest.test_kamailio_sources import CAUSES, SCRIPTS, proxy_of, talk

SHIPPED = Path("/usr/share/kamailio")
EXTRA = SCRIPTS[-1]
RATE, EVERY, PATIENCE = 4, 1.0, 60


class Where(NamedTuple):
    """A database: Kamailio's name of it, the address that Kamailio writes to, the one that we read."""

    kind: str
    written: str
    read: str


def _schema(system: str) -> str:
    """What Kamailio ships for a database, and the columns that its configuration adds."""
    files = [SHIPPED / system / f"{part}-create.sql" for part in ("standard", "acc")]
    return "\n".join(path.read_text(encoding="utf-8") for path in (*files, EXTRA))


@contextmanager
def _sqlite(folder: Path, store: Store) -> Iterator[Where]:
    path = folder / "kamailio.sqlite"
    with closing(sqlite3.connect(path)) as made:
        made.executescript(_schema("db_sqlite"))
        made.execute("pragma journal_mode = wal")
    yield Where("sqlite", f"sqlite:///{path}", f"sqlite:///{path}")


@contextmanager
def _mariadb(folder: Path, store: Store) -> Iterator[Where]:
    with databases.mariadb(folder, _schema("mysql")) as address:
        written = f"mysql://{databases.LOGIN}:{databases.PASSWORD}@localhost/calls"
        with environment(MYSQL_UNIX_PORT=address.partition("unix_socket=")[2]):
            yield Where("mysql", written, address)


@contextmanager
def _postgres(folder: Path, store: Store) -> Iterator[Where]:
    with databases.postgres() as address:
        with writer(address).begin() as connection:
            connection.exec_driver_sql(_schema("postgres"))
        with environment(PGHOST=unquote(address.partition("host=")[2])):
            yield Where("postgres", "postgres://postgres:none@/postgres", address)


@contextmanager
def _mongodb(folder: Path, store: Store) -> Iterator[Where]:
    host = next(iter(store.client.topology_description.server_descriptions()))[0].replace("/", "%2F")
    name = f"{store.db.name}_kam"
    yield Where("mongodb", f"mongodb://{host}/{name}", f"mongodb://{host}/{name}")


DATABASES: dict[str, Callable[[Path, Store], AbstractContextManager[Where]]] = {
    "SQLite": _sqlite,
    "MariaDB": _mariadb,
    "PostgreSQL": _postgres,
    "MongoDB": _mongodb,
}


class Seen(NamedTuple):
    """What came of a run: the calls that the proxy wrote (Kamailio gives up a row when its SQLite is
    locked), those in the store, how many of them while they were placed, whether causes and talk
    are as they should be, what a second reading found new, and whether the sums agree.
    """

    written: int
    calls: int
    early: int
    causes: bool
    talk: bool
    again: int
    sums: bool

    @property
    def right(self) -> bool:
        """Whether all is as it should be."""
        whole, placed = (True, True, 0, True), sum(CALLS.values())
        there = self.written == self.calls == placed and self.early > 0
        return there and (self.causes, self.talk, self.again, self.sums) == whole


def _placed(proxy: Proxy, found: Feed, pause: Event) -> int:
    """Place all calls while the source is looked at every second; gives how many came meanwhile."""
    running = [proxy.place(kind, rate=RATE) for kind in CALLS]
    early = 0
    while any(process.poll() is None for process in running):
        early += found.look(now).new
        pause.wait(EVERY)
    assert all(process.wait() == 0 for process in running), "a caller's calls did not go as its scenario says"
    return early


def _written(where: Where, store: Store) -> int:
    """How many calls the proxy's own accounting has."""
    if where.kind == "mongodb":
        return store.client[f"{store.db.name}_kam"]["acc_cdrs"].count_documents({})
    with writer(where.read).connect() as connection:
        return int(connection.exec_driver_sql("select count(*) from acc_cdrs").scalar_one())


def _run(where: Where, folder: Path, store: Store) -> Seen:
    found, pause = feed(store, proxy_of(where.read), where.read), Event()
    with closing(found), proxied(folder, where.kind, where.written) as proxy:
        total = early = _placed(proxy, found, pause)
        for _ in range(PATIENCE):
            if total == sum(CALLS.values()):
                break
            pause.wait(EVERY)
            total += found.look(now).new
    sources.rewind(store, "proxy", now())
    with closing(found):
        again = found.look(now).new
    there = stored(store)
    answered = {call.uuid: call.billmsec for call in there if call.answered}
    causes = Counter(call.cause for call in there) == CAUSES
    talks, written = answered == talk(where.read, store), _written(where, store)
    return Seen(written, len(there), early, causes, talks, again, verify(store) == [])


def show() -> None:
    """A row for each database. Raises SystemExit when one of them is not as it should be."""
    table = Table(
        "database", "written", "calls", "while placing", "causes", "talk", "new when read again", "sums"
    )
    wrong = []
    for name, database in DATABASES.items():
        with ground() as store, tempfile.TemporaryDirectory(prefix="sip-") as temporary:
            folder = Path(temporary).resolve()
            with database(folder, store) as where:
                seen = _run(where, folder, store)
        table.add_row(name, *(str(value) for value in seen))
        wrong += [] if seen.right else [name]
    console.print(table)
    console.print(f"{sum(CALLS.values())} real calls through Kamailio, placed by SIPp.\n")
    if wrong:
        raise SystemExit(f"Not as it should be: {', '.join(wrong)}.")
