"""What there is to choose from: the switches, the accounts, and the time that the calls span."""

import pytest

from store import catalog
from store.batch import prepare
from store.database import Store, open_store
from store.ledger import commit
from tests.cast import ALICE, BOB, CAST, at, call
from tests.store.year import DAYS


def test_an_empty_store_has_nothing_to_choose_from(store: Store) -> None:
    assert (catalog.switches(store), catalog.accounts(store), catalog.span(store)) == ([], [], None)
    assert catalog.causes(store) == []


def test_names_are_sorted_and_stand_once(store: Store) -> None:
    for _ in range(2):
        commit(store, prepare(CAST))
    assert catalog.switches(store) == ["Lyon", "Paris"]
    assert catalog.accounts(store) == ["", ALICE, BOB]


def test_causes_are_those_of_the_calls_also_private_ones(store: Store) -> None:
    commit(store, prepare([call("p", DAYS[0], cause="MY_OWN"), call("x", at(0), cause="X.Y"), CAST[2]]))
    assert catalog.causes(store) == ["MY_OWN", "USER_BUSY", "X.Y"]
    commit(store, prepare([call("p", DAYS[0], cause="CAUSE_200")]))
    assert catalog.causes(store) == ["CAUSE_200", "USER_BUSY", "X.Y"]


def test_the_span_is_that_of_the_starts_over_all_months(store: Store) -> None:
    commit(store, prepare([CAST[2]]))
    assert catalog.span(store) == (CAST[2].start, CAST[2].start)
    commit(store, prepare([*CAST, call("late", DAYS[-1]), call("early", DAYS[0], 9_999)]))
    assert catalog.span(store) == (DAYS[0], DAYS[-1])


def test_a_month_that_has_lost_its_calls_does_not_count(store: Store) -> None:
    commit(store, prepare([call("early", DAYS[0]), *CAST]))
    commit(store, prepare([CAST[8]]))
    store.db["cdr_202603"].delete_many({})
    assert catalog.span(store) == (CAST[8].start, at(62))


def test_another_process_sees_the_names_too(store: Store) -> None:
    commit(store, prepare(CAST[:1]))
    with open_store(store.settings) as other:
        commit(other, prepare(CAST))
        assert catalog.switches(store) == catalog.switches(other) == ["Lyon", "Paris"]
    commit(store, prepare([call("x", at(0), switch="Nice")]))
    assert catalog.switches(store) == ["Lyon", "Nice", "Paris"]


CHOICES: list[tuple[tuple[str, ...] | None, tuple[str, ...], tuple[list[str], list[str]]]] = [
    # who sees everything may choose everything
    (None, (), (["Lyon", "Paris"], ["", ALICE, BOB])),
    # a customer the own account, and the switches that have its calls
    ((ALICE,), (), (["Paris"], [ALICE])),
    ((BOB,), (), (["Lyon"], [BOB])),
    # an account without calls is no choice
    ((ALICE, "3000"), (), (["Paris"], [ALICE])),
    # who sees one switch is not told of accounts that call on others alone
    (None, ("Lyon",), (["Lyon"], ["", BOB])),
    ((ALICE, BOB), ("Lyon",), (["Lyon"], [BOB])),
    ((ALICE,), ("Lyon",), ([], [])),
    # who owns nothing has nothing to choose from
    ((), (), ([], [])),
]


@pytest.mark.parametrize(("accounts", "switches", "expected"), CHOICES)
def test_there_is_to_choose_from_what_one_may_see(
    store: Store,
    accounts: tuple[str, ...] | None,
    switches: tuple[str, ...],
    expected: tuple[list[str], list[str]],
) -> None:
    commit(store, prepare(CAST))
    found = catalog.choices(store, accounts, switches)
    assert (found.switches, found.accounts) == expected
    seen = [
        one
        for one in CAST
        if (accounts is None or one.account in accounts) and (not switches or one.switch in switches)
    ]
    causes = {one.cause for one in seen}
    assert set(found.causes) == (causes if not switches else set())
    starts = [one.start for one in seen]
    span = (min(starts), max(starts)) if starts else None
    assert catalog.span(store, accounts, switches) == span


def test_an_account_has_calls_on_some_switches(store: Store) -> None:
    commit(store, prepare(CAST))
    many = [f"x{n}" for n in range(400)]
    assert catalog.used(store, [*many, BOB], ["Paris", "Lyon", "Nice"]) == ["Lyon"]
    assert catalog.used(store, [], ["Paris"]) == []


def test_the_span_of_who_sees_a_switch_reads_an_hour_of_records_and_no_more(store: Store) -> None:
    rare = [call("first", at(0), switch="Nice"), call("last", DAYS[-1], switch="Nice")]
    many = [call(f"x{n}", DAYS[0], n, switch="Paris") for n in range(2_000)]
    commit(store, prepare([*many, *rare, call("other", DAYS[-1], switch="Nice", account=BOB)]))
    store.db.command("profile", 2)
    try:
        assert catalog.span(store, None, ("Nice",)) == (at(0), DAYS[-1])
        assert catalog.span(store, ("",), ("Nice", "Paris")) == (DAYS[0], DAYS[-1])
    finally:
        store.db.command("profile", 0)
    looked = store.db["system.profile"].find({"ns": {"$regex": r"\.cdr_"}, "op": "query"})
    assert all(one["docsExamined"] < 10 for one in looked)
