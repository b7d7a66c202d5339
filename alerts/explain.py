"""What changed: which switches, accounts, countries and causes make up the change of a metric between two
windows, parted into mix (another share of the calls) and rate (it got worse itself).

The parts of a dimension add up to the whole change, exactly but for the rounding of floats: for shares s and
rates r before (0) and now (1), and R over all, mix is (s1 - s0) * ((r0 + r1) / 2 - (R0 + R1) / 2) and rate
(r1 - r0) * (s0 + s1) / 2 (the symmetric decomposition of Kitagawa 1955). Of counts there is no mix.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from alerts.alarms import filter_of, scope_of
from alerts.measures import METRICS, OF_CELL
from alerts.windows import Window, before
from store import tally
from store.alarms import Alarm
from store.buckets import WIDTH, Cell
from store.database import Store
from store.errors import QueryTimeout
from store.metrics import MEASURES

Mean = list[float]
DIMENSIONS = ("switch", "account", "country", "cause")
"""As they are asked for, and as the pages' address calls them."""
SHOWN = 3
RATIOS = {
    "asr": ("answered", "calls", 100.0),
    "ner": ("effective", "calls", 100.0),
    "acd": ("billmsec", "answered", 0.001),
    "short_share": ("short", "answered", 100.0),
    "pdd": ("pdd_ms", "pdd_calls", 0.001),
}
"""A ratio's numerator and denominator among the measures, and what it is multiplied by."""


class Part(NamedTuple):
    """What one switch (account, country, cause) adds to a change, in the unit of the metric: by mix and by
    rate, and the metric's own value and calls before and now.
    """

    dimension: str
    name: str
    mix: float
    rate: float
    before: float | None
    now: float | None
    calls_before: float
    calls_now: float

    @property
    def change(self) -> float:
        """Both together."""
        return self.mix + self.rate


def explained(
    store: Store,
    alarm: Alarm,
    window: Window,
    compared: Sequence[Window] | None = None,
    shown: int = SHOWN,
) -> tuple[dict[str, Any], ...]:
    """The largest parts of what changed against these windows (their mean; without them the period before):
    for each dimension the largest `shown` first, as plain dicts of Part's fields, with `change`, the `metric`
    that is told, and the `filter` that shows the part's calls (parameters of the pages' address, lists of
    texts). A metric that no sum knows is told by its calls.

    A dimension that takes too long is left out. Raises QueryError where records are dropped.
    """
    metric = alarm.metric if METRICS[alarm.metric].how == "sums" else "calls"
    spans = list(compared or [before(window, alarm.period, alarm.zone)])
    narrowed, story = filter_of(alarm, window), list[dict[str, Any]]()
    for dimension in DIMENSIONS:
        try:
            now = tally.tally(store, scope_of(alarm, window), dimension)
            then = [tally.tally(store, scope_of(alarm, span), dimension) for span in spans]
        except QueryTimeout:
            continue  # the others tell enough
        parts = contributions(metric, dimension, _cells(then), _cells([now]))
        parts = sorted(
            (part for part in parts if part.change), key=lambda part: (-abs(part.change), part.name)
        )
        story += [
            {
                **part._asdict(),
                "change": part.change,
                "metric": metric,
                "filter": narrowed | {dimension: [part.name]},
            }
            for part in parts[:shown]
        ]
    return tuple(story)


def _cells(counts: Sequence[Mapping[Any, Cell]]) -> dict[str, Mean]:
    """The cells by name; of several windows their mean."""
    names = {str(name) for one in counts for name in one}
    return {
        name: [sum(one.get(name, [0] * WIDTH)[i] for one in counts) / len(counts) for i in range(WIDTH)]
        for name in names
    }


def contributions(
    metric: str, dimension: str, then: Mapping[str, Mean], now: Mapping[str, Mean]
) -> list[Part]:
    """Every part of a change, by the cells of each name before and now."""
    names, none = sorted({*then, *now}), [0.0] * WIDTH
    pairs = {name: (then.get(name, none), now.get(name, none)) for name in names}
    if metric not in RATIOS:
        return [_count(metric, dimension, name, *pair) for name, pair in pairs.items()]
    up, down, scale = RATIOS[metric]
    i, j = MEASURES.index(up), MEASURES.index(down)
    whole = [[sum(pair[t][k] for pair in pairs.values()) for k in (i, j)] for t in (0, 1)]
    if not all(below for _, below in whole):
        return []
    middle = sum(scale * above / below for above, below in whole) / 2
    parts = []
    for name, pair in pairs.items():
        rates = [scale * cell[i] / cell[j] if cell[j] else None for cell in pair]
        shares = [cell[j] / total[1] for cell, total in zip(pair, whole, strict=True)]
        r0, r1 = (own if own is not None else other for own, other in zip(rates, rates[::-1], strict=True))
        if r0 is None or r1 is None:
            continue
        mix = (shares[1] - shares[0]) * ((r0 + r1) / 2 - middle)
        rate = (r1 - r0) * (shares[0] + shares[1]) / 2
        parts.append(Part(dimension, name, mix, rate, rates[0], rates[1], pair[0][0], pair[1][0]))
    return parts


def _count(metric: str, dimension: str, name: str, then: Mean, now: Mean) -> Part:
    values = [float(OF_CELL[metric](cell) or 0) for cell in (then, now)]
    return Part(dimension, name, 0.0, values[1] - values[0], values[0], values[1], then[0], now[0])
