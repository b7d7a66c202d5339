"""Every metric of the alarms, held against plain loops over the calls."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import groupby
from typing import Any

import pytest

from alerts.measures import METRICS, OF_CELL, OF_ROWS, Request, measured
from store.database import Store
from store.record import CDR, call_id
from store.scope import NumberMatch, Scope
from tests import oracle
from tests.store.year import DAYS, Year

NARROWED: dict[str, dict[str, Any]] = {
    "nothing is narrowed": {},
    "one account": {"accounts": ("1000",)},
    "nobody's": {"accounts": ()},
    "a switch": {"switches": ("Lyon",)},
    "an account on a switch": {"accounts": ("1000",), "switches": ("Paris",)},
    "a country in a direction": {"countries": ("FR",), "directions": ("out",)},
    "a prefix": {"destination": NumberMatch("begins", "33")},
}
HOUR = timedelta(hours=1)
SPANS = [
    (DAYS[0], DAYS[0] + HOUR),
    # two rolling windows that overlap
    (DAYS[2] + timedelta(minutes=7), DAYS[2] + timedelta(minutes=67)),
    (DAYS[2] + timedelta(minutes=17), DAYS[2] + timedelta(minutes=77)),
    # an hour that has no calls, before all of them
    (DAYS[0] - timedelta(days=400), DAYS[0] - timedelta(days=400) + HOUR),
]


def run(calls: Sequence[CDR]) -> int:
    return max((len(list(same)) for ok, same in groupby(c.answered for c in calls) if not ok), default=0)


def most(of: Callable[[CDR], Any]) -> Callable[[Sequence[CDR]], int]:
    return lambda calls: max(Counter(map(of, calls)).values(), default=0)


def column(place: int) -> Callable[[Sequence[CDR]], float | None]:
    return lambda calls: oracle.measured(calls)[place]


NETWORK = oracle.NETWORK_DID_ITS_PART
EXPECTED: dict[str, Callable[[Sequence[CDR]], float | None]] = {
    "asr": column(4),
    "acd": column(5),
    "ner": column(6),
    "short_share": column(7),
    "pdd": column(8),
    "calls": len,
    "answered": lambda calls: sum(call.answered for call in calls),
    "minutes": lambda calls: sum(call.billmsec for call in calls) / 60_000,
    "failed": lambda calls: sum(not call.answered and call.cause not in NETWORK for call in calls),
    "cic": run,
    "destinations": lambda calls: len({call.destination for call in calls}),
    "one_number": most(lambda call: call.destination),
    "calls_per_minute": most(lambda call: call.start.replace(second=0, microsecond=0)),
}


def fitting(year: Year, scope: Scope) -> list[CDR]:
    found = [call for call in year.calls if oracle.fits(call, scope)]
    return sorted(found, key=lambda call: (call.start, call_id(call)))


@pytest.mark.parametrize("metric", EXPECTED)
def test_a_metric_is_what_plain_loops_count(year: Year, metric: str) -> None:
    asked = [Request(metric, Scope(*span, **more)) for span in SPANS for more in NARROWED.values()]
    for request, found in measured(year.store, asked).items():
        calls = fitting(year, request.scope)
        assert found.n == len(calls)
        assert found.value == (
            expected if (expected := EXPECTED[metric](calls)) is None else pytest.approx(expected)
        )


def test_concurrent_calls_are_the_peak_of_the_window(year: Year) -> None:
    asked = [Request("concurrent", Scope(*span, **more)) for span in SPANS[:3] for more in NARROWED.values()]
    for request, found in measured(year.store, asked).items():
        peaks = oracle.concurrent(year.calls, request.scope, together=True)
        assert (found.value, found.n) == (max(peaks.values(), default=0), len(fitting(year, request.scope)))


def test_many_alarms_are_measured_as_each_one_alone(year: Year) -> None:
    asked = [
        Request(metric, Scope(*span, **more))
        for metric in METRICS
        for span in SPANS
        for more in NARROWED.values()
    ]
    together = measured(year.store, asked)
    for request in asked[::17]:
        assert measured(year.store, [request]) == {request: together[request]}


def test_every_metric_says_how_it_is_measured_and_is(store: Store) -> None:
    ways = {"sums": [*OF_CELL], "records": [*OF_ROWS], "concurrent": ["concurrent"]}
    assert {name: name in ways[one.how] for name, one in METRICS.items()} == dict.fromkeys(METRICS, True)
    # without any call, too
    asked = {name: Request(name, Scope(*SPANS[0])) for name in METRICS}
    found = measured(store, asked.values())
    assert {name: found[request].value for name, request in asked.items()} == {
        name: None if one.ratio else 0 for name, one in METRICS.items()
    }
