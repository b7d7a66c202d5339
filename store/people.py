"""A user as a value: role, rights and profile; what may be seen and done with them; the check of it all."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from store import mailboxes
from store.errors import CdrStatsError
from store.record import storable
from store.scope import Scope, narrow
from store.sentence import Sentence, mark

ROLES = {
    "admin": mark("sees and changes everything"),
    "staff": mark("sees the accounts and has the rights that are chosen"),
    "customer": mark("sees the calls of the accounts that are chosen"),
}
RIGHTS = {
    "alarms": mark("edits alarms and number lists; only with all accounts and switches"),
    "sources": mark("edits sources and looks after the tasks; only with all accounts and switches"),
    "users": mark("edits customers"),
    "see_all": mark("sees the calls of every account"),
}
"""What staff may be allowed; an admin may do all of it, a customer none."""
LANGUAGES = {"": mark("as the browser says"), "en": "English", "fr": "français", "es": "español"}
NUMBER_FORMATS = {
    "": ("", ""),
    "1,234.5": (",", "."),
    "1.234,5": (".", ","),
    "1 234,5": ("\u202f", ","),
    "1'234.5": ("\u2019", "."),
    "1234.5": ("", "."),
}
"""How a user reads numbers: what stands between thousands, and before the fraction; '' is as their language
has it.
"""
LOGIN = re.compile(r"[^\W_][\w.@+-]{0,63}")
LONGEST = 200
"""Characters of a text of the profile, and of an account or a switch."""
MOST = 500
"""Accounts, or switches, of one user."""
TEXTS = ("full_name", "company", "address", "phone")
HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


class User(NamedTuple):
    """A person who may log in; never with the password. `role`, `rights` (of staff), `language` and
    `number_format` are keys of the tables above. No `switches` are all of them, no `accounts` are none.
    `subject` is who somebody is at the provider that lets them in (see store.outside), '' for who has a
    password here. `totp` tells whether a code is asked for at the login. `version` counts the edits;
    `generation` grows when open sessions have to end.
    """

    id: str = ""
    name: str = ""
    role: str = "customer"
    rights: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    full_name: str = ""
    company: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    language: str = ""
    zone: str = "UTC"
    number_format: str = ""
    active: bool = True
    totp: bool = False
    subject: str = ""
    version: int = 0
    generation: int = 0

    @property
    def issuer(self) -> str:
        """The provider that lets them in, '' for who has a password here."""
        return self.subject.partition(" ")[0]


def sees(user: User) -> tuple[str, ...] | None:
    """The accounts whose calls a user may see: None is all, the empty tuple none. It is the `allowed` of
    store.scope.narrow; where a Scope is at hand use `narrowed`, which knows of the switches too.
    """
    if not user.active:
        return ()
    return None if user.role == "admin" or may(user, "see_all") else user.accounts


def sees_switches(user: User) -> tuple[str, ...]:
    """The switches whose calls a user may see; the empty tuple is all."""
    return () if user.role == "admin" else user.switches


def narrowed(user: User, scope: Scope) -> Scope:
    """The part of a scope that a user may see; it never widens. Called once, before any query and cache."""
    return narrow(scope, sees(user), sees_switches(user))


def may(user: User, right: str) -> bool:
    """Whether a user has a right, a key of RIGHTS."""
    return user.active and (user.role == "admin" or (user.role == "staff" and right in user.rights))


def may_edit(editor: User, user: User) -> bool:
    """Whether somebody may keep such a user, asked of what the user was and of what it is to be: staff only
    customers, of accounts and switches that they see themselves, so that nobody gets more than was given.
    """
    if not may(editor, "users"):
        return False
    if editor.role == "admin":
        return True
    accounts, switches = sees(editor), sees_switches(editor)
    return (
        user.role == "customer"
        and (accounts is None or set(user.accounts) <= set(accounts))
        and (not switches or set() < set(user.switches) <= set(switches))
    )


def key_of_name(name: str) -> str:
    """What two names have in common that are one: the case of letters does not count."""
    return unicodedata.normalize("NFKC", storable(name[:LONGEST]).strip()).casefold()


def checked(user: User) -> User:
    """The user with blanks and control characters taken off, the address for mail in lower case.

    Raises CdrStatsError, one sentence, for what cannot be.
    """
    _among(user.role, ROLES, mark("There is no role {word}; there are {known}."))
    _among(user.language, LANGUAGES, mark("There is no language {word}; there are {known}."))
    _among(user.number_format, NUMBER_FORMATS, mark("There is no number format {word}; there are {known}."))
    for right in user.rights:
        _among(right, RIGHTS, mark("There is no right {word}; there are {known}."))
    if user.rights and user.role != "staff":
        raise CdrStatsError(
            Sentence(
                "Rights are chosen for staff, and {name} is {role}.", name=_shown(user.name), role=user.role
            )
        )
    told: dict[str, Any] = {field: _text(getattr(user, field), field) for field in TEXTS}
    return user._replace(
        **told,
        name=_login(user.name),
        rights=tuple(right for right in RIGHTS if right in user.rights),
        accounts=_names(user.accounts, ACCOUNTS),
        switches=_names(user.switches, SWITCHES),
        zone=_zone(user.zone),
        email=mailboxes.checked(user.email).lower() if user.email.strip() else "",
    )


TOO_LONG = {
    "full_name": mark("The full name is longer than {n} characters; shorten it."),
    "company": mark("The company is longer than {n} characters; shorten it."),
    "address": mark("The address is longer than {n} characters; shorten it."),
    "phone": mark("The phone is longer than {n} characters; shorten it."),
}
ACCOUNTS = (
    mark("Every account is a text of 1 to {n} characters; one of these is not."),
    mark("A user has at most {most} names of one account each; these are {n}."),
)
SWITCHES = (
    mark("Every switch is a text of 1 to {n} characters; one of these is not."),
    mark("A user has at most {most} names of one switch each; these are {n}."),
)


def _among(word: str, known: Iterable[str], said: str) -> None:
    if word not in known:
        raise CdrStatsError(Sentence(said, word=_shown(word), known="; ".join(known)))


def _login(text: str) -> str:
    name = unicodedata.normalize("NFKC", storable(text).strip())
    if not LOGIN.fullmatch(name):
        raise CdrStatsError(
            Sentence(
                "{name} is no name to log in with: write up to 64 letters, digits and . _ @ + -, the first a "
                "letter or a digit.",
                name=_shown(text),
            )
        )
    return name


def _text(text: str, field: str) -> str:
    plain = HIDDEN.sub(" ", storable(text)).strip()
    if len(plain) > LONGEST:
        raise CdrStatsError(Sentence(TOO_LONG[field], n=LONGEST))
    return plain


def _names(names: Iterable[str], said: tuple[str, str]) -> tuple[str, ...]:
    """Each once, in order. An empty one would be the calls of nobody's account."""
    plain = sorted({storable(name).strip() for name in names})
    if any(not 0 < len(name) <= LONGEST for name in plain):
        raise CdrStatsError(Sentence(said[0], n=LONGEST))
    if len(plain) > MOST:
        raise CdrStatsError(Sentence(said[1], most=MOST, n=len(plain)))
    return tuple(plain)


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, LookupError):
        raise CdrStatsError(
            Sentence(
                "There is no time zone {name}; name one such as Europe/Berlin or UTC.", name=_shown(name)
            )
        ) from None


def _shown(text: str) -> str:
    return repr(HIDDEN.sub(" ", text)[:80])
