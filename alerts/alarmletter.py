"""The letter of an alarm: that it fires, still does, or is over, with what changed and links to the calls."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from alerts import charts, speech
from alerts.alarms import REFERENCES, scope_of
from alerts.judge import CONDITIONS
from alerts.letters import Told, line, link, told
from alerts.measures import METRICS, Request, measured
from alerts.windows import Window, before
from store import alarms, countries
from store.alarm_reports import Report
from store.alarms import Alarm
from store.database import Store
from store.errors import CdrStatsError

WINDOWS = {"hour": 48, "day": 30, "week": 12, "month": 12, "minutes": 24}
"""How many windows the picture shows, by the period."""
FEW = 12
"""So many of a metric that has to read records."""


def alarm_letter(store: Store, report: Report) -> Told:
    """What an alarm's letter says, whoever gets it."""
    held = alarms.one(store, report.alarm)
    picture = history(store, held.alarm, report) if held else None
    return told(
        store.settings,
        "alarm",
        subject(report),
        _values(store, report, held.alarm if held else None),
        {"history": picture} if picture else {},
    )


def subject(report: Report) -> str:
    """The point of it in a line: '[CRITICAL] Lisbon trunk: ASR 23.4 % (less than 40 %)'."""
    metric = f"{METRICS[report.metric].label} {speech.value(report.metric, report.value)}"
    tail = "" if report.over else f" ({_limit(report)})"
    return f"[{mark(report).upper()}] {report.name}: {metric}{tail}"


def mark(report: Report) -> str:
    """What happened, in a word or two."""
    if report.over:
        return "over"
    return f"{report.state}, still" if report.was == report.state else report.state


def history(store: Store, alarm: Alarm, report: Report) -> bytes | None:
    """The metric of the windows before and of the one that is told; None where that takes too long."""
    measure = METRICS[alarm.metric]
    if alarm.metric != report.metric:
        return None
    many = WINDOWS[alarm.period] if measure.how == "sums" else FEW
    spans = [Window(report.since, report.until)]
    while len(spans) < many:
        spans.append(before(spans[-1], alarm.period, alarm.zone))
    requests = [Request(alarm.metric, scope_of(alarm, span)) for span in reversed(spans)]
    try:
        found = measured(store, requests)
    except CdrStatsError:
        return None
    plain = report.condition in ("less", "greater")
    return charts.history(
        [span.until for span in reversed(spans)],
        [found[request].value for request in requests],
        report.threshold if plain else None,
        report.zone,
    )


def _values(store: Store, report: Report, alarm: Alarm | None) -> dict[str, Any]:
    facts = [
        ("Window", speech.span(report.since, report.until, report.zone)),
        ("Calls in it", speech.figure(report.n)),
    ]
    if report.reference is not None:
        words = REFERENCES[alarm.reference].words if alarm and alarm.reference else "the reference"
        facts.append(("Compared with", f"{speech.value(report.metric, report.reference)} ({words})"))
    if report.threshold is not None:
        facts.append(("Threshold", _limit(report)))
    facts.append(("Noticed", f"{speech.moment(report.at, report.zone)} ({report.zone})"))
    return {
        "name": line(report.name),
        "tone": "over" if report.over else report.state,
        "mark": mark(report),
        "metric": METRICS[report.metric].label,
        "value": speech.value(report.metric, report.value),
        "sentence": _sentence(report),
        "facts": facts,
        "story": _story(store, report),
        "calls": link(store.settings, "explore", report.filter),
    }


def _limit(report: Report) -> str:
    words = CONDITIONS[report.condition].words.removesuffix(", in percent").removeprefix("is ")
    return f"{words} {speech.threshold(report.metric, report.condition, report.threshold)}"


def _sentence(report: Report) -> str:
    label, words = METRICS[report.metric].label, METRICS[report.metric].words
    if report.over:
        return f"{label} is as it should be again. {words}"
    kind = CONDITIONS[report.condition].words.removesuffix(", in percent")
    limit = speech.threshold(report.metric, report.condition, report.threshold)
    return f"{label} {kind} {limit}. {words}"


def _story(store: Store, report: Report) -> list[tuple[str, list[dict[str, str]]]]:
    groups = groupby(report.story, key=lambda part: str(part["dimension"]))
    return [(name, [_part(store, part) for part in parts]) for name, parts in groups]


def _part(store: Store, part: Mapping[str, Any]) -> dict[str, str]:
    metric, name = str(part["metric"]), str(part["name"])
    shown = countries.name(name) if part["dimension"] == "country" else name or "no account"
    mixed = part["mix"] and METRICS[metric].unit
    unit = "points" if METRICS[metric].unit == "%" else METRICS[metric].unit
    parts = (
        f"by mix {speech.figure(part['mix'], '', True)}, by rate {speech.figure(part['rate'], '', True)}"
        if mixed
        else ""
    )
    return {
        "name": line(shown, 60),
        "before": speech.value(metric, part["before"]),
        "now": speech.value(metric, part["now"]),
        "change": speech.figure(part["change"], unit, sign=True),
        "parts": parts,
        "link": link(store.settings, "explore", part["filter"]),
    }
