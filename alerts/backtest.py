"""The backtest: how an alarm would have fared, before it is saved; by the same judgement as the watch."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from alerts.alarms import after, references, scope_of, verdict, worse
from alerts.measures import Measured, Request, measured
from alerts.watch import closed
from alerts.windows import Window
from store import catalog
from store.alarms import Alarm, Status
from store.database import Store
from store.errors import CdrStatsError

DAYS = 90
ROLLING_DAYS = 7
"""Of rolling windows, which close every minute, at most so many days are looked at."""
ASKED = (
    "period",
    "minutes",
    "zone",
    "metric",
    "reference",
    "switches",
    "accounts",
    "countries",
    "directions",
)


class Step(NamedTuple):
    """A window with its value and those of the windows that it is compared with."""

    window: Window
    found: Measured
    compared: Sequence[Measured]


class Backtest(NamedTuple):
    """How an alarm would have fared: a row a window, oldest first, and the moments (aware UTC, the ends of
    windows) at which it would have fired, or fired worse.

    `frame` has the columns since, until (UTC), value, reference (NaN where there is none), n (calls) and
    state. `steps` is what was measured.
    """

    alarm: Alarm
    steps: Sequence[Step]
    frame: pd.DataFrame
    fired: list[datetime]


def backtest(store: Store, alarm: Alarm, now: datetime, days: int = DAYS) -> Backtest:
    """How the alarm would have fared in so many days up to `now` (aware UTC), of rolling windows at most
    ROLLING_DAYS; nothing before the first call.

    Raises QueryTimeout when it takes over a minute, and QueryError where records are dropped.
    """
    known = catalog.span(store)
    if known is None:
        return judged(alarm, [])
    length = min(days, ROLLING_DAYS) if alarm.period == "minutes" else days
    since = max(now - timedelta(days=length), known[0])
    spans = [span for span in _windows(alarm, since, now) if span.since >= known[0]]
    rest = [references(alarm, span, known[0]) for span in spans]
    asked = [one for own, others in zip(spans, rest, strict=True) for one in (own, *others)]
    requests = {span: Request(alarm.metric, scope_of(alarm, span)) for span in asked}
    values = measured(store, requests.values())
    found = {span: values[request] for span, request in requests.items()}
    steps = [
        Step(own, found[own], [found[one] for one in others]) for own, others in zip(spans, rest, strict=True)
    ]
    return judged(alarm, steps)


def rejudged(held: Backtest, alarm: Alarm) -> Backtest:
    """The same windows judged anew, by other thresholds, another condition, minimum or hysteresis.

    Raises CdrStatsError where the alarm looks at other calls or windows: those have to be measured.
    """
    changed = [name for name in (*ASKED, "prefix") if getattr(alarm, name) != getattr(held.alarm, name)]
    if changed:
        raise CdrStatsError(f"With another {changed[0]} the backtest has to be made anew.")
    return judged(alarm, held.steps)


def _windows(alarm: Alarm, since: datetime, now: datetime) -> Iterable[Window]:
    if alarm.period != "minutes":
        return closed(alarm, since, now)
    last = next(iter(closed(alarm, since, now)), None)
    if last is None:
        return ()
    minute, length = timedelta(minutes=1), last.until - last.since
    count = max(0, (last.until - since) // minute - alarm.minutes)
    ends = (last.until - minute * back for back in range(count, -1, -1))
    return (Window(end - length, end) for end in ends)


def judged(alarm: Alarm, steps: Sequence[Step]) -> Backtest:
    """How the alarm fares through windows that are measured, by the same steps as the watch takes."""
    status, states, fired = Status(), list[str](), list[datetime]()
    compared: list[float | None] = []
    for window, own, rest in steps:
        found = verdict(alarm, own, rest, status.state)
        was, status = status.state, after(status, window, found)
        states.append(status.state)
        compared.append(found.reference)
        if worse(was, status.state):
            fired.append(window.until)
    columns = {
        "since": pd.Series([step.window.since for step in steps], dtype="datetime64[ms, UTC]"),
        "until": pd.Series([step.window.until for step in steps], dtype="datetime64[ms, UTC]"),
        "value": np.array([step.found.value for step in steps], float),
        "reference": np.array(compared, float),
        "n": np.array([step.found.n for step in steps], np.int64),
        "state": pd.Series(states, dtype="str"),
    }
    return Backtest(alarm, steps, pd.DataFrame(columns), fired)
