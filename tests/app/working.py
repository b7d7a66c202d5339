"""A worker in a thread of this process."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from app.jobs import Job
from app.worker import Worker
from store import lease, tasks
from store.database import Document, Store


@contextmanager
def working(store: Store, jobs: Mapping[str, Job] | None = None) -> Iterator[None]:
    """A worker at work, and at its end nobody leads."""
    stop = threading.Event()
    thread = threading.Thread(target=Worker(store, jobs or {}, beat=0.1).run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()
        assert lease.leader(store) is None


def task(store: Store, name: str) -> Document:
    """What is known of a job, nothing while it is not known."""
    return next((one for one in tasks.everything(store) if one["_id"] == name), {})
