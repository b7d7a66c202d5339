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
from store.sentence import Sentence, mark

DIGITS = re.compile(r"\+?[0-9]{1,15}")
LONGEST_MINUTES = 1_440

LESS = mark("Critical is worse than warning, so it is less than {value}.")
MORE = mark("Critical is worse than warning, so it is more than {value}.")


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
        return mark("Give the alarm a name of up to 80 characters.")
    return mark("A name is one line.") if not alarm.name.isprintable() else ""


def _one_of(field: str, known: Sequence[str], said: str) -> Callable[[Alarm], str]:
    def check(alarm: Alarm) -> str:
        value = getattr(alarm, field)
        return "" if value in known else Sentence(said, value=repr(value), known=", ".join(known))

    return check


def _zone(alarm: Alarm) -> str:
    try:
        ZoneInfo(alarm.zone)
    except (ValueError, OSError, LookupError):
        return Sentence(
            "{name} is no time zone; write one such as UTC or Europe/Berlin.", name=repr(alarm.zone)
        )
    return ""


def _minutes(alarm: Alarm) -> str:
    fits = alarm.period != "minutes" or 1 <= alarm.minutes <= LONGEST_MINUTES
    return "" if fits else Sentence("A rolling window has 1 to {n} minutes.", n=LONGEST_MINUTES)


def _thresholds(alarm: Alarm) -> str:
    warning, critical = alarm.warning, alarm.critical
    if warning is None and critical is None:
        return mark("Give a value for warning, for critical, or for both.")
    if not all(math.isfinite(value) for value in (warning, critical) if value is not None):
        return mark("A value is a finite number.")
    if warning is None or critical is None or alarm.condition not in CONDITIONS:
        return ""
    below = CONDITIONS[alarm.condition].below
    if (critical > warning) if below else (critical < warning):
        return Sentence(LESS if below else MORE, value=f"{warning:g}")
    return ""


def _reference(alarm: Alarm) -> str:
    if alarm.reference not in REFERENCES:
        known = ", ".join(filter(None, REFERENCES))
        return Sentence(
            "There is no reference {value}; there are {known}.", value=repr(alarm.reference), known=known
        )
    if alarm.condition in UNUSUAL and alarm.reference != "usual":
        return mark("What is unusual is told by the reference 'usual'.")
    needed = alarm.condition in CONDITIONS and CONDITIONS[alarm.condition].reference
    if needed and not alarm.reference:
        return mark("A change needs something to compare with: choose a reference.")
    if alarm.reference == "year" and alarm.period != "month":
        return mark("A year before is a reference of months.")
    if alarm.reference in ("week", "usual") and alarm.period == "month":
        return mark("A month is compared with the month before, or with that of a year before.")
    return ""


def _quiet(alarm: Alarm) -> str:
    try:
        if not any(alarm.quiet):
            return ""
        begin, end = (time.fromisoformat(text) for text in alarm.quiet)
    except ValueError:
        return mark("Quiet hours are two times of the day, such as 22:00 and 06:00.")
    return mark("Quiet hours end at another time than they begin.") if begin == end else ""


def _emails(alarm: Alarm) -> str:
    wrong = next((one for one in alarm.emails if not mailboxes.valid(one)), None)
    return Sentence("{address} is no e-mail address.", address=repr(wrong)) if wrong is not None else ""


def _webhook(alarm: Alarm) -> str:
    if not alarm.webhook or re.fullmatch(r"https?://[^\s/]+\S*", alarm.webhook):
        return ""
    if alarm.webhook.startswith(("http:", "https:")) or "://" not in alarm.webhook:
        return mark("A webhook is an address such as https://example.com/hook.")
    return messenger.problem(alarm.webhook)


def _range(field: str, least: float, most: float, said: str) -> Callable[[Alarm], str]:
    return lambda alarm: "" if least <= getattr(alarm, field) <= most else said


CHECKS: dict[str, Callable[[Alarm], str]] = {
    "name": _name,
    "period": _one_of(
        "period", [*PERIODS, "minutes"], mark("There is no period {value}; there are {known}.")
    ),
    "minutes": _minutes,
    "zone": _zone,
    "metric": _one_of("metric", list(METRICS), mark("There is no metric {value}; there are {known}.")),
    "condition": _one_of(
        "condition", list(CONDITIONS), mark("There is no condition {value}; there are {known}.")
    ),
    "warning": _thresholds,
    "reference": _reference,
    "minimum": _range("minimum", 0, 10**9, mark("A number of calls is 0 or more.")),
    "hysteresis": _range("hysteresis", 0, 100, mark("The hysteresis is 0 to 100 percent.")),
    "repeat": _range("repeat", 0, 43_200, mark("It is repeated after 0 (never) to 43,200 minutes.")),
    "quiet": _quiet,
    "emails": _emails,
    "webhook": _webhook,
    "prefix": lambda alarm: (
        ""
        if not alarm.prefix or DIGITS.fullmatch(alarm.prefix)
        else mark("A prefix is digits, perhaps after a +.")
    ),
}
"""The field that a sentence stands at, in the order of the form."""
