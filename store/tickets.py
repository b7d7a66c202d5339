"""The second step of a login: a ticket says that the password was right a moment ago, so that the form that
asks for the code need not bear the password. It works from the same address, for minutes, and once.
"""

from datetime import datetime, timedelta

from store import logins, tokens, totp, users
from store.database import Store
from store.logins import CodeWrong, Refused
from store.people import User
from store.sentence import mark

LASTS = timedelta(minutes=5)
EXPIRED = mark("That took too long; type your name and password again.")


def make(store: Store, user: User, address: str, now: datetime) -> str:
    """A ticket of a user whose password was right just now, from this address; it is shown here only."""
    return tokens.make(store, user.id, now, _purpose(address), LASTS)


def enter(store: Store, ticket: str, code: str, address: str, now: datetime) -> User:
    """The user whom a ticket and a code let in; uses the ticket up.

    Raises CodeWrong, after which another code may be tried as often as passwords may, TooMany, and Refused
    for a ticket that does not work, or not any more. Tries are counted at the login's own door.
    """
    user = users.one(store, tokens.whose(store, ticket, now, _purpose(address)) or "")
    if user is None or not user.active:
        raise Refused(EXPIRED)
    tried = logins.begin(store, user.name, address, now)
    if user.totp and not totp.accept(store, user.id, code, now):
        raise CodeWrong(logins.WRONG_CODE)
    try:
        tokens.use(store, ticket, now, _purpose(address))
    except tokens.Spent:
        raise Refused(EXPIRED) from None
    logins.succeeded(store, tried, now)
    return user


def _purpose(address: str) -> str:
    return f"code {logins.network(address)}"
