"""API keys: what is kept of one, when it works, and what it may."""

from datetime import timedelta

import pytest

from store import api_keys, users
from store.api_keys import LONGEST, MOST, make, of_users, remove, whose
from store.database import Store
from store.errors import CdrStatsError
from tests.people import NOW, invited

SECOND = timedelta(seconds=1)


def test_a_key_is_its_users_and_nothing_that_opens_is_kept_of_it(store: Store) -> None:
    alice = invited(store, "Alice")
    token = make(store, alice, " billing ", "read", 30, NOW)
    found = whose(store, token, NOW)
    assert found and (found[0], found[1].name, found[1].right) == (alice, "billing", "read")
    kept = store.db[api_keys.NAME].find_one()
    assert kept and token not in str(kept)
    assert whose(store, str(kept["digest"]), NOW) is None


@pytest.mark.parametrize(
    ("days", "after", "works"),
    [
        # until its last second
        (1, timedelta(days=1) - SECOND, True),
        # and not beyond, whether the database has forgotten it by then or not
        (1, timedelta(days=1), False),
        (3650, timedelta(days=3649), True),
    ],
)
def test_a_key_ends_at_its_time(days: int, after: timedelta, works: bool, store: Store) -> None:
    token = make(store, invited(store, "Alice"), "x", "write", days, NOW)
    assert (whose(store, token, NOW + after) is not None) is works


def test_a_key_that_is_removed_works_no_more_and_the_others_do(store: Store) -> None:
    alice, bob = invited(store, "Alice"), invited(store, "Bob")
    first, second = (make(store, alice, name, "read", 1, NOW) for name in ("one", "two"))
    held = of_users(store, [alice.id])[0]
    assert remove(store, held.id, bob.id) is False
    assert remove(store, held.id, alice.id) is True
    assert [whose(store, token, NOW) is None for token in (first, second)] == [True, False]


def test_a_key_of_a_disabled_or_removed_user_does_not_work(store: Store) -> None:
    alice, bob = invited(store, "Alice"), invited(store, "Bob")
    tokens = [make(store, user, "x", "read", 1, NOW) for user in (alice, bob)]
    users.disable(store, alice.id)
    users.remove(store, bob.id)
    assert [whose(store, token, NOW) for token in tokens] == [None, None]


def test_the_use_of_a_key_is_noted_now_and_then(store: Store) -> None:
    alice = invited(store, "Alice")
    token = make(store, alice, "x", "read", 1, NOW)
    for minutes in (1, 5, 12):
        whose(store, token, NOW + timedelta(minutes=minutes))
    assert of_users(store, [alice.id])[0].used == NOW + timedelta(minutes=12)


@pytest.mark.parametrize(
    ("name", "right", "days", "says"),
    [
        ("", "read", 1, "needs a name"),
        ("\x00\n", "read", 1, "needs a name"),
        ("x" * (LONGEST + 1), "read", 1, "needs a name"),
        ("x", "all", 1, "may read or write"),
        ("x", "read", 0, "lasts 1 to 3,650 days"),
        ("x", "read", 3651, "lasts 1 to 3,650 days"),
        ("held", "read", 1, "has a key 'held' already"),
    ],
)
def test_what_cannot_be_is_said(name: str, right: str, days: int, says: str, store: Store) -> None:
    alice = invited(store, "Alice")
    make(store, alice, "held", "read", 1, NOW)
    with pytest.raises(CdrStatsError, match=says):
        make(store, alice, name, right, days, NOW)


def test_a_user_has_only_so_many_keys(store: Store) -> None:
    alice = invited(store, "Alice")
    for number in range(MOST):
        make(store, alice, f"key {number}", "read", 1, NOW)
    with pytest.raises(CdrStatsError, match="remove one"):
        make(store, alice, "one more", "read", 1, NOW)
