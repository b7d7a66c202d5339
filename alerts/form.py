"""What is wrong with an alarm as somebody has filled it in: a sentence a field. Pure."""

import math
import re
from collections.abc import Callable, Sequence
from datetime import time
from zoneinfo import ZoneInfo

from alerts import messenger
from alerts.alarms import REFERENCES, UNUSUAL
from alerts.judge import CONDITIONS
from alerts.measures import METRICS
from alerts.windows import PERIODS
from store import mailboxes
from store.alarms import Alarm
from store.errors import SettingsError

DIGITS = re.compile(r"\+?[0-9]{1,15}")
LONGEST_MINUTES = 1_440


def problems(alarm: Alarm) -> dict[str, str]:
    """What is wrong with an alarm: a sentence for each field that has to be mended; empty when all is
    right.
    """
    return {field: said for field, check in CHECKS.items() if (said := check(alarm))}


def checked(alarm: Alarm) -> Alarm:
    """The alarm; raises SettingsError with the first thing that is wrong with it."""
    for field, said in problems(alarm).items():
        raise SettingsError(f"{field}: {said}")
    return alarm


def _name(alarm: Alarm) -> str:
    if not alarm.name.strip() or len(alarm.name) > 80:
        return "Give the alarm a name of up to 80 characters."
    return "A name is one line." if not alarm.name.isprintable() else ""


def _one_of(field: str, known: Sequence[str]) -> Callable[[Alarm], str]:
    def check(alarm: Alarm) -> str:
        value = getattr(alarm, field)
        return "" if value in known else f"There is no {field} {value!r}; there are {', '.join(known)}."

    return check


def _zone(alarm: Alarm) -> str:
    try:
        ZoneInfo(alarm.zone)
    except (ValueError, OSError, LookupError):
        return f"{alarm.zone!r} is no time zone; write one such as UTC or Europe/Berlin."
    return ""


def _minutes(alarm: Alarm) -> str:
    fits = alarm.period != "minutes" or 1 <= alarm.minutes <= LONGEST_MINUTES
    return "" if fits else f"A rolling window has 1 to {LONGEST_MINUTES:,} minutes."


def _thresholds(alarm: Alarm) -> str:
    warning, critical = alarm.warning, alarm.critical
    if warning is None and critical is None:
        return "Give a value for warning, for critical, or for both."
    if not all(math.isfinite(value) for value in (warning, critical) if value is not None):
        return "A value is a finite number."
    if warning is None or critical is None or alarm.condition not in CONDITIONS:
        return ""
    below = CONDITIONS[alarm.condition].below
    if (critical > warning) if below else (critical < warning):
        return f"Critical is worse than warning, so it is {'less' if below else 'more'} than {warning:g}."
    return ""


def _reference(alarm: Alarm) -> str:
    if alarm.reference not in REFERENCES:
        return f"There is no reference {alarm.reference!r}; there are {', '.join(filter(None, REFERENCES))}."
    if alarm.condition in UNUSUAL and alarm.reference != "usual":
        return "What is unusual is told by the reference 'usual'."
    needed = alarm.condition in CONDITIONS and CONDITIONS[alarm.condition].reference
    if needed and not alarm.reference:
        return "A change needs something to compare with: choose a reference."
    if alarm.reference == "year" and alarm.period != "month":
        return "A year before is a reference of months."
    if alarm.reference in ("week", "usual") and alarm.period == "month":
        return "A month is compared with the month before, or with that of a year before."
    return ""


def _quiet(alarm: Alarm) -> str:
    try:
        if not any(alarm.quiet):
            return ""
        begin, end = (time.fromisoformat(text) for text in alarm.quiet)
    except ValueError:
        return "Quiet hours are two times of the day, such as 22:00 and 06:00."
    return "Quiet hours end at another time than they begin." if begin == end else ""


def _emails(alarm: Alarm) -> str:
    wrong = next((one for one in alarm.emails if not mailboxes.valid(one)), None)
    return f"{wrong!r} is no e-mail address." if wrong is not None else ""


def _webhook(alarm: Alarm) -> str:
    if not alarm.webhook or re.fullmatch(r"https?://[^\s/]+\S*", alarm.webhook):
        return ""
    if alarm.webhook.startswith(("http:", "https:")) or "://" not in alarm.webhook:
        return "A webhook is an address such as https://example.com/hook."
    return messenger.problem(alarm.webhook)


def _range(field: str, least: float, most: float, said: str) -> Callable[[Alarm], str]:
    return lambda alarm: "" if least <= getattr(alarm, field) <= most else said


CHECKS: dict[str, Callable[[Alarm], str]] = {
    "name": _name,
    "period": _one_of("period", [*PERIODS, "minutes"]),
    "minutes": _minutes,
    "zone": _zone,
    "metric": _one_of("metric", list(METRICS)),
    "condition": _one_of("condition", list(CONDITIONS)),
    "warning": _thresholds,
    "reference": _reference,
    "minimum": _range("minimum", 0, 10**9, "A number of calls is 0 or more."),
    "hysteresis": _range("hysteresis", 0, 100, "The hysteresis is 0 to 100 percent."),
    "repeat": _range("repeat", 0, 43_200, "It is repeated after 0 (never) to 43,200 minutes."),
    "quiet": _quiet,
    "emails": _emails,
    "webhook": _webhook,
    "prefix": lambda alarm: (
        "" if not alarm.prefix or DIGITS.fullmatch(alarm.prefix) else "A prefix is digits, perhaps after a +."
    ),
}
"""The field that a sentence stands at, in the order of the form."""
