"""What an alarm means: the calls of a window, what they are compared with, its verdict, and how it
fares after that. Pure.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from alerts import windows
from alerts.judge import (
    CONDITIONS,
    CRITICAL,
    STATES,
    UNKNOWN,
    WARNING,
    Rule,
    deviations,
    judge,
    usual_of,
)
from alerts.measures import METRICS, Measured
from alerts.windows import Window
from store.alarms import Alarm, Status
from store.scope import NumberMatch, Scope
from store.sentence import mark

BAD = (WARNING, CRITICAL)
UNUSUAL = ("unusual_low", "unusual_high")
PATIENCE = timedelta(days=1)
"""How long something burns on while too few calls tell whether it still does."""


class Reference(NamedTuple):
    """What a window is compared with: its words, and the windows."""

    words: str
    windows: Callable[[Window, str, str], list[Window]]


REFERENCES: dict[str, Reference] = {
    "": Reference(mark("nothing"), lambda window, period, zone: []),
    "previous": Reference(
        mark("the period before"), lambda window, period, zone: [windows.before(window, period, zone)]
    ),
    "week": Reference(
        mark("a week before"), lambda window, period, zone: [windows.week_before(window, zone)]
    ),
    "year": Reference(
        mark("the same month a year before"), lambda window, period, zone: [windows.year_before(window, zone)]
    ),
    "usual": Reference(
        mark("what is usual at this hour of the week"),
        lambda window, period, zone: windows.usual(window, zone),
    ),
}


class Verdict(NamedTuple):
    """What an alarm's window comes to: the state, the metric's value, what it was compared with (of what is
    usual the middle), the number of calls, and the threshold that was passed.
    """

    state: str
    value: float | None
    reference: float | None
    n: int
    threshold: float | None


def scope_of(alarm: Alarm, window: Window) -> Scope:
    """The calls of a window that an alarm looks at."""
    return Scope(
        window.since,
        window.until,
        alarm.zone,
        accounts=alarm.accounts,
        switches=alarm.switches,
        countries=alarm.countries,
        directions=alarm.directions,
        destination=NumberMatch("begins", alarm.prefix) if alarm.prefix else None,
    )


def references(alarm: Alarm, window: Window, first: datetime) -> list[Window]:
    """The windows that one is compared with, without those that begin before the first call was kept."""
    found = REFERENCES[alarm.reference].windows(window, alarm.period, alarm.zone)
    return [one for one in found if one.since >= first]


def verdict(alarm: Alarm, found: Measured, compared: Sequence[Measured], before: str = UNKNOWN) -> Verdict:
    """The state of an alarm by the metric of its window and of those that it is compared with; `before` is
    the state until now.

    A ratio of fewer calls than the alarm's minimum is UNKNOWN, and none to compare with. A count is compared
    though few calls are left in one of the two: the larger of them has to have enough. One without a
    reference is always judged, for a count of no calls is news.
    """
    ratio = METRICS[alarm.metric].ratio
    fit = [one for one in compared if not ratio or one.n >= alarm.minimum]
    known = [one.value for one in fit if one.value is not None]
    usual = usual_of(known) if alarm.reference == "usual" else None
    reference = usual.middle**2 if usual else known[0] if known and alarm.reference != "usual" else None
    value, n = found.value, found.n
    if value is not None and alarm.condition in UNUSUAL:
        value = deviations(value, usual) if usual else None
    if not ratio:
        n = max(n, *(one.n for one in compared)) if compared else max(n, alarm.minimum)
    rule = Rule(alarm.condition, alarm.warning, alarm.critical, alarm.minimum, alarm.hysteresis)
    state = judge(rule, value, reference if CONDITIONS[alarm.condition].reference else None, n, before)
    threshold = {CRITICAL: alarm.critical, WARNING: alarm.warning}.get(state)
    return Verdict(state, found.value, reference, found.n, threshold)


def after(status: Status, window: Window, found: Verdict) -> Status:
    """How an alarm fares after a window. What burns goes on burning through windows that cannot be judged,
    which prove no end, for up to PATIENCE; then it is unknown.
    """
    known = window.until if found.state != UNKNOWN else status.known
    burns = status.state in BAD and found.state == UNKNOWN
    still = burns and known is not None and window.until - known <= PATIENCE
    state = status.state if still else found.state
    return status._replace(
        state=state,
        since=status.since if status.state == state else window.until,
        value=found.value,
        reference=found.reference,
        n=found.n,
        window=(window.since, window.until),
        checked=window.until,
        known=known,
        error="",
        failures=0,
        next=None,
    )


def worse(was: str, state: str) -> bool:
    """Whether something burns that did not, or more than it did."""
    return state in BAD and STATES.index(state) > STATES.index(was)


def tells(alarm: Alarm, was: Status, state: str, now: datetime) -> bool:
    """Whether a report is written: something burns, burns more or less or no longer, or burns on and is to be
    told again.
    """
    if was.state != state:
        return state in BAD or was.state in BAD
    pause = timedelta(minutes=alarm.repeat)
    return bool(state in BAD and alarm.repeat and was.told and now - was.told >= pause)


def filter_of(alarm: Alarm, window: Window) -> dict[str, list[str]]:
    """What shows a window's calls of an alarm, as parameters of the pages' address (each a list of texts)."""
    named = {
        **windows.shown(window.since, window.until, alarm.zone),
        "switch": list(alarm.switches),
        "account": list(alarm.accounts or ()),
        "country": list(alarm.countries),
        "direction": list(alarm.directions),
        "destination": [f"begins:{alarm.prefix}"] if alarm.prefix else [],
    }
    return {name: values for name, values in named.items() if values}


def due(alarm: Alarm, now: datetime) -> datetime:
    """When an alarm may be told of what happens now: not while it is snoozed, nor in its quiet hours."""
    moment = max(now, alarm.snoozed or now)
    if not all(alarm.quiet):
        return moment
    zone = ZoneInfo(alarm.zone)
    begin, end = (time.fromisoformat(text) for text in alarm.quiet)
    local = moment.astimezone(zone)
    at = local.time()
    quiet = begin <= at < end if begin <= end else at >= begin or at < end
    if not quiet:
        return moment
    over = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0, fold=0)
    if over <= local:
        over += timedelta(days=1)  # the wall clock's next day, whatever the clocks do
    return over.astimezone(moment.tzinfo)
