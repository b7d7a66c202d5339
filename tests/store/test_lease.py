"""The lease: one leads, whoever was killed is followed, and who comes back late leads anew."""

from datetime import UTC

from store import lease
from store.database import Store
from store.lease import Lease
from tests.store.servers import until

SHORT = 0.3


def test_one_leads_and_the_other_waits_until_it_is_released(store: Store) -> None:
    first, second = Lease(store), Lease(store)
    assert (first.take(), second.take()) == (True, False)
    assert (first.held, second.held) == (True, False)
    assert first.take()
    assert first.token == 1
    first.release()
    assert not first.held
    assert second.take()
    assert second.token == 2
    assert not first.take()


def test_a_lease_that_was_not_renewed_goes_to_another_with_a_higher_token(store: Store) -> None:
    dead, heir = Lease(store, term=SHORT), Lease(store, term=SHORT)
    assert dead.take()
    until(heir.take)
    assert not dead.held
    assert heir.token == dead.token + 1


def test_who_comes_back_late_leads_anew_and_not_on(store: Store) -> None:
    """Somebody else may have led and gone meanwhile."""
    late = Lease(store, term=SHORT)
    assert late.take()
    until(lambda: lease.leader(store) is None)
    assert not late.held
    assert late.take()
    assert late.token == 2


def test_a_leader_stops_by_its_own_clock_before_its_lease_ends(store: Store) -> None:
    held = Lease(store, term=SHORT)
    assert held.take()
    until(lambda: not held.held)
    assert lease.leader(store) is not None


def test_it_is_told_who_leads(store: Store) -> None:
    assert lease.leader(store) is None
    held = Lease(store)
    held.take()
    found = lease.leader(store)
    assert found is not None
    assert (found.token, found.since.tzinfo) == (1, UTC)
    held.release()
    assert lease.leader(store) is None


def test_leases_of_two_names_are_two(store: Store) -> None:
    assert Lease(store, "one").take()
    assert Lease(store, "two").take()
