"""One poll of a live source: what its switch says now is kept, and raises the peaks of its minute."""

from datetime import datetime

from ingest.live.pollers import POLLERS
from ingest.sources import given_of
from store import live, livepeaks, sources
from store.database import Store
from store.live import LiveCalls

PAUSE = 15
"""Seconds after which a switch that does not answer is asked again, at most: `longest` of sources.failed."""


def poll(store: Store, name: str, now: datetime) -> LiveCalls | None:
    """Ask the switch of a source once and keep what it says at `now` (aware UTC); None, and nothing is
    asked, when the source is gone, paused or no live source.

    Raises SourceProblem when the switch does not answer and SettingsError when its secret cannot be read;
    what it said before stays, with its time. Whoever catches it notes it by sources.failed, as for every
    source.
    """
    source = sources.get(store, name)
    if source is None or source["paused"] or source["kind"] not in POLLERS:
        return None
    found = POLLERS[source["kind"]].poll(given_of(store, source), now)
    live.keep(store, name, source["switch"], found)
    livepeaks.note(store, source["switch"], now)
    sources.looked(store, name, now)
    return found
