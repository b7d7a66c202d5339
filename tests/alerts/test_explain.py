"""What changed: the parts of a change add up to it, and tell a worse switch from a larger share of a bad
one.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from alerts.explain import DIMENSIONS, contributions, explained
from alerts.windows import Window
from store.alarms import Alarm
from store.database import Store
from store.record import CDR
from tests import oracle
from tests.alerts.hours import commit_hours, hour_of
from tests.cast import at
from tests.store.year import DAYS, Year

METRICS = {"asr": 4, "acd": 5, "ner": 6, "short_share": 7, "pdd": 8, "calls": 0, "answered": 1}
SPANS = [Window(DAYS[2], DAYS[2] + timedelta(days=1)), Window(DAYS[3], DAYS[3] + timedelta(days=1))]


def cell(calls: int, answered: int) -> list[float]:
    return [float(calls), float(answered), 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]


def test_where_shares_swap_all_of_it_is_mix() -> None:
    """Paris answers 80 %, Lyon 20 %, both before and now; Lyon has three quarters of the calls by now."""
    then, now = (
        {"Paris": cell(75, 60), "Lyon": cell(25, 5)},
        {"Paris": cell(25, 20), "Lyon": cell(75, 15)},
    )
    lyon, paris = contributions("asr", "switch", then, now)
    assert (lyon.rate, paris.rate) == (0, 0)
    assert lyon.mix + paris.mix == pytest.approx(35 - 65)


def test_where_one_got_worse_all_of_it_is_its_rate() -> None:
    """Lyon falls from 60 to 20 % with half of all calls."""
    then, now = (
        {"Paris": cell(50, 30), "Lyon": cell(50, 30)},
        {"Paris": cell(50, 30), "Lyon": cell(50, 10)},
    )
    lyon, paris = contributions("asr", "switch", then, now)
    assert [lyon.mix, lyon.rate, paris.change] == pytest.approx([0, -20, 0])
    assert (lyon.before, lyon.now) == (60, 20)


def test_what_was_not_there_before_is_mix_alone() -> None:
    lyon, paris = contributions(
        "asr", "switch", {"Paris": cell(50, 40)}, {"Paris": cell(50, 40), "Lyon": cell(50, 0)}
    )
    assert (lyon.rate, paris.rate, lyon.before) == (0, 0, None)
    assert lyon.mix + paris.mix == pytest.approx(-40)


def value(calls: Sequence[CDR], metric: str) -> float:
    found = oracle.measured(calls)[METRICS[metric]]
    assert found is not None
    return float(found)


@pytest.mark.parametrize("metric", METRICS)
def test_the_parts_are_those_of_the_calls_and_add_up(year: Year, metric: str) -> None:
    calls = [
        [call for call in year.calls if span.since <= call.start < span.until and call.switch != "Lyon"]
        for span in SPANS
    ]
    alarm = Alarm(metric=metric, period="day", switches=("Paris", "a|b*%"))
    story = explained(year.store, alarm, SPANS[1], [SPANS[0]], shown=99)
    for dimension in DIMENSIONS:
        parts = [part for part in story if part["dimension"] == dimension]
        whole = value(calls[1], metric) - value(calls[0], metric)
        assert sum(part["mix"] + part["rate"] for part in parts) == pytest.approx(whole)
        assert [abs(part["change"]) for part in parts] == sorted(
            (abs(part["change"]) for part in parts), reverse=True
        )
        for part in parts:
            own = [[call for call in some if getattr(call, dimension) == part["name"]] for some in calls]
            assert [part["calls_before"], part["calls_now"]] == [len(some) for some in own]
            for name, some in zip(("before", "now"), own, strict=True):
                expected = oracle.measured(some)[METRICS[metric]]
                assert part[name] == (pytest.approx(expected) if expected is not None else None)


def test_a_part_has_the_filter_that_shows_it(store: Store) -> None:
    commit_hours(store, {8: (10, 10), 9: (10, 2)})
    alarm = Alarm(metric="asr", directions=("out",))
    story: tuple[dict[str, Any], ...] = explained(store, alarm, hour_of(9), [hour_of(8)])
    first = story[0]
    assert (first["dimension"], first["name"], first["metric"]) == ("switch", "Paris", "asr")
    assert first["change"] == pytest.approx(-80)
    assert first["filter"]["switch"] == ["Paris"]
    assert first["filter"]["direction"] == ["out"]
    assert first["filter"]["hours"] == [f"{at(60):%Y-%m-%dT%H:%MZ}/{at(120):%Y-%m-%dT%H:%MZ}"]


def test_a_metric_that_no_sum_knows_is_told_by_its_calls(store: Store) -> None:
    commit_hours(store, {8: (5, 5), 9: (12, 2)})
    # without a reference it is held against the hour before
    story = explained(store, Alarm(metric="cic"), hour_of(9))
    assert {part["metric"] for part in story} == {"calls"}
    assert (story[0]["name"], story[0]["change"]) == ("Paris", 7)
