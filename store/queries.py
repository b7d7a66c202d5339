"""The figures: one function each, from a scope to a tidy DataFrame.

Every frame has the columns of `MEASURED` after its key: calls and answered (counts), duration (with
ringing) and billsec (talk) in seconds, then the metrics of `metrics.METRICS`, NaN where there is nothing to
divide by. Rows without calls are absent. A scope whose answer the sums do not hold is answered from the
records; when that takes too long, QueryTimeout is raised, and QueryError when they are dropped. Narrow a
scope to what its asker may see (`scope.narrow`) before it comes here.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from store import catalog, concurrency, sums
from store.causes import cause
from store.concurrency import MINUTE_MS, MINUTES, Peaks
from store.countries import name
from store.cover import Label
from store.database import Store
from store.match import Deadline
from store.metrics import METRICS
from store.months import demand
from store.partitions import LONGEST
from store.periods import MINUTE, ceiling
from store.record import EPOCH, milliseconds
from store.scope import Scope
from store.tally import Counts, tally

MEASURED = ("calls", "answered", "duration", "billsec", *METRICS)
DAY = timedelta(days=1)

Figure = Callable[[Store, Scope], pd.DataFrame]


def totals(store: Store, scope: Scope) -> pd.DataFrame:
    """One row: the measures of all calls of the scope, with 0 calls where there are none."""
    counts = tally(store, scope)
    return _frame([], counts.values() or [[0] * 8])


def hours(store: Store, scope: Scope) -> pd.DataFrame:
    """Key `hour`: when it begins, in the scope's zone (a clock hour that comes twice is two rows), in
    order.
    """
    return _in_time(store, scope, "hour", lambda label, zone: label.astimezone(zone))


def days(store: Store, scope: Scope) -> pd.DataFrame:
    """Key `day`: a date in the scope's zone, in order."""
    return _in_time(store, scope, "day", lambda label, zone: label.astimezone(zone).date())


def months(store: Store, scope: Scope) -> pd.DataFrame:
    """Key `month`: such as "2026-11" in the scope's zone, in order."""
    return _in_time(store, scope, "month", lambda label, zone: f"{label.astimezone(zone):%Y-%m}")


def countries(store: Store, scope: Scope) -> pd.DataFrame:
    """Keys `country` (ISO alpha-2, ZZ, 001 or internal) and `name` (English); most calls first."""
    return _ranked(store, scope, "country", "country", {"name": name})


def hangup_causes(store: Store, scope: Scope) -> pd.DataFrame:
    """Keys `hangup_cause` (its name) and `q850` (its code, 0 for a private one); most calls first."""
    return _ranked(store, scope, "cause", "hangup_cause", {"q850": lambda word: cause(word).q850})


def directions(store: Store, scope: Scope) -> pd.DataFrame:
    """Key `direction`: in, out, internal or unknown; most calls first."""
    return _ranked(store, scope, "direction", "direction", {})


def switches(store: Store, scope: Scope) -> pd.DataFrame:
    """Key `switch`; most calls first."""
    return _ranked(store, scope, "switch", "switch", {})


def accounts(store: Store, scope: Scope) -> pd.DataFrame:
    """Key `account`, "" for calls without one; most calls first."""
    return _ranked(store, scope, "account", "account", {})


def concurrent(store: Store, scope: Scope, together: bool = False) -> pd.DataFrame:
    """Columns `switch`, `minute` (UTC) and `concurrent`: the most calls in progress at one instant of the
    minute, where any were; the minutes are those that lie wholly in [since, until), at both ends.

    Each switch of the scope, or with `together` all of them as one, named "*". Kept peaks answer a scope
    that asks for switches only; any other is swept from its calls. A call is in progress from start to end,
    so also calls that began before count. Raises QueryError for a time whose records are dropped and whose
    peaks are not kept.
    """
    deadline = Deadline(store.settings.query_seconds)
    scope = _minutes_of(store, scope)
    if scope.accounts == () or scope.since >= scope.until:
        return _minutes([])
    kept = not (scope.facets or scope.needs_records or scope.accounts is not None) and not (
        together and scope.switches
    )
    source = _kept_peaks if kept else _swept_peaks
    return _minutes(source(store, scope, together, deadline))


def _minutes_of(store: Store, scope: Scope) -> Scope:
    """The scope from whole minute to whole minute, and not beyond the months in which calls can be in
    progress.
    """
    first, last = sums.span(store)
    since, until = max(scope.since, first), min(scope.until, last + LONGEST)
    return scope._replace(since=ceiling(since, MINUTE), until=until - (until - EPOCH) % MINUTE)


def _kept_peaks(
    store: Store, scope: Scope, together: bool, deadline: Deadline
) -> Iterable[tuple[str, int, Peaks]]:
    first, last = scope.since.date(), (scope.until - MINUTE).date()
    names: Iterable[str | None]
    names = [None] if together else sorted({*scope.switches} or catalog.switches(store))
    for switch in names:
        for day, peaks in concurrency.peaks(store, switch, first, last, deadline).items():
            start = milliseconds(datetime.combine(day, time(), UTC))
            low = max(0, (milliseconds(scope.since) - start) // MINUTE_MS)
            high = min(MINUTES, (milliseconds(scope.until) - start) // MINUTE_MS)
            yield "*" if switch is None else switch, start + low * MINUTE_MS, peaks[low:high]


def _swept_peaks(
    store: Store, scope: Scope, together: bool, deadline: Deadline
) -> Iterable[tuple[str, int, Peaks]]:
    start = milliseconds(scope.since)
    minutes = (milliseconds(scope.until) - start) // MINUTE_MS
    names, spans = concurrency.overlapping(store, scope, deadline)
    demand(store, scope.since)
    for switch in ["*"] if together else sorted(set(names.tolist())):
        chosen = spans if together else spans[names == switch]
        yield str(switch), start, concurrency.sweep(chosen, start, minutes)


def _minutes(parts: Iterable[tuple[str, int, Peaks]]) -> pd.DataFrame:
    frames = []
    for switch, start, peaks in parts:
        busy = np.flatnonzero(peaks)
        minute = (start + busy * MINUTE_MS).astype("datetime64[ms]")
        frames.append(
            pd.DataFrame({"switch": switch, "minute": minute, "concurrent": peaks[busy].astype(np.int64)})
        )
    empty = {
        "switch": pd.Series(dtype="str"),
        "minute": pd.Series(dtype="datetime64[ms]"),
        "concurrent": pd.Series(dtype="int64"),
    }
    made = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(empty)
    return made.assign(minute=made["minute"].dt.tz_localize("UTC"))


def _in_time(store: Store, scope: Scope, unit: str, key: Callable[[Any, ZoneInfo], Any]) -> pd.DataFrame:
    counts = sorted(tally(store, scope, unit).items())
    zone = ZoneInfo(scope.zone)
    labels = [key(label, zone) for label, _ in counts]
    if unit == "hour":
        index = pd.DatetimeIndex([label for label, _ in counts], tz="UTC").tz_convert(scope.zone)
        return _frame([("hour", index)], [cell for _, cell in counts])
    return _frame([(unit, pd.Series(labels, dtype=object))], [cell for _, cell in counts])


def _ranked(
    store: Store, scope: Scope, by: str, key: str, more: dict[str, Callable[[str], Any]]
) -> pd.DataFrame:
    counts: Counts = tally(store, scope, by)
    ranked = sorted(counts.items(), key=lambda row: (-row[1][0], str(row[0])))
    words: list[Label] = [word for word, _ in ranked]
    keys = [(key, words), *((column, [of(str(word)) for word in words]) for column, of in more.items())]
    return _frame(keys, [cell for _, cell in ranked])


def _frame(keys: list[tuple[str, Any]], cells: Iterable[list[int]]) -> pd.DataFrame:
    """Keys, then measures in people's units, then metrics."""
    table = np.array(list(cells), np.int64).reshape(-1, 8)
    columns: dict[str, Any] = dict(keys)
    columns |= {
        "calls": table[:, 0],
        "answered": table[:, 1],
        "duration": table[:, 2] / 1000,
        "billsec": table[:, 3] / 1000,
    }
    rows = table.tolist()
    for metric, definition in METRICS.items():
        columns[metric] = np.array([definition.of(row) for row in rows], float)
    return pd.DataFrame(columns)
