"""The import against plain `insert_many` of ready documents with the same indexes, and against the manual's
way.
"""

import statistics
import subprocess
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.ground import console, ground, sample_file, seconds
from ingest.importer import run
from ingest.recipe import Options
from store import partitions
from store.database import Store

CALLS = 200_000
ROUNDS = 3
BATCH = 10_000
BY_HAND = 2_000
Documents = list[list[dict[str, Any]]]


def insert_many(store: Store, batches: Documents) -> float:
    """Calls a second of `insert_many` with documents that are ready, majority acknowledged, with our
    indexes.
    """
    fresh(store)
    names = {partitions.name_of(document["start"]) for batch in batches for document in batch}
    partitions.ensure(store, names)
    count = sum(map(len, batches))
    return count / seconds(lambda: _insert(store, batches))


def _insert(store: Store, batches: Documents) -> None:
    for batch in batches:
        for name, documents in groupby(batch, key=lambda document: partitions.name_of(document["start"])):
            store.db[name].insert_many(list(documents))


def ours(store: Store, path: Path, anew: bool) -> float:
    """Calls a second from the file to queryable sums; not `anew`: of a file whose calls are all known."""
    if anew:
        fresh(store)
    reports = []
    spent = seconds(lambda: reports.append(run(store, path, Options())))
    return reports[0].calls / spent


def by_hand(store: Store, documents: Iterable[dict[str, Any]]) -> float:
    """Calls a second of the manual's design: per call one insert and two upserts with nested hours and
    minutes.
    """
    fresh(store)
    partitions.ensure(store, {"cdr_202608"})
    made = list(documents)

    return len(made) / seconds(lambda: _all_by_hand(store, made))


def _all_by_hand(store: Store, made: Iterable[dict[str, Any]]) -> None:
    for call in made:
        _by_hand(store, call)


def _by_hand(store: Store, call: dict[str, Any]) -> None:
    start, spent = call["start"], call["mduration"] // 1000
    who = {"switch_id": call["switch"], "country_id": call["country"], "accountcode": call["account"]}
    place = "/".join(who.values())
    monthly = {"call_monthly": 1, "duration_monthly": spent}
    daily = {
        "call_daily": 1,
        f"call_hourly.{start.hour}": 1,
        f"call_minute.{start.hour}.{start.minute}": 1,
        "duration_daily": spent,
        f"duration_hourly.{start.hour}": spent,
        f"duration_minute.{start.hour}.{start.minute}": spent,
    }
    store.db["cdr_202608"].insert_one(call)
    for name, key, counts in (
        ("monthly_analytic", f"{start:%Y%m}/{place}", monthly),
        ("daily_analytic", f"{start:%Y%m%d}/{place}/{call['cause']}", daily),
    ):
        store.db[name].update_one({"_id": key}, {"$set": {"metadata": who}, "$inc": counts}, upsert=True)


def fresh(store: Store) -> None:
    """An empty database."""
    store.client.drop_database(store.db.name)
    store.partitions.clear()
    store.noted.clear()


def ready(path: Path, store: Store) -> Documents:
    """The documents of a file, made beforehand."""
    fresh(store)
    run(store, path, Options())
    found: list[dict[str, Any]] = []
    for name in partitions.existing(store):
        found += store.db[name].find({}).sort("_id", 1)
    return [found[i : i + BATCH] for i in range(0, len(found), BATCH)]


def memory_mb(path: Path, folder: Path) -> float:
    """The largest resident size of an import of this file, in MB; mongod is left out."""
    command = [sys.executable, "-c", _MEASURED, str(path), str(folder)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])


_MEASURED = """
import resource, sys
from pathlib import Path
from ingest.importer import run
from ingest.recipe import Options
from store.database import open_store
from store.settings import Settings
if __name__ == "__main__":
    with open_store(Settings(data=Path(sys.argv[2]))) as store:
        run(store, Path(sys.argv[1]), Options())
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def show() -> None:
    """All rates in one run, rounds interleaved, medians and ratios."""
    with ground() as store, sample_file(CALLS) as path:
        documents = ready(path, store)
        rates: dict[str, list[float]] = {"insert_many": [], "import": [], "again": []}
        for _ in range(ROUNDS):
            rates["insert_many"].append(insert_many(store, documents))
            rates["import"].append(ours(store, path, anew=True))
            rates["again"].append(ours(store, path, anew=False))
        manual = by_hand(store, (call for batch in documents for call in batch[: BY_HAND // len(documents)]))
    middle = {name: statistics.median(found) for name, found in rates.items()}
    table = Table(title=f"Import of {CALLS:,} calls over 90 days, calls a second", title_justify="left")
    for column in ("what", "calls/s", "ratio to insert_many"):
        table.add_column(column, justify="left" if column == "what" else "right")
    rows = {
        "insert_many of ready documents, same indexes": middle["insert_many"],
        "import from CSV to queryable sums": middle["import"],
        "the same file again, all known": middle["again"],
        "the manual's design, a call at a time": manual,
    }
    for words, rate in rows.items():
        table.add_row(words, f"{rate:,.0f}", f"{rate / middle['insert_many']:.2f}")
    console.print(table)
    console.print(
        f"Import is {middle['import'] / manual:.0f} times the manual's design; known rows are "
        f"{middle['again'] / middle['import']:.1f} times as fast as new ones.\n"
    )
