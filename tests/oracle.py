"""What every figure must be, told again in plain loops over calls.

It shares nothing with the program but the call itself: not the sums, not the metrics, not the zones' hours.
A scope is any object with the attributes of `store.scope.Scope`.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from store.record import CDR

Row = tuple[int, int, float, float, float | None, float | None, float | None, float | None, float | None]

NETWORK_DID_ITS_PART = ("USER_BUSY", "NO_USER_RESPONSE", "NO_ANSWER", "CALL_REJECTED", "ORIGINATOR_CANCEL")


def without_plus(number: str, text: str) -> str:
    """The number as people type it: who writes digits means the number that has a + before them, too."""
    return number[1:] if number[:1] == "+" and text and text[0] in "0123456789" else number


NUMBER_TESTS: dict[str, Callable[[str, str], bool]] = {
    "equals": lambda number, text: number == text or without_plus(number, text) == text,
    "begins": lambda number, text: number.startswith(text) or without_plus(number, text).startswith(text),
    "contains": lambda number, text: text in number,
    "ends": lambda number, text: number.endswith(text),
    "ending": lambda number, text: (
        re.fullmatch(rf"\+?[0-9]{{{len(text)},}}{re.escape(text)}", number) is not None
    ),
}
LENGTH_TESTS: dict[str, Callable[[float, float], bool]] = {
    "lt": lambda talk, wanted: talk < wanted,
    "le": lambda talk, wanted: talk <= wanted,
    "eq": lambda talk, wanted: talk == wanted,
    "ge": lambda talk, wanted: talk >= wanted,
    "gt": lambda talk, wanted: talk > wanted,
}


def fits(call: CDR, scope: Any) -> bool:
    """Whether a call is one of the scope's."""
    if not scope.since <= call.start < scope.until:
        return False
    if scope.accounts is not None and call.account not in scope.accounts:
        return False
    return fits_otherwise(call, scope)


def fits_otherwise(call: CDR, scope: Any) -> bool:
    """Whether a call is one of the scope's but for time and account."""
    chosen = (
        (scope.switches, call.switch),
        (scope.countries, call.country),
        (scope.causes, call.cause),
        (scope.directions, call.direction),
    )
    if any(wanted and value not in wanted for wanted, value in chosen):
        return False
    for wanted, number in ((scope.caller, call.caller), (scope.destination, call.destination)):
        if wanted is not None and not NUMBER_TESTS[wanted.op](number, wanted.text):
            return False
    length = scope.duration
    return length is None or LENGTH_TESTS[length.op](call.billmsec / 1000, length.seconds)


def measured(calls: Iterable[CDR]) -> Row:
    """calls, answered, duration, billsec (seconds), asr, acd, ner, short_share, pdd of these calls."""
    count = answered = network = short = length = talk = delay = told = 0
    for call in calls:
        count += 1
        length += call.mduration
        talk += call.billmsec
        if call.answered:
            answered += 1
            if call.billmsec <= 6000:
                short += 1
        if call.answered or call.cause in NETWORK_DID_ITS_PART:
            network += 1
        if call.pdd_ms is not None:
            told += 1
            delay += call.pdd_ms
    return (
        count,
        answered,
        length / 1000,
        talk / 1000,
        100 * answered / count if count else None,
        talk / answered / 1000 if answered else None,
        100 * network / count if count else None,
        100 * short / answered if answered else None,
        delay / told / 1000 if told else None,
    )


def clock_hour(moment: datetime, zone: str) -> tuple[int, int, int, int, timedelta | None]:
    """An hour as a clock on the wall shows it; the offset tells the two apart that come twice."""
    local = moment.astimezone(ZoneInfo(zone))
    return local.year, local.month, local.day, local.hour, local.utcoffset()


KEYS: dict[str, Callable[[CDR, str], Hashable]] = {
    "hour": lambda call, zone: clock_hour(call.start, zone),
    "day": lambda call, zone: call.start.astimezone(ZoneInfo(zone)).date(),
    "month": lambda call, zone: f"{call.start.astimezone(ZoneInfo(zone)):%Y-%m}",
    "country": lambda call, zone: call.country,
    "hangup_cause": lambda call, zone: call.cause,
    "direction": lambda call, zone: call.direction,
    "switch": lambda call, zone: call.switch,
    "account": lambda call, zone: call.account,
}


def figure(calls: Iterable[CDR], scope: Any, key: str | None) -> dict[Hashable, Row]:
    """Each row of a figure by its key; without a key the one row of the totals is keyed by None."""
    groups: defaultdict[Hashable, list[CDR]] = defaultdict(list)
    for call in calls:
        if fits(call, scope):
            groups[KEYS[key](call, scope.zone) if key else None].append(call)
    if key is None:
        groups.setdefault(None, [])
    return {name: measured(group) for name, group in groups.items()}


def busy(calls: Sequence[CDR], minute: datetime) -> int:
    """The most calls in progress at one instant of a minute: at its first, or when another call starts."""
    after = minute + timedelta(minutes=1)
    instants = [minute, *(call.start for call in calls if minute <= call.start < after)]
    return max(sum(call.start <= instant < call.end for call in calls) for instant in instants)


def concurrent(calls: Iterable[CDR], scope: Any, together: bool) -> dict[tuple[str, datetime], int]:
    """The busy minutes that lie wholly within the scope, by (switch, minute); "*" is all together."""
    groups: defaultdict[str, list[CDR]] = defaultdict(list)
    for call in calls:
        own = scope.accounts is None or call.account in scope.accounts
        if own and fits_otherwise(call, scope):
            groups["*" if together else call.switch].append(call)
    minute = scope.since.replace(second=0, microsecond=0)
    if minute < scope.since:
        minute += timedelta(minutes=1)
    found = {}
    while minute + timedelta(minutes=1) <= scope.until:
        for switch, group in groups.items():
            if most := busy(group, minute):
                found[switch, minute] = most
        minute += timedelta(minutes=1)
    return found
