"""The watch: judges the windows that closed since each alarm was last looked at, and keeps what changed.

Telling is another step. A change of state and its report are one transaction, held by the moment up to which
the alarm was judged before: of two who judge the same window the second stores nothing.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError

from alerts import windows
from alerts.alarms import after, due, filter_of, references, scope_of, tells, verdict, worse
from alerts.explain import explained
from alerts.measures import Measured, Request, measured
from alerts.windows import Window
from store import alarm_reports, alarms, catalog
from store.alarm_reports import Report
from store.alarms import Alarm, Status, Watched
from store.connection import transaction
from store.database import Store
from store.errors import CdrStatsError

LOG = logging.getLogger(__name__)
GRACE = timedelta(seconds=60)
"""After the end of a window, in which its last calls may still arrive; of a rolling one it is SHORT."""
SHORT = timedelta(seconds=15)
MOST = 200
"""So many missed windows of an alarm are judged at one look, the oldest first; the next look goes on."""


STORIES = 50
"""Of so many alarms that fire at one look it is told what changed; who has more has one trouble, and is to be
told of it soon.
"""


class Task(NamedTuple):
    """An alarm with the windows that are to be judged, each with those that it is compared with."""

    held: Watched
    windows: list[tuple[Window, list[Window]]]

    def requests(self) -> list[Request]:
        """What has to be measured: for each window itself, then what it is compared with."""
        alarm, spans = self.held.alarm, [one for own, rest in self.windows for one in (own, *rest)]
        return [Request(alarm.metric, scope_of(alarm, span)) for span in spans]


class Change(NamedTuple):
    """How an alarm fares after its windows, and what is to be told of them."""

    held: Watched
    status: Status
    reports: list[Report]


def look(store: Store, now: datetime) -> dict[str, int]:
    """Judge every active alarm whose windows closed by now (aware UTC). Gives how many `alarms` had one, how
    many `reports` were written, and how many alarms `failed`; these are noted, and stop no other.

    A rolling window is judged as it closes; those that closed while nobody looked are not gone back to.
    """
    known = catalog.span(store)
    if known is None:
        return {}
    held = [
        one for one in alarms.everything(store, active=True) if not one.status.next or one.status.next <= now
    ]
    tasks, failed = _tasks(store, held, known[0], now)
    values = _values(store, tasks, now)
    changes = [
        _judged(task, values[task.held.alarm.id], now) for task in tasks if task.held.alarm.id in values
    ]
    alarms.unchanged(store, ((one.held, one.status) for one in changes if not one.reports))
    told = [one for one in changes if one.reports]
    reports = sum(_keep(store, _explained(store, one, known[0])) for one in told[:STORIES])
    reports += sum(_keep(store, one) for one in told[STORIES:])
    failed += len(tasks) - len(changes)
    return {"alarms": len(changes), "reports": reports, "failed": failed} if tasks or failed else {}


def closed(alarm: Alarm, since: datetime, now: datetime) -> Iterator[Window]:
    """The windows of an alarm that closed after `since` and may be judged now, oldest first."""
    grace = SHORT if alarm.period == "minutes" else GRACE
    return windows.due(alarm.period, alarm.minutes, alarm.zone, since, now, grace)


def _tasks(store: Store, held: Sequence[Watched], first: datetime, now: datetime) -> tuple[list[Task], int]:
    """What is to be done, and how many alarms do not even say what. Of a window in which the first call of
    all came only a part is known: it is left out.
    """
    found, failed = [], 0
    for one in held:
        try:
            over = closed(one.alarm, one.status.checked or now, now)
            spans = list(islice((span for span in over if span.since >= first), MOST))
            task = Task(one, [(span, references(one.alarm, span, first)) for span in spans])
            task.requests()
        except Exception as problem:  # an alarm: whatever is in its document, it stops no other
            _failed(store, one, problem, now)
            failed += 1
        else:
            found += [task] if spans else []
    return found, failed


def _values(store: Store, tasks: Sequence[Task], now: datetime) -> dict[str, list[Measured]]:
    """The values of all tasks by the id of the alarm, from one reading; where that fails one by one, without
    those that fail alone too.
    """
    if not tasks:
        return {}
    asked = {task.held.alarm.id: task.requests() for task in tasks}
    try:
        found = measured(store, [request for own in asked.values() for request in own])
        return {id: [found[request] for request in own] for id, own in asked.items()}
    except Exception as problem:  # an alarm: found out below which one
        if len(tasks) == 1:
            _failed(store, tasks[0].held, problem, now)
            return {}
    alone = (_values(store, [task], now) for task in tasks)
    return {id: values for one in alone for id, values in one.items()}


def _failed(store: Store, held: Watched, problem: Exception, now: datetime) -> None:
    said = f"It could not be judged: {type(problem).__name__}; the worker's log says where."
    if isinstance(problem, CdrStatsError):
        said = str(problem)
    else:
        LOG.error("the alarm %r could not be judged", held.alarm.name, exc_info=problem)
    alarms.failed(store, held.alarm.id, said, now)


def _judged(task: Task, values: Sequence[Measured], now: datetime) -> Change:
    alarm, status = task.held
    reports: list[Report] = []
    rest = iter(values)
    for window, compared in task.windows:
        found = verdict(alarm, next(rest), [next(rest) for _ in compared], status.state)
        was, status = status, after(status, window, found)
        if tells(alarm, was, status.state, now):
            reports.append(_report(alarm, was.state, status, found.threshold, now))
            status = status._replace(told=now)
    return Change(task.held, status, reports)


def _report(alarm: Alarm, was: str, status: Status, threshold: float | None, now: datetime) -> Report:
    window = Window(*status.window) if status.window else Window(now, now)
    return Report(
        alarm=alarm.id,
        name=alarm.name,
        owner=alarm.owner,
        at=now,
        was=was,
        state=status.state,
        metric=alarm.metric,
        condition=alarm.condition,
        value=status.value,
        reference=status.reference,
        threshold=threshold,
        n=status.n,
        since=window.since,
        until=window.until,
        zone=alarm.zone,
        emails=alarm.emails,
        webhook=alarm.webhook,
        filter=filter_of(alarm, window),
        due=due(alarm, now),
    )


def _keep(store: Store, change: Change) -> int:
    """Keep a status with its reports; gives how many, 0 when somebody else was faster."""

    def work(session: ClientSession) -> int:
        if not alarms.judged(store, session, change.held, change.status):
            return 0
        for report in change.reports:
            alarm_reports.put(store, session, report)
        return len(change.reports)

    return transaction(store.client, work)


def _explained(store: Store, change: Change, first: datetime) -> Change:
    """The same with what changed in the calls, in those of its reports that tell of something worse."""
    reports = [_with_story(store, change.held.alarm, report, first) for report in change.reports]
    return change._replace(reports=reports)


def _with_story(store: Store, alarm: Alarm, report: Report, first: datetime) -> Report:
    if not worse(report.was, report.state):
        return report
    window = Window(report.since, report.until)
    compared = references(alarm, window, first)
    try:
        return report._replace(story=explained(store, alarm, window, compared or None))
    except (CdrStatsError, PyMongoError) as problem:
        LOG.warning("what changed for the alarm %r cannot be told: %s", alarm.name, problem)
        return report
