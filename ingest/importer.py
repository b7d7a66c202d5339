"""The import of a file, exactly once: a second process makes chunks ready while the database commits the one
before.

Each chunk is one transaction of its calls, their sums, the import's counts and its rejects. Killed at any
instant, an import has stored whole chunks; run again, it finds those known and adds the rest.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.errors import AutoReconnect, ConfigurationError, PyMongoError

from ingest import late
from ingest.files import Chunk, Source
from ingest.formats import recognise, switch_of
from ingest.pipeline import Marked, elsewhere, here
from ingest.recipe import Options, Recipe
from ingest.texts import decoded
from ingest.work import Task, Work, few_collections
from store import imports, marks, rejects
from store.database import Store
from store.errors import CdrStatsError, ImportProblem, StoreError
from store.ledger import Receipt, commit
from store.marks import Counts
from store.numbers import Numbering
from store.record import CDR, storable
from store.sentence import Sentence

SMALL = 4 << 20
"""A file of less bytes is imported faster without another process."""
PATIENCE = 60.0
"""Seconds that a database that went away is waited for, after the driver's own attempts."""
HOPELESS = 100
"""So many rejects and no call at the beginning of a file: it is not what it was taken for."""
KEPT_COUNTS = ("foreign", "waits", "guessed", "skipped")
COUNTED = ("read", "new", "known", "corrected", "rejected")


Result = TypeVar("Result")


class Progress(NamedTuple):
    """How far an import is: bytes of the file (a `size` of 0 is not known), rows read and what became of
    them.
    """

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
    time, `guessed` counts calls of the hour that came twice which were taken as before the clocks went back,
    `skipped` rows that are not meant to be calls.
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
    guessed: int
    skipped: int
    reasons: dict[str, int]


class Incomplete(ImportProblem):
    """A file of which only the beginning could be read; `report` is what came of that."""

    def __init__(self, sentence: str, report: Report) -> None:
        super().__init__(sentence)
        self.report = report


Told = Callable[[Progress], None]
Said = Callable[[str], None]


def silent(_: Any) -> None:
    """Tell nobody."""


def run(store: Store, path: Path, options: Options, progress: Told = silent, say: Said = silent) -> Report:
    """Import a file; `say` hears what was recognised and what its owner should know, `progress` each commit.

    Raises ImportProblem for a file that cannot be read as a whole (Incomplete, when a part of it could), and
    StoreError when the database does not come back; what was committed until then stays.
    """
    now = datetime.now(UTC)
    with Source(path) as source:
        recipe = prepared(store, source, options, say)
        of = imports.begin(store, source.name, recipe.manner.switch, recipe.document(), now)
        rejects.ensure(store)
        task = Task(recipe, numberings(store), now)
        with noted(store, of):
            Committer(store, of, source, task, options.again).run(progress)
        return report_of(patiently(lambda: imports.finish(store, of, "done", datetime.now(UTC))))


@contextmanager
def noted(store: Store, of: ObjectId) -> Iterator[None]:
    """Note how an import ended that did not come to its end. A problem that comes after something was stored
    is raised as Incomplete.
    """
    try:
        yield
    except CdrStatsError as problem:
        found: dict[str, Any] = {}
        with suppress(PyMongoError):
            found = imports.finish(store, of, "failed", datetime.now(UTC), str(problem))
        if isinstance(problem, ImportProblem) and found.get("chunks"):
            raise Incomplete(str(problem), report_of(found)) from problem
        raise
    except KeyboardInterrupt:
        with suppress(PyMongoError):
            imports.finish(store, of, "interrupted", datetime.now(UTC))
        raise


def prepared(store: Store, source: Source, options: Options, say: Said) -> Recipe:
    """How the file is read, said aloud; the zone and the switch's name come from the settings when nobody
    gives them.
    """
    options = options._replace(switch=storable(options.switch.strip()))
    recipe = recognise(source.head(), options, source.name)
    told = options.switch or "switch" in dict(recipe.columns)
    switch = options.switch if told else switch_of(recipe)
    settings = store.settings.switches.get(switch)
    if settings and settings.zone and not options.zone:
        recipe = recognise(source.head(), options._replace(zone=settings.zone), source.name)
    say(f"{source.name}: {recipe.words}.")
    for note in recipe.notes:
        say(note)
    if not told:
        say(f"The switch is called {switch!r}; --switch NAME gives it another name.")
    return recipe._replace(manner=recipe.manner._replace(switch=switch))


def numberings(store: Store) -> dict[str, Numbering]:
    """How each switch of the settings writes numbers."""
    return {name: Numbering.from_settings(found) for name, found in store.settings.switches.items()}


def report_of(found: dict[str, Any]) -> Report:
    """The report of an import's document."""
    counts = {name: found[name] for name in imports.COUNTS}
    return Report(id=found["_id"], file=found["file"], reasons=dict(found["reasons"]), **counts)


class Committer:
    """Commits the chunks of one file in their order; a chunk that was committed before is only counted,
    unless its rows are to be looked at `again`.
    """

    def __init__(self, store: Store, of: ObjectId, source: Source, task: Task, again: bool = False) -> None:
        self._store, self._of, self._source, self._task = store, of, source, task
        self._switch = task.recipe.manner.switch
        self._reading = reading_of(task)
        stored = marks.stored(store, self._switch, self._reading)
        self._stored = {} if again else stored
        self._kept = rejects.Kept(store, self._switch)

    def run(self, progress: Told) -> None:
        """All of the file; `progress` hears each chunk."""
        so_far = Progress(0, self._source.size, 0, 0, 0, 0, 0)
        chunks = map(self._marked, self._source.chunks(self._task.recipe.shape))
        read = here if self._source.is_small(SMALL) else elsewhere
        with few_collections(), closing(read(chunks, self._task)) as ready:
            for number, (chunk, done) in enumerate(ready):
                counts = self._commit(chunk, number, done) if done else self._count_again(chunk, number)
                added = {name: getattr(so_far, name) + counts[name] for name in COUNTED}
                so_far = so_far._replace(position=chunk.chunk.position, **added)
                progress(so_far)

    def _marked(self, chunk: Chunk) -> Marked:
        mark = marks.mark_of(self._switch, self._reading, b"\n".join(chunk.records))
        return Marked(mark, chunk, known=not chunk.unfinished and mark in self._stored)

    def _count_again(self, chunk: Marked, number: int) -> Counts:
        found = self._stored[chunk.mark]
        counts = {**found, "new": 0, "known": found["calls"], "corrected": 0}
        patiently(lambda: imports.add(self._store, None, self._of, number, counts, {}))
        return counts

    def _commit(self, chunk: Marked, number: int, done: Work) -> Counts:
        """Store a chunk with its counts, rejects and mark, waiting for a database that went away."""
        if not number:
            _refuse_the_hopeless(self._source.name, done)
        passed = self._passed(chunk.chunk, done)
        counts: dict[str, int] = {}
        refused = list(done.rejects)

        def refuse(_: ClientSession, calls: list[CDR]) -> None:
            refused[len(done.rejects) :] = late.refused(calls)

        def also(session: ClientSession, receipt: Receipt) -> None:
            counts.update(counts_of(done, receipt) | {"rejected": len(refused)})
            reasons = Counter(reject.kind for reject in refused)
            imports.add(self._store, session, self._of, number, counts, reasons)
            rejects.remove(self._store, session, passed)
            rejects.note(self._store, session, self._of, self._source.name, self._switch, refused)
            if not (refused or chunk.chunk.unfinished):
                marks.note(self._store, session, chunk.mark, self._switch, self._reading, counts)

        patiently(lambda: commit(self._store, done.batch, also, refuse))
        return counts

    def _passed(self, chunk: Chunk, done: Work) -> list[UUID]:
        """The rejects that are rows of this chunk; those that are rejected again are noted anew."""
        if not self._kept:
            return []
        records = chunk.records[:-1] if done.waits else chunk.records
        return self._kept.among(decoded(records)[0])


def reading_of(task: Task) -> str:
    """How a file is read, as a text: whatever could make another call of the same row is in it."""
    numbers = sorted((name, repr(numbering)) for name, numbering in task.numberings.items())
    return f"{version('cdr-stats')} {sorted(task.recipe.document().items())} {numbers}"


def counts_of(done: Work, receipt: Receipt) -> dict[str, int]:
    """What a chunk came to, by the names of imports.COUNTS."""
    told = {"read": done.read, "rejected": len(done.rejects), "calls": sum(receipt)}
    return told | receipt._asdict() | {name: getattr(done, name) for name in KEPT_COUNTS}


def _refuse_the_hopeless(name: str, first: Work) -> None:
    if not first.batch.rows and len(first.rejects) >= HOPELESS:
        example = first.rejects[0]
        raise ImportProblem(
            Sentence(
                "None of the first {read} rows of {name} is a call; line {line} for example: "
                "{reason} Nothing was imported; --format, --map and --tz say how the file is to be "
                "read.",
                read=first.read,
                name=name,
                line=example.line,
                reason=example.reason,
            )
        )


def patiently(act: Callable[[], Result]) -> Result:
    """Do what may be done twice, again and again for PATIENCE seconds while the database is away.

    Raises StoreError, one sentence, when it stays away or refuses.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except PyMongoError as error:
            if not passing(error):
                raise StoreError(
                    Sentence("The database refuses what is to be stored: {error}", error=str(error))
                ) from error
            if time.monotonic() > end:
                raise StoreError(
                    Sentence(
                        "The database went away during the import and did not come back; run the "
                        "same command again when it is there: nothing is lost and nothing will be "
                        "doubled."
                    )
                ) from error
            time.sleep(0.2)


def passing(error: PyMongoError) -> bool:
    """Whether an error is that of a database that is away for a moment.

    A ConfigurationError is: a server that has just been started has no sessions until it is elected.
    """
    labels = ("TransientTransactionError", "RetryableWriteError", "UnknownTransactionCommitResult")
    return isinstance(error, AutoReconnect | ConfigurationError) or any(map(error.has_error_label, labels))
