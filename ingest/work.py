"""A chunk of a file made ready for the store: parsed, refused or built, and encoded. Pure work, done in a
process of its own.
"""

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from ingest.files import Chunk
from ingest.formats import reading
from ingest.recipe import Recipe
from ingest.refused import Bad, Skipped
from ingest.rows import Builder
from ingest.splits import Cells
from ingest.texts import BLANK, CELL, decoded, is_clean, tidied
from store.batch import Batch, prepare
from store.numbers import Numbering
from store.record import CDR, Reject
from store.rejects import KEPT
from store.sentence import Sentence

REFUSED = (Bad, Skipped)
YOUNG = 1_000_000
"""Objects made before garbage is looked for."""


class Task(NamedTuple):
    """What every chunk of a file is read by; `numberings` are by switch, `now` bounds what may be a start."""

    recipe: Recipe
    numberings: Mapping[str, Numbering]
    now: datetime


class Work(NamedTuple):
    """A chunk made ready. `read` counts its rows, without headers and blank lines; `position` is the chunk's.

    `foreign` counts rows that were not UTF-8, `waits` is 1 when an unfinished last line was left for the next
    time, `guessed` counts calls of an hour that came twice which were taken as of the first, `skipped` rows
    that are not meant to be calls.
    """

    batch: Batch
    rejects: list[Reject]
    read: int
    foreign: int
    waits: int
    position: int
    guessed: int
    skipped: int


class Parsed(NamedTuple):
    """What a chunk holds: its calls and rejects, and the counts of `Work`."""

    calls: list[CDR]
    rejects: list[Reject]
    read: int
    foreign: int
    waits: int
    skipped: int


class Parser:
    """Reads the chunks of one file; it remembers minutes, numbers and causes between them."""

    def __init__(self, task: Task) -> None:
        recipe = task.recipe
        self._recipe, self._header = recipe, list(recipe.header)
        self._reading = reading(recipe, task.now)
        self._split, self._pick = self._reading.split, self._reading.pick
        self._builder = Builder(recipe.manner, task.numberings, task.now)
        self._call = self._builder.call
        self._document, self._reject = self._reading.calls, self._reading.reject or _reject

    def work(self, chunk: Chunk) -> Work:
        """The chunk made ready for the store."""
        before = self._builder.guessed
        calls, rejects, read, foreign, waits, skipped = self.parse(chunk)
        guessed = self._builder.guessed - before
        return Work(prepare(calls), rejects, read, foreign, waits, chunk.position, guessed, skipped)

    def parse(self, chunk: Chunk) -> Parsed:
        """What the chunk holds, before it is made ready for the store."""
        texts, foreign = decoded(chunk.records)
        rows = self._split(texts)
        waits = int(chunk.unfinished and self._may_grow(texts, rows, chunk.closed))
        if waits:
            texts, rows = texts[:-1], rows[:-1]
        clean = is_clean(chunk.records)
        calls: list[CDR] = []
        rejects: list[Reject] = []
        read, skipped, header = 0, 0, self._header
        for text, row, line in zip(texts, rows, chunk.lines, strict=False):
            if row in (header, BLANK):
                continue
            read += 1
            try:
                if self._document:
                    calls += self._document(text, self._builder)
                else:
                    calls.append(self._one(text, row, clean))
            except Bad as bad:
                rejects.append(self._reject(text, bad, line))
            except Skipped:
                skipped += 1
        return Parsed(calls, rejects, read, foreign, waits, skipped)

    def rows(self, text: str) -> list[CDR]:
        """The rows of calls that one record is, mostly one; raises Bad when it is none."""
        try:
            if self._document:
                return self._document(text, self._builder)
            return [self._one(text, self._split([text])[0], clean=False)]
        except Skipped:
            raise Bad("skipped", Sentence("The row is not meant to be a call.")) from None

    def _one(self, text: str, row: Cells, clean: bool) -> CDR:
        if isinstance(row, REFUSED):
            raise row
        clean = clean or (text.isascii() and text.isprintable())
        if len(text) > self._reading.longest:
            raise Bad("too long", Sentence("The line is longer than 64 kB."))
        if not clean or (len(text) > CELL and max(map(len, row)) > CELL):
            row = tidied(row, text)
        return self._call(self._pick(row), text)

    def _may_grow(self, texts: Sequence[str], rows: Sequence[Cells], closed: bool) -> bool:
        """Whether the last row, which has no line end, may be but the beginning of itself.

        In a closed file it is whole when it is as wide as it should be, and a call.
        """
        last, before = rows[-1], rows[-2] if len(rows) > 1 else None
        if not isinstance(last, list):
            return True
        if self._recipe.key_in_last and not (closed or texts[-1].endswith('"')):
            return True
        if last == self._header:
            return False
        if closed and not self._is_call(texts[-1]):
            return True
        widths = self._recipe.shape.widths
        if isinstance(before, list) and len(before) in {*widths, len(last)}:
            return len(last) != len(before)
        return len(last) not in widths or (len(widths) > 1 and not closed)

    def _is_call(self, text: str) -> bool:
        before = self._builder.guessed
        try:
            self.rows(text)
        except Bad:
            return False
        finally:
            self._builder.guessed = before
        return True


def _reject(text: str, bad: Bad, line: int) -> Reject:
    return Reject(line, str(bad), text[:KEPT], bad.kind)


@contextmanager
def few_collections() -> Iterator[None]:
    """Look for cyclic garbage seldom: chunks are many objects and make none, and looking would take a third
    of the time.
    """
    before = gc.get_threshold()
    gc.set_threshold(YOUNG)
    try:
        yield
    finally:
        gc.set_threshold(*before)


_parser: Callable[[Chunk], Work] | None = None


def begin(task: Task) -> None:
    """Prepare this process, a child of the import, for its chunks: it leaves Ctrl-C to its parent and dies
    with it.
    """
    global _parser
    gc.freeze()
    gc.set_threshold(YOUNG)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _parser = Parser(task).work


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def work(chunk: Chunk) -> Work:
    """The chunk made ready, by the task that this process has begun."""
    assert _parser is not None, "begin() comes first"
    return _parser(chunk)
