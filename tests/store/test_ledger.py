"""The commit: each call once, whatever comes twice, late, in pieces, corrected, all at once or to a stop."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.client_session import ClientSession

from store import calls, queries
from store.batch import prepare
from store.database import Store, open_store
from store.ledger import Fate, Receipt, commit
from store.legs import merge
from store.record import CDR, call_id
from store.scope import Scope
from store.verify import verify
from tests import oracle
from tests.cast import CAST, MS, at, call, season
from tests.store.year import DAYS

EVER = Scope(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
TOUCHED = ("sums", "concurrency", "work")


def held(store: Store) -> list[CDR]:
    """All calls in the order of their start, after a look at the sums."""
    assert verify(store) == []
    found = list(calls.stream(store, EVER))
    assert int(queries.totals(store, EVER)["calls"][0]) == len(found)
    return found


def in_order(made: Sequence[CDR]) -> list[CDR]:
    return sorted(made, key=lambda one: (one.start, one.uuid))


def by_name(made: Sequence[CDR]) -> dict[tuple[str, str, datetime], CDR]:
    return {(one.switch, one.uuid, one.start): one for one in made}


def leg(name: str, minutes: float, seconds: float, talk: float = 0, **more: Any) -> CDR:
    """A row of the one call that everybody in these tests has in pieces."""
    return call("piece", at(minutes), seconds, talk, leg=name, **more)


EDGE = datetime(2026, 12, 1, tzinfo=UTC)
ONE = CAST[0]
LATER = ONE._replace(start=ONE.start + timedelta(hours=1), end=ONE.end + timedelta(hours=1))
BEFORE, AFTER = call("e", EDGE - MS, 60, 30), call("e", EDGE + MS, 60, 30)
RANG = leg("2", 2, 60, 50)

DELIVERIES: dict[str, tuple[list[tuple[Sequence[CDR], Receipt]], int]] = {
    "nothing at all": ([((), Receipt(0, 0, 0))], 0),
    "the whole cast, once": ([(CAST, Receipt(9, 0, 0))], 9),
    "the whole cast twice": ([(CAST, Receipt(9, 0, 0)), (CAST, Receipt(0, 9, 0))], 9),
    "two that overlap": ([(CAST[:6], Receipt(6, 0, 0)), (CAST[3:], Receipt(3, 3, 0))], 9),
    "the same call twice in one batch": ([((ONE, ONE), Receipt(1, 0, 0)), ((ONE,), Receipt(0, 1, 0))], 1),
    "more talk than was told at first": (
        [((ONE,), Receipt(1, 0, 0)), ((ONE._replace(billmsec=1),), Receipt(0, 0, 1))], 1,
    ),
    "a correction beside what is known and what is new": (
        [(CAST[:2], Receipt(2, 0, 0)), ((ONE._replace(country="IT"), *CAST[1:4]), Receipt(2, 1, 1))], 4,
    ),
    "a start that was an hour off": ([((ONE,), Receipt(1, 0, 0)), ((LATER,), Receipt(0, 0, 1))], 1),
    "a start that is in the month after": ([((BEFORE,), Receipt(1, 0, 0)), ((AFTER,), Receipt(0, 0, 1))], 1),
    "a start that is in the month before": ([((AFTER,), Receipt(1, 0, 0)), ((BEFORE,), Receipt(0, 0, 1))], 1),
    "legs in one batch": ([((leg("1", 1, 9), leg("2", 2, 60, 50)), Receipt(1, 0, 0))], 1),
    "legs in two batches": (
        [((leg("1", 1, 9),), Receipt(1, 0, 0)), ((leg("2", 2, 60, 50),), Receipt(0, 0, 1))], 1,
    ),
    "legs in two batches, the last one first": (
        [((leg("2", 2, 60, 50),), Receipt(1, 0, 0)), ((leg("1", 1, 9),), Receipt(0, 0, 1))], 1,
    ),
    "a leg again, alone": (
        [((leg("1", 1, 9), RANG), Receipt(1, 0, 0)), ((RANG,), Receipt(0, 1, 0))], 1,
    ),
    "a leg again, corrected": (
        [((leg("1", 1, 9), RANG), Receipt(1, 0, 0)), ((RANG._replace(billmsec=1),), Receipt(0, 0, 1))], 1,
    ),
    "the name of a call on another switch": ([((ONE, ONE._replace(switch="Nice")), Receipt(2, 0, 0))], 2),
    "a name that the switch uses again every two days, all at once": (
        [([ONE._replace(start=d, end=d) for d in DAYS[:2] + DAYS[5:9:2]], Receipt(3, 0, 0))], 3,
    ),
    "a name that the switch uses again every two days, one by one": (
        [([ONE._replace(start=d, end=d)], Receipt(1, 0, 0)) for d in (DAYS[5], DAYS[0], DAYS[9])], 3,
    ),
    "a name used again after months, in one batch with what lies between": (
        [
            (CAST[1:], Receipt(8, 0, 0)),
            ([ONE._replace(start=d, end=d) for d in DAYS[-9::4]], Receipt(3, 0, 0)),
            ([ONE._replace(start=d, end=d) for d in DAYS[-9::4]], Receipt(0, 3, 0)),
        ], 11,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("deliveries", "count"), DELIVERIES.values(), ids=DELIVERIES)
def test_a_delivery_counts_each_call_once(
    store: Store, deliveries: list[tuple[Sequence[CDR], Receipt]], count: int
) -> None:
    for rows, receipt in deliveries:
        assert commit(store, prepare(rows)) == receipt
    assert len(held(store)) == count


def test_the_cast_is_held_as_it_was_told(store: Store) -> None:
    commit(store, prepare(CAST))
    assert held(store) == in_order(CAST)


def test_a_correction_changes_all_that_was_counted(store: Store) -> None:
    """Every dimension and measure differs, and the old ones are gone from every figure."""
    other = ONE._replace(
        account="9", country="IT", cause="USER_BUSY", direction="in", answered=False, answer=None,
        billmsec=0, mduration=1, pdd_ms=None,
    )  # fmt: skip
    for version in (ONE, other, ONE):
        commit(store, prepare([version]))
        assert held(store) == [version]
    assert list(queries.countries(store, EVER)["country"]) == ["FR"]
    assert list(queries.accounts(store, EVER)["account"]) == [ONE.account]


def test_a_corrected_start_moves_the_call_to_its_month(store: Store) -> None:
    for version in (BEFORE, AFTER, BEFORE):
        commit(store, prepare([version]))
        assert held(store) == [version]
        assert queries.months(store, EVER)["month"].tolist() == [f"{version.start:%Y-%m}"]


def test_the_rows_of_a_name_far_apart_are_calls_of_their_own_and_near_ones_one(store: Store) -> None:
    near = timedelta(days=1)
    commit(store, prepare([call("n", at(0), 5), call("n", at(0) + near + MS, 6)]))
    assert len(held(store)) == 2
    commit(store, prepare([call("n", at(0) + 2 * near + MS, 7)]))
    assert [one.mduration for one in held(store)] == [5_000, 7_000]


PIECES = [
    leg("1", 1, 9, cause="NO_ANSWER"),
    leg("2", 1, 9, cause="USER_BUSY", channel="SIP/2"),
    leg("3", 1.5, 100, 80, application="Queue"),
    leg("4", 1439, 200, 100),
    *CAST[:3],
    call("other", EDGE - 10 * MS, 1, leg="a"),
    call("other", EDGE + 10 * MS, 70, 1, leg="b"),
]
WHOLE_CALLS = [merge(PIECES[:4]), *CAST[:3], merge(PIECES[-2:])]


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.permutations(PIECES), st.lists(st.sampled_from(PIECES), max_size=5), st.sets(st.integers(1, 13)))
def test_rows_make_the_same_calls_however_they_are_cut_into_batches(
    store: Store, rows: list[CDR], again: list[CDR], cuts: set[int]
) -> None:
    for name in store.db.list_collection_names(filter={"name": {"$ne": "meta"}}):
        store.db[name].delete_many({})
    store.noted.clear()
    edges = [0, *sorted(cuts), len(rows) + len(again)]
    for since, until in pairwise(edges):
        commit(store, prepare([*rows, *again][since:until]))
    assert by_name(held(store)) == by_name(WHOLE_CALLS)


class Stopped(Exception):
    """What a killed import is to the transaction."""


def contents(store: Store) -> dict[str, Any]:
    names = [*TOUCHED, *store.db.list_collection_names(filter={"name": {"$regex": "^cdr_"}})]
    return {name: docs for name in names if (docs := list(store.db[name].find().sort("_id")))}


@pytest.mark.parametrize("rows", [CAST, CAST[:4], (ONE._replace(billmsec=5), CAST[7])])
def test_a_stop_within_the_transaction_leaves_nothing(store: Store, rows: Sequence[CDR]) -> None:
    commit(store, prepare(CAST[:2]))
    before = contents(store)

    def stop(session: ClientSession, receipt: Receipt) -> None:
        store.db["work"].insert_one({"rows": receipt.new}, session=session)
        raise Stopped

    store.db.create_collection("work")
    with pytest.raises(Stopped):
        commit(store, prepare(rows), stop)
    assert contents(store) == before
    commit(store, prepare(CAST))
    assert held(store) == in_order(CAST)


def test_what_belongs_to_a_batch_is_written_with_it(store: Store) -> None:
    def note(session: ClientSession, receipt: Receipt) -> None:
        store.db["work"].insert_one({"_id": len(done), **receipt._asdict()}, session=session)
        done.append(receipt)

    done: list[Receipt] = []
    store.db.create_collection("work")
    for rows in (CAST[:5], CAST):
        commit(store, prepare(rows), note)
    written = list(store.db["work"].find({}, {"_id": 0}).sort("_id"))
    assert written == [{"new": 5, "known": 0, "corrected": 0}, {"new": 4, "known": 5, "corrected": 0}]


def test_two_imports_at_once_count_each_call_once(store: Store) -> None:
    """Both write the same hours, and half of their calls are the same."""
    rows = season(DAYS[:3], 400, seed=11)
    shares = [rows[:300], rows[100:], rows[::2], rows[::-1]]

    def work(share: list[CDR]) -> list[Receipt]:
        with open_store(store.settings) as own:
            return [commit(own, prepare(share[i : i + 75])) for i in range(0, len(share), 75)]

    with ThreadPoolExecutor(len(shares)) as pool:
        receipts = [receipt for done in pool.map(work, shares) for receipt in done]
    assert sum(receipt.new for receipt in receipts) == len(rows)
    assert sum(receipt.known for receipt in receipts) == sum(map(len, shares)) - len(rows)
    assert by_name(held(store)) == by_name(rows)
    assert tuple(queries.totals(store, EVER).iloc[0])[:4] == oracle.measured(rows)[:4]


HOSTILE = (
    "", " ", "|", "*", "*|*", "%", "%2A", "%25", "%00", ".", "..", ".a", "a.", "a.b", "$", "$x", "$where",
    "{", '{"$gt": ""}', "a\0b", "\0", "é☎", "\u202e", "\n", "_id", "total", "all", "0", "null", "x" * 300,
)  # fmt: skip


def change(field: str, value: Any) -> dict[str, Any]:
    return {field: value}


def test_no_name_is_taken_for_another_or_for_a_command(store: Store) -> None:
    """Each hostile name stands once in every field that has names, and each is found by just that name."""
    fields = {"account": "accounts", "switch": "switches", "country": "countries", "cause": "causes",
              "direction": "directions"}  # fmt: skip
    rows = [
        call(f"{i} {field}", at(i), 1)._replace(**change(field, name))
        for field in fields
        for i, name in enumerate(HOSTILE)
    ]  # fmt: skip
    assert commit(store, prepare(rows)) == Receipt(len(rows), 0, 0)
    assert by_name(held(store)) == by_name(rows)
    usual = rows[0]._replace(account="")
    for field, many in fields.items():
        for name in HOSTILE:
            scope = EVER._replace(**change(many, (name,)))
            expected = len(HOSTILE) * 4 + 1 if name == getattr(usual, field) else 1
            assert queries.totals(store, scope)["calls"][0] == expected, (field, name)
            assert calls.number(store, scope) == (expected, True)
        names = getattr(queries, "hangup_causes" if field == "cause" else many)(store, EVER)
        assert {*names.iloc[:, 0]} == {*HOSTILE, getattr(rows[-1] if field == "account" else usual, field)}


def test_of_each_call_it_is_told_what_became_of_it_and_by_which_id_it_is_stored(store: Store) -> None:
    old, same, fresh = (call(name, at(1), 70, 60) for name in ("old", "same", "fresh"))
    commit(store, prepare([old, same]))
    moved = old._replace(start=old.start + timedelta(minutes=1))
    told: dict[bytes, Fate] = {}
    receipt = commit(store, prepare([moved, same, fresh]), fates=told.update)
    by_name = {one.uuid: told[UUID(call_id(one)).bytes][0] for one in (moved, same, fresh)}
    assert by_name == {"old": "corrected", "same": "known", "fresh": "new"}
    assert receipt == Receipt(1, 1, 1)
    stored = {str(UUID(bytes=id)) for _, id in told.values()}
    assert stored == {call_id(one) for one in held(store)}
