"""A scope as a condition, asked of the real server: texts are texts, bounds are exact."""

from datetime import datetime, timedelta
from typing import get_args

import pytest
from bson.binary import UuidRepresentation

from store import calls
from store.batch import prepare
from store.database import Store
from store.errors import QueryTimeout
from store.ledger import commit
from store.match import LENGTH, NUMBER, Deadline, bound, condition
from store.record import EPOCH
from store.scope import DurationMatch, DurationOp, NumberMatch, NumberOp, Scope
from tests.cast import MS, at, call
from tests.oracle import LENGTH_TESTS, NUMBER_TESTS

NUMBERS = (
    "", "1", "12", "121", "+", "+1", "+12", "++1", "33", "+33", "+331", "3\0", "+3\x003", "4(", "+4(4",
    "0033", "+33 1 40", ".*", "a.b", "acb", "a\\b", "\\Qa\\E", "^1", "1$", "(1",
    "[1]", "1|2", "a\nb", "b\n", "b", "é", "É", "e\u0301", "☎", "😀", "\0", "1\x002", "\\x00", "$where", "#",
    "a b", "-", "{1}", "1\n", "+1\n", "0😀", "+0😀1", "٣", "+٣", "4.4", "+4x4",
)  # fmt: skip


@pytest.mark.parametrize("op", NUMBER)
def test_a_text_matches_what_it_says_and_is_never_a_pattern(store: Store, op: NumberOp) -> None:
    commit(store, prepare([call(str(i), at(i), caller=name) for i, name in enumerate(NUMBERS)]))
    for text in NUMBERS:
        rows = calls.page(store, Scope(at(0), at(100), caller=NumberMatch(op, text)), limit=100).rows
        assert {*rows["caller"]} == {name for name in NUMBERS if NUMBER_TESTS[op](name, text)}, text


INDEXED: list[tuple[NumberOp, str, int]] = [
    # digits are looked for with and without +, and nothing else is read
    ("equals", "44", 2),
    ("begins", "44", 20),
    # what has a + is meant with it
    ("equals", "+44", 1),
    ("begins", "+44", 10),
]


@pytest.mark.parametrize("field", ["caller", "destination"])
@pytest.mark.parametrize(("op", "text", "count"), INDEXED)
def test_a_number_is_found_by_its_index(
    store: Store, field: str, op: NumberOp, text: str, count: int
) -> None:
    names = [f"{plus}{code}{i or ''}" for plus in ("", "+") for code in (33, 44, 55) for i in range(10)]
    commit(
        store, prepare([call(str(i), at(i), caller=name, destination=name) for i, name in enumerate(names)])
    )
    match = NumberMatch(op, text)
    caller, destination = (match, None) if field == "caller" else (None, match)
    wanted = condition(Scope(at(-9), at(99), caller=caller, destination=destination))
    told = store.db["cdr_202611"].find(wanted).hint(field).explain()["executionStats"]
    assert (told["nReturned"], told["totalDocsExamined"]) == (count, count)
    assert told["totalKeysExamined"] <= count + 4


TALKS = (0, 1, 999, 1_000, 1_001, 5_999, 6_000, 6_001, 2**31 + 1)
SECONDS = (-1, 0, 0.001, 0.9994, 0.999, 1, 1.0004, 1.001, 5.999, 6, 2_147_483.649, 1e300, float("inf"))


@pytest.mark.parametrize("op", LENGTH)
def test_a_length_is_compared_exactly(store: Store, op: DurationOp) -> None:
    rows = [call(str(talk), at(0))._replace(billmsec=talk) for talk in TALKS]
    commit(store, prepare(rows))
    for seconds in SECONDS:
        scope = Scope(at(0), at(1), duration=DurationMatch(op, seconds))
        found = {*calls.page(store, scope, limit=100).rows["billsec"]}
        assert found == {talk / 1000 for talk in TALKS if LENGTH_TESTS[op](talk / 1000, seconds)}, seconds


def test_there_is_a_way_for_every_comparison() -> None:
    assert {*NUMBER} == {*NUMBER_TESTS} == {*get_args(NumberOp)}
    assert {*LENGTH} == {*LENGTH_TESTS} == {*get_args(DurationOp)}


BOUNDS = [
    # a fraction of a millisecond is after all calls of that millisecond
    (EPOCH, 0), (EPOCH + MS, 1), (EPOCH + MS / 1000, 1), (EPOCH + 1.5 * MS, 2),
    # nothing was before 1970
    (EPOCH - timedelta(days=1), 0),
]  # fmt: skip


@pytest.mark.parametrize(("moment", "ms"), BOUNDS)
def test_the_first_id_of_a_moment(moment: datetime, ms: int) -> None:
    assert bound(moment).as_uuid(UuidRepresentation.STANDARD).int == ms << 80


def test_a_deadline_that_has_passed_says_so_before_it_asks() -> None:
    with pytest.raises(QueryTimeout, match=r"can be read in 0 s\. Narrow the dates"):
        print(Deadline(0).ms)
    assert 0 < Deadline(10).ms <= 10_000
