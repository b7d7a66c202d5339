"""One leadership: the schedule of all jobs, kept in step with the sources and with what admins wish."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from app import feeds
from app.jobs import Job
from app.listeners import Listeners
from app.runs import Runs, Work, utc_now
from app.schedule import Schedule, When
from store import notices, tasks
from store.database import Document, Store
from store.tasks import Plan, Wish

LONG = 5.0
"""What runs for so many seconds is shown as running."""
HANGS = timedelta(minutes=5)
"""A source that was asked so long ago, and brought nothing since, hangs."""
HANGING = "It was asked five minutes ago and has not answered yet; the other sources go on."


class Planned(NamedTuple):
    """A job on the schedule; `kind` tells a source that was replaced by one of another kind."""

    words: str
    when: When
    work: Work
    over: Callable[[], object] = lambda: None
    kind: str = ""


class Lead:
    """Leads from its making until `close`; `beat` is called about once a second."""

    def __init__(
        self,
        store: Store,
        jobs: Mapping[str, Job],
        listeners: Listeners,
        token: int,
        go: Callable[[], bool],
    ) -> None:
        self._store, self._listeners, self.token = store, listeners, token
        self.runs = Runs(store, token, go)
        feeds.settle(store, self.runs.given("settings", False))
        settings = store.settings
        self._fixed = {
            name: Planned(job.words, job.when(settings), job.work)
            for name, job in jobs.items()
            if job.wanted(settings)
        }
        self._attended: dict[str, feeds.Attended] = {}
        self._planned: dict[str, Planned] = {}
        self._told: dict[str, Plan] = {}
        self._hurried: dict[str, datetime] = {}
        self._missed: dict[str, datetime] = {}
        self._schedule = Schedule()

    def beat(self, documents: Iterable[Document]) -> None:
        """Take up new sources of these, leave those that are gone, heed wishes, and tell what is planned.
        Raises PyMongoError.
        """
        found = {f"{feeds.PREFIX}{one['_id']}": one for one in documents}
        wishes = tasks.wishes(self._store)
        self._heed(wishes, {name for name, one in found.items() if one["paused"]})
        self._plan(self._wanted(found))
        self._miss()
        self._tell(gone=bool(wishes.keys() - self._planned.keys()))

    def close(self) -> None:
        """End: nothing is started any more; what runs sees that it may not go on."""
        self._schedule.close()

    def _wanted(self, found: Mapping[str, Document]) -> dict[str, Planned]:
        """All jobs that there should be; a source that is there stays as it is."""
        wanted = dict(self._fixed)
        for name, document in found.items():
            before = self._planned.get(name)
            if before and before.kind == document["kind"]:
                self._attended[name].document = document
                wanted[name] = before
            elif look := feeds.of(self._store, document, self._listeners):
                self._attended[name] = attended = feeds.Attended(look, document)
                wanted[name] = Planned(look.words, look.when, attended.work, look.close, document["kind"])
        return wanted

    def _plan(self, wanted: dict[str, Planned]) -> None:
        for name, planned in list(self._planned.items()):
            if wanted.get(name) is not planned:
                self._schedule.remove(name)
                del self._planned[name]
                notices.over(self._store, name, utc_now())
        fresh = {name: planned for name, planned in wanted.items() if name not in self._planned}
        if not fresh:
            return
        now = utc_now()
        plans = {name: Plan(planned.words, planned.when.words) for name, planned in fresh.items()}
        tasks.plan(self._store, plans, self.token, now)
        since = tasks.since(self._store)
        for name, planned in fresh.items():
            work = partial(self.runs.run, name, planned.work, planned.when.often)
            self._schedule.add(name, planned.when, work, since.get(name, now), planned.over)
            self._planned[name] = planned

    def _heed(self, wishes: Mapping[str, Wish], paused: set[str]) -> None:
        """What is asked for runs at once, unless it is running."""
        self.runs.paused = frozenset(paused | {name for name, wish in wishes.items() if wish.paused})
        asked = {name: wish.asked for name, wish in wishes.items() if wish.asked}
        self.runs.asked = frozenset(asked)
        for name, moment in asked.items():
            if name in self._planned and name not in self.runs.busy and self._hurried.get(name) != moment:
                self._hurried[name] = moment
                self._schedule.hurry(name)

    def _tell(self, gone: bool) -> None:
        """Write down what is planned where it is not what was written before."""
        now, plans = utc_now(), {name: self._said(name) for name in self._planned}
        changed = {name: plan for name, plan in plans.items() if self._told.get(name) != plan}
        tasks.plan(self._store, changed, self.token, now)
        if gone:
            tasks.keep(self._store, plans)
        self._told = plans

    def _miss(self) -> None:
        """Tell the admin of a source that hangs, once."""
        now = utc_now()
        for name, attended in self._attended.items():
            busy, looked = self.runs.busy.get(name), attended.document["looked"]
            if busy and self._missed.get(name) != busy and now - max(busy, looked or busy) > HANGS:
                self._missed[name] = busy
                notices.told(self._store, name, HANGING, now)

    def _said(self, name: str) -> Plan:
        planned, busy = self._planned[name], self.runs.busy.get(name)
        rests = planned.when.often or name in self.runs.paused
        long = busy and (utc_now() - busy).total_seconds() >= LONG
        following = None if rests else self._schedule.next(name)
        return Plan(planned.words, planned.when.words, following, busy if long else None)
