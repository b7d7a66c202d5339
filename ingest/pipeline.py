"""The chunks of a file made ready one after the other, here or in another process, those known already
passed on as they are.
"""

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import NamedTuple

from ingest.files import Chunk
from ingest.work import Parser, Task, Work, begin, work
from store.errors import ImportProblem
from store.sentence import Sentence

PROCESSES = 1
AHEAD = 2
"""Chunks made ready beyond the one that is being committed; what bounds the memory."""


class Marked(NamedTuple):
    """A chunk, its mark, and whether it was stored before."""

    mark: bytes
    chunk: Chunk
    known: bool


Ready = tuple[Marked, Work | None]
"""A chunk with its work, None for a known one."""


def here(chunks: Iterator[Marked], task: Task) -> Generator[Ready, None, None]:
    """The chunks made ready in this process, which a small file is imported fastest by."""
    parser = Parser(task)
    for chunk in chunks:
        yield chunk, None if chunk.known else parser.work(chunk.chunk)


def elsewhere(chunks: Iterator[Marked], task: Task) -> Generator[Ready, None, None]:
    """The chunks made ready by other processes, in order, a few ahead of who takes them."""
    pool = ProcessPoolExecutor(PROCESSES, get_context("spawn"), initializer=begin, initargs=(task,))
    ahead: deque[tuple[Marked, Future[Work] | None]] = deque()
    damage = None
    try:
        while True:
            try:
                while len(ahead) < PROCESSES + AHEAD and damage is None:
                    chunk = next(chunks)
                    ahead.append((chunk, None if chunk.known else pool.submit(work, chunk.chunk)))
            except (StopIteration, ImportProblem) as end:
                damage = end
            if not ahead:
                break
            chunk, future = ahead.popleft()
            yield chunk, future.result() if future else None
    except BrokenProcessPool as error:
        raise ImportProblem(
            Sentence("The process that reads the file was ended from outside; run the same command again.")
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    if isinstance(damage, ImportProblem):
        raise damage
