"""The passwords: argon2id hashes in a collection of their own, so that no user that is shown carries one."""

import re
import secrets
import threading
import unicodedata
from collections.abc import Callable
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError
from pymongo.client_session import ClientSession

from assets.files import path
from store.database import Store, key_of
from store.errors import CdrStatsError
from store.sentence import Sentence, mark

NAME = "passwords"
HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)
"""What a hash costs: the second choice of RFC 9106, part 4 (64 MiB, three passes, four lanes)."""
AT_ONCE = threading.BoundedSemaphore(2)
"""So many hashes at once in a process: a flood of tries to log in takes time, and not all the memory."""
SHORTEST, LONGEST = 10, 1_000
TOO_LONG = Sentence("A password has at most {n} characters; take a shorter one.", n=LONGEST)
FEW = 5
"""Different characters that a password has at least, and characters that are no part of the name."""
ENDS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""What a made password is of: nothing that is taken for something else when it is read from paper."""


class WeakPassword(CdrStatsError):
    """A password that is too easy to guess, with the reason."""


def check(password: str, name: str) -> None:
    """Raise WeakPassword, one sentence, for a password that the user of this name may not have."""
    if len(password) > LONGEST:
        raise WeakPassword(TOO_LONG)
    plain = _plain(password)
    for weak, sentence in WEAKNESSES:
        if weak(plain, _plain(name)):
            raise WeakPassword(sentence)


def made() -> str:
    """A random password of 24 characters (119 bits), in groups that can be read aloud."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(6)) for _ in range(4))


def hashed(password: str, hasher: PasswordHasher = HASHER) -> str:
    """What is kept of a password; takes some 0.1 s, so never on an event loop and never in a transaction."""
    with AT_ONCE:
        return hasher.hash(_bytes(password))


def put(store: Store, session: ClientSession, user: str, kept: str, now: datetime) -> None:
    """Keep the hash of a user's password, in the transaction that ends the sessions of the last one; called
    by store.users alone.
    """
    told = {"$set": {"hash": kept, "changed": now}}
    store.db[NAME].update_one({"_id": key_of(user)}, told, upsert=True, session=session)


def forget(store: Store, session: ClientSession, user: str) -> None:
    """Forget a user's password, in the transaction that removes the user."""
    store.db[NAME].delete_one({"_id": key_of(user)}, session=session)


def changed(store: Store, user: str) -> datetime | None:
    """When a user's password was set (aware UTC); None for who has none."""
    found = store.db[NAME].find_one({"_id": key_of(user)}, {"changed": 1})
    return found["changed"] if found else None


def verify(store: Store, user: str | None, password: str, hasher: PasswordHasher = HASHER) -> bool:
    """Whether this is the password of the user of this id.

    None, for a name that nobody has, takes one hash too, as does a user without a password, so that the time
    does not tell which names there are. A right password whose hash is cheaper than hashes are now is hashed
    anew. Takes some 0.1 s.
    """
    found = store.db[NAME].find_one({"_id": key_of(user or "")})
    if found is None:
        hashed(password, hasher)
        return False
    if not _matches(found["hash"], password, hasher):
        return False
    if _cheaper(found["hash"], hasher):
        # only over the hash that was read: the password may have been changed meanwhile
        lookup = {"_id": found["_id"], "hash": found["hash"]}
        store.db[NAME].update_one(lookup, {"$set": {"hash": hashed(password, hasher)}})
    return True


def _matches(kept: str, password: str, hasher: PasswordHasher) -> bool:
    with AT_ONCE:
        try:
            return hasher.verify(kept, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False


def _cheaper(kept: str, hasher: PasswordHasher) -> bool:
    """Whether passes, memory or length grew since this hash was made."""
    then = extract_parameters(kept)
    grown = (
        (then.time_cost, hasher.time_cost),
        (then.memory_cost, hasher.memory_cost),
        (then.hash_len, hasher.hash_len),
        (then.salt_len, hasher.salt_len),
    )
    return any(before < now for before, now in grown)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _bytes(password: str) -> bytes:
    """An é is the same whichever keyboard typed it (NIST SP 800-63B, 5.1.1.2). What is longer than any
    password that is kept is cut, to a length that none has.
    """
    return _plain(password[: LONGEST + 1]).encode("utf-8", "surrogatepass")


@cache
def _common() -> frozenset[str]:
    lines = path("common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def _is_common(password: str) -> bool:
    folded = password.casefold()
    return not {folded, ENDS.sub("", folded)}.isdisjoint(_common())


def _is_the_name(password: str, name: str) -> bool:
    rest = password.casefold().replace(name.casefold(), "") if name else password
    return len(rest) < FEW


WEAKNESSES: tuple[tuple[Callable[[str, str], bool], str], ...] = (
    (
        lambda word, _: len(word) < SHORTEST,
        Sentence("A password has at least {n} characters; take a longer one.", n=SHORTEST),
    ),
    (
        lambda word, _: len(word) > LONGEST,
        TOO_LONG,
    ),
    (_is_the_name, mark("This password is little more than the name; take another one.")),
    (lambda word, _: len(set(word)) < FEW, mark("This password repeats a few characters; take another one.")),
    (
        lambda word, _: _is_common(word),
        mark("This password is among the first that are tried, figures at its end or not; take another one."),
    ),
)
"""What is not taken (of password and name, both NFKC), and the sentence; the first that is true is told."""
