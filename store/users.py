"""The users: a document each, whose password and secrets lie elsewhere. A change says which version it is of,
so that the later of two who edit the same user is told.

A session belongs to a user's id and generation: a name may be given to somebody else later, and the
generation grows with the password, with the rights and with what may be seen, and when a user is disabled.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

from argon2 import PasswordHasher
from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from store import mail_reports, passwords, tokens, totp
from store.connection import Also, nothing, transaction
from store.database import Document, Store, key_of, one_by_one
from store.errors import CdrStatsError
from store.passwords import HASHER
from store.people import User, checked, key_of_name
from store.record import storable
from store.sentence import Sentence, mark

Result = TypeVar("Result")

NAME = "users"
BEGUN = "users begun"
"""The note, among those of the database, that there was a user."""
ADMINS = "users admins"
"""The note to which everybody writes who takes an admin away, so that no two take the last ones at once."""
RULING = ("role", "rights", "accounts", "switches")
"""Fields whose change ends the open sessions."""
APART = ("id", "active", "totp", "version", "generation")
"""Fields that `change` leaves as they are."""
SEARCHED = ("name", "full_name", "company", "email", "phone", "accounts")


TAKEN = mark("There is a user {name} already; choose another name.")


class Overtaken(CdrStatsError):
    """Somebody else changed or removed the user meanwhile."""


class NoAdminLeft(CdrStatsError):
    """Nobody would be left who may change anything."""


def add(
    store: Store,
    user: User,
    now: datetime,
    password: str | None = None,
    hasher: PasswordHasher = HASHER,
    also: Also = nothing,
) -> str:
    """Keep a new user, who cannot log in before there is a password; gives the id. `also` writes into the
    same transaction, here and below.

    Raises CdrStatsError, one sentence, for what cannot be or a name that is taken, and WeakPassword.
    """
    good, kept = checked(user), ""
    if password is not None:
        passwords.check(password, good.name)
        kept = passwords.hashed(password, hasher)

    def work(session: ClientSession) -> str:
        _begun(store, session, now)
        also(session)
        return _insert(store, session, good, kept, now)

    return _unique(store, good.name, work)


def first(store: Store, now: datetime, hasher: PasswordHasher = HASHER) -> str | None:
    """Make the user `admin` of a database that never had a user; gives the password, to be shown once, or
    None. Of several processes that come at once one makes it, and no other when it is removed again.
    """
    if store.db["meta"].find_one({"_id": BEGUN}):
        return None
    password = passwords.made()
    kept = passwords.hashed(password, hasher)
    admin = User(name="admin", role="admin", zone=store.settings.zone)

    def work(session: ClientSession) -> bool:
        return _begun(store, session, now) and bool(_insert(store, session, admin, kept, now))

    return password if transaction(store.client, work) else None


def change(store: Store, user: User, also: Also = nothing) -> None:
    """Replace what is kept of a user by this, but for APART; open sessions end when one of RULING changes.

    Raises Overtaken when its version is not the stored one, CdrStatsError for what cannot be or a name that
    is taken, and NoAdminLeft.
    """
    good = checked(user)
    lookup = {"_id": key_of(user.id), "version": user.version}

    def work(session: ClientSession) -> bool:
        found = store.db[NAME].find_one(lookup, session=session)
        if found is None:
            return False
        before = _user(found)
        ruling = any(getattr(before, field) != getattr(good, field) for field in RULING)
        told = {"$set": _fields(good), "$inc": {"version": 1, "generation": int(ruling)}}
        store.db[NAME].update_one(lookup, told, session=session)
        _keep_an_admin(store, session, before, good.role)
        also(session)
        return True

    if not _unique(store, good.name, work):
        raise Overtaken(
            Sentence(
                "The user {name} was changed or removed by somebody else meanwhile; load it again.",
                name=repr(good.name),
            )
        )


def remove(store: Store, id: str, also: Also = nothing, seen: User | None = None) -> bool:
    """Remove a user with password, links and secrets; gives whether there was one. Raises NoAdminLeft, and
    Overtaken where the user is not as `seen` any more, here and below.
    """

    def work(session: ClientSession) -> bool:
        found = store.db[NAME].find_one_and_delete(_as(id, seen), session=session)
        if found is None:
            return _none(seen)
        passwords.forget(store, session, id)
        totp.forget(store, session, id)
        tokens.end(store, id, session)
        mail_reports.forget(store, session, id)
        _keep_an_admin(store, session, _user(found))
        also(session)
        return True

    return transaction(store.client, work)


def disable(store: Store, id: str, also: Also = nothing, seen: User | None = None) -> bool:
    """Let a user log in no more, and end the open sessions and links; gives whether there is one. Raises
    NoAdminLeft.
    """

    def work(session: ClientSession) -> bool:
        told = {"$set": {"active": False}, "$inc": {"generation": 1}}
        found = store.db[NAME].find_one_and_update(_as(id, seen), told, session=session)
        if found is None:
            return _none(seen)
        tokens.end(store, id, session)
        _keep_an_admin(store, session, _user(found))
        also(session)
        return True

    return transaction(store.client, work)


def enable(store: Store, id: str, also: Also = nothing, seen: User | None = None) -> bool:
    """Let a user log in again; gives whether there is one."""

    def work(session: ClientSession) -> bool:
        told = {"$set": {"active": True}}
        if not store.db[NAME].update_one(_as(id, seen), told, session=session).matched_count:
            return _none(seen)
        also(session)
        return True

    return transaction(store.client, work)


def expire(store: Store, session: ClientSession, id: str) -> bool:
    """End the open sessions of a user, in the transaction that changes the password; gives whether there is
    one.
    """
    told = {"$inc": {"generation": 1}}
    return store.db[NAME].update_one({"_id": key_of(id)}, told, session=session).matched_count == 1


def set_totp(store: Store, session: ClientSession, id: str, asked: bool) -> bool:
    """Note whether a code is asked for, in the transaction that changes the secret; gives whether there is
    such a user.
    """
    told = {"$set": {"totp": asked}}
    return store.db[NAME].update_one({"_id": key_of(id)}, told, session=session).matched_count == 1


def one(store: Store, id: str) -> User | None:
    """The user of an id; None when there is none."""
    found = store.db[NAME].find_one({"_id": key_of(id)})
    return _user(found) if found else None


def of_ids(store: Store, ids: Iterable[str]) -> dict[str, User]:
    """The users of these ids, by id."""
    found = store.db[NAME].find({"_id": {"$in": [key_of(id) for id in ids]}})
    return {user.id: user for user in map(_user, found)}


def by_subject(store: Store, subject: str) -> User | None:
    """The user who is this at the provider that lets them in; None when there is none."""
    found = store.db[NAME].find_one({"subject": subject}) if subject else None
    return _user(found) if found else None


def by_name(store: Store, name: str) -> User | None:
    """The user of a name, whatever its case; None when there is none."""
    found = store.db[NAME].find_one({"key": key_of_name(name)})
    return _user(found) if found else None


def by_email(store: Store, email: str) -> list[User]:
    """The active users with a password here whose address this is, as for a forgotten one."""
    address = storable(email).strip().lower()
    lookup: Document = {"email": address, "active": True, "subject": {"$in": [None, ""]}}
    found = store.db[NAME].find(lookup) if address else ()
    return [_user(one) for one in found]


def of_account(store: Store, account: str) -> list[User]:
    """The active users who have an account among their own and an address, as for what is about it."""
    found = store.db[NAME].find({"accounts": account, "active": True, "email": {"$ne": ""}})
    return [_user(one) for one in found]


def everything(store: Store, search: str = "") -> list[User]:
    """All users, or those of whom a text has these letters in it, by name."""
    has = {"$regex": re.escape(storable(search).strip()), "$options": "i"}
    lookup: Document = {"$or": [{field: has} for field in SEARCHED]} if search.strip() else {}
    return [_user(found) for found in store.db[NAME].find(lookup).sort("key", 1)]


def _unique(store: Store, name: str, work: Callable[[ClientSession], Result]) -> Result:
    try:
        return transaction(store.client, work)
    except DuplicateKeyError:
        raise CdrStatsError(Sentence(TAKEN, name=repr(name))) from None


def _begun(store: Store, session: ClientSession, now: datetime) -> bool:
    """Note that there was a user; gives whether this is the first."""
    told = {"$setOnInsert": {"at": now}}
    done = store.db["meta"].update_one({"_id": BEGUN}, told, upsert=True, session=session)
    return done.upserted_id is not None


def _insert(store: Store, session: ClientSession, user: User, kept: str, now: datetime) -> str:
    made = ObjectId()
    new = {"active": user.active, "totp": False, "version": 1, "generation": 1}
    store.db[NAME].insert_one({"_id": made, **_fields(user), **new, "added": now}, session=session)
    if kept:
        passwords.put(store, session, str(made), kept, now)
    return str(made)


def _keep_an_admin(store: Store, session: ClientSession, before: User, role: str = "") -> None:
    """Raise NoAdminLeft, which ends the transaction, if it took the last admin away: this user, who now has
    the other role, or cannot log in.
    """
    if not (before.active and before.role == "admin" != role):
        return
    one_by_one(store, ADMINS, session)
    if not store.db[NAME].find_one({"role": "admin", "active": True}, session=session):
        raise NoAdminLeft(
            Sentence("{name} is the last admin who may log in; make another one first.", name=before.name)
        )


def _as(id: str, seen: User | None) -> Document:
    """Finds a user, as long as they are as somebody has seen them."""
    held = {"version": seen.version, "active": seen.active} if seen else {}
    return {"_id": key_of(id), **held}


def _none(seen: User | None) -> bool:
    """There is no such user; raises Overtaken where somebody has seen one."""
    if seen:
        raise Overtaken(
            Sentence(
                "The user {name} was changed or removed meanwhile; look at them again.", name=repr(seen.name)
            )
        )
    return False


def _fields(user: User) -> Document:
    """What a change writes."""
    told = {name: value for name, value in user._asdict().items() if name not in APART}
    return {**told, "key": key_of_name(user.name)}


def _user(found: Document) -> User:
    """The user of a document; a field that an older program did not write has its default."""
    kept: dict[str, Any] = {name: found[name] for name in User._fields if name in found}
    lists = {name: tuple(value) for name, value in kept.items() if isinstance(value, list)}
    return User(**{**kept, **lists, "id": str(found["_id"])})
