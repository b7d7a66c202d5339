"""Who is let in by a provider elsewhere: what it says of a person, by the table of its groups, becomes a user
of ours, anew at every login.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

from store import sessions, users
from store.database import Store
from store.errors import CdrStatsError
from store.logins import Refused
from store.people import RIGHTS, ROLES, User, key_of_name
from store.sentence import Sentence, mark
from store.setting_tables import OidcSettings
from store.users import Overtaken

NO_GROUP = mark("You are known there, but no group of yours may come in here; ask whoever runs CDR-Stats.")
TAKEN = mark("There is a user {name} already who is not you; ask whoever runs CDR-Stats for another name.")
DISABLED = mark("You may not log in here any more; ask whoever runs CDR-Stats.")
NAMELESS = mark(
    "The login there did not tell your name ({claim}); ask whoever runs CDR-Stats to have it told."
)
BUSY = mark("You were changed by somebody just now; log in again.")
ORDER = tuple(ROLES)
"""The roles, that which may do most first."""


class Person(NamedTuple):
    """What a provider says of somebody: who they are there (`subject`, for ever), and the claims."""

    subject: str
    claims: Mapping[str, Any]


class Grant(NamedTuple):
    """What somebody may see and do, by all of their groups together."""

    role: str
    rights: tuple[str, ...]
    accounts: tuple[str, ...]
    switches: tuple[str, ...]


def granted(settings: OidcSettings, claims: Mapping[str, Any]) -> Grant:
    """What the groups of a person give: the highest role, and the rights, accounts and switches of those
    groups that have it. Raises Refused where no group is in the table.
    """
    mine = [
        settings.groups[name] for name in _words(claims.get(settings.groups_claim)) if name in settings.groups
    ]
    if not mine:
        raise Refused(NO_GROUP)
    role = min((group.role for group in mine), key=ORDER.index)
    own = [group for group in mine if group.role == role]
    told = _words(claims.get(settings.accounts_claim)) if settings.accounts_claim else ()
    # a group without switches sees all of them, whatever another says
    switches = () if any(not group.switches for group in own) else _union(group.switches for group in own)
    accounts = () if role == "admin" else _union([*(group.accounts for group in own), told])
    given = {right for group in own for right in group.rights} if role == "staff" else set()
    rights = tuple(right for right in RIGHTS if right in given)
    return Grant(role, rights, accounts, () if role == "admin" else switches)


def enter(store: Store, settings: OidcSettings, person: Person, now: datetime) -> User:
    """The user of a person who was let in, new or as they are now. Open sessions end when what they may see
    or do is another.

    Raises Refused, one sentence, for who may not come in.
    """
    known = users.by_subject(store, person.subject)
    try:
        grant = granted(settings, person.claims)
    except Refused:
        if known:
            _emptied(store, known)
        raise
    if known and not known.active:
        raise Refused(DISABLED)
    wanted = _described(known or User(zone=store.settings.zone), settings, person, grant)
    try:
        if known is None:
            return _added(store, wanted, now)
        if wanted != known:
            users.change(store, wanted)
        return users.one(store, known.id) or known
    except Overtaken:
        raise Refused(BUSY) from None
    except CdrStatsError as problem:
        raise Refused(str(problem)) from None


def _emptied(store: Store, known: User) -> None:
    """Who has lost every group may see and do nothing more, where they are in already and by their keys."""
    with suppress(CdrStatsError):  # the last admin stays one
        users.change(store, known._replace(role="customer", rights=(), accounts=(), switches=()))
    sessions.end_all(store, known.id)


def _added(store: Store, wanted: User, now: datetime) -> User:
    if users.by_name(store, wanted.name):
        raise Refused(Sentence(TAKEN, name=repr(wanted.name)))
    id = users.add(store, wanted, now)
    return users.one(store, id) or wanted


def _described(user: User, settings: OidcSettings, person: Person, grant: Grant) -> User:
    claims = person.claims
    name = _text(claims.get(settings.name_claim))
    if not user.id and not name:
        raise Refused(Sentence(NAMELESS, claim=settings.name_claim))
    told: dict[str, Any] = {"full_name": _text(claims.get("name"))[:200] or user.full_name}
    if claims.get("email_verified") is not False:
        told["email"] = _text(claims.get("email")).lower() or user.email
    same = user.id and key_of_name(user.name) == key_of_name(name)
    # a name stays as it was given here, until it is another there
    named = user.name if same or not name else name
    return user._replace(subject=person.subject, name=named, **grant._asdict(), **told)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _words(value: object) -> tuple[str, ...]:
    """A claim of one word or of several."""
    several = value if isinstance(value, (list, tuple)) else [value]
    return tuple(dict.fromkeys(text for text in map(_text, several) if text))


def _union(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({one for some in lists for one in some}))
