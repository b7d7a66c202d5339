"""The command `lists`, as whoever guards against fraud uses it."""

import json

import pytest

from alerts.arrived import look
from store import lists
from store.batch import prepare
from store.database import Store
from store.ledger import commit
from tests.app.conftest import Run
from tests.cast import MORNING, at, call


def test_numbers_are_listed_shown_and_taken_off_again(run: Run, store: Store) -> None:
    assert (
        "2 lines added to the black list."
        in run("lists", "add", "black", "33899", "+88", "--words", "premium").stdout
    )
    run("lists", "add", "white", "--country", "cuba", "--account", "1000")
    again = run("lists", "add", "Black", "88").stdout
    assert again.startswith("0 lines added to the black list, 1 were there.")
    shown = json.loads(run("lists", "show", "--format", "json").stdout)
    assert [(row["list"], row["of"], row["prefix"], row["country"]) for row in shown] == [
        ("black", "everybody", "33899", ""),
        ("black", "everybody", "88", ""),
        ("white", "1000", "", "CU"),
    ]
    run("lists", "remove", *(row["id"] for row in shown))
    assert lists.entries(store) == []


def test_a_call_that_a_list_stopped_at_is_shown(run: Run, store: Store) -> None:
    run("lists", "add", "black", "53", "--words", "Cuba is not for us")
    commit(store, prepare([call("a", at(0), 60, 30, destination="005399", account="1000")]))
    look(store, MORNING)
    (row,) = json.loads(run("lists", "calls", "--format", "json").stdout)
    assert (row["destination"], row["talk"], row["words"]) == ("005399", 30, "Cuba is not for us")


def test_what_is_put_before_numbers_is_shown_and_said(run: Run) -> None:
    assert run("lists", "prefixes").stdout.split() == ["011", "00", "+"]
    assert run("lists", "prefixes", "0", "9").stdout.split() == ["0", "9"]
    assert run("lists", "prefixes", "--usual").stdout.split() == ["011", "00", "+"]


WRONG = [
    # nothing is said
    (("add", "black"), "Say which numbers"),
    # a list that there is not
    (("add", "grey", "33"), "There is no list 'grey'"),
    # a prefix that is none
    (("add", "black", "33x"), "'33x' is no prefix"),
    # a country that there is not
    (("add", "black", "--country", "Atlantis"), "There is no country 'Atlantis'"),
    # an entry that there is not
    (("remove", "1"), "There is no entry '1'"),
    # what no switch puts before a number
    (("prefixes", "a"), "'a' is no prefix"),
]


@pytest.mark.parametrize(("arguments", "sentence"), WRONG)
def test_what_cannot_be_is_a_sentence(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in run("lists", *arguments, code=1).stderr
