"""Kill -9 of the importer and of mongod at random instants of an import: afterwards everything is exact."""

import csv
import os
import random
import signal
import tempfile
import threading
import time
from pathlib import Path

import psutil

from bench.ground import DAYS, SEED, UNTIL, console
from ingest import sample
from ingest.importer import run
from ingest.recipe import Options
from store import queries
from store.database import Store, open_store
from store.scope import Scope
from store.settings import Settings
from store.verify import verify
from tests.ingest.killing import import_through_kills

CALLS = 1_000_000
IMPORTER_KILLS = 50
LONGEST = 4.0
SERVER_KILLS = 10


def prove(store: Store, path: Path) -> None:
    """Raises AssertionError unless the sums agree with the records and the totals with the file."""
    with path.open(encoding="utf-8", newline="") as file:
        lengths = [int(row["billsec"]) for row in csv.DictReader(file)]
    found = queries.totals(store, Scope(UNTIL.replace(year=UNTIL.year - 1), UNTIL)).iloc[0]
    assert verify(store) == []
    assert (int(found["calls"]), int(found["billsec"])) == (len(lengths), sum(lengths))


def importer(folder: Path, path: Path) -> int:
    """Kill imports of the file, let one finish; gives how many were really killed."""
    data = folder / "importer"
    with open_store(Settings(data=data)) as store:
        killed = import_through_kills(
            [str(path)], {"CDR_STATS_DATA": str(data)}, IMPORTER_KILLS, SEED, LONGEST
        )
        prove(store, path)
    return killed


class Killer(threading.Thread):
    """Kills the mongod of a data folder again and again, each time a while after it came back."""

    def __init__(self, data: Path, store: Store) -> None:
        super().__init__(daemon=True)
        self.data, self.store, self.killed, self.over = str(data), store, 0, threading.Event()

    def run(self) -> None:
        """Until it is over."""
        rng = random.Random(SEED)
        while self.killed < SERVER_KILLS and not self.over.wait(rng.uniform(0.3, 2.0)):
            for process in psutil.process_iter(["name", "cmdline"]):
                if process.info["name"] == "mongod" and self.data in " ".join(process.info["cmdline"] or ()):
                    os.kill(process.pid, signal.SIGKILL)
                    self.killed += 1
            while not self.store.alive() and not self.over.is_set():
                time.sleep(0.05)


def server(folder: Path, path: Path) -> int:
    """Kill the server under an import; gives how often."""
    data = folder / "server"
    with open_store(Settings(data=data)) as store:
        killer = Killer(data, store)
        killer.start()
        while killer.killed < SERVER_KILLS:
            run(store, path, Options())
            if killer.killed < SERVER_KILLS:
                store.client.drop_database(store.db.name)
                store.partitions.clear()
                store.noted.clear()
        killer.over.set()
        killer.join()
        run(store, path, Options())
        prove(store, path)
    return killer.killed


def show() -> None:
    """Both, with what was proved."""
    with tempfile.TemporaryDirectory(prefix="cdr-bench-") as name:
        folder = Path(name)
        path = folder / "sample.csv"
        sample.write(path, DAYS, CALLS, SEED, UNTIL)
        killed = importer(folder, path)
        console.print(
            f"{killed} of {IMPORTER_KILLS} imports killed (-9) in the middle: sums and totals exact."
        )
        console.print(
            f"mongod killed (-9) {server(folder, path)} times under imports: sums and totals exact.\n"
        )
