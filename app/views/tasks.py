"""The jobs of the worker as an admin sees them: who leads, how each job fares, what went wrong."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Any, ClassVar, NamedTuple
from zoneinfo import ZoneInfo

import panel_material_ui  # noqa: F401 - first of all, or the first session has mixed designs
import param
from panel.custom import JSComponent

from app import words
from app.theme import CARD
from app.tongue import many, mark, t
from assets.files import path
from store.database import Document
from store.job_runs import JobRun
from store.lease import Leader
from store.notices import Notice
from store.sentence import said

STYLE = CARD + path("tasks.css").read_text(encoding="utf-8")
NOBODY = mark(
    "<b>No worker is running.</b> Sources are not read, and nothing is proved: start one with "
    "<code>cdr-stats worker</code>, or server and worker with <code>cdr-stats up</code>."
)
ACTS = ("run", "pause", "resume")
BUTTONS = {
    "asked": mark("Asked for"),
    "run": mark("Run now"),
    "run_help": mark("Run this job once, now"),
    "resume": mark("Go on"),
    "resume_help": mark("Let it run again"),
    "pause": mark("Pause"),
    "pause_help": mark("Let it rest"),
}
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
    words = param.Dict(default={}, doc="what its buttons say, by name; with `_help` what they do")

    _esm = path("tasks.js").read_text(encoding="utf-8")
    _stylesheets: ClassVar[list[str]] = [STYLE]

    def __init__(self, wished: Callable[[str, str], None], **params: Any) -> None:
        said = {name: t(text) for name, text in BUTTONS.items()}
        super().__init__(words=said, **params)  # type: ignore[no-untyped-call]
        self._wished = wished

    def _handle_msg(self, data: Any) -> None:
        keys = {row["key"] for row in self.rows}
        if isinstance(data, dict) and data.get("key") in keys and data.get("act") in ACTS:
            self._wished(data["key"], data["act"])


def row(task: Document, runs: Sequence[JobRun], seen: Seen, paused: bool, zone: ZoneInfo) -> Document:
    """What a line shows of a job."""
    last: Document = task.get("last") or {}
    busy = task.get("busy") if seen.leader else None
    new = "idle" if seen.leader and SECONDS.fullmatch(task["plan"]) else "new"
    dot = "paused" if paused else "running" if busy else last.get("state", new)
    next_run = None if paused or not seen.leader else task.get("next")
    following = t("next {when}", when=when(next_run, seen.now, zone)) if next_run else t(STATES[dot])
    does = t(task["words"])
    return {
        "key": task["_id"],
        "name": titled(task["_id"]),
        "words": does[:1].upper() + does[1:],
        "dot": dot,
        "state": t(STATES[dot]),
        "plan": _plan(task["plan"]),
        "next": t("running for {age}", age=words.age(seen.now - busy)) if busy else following,
        "last": _last(last, seen.now, zone) if last else t(STATES[new]),
        "counts": counted(last.get("counts", {})),
        "error": t(said("error", last)),
        "runs": _bars(runs, seen.now, zone),
        "paused": paused,
        "asked": bool(task.get("asked")),
    }


NAMES = {
    "alarms": mark("Alarms"),
    "arrivals": mark("Arrivals"),
    "concurrent": mark("Concurrent"),
    "letters": mark("Letters"),
    "mail": mark("Mail"),
    "mail-report": mark("Mail report"),
    "ongoing": mark("Ongoing"),
    "proof": mark("Proof"),
    "retention": mark("Retention"),
    "webhooks": mark("Webhooks"),
}
"""Jobs by their names on the command line."""


def titled(job: str) -> str:
    """The name of a job for people; that of a source's is of the source."""
    if job in NAMES:
        return t(NAMES[job])
    kind, _, name = job.partition(" ")
    return t("Source {name}", name=name) if kind == "source" else job[:1].upper() + job[1:]


STATES = {
    "paused": mark("paused"),
    "running": mark("running"),
    "failed": mark("failed"),
    "done": mark("runs well"),
    "idle": mark("nothing to do so far"),
    "new": mark("not run yet"),
}
"""What is said of a job; one that runs every few seconds and had nothing to do has noted nothing."""


NIGHTLY = re.compile(r"every night at (\S+) \((.+)\)")
SECONDS = re.compile(r"every (?:\d+ )?seconds?")
EVERY = re.compile(r"every (?:(\d+) )?(second|minute)s?")


def _plan(text: str) -> str:
    """When a job runs, as app.schedule says it for the log and the command line."""
    if found := NIGHTLY.fullmatch(text):
        return t("every night at {clock} ({zone})", clock=found[1], zone=found[2])
    if not (found := EVERY.fullmatch(text)):
        return text
    count = int(found[1] or 1)
    if found[2] == "second":
        return many("every second", "every {n} seconds", count)
    return many("every minute", "every {n} minutes", count)


COUNTED: dict[str, Callable[[int], str]] = {
    "alarms": lambda n: many("{n} alarm", "{n} alarms", n),
    "arrivals": lambda n: many("{n} batch of calls", "{n} batches of calls", n),
    "calls": lambda n: many("{n} call", "{n} calls", n),
    "corrected": lambda n: many("{n} row corrected", "{n} rows corrected", n),
    "days": lambda n: many("{n} day", "{n} days", n),
    "failed": lambda n: many("{n} failure", "{n} failures", n),
    "findings": lambda n: many("{n} finding", "{n} findings", n),
    "fraud": lambda n: many("{n} letter of fraud", "{n} letters of fraud", n),
    "hits": lambda n: many("{n} call to a listed number", "{n} calls to listed numbers", n),
    "known": lambda n: many("{n} row known", "{n} rows known", n),
    "later": lambda n: t("{n} to be tried again", n=n),
    "letters": lambda n: many("{n} letter", "{n} letters", n),
    "listed": lambda n: many("{n} letter of listed numbers", "{n} letters of listed numbers", n),
    "made": lambda n: many("{n} alarm made", "{n} alarms made", n),
    "mended": lambda n: many("{n} difference mended", "{n} differences mended", n),
    "months": lambda n: many("{n} month", "{n} months", n),
    "new": lambda n: many("{n} row new", "{n} rows new", n),
    "problems": lambda n: many("{n} letter of a problem", "{n} letters of problems", n),
    "read": lambda n: many("{n} row read", "{n} rows read", n),
    "rejected": lambda n: many("{n} rejected", "{n} rejected", n),
    "reports": lambda n: many("{n} report", "{n} reports", n),
    "sent": lambda n: many("{n} sent", "{n} sent", n),
}
"""What jobs count, in words."""


def counted(counts: Mapping[str, int]) -> str:
    """What was counted: what was not there to be counted is left out, unless that was all."""
    told = [COUNTED[name](count) for name, count in counts.items() if count and name in COUNTED]
    return ", ".join(told) or (t("nothing new") if counts else "")


def _last(last: Document, now: datetime, zone: ZoneInfo) -> str:
    return t("{when}, took {time}", when=when(last["started"], now, zone), time=lasted(last["took"]))


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
    return t(run.error) or counted(run.counts) or t("done")


def when(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """A moment for people: 'in 4 min', '12 s ago', and with day and time what is more than an hour away."""
    away = moment - now
    if abs(away) < timedelta(hours=1):
        late = away <= timedelta()
        return t("{age} ago", age=words.age(-away)) if late else t("in {age}", age=words.age(away))
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    return f"{local:%H:%M}" if local.date() == today else f"{words.day(moment, zone)} {local:%H:%M}"


LEADER = mark("<b>Process {pid} on {host}</b> has led for {age} (token {token}).")


def who(seen: Seen) -> str:
    """Who leads, in HTML."""
    if seen.leader is None:
        return f'<p class="leader nobody">{t(NOBODY)}</p>'
    found = seen.leader
    told = {"pid": found.pid, "host": escape(found.host), "token": found.token}
    return f'<p class="leader">{t(LEADER, **told, age=words.age(seen.now - found.since))}</p>'


def troubles(seen: Seen, zone: ZoneInfo) -> str:
    """The notices, in HTML."""
    return f'<ul class="notices">{"".join(_trouble(one, seen.now, zone) for one in seen.notices)}</ul>'


def _trouble(one: Notice, now: datetime, zone: ZoneInfo) -> str:
    told = [titled(one.job), when(one.last, now, zone)]
    if one.times > 1:
        told.append(t("{n} times since {when}", n=words.number(one.times), when=when(one.first, now, zone)))
    if one.over:
        told.append(t("over since {when}", when=when(one.over, now, zone)))
    small = escape(", ".join(told))
    return f'<li class="{"over" if one.over else ""}">{escape(t(one.problem))}<small>{small}</small></li>'
