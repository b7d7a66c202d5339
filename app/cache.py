"""Answers that several viewers ask for at once are computed once: a single-flight cache with a time to
live.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
SECONDS = 4.0
MOST = 512
THREADS = 12


class _Held(NamedTuple):
    since: float
    future: "Future[Any]"


class Flights:
    """A bounded cache of running and finished queries, keyed by value and shared by every session of the
    process.

    The key has to hold everything that decides the answer, above all the scope narrowed to the viewer's
    accounts. Answers are shared: do not change one. An error is never kept; whoever waited for it gets it.
    """

    def __init__(self, seconds: float = SECONDS, most: int = MOST, threads: int = THREADS) -> None:
        self.seconds, self.most = seconds, most
        self._held: OrderedDict[Hashable, _Held] = OrderedDict()
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(threads, "query")

    async def get(self, key: Hashable, compute: Callable[[], T]) -> T:
        """The answer for that key, computed in a thread unless it is fresh or on its way.

        A caller that is cancelled leaves the computation to the others.
        """
        return await asyncio.wrap_future(self.start(key, compute))

    def start(self, key: Hashable, compute: Callable[[], T], fresh: float | None = None) -> "Future[T]":
        """The same for who cannot wait in a loop: the answer as a future, at most `fresh` seconds old."""
        seconds = self.seconds if fresh is None else fresh
        with self._lock:
            held = self._held.get(key)
            if held and (not held.future.done() or time.monotonic() - held.since < seconds):
                return _shared(held.future)
            flight = self._pool.submit(compute)
            self._held[key] = _Held(time.monotonic(), flight)
            self._held.move_to_end(key)
            while len(self._held) > self.most:
                self._held.popitem(last=False)
        flight.add_done_callback(lambda done: self._landed(key, done))
        return _shared(flight)

    def aside(self, compute: Callable[[], T]) -> "Future[T]":
        """What is computed for one caller alone, and kept for nobody."""
        return self._pool.submit(compute)

    def _landed(self, key: Hashable, flight: "Future[Any]") -> None:
        """Count the time to live from the answer on, and forget an error."""
        with self._lock:
            held = self._held.get(key)
            if held is None or held.future is not flight:
                return
            if flight.cancelled() or flight.exception():
                del self._held[key]
            else:
                self._held[key] = _Held(time.monotonic(), flight)

    def clear(self) -> None:
        """Forget every answer; computations that run go on for those who wait."""
        with self._lock:
            self._held.clear()

    def close(self) -> None:
        """Take no more questions; threads end with what they are doing."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _shared(flight: "Future[T]") -> "Future[T]":
    """A future of one's own with the flight's answer: cancelling it does not cancel the flight."""
    own: Future[T] = Future()

    def land(done: "Future[T]") -> None:
        if not own.set_running_or_notify_cancel():
            return
        error = done.exception() if not done.cancelled() else RuntimeError("the server is closing")
        if error:
            own.set_exception(error)
        else:
            own.set_result(done.result())

    flight.add_done_callback(land)
    return own
