"""Figures and windows of alarms as the reader of a page writes them; letters have them in English."""

from datetime import datetime

from alerts import speech
from alerts.measures import METRICS
from app import tongue, words
from app.tongue import t


def figure(value: float | None, unit: str = "", sign: bool = False) -> str:
    """1234.56 % as '1,234.6 %'; whole numbers without a fraction; a dash where there is none."""
    return speech.figure(value, t(unit), sign, tongue.number)


def value(metric: str, number: float | None, sign: bool = False) -> str:
    """A value of an alarm's metric with its unit."""
    return figure(number, METRICS[metric].unit, sign)


def threshold(metric: str, condition: str, number: float | None) -> str:
    """A threshold with the unit that it has by its condition."""
    return figure(number, speech.unit(metric, condition))


def window(since: datetime, until: datetime, zone: str) -> str:
    """[since, until) in a zone: 'Sun 22 Nov 2026' for a whole day, else with what is needed of the end."""
    return speech.span(since, until, zone, words.day)
