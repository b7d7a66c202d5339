"""Work that is done aside, in a thread of its own, one piece after the other: the database commits a portion
while the next one is read.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Aside(Generic[T]):
    """One piece of work at a time. Its thread is a daemon, so that it does not keep a process from ending."""

    def __init__(self) -> None:
        self._future: Future[T] | None = None

    def start(self, work: Callable[[], T]) -> None:
        """Begin a piece of work, once the one before was waited for."""
        future: Future[T] = Future()
        self._future = future
        threading.Thread(target=lambda: _do(work, future), name="aside", daemon=True).start()

    def wait(self) -> T | None:
        """What came of the work that was begun last, or its error, once; None when there is none."""
        future, self._future = self._future, None
        return future.result() if future else None


def _do(work: Callable[[], T], future: "Future[T]") -> None:
    try:
        found = work()
    except BaseException as problem:  # it is raised where it is waited for
        future.set_exception(problem)
    else:
        future.set_result(found)
