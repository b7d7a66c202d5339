"""The jobs of the worker as an admin sees them: who leads, how each job fares, what went wrong."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Any, ClassVar, NamedTuple
from zoneinfo import ZoneInfo

import panel_material_ui  # noqa: F401 - first of all, or the first session has mixed designs
import param
from panel.custom import JSComponent

from app import words
from app.runs import told
from app.theme import CARD
from assets.files import path
from ingest.sources import age
from store.database import Document
from store.job_runs import JobRun
from store.lease import Leader
from store.notices import Notice

STYLE = CARD + path("tasks.css").read_text(encoding="utf-8")
NOBODY = (
    '<p class="leader nobody"><b>No worker is running.</b> Sources are not read, and nothing is proved: '
    "start one with <code>cdr-stats worker</code>, or server and worker with <code>cdr-stats up</code>.</p>"
)
ACTS = ("run", "pause", "resume")
LOWEST = 15
"""Height of the bar of the quickest run, in percent of that of the slowest."""


class Seen(NamedTuple):
    """What is seen of the worker at a moment (aware UTC): who leads, the documents of the jobs, the last runs
    of each, newest first, and the notices.
    """

    now: datetime
    leader: Leader | None
    tasks: Sequence[Document]
    runs: Mapping[str, Sequence[JobRun]]
    notices: Sequence[Notice]


class Lines(JSComponent):
    """A line a job; a button sends its key and one of ACTS."""

    rows = param.List(default=[])

    _esm = path("tasks.js").read_text(encoding="utf-8")
    _stylesheets: ClassVar[list[str]] = [STYLE]

    def __init__(self, wished: Callable[[str, str], None], **params: Any) -> None:
        super().__init__(**params)  # type: ignore[no-untyped-call]
        self._wished = wished

    def _handle_msg(self, data: Any) -> None:
        keys = {row["key"] for row in self.rows}
        if isinstance(data, dict) and data.get("key") in keys and data.get("act") in ACTS:
            self._wished(data["key"], data["act"])


def row(task: Document, runs: Sequence[JobRun], seen: Seen, paused: bool, zone: ZoneInfo) -> Document:
    """What a line shows of a job."""
    last: Document = task.get("last") or {}
    busy = task.get("busy") if seen.leader else None
    dot = "paused" if paused else "running" if busy else last.get("state", "new")
    next_run = None if paused or not seen.leader else task.get("next")
    following = f"next {when(next_run, seen.now, zone)}" if next_run else STATES[dot]
    return {
        "key": task["_id"],
        "name": task["_id"][:1].upper() + task["_id"][1:],
        "words": task["words"][:1].upper() + task["words"][1:],
        "dot": dot,
        "state": STATES[dot],
        "plan": task["plan"],
        "next": f"running for {age(seen.now - busy)}" if busy else following,
        "last": _last(last, seen.now, zone) if last else "not run yet",
        "counts": counted(last.get("counts", {})),
        "error": last.get("error", ""),
        "runs": _bars(runs, seen.now, zone),
        "paused": paused,
        "asked": bool(task.get("asked")),
    }


STATES = {
    "paused": "paused",
    "running": "running",
    "failed": "failed",
    "done": "runs well",
    "new": "not run yet",
}


def counted(counts: Mapping[str, int]) -> str:
    """What was counted: what was not there to be counted is left out, unless that was all."""
    return told({name: count for name, count in counts.items() if count})[2:] or (
        "nothing new" if counts else ""
    )


def _last(last: Document, now: datetime, zone: ZoneInfo) -> str:
    return f"{when(last['started'], now, zone)}, took {lasted(last['took'])}"


def lasted(seconds: float) -> str:
    """How long a run took: '12 ms' below a second."""
    return words.seconds(seconds) if seconds >= 1 else f"{1000 * seconds:.0f} ms"


def _bars(runs: Sequence[JobRun], now: datetime, zone: ZoneInfo) -> list[Document]:
    """The runs, oldest first, as high as they took long."""
    slowest = max((run.took for run in runs), default=0) or 1
    return [
        {
            "state": run.state,
            "height": round(LOWEST + (100 - LOWEST) * run.took / slowest),
            "words": f"{when(run.started, now, zone)}, {lasted(run.took)}. {_came(run)}",
        }
        for run in reversed(runs)
    ]


def _came(run: JobRun) -> str:
    return run.error or counted(run.counts) or "done"


def when(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A moment for people: 'in 4 min', '12 s ago', and with day and time what is more than an hour away."""
    away = moment - now
    if abs(away) < timedelta(hours=1):
        return f"in {age(away)}" if away > timedelta() else f"{age(-away)} ago"
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    return f"{local:%H:%M}" if local.date() == today else f"{words.day(moment, zone)} {local:%H:%M}"


def who(seen: Seen) -> str:
    """Who leads, in HTML."""
    if seen.leader is None:
        return NOBODY
    found = seen.leader
    led = f"has led for {age(seen.now - found.since)} (token {found.token})"
    return f'<p class="leader"><b>Process {found.pid} on {escape(found.host)}</b> {led}.</p>'


def troubles(seen: Seen, zone: ZoneInfo) -> str:
    """The notices, in HTML."""
    return f'<ul class="notices">{"".join(_trouble(one, seen.now, zone) for one in seen.notices)}</ul>'


def _trouble(one: Notice, now: datetime, zone: ZoneInfo) -> str:
    often = f", {words.number(one.times)} times since {when(one.first, now, zone)}" if one.times > 1 else ""
    over = f"; over since {when(one.over, now, zone)}" if one.over else ""
    told = f"{one.job}, {when(one.last, now, zone)}{often}{over}"
    return f'<li class="{"over" if one.over else ""}">{escape(one.problem)}<small>{escape(told)}</small></li>'
