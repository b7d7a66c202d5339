"""What a user logs in with, changed: a password by its owner, an admin or a link; codes switched on and off.

Each is one transaction of the collections that it touches: a new password ends the open sessions and all
links at the same instant.
"""

from collections.abc import Callable
from datetime import datetime

from argon2 import PasswordHasher
from pymongo.client_session import ClientSession

from store import passwords, tokens, totp, users
from store.connection import Also, nothing, transaction
from store.database import Store
from store.errors import CdrStatsError
from store.passwords import HASHER
from store.people import User
from store.sentence import Sentence, mark

ELSEWHERE = mark("{name} is let in by {issuer}, and has no password here.")


def change(
    store: Store,
    id: str,
    password: str,
    now: datetime,
    hasher: PasswordHasher = HASHER,
    also: Also = nothing,
) -> bool:
    """Give a user another password, which ends the open sessions and the links; gives whether there is such a
    user. `also` writes into the same transaction.

    Raises WeakPassword, and CdrStatsError for who is let in by a provider elsewhere. Takes some 0.1 s.
    """
    user = users.one(store, id)
    if user is None:
        return False
    if user.issuer:
        raise CdrStatsError(Sentence(ELSEWHERE, name=user.name, issuer=user.issuer))
    passwords.check(password, user.name)
    kept = passwords.hashed(password, hasher)

    def work(session: ClientSession) -> bool:
        if not _put(store, session, id, kept, now):
            return False
        also(session)
        return True

    return transaction(store.client, work)


def reset(
    store: Store,
    token: str,
    password: str,
    now: datetime,
    hasher: PasswordHasher = HASHER,
    also: Callable[[ClientSession, User], None] = lambda *_: None,
) -> User:
    """Give the user whose link this is another password, and use the link up; gives the user, as does `also`,
    which writes into the same transaction.

    Raises Spent when the link does not work, and WeakPassword, after which it still does.
    """
    user = users.one(store, tokens.whose(store, token, now) or "")
    if user is None or not user.active:
        raise tokens.Spent(tokens.SPENT)
    passwords.check(password, user.name)
    kept = passwords.hashed(password, hasher)

    def work(session: ClientSession) -> bool:
        if not _put(store, session, tokens.use(store, token, now, session=session), kept, now):
            return False
        also(session, user)
        return True

    transaction(store.client, work)
    return user


def protect(store: Store, id: str, code: str, now: datetime, also: Also = nothing) -> bool:
    """Ask for a code at each login from now on, if this one is of the secret of totp.begin; gives whether it
    is. `also` writes into the same transaction.
    """

    def work(session: ClientSession) -> bool:
        if not (totp.confirm(store, session, id, code, now) and users.set_totp(store, session, id, True)):
            return False
        also(session)
        return True

    return transaction(store.client, work)


def unprotect(store: Store, id: str, also: Also = nothing) -> bool:
    """Ask for no code any more, and forget the secret; gives whether there is such a user. `also` writes into
    the same transaction.
    """

    def work(session: ClientSession) -> bool:
        totp.forget(store, session, id)
        if not users.set_totp(store, session, id, False):
            return False
        also(session)
        return True

    return transaction(store.client, work)


def _put(store: Store, session: ClientSession, id: str, kept: str, now: datetime) -> bool:
    if not users.expire(store, session, id):
        return False
    passwords.put(store, session, id, kept, now)
    tokens.end(store, id, session)
    return True
