"""One-time links: each works once, for an hour, and what lies in the database opens nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest

from store import credentials, passwords, tokens, users
from store.database import Store
from store.passwords import WeakPassword
from store.tokens import Spent
from tests.people import NOW, PASSWORD, WEAK, invited

OTHER = "a new one entirely"

MOMENTS = [
    # at once, and within the hour
    (NOW, True),
    (NOW + timedelta(minutes=59, seconds=59), True),
    # at its end, and later
    (NOW + timedelta(hours=1), False),
    (NOW + timedelta(days=400), False),
]


@pytest.mark.parametrize(("when", "works"), MOMENTS)
def test_a_link_works_for_an_hour(store: Store, when: datetime, works: bool) -> None:
    token = tokens.make(store, "alice", NOW)
    assert (tokens.whose(store, token, when) == "alice") is works
    if works:
        assert tokens.use(store, token, when) == "alice"
    with pytest.raises(Spent, match="used before or is too old; ask for a new one"):
        tokens.use(store, token, when)


FORGED: list[Callable[[str], str]] = [
    # nothing, another one, a token with an end, what lies in the database
    lambda token: "",
    lambda token: "x" * 43,
    lambda token: token + " ",
    tokens._digest,
    # half a character
    lambda token: "\ud800",
]


@pytest.mark.parametrize("forge", FORGED)
def test_what_is_no_token_works_as_little(store: Store, forge: Callable[[str], str]) -> None:
    token = tokens.make(store, "alice", NOW)
    with pytest.raises(Spent):
        tokens.use(store, forge(token), NOW)
    assert token not in repr(list(store.db[tokens.NAME].find()))
    assert tokens.use(store, token, NOW) == "alice"


def test_a_link_is_for_one_thing(store: Store) -> None:
    token = tokens.make(store, "alice", NOW, purpose="invite", lasts=timedelta(days=7))
    assert tokens.whose(store, token, NOW) is None
    assert tokens.use(store, token, NOW + timedelta(days=6), "invite") == "alice"


def test_of_many_who_use_a_link_at_once_one_does(store: Store) -> None:
    token, meet = tokens.make(store, "alice", NOW), Barrier(8)

    def use(_: int) -> bool:
        meet.wait()
        try:
            return bool(tokens.use(store, token, NOW))
        except Spent:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(use, range(8))) == [False] * 7 + [True]


def test_a_forgotten_password_is_chosen_anew_by_a_link(store: Store) -> None:
    held = invited(store, "Alice")
    first, second = (tokens.make(store, held.id, NOW) for _ in range(2))
    # a weak one is refused, and the link still works
    with pytest.raises(WeakPassword):
        credentials.reset(store, first, "short", NOW, WEAK)
    assert credentials.reset(store, first, OTHER, NOW, WEAK).id == held.id
    assert passwords.verify(store, held.id, OTHER, WEAK)
    assert users.one(store, held.id) == held._replace(generation=2)
    # the password has changed, so the other link is over too
    for token in (first, second):
        with pytest.raises(Spent):
            credentials.reset(store, token, PASSWORD, NOW, WEAK)


def test_of_two_who_reset_by_the_same_link_one_does(store: Store) -> None:
    held = invited(store, "Alice")
    token, meet = tokens.make(store, held.id, NOW), Barrier(4)

    def reset(n: int) -> str:
        meet.wait()
        try:
            credentials.reset(store, token, f"{OTHER} {n}", NOW, WEAK)
            return f"{OTHER} {n}"
        except Spent:
            return ""

    with ThreadPoolExecutor(4) as pool:
        (chosen,) = filter(None, pool.map(reset, range(4)))
    assert passwords.verify(store, held.id, chosen, WEAK)
    assert users.one(store, held.id) == held._replace(generation=2)


def test_a_link_of_whoever_is_disabled_or_removed_does_nothing(store: Store) -> None:
    held = invited(store, "Alice")
    users.disable(store, held.id)
    # one that was on its way
    token = tokens.make(store, held.id, NOW)
    with pytest.raises(Spent):
        credentials.reset(store, token, OTHER, NOW, WEAK)
    users.remove(store, held.id)
    with pytest.raises(Spent):
        credentials.reset(store, token, OTHER, NOW, WEAK)
