"""What is said of an alarm that is filled in wrongly: at which field, and what."""

from datetime import UTC, datetime
from typing import Any

import pytest

from alerts.alarms import REFERENCES
from alerts.form import checked, problems
from alerts.shipped import SHIPPED
from store.alarms import Alarm
from store.errors import SettingsError

RIGHT = Alarm(name="ASR", warning=40, critical=20)

WRONG: list[tuple[dict[str, Any], str, str]] = [
    # it has to be called something
    ({"name": " "}, "name", "Give the alarm a name"),
    # a name stands in the subject of a mail
    ({"name": "a\r\nBcc: x@example.com"}, "name", "one line"),
    ({"period": "year"}, "period", "There is no period 'year'; there are hour"),
    ({"period": "minutes", "minutes": 0}, "minutes", "1 to 1,440 minutes"),
    ({"zone": "Mars/Olympus"}, "zone", "is no time zone"),
    ({"metric": "luck"}, "metric", "There is no metric 'luck'"),
    ({"condition": "equals"}, "condition", "There is no condition 'equals'"),
    # without a threshold it could never fire
    ({"warning": None, "critical": None}, "warning", "Give a value"),
    ({"warning": float("nan")}, "warning", "finite"),
    # of a lower bound the critical one is the lower
    ({"warning": 20, "critical": 40}, "warning", "it is less than 20"),
    ({"condition": "greater"}, "warning", "it is more than 40"),
    # a decrease needs something to decrease from
    ({"condition": "decrease", "critical": 60}, "reference", "choose a reference"),
    ({"reference": "tomorrow"}, "reference", "There is no reference 'tomorrow'"),
    ({"reference": "year"}, "reference", "A year before is a reference of months"),
    ({"reference": "usual", "period": "month"}, "reference", "A month is compared with"),
    ({"condition": "unusual_low", "critical": 60, "reference": "week"}, "reference", "'usual'"),
    ({"minimum": -1}, "minimum", "0 or more"),
    ({"hysteresis": 101}, "hysteresis", "0 to 100"),
    ({"repeat": -5}, "repeat", "repeated after"),
    ({"quiet": ("22:00", "")}, "quiet", "two times of the day"),
    ({"quiet": ("22:00", "22:00")}, "quiet", "another time"),
    ({"emails": ("ada@example.com", "nobody")}, "emails", "'nobody' is no e-mail address"),
    ({"emails": ("a@example.com\nBcc: b@example.com",)}, "emails", "is no e-mail address"),
    ({"webhook": "example.com/hook"}, "webhook", "such as https://"),
    ({"webhook": "https:///hook"}, "webhook", "such as https://"),
    ({"webhook": "file:///etc/passwd"}, "webhook", "none that Apprise knows"),
    ({"prefix": "44*"}, "prefix", "digits"),
]


@pytest.mark.parametrize(("fields", "field", "said"), WRONG)
def test_a_wrong_field_is_said_in_a_sentence(fields: dict[str, Any], field: str, said: str) -> None:
    alarm = RIGHT._replace(**fields)
    assert list(problems(alarm)) == [field]
    assert said in problems(alarm)[field]
    with pytest.raises(SettingsError, match=f"^{field}: "):
        checked(alarm)


GOOD: list[dict[str, Any]] = [
    {},
    # an upper bound, of which the critical one is the higher
    {"metric": "calls", "condition": "greater", "warning": 100, "critical": 200},
    {"period": "minutes", "minutes": 5},
    {"period": "month", "condition": "decrease", "critical": 60, "reference": "year"},
    {"quiet": ("22:00", "06:00"), "emails": ("ada+night@example.com",), "webhook": "https://example.com/x"},
    {"prefix": "+44", "snoozed": datetime(2026, 11, 22, tzinfo=UTC)},
]


@pytest.mark.parametrize("fields", GOOD)
def test_a_right_one_is_taken(fields: dict[str, Any]) -> None:
    assert problems(RIGHT._replace(**fields)) == {}


def test_every_reference_has_words_and_the_shipped_alarms_are_right() -> None:
    assert all(one.words for one in REFERENCES.values())
    assert [problems(alarm) for alarm in SHIPPED] == [{}] * len(SHIPPED)
