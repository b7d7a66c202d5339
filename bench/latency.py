"""How soon a call is there after its hang-up, how fast a backlog drains, and how soon a killed leader is
followed: all by `cdr-stats up` as an operator runs it.
"""

import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psutil
import sqlalchemy as sa
from playwright.sync_api import Page
from rich.table import Table

from bench.ground import SEED, console, ground, sample_file, seconds
from bench.pages import browser
from ingest.importer import run
from ingest.recipe import Options
from ingest.sources import configure
from store import lease, months, sources
from store.database import Store, open_store
from store.settings import Settings
from tests.ingest.asterisk_rows import master
from tests.ingest.freeswitch_reports import A_LEG, changed
from tests.ingest.posting import form, posted
from tests.ingest.test_sql_sources import CDR_TABLE, row

CALLS = 30
BACKLOG = 1_000_000
HANDOVERS = 3
COMMAND = (sys.executable, "-c", "from app.cli import main; main()")
ALLOWED = 5.0
"""Seconds from hang-up to visible that an operator was promised."""

Hang = Callable[[int], None]


class Waited(NamedTuple):
    """Seconds from a hang-up until the call was in the store, and until the dashboard showed it."""

    stored: float
    shown: float


@contextmanager
def started(data: Path, *command: str) -> Iterator["subprocess.Popen[str]"]:
    """A command of the program on a data folder, asked to end afterwards."""
    environment = {**os.environ, "CDR_STATS_DATA": str(data)}
    process = subprocess.Popen((*COMMAND, *command), env=environment, stdout=subprocess.PIPE, text=True)
    with process:
        try:
            yield process
        finally:
            process.terminate()


def address(process: "subprocess.Popen[str]") -> str:
    """Where the web server says that it is."""
    assert process.stdout
    line = next(line for line in process.stdout if "CDR-Stats is at" in line)
    return line.split(" at ")[1].split(" ")[0]


def wait(until: Callable[[], bool], pause: float = 0.002) -> None:
    """Look again and again until it is so."""
    while not until():
        time.sleep(pause)


def of_a_file(store: Store, folder: Path) -> Hang:
    """Asterisk writes a line to its Master.csv."""
    path = folder / "Master.csv"
    path.write_text("", encoding="utf-8")
    _add(store, "file", {"path": str(path)})

    def hang_up(number: int) -> None:
        end = datetime.now(UTC)
        start = end - timedelta(seconds=60)
        line = master(
            start=f"{start:%F %T}", answer=f"{start:%F %T}", end=f"{end:%F %T}", duration="60", billsec="60",
            uniqueid=f"{end.timestamp():.0f}.{number}",
        )  # fmt: skip
        with path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    return hang_up


def of_posts(store: Store, folder: Path) -> Hang:
    """FreeSWITCH posts a report."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    _add(store, "freeswitch_post", {"port": port})
    wait(lambda: _listens(port))

    def hang_up(number: int) -> None:
        uuid = f"00000000-0000-4000-8000-{number:012}"
        end = int(time.time() * 1_000_000)
        start = str(end - 60_000_000)
        report = changed(
            "a-leg", uuid=uuid, call_uuid=uuid, uduration="60000000", billusec="60000000",
            start_uepoch=start, answer_uepoch=start, end_uepoch=str(end),
        )  # fmt: skip
        assert posted(port, form(report.replace(A_LEG, uuid))).status == 200

    return hang_up


def of_a_table(store: Store, folder: Path) -> Hang:
    """Asterisk writes a row to its table cdr, here of SQLite, in the layout of FreePBX."""
    engine = sa.create_engine(f"sqlite:///{folder / 'cdr.sqlite'}")
    CDR_TABLE.create(engine)
    _add(store, "asterisk_sql", {"address": str(engine.url)})

    def hang_up(number: int) -> None:
        began = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=60)
        unique = f"{began.timestamp():.0f}.{number}"
        told = row(1, calldate=began, uniqueid=unique, linkedid=unique, billsec=60)
        with engine.begin() as connection:
            connection.execute(CDR_TABLE.insert(), [told])

    return hang_up


WAYS: Mapping[str, Callable[[Store, Path], Hang]] = {"file": of_a_file, "POST": of_posts, "table": of_a_table}


def _add(store: Store, kind: str, options: dict[str, object]) -> None:
    configure(store, kind, kind, kind, "UTC", options, "command", datetime.now(UTC))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def waited(store: Store, page: Page, hang_up: Hang, number: int) -> Waited:
    """A call hangs up at a random moment between two looks of everybody."""
    time.sleep(random.Random(number).uniform(2.0, 4.0))
    before, shown = months.version(store), _calls(page)
    begun = time.monotonic()
    hang_up(number)
    wait(lambda: months.version(store) > before)
    stored = time.monotonic() - begun
    wait(lambda: _calls(page) > shown, 0.02)
    return Waited(stored, time.monotonic() - begun)


def _calls(page: Page) -> int:
    """The calls that the dashboard shows; none while it says that there are none."""
    tiles = page.locator(".tile b")
    text = tiles.first.inner_text() if tiles.count() else ""
    return int(text.replace(",", "")) if text[:1].isdigit() else 0


def hang_ups() -> None:
    """A table of how long callers' records take."""
    table = Table("seconds from hang-up", "in the store: median", "most", "on the dashboard: median", "most")
    worst = 0.0
    with tempfile.TemporaryDirectory(prefix="cdr-bench-") as name, browser() as chromium:
        folder = Path(name)
        with started(folder, "up", "--port", "0") as process, open_store(Settings(data=folder)) as store:
            page = chromium.new_page()
            page.goto(f"{address(process)}dashboard")
            for way, added in WAYS.items():
                hang_up = added(store, folder)
                found = [waited(store, page, hang_up, number) for number in range(CALLS)]
                columns = [[one.stored for one in found], [one.shown for one in found]]
                worst = max(worst, *columns[1])
                figures = [f"{of(column):.2f}" for column in columns for of in (statistics.median, max)]
                table.add_row(way, *figures)
    console.print(table)
    console.print(f"Promised are {ALLOWED:g} s: {'kept' if worst < ALLOWED else 'BROKEN'}.\n")


def drain() -> None:
    """A backlog of a file that grew while no worker ran, against the import of the same file."""
    with sample_file(BACKLOG) as path:
        with ground() as store:
            imported = BACKLOG / seconds(lambda: run(store, path, Options()))
        with tempfile.TemporaryDirectory(prefix="cdr-bench-") as name:
            data = Path(name)
            with open_store(Settings(data=data)) as store:
                _add(store, "file", {"path": str(path)})
                with started(data, "worker"):
                    drained = BACKLOG / seconds(lambda: wait(lambda: _read(store) >= BACKLOG, 0.05))
    console.print(
        f"A backlog of {BACKLOG:,} rows drains at {drained:,.0f} calls a second, "
        f"{drained / imported:.2f} of the import of the same file ({imported:,.0f}).\n"
    )


def _read(store: Store) -> int:
    found = sources.get(store, "file")
    return int(found["counts"]["read"]) if found else 0


def hand_over() -> None:
    """Seconds from the kill of the leading worker until another one leads."""
    spent = []
    with tempfile.TemporaryDirectory(prefix="cdr-bench-") as name:
        data = Path(name)
        with open_store(Settings(data=data)) as store:
            for _ in range(HANDOVERS):
                with started(data, "worker") as first, started(data, "worker"):
                    wait(lambda: lease.leader(store) is not None)
                    time.sleep(random.Random(SEED).uniform(3, 5))
                    spent.append(seconds(lambda: _kill_the_leader(store)))
                    first.poll()
    told = ", ".join(f"{one:.1f}" for one in spent)
    console.print(f"A leader that is killed (kill -9) is followed after {told} s.\n")


def _kill_the_leader(store: Store) -> None:
    found = lease.leader(store)
    assert found is not None
    psutil.Process(found.pid).kill()
    wait(lambda: (now := lease.leader(store)) is not None and now.pid != found.pid)


def show() -> None:
    """All of them."""
    hang_ups()
    hand_over()
    drain()
