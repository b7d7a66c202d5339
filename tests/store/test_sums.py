"""The collection of sums: read, added to and written back within a transaction."""

import pytest

from store import sums
from store.buckets import Sums, trimmed
from store.database import Store
from store.periods import following
from store.record import EPOCH


def bucket(*cell: int, country: str = "FR") -> dict[str, dict[str, list[int]]]:
    return {"total": {"all": trimmed([*cell])}, "country": {country: trimmed([*cell])}}


CHANGES: dict[str, tuple[Sums, Sums, Sums, Sums]] = {
    "a bucket that is new": ({}, {"k": bucket(1, 1)}, {}, {"k": bucket(1, 1)}),
    "a bucket that grows": ({"k": bucket(1, 0, 5)}, {"k": bucket(2, 1)}, {}, {"k": bucket(3, 1, 5)}),
    "a bucket that has lost its last call is gone": ({"k": bucket(1, 1)}, {}, {"k": bucket(1, 1)}, {}),
    "a cell that has lost its last call is gone": (
        {"k": bucket(3)}, {"k": bucket(1, country="IT")}, {"k": bucket(3)}, {"k": bucket(1, country="IT")},
    ),
    "a bucket that comes and goes at once": ({}, {"k": bucket(1)}, {"k": bucket(1)}, {}),
    "nothing": ({"k": bucket(1)}, {}, {}, {"k": bucket(1)}),
    "the others are left alone": (
        {"k": bucket(1), "l": bucket(2)}, {"k": bucket(1)}, {}, {"k": bucket(2), "l": bucket(2)},
    ),
    "more than 32 bits": (
        {"k": bucket(1, 2**31)}, {"k": bucket(1, 2**40)}, {}, {"k": bucket(2, 2**31 + 2**40)},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("before", "more", "less", "after"), CHANGES.values(), ids=CHANGES)
def test_a_change_of_the_sums(store: Store, before: Sums, more: Sums, less: Sums, after: Sums) -> None:
    with store.client.start_session() as session:
        for add, take in ((before, {}), (more, less)):
            with session.start_transaction():
                sums.change(store, session, add, take)
    assert sums.read(store, ["k", "l", "m"]) == after
    assert store.db[sums.NAME].count_documents({}) == len(after)


def test_the_months_that_the_sums_span(store: Store) -> None:
    """Only buckets of all calls count, not those of an account that is called like them."""
    assert (sums.months(store), sums.span(store)) == ([], (EPOCH, following(EPOCH, "month")))
    keys = (
        "*|*|m|202611",
        "*|*|m|202602",
        "%2A|*|m|202501",
        "*|a|m|202401",
        "*|*|d|20270101",
        "*|*|h|2027010100",
    )
    store.db[sums.NAME].insert_many([{"_id": key} for key in keys])
    assert sums.months(store) == ["202602", "202611"]
    assert sums.span(store) == (sums.month_of("202602"), sums.month_of("202612"))
    assert sums.heads(store) == {
        "202602": {"*|*"}, "202611": {"*|*"}, "202501": {"%2A|*"}, "202401": {"*|a"}, "202701": {"*|*"},
    }  # fmt: skip


def test_the_buckets_of_a_month_are_read_and_no_others(store: Store) -> None:
    """The server tells what it has read: neighbours in the order of the keys are passed by."""
    names = [f"{i:03}|*" for i in range(sums.RANGES_AT_ONCE)]
    ends = ("d|20261031", "d|20261101", "d|20261130", "d|20261201", "h|2026113023", "m|202611", "m|202612")
    store.db[sums.NAME].insert_many([{"_id": f"{name}|{end}"} for name in names for end in ends])
    store.db.command("profile", 2)
    found = sums.of_month(store, "202611", [*names, "nobody|*"])
    store.db.command("profile", 0)
    assert {*found} == {f"{name}|{end}" for name in names for end in ends if "|202611" in f"|{end[2:]}"}
    reads = list(store.db["system.profile"].find({"ns": f"{store.db.name}.sums"}))
    assert sum(read["docsExamined"] for read in reads) == len(found)
    assert sum(read["keysExamined"] for read in reads) <= 2 * len(found) + 10
