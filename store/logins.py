"""The way in: who may try a password now, and whether it lets them in.

Tries are counted for the name and for the address, before the password is looked at, whether or not there is
such a user; after some free ones each has to wait longer. Where a user has come in from before is counted by
itself, so that a stranger who guesses keeps nobody out of their own office.
"""

import ipaddress
import math
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from argon2 import PasswordHasher
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from store import passwords, totp, users
from store.database import Document, Store
from store.errors import CdrStatsError
from store.passwords import HASHER
from store.people import User, key_of_name
from store.sentence import Sentence, mark

NAME = "login_tries"
NAME_PAUSES = (0, 0, 0, 0, 5, 15, 30, 60, 120, 300, 900)
"""Seconds from a try of a name to the next one, by how many there were; the last one for ever."""
ADDRESS_PAUSES = (*(0,) * 20, 2, 5, 15, 30, 60, 120, 300, 900)
"""The same for an address, which may be that of a whole office."""
FORGOTTEN = timedelta(days=1)
"""Tries are forgotten so long after the end of the last pause."""
KNOWN = timedelta(days=30)
"""Where a user came in from is known for so long."""
NOT_YOURS = mark("This is not your password.")
NEITHER = mark("This is not your password or a new code.")
WRONG_CODE = mark("This code is wrong or was used before; type the next one.")


class Refused(CdrStatsError):
    """The login is refused; the sentence does not tell whether there is such a user."""


class TooMany(Refused):
    """There were too many tries; `seconds` is how long to wait."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(waiting(seconds))


class CodeNeeded(Refused):
    """The password is right, and the user is asked for a code besides."""


class CodeWrong(Refused):
    """The password was right, and the code is not."""


class Try(NamedTuple):
    """A try that was allowed: the documents that count it for the name and the address, each with the end of
    the pause that it brought, and the document that knows the address.
    """

    name: tuple[str, datetime]
    address: tuple[str, datetime]
    known: str


def enter(
    store: Store,
    name: str,
    password: str,
    address: str,
    now: datetime,
    code: str = "",
    hasher: PasswordHasher = HASHER,
) -> User:
    """The user whom name and password, and where it is asked for the code, let in from this address.

    Raises Refused, one sentence: TooMany, CodeNeeded, or that it is wrong. A user who is disabled, or is let
    in by a provider elsewhere, is refused as one whom there is not. Takes some 0.1 s, and longer while others
    are at it, so never on an event loop and rather in threads of its own than in those of queries.
    """
    tried = begin(store, name, address, now)
    user = users.by_name(store, name)
    # who is let in elsewhere has no password here, whoever gave them one: no group would count for it
    known = user.id if user and user.active and not user.subject else None
    if not passwords.verify(store, known, password, hasher) or user is None:
        raise Refused(Sentence("The name or the password is wrong."))
    if user.totp and not code.strip():
        for counted in (tried.name, tried.address):
            _undo(store, counted, now)
        raise CodeNeeded(Sentence("Type the code that your authenticator shows now."))
    if user.totp and not totp.accept(store, user.id, code, now):
        raise CodeWrong(WRONG_CODE)
    succeeded(store, tried, now)
    return user


def confirm(
    store: Store,
    user: User,
    typed: str,
    address: str,
    now: datetime,
    hasher: PasswordHasher = HASHER,
    code: bool = False,
) -> None:
    """Let a user who is in prove by the password, or with `code` by a code too, that it is still they, before
    what they log in with is changed.

    Raises Refused, one sentence. Tries are counted as those of the login are, at a door of their own. Takes
    some 0.1 s.
    """
    tried = begin(store, user.name, address, now, "confirm")
    by_code = code and user.totp and totp.accept(store, user.id, typed, now)
    if not by_code and not passwords.verify(store, user.id, typed, hasher):
        raise Refused(NEITHER if code and user.totp else NOT_YOURS)
    succeeded(store, tried, now)


def begin(store: Store, name: str, address: str, now: datetime, door: str = "login") -> Try:
    """Count a try of this name from this address, before it is made; raises TooMany where it has to wait.

    Of any number that come at once just as many pass as may. The tries of another door, such as asking for a
    link by mail, are counted by themselves.
    """
    who = _digest(f"{door} name", key_of_name(name))
    place = _digest(f"{door} address", network(address))
    known = _digest("known", f"{who} {place}")
    if store.db[NAME].find_one({"_id": known, "expires": {"$gt": now}}, {"_id": 1}):
        who = _digest("both", f"{who} {place}")
    # the address first: one that has to wait does not count against the name
    at_address = _counted(store, place, ADDRESS_PAUSES, now)
    return Try(_counted(store, who, NAME_PAUSES, now), at_address, known)


def succeeded(store: Store, tried: Try, now: datetime) -> None:
    """Forget the tries of the name, since its owner is in, and remember the address. Those of the address
    stay but for this one, or whoever has a password could guess others' without end.
    """
    store.db[NAME].delete_one({"_id": tried.name[0]})
    _undo(store, tried.address, now)
    told = {"$set": {"expires": now + KNOWN}}
    store.db[NAME].update_one({"_id": tried.known}, told, upsert=True)


def waiting(seconds: int) -> Sentence:
    """Asks to wait for 1 second, 90 seconds or 5 minutes: so long or a little longer."""
    if seconds == 1:
        return Sentence("Too many tries; wait 1 second, then try again.")
    if seconds < 120:
        return Sentence("Too many tries; wait {n} seconds, then try again.", n=seconds)
    return Sentence("Too many tries; wait {n} minutes, then try again.", n=math.ceil(seconds / 60))


def _undo(store: Store, counted: tuple[str, datetime], now: datetime) -> None:
    """Take back a try that was no guess, with its pause, unless another one brought a longer pause since."""
    key, until = counted
    store.db[NAME].update_one({"_id": key, "tries": {"$gt": 0}}, {"$inc": {"tries": -1}})
    store.db[NAME].update_one({"_id": key, "until": until}, {"$set": {"until": now}})


def _counted(store: Store, key: str, pauses: tuple[int, ...], now: datetime) -> tuple[str, datetime]:
    """Count a try, and give what `_undo` asks for; raises TooMany within a pause."""
    lookup: Document = {"_id": key, "until": {"$lte": now}}
    # An upsert is refused by _id where there is a pause, and where another one made the document just now;
    # the third time tells which.
    for upsert in (False, True, False):
        with suppress(DuplicateKeyError):
            found = store.db[NAME].find_one_and_update(
                lookup, _more(pauses, now), upsert=upsert, return_document=ReturnDocument.AFTER
            )
            if found:
                return key, found["until"]
    raise TooMany(_seconds(store, key, now))


def _more(pauses: tuple[int, ...], now: datetime) -> list[dict[str, Any]]:
    """One try more, and the pause that follows it; as one command of the server, so that none is lost."""
    before: Document = {"$cond": [{"$gt": ["$expires", now]}, {"$ifNull": ["$tries", 0]}, 0]}
    longest = len(pauses) - 1
    pause = {"$arrayElemAt": [list(pauses), {"$min": [{"$subtract": ["$tries", 1]}, longest]}]}
    return [
        {"$set": {"tries": {"$add": [before, 1]}}},
        {"$set": {"until": {"$add": [now, {"$multiply": [1000, pause]}]}}},
        {"$set": {"expires": {"$add": ["$until", FORGOTTEN // timedelta(milliseconds=1)]}}},
    ]


def _seconds(store: Store, key: str, now: datetime) -> int:
    found = store.db[NAME].find_one({"_id": key}) or {"until": now}
    seconds: float = (found["until"] - now).total_seconds()
    return max(1, math.ceil(seconds))


def _digest(kind: str, text: str) -> str:
    """What is kept of a name: a password that was typed in its place is not."""
    return f"{kind} {sha256(text.encode('utf-8', 'replace')).hexdigest()[:32]}"


def network(address: str) -> str:
    """The address that is counted: of IPv6 the /64, which is one customer's."""
    with suppress(ValueError):
        found = ipaddress.ip_address(address.partition("%")[0])
        if found.version == 4:
            return str(found)
        mapped = found.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return address
