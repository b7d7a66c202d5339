"""What the fraud rules found, and the calls to listed numbers, as an admin sees them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

from alerts import windows
from alerts.fraud import RULES
from app import figures, words
from app.tongue import mark, t
from app.views.alarms import STYLE as ALARMS
from app.views.alarms import explore
from assets.files import path
from store.fraud_events import Event
from store.lens import DOTS, brief
from store.list_hits import Hit
from store.prefixes import NOWHERE, by_prefix

STYLE = ALARMS + path("fraud.css").read_text(encoding="utf-8")
MINUTE = timedelta(minutes=1)
SHORTEST = 4
"""Digits that tell a country for sure: fewer may be those of several."""
SEVERAL = frozenset({"wangiri", "one-caller"})
"""The rules that look at the calls of all accounts together."""
TO, FROM = mark("to {number}"), mark("from {number}")
TO_RANGE, FROM_RANGE = mark("to {number}…"), mark("from {number}…")
WHOLE = {TO_RANGE: TO, FROM_RANGE: FROM}
"""What is said of one number instead of a range."""
ABOUT = {
    "premium": TO_RANGE, "shared-cost": TO_RANGE, "satellite": TO_RANGE, "one-prefix": TO_RANGE,
    "sequence": TO_RANGE, "wangiri": FROM_RANGE, "one-caller": FROM, "long-call": TO,
}  # fmt: skip
"""What a subject is, by the rule; of those that end openly what numbers begin with."""
RANGES = frozenset(rule for rule, said in ABOUT.items() if said in WHOLE)
HEADS = (mark("Rule"), mark("When"), mark("Account"), mark("Found"), mark("Calls"), mark("Talk"))
HIT_HEADS = (mark("Start"), mark("Account"), mark("From"), mark("To"), mark("Listed as"), mark("Talk"))
RIGHT = frozenset({"Calls", "Talk"})
UNFOUND = mark("Nothing of that was found in this time.")
NOTHING = mark(
    "Nothing was found. The rules below look at every call that comes in, and at those in "
    "progress, for what costs others money: premium-rate numbers, calls that wait for being called back, "
    "accounts that suddenly call abroad. What they find stands here, and is mailed to the admins whom the "
    "settings name."
)
NO_HITS = mark("No call to a number that a black list names.")


LIMIT, LIMIT_OF_ONE = (
    mark("{value} {unit}, {limit} are the limit"),
    mark("{value} {unit}, {limit} is the limit"),
)
ONE_OF = {
    "calls in a quarter of an hour": mark("call in a quarter of an hour"),
    "calls of the day": mark("call of the day"),
    "minutes of the night": mark("minute of the night"),
    "calls in a minute": mark("call in a minute"),
    "numbers in a quarter of an hour": mark("number in a quarter of an hour"),
    "minutes of the day": mark("minute of the day"),
    "minutes in progress": mark("minute in progress"),
    "calls in progress": mark("call in progress"),
}
"""The unit of a rule where one is counted."""


def about(event: Event) -> str:
    """What an event is about, in words: 'to +5351234… (Cuba)'; '' when about nothing but its account."""
    if event.rule == "new-country":
        return words.country(event.subject)
    if not event.subject:
        return ""
    subject = brief(event.subject)
    said, digits = ABOUT.get(event.rule, "{number}"), subject.removeprefix("+")
    if event.calls == 1 or subject.endswith(DOTS):  # what one call has in common is its number
        said = WHOLE.get(said, said)
    ranged = event.rule in RANGES and len(digits) >= SHORTEST and digits.isdecimal()
    code = by_prefix(digits) if ranged else NOWHERE
    if code == NOWHERE:
        return t(said, number=subject)
    return f"{t(said, number=f'+{digits}')} ({words.country(code)})"


def whose(event: Event) -> str:
    """The account of an event; what is without one is told by its rule."""
    return event.account or (t("several or none") if event.rule in SEVERAL else words.account(""))


def reached(event: Event) -> str:
    """'76 calls in a quarter of an hour, 20 are the limit'."""
    value, limit, unit = figures.figure(event.value), figures.figure(event.limit), RULES[event.rule].unit
    counted = ONE_OF.get(unit, unit) if value == "1" else unit
    return t(LIMIT_OF_ONE if limit == "1" else LIMIT, value=value, unit=t(counted), limit=limit)


def calls_of(event: Event, zone: str) -> dict[str, list[str]]:
    """What shows just the calls of an event, as parameters of the pages' address."""
    return {**event.filter, **windows.shown(event.since, event.until, zone)}


def call_of(hit: Hit, zone: str) -> dict[str, list[str]]:
    """What shows the call of a hit, and others to that number in the same minute."""
    begin = hit.start.replace(second=0, microsecond=0)
    shown = windows.shown(begin, begin + MINUTE, zone)
    return {"account": [hit.account], "destination": [f"equals:{hit.destination}"], **shown}


def found(events: Sequence[Event], zone: str, filtered: bool = False) -> str:
    """Events in HTML, each a link to its calls; without any, what is looked for."""
    if not events:
        return _nothing(UNFOUND if filtered else NOTHING)
    return _listed("", HEADS, (_event(event, zone) for event in events))


def _event(event: Event, zone: str) -> str:
    local, subject = ZoneInfo(zone), about(event)
    label = RULES[event.rule]
    small = f"<small>{escape(subject)}</small>" if subject else ""
    return _link(
        explore(calls_of(event, zone)),
        f'<span class=wide title="{escape(t(label.words))}"><b>{escape(t(label.label))}</b>{small}</span>',
        f'<span class="wide when">{escape(words.span(event.since, event.until, local))}</span>',
        _cell("wide", "Account", whose(event)),
        f"<span class=wide>{escape(reached(event))}</span>",
        _cell("figure", "Calls", words.number(event.calls)),
        _cell("figure", "Talk", words.clock(event.seconds)),
    )


def hits(listed: Sequence[Hit], zone: str) -> str:
    """Calls to listed numbers in HTML, each a link to Explore."""
    return _listed(" hits", HIT_HEADS, (_hit(hit, zone) for hit in listed)) if listed else _nothing(NO_HITS)


def _hit(hit: Hit, zone: str) -> str:
    entry = f"{hit.prefix or words.country(hit.country)} {hit.words}".strip()
    whose = t(" ({account}’s list)", account=words.account(hit.tenant)) if hit.tenant else ""
    return _link(
        explore(call_of(hit, zone)),
        f'<span class="wide when">{escape(_moment(hit.start, zone))}</span>',
        _cell("wide", "Account", words.account(hit.account)),
        _cell("", "From", brief(hit.caller) or words.NO_VALUE),
        _cell("", "To", brief(hit.destination) or words.NO_VALUE),
        _cell("wide", "Listed as", entry + whose),
        _cell("figure", "Talk", words.clock(hit.seconds)),
    )


def _cell(kind: str, head: str, text: str) -> str:
    """A cell in HTML, with the name of its column where there is no room for a head."""
    return f'<span class="{kind}" data-label="{escape(t(head))}">{escape(text)}</span>'


def _nothing(said: str) -> str:
    return f"<p class=nothing>{t(said)}</p>"


def _moment(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{words.day(at, ZoneInfo(zone))} {local:%H:%M:%S}"


def _link(address: str, *cells: str) -> str:
    """A line that leads somewhere; the address is safe in an attribute, the cells are HTML."""
    return f'<li><a href="{address}">{"".join(cells)}</a></li>'


def _listed(kind: str, heads: Sequence[str], lines: Iterable[str]) -> str:
    cells = "".join(
        f"<span{' class=figure' if head in RIGHT else ''}>{escape(t(head))}</span>" for head in heads
    )
    return f'<div class="found{kind}"><div class=head>{cells}</div><ul>{"".join(lines)}</ul></div>'
