"""What `verify` and `rebuild` say, in sentences for people."""

from datetime import UTC, datetime

import pytest

from app.commands.proof import described
from store import retention
from store.batch import prepare
from store.concurrency import refresh
from store.database import Store
from store.ledger import commit
from store.verify import Difference
from tests.app.conftest import Run
from tests.cast import ALICE, CAST

OCTOBER = datetime(2026, 10, 31, tzinfo=UTC)

TOLD: list[tuple[Difference, str]] = [
    # just the measures that differ
    (
        Difference(
            "1000|*|h|2026112208", {"total": {"all": [2, 1, 70_000]}}, {"total": {"all": [3, 1, 70_500]}}
        ),
        "Account 1000, hour 2026-11-22 08:00 (UTC): the sums say 2 calls, 70,000 ms of duration, "
        "the records 3 calls, 70,500 ms of duration.",
    ),
    # a bucket that is missing, of an account on a switch
    (
        Difference("1000|a%7Cb|m|202611", {}, {"total": {"all": [1, 1, 1, 1, 1, 1, 1, 1]}}),
        "Account 1000 on switch a|b, month 2026-11 (UTC): the sums say 0 calls, 0 answered, "
        "0 ms of duration, 0 ms of talk, 0 effective, 0 short, 0 ms of post-dial delay, "
        "0 with a known post-dial delay, the records 1 calls, 1 answered, 1 ms of duration, 1 ms of talk, "
        "1 effective, 1 short, 1 ms of post-dial delay, 1 with a known post-dial delay.",
    ),
    # the total first, then what it is made of, and not all of it
    (
        Difference(
            "*|*|d|20261122",
            {
                "total": {"all": [9]},
                "country": {"FR": [9], "IT": [1]},
                "cause": {"B": [1]},
                "hour": {"14": [9]},
            },
            {"total": {"all": [8]}, "country": {"FR": [8]}, "cause": {"B": [2]}, "hour": {"14": [8]}},
        ),
        "All calls, day 2026-11-22 (UTC): the sums say 9 calls, the records 8 calls; "
        "cause B: the sums say 1 calls, the records 2 calls; "
        "country FR: the sums say 9 calls, the records 8 calls; and 2 more figures.",
    ),
    # names are hostile, and no name is one too
    (
        Difference("%|*|m|202611", {}, {"cause": {"\x1b[31m": [1]}}),
        "Account '', month 2026-11 (UTC): cause  [31m: the sums say 0 calls, the records 1 calls.",
    ),
    # concurrent calls
    (
        Difference(
            "Lyon|20261122", {"concurrent": {"09:02": [9]}}, {"concurrent": {"09:02": [1]}}, "concurrent"
        ),
        "Switch Lyon, concurrent calls of 2026-11-22 (UTC): at 09:02 9 are kept, the records say 1.",
    ),
    (
        Difference(
            "*|20261122",
            {"concurrent": {f"09:0{i}": [i] for i in range(5)}},
            {"concurrent": {f"09:0{i}": [7] for i in range(5)}},
            "concurrent",
        ),
        "All calls, concurrent calls of 2026-11-22 (UTC): at 09:00 0 are kept, the records say 7; "
        "at 09:01 1 are kept, the records say 7; at 09:02 2 are kept, the records say 7; "
        "and 2 more minutes.",
    ),
    # names that are not in the lists
    (
        Difference("accounts|1000", {}, {"accounts": {"1000": [1]}}, "catalog"),
        "Account 1000 is not in the list of accounts.",
    ),
    (
        Difference("switches|%2A", {}, {"switches": {"%2A": [1]}}, "catalog"),
        "Switch * is not in the list of switches.",
    ),
]


@pytest.mark.parametrize(("difference", "sentence"), TOLD)
def test_a_difference_is_a_sentence(difference: Difference, sentence: str) -> None:
    assert described(difference) == sentence


def test_where_there_is_nothing_there_is_nothing_to_compare(run: Run, store: Store) -> None:
    nothing = "There was nothing to compare: no month with calls is in the store, or in that time.\n"
    assert run("verify").stdout == nothing
    commit(store, prepare(CAST))
    assert run("verify", "--since", "2027-01-01").stdout == nothing
    assert run("verify").stdout == "The sums agree with the records of 1 month.\n"


@pytest.mark.parametrize("command", ["verify", "rebuild"])
def test_a_time_that_ends_before_it_begins_is_refused(run: Run, command: str) -> None:
    done = run(command, "--since", "2026-11-22", "--until", "2026-11-22", code=1)
    assert done.stderr.startswith("--until is not after --since")
    assert done.stdout == ""


def test_differences_are_told_and_mended(run: Run, store: Store) -> None:
    commit(store, prepare(CAST))
    refresh(store)
    store.db["accounts"].delete_one({"_id": ALICE})
    store.db["sums"].update_one({"_id": "*|*|m|202611"}, {"$inc": {"total.all.0": 3}})
    store.db["concurrency"].update_one({"_id": "Lyon|20261122"}, {"$set": {"peaks": bytes(2880)}})
    done = run("verify", code=1)
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == [
        "All calls, month 2026-11 (UTC)",
        "Switch Lyon, concurrent calls of 2026-11-22 (UTC)",
        "Account 1000 is not in the list of accounts.",
    ]
    assert done.stderr == "3 differences found; cdr-stats rebuild mends.\n"
    assert run("rebuild", "--since", "2026-11-01").stdout == "3 differences mended.\n"
    run("verify")
    assert run("rebuild").stdout.startswith("Nothing to mend")


def test_dropped_months_are_passed_over_and_said_to_be(run: Run, store: Store) -> None:
    commit(store, prepare([*CAST, CAST[0]._replace(uuid="old", start=OCTOBER, end=OCTOBER)]))
    retention.drop(store, "202610")
    passed = "The records before 2026-11-01 (UTC) are dropped: the sums of that time stay as they are.\n"
    assert run("verify").stdout == passed + "The sums agree with the records of 1 month.\n"
    assert run("rebuild").stdout.startswith(passed + "Nothing to mend")
    done = run("rebuild", "--since", "2026-10-01", code=1)
    assert done.stderr.startswith("The records before 2026-11-01 (UTC) are dropped, so that")


def test_the_time_is_a_month_of_utc(run: Run, store: Store) -> None:
    commit(store, prepare(CAST))
    assert datetime(2026, 11, 22, tzinfo=UTC) < CAST[0].start
    assert "1 month" in run("verify", "--since", "2026-11-30").stdout
