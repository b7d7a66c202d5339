"""Sessions: who a token is, until it is ended, too old, or not of what the user may do now."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from store import credentials, sessions, users
from store.database import Store
from store.people import User
from store.sessions import LASTS, NOTED, begin, digest, end, end_all, whose
from tests.cast import BOB
from tests.people import NOW, WEAK, invited

MS = timedelta(milliseconds=1)


def test_a_token_is_its_user_and_lies_nowhere_in_the_database(store: Store) -> None:
    alice, bob = invited(store, "Alice"), invited(store, "Bob")
    first, second = begin(store, alice, "192.0.2.1", NOW), begin(store, bob, "192.0.2.2", NOW)
    assert whose(store, [first, second], NOW) == {first: alice, second: bob}
    assert first not in str([*store.db[sessions.NAME].find()])
    assert len(first) == len(second) == 43


MADE_UP: list[Callable[[str], str]] = [
    # nothing
    lambda token: "",
    # one sign less, one more, one other
    lambda token: token[:-1],
    lambda token: token + "A",
    lambda token: ("B" if token[0] == "A" else "A") + token[1:],
    # what lies in the database
    digest,
    # in other letters
    str.swapcase,
    # what the database would take for a question
    lambda token: '{"$gt": ""}',
    lambda token: "\0\ud800",
]


@pytest.mark.parametrize("made_up", MADE_UP)
def test_what_is_no_token_is_nobody(store: Store, made_up: Callable[[str], str]) -> None:
    token = begin(store, invited(store, "Alice"), "192.0.2.1", NOW)
    assert whose(store, [made_up(token)], NOW) == {}
    assert not end(store, made_up(token))
    assert list(whose(store, [token], NOW)) == [token]


ENDED: list[Callable[[Store, User, str], object]] = [
    # who logs out
    lambda store, alice, token: end(store, token),
    # who is logged out everywhere
    lambda store, alice, token: end_all(store, alice.id),
    # who is disabled, also when enabled again
    lambda store, alice, token: users.disable(store, alice.id),
    lambda store, alice, token: (users.disable(store, alice.id), users.enable(store, alice.id)),
    # who is removed, and somebody else has the name
    lambda store, alice, token: (users.remove(store, alice.id), invited(store, "Alice")),
    # who has another password
    lambda store, alice, token: credentials.change(store, alice.id, "a new one entirely", NOW, WEAK),
    # who may see something else, more or less
    lambda store, alice, token: users.change(store, alice._replace(accounts=(BOB,))),
    lambda store, alice, token: users.change(store, alice._replace(switches=("Lyon",))),
    # whose role is another
    lambda store, alice, token: users.change(store, alice._replace(role="staff", rights=("alarms",))),
]


@pytest.mark.parametrize("ended", ENDED)
def test_a_session_ends(store: Store, ended: Callable[[Store, User, str], object]) -> None:
    invited(store, "Ada")
    alice, bob = invited(store, "Alice"), invited(store, "Bob")
    token, other = begin(store, alice, "192.0.2.1", NOW), begin(store, bob, "192.0.2.1", NOW)
    ended(store, alice, token)
    assert whose(store, [token, other], NOW) == {other: bob}


def test_what_is_no_matter_of_rights_ends_no_session(store: Store) -> None:
    alice = invited(store, "Alice")
    token = begin(store, alice, "192.0.2.1", NOW)
    users.change(store, alice._replace(company="ACME", zone="Europe/Paris"))
    assert whose(store, [token], NOW)[token].zone == "Europe/Paris"


def test_all_sessions_end_but_the_one_that_is_kept(store: Store) -> None:
    alice, bob = invited(store, "Alice"), invited(store, "Bob")
    kept, *others = [begin(store, alice, "192.0.2.1", NOW) for _ in range(3)]
    of_bob = begin(store, bob, "192.0.2.1", NOW)
    assert end_all(store, alice.id, kept) == 2
    assert set(whose(store, [kept, *others, of_bob], NOW)) == {kept, of_bob}


def test_a_session_lasts_as_long_as_it_is_used_and_its_use_is_noted_once_an_hour(store: Store) -> None:
    alice = invited(store, "Alice")
    token = begin(store, alice, "192.0.2.1", NOW)
    assert whose(store, [token], NOW + LASTS - MS)
    later = NOW + LASTS - MS
    assert whose(store, [token], later + LASTS - MS)
    assert not whose(store, [token], later + 2 * LASTS)
    token = begin(store, alice, "192.0.2.1", NOW)
    whose(store, [token], NOW + NOTED)
    assert store.db[sessions.NAME].find_one({"_id": digest(token)}, {"used": 1, "_id": 0}) == {"used": NOW}


def test_the_open_sessions_of_a_user_are_told_the_last_used_first(store: Store) -> None:
    alice, bob = invited(store, "Alice"), invited(store, "Bob")
    old = begin(store, alice, "192.0.2.1", NOW - timedelta(days=1))
    new = begin(store, alice, "192.0.2.2", NOW)
    begin(store, alice, "192.0.2.3", NOW - LASTS)
    begin(store, bob, "192.0.2.4", NOW)
    found = sessions.of_user(store, alice, NOW)
    assert [(one.key, one.address) for one in found] == [
        (digest(new), "192.0.2.2"),
        (digest(old), "192.0.2.1"),
    ]
    credentials.change(store, alice.id, "a new one entirely", NOW, WEAK)
    again = users.one(store, alice.id)
    assert again and sessions.of_user(store, again, NOW) == []
