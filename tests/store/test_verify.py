"""The proof finds every kind of difference between sums and records, and the repair mends it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store import catalog, marks, queries
from store.batch import prepare
from store.buckets import head
from store.concurrency import refresh
from store.database import Store
from store.ledger import commit
from store.record import CDR
from store.scope import Scope
from store.verify import rebuild, verify
from tests import oracle
from tests.cast import ALICE, BOB, CAST, at, call
from tests.store.year import DAYS

RECORDS = "cdr_202611"
OTHER_MONTH = call("march", DAYS[0], 60, 30, account=ALICE)
KEYS = {
    "hour": f"{head(ALICE, None)}|h|2026112208",
    "day": f"{head(None, 'Lyon')}|d|20261122",
    "month": f"{head(None, None)}|m|202611",
    "pair": f"{head(ALICE, 'Paris')}|m|202611",
}


def change(key: str, update: dict[str, Any]) -> Callable[[Store], object]:
    return lambda store: store.db["sums"].update_one({"_id": KEYS[key]}, update)


def remove(key: str) -> Callable[[Store], object]:
    return lambda store: store.db["sums"].delete_one({"_id": KEYS[key]})


def busy(key: str, peaks: bytes) -> Callable[[Store], object]:
    return lambda store: store.db["concurrency"].update_one({"_id": key}, {"$set": {"peaks": peaks}})


def extra(key: str) -> Callable[[Store], object]:
    return lambda store: store.db["sums"].insert_one({"_id": key, "total": {"all": [1]}})


def twin(store: Store) -> None:
    """A record that came in past the ledger."""
    record = store.db[RECORDS].find_one({"uuid": "a1"})
    assert record
    other = next(iter(store.db[RECORDS].find({"uuid": "a2"})))["_id"]
    same_time = type(other)(bytes=record["_id"].bytes[:6] + other.bytes[6:])
    store.db[RECORDS].insert_one({**record, "_id": same_time, "key": 1})


TAMPERINGS: dict[str, tuple[Callable[[Store], object], set[str]]] = {
    "a count of a cell": (change("month", {"$inc": {"total.all.0": 1}}), {KEYS["month"]}),
    "a duration of a cell": (change("day", {"$set": {"country.CI": [1, 0, 5]}}), {KEYS["day"]}),
    "a cell that is missing": (change("hour", {"$unset": {"cause.USER_BUSY": 1}}), {KEYS["hour"]}),
    "a cell too many": (change("hour", {"$set": {"country.IT": [1, 1]}}), {KEYS["hour"]}),
    "a facet that is missing": (change("pair", {"$unset": {"total": 1}}), {KEYS["pair"]}),
    "the hour of a day": (change("day", {"$set": {"hour.09": [7]}}), {KEYS["day"]}),
    "the day of a month": (change("month", {"$set": {"day.22.3": 7}}), {KEYS["month"]}),
    "a missing hour": (remove("hour"), {KEYS["hour"]}),
    "a missing day": (remove("day"), {KEYS["day"]}),
    "a missing month": (remove("month"), {KEYS["month"]}),
    "all sums missing": (lambda store: store.db["sums"].delete_many({}), set()),
    "an hour of nobody": (extra("ghost|*|h|2026112208"), {"ghost|*|h|2026112208"}),
    "a month that has no calls": (extra("*|*|m|202701"), {"*|*|m|202701"}),
    "a day of a month that has no calls": (extra("*|*|d|20270101"), {"*|*|d|20270101"}),
    "a record that is gone": (lambda store: store.db[RECORDS].delete_one({"uuid": "b3"}), set()),
    "all records gone": (lambda store: store.db[RECORDS].delete_many({}), set()),
    "a record's length": (
        lambda store: store.db[RECORDS].update_one({"uuid": "a1"}, {"$inc": {"billmsec": 1}}), set(),
    ),
    "a record's country": (
        lambda store: store.db[RECORDS].update_one({"uuid": "a1"}, {"$set": {"country": "IT"}}), set(),
    ),
    "a record too many": (twin, set()),
    "a record that ends later": (
        lambda store: store.db[RECORDS].update_one({"uuid": "a1"}, {"$set": {"end": at(30)}}),
        {"Paris|20261122", "*|20261122"},
    ),
    "the kept concurrent calls of a switch": (busy("Lyon|20261121", bytes(2880)), {"Lyon|20261121"}),
    "the kept concurrent calls of all": (busy("*|20261122", b"\1\0" * 1440), {"*|20261122"}),
    "a day of concurrent calls that is missing": (
        lambda store: store.db["concurrency"].delete_one({"_id": "Paris|20260307"}), {"Paris|20260307"},
    ),
    "a day of concurrent calls on which nobody called": (
        lambda store: store.db["concurrency"].insert_one({"_id": "*|20261130", "peaks": b"\1\0" * 1440}),
        {"*|20261130"},
    ),
    "an account that the catalog lacks": (
        lambda store: store.db["accounts"].delete_one({"_id": ALICE}), {f"accounts|{ALICE}"},
    ),
    "calls without an account, which the catalog lacks": (
        lambda store: store.db["accounts"].delete_one({"_id": ""}), {"accounts|%"},
    ),
    "a switch that the catalog lacks": (
        lambda store: store.db["switches"].delete_one({"_id": "Lyon"}), {"switches|Lyon"},
    ),
}  # fmt: skip


@pytest.fixture
def cast_store(store: Store) -> Store:
    commit(store, prepare([*CAST, OTHER_MONTH]))
    refresh(store)
    return store


@pytest.mark.parametrize(("tamper", "keys"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_what_was_tampered_with_is_found_and_mended(
    cast_store: Store, tamper: Callable[[Store], object], keys: set[str]
) -> None:
    assert verify(cast_store) == []
    tamper(cast_store)
    found = verify(cast_store)
    assert found
    assert all(difference.stored != difference.counted for difference in found)
    if keys:
        assert {difference.key for difference in found} == keys
    assert rebuild(cast_store) == len(found)
    assert verify(cast_store) == []
    assert rebuild(cast_store) == 0
    assert catalog.accounts(cast_store) == ["", ALICE, BOB]
    assert catalog.switches(cast_store) == ["Lyon", "Paris"]


def test_a_day_that_waits_to_be_counted_is_in_order(store: Store) -> None:
    commit(store, prepare(CAST))
    assert verify(store) == []
    busy("*|20261122", b"\1\0" * 1440)(store)
    assert verify(store) == []


def test_a_difference_of_concurrent_calls_names_its_minutes(cast_store: Store) -> None:
    peaks = bytearray(2880)
    peaks[0], peaks[2 * (3 * 60 + 7)] = 9, 1
    busy("Lyon|20261122", bytes(peaks))(cast_store)
    (difference,) = verify(cast_store)
    assert difference.what == "concurrent"
    assert difference.stored["concurrent"]["00:00"] == [9]
    assert difference.counted["concurrent"]["00:00"] == [1]
    assert difference.counted["concurrent"]["09:02"] == [1]
    assert "03:07" not in difference.counted["concurrent"]


def test_a_repair_forgets_which_files_are_known(cast_store: Store) -> None:
    """A file whose calls were lost is otherwise taken for stored when it is imported again."""
    mark = marks.mark_of("Paris", "", b"chunk")
    with cast_store.client.start_session() as session, session.start_transaction():
        marks.note(cast_store, session, mark, "Paris", "", {"calls": 1})
    assert [*marks.stored(cast_store, "Paris", "")] == [mark]
    rebuild(cast_store)
    assert marks.stored(cast_store, "Paris", "") == {}


def test_a_difference_shows_both_sides(cast_store: Store) -> None:
    right = cast_store.db["sums"].find_one({"_id": KEYS["pair"]})
    assert right
    change("pair", {"$set": {"total.all": [5]}})(cast_store)
    (difference,) = verify(cast_store)
    assert difference.key == right.pop("_id")
    assert difference.counted == right
    assert difference.stored == {**right, "total": {"all": [5]}}


def test_after_a_repair_the_figures_are_those_of_the_records_that_are_there(cast_store: Store) -> None:
    cast_store.db[RECORDS].delete_many({"account": ALICE})
    cast_store.db["sums"].delete_many({"_id": {"$regex": "d"}})
    rebuild(cast_store)
    rest: list[CDR] = [*(one for one in CAST if one.account != ALICE), OTHER_MONTH]
    scope = Scope(DAYS[0], at(5000))
    assert tuple(queries.totals(cast_store, scope).iloc[0]) == oracle.measured(rest)
    assert {*queries.accounts(cast_store, scope)["account"]} == {one.account for one in rest}


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


RANGES: list[tuple[datetime | None, datetime | None, bool]] = [
    # no end and no beginning
    (None, None, True),
    # a moment of November is November
    (utc(2026, 11, 30, 23), utc(2026, 12, 1), True),
    (utc(2026, 11, 22), None, True),
    (None, utc(2026, 11, 1, 0, 1), True),
    # up to November is without it, and so is what begins after it
    (None, utc(2026, 11, 1), False),
    (utc(2026, 12, 1), None, False),
    (utc(2026, 3, 1), utc(2026, 4, 1), False),
]


@pytest.mark.parametrize(("since", "until", "met"), RANGES)
def test_only_the_months_that_are_asked_for_are_looked_at(
    cast_store: Store, since: datetime | None, until: datetime | None, met: bool
) -> None:
    remove("month")(cast_store)
    assert bool(verify(cast_store, since, until)) is met
    assert rebuild(cast_store, since, until) == int(met)
    assert bool(verify(cast_store)) is not met


def test_an_empty_store_is_in_order(store: Store) -> None:
    assert verify(store) == []
    assert rebuild(store) == 0


def test_a_repair_of_everything_from_the_records_alone(store: Store) -> None:
    """More buckets than are mended in one transaction, back to the byte."""
    calls = [call(str(i), DAYS[0] + timedelta(hours=i), 5, account=str(i)) for i in range(700)]
    commit(store, prepare(calls))
    before = list(store.db["sums"].find().sort("_id"))
    store.db["sums"].delete_many({})
    assert rebuild(store) == len(before) > 2_000
    assert list(store.db["sums"].find().sort("_id")) == before
