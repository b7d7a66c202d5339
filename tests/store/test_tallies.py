"""The totals of many scopes at once, and what no sum knows: both held against plain loops over calls."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import pytest

from store import extremes, tallies
from store.database import Store
from store.match import Deadline
from store.metrics import MEASURES
from store.record import CDR, call_id
from store.scope import NumberMatch, Scope
from tests import oracle
from tests.store.year import DAYS, Year

NARROWED: dict[str, dict[str, Any]] = {
    "nothing is narrowed": {},
    "one account": {"accounts": ("1000",)},
    "nobody's": {"accounts": ()},
    "two switches, one of them with a hostile name": {"switches": ("Lyon", "a|b*%")},
    "an account on a switch": {"accounts": ("1000",), "switches": ("Paris",)},
    "a country": {"countries": ("FR",)},
    "a country in a direction, which no sum knows": {"countries": ("FR",), "directions": ("out",)},
    "a prefix, which no sum knows": {"destination": NumberMatch("begins", "33")},
}
SPANS = [
    (DAYS[0], DAYS[0] + timedelta(hours=1)),
    (DAYS[2], DAYS[2] + timedelta(days=1)),
    (DAYS[2] + timedelta(minutes=7), DAYS[2] + timedelta(minutes=22)),
    # overlaps the one before, as rolling windows do
    (DAYS[2] + timedelta(minutes=12), DAYS[2] + timedelta(minutes=27)),
    # not from minute to minute
    (DAYS[2] + timedelta(seconds=1), DAYS[2] + timedelta(minutes=90, milliseconds=5)),
    (datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)),
    (datetime(2019, 1, 1, tzinfo=UTC), datetime(2019, 1, 2, tzinfo=UTC)),
]
SCOPES = [Scope(*span, **narrowed) for span in SPANS for narrowed in NARROWED.values()]


def counted(calls: Sequence[CDR]) -> dict[str, int]:
    """Some of the measures in plain words."""
    return {
        "calls": len(calls),
        "answered": sum(call.answered for call in calls),
        "mduration": sum(call.mduration for call in calls),
        "billmsec": sum(call.billmsec for call in calls),
        "pdd_ms": sum(call.pdd_ms or 0 for call in calls),
        "pdd_calls": sum(call.pdd_ms is not None for call in calls),
    }


def test_many_scopes_at_once_have_each_its_own_total(year: Year) -> None:
    found = tallies.totals(year.store, SCOPES)
    for scope, cell in zip(SCOPES, found, strict=True):
        named = dict(zip(MEASURES, cell, strict=True))
        expected = counted([call for call in year.calls if oracle.fits(call, scope)])
        assert {name: named[name] for name in expected} == expected


def test_the_totals_of_few_filters_are_asked_one_by_one(year: Year) -> None:
    few = [scope for scope in SCOPES if scope.switches == ("Paris",)]
    together = dict(zip(SCOPES, tallies.totals(year.store, SCOPES), strict=True))
    assert tallies.totals(year.store, few) == [together[scope] for scope in few]


def test_without_calls_every_total_is_none(store: Store) -> None:
    assert tallies.totals(store, SCOPES[:2]) == [[0] * len(MEASURES)] * 2


def longest_failed_run(calls: Sequence[CDR]) -> int:
    runs = groupby(call.answered for call in calls)
    return max((len(list(run)) for answered, run in runs if not answered), default=0)


def busiest(of: Callable[[CDR], Any]) -> Callable[[Sequence[CDR]], int]:
    return lambda calls: max(Counter(of(call) for call in calls).values(), default=0)


@pytest.mark.parametrize("narrowed", NARROWED.values(), ids=NARROWED)
@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        # The calls that failed one after another, in the order of their start.
        (extremes.failed_run, longest_failed_run),
        # Every number once, however often it was called.
        (extremes.destinations, lambda calls: len({call.destination for call in calls})),
        # The number that was called most.
        (extremes.one_number, busiest(lambda call: call.destination)),
        # The minute of the clock in which most calls began.
        (extremes.one_minute, busiest(lambda call: call.start.replace(second=0, microsecond=0))),
    ],
    ids=["failed_run", "destinations", "one_number", "one_minute"],
)
def test_what_no_sum_knows_is_counted_from_the_records(
    year: Year,
    figure: Callable[[extremes.Rows], int],
    expected: Callable[[Sequence[CDR]], int],
    narrowed: dict[str, Any],
) -> None:
    scope = Scope(*SPANS[0], **narrowed)
    found = extremes.measured(year.store, scope, SPANS, figure, Deadline(30))
    for (since, until), (value, n) in zip(SPANS, found, strict=True):
        wanted = scope._replace(since=since, until=until)
        fitting = [call for call in year.calls if oracle.fits(call, wanted)]
        fitting.sort(key=lambda call: (call.start, call_id(call)))
        assert (value, n) == (expected(fitting), len(fitting))
