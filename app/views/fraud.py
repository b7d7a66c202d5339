"""What the fraud rules found, and the calls to listed numbers, as an admin sees them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

from alerts import speech, windows
from alerts.fraud import RULES
from app import words
from app.views.alarms import STYLE as ALARMS
from app.views.alarms import explore
from assets.files import path
from store import countries
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
ABOUT = {
    "premium": "to {}…", "shared-cost": "to {}…", "satellite": "to {}…", "one-prefix": "to {}…",
    "sequence": "to {}…", "wangiri": "from {}…", "one-caller": "from {}", "long-call": "to {}",
}  # fmt: skip
"""What a subject is, by the rule; of those that end openly what numbers begin with."""
RANGES = frozenset(rule for rule, said in ABOUT.items() if said.endswith("…"))
HEADS = ("Rule", "When", "Account", "Found", "Calls", "Talk")
HIT_HEADS = ("Start", "Account", "From", "To", "Listed as", "Talk")
RIGHT = frozenset({"Calls", "Talk"})
UNFOUND = "<p class=nothing>Nothing of that was found in this time.</p>"
NOTHING = (
    "<p class=nothing>Nothing was found. The rules below look at every call that comes in, and at those in "
    "progress, for what costs others money: premium-rate numbers, calls that wait for being called back, "
    "accounts that suddenly call abroad. What they find stands here, and is mailed to the admins whom the "
    "settings name.</p>"
)
NO_HITS = "<p class=nothing>No call to a number that a black list names.</p>"


def about(event: Event) -> str:
    """What an event is about, in words: 'to +5351234… (Cuba)'; '' when about nothing but its account."""
    if event.rule == "new-country":
        return countries.name(event.subject)
    if not event.subject:
        return ""
    subject = brief(event.subject)
    said, digits = ABOUT.get(event.rule, "{}"), subject.removeprefix("+")
    if event.calls == 1 or subject.endswith(DOTS):  # what one call has in common is its number
        said = said.removesuffix("…")
    ranged = event.rule in RANGES and len(digits) >= SHORTEST and digits.isdecimal()
    code = by_prefix(digits) if ranged else NOWHERE
    if code == NOWHERE:
        return said.format(subject)
    return f"{said.format(f'+{digits}')} ({countries.name(code)})"


def whose(event: Event) -> str:
    """The account of an event; what is without one is told by its rule."""
    return event.account or ("several or none" if event.rule in SEVERAL else words.account(""))


def reached(event: Event) -> str:
    """'76 calls in a quarter of an hour, 20 are the limit'."""
    value, limit = speech.figure(event.value), speech.figure(event.limit)
    noun, _, rest = RULES[event.rule].unit.partition(" ")
    counted = noun.removesuffix("s") if value == "1" else noun
    return f"{value} {counted} {rest}, {limit} {'is' if limit == '1' else 'are'} the limit"


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
        return UNFOUND if filtered else NOTHING
    return _listed("", HEADS, (_event(event, zone) for event in events))


def _event(event: Event, zone: str) -> str:
    local, subject = ZoneInfo(zone), about(event)
    label = RULES[event.rule]
    small = f"<small>{escape(subject)}</small>" if subject else ""
    return _link(
        explore(calls_of(event, zone)),
        f'<span class=wide title="{escape(label.words)}"><b>{escape(label.label)}</b>{small}</span>',
        f'<span class="wide when">{escape(words.span(event.since, event.until, local))}</span>',
        f"<span class=wide data-label=Account>{escape(whose(event))}</span>",
        f"<span class=wide>{escape(reached(event))}</span>",
        f"<span class=figure data-label=Calls>{event.calls:,}</span>",
        f"<span class=figure data-label=Talk>{words.clock(event.seconds)}</span>",
    )


def hits(listed: Sequence[Hit], zone: str) -> str:
    """Calls to listed numbers in HTML, each a link to Explore."""
    return _listed(" hits", HIT_HEADS, (_hit(hit, zone) for hit in listed)) if listed else NO_HITS


def _hit(hit: Hit, zone: str) -> str:
    entry = f"{hit.prefix or countries.name(hit.country)} {hit.words}".strip()
    whose = f" ({words.account(hit.tenant)}’s list)" if hit.tenant else ""
    return _link(
        explore(call_of(hit, zone)),
        f'<span class="wide when">{escape(_moment(hit.start, zone))}</span>',
        f"<span class=wide data-label=Account>{escape(words.account(hit.account))}</span>",
        f"<span data-label=From>{escape(brief(hit.caller) or words.NO_VALUE)}</span>",
        f"<span data-label=To>{escape(brief(hit.destination) or words.NO_VALUE)}</span>",
        f'<span class=wide data-label="Listed as">{escape(entry + whose)}</span>',
        f"<span class=figure data-label=Talk>{words.clock(hit.seconds)}</span>",
    )


def _moment(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{words.day(at, ZoneInfo(zone))} {local:%H:%M:%S}"


def _link(address: str, *cells: str) -> str:
    """A line that leads somewhere; the address is safe in an attribute, the cells are HTML."""
    return f'<li><a href="{address}">{"".join(cells)}</a></li>'


def _listed(kind: str, heads: Sequence[str], lines: Iterable[str]) -> str:
    cells = "".join(f"<span{' class=figure' if head in RIGHT else ''}>{head}</span>" for head in heads)
    return f'<div class="found{kind}"><div class=head>{cells}</div><ul>{"".join(lines)}</ul></div>'
