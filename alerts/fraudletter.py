"""The letter about what the fraud rules found, and the words in which a finding is told."""

from datetime import timedelta

from alerts import speech, windows
from alerts.digestletter import WHY
from alerts.fraud import RULES
from alerts.letters import Told, line, link, told
from store import countries
from store.database import Store
from store.fraud_events import Event, Letter
from store.lens import brief

MOST = 30
"""Rows of a letter; the rest is counted."""
SEVERAL = "several or none"
COLUMNS = ("From", "Rule", "Account", "About", "Reached", "Calls", "Talk")


def about(event: Event) -> str:
    """What an event is about: a country by its name, a prefix or caller as it is."""
    if event.rule == "new-country":
        return countries.name(event.subject)
    return brief(event.subject)


def reached(event: Event) -> str:
    """'76 calls in a quarter of an hour (limit 20)'."""
    rule = RULES[event.rule]
    return f"{speech.figure(event.value)} {rule.unit} (limit {speech.figure(event.limit)})"


def fraud_letter(store: Store, letter: Letter) -> Told:
    """The letter to the admins of what was found."""
    zone, events = store.settings.zone, letter.events
    first = events[0]
    rows = [{"cells": _cells(event, zone), "link": _link(store, event)} for event in events[:MOST]]
    what = " ".join(filter(None, (RULES[first.rule].label, line(about(first), 40))))
    if first.account:
        what += f", account {line(first.account, 30)}"
    title = what if len(events) == 1 else f"{what}, and {len(events) - 1:,} more"
    values = {
        "mark": "Fraud",
        "title": title,
        "sentence": "These calls look as if somebody were deceived or used a telephone that is not theirs. "
        f"Times are those of {zone}.",
        "columns": COLUMNS,
        "rows": rows,
        "more": f"And {len(events) - len(rows):,} more." if len(events) > len(rows) else "",
        "all": link(store.settings, "fraud"),
        "why": WHY,
    }
    return told(store.settings, "digest", f"[FRAUD] {title}", values)


def _cells(event: Event, zone: str) -> list[str]:
    return [
        speech.short(event.since, zone),
        RULES[event.rule].label,
        line(event.account or SEVERAL, 30),
        line(about(event), 40),
        reached(event),
        f"{event.calls:,}",
        str(timedelta(seconds=round(event.seconds))),
    ]


def _link(store: Store, event: Event) -> str:
    zone = store.settings.zone
    shown = {**event.filter, **windows.shown(event.since, event.until, zone)}
    return link(store.settings, "explore", shown)
