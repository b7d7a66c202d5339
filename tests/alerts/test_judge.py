"""The kernel of the alarms, as tables: every condition both ways, and what tells nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.judge import CONDITIONS, STATES, Rule, Usual, deviations, judge, usual_of

CASES = [
    # ASR of 30 % against a limit of 40: below it
    ("less", 40, 30.0, None, "warning"),
    # on the limit is not below it
    ("less", 40, 40.0, None, "ok"),
    ("less", 40, 50.0, None, "ok"),
    # 120 calls against a limit of 100
    ("greater", 100, 120.0, None, "warning"),
    ("greater", 100, 100.0, None, "ok"),
    ("greater", 100, 80.0, None, "ok"),
    # from 200 to 140 is a decrease of 60, and no increase
    ("decrease", 50, 140.0, 200.0, "warning"),
    ("decrease", 60, 140.0, 200.0, "ok"),
    ("increase", 50, 140.0, 200.0, "ok"),
    # from 200 to 260 is an increase of 60, and no decrease
    ("increase", 50, 260.0, 200.0, "warning"),
    ("increase", 60, 260.0, 200.0, "ok"),
    ("decrease", 50, 260.0, 200.0, "ok"),
    # from 200 to 140 is a decrease of 30 percent of the reference
    ("decrease_percent", 29, 140.0, 200.0, "warning"),
    ("decrease_percent", 30, 140.0, 200.0, "ok"),
    ("increase_percent", 29, 140.0, 200.0, "ok"),
    # from 200 to 260 is an increase of 30 percent
    ("increase_percent", 29, 260.0, 200.0, "warning"),
    ("increase_percent", 30, 260.0, 200.0, "ok"),
    ("decrease_percent", 29, 260.0, 200.0, "ok"),
    # from nothing, no percent can be told
    ("increase_percent", 10, 260.0, 0.0, "unknown"),
    ("decrease_percent", 10, 0.0, 0.0, "unknown"),
    # to nothing is a decrease by all of it
    ("decrease_percent", 99, 0.0, 200.0, "warning"),
    # a comparison without a reference
    ("increase", 10, 260.0, None, "unknown"),
    # a window without a value, such as the ASR of no calls
    ("less", 40, None, None, "unknown"),
]


@pytest.mark.parametrize(("condition", "limit", "value", "reference", "state"), CASES)
def test_a_condition_holds_on_its_side_of_the_limit(
    condition: str, limit: float, value: float | None, reference: float | None, state: str
) -> None:
    assert judge(Rule(condition, limit, None), value, reference, 10) == state


LEVELS = [
    # the worse level wins
    (20, 10, 5.0, "critical"),
    (20, 10, 15.0, "warning"),
    (20, 10, 25.0, "ok"),
    # either level may be left out
    (None, 10, 15.0, "ok"),
    (None, 10, 5.0, "critical"),
    (20, None, 5.0, "warning"),
    (None, None, 5.0, "ok"),
]


@pytest.mark.parametrize(("warning", "critical", "value", "state"), LEVELS)
def test_there_are_two_levels(
    warning: float | None, critical: float | None, value: float, state: str
) -> None:
    assert judge(Rule("less", warning, critical), value, None, 10) == state


def test_too_few_calls_are_unknown() -> None:
    rule = Rule("less", 40, None, minimum=30)
    assert [judge(rule, 0.0, None, n) for n in (0, 29, 30)] == ["unknown", "unknown", "warning"]


HYSTERESIS = [
    # it has to come back beyond 44 before a warning below 40 is over
    ("less", 39.0, "warning", "warning"),
    ("less", 43.9, "warning", "warning"),
    ("less", 44.0, "warning", "ok"),
    # without a warning before, 43 is nothing
    ("less", 43.0, "ok", "ok"),
    ("less", 43.0, "unknown", "ok"),
    # above works the other way round: back below 36
    ("greater", 37.0, "critical", "warning"),
    ("greater", 36.0, "warning", "ok"),
    ("greater", 37.0, "ok", "ok"),
]


@pytest.mark.parametrize(("condition", "value", "before", "state"), HYSTERESIS)
def test_a_state_goes_back_only_well_on_the_good_side(
    condition: str, value: float, before: str, state: str
) -> None:
    assert judge(Rule(condition, 40, None, hysteresis=10), value, None, 10, before) == state


def test_the_usual_is_learned_from_the_weeks_before() -> None:
    found = usual_of([100, 121, 81, 100, 100, 144])
    assert found == Usual(middle=10, spread=1.4826 * 0.5, weeks=6)
    assert deviations(100, found) == 0
    assert deviations(25, found) == pytest.approx(-5 / (1.4826 * 0.5))


def test_two_weeks_are_too_few_to_learn_from() -> None:
    assert usual_of([100, 100]) is None


def test_weeks_that_are_all_alike_spread_as_counts_do() -> None:
    found = usual_of([4, 4, 4])
    assert found is not None
    assert found.spread == 0.5
    assert deviations(4, found) == 0


@given(
    st.sampled_from(sorted(CONDITIONS)),
    st.floats(-1e9, 1e9),
    st.floats(-1e9, 1e9),
    st.floats(-1e9, 1e9),
    st.sampled_from(STATES),
)
def test_with_hysteresis_a_state_is_never_better_than_without(
    condition: str, limit: float, value: float, reference: float, before: str
) -> None:
    plain, slow = Rule(condition, limit, None), Rule(condition, limit, None, hysteresis=5)
    found = [STATES.index(judge(rule, value, reference, 1, before)) for rule in (plain, slow)]
    assert found[0] <= found[1]
