"""The alarms as an admin sees them: the list, what one watches and how it fares, and its reports."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from alerts import speech
from alerts.alarms import REFERENCES, scope_of
from alerts.judge import CONDITIONS
from alerts.measures import METRICS, Request, measured
from alerts.windows import Window, before
from app import words
from app.theme import CARD
from app.views.tasks import when
from app.words import number
from assets.files import path
from store.alarm_reports import Report
from store.alarms import Alarm, Status, Watched
from store.database import Store
from store.errors import CdrStatsError

STYLE = CARD + path("alarms.css").read_text(encoding="utf-8")
STATES = {
    "critical": ("#c0392b", "critical"),
    "warning": ("#e08a2e", "warning"),
    "ok": ("#3c9d76", "well"),
    "unknown": ("#8a96a3", "cannot tell"),
    "off": ("#8a96a3", "off"),
    "error": ("#7a3db8", "cannot be judged"),
}
"""State -> colour and words, the worst first."""
COLUMNS = [
    {"key": "name", "label": "Alarm", "kind": "name"},
    {"key": "state", "label": "State", "kind": "value"},
    {"key": "value", "label": "Last value", "kind": "value", "help": "Of the last window that was judged."},
    {"key": "line", "label": "Before", "kind": "line", "spare": True, "help": "The last windows."},
    {"key": "since", "label": "Since", "kind": "value", "spare": True},
]
LINE = 24
"""Windows that the small line of an alarm shows."""
MOST_LINES = 60
SHOWN_BY = {"switch": words.NAMED["switches"], "account": words.NAMED["accounts"],
            "country": words.country, "cause": words.NAMED["causes"]}  # fmt: skip


def state_of(held: Watched) -> str:
    """A key of STATES."""
    if not held.alarm.active:
        return "off"
    return "error" if held.status.error else held.status.state


def lines(store: Store, held: Sequence[Watched]) -> dict[str, list[float | None]]:
    """The last values of each alarm by its id, oldest first: of those whose metric the sums know. None of
    them where that takes too long.
    """
    asked: list[tuple[str, Request]] = []
    for alarm, status in held[:MOST_LINES]:
        if alarm.active and status.window and METRICS[alarm.metric].how == "sums" and not alarm.prefix:
            window = Window(*status.window)
            for _ in range(LINE):
                asked.append((alarm.id, Request(alarm.metric, scope_of(alarm, window))))
                window = before(window, alarm.period, alarm.zone)
    found: dict[str, list[float | None]] = {}
    try:
        values = measured(store, [request for _, request in asked], store.settings.query_seconds)
    except CdrStatsError:
        return {}
    for key, request in asked:
        found.setdefault(key, []).insert(0, values[request].value)
    return found


def row(held: Watched, line: Sequence[float | None], now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """What the list shows of an alarm."""
    alarm, status = held
    color, said = STATES[state_of(held)]
    snoozed = alarm.snoozed is not None and alarm.snoozed > now
    return {
        "key": alarm.id,
        "name": {"text": alarm.name, "color": color, "help": rule(alarm)},
        "state": f"{said}, snoozed" if snoozed else said,
        "value": speech.value(alarm.metric, status.value),
        "line": list(line),
        "since": when(status.since, now, zone) if status.since else words.NO_VALUE,
    }


def rule(alarm: Alarm) -> str:
    """What an alarm watches, in a sentence: 'ASR of an hour is less than 30 % (warning)'."""
    levels = {"warning": alarm.warning, "critical": alarm.critical}
    limits = ", ".join(
        f"{speech.threshold(alarm.metric, alarm.condition, value)} ({name})"
        for name, value in levels.items()
        if value is not None
    )
    length = f"{alarm.minutes} minutes" if alarm.period == "minutes" else f"a {alarm.period}"
    length = length.replace("a hour", "an hour")
    said = CONDITIONS[alarm.condition].words.removesuffix(", in percent")
    against = f" against {REFERENCES[alarm.reference].words}" if alarm.reference else ""
    return f"{METRICS[alarm.metric].label} of {length} {said} {limits}{against}"


def calls_of(alarm: Alarm) -> str:
    """Which calls an alarm looks at, in words."""
    listed = [
        *(f"switch {name}" for name in alarm.switches),
        *(f"account {words.account(name)}" for name in alarm.accounts or ()),
        *(words.country(code) for code in alarm.countries),
        *(words.NAMED["directions"](name) for name in alarm.directions),
        *([f"numbers that begin with {alarm.prefix}"] if alarm.prefix else []),
    ]
    return ", ".join(listed) or "all calls"


def story(held: Watched, now: datetime, zone: ZoneInfo) -> str:
    """An alarm in HTML."""
    alarm, status = held
    told: dict[str, str] = {"Watches": rule(alarm), "Of": calls_of(alarm)}
    if status.window:
        told["Last window"] = speech.span(*status.window, alarm.zone)
        told["Value"] = f"{speech.value(alarm.metric, status.value)} of {number(status.n)} calls"
        if status.reference is not None:
            told["Compared with"] = speech.value(alarm.metric, status.reference)
    told["Tells"] = (
        ", ".join([*alarm.emails, *([alarm.webhook] if alarm.webhook else [])]) or "nobody by mail"
    )
    if all(alarm.quiet):
        told["Quiet hours"] = f"{alarm.quiet[0]}–{alarm.quiet[1]} ({alarm.zone})"
    if alarm.snoozed and alarm.snoozed > now:
        told["Snoozed until"] = speech.moment(alarm.snoozed, str(zone))
    if alarm.owner:
        told["Owner"] = alarm.owner
    link = f'<p><a href="alarm-reports?alarm={escape(alarm.id)}">Its reports</a></p>'
    return f"{_error(status, zone)}{listed(told)}{link}"


def _error(status: Status, zone: ZoneInfo) -> str:
    if not status.error:
        return ""
    again = f"; again at {status.next.astimezone(zone):%H:%M}" if status.next else ""
    tried = f"Tried {number(status.failures)}×{again}."
    return f'<p class="problem">{escape(status.error)} <small>{tried}</small></p>'


def listed(told: Mapping[str, str]) -> str:
    """Names and values in HTML."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(said)}</dd>" for name, said in told.items())
    return f"<dl>{rows}</dl>"


def explore(found: Mapping[str, Sequence[str]]) -> str:
    """The address of Explore with a filter, safe in an attribute."""
    pairs = [(name, value) for name, values in found.items() for value in values]
    return escape(f"explore?{urlencode(pairs, safe='/:')}")


def happened(report: Report) -> str:
    """A report in words: 'ASR 12 % (threshold 30 %)'."""
    limit = speech.threshold(report.metric, report.condition, report.threshold)
    passed = f", threshold {limit}" if report.threshold is not None else ""
    return f"{METRICS[report.metric].label} {speech.value(report.metric, report.value)}{passed}"


def report_row(report: Report, zone: ZoneInfo) -> dict[str, Any]:
    """What the list of reports shows of one."""
    color, said = STATES[report.state]
    return {
        "key": report.id,
        "name": {"text": report.name, "color": color, "help": happened(report)},
        "state": "over" if report.over else said,
        "value": speech.value(report.metric, report.value),
        "reference": speech.value(report.metric, report.reference),
        "calls": number(report.n),
        "window": speech.span(report.since, report.until, report.zone),
        "at": speech.short(report.at, str(zone)),
    }


def report_story(report: Report, zone: ZoneInfo) -> str:
    """A report in HTML: what happened, and what changed, with links to the calls."""
    told = {
        "What": f"{happened(report)}: {STATES[report.was][1]} before, {STATES[report.state][1]} now",
        "Window": speech.span(report.since, report.until, report.zone),
        "Calls": number(report.n),
        "Compared with": speech.value(report.metric, report.reference),
        "Written": speech.moment(report.at, str(zone)),
        "Told": speech.moment(report.told, str(zone)) if report.told else _waiting(report, zone),
    }
    link = f'<p><a href="{explore(report.filter)}">The calls of this window in Explore</a></p>'
    return f"{listed(told)}{link}{_changed(report)}"


def _waiting(report: Report, zone: ZoneInfo) -> str:
    return f"not yet; from {speech.moment(report.due, str(zone))} on"


def _changed(report: Report) -> str:
    if not report.story:
        return ""
    lines = "".join(_part(part) for part in report.story)
    return (
        "<h3>What changed</h3><div class=scroll><table><tr><th>Of</th><th>Which</th><th>Before</th>"
        f"<th>Now</th><th>Mix</th><th>Rate</th></tr>{lines}</table></div>"
        "<p class=small>Mix: its share of the calls changed. Rate: it changed itself.</p>"
    )


def _part(part: Mapping[str, Any]) -> str:
    metric, name = part["metric"], SHOWN_BY[part["dimension"]](part["name"])
    figures = [speech.value(metric, part[key]) for key in ("before", "now")]
    figures += [speech.value(metric, part[key], sign=True) for key in ("mix", "rate")]
    cells = "".join(f"<td class=figure>{escape(text)}</td>" for text in figures)
    link = f'<a href="{explore(part["filter"])}">{escape(name)}</a>'
    return f"<tr><td>{escape(part['dimension'])}</td><td>{link}</td>{cells}</tr>"
