"""What an alarm measures: the metrics as a table, and their values over many windows with few reads."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from store import extremes, queries, tallies
from store.database import Store
from store.match import Deadline
from store.metrics import METRICS as FORMULAS
from store.periods import Span
from store.scope import Scope
from store.sentence import mark

Cell = Sequence[float]


class Request(NamedTuple):
    """A metric, by its key, of the calls of a scope, whose time is whole minutes."""

    metric: str
    scope: Scope


class Measured(NamedTuple):
    """The value of a metric, None where there is nothing to divide by, and the number of calls."""

    value: float | None
    n: int


Found = dict[Request, Measured]


class Measure(NamedTuple):
    """A metric: its name for people, its unit ("" for a count), its definition, and how it is measured: from
    the "sums", the "records" of the window, or the calls in progress ("concurrent").

    A `ratio` is not judged of few calls; a count of few calls is what it is.
    """

    label: str
    unit: str
    words: str
    how: str
    ratio: bool = False


def _of(name: str) -> Measure:
    formula = FORMULAS[name]
    return Measure(formula.label, formula.unit, formula.definition, "sums", ratio=True)


METRICS: dict[str, Measure] = {
    "asr": _of("asr"),
    "acd": _of("acd"),
    "ner": _of("ner"),
    "calls": Measure(mark("Calls"), "", mark("Calls that start in the window, answered or not."), "sums"),
    "minutes": Measure(
        mark("Minutes"), "min", mark("Minutes of talk of the calls that start in the window."), "sums"
    ),
    "answered": Measure(mark("Answered calls"), "", mark("Calls that were answered."), "sums"),
    "short_share": _of("short_share"),
    "failed": Measure(
        mark("Failed calls"),
        "",
        mark(
            "Calls that the network failed: neither answered nor busy, not answered, declined or given up "
            "(what NER does not count)."
        ),
        "sums",
    ),
    "pdd": _of("pdd"),
    "cic": Measure(
        "CIC",
        "",
        mark(
            "Consecutive incomplete calls: the longest run of calls without answer in the order of their "
            "start."
        ),
        "records",
    ),
    "destinations": Measure(mark("Destinations"), "", mark("Different called numbers."), "records"),
    "one_number": Measure(
        mark("Calls to one number"), "", mark("The most calls to one and the same number."), "records"
    ),
    "calls_per_minute": Measure(
        mark("Calls per minute"),
        "",
        mark("The most calls that started in one minute of the clock."),
        "records",
    ),
    "concurrent": Measure(
        mark("Concurrent calls"),
        "",
        mark("The most calls in progress at one instant, ringing included."),
        "concurrent",
    ),
}
"""ALOC of the manual is `acd`."""

OF_CELL: dict[str, Callable[[Cell], float | None]] = {
    **{name: formula.of for name, formula in FORMULAS.items()},
    "calls": lambda c: c[0],
    "minutes": lambda c: c[3] / 60_000,
    "answered": lambda c: c[1],
    "failed": lambda c: c[0] - c[4],
}
"""The metrics of the sums, each by its formula over a cell in the order of store.metrics.MEASURES."""

OF_ROWS: dict[str, Callable[[extremes.Rows], int]] = {
    "cic": extremes.failed_run,
    "destinations": extremes.destinations,
    "one_number": extremes.one_number,
    "calls_per_minute": extremes.one_minute,
}
"""The metrics of the records."""


def measured(store: Store, requests: Iterable[Request], seconds: float = tallies.SECONDS) -> Found:
    """The values that are asked for; what many ask for, or windows that overlap, is read once.

    Raises QueryTimeout when it takes longer than `seconds`, and QueryError where records are dropped.
    """
    patient = replace(store, settings=store.settings.model_copy(update={"query_seconds": seconds}))
    groups: defaultdict[str, dict[Request, None]] = defaultdict(dict)
    for request in requests:
        groups[METRICS[request.metric].how][request] = None
    found: Found = {}
    for how, group in groups.items():
        found |= WAYS[how](patient, list(group), seconds)
    return found


def _from_sums(store: Store, requests: Sequence[Request], seconds: float) -> Found:
    cells = tallies.totals(store, [request.scope for request in requests], seconds)
    return {
        request: Measured(OF_CELL[request.metric](cell), cell[0])
        for request, cell in zip(requests, cells, strict=True)
    }


def _from_records(store: Store, requests: Sequence[Request], seconds: float) -> Found:
    deadline, found = Deadline(seconds), dict[Request, Measured]()
    for (metric, scope), same in _families(requests).items():
        spans = [_span(request) for request in same]
        values = extremes.measured(store, scope, spans, OF_ROWS[metric], deadline)
        found |= {request: Measured(*value) for request, value in zip(same, values, strict=True)}
    return found


def _from_peaks(store: Store, requests: Sequence[Request], seconds: float) -> Found:
    cells = tallies.totals(store, [request.scope for request in requests], seconds)
    n, found = {one: cell[0] for one, cell in zip(requests, cells, strict=True)}, dict[Request, Measured]()
    for (_, scope), same in _families(requests).items():
        for since, until in tallies.merged(map(_span, same)):
            peaks = queries.concurrent(store, scope._replace(since=since, until=until), together=True)
            minutes = peaks["minute"].dt.tz_localize(None).to_numpy().astype("datetime64[m]")
            levels = peaks["concurrent"].to_numpy()
            for request in same:
                if since <= request.scope.since and request.scope.until <= until:
                    within = [np.datetime64(moment.replace(tzinfo=None), "m") for moment in _span(request)]
                    low, high = np.searchsorted(minutes, np.array(within))
                    found[request] = Measured(float(levels[low:high].max(initial=0)), n[request])
    return found


def _families(requests: Sequence[Request]) -> dict[Request, list[Request]]:
    """The requests by what they have in common that differ in nothing but time."""
    found: defaultdict[Request, list[Request]] = defaultdict(list)
    for request in requests:
        found[Request(request.metric, tallies.family(request.scope))].append(request)
    return found


def _span(request: Request) -> Span:
    return request.scope.since, request.scope.until


WAYS: dict[str, Callable[[Store, Sequence[Request], float], Found]] = {
    "sums": _from_sums,
    "records": _from_records,
    "concurrent": _from_peaks,
}
