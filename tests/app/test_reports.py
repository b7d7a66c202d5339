"""What a report may be narrowed to on the command line, and what it says to what it cannot be."""

from typing import Any

import pytest

from app.commands.figures import each
from store.batch import prepare
from store.database import Store
from store.ledger import commit
from tests.app.conftest import Run, rows
from tests.cast import ALICE, BOB, CAST, at, call

CALLS = [
    *CAST,
    call("c1", at(70), switch="Nice, old", account="", cause="CAUSE_200", country="BQ"),
    call("c2", at(71), switch="Nice, old", account="1000,5", cause="MY_OWN", country="BQ"),
]


@pytest.fixture
def calls(store: Store) -> None:
    """The cast, and two calls with names that have a comma and with causes that only their switch knows."""
    commit(store, prepare(CALLS))


NARROWED: list[tuple[tuple[str, ...], Any]] = [
    # causes that a report shows can be asked for, whoever made them up
    (("--hangup-cause", "CAUSE_200"), lambda one: one.cause == "CAUSE_200"),
    (("--hangup-cause", "200"), lambda one: one.cause == "CAUSE_200"),
    (("--hangup-cause", "my own"), lambda one: one.cause == "MY_OWN"),
    # a code that no call has is no slip
    (("--hangup-cause", "201"), lambda one: False),
    # several values, repeated or with commas
    (("--account", ALICE, "--account", BOB), lambda one: one.account in (ALICE, BOB)),
    (("--account", f"{ALICE}, {BOB}"), lambda one: one.account in (ALICE, BOB)),
    (("--switch", "Lyon,Paris"), lambda one: one.switch in ("Lyon", "Paris")),
    (("--hangup-cause", "17,MY_OWN"), lambda one: one.cause in ("USER_BUSY", "MY_OWN")),
    (("--country", "Germany,us", "--country", "CI"), lambda one: one.country in ("DE", "US", "CI")),
    (("--direction", "in,internal"), lambda one: one.direction in ("in", "internal")),
    # a name with a comma of its own is one name
    (("--switch", "Nice, old"), lambda one: one.switch == "Nice, old"),
    (("--account", "1000,5"), lambda one: one.account == "1000,5"),
    # calls without an account
    (("--account", ""), lambda one: one.account == ""),
    # numbers in digits mean those with + too
    (("--caller", "44*"), lambda one: one.caller.startswith("+44")),
    (("--destination", "4930123456"), lambda one: one.destination == "+4930123456"),
]


@pytest.mark.parametrize(("arguments", "fits"), NARROWED)
def test_a_report_is_narrowed_to_what_is_asked_for(
    calls: None, run: Run, arguments: tuple[str, ...], fits: Any
) -> None:
    (total,) = rows(run, "totals", *arguments)
    assert total["calls"] == sum(map(fits, CALLS))


def test_a_cause_that_is_a_slip_is_answered_with_the_one_that_is_meant(calls: None, run: Run) -> None:
    done = run("report", "totals", "--hangup-cause", "MY_OWM", code=1)
    assert done.stderr == "There is no hangup cause 'MY_OWM'; did you mean MY_OWN?\n"


def test_a_list_is_cut_at_its_commas_but_for_names_that_have_one() -> None:
    assert each(None) == []
    assert each(["a, b", "c", ""]) == ["a", "b", "c", ""]
    assert each(["a,b", "A,c"], ["A,B", "x"]) == ["a,b", "A", "c"]
