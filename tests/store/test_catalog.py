"""What there is to choose from: the switches, the accounts, and the time that the calls span."""

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
