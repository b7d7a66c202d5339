"""The judgement of an alarm: from a value, what it is compared with and how many calls there were to a state.
Pure: no clock, no database.
"""

import math
from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple

from store.sentence import mark

STATES = ("unknown", "ok", "warning", "critical")
"""In the order of how bad they are; unknown tells nobody."""
UNKNOWN, OK, WARNING, CRITICAL = STATES

SCALE = 1.4826
"""The median absolute deviation times this is the standard deviation of normal data."""
ROOT_SPREAD = 0.5
"""The standard deviation of the square root of a Poisson count (Anscombe), and so the least spread of one."""
ENOUGH_WEEKS = 3


class Condition(NamedTuple):
    """A condition: its words, whether it needs a reference, and how far the value is on its side.

    `reach` gives a number that is compared with the threshold; None where it cannot be told, such as percent
    of nothing. `below` says that the condition holds where the reach is below the threshold, not above.
    """

    words: str
    reference: bool
    reach: Callable[[float, float], float | None]
    below: bool = False


def _percent(change: float, reference: float) -> float | None:
    return 100 * change / reference if reference else None


CONDITIONS = {
    "less": Condition(mark("is less than"), False, lambda value, _: value, below=True),
    "greater": Condition(mark("is greater than"), False, lambda value, _: value),
    "decrease": Condition(mark("decreased by more than"), True, lambda value, was: was - value),
    "increase": Condition(mark("increased by more than"), True, lambda value, was: value - was),
    "decrease_percent": Condition(
        mark("decreased by more than, in percent"), True, lambda value, was: _percent(was - value, was)
    ),
    "increase_percent": Condition(
        mark("increased by more than, in percent"), True, lambda value, was: _percent(value - was, was)
    ),
    "unusual_low": Condition(
        mark("is unusually low, by more than"), False, lambda deviations, _: -deviations
    ),
    "unusual_high": Condition(
        mark("is unusually high, by more than"), False, lambda deviations, _: deviations
    ),
}
"""Percent is of the reference. The two unusual ones take for their value its `deviations` from the usual."""


class Rule(NamedTuple):
    """What is judged by: a condition of CONDITIONS and its thresholds, in the unit of the metric or percent.

    Fewer calls than `minimum` are UNKNOWN. `hysteresis` is by how much of the threshold, in percent, the
    value has to be on the good side again before the state goes back.
    """

    condition: str
    warning: float | None
    critical: float | None
    minimum: int = 1
    hysteresis: float = 0.0


class Usual(NamedTuple):
    """What is usual at this hour of the week: the middle and the spread of square roots, from so many
    weeks.
    """

    middle: float
    spread: float
    weeks: int


def usual_of(values: Sequence[float]) -> Usual | None:
    """What is usual by the values of the same hours of earlier weeks; None where there are too few.

    Median and median absolute deviation of the square roots, by which counts of any size spread alike
    (Anscombe 1948).
    """
    if len(values) < ENOUGH_WEEKS:
        return None
    roots = [math.sqrt(max(0.0, value)) for value in values]
    middle = median(roots)
    spread = SCALE * median(abs(root - middle) for root in roots)
    return Usual(middle, max(spread, ROOT_SPREAD), len(values))


def deviations(value: float, usual: Usual) -> float:
    """How many deviations the value is above what is usual; negative below."""
    return (math.sqrt(max(0.0, value)) - usual.middle) / usual.spread


def judge(rule: Rule, value: float | None, reference: float | None, n: int, before: str = UNKNOWN) -> str:
    """The state of an alarm.

    `value` is the metric of the window and `n` its number of calls; `reference` is what it is compared with,
    where the condition needs that; `before` is the state until now, for the hysteresis. Too few calls, no
    value, nothing to compare with and percent of nothing are UNKNOWN.
    """
    condition = CONDITIONS[rule.condition]
    if value is None or n < rule.minimum or (condition.reference and reference is None):
        return UNKNOWN
    reach = condition.reach(value, 0.0 if reference is None else reference)
    if reach is None or math.isnan(reach):
        return UNKNOWN
    for state, threshold in ((CRITICAL, rule.critical), (WARNING, rule.warning)):
        if threshold is not None and _holds(condition, reach, _eased(rule, threshold, state, before)):
            return state
    return OK


def _holds(condition: Condition, reach: float, threshold: float) -> bool:
    return reach < threshold if condition.below else reach > threshold


def _eased(rule: Rule, threshold: float, state: str, before: str) -> float:
    """The threshold, nearer to the good side where the state was reached already."""
    if not rule.hysteresis or STATES.index(before) < STATES.index(state):
        return threshold
    ease = abs(threshold) * rule.hysteresis / 100
    return threshold + ease if CONDITIONS[rule.condition].below else threshold - ease
