"""The import of a file, exactly once: a second process makes chunks ready while the database commits the one
before.

Each chunk is one transaction of its calls, their sums, the import's counts and its rejects. Killed at any
instant, an import has stored whole chunks; run again, it finds those known and adds the rest.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.errors import AutoReconnect, PyMongoError

from ingest.files import Chunk, Source
from ingest.formats import recognise
from ingest.recipe import Options, Recipe
from ingest.work import Parser, Task, Work, begin, few_collections, work
from store import imports, rejects
from store.database import Store
from store.errors import CdrStatsError, ImportProblem, StoreError
from store.ledger import Receipt, commit
from store.numbers import Numbering

SMALL = 4 << 20
"""A file of less bytes is imported faster without another process."""
PROCESSES = 1
AHEAD = 2
"""Chunks made ready beyond the one that is being committed; what bounds the memory."""
PATIENCE = 60.0
"""Seconds that a database that went away is waited for, after the driver's own attempts."""
HOPELESS = 100
"""So many rejects and no call at the beginning of a file: it is not what it was taken for."""
SWITCH = {"cdr_csv": "asterisk", "cdr_custom": "asterisk"}
"""How the switch is called when nobody says."""
DEFAULT_SWITCH = "default"


class Progress(NamedTuple):
    """How far an import is: bytes of the file, rows read and what became of them."""

    position: int
    size: int
    read: int
    new: int
    known: int
    corrected: int
    rejected: int


class Report(NamedTuple):
    """What came of an import. `calls` is new + known + corrected; `reasons` counts rejected rows by kind.

    `foreign` counts rows that were no UTF-8, `waits` is 1 when an unfinished last line waits for the next
    time.
    """

    id: ObjectId
    file: str
    read: int
    calls: int
    new: int
    known: int
    corrected: int
    rejected: int
    foreign: int
    waits: int
    reasons: dict[str, int]


Told = Callable[[Progress], None]
Said = Callable[[str], None]


def silent(_: Any) -> None:
    """Tell nobody."""


def run(store: Store, path: Path, options: Options, progress: Told = silent, say: Said = silent) -> Report:
    """Import a file; `say` hears what was recognised and what its owner should know, `progress` each commit.

    Raises ImportProblem for a file that cannot be read as
    a whole, and StoreError when the database does not come back; what was committed until then stays.
    """
    now = datetime.now(UTC)
    with Source(path) as source:
        recipe = prepared(store, source, options, say)
        of = imports.begin(store, source.name, recipe.manner.switch, recipe.document(), now)
        rejects.ensure(store)
        task = Task(recipe, numberings(store), now)
        try:
            _commit_all(store, of, source, task, progress)
        except CdrStatsError as problem:
            imports.finish(store, of, "failed", datetime.now(UTC), str(problem))
            raise
        except KeyboardInterrupt:
            imports.finish(store, of, "interrupted", datetime.now(UTC))
            raise
        return report_of(imports.finish(store, of, "done", datetime.now(UTC)))


def prepared(store: Store, source: Source, options: Options, say: Said) -> Recipe:
    """How the file is read, said aloud; the zone and the switch's name come from the settings when nobody
    gives them.
    """
    settings = store.settings.switches.get(options.switch or SWITCH["cdr_csv"])
    zone = options.zone or (settings.zone if settings and settings.zone else "UTC")
    recipe = recognise(source.head(), options._replace(zone=zone), source.name)
    say(f"{source.name}: {recipe.words}.")
    for note in recipe.notes:
        say(note)
    if recipe.manner.switch or "switch" in dict(recipe.columns):
        return recipe
    switch = SWITCH.get(recipe.format, DEFAULT_SWITCH)
    say(f"The switch is called {switch!r}; --switch NAME gives it another name.")
    return recipe._replace(manner=recipe.manner._replace(switch=switch))


def numberings(store: Store) -> dict[str, Numbering]:
    """How each switch of the settings writes numbers."""
    return {name: Numbering.from_settings(found) for name, found in store.settings.switches.items()}


def report_of(found: dict[str, Any]) -> Report:
    """The report of an import's document."""
    counts = {name: found[name] for name in imports.COUNTS}
    return Report(id=found["_id"], file=found["file"], reasons=dict(found["reasons"]), **counts)


def _commit_all(store: Store, of: ObjectId, source: Source, task: Task, progress: Told) -> None:
    so_far = Progress(0, source.size, 0, 0, 0, 0, 0)
    chunks = source.chunks(task.recipe.shape)
    reader = _here if source.size < SMALL else _elsewhere
    with few_collections(), closing(reader(chunks, task)) as parsed:
        for number, done in enumerate(parsed):
            if not number:
                _refuse_the_hopeless(source.name, done)
            receipt = _commit(store, of, source.name, task.recipe.manner.switch, number, done)
            so_far = _further(so_far, done, receipt)
            progress(so_far)


def _further(so_far: Progress, done: Work, receipt: Receipt) -> Progress:
    return Progress(
        done.position,
        so_far.size,
        so_far.read + done.read,
        so_far.new + receipt.new,
        so_far.known + receipt.known,
        so_far.corrected + receipt.corrected,
        so_far.rejected + len(done.rejects),
    )


def _here(chunks: Iterator[Chunk], task: Task) -> Generator[Work, None, None]:
    """The chunks made ready in this process, which a small file is imported fastest by."""
    parser = Parser(task)
    for chunk in chunks:
        yield parser.work(chunk)


def _elsewhere(chunks: Iterator[Chunk], task: Task) -> Generator[Work, None, None]:
    """The chunks made ready by other processes, in order, a few ahead of who takes them."""
    pool = ProcessPoolExecutor(PROCESSES, get_context("spawn"), initializer=begin, initargs=(task,))
    ahead: deque[Future[Work]] = deque()
    damage = None
    try:
        while True:
            try:
                while len(ahead) < PROCESSES + AHEAD and damage is None:
                    ahead.append(pool.submit(work, next(chunks)))
            except (StopIteration, ImportProblem) as end:
                damage = end
            if not ahead:
                break
            yield ahead.popleft().result()
    except BrokenProcessPool as error:
        raise ImportProblem(
            "The process that reads the file was ended from outside; run the same command again."
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    if isinstance(damage, ImportProblem):
        raise damage


def _refuse_the_hopeless(name: str, first: Work) -> None:
    if not first.batch.rows and len(first.rejects) >= HOPELESS:
        example = first.rejects[0]
        raise ImportProblem(
            f"None of the first {first.read:,} rows of {name} is a call; line {example.line} for example: "
            f"{example.reason} Nothing was imported; --format, --map and --tz say how the file is to be read."
        )


def _commit(store: Store, of: ObjectId, name: str, switch: str, number: int, done: Work) -> Receipt:
    """Store one chunk with its counts and rejects, waiting for a database that went away."""
    reasons = Counter(reject.kind for reject in done.rejects)

    def also(session: ClientSession, receipt: Receipt) -> None:
        counts = {
            "read": done.read,
            "calls": sum(receipt),
            **receipt._asdict(),
            "rejected": len(done.rejects),
            "foreign": done.foreign,
            "waits": done.waits,
        }
        imports.add(store, session, of, number, counts, reasons)
        rejects.note(store, session, of, name, switch, done.rejects)

    return patiently(lambda: commit(store, done.batch, also))


def patiently(act: Callable[[], Receipt]) -> Receipt:
    """Do what may be done twice, again and again for PATIENCE seconds while the database is away.

    Raises StoreError, one sentence, when it stays away or refuses.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except AutoReconnect as error:
            if time.monotonic() > end:
                raise StoreError(
                    "The database went away during the import and did not come back; run the same command "
                    "again when it is there: nothing is lost and nothing will be doubled."
                ) from error
            time.sleep(0.2)
        except PyMongoError as error:
            raise StoreError(f"The database refuses what is to be stored: {error}") from error
