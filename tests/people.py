"""The fixed cast as users who may log in; their hashes are cheap, so that tests are quick."""

from datetime import UTC, datetime
from typing import Any

from argon2 import PasswordHasher

from store import users
from store.database import Store
from store.people import User
from tests.cast import ALICE, BOB

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "violet tram 47 hums"
"""Everybody's."""
CAST = {
    "Alice": User(name="Alice", accounts=(ALICE,), email="alice@example.org"),
    "Bob": User(name="Bob", accounts=(BOB,), switches=("Lyon",)),
    "Charlie": User(name="Charlie"),
    "Ada": User(name="Ada", role="admin", email="ada@example.org"),
}


def invited(store: Store, who: str, **more: Any) -> User:
    """One of the cast, kept with the password; `more` are other fields."""
    user = CAST[who]._replace(**more)
    made = users.one(store, users.add(store, user, NOW, PASSWORD, WEAK))
    assert made is not None
    return made
