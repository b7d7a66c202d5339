"""`python -m bench [PART ...]`: imports, memory, queries, pages, kills, fuzz, latency, post, folder,
proxies, alarms, fraud, mail, api, schema, people; all of them without a name.
"""

import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import (
    alarms,
    api,
    figures,
    folder,
    fraud,
    fuzz,
    imports,
    kills,
    latency,
    mail,
    pages,
    people,
    post,
    proxies,
    schema,
    search,
)
from bench.ground import console, ground, sample_file, seconds
from ingest.importer import run
from ingest.recipe import Options
from store import concurrency

DEMO, SMALL, LARGE = 200_000, 1_000_000, 5_000_000


def memory() -> None:
    """The import's memory for a file and for one ten times as long."""
    for calls in (100_000, SMALL):
        with sample_file(calls) as path, tempfile.TemporaryDirectory(prefix="cdr-bench-") as folder:
            used = imports.memory_mb(path, Path(folder))
            console.print(f"Memory of an import of {calls:,} calls: {used:.0f} MB at most.")
    console.print()


def queries() -> None:
    """Figures at both sizes; at the larger one also the search, by itself and by the REST API."""
    found = {}
    for calls in (SMALL, LARGE):
        with ground() as store, sample_file(calls) as path:
            spent = seconds(lambda: run(store, path, Options()))
            console.print(f"{calls:,} calls imported in {spent:,.0f} s: {calls / spent:,.0f} calls a second.")
            found[calls] = figures.ask(store, figures.load(path, store))
            if calls == LARGE:
                figures.show(found)
                search.show(store)
                api.searches(store, LARGE)


def screens() -> None:
    """The pages over what the demo has."""
    with ground(query_seconds=2.0) as store, sample_file(DEMO) as path:
        run(store, path, Options())
        concurrency.refresh(store)
        pages.show(store)


PARTS: dict[str, Callable[[], None]] = {
    "imports": imports.show,
    "memory": memory,
    "queries": queries,
    "pages": screens,
    "kills": kills.show,
    "fuzz": fuzz.show,
    "latency": latency.show,
    "post": post.show,
    "folder": folder.show,
    "proxies": proxies.show,
    "alarms": alarms.show,
    "fraud": fraud.show,
    "mail": mail.show,
    "api": api.show,
    "schema": schema.show,
    "people": people.show,
}


def main(names: list[str]) -> None:
    """Run the parts that are named, or all."""
    console.print(f"{platform.machine()}, Python {platform.python_version()}\n")
    for name in names or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
