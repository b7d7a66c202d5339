"""The command `fraud`, as whoever guards against fraud uses it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from alerts.arrived import look
from alerts.fraud import RULES
from store.batch import prepare
from store.database import Store
from store.ledger import commit
from tests.app.conftest import Run
from tests.cast import call


def test_rules_are_shown_switched_and_given_limits(run: Run) -> None:
    rows = json.loads(run("fraud", "rules", "--format", "json").stdout)
    assert [row["rule"] for row in rows] == list(RULES)
    said = run("fraud", "set", "Budget", "--on", "--limit", "600").stdout
    assert said == "budget is on, its limit 600 minutes of the day.\n"
    run("fraud", "set", "budget", "--account", "1000", "--limit", "90")
    said = run("fraud", "set", "budget", "--shipped").stdout
    assert said == "budget is on, its limit 1000 minutes of the day, of accounts 1000: 90.\n"
    run("fraud", "set", "budget", "--account", "1000", "--shipped")
    rows = json.loads(run("fraud", "rules", "--format", "json").stdout)
    (row,) = (row for row in rows if row["rule"] == "budget")
    assert (row["on"], row["limit"], row["own"]) == (True, 1000, "")


def test_what_was_found_is_shown(run: Run, store: Store) -> None:
    now = datetime.now(UTC)
    number = {"destination": "0899123456", "number": "33899123456"}
    commit(store, prepare([call("a", now - timedelta(minutes=1), 65, 60, account="1000", **number)]))
    look(store, now)
    (row,) = json.loads(run("fraud", "events", "--format", "json").stdout)
    assert {name: row[name] for name in ("rule", "account", "about", "value", "calls", "talk")} == {
        "rule": "premium", "account": "1000", "about": "33899123456", "value": 1, "calls": 1, "talk": 60,
    }  # fmt: skip
    assert json.loads(run("fraud", "events", "--account", "2000", "--format", "json").stdout) == []


WRONG = [
    # nothing is said
    (("set", "budget"), "Say what to change"),
    # a rule that there is not
    (("set", "badget", "--on"), "did you mean budget?"),
    # a limit that everything reaches
    (("set", "budget", "--limit", "0"), "a number above 0"),
    # numbers that only a computer takes for some, as on the page
    (("set", "budget", "--limit", "nan"), "'nan' is no limit; write a number above 0"),
    (("set", "budget", "--limit", "1e3"), "'1e3' is no limit"),
    (("set", "budget", "--limit", "5,5"), "'5,5' is no limit"),
    # an account that is no line
    (("set", "budget", "--limit", "5", "--account", "a\nb"), "is no account"),
    # two that exclude each other
    (("set", "budget", "--limit", "1", "--shipped"), "exclude each other"),
]


@pytest.mark.parametrize(("arguments", "sentence"), WRONG)
def test_what_cannot_be_is_a_sentence(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in run("fraud", *arguments, code=1).stderr
