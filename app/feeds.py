"""The jobs of the sources: each is looked at again and again, and rests for a while when it fails."""

import logging
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from app.listeners import Listeners
from app.runs import Counts, Run, unexpected
from app.schedule import When, every
from ingest.connectors import CONNECTORS
from ingest.feed import Feed
from ingest.listeners import LISTENERS
from ingest.live import poll
from ingest.live.pollers import POLLERS
from ingest.sources import configure
from store import notices, secrets, sources
from store.database import Document, Store
from store.errors import CdrStatsError, SettingsError, StoreError
from store.sentence import Sentence

LOG = logging.getLogger(__name__)
PREFIX = "source "
"""Before the name of a source, the name of its job."""
SETTINGS = "settings"
SOON = 15
"""Longest pause (s) after a failure of what costs nothing to ask."""


class Look(NamedTuple):
    """How a source is looked at: in words, after how many seconds again, the look, what ends it, and the
    longest pause (s) after it failed.
    """

    words: str
    when: When
    look: Callable[[Run], Counts | None]
    close: Callable[[], None]
    longest: int


def of(store: Store, source: Document, listeners: Listeners) -> Look | None:
    """How this source is looked at; None for a kind that this program does not know. One that sends by itself
    is looked at to see whether somebody listens.
    """
    name, kind, settings = source["_id"], source["kind"], store.settings
    if kind in LISTENERS:
        sends, attend = CONNECTORS[kind], partial(listeners.attend, name)
        return Look(sends.words, every(sends.seconds)(settings), attend, _nothing, SOON)
    if kind in POLLERS:
        asked = POLLERS[kind]
        return Look(asked.words, every(asked.seconds)(settings), _polled(store, name), _nothing, poll.PAUSE)
    if kind in CONNECTORS:
        read, feed = CONNECTORS[kind], Feed(store, name)
        return Look(read.words, every(read.seconds)(settings), _read(feed), feed.close, sources.PAUSES[-1])
    return None


def _nothing() -> None:
    """Nothing is open between two polls."""


def _read(feed: Feed) -> Callable[[Run], Counts]:
    return lambda run: feed.look(run.now, lambda: not run.go())._asdict()


def _polled(store: Store, name: str) -> Callable[[Run], Counts]:
    def look(run: Run) -> Counts:
        poll.poll(store, name, run.now())
        return {}

    return look


class Attended:
    """The job of one source; `document` is replaced by the leader's latest."""

    def __init__(self, look: Look, document: Document) -> None:
        self._look, self.document = look, document

    def work(self, run: Run) -> Counts | None:
        """Look at the source if it is time; what is wrong with it is noted with it, and it is looked at again
        after a growing pause.
        """
        if self.document["next"] > run.now() and not run.asked:
            return None
        try:
            return self._look.look(run)
        except sources.Overtaken:
            return None  # it was changed meanwhile, and is read as it is now the next time
        except StoreError:
            raise  # no fault of the source
        except CdrStatsError as problem:
            self._failed(run, str(problem))
            raise
        except Exception as problem:  # the connector: its source rests, and the others go on
            self._failed(run, unexpected(problem))
            raise

    def _failed(self, run: Run, problem: str) -> None:
        name = self.document["_id"]
        if run.go():
            sources.failed(run.store, name, problem, run.now(), self._look.longest)
            # the leader learns of the pause a moment later
            self.document = sources.get(run.store, name) or self.document


def settle(store: Store, run: Run) -> None:
    """Keep the sources of the settings as they are written there, and forget those that are not there any
    more, unless none is: then these may be another machine's settings.

    What is wrong with one is told, and does not keep the others from being read.
    """
    wanted = store.settings.sources
    for name, table in wanted.items():
        try:
            _settle(store, name, dict(table), run)
        except CdrStatsError as problem:
            LOG.error("[sources.%s] of the settings: %s", name, problem)
            where = Sentence("[sources.{name}] of the settings: {problem}", name=name, problem=str(problem))
            notices.told(store, f"{PREFIX}{name}", where, run.now())
    for found in sources.everything(store):
        if found["origin"] == SETTINGS and found["_id"] not in wanted:
            _left(store, found["_id"], bool(wanted))


def _settle(store: Store, name: str, table: Document, run: Run) -> None:
    kind, switch = str(table.pop("kind", "")), str(table.pop("switch", name))
    of_switch = store.settings.switches.get(switch)
    zone = str(table.pop("zone", "")) or (of_switch.zone if of_switch and of_switch.zone else "UTC")
    configure(store, name, kind, switch, zone, _news(store, name, table), SETTINGS, run.now())


def _news(store: Store, name: str, table: Document) -> Document:
    """What is said of a source, without the secrets that are known as they are: sealed once more they would
    look like others.
    """
    known = (sources.get(store, name) or {}).get("secrets", {})
    return {key: value for key, value in table.items() if not _is_known(store, known.get(key), value)}


def _is_known(store: Store, kept: str | None, value: object) -> bool:
    try:
        return kept is not None and secrets.reveal(store.settings, kept) == value
    except SettingsError:
        return False  # it was sealed with another key


def _left(store: Store, name: str, sure: bool) -> None:
    if sure:
        sources.remove(store, name)
        LOG.info("The source %s is in the settings no more: it is forgotten, its calls stay.", name)
    else:
        LOG.warning(
            "The source %s came from settings, and these name no sources: it is read on; "
            "`cdr-stats sources remove %s` forgets it.",
            name,
            name,
        )
