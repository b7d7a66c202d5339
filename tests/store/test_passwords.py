"""Passwords: what is refused, what is kept, and that nobody learns who has one."""

from collections.abc import Callable
from typing import Any, Literal

import pytest
from argon2 import PasswordHasher, extract_parameters

from store import credentials, passwords
from store.database import Document, Store
from store.passwords import WeakPassword, check
from tests.people import NOW, PASSWORD, WEAK, invited

WEAK_ONES = [
    # nine characters
    ("xkqzvwjpm", "Charlie", "at least 10 characters"),
    # nine letters, one of which was typed as two signs
    ("xkqzvwjpe\u0301", "Charlie", "at least 10 characters"),
    # beyond what anybody types
    ("x1y2z" * 201, "Charlie", "at most 1,000 characters"),
    # the name, in any case, twice, or with four figures
    ("charliecharlie", "Charlie", "little more than the name"),
    ("CHARLIE2026", "Charlie", "little more than the name"),
    ("maria.gonzalez", "Maria.Gonzalez", "little more than the name"),
    # a few characters again and again
    ("1212121212", "Charlie", "repeats a few characters"),
    ("aaaaaaaaaaaaaaa", "Charlie", "repeats a few characters"),
    # what everybody takes, as it is and with an end
    ("1234567890", "Charlie", "among the first that are tried"),
    ("qwertyuiop", "Charlie", "among the first that are tried"),
    ("Password2026!", "Charlie", "among the first that are tried"),
    ("2026-November", "Charlie", "among the first that are tried"),
    ("Administrator", "Charlie", "among the first that are tried"),
    ("p@ssw0rd1234", "Charlie", "among the first that are tried"),
]


@pytest.mark.parametrize(("password", "name", "sentence"), WEAK_ONES)
def test_a_password_that_is_easy_to_guess_is_refused_in_a_sentence(
    password: str, name: str, sentence: str
) -> None:
    with pytest.raises(WeakPassword, match=sentence) as refused:
        check(password, name)
    assert password not in str(refused.value)


GOOD_ONES = [
    # four words
    "violet tram 47 hums",
    # ten letters of chance
    "xkqzvwjpmt",
    # letters of any script
    "пять кошек",
    "東京都港区芝公園四丁目",
    # the name in a sentence
    "charlie never sleeps at noon",
]


@pytest.mark.parametrize("password", GOOD_ONES)
def test_a_password_that_is_not_is_taken(password: str) -> None:
    check(password, "Charlie")


def test_made_passwords_are_strong_and_never_the_same() -> None:
    made = {passwords.made() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        check(password, "admin")
        assert len(password) == 27


SPELLINGS = [
    # as it was typed
    (PASSWORD, PASSWORD, True),
    # another one, none, and one with an end that is cut nowhere
    (PASSWORD, "violet tram 48 hums", False),
    (PASSWORD, "", False),
    (PASSWORD, PASSWORD + "x", False),
    ("x1y2z" * 200, "x1y2z" * 200 + "x", False),
    # an é is an é on any keyboard
    ("caf\u00e9 au lait", "cafe\u0301 au lait", True),
    # half a character and a NUL are characters, too
    ("half \ud800 a\x00character", "half \ud800 a\x00character", True),
    ("half \ud800 a\x00character", "half \ud800 a\x00charakter", False),
]


@pytest.mark.parametrize(("kept", "typed", "right"), SPELLINGS)
def test_the_password_that_was_kept_is_right(kept: str, typed: str, right: bool) -> None:
    assert passwords._matches(passwords.hashed(kept, WEAK), typed, WEAK) is right


class Counting(PasswordHasher):
    """Hashes as the real one, and counts how often."""

    hashes = 0

    def hash(self, *args: Any, **kwargs: Any) -> str:
        self.hashes += 1
        return super().hash(*args, **kwargs)

    def verify(self, *args: Any, **kwargs: Any) -> Literal[True]:
        self.hashes += 1
        return super().verify(*args, **kwargs)


def test_a_try_costs_one_hash_whoever_it_is_for(store: Store) -> None:
    held = invited(store, "Alice")
    tries = [
        # a user, with the right password, a wrong one, none and one that is too long
        (held.id, PASSWORD, True),
        (held.id, "wrong", False),
        (held.id, "", False),
        (held.id, "x" * 100_000, False),
        # nobody
        (None, PASSWORD, False),
        # a user without a password
        ("0" * 24, PASSWORD, False),
    ]
    for user, password, right in tries:
        counting = Counting(time_cost=1, memory_cost=8, parallelism=1)
        assert passwords.verify(store, user, password, counting) is right
        assert counting.hashes == 1


def _kept(store: Store) -> Document:
    found = store.db[passwords.NAME].find_one()
    assert found is not None
    return found


STRONGER = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
REHASHES = [
    # a right password is hashed anew when hashes cost more now
    (STRONGER, PASSWORD, 2),
    # a wrong one is not
    (STRONGER, "wrong", 1),
    # nor a right one by a program whose hashes cost as much
    (WEAK, PASSWORD, 1),
]


@pytest.mark.parametrize(("hasher", "typed", "passes"), REHASHES)
def test_a_hash_follows_the_cost_of_its_time(
    store: Store, hasher: PasswordHasher, typed: str, passes: int
) -> None:
    held = invited(store, "Alice")
    passwords.verify(store, held.id, typed, hasher)
    assert extract_parameters(_kept(store)["hash"]).time_cost == passes
    assert passwords.verify(store, held.id, PASSWORD, hasher)


def test_an_older_program_makes_no_hash_cheaper(store: Store) -> None:
    held = invited(store, "Alice")
    passwords.verify(store, held.id, PASSWORD, STRONGER)
    assert passwords.verify(store, held.id, PASSWORD, WEAK)
    assert extract_parameters(_kept(store)["hash"]).time_cost == 2


class Meanwhile(PasswordHasher):
    """Hashes as the real one, and lets something happen before."""

    happens: Callable[[], object] = staticmethod(lambda: None)

    def hash(self, *args: Any, **kwargs: Any) -> str:
        self.happens()
        return super().hash(*args, **kwargs)


def test_a_password_that_is_changed_meanwhile_is_not_hashed_over(store: Store) -> None:
    held, other = invited(store, "Alice"), "a new one entirely"
    late = Meanwhile(time_cost=2, memory_cost=16, parallelism=1)
    late.happens = lambda: credentials.change(store, held.id, other, NOW, WEAK)
    assert passwords.verify(store, held.id, PASSWORD, late)
    assert passwords.verify(store, held.id, other, WEAK)
    assert not passwords.verify(store, held.id, PASSWORD, WEAK)


def test_what_ships_is_argon2id_of_the_cost_that_the_rfc_names() -> None:
    kept = passwords.hashed(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.hashed(PASSWORD, WEAK) != passwords.hashed(PASSWORD, WEAK)


def test_a_hash_that_is_none_is_a_wrong_password() -> None:
    assert not passwords._matches("no hash", PASSWORD, WEAK)
