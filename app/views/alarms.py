"""The alarms as an admin sees them: the list, what one watches and how it fares, and its reports."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from alerts.alarms import REFERENCES, scope_of
from alerts.judge import CONDITIONS
from alerts.measures import METRICS, Request, measured
from alerts.windows import Window, before
from app import figures, words
from app.theme import CARD
from app.tongue import many, mark, t
from app.views.tasks import when
from app.words import number
from assets.files import path
from store.alarm_reports import Report
from store.alarms import Alarm, Status, Watched
from store.database import Store
from store.errors import CdrStatsError

STYLE = CARD + path("alarms.css").read_text(encoding="utf-8")
STATES = {
    "critical": ("#c0392b", mark("critical")),
    "warning": ("#e08a2e", mark("warning")),
    "ok": ("#3c9d76", mark("well")),
    "unknown": ("#8a96a3", mark("cannot tell")),
    "off": ("#8a96a3", mark("off")),
    "error": ("#7a3db8", mark("cannot be judged")),
}
"""State -> colour and words, the worst first."""
COLUMNS = [
    {"key": "name", "label": mark("Alarm"), "kind": "name"},
    {"key": "state", "label": mark("State"), "kind": "value"},
    {
        "key": "value",
        "label": mark("Last value"),
        "kind": "value",
        "help": mark("Of the last window that was judged."),
    },
    {
        "key": "line",
        "label": mark("Before"),
        "kind": "line",
        "spare": True,
        "help": mark("The last windows."),
    },
    {"key": "since", "label": mark("Since"), "kind": "value", "spare": True},
]
LENGTHS = {
    "hour": mark("an hour"),
    "day": mark("a day"),
    "week": mark("a week"),
    "month": mark("a month"),
    "minutes": mark("{n} minutes"),
}
RULE = mark("{metric} of {length} {condition} {limits}")
AGAINST = mark("{metric} of {length} {condition} {limits} against {reference}")
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


def fits(held: Watched, search: str) -> bool:
    """Whether all words of a search are found in an alarm: its name, owner, state, what it watches, its
    calls, its addresses.
    """
    alarm = held.alarm
    told = (
        alarm.name,
        alarm.owner,
        t(STATES[state_of(held)][1]),
        rule(alarm),
        calls_of(alarm),
        *alarm.emails,
    )
    text = " ".join(told).casefold()
    return all(word in text for word in search.casefold().split())


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
        "state": t("{state}, snoozed", state=t(said)) if snoozed else t(said),
        "value": figures.value(alarm.metric, status.value),
        "line": list(line),
        "since": when(status.since, now, zone) if status.since else words.NO_VALUE,
    }


def rule(alarm: Alarm) -> str:
    """What an alarm watches, in a sentence: 'ASR of an hour is less than 30 % (warning)'."""
    levels = {"warning": alarm.warning, "critical": alarm.critical}
    limits = ", ".join(
        f"{figures.threshold(alarm.metric, alarm.condition, value)} ({t(STATES[name][1])})"
        for name, value in levels.items()
        if value is not None
    )
    return t(
        AGAINST if alarm.reference else RULE,
        metric=t(METRICS[alarm.metric].label),
        length=t(LENGTHS[alarm.period], n=alarm.minutes),
        condition=t(CONDITIONS[alarm.condition.removesuffix("_percent")].words),
        limits=limits,
        reference=t(REFERENCES[alarm.reference].words),
    )


def calls_of(alarm: Alarm) -> str:
    """Which calls an alarm looks at, in words."""
    listed = [
        *(t("switch {name}", name=name) for name in alarm.switches),
        *(t("account {name}", name=words.account(name)) for name in alarm.accounts or ()),
        *(words.country(code) for code in alarm.countries),
        *(words.NAMED["directions"](name) for name in alarm.directions),
        *([t("numbers that begin with {prefix}", prefix=alarm.prefix)] if alarm.prefix else []),
    ]
    return ", ".join(listed) or t("all calls")


def story(held: Watched, now: datetime, zone: ZoneInfo) -> str:
    """An alarm in HTML."""
    alarm, status = held
    told: dict[str, str] = {t("Watches"): rule(alarm), t("Of"): calls_of(alarm)}
    if status.window:
        told[t("Last window")] = figures.window(*status.window, alarm.zone)
        value = figures.value(alarm.metric, status.value)
        told[t("Value")] = many("{value} of {n} call", "{value} of {n} calls", status.n, value=value)
        if status.reference is not None:
            told[t("Compared with")] = figures.value(alarm.metric, status.reference)
    told[t("Tells")] = ", ".join([*alarm.emails, *([alarm.webhook] if alarm.webhook else [])]) or t(
        "nobody by mail"
    )
    if all(alarm.quiet):
        told[t("Quiet hours")] = f"{alarm.quiet[0]}–{alarm.quiet[1]} ({alarm.zone})"
    if alarm.snoozed and alarm.snoozed > now:
        told[t("Snoozed until")] = words.moment(alarm.snoozed, zone)
    if alarm.owner:
        told[t("Owner")] = alarm.owner
    link = f'<p><a href="alarm-reports?alarm={escape(alarm.id)}">{t("Its reports")}</a></p>'
    return f"{_error(status, zone)}{listed(told)}{link}"


def _error(status: Status, zone: ZoneInfo) -> str:
    if not status.error:
        return ""
    times = number(status.failures)
    tried = (
        t("Tried {n}×; again at {clock}.", n=times, clock=f"{status.next.astimezone(zone):%H:%M}")
        if status.next
        else t("Tried {n}×.", n=times)
    )
    return f'<p class="problem">{escape(t(status.error))} <small>{tried}</small></p>'


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
    limit = figures.threshold(report.metric, report.condition, report.threshold)
    metric, value = t(METRICS[report.metric].label), figures.value(report.metric, report.value)
    if report.threshold is None:
        return f"{metric} {value}"
    return t("{metric} {value}, threshold {limit}", metric=metric, value=value, limit=limit)


def report_row(report: Report, zone: ZoneInfo) -> dict[str, Any]:
    """What the list of reports shows of one."""
    color, said = STATES[report.state]
    return {
        "key": report.id,
        "name": {"text": report.name, "color": color, "help": happened(report)},
        "state": t("over") if report.over else t(said),
        "value": figures.value(report.metric, report.value),
        "reference": figures.value(report.metric, report.reference),
        "calls": number(report.n),
        "window": figures.window(report.since, report.until, report.zone),
        "at": words.short(report.at, zone),
    }


def report_story(report: Report, zone: ZoneInfo) -> str:
    """A report in HTML: what happened, and what changed, with links to the calls."""
    told = {
        t("What"): t(
            "{what}: {was} before, {now} now",
            what=happened(report),
            was=t(STATES[report.was][1]),
            now=t(STATES[report.state][1]),
        ),
        t("Window"): figures.window(report.since, report.until, report.zone),
        t("Calls"): number(report.n),
        t("Compared with"): figures.value(report.metric, report.reference),
        t("Written"): words.moment(report.at, zone),
        t("Told"): words.moment(report.told, zone) if report.told else _waiting(report, zone),
    }
    link = f'<p><a href="{explore(report.filter)}">{t("The calls of this window in Explore")}</a></p>'
    return f"{listed(told)}{link}{_changed(report)}"


def _waiting(report: Report, zone: ZoneInfo) -> str:
    return t("not yet; from {moment} on", moment=words.moment(report.due, zone))


PARTS = (mark("Of"), mark("Which"), mark("Before"), mark("Now"), mark("Mix"), mark("Rate"))
DIMENSIONS = {
    "switch": mark("switch"),
    "account": mark("account"),
    "country": mark("country"),
    "cause": mark("cause"),
}


def _changed(report: Report) -> str:
    if not report.story:
        return ""
    lines = "".join(_part(part) for part in report.story)
    head = "".join(f"<th>{escape(t(name))}</th>" for name in PARTS)
    return (
        f"<h3>{t('What changed')}</h3><div class=scroll><table><tr>{head}</tr>{lines}</table></div>"
        f"<p class=small>{t('Mix: its share of the calls changed. Rate: it changed itself.')}</p>"
    )


def _part(part: Mapping[str, Any]) -> str:
    metric, name = part["metric"], SHOWN_BY[part["dimension"]](part["name"])
    told = [figures.value(metric, part[key]) for key in ("before", "now")]
    told += [figures.value(metric, part[key], sign=True) for key in ("mix", "rate")]
    cells = "".join(f"<td class=figure>{escape(text)}</td>" for text in told)
    link = f'<a href="{explore(part["filter"])}">{escape(name)}</a>'
    return f"<tr><td>{escape(t(DIMENSIONS[part['dimension']]))}</td><td>{link}</td>{cells}</tr>"
