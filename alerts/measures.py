"""What an alarm measures: the metrics as a table, and their values over many windows with few reads."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from store.metrics import METRICS as FORMULAS

Cell = Sequence[int]


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
    "calls": Measure("Calls", "", "Calls that start in the window, answered or not.", "sums"),
    "minutes": Measure("Minutes", "min", "Minutes of talk of the calls that start in the window.", "sums"),
    "answered": Measure("Answered calls", "", "Calls that were answered.", "sums"),
    "short_share": _of("short_share"),
    "failed": Measure(
        "Failed calls",
        "",
        "Calls that the network failed: neither answered nor busy, not answered, declined or given up "
        "(what NER does not count).",
        "sums",
    ),
    "pdd": _of("pdd"),
    "cic": Measure(
        "CIC",
        "",
        "Consecutive incomplete calls: the longest run of calls without answer in the order of their start.",
        "records",
    ),
    "destinations": Measure("Destinations", "", "Different called numbers.", "records"),
    "one_number": Measure("Calls to one number", "", "The most calls to one and the same number.", "records"),
    "calls_per_minute": Measure(
        "Calls per minute", "", "The most calls that started in one minute of the clock.", "records"
    ),
    "concurrent": Measure(
        "Concurrent calls", "", "The most calls in progress at one instant, ringing included.", "concurrent"
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
