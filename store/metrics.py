"""Telephone metrics, each a pure formula over a cell of sums. None where there is nothing to divide by."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from store.sentence import mark

MEASURES = ("calls", "answered", "mduration", "billmsec", "effective", "short", "pdd_ms", "pdd_calls")
"""What a cell of sums holds, in this order: counts, and milliseconds. `effective` is NER's numerator,
`short` counts answered calls with at most SHORT_CALL_MS of talk, and `pdd_ms` sums the post-dial delay over
the `pdd_calls` whose delay is known.
"""

SHORT_CALL_MS = 6_000

Cell = Sequence[float]


class Metric(NamedTuple):
    """A metric: its formula over a cell, its unit, its short name for people, and the definition shown on
    hover.
    """

    of: Callable[[Cell], float | None]
    unit: str
    label: str
    definition: str


def _share(part: int, whole: int) -> Callable[[Cell], float | None]:
    return lambda c: 100 * c[part] / c[whole] if c[whole] else None


def _mean_seconds(part: int, whole: int) -> Callable[[Cell], float | None]:
    return lambda c: c[part] / c[whole] / 1000 if c[whole] else None


METRICS: dict[str, Metric] = {
    "asr": Metric(
        _share(1, 0),
        "%",
        mark("ASR"),
        mark("Answer-seizure ratio: answered calls in percent of all calls (ITU-T E.411)."),
    ),
    "acd": Metric(
        _mean_seconds(3, 1),
        "s",
        mark("ACD"),
        mark(
            "Average call duration: talk time of the answered calls divided by their number; also "
            "called ALOC."
        ),
    ),
    "ner": Metric(
        _share(4, 0),
        "%",
        mark("NER"),
        mark(
            "Network effectiveness ratio: calls that were answered, busy, not answered, declined or "
            "given up by the caller, in percent of all calls (ITU-T E.425)."
        ),
    ),
    "short_share": Metric(
        _share(5, 1),
        "%",
        mark("Short calls"),
        mark("Answered calls of at most 6 seconds of talk, in percent of the answered calls."),
    ),
    "pdd": Metric(
        _mean_seconds(6, 7),
        "s",
        mark("PDD"),
        mark("Post-dial delay: mean time from start to the first ringing, where the switch tells it."),
    ),
}


def erlangs(seconds: float, interval_seconds: float) -> float | None:
    """Traffic in Erlang: call seconds divided by the length of the interval (ITU-T E.600); the mean number
    of calls at once.
    """
    return seconds / interval_seconds if interval_seconds > 0 else None
