"""What is done to users by somebody who may: asked of the store each time, for who looks at an open page may
have lost the right meanwhile.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from argon2 import PasswordHasher
from pymongo.client_session import ClientSession

from alerts.changedletter import telling
from app.tongue import mark
from app.viewer import Viewer
from store import catalog, credentials, passwords, tokens, users
from store.database import Store
from store.errors import CdrStatsError
from store.passwords import HASHER
from store.people import ROLES, User, checked, may, may_edit, sees, sees_switches
from store.sentence import Sentence
from store.users import NoAdminLeft, Overtaken

GONE = mark("You may not edit users any more.")
NOT_YOURS = mark("There is no such user any more, or none that you may edit.")
BEYOND = mark("You may keep customers of your own accounts and switches alone; choose among those.")
LATER = mark(
    "The user {name} was changed or removed by somebody else meanwhile; close this and open it again."
)
TOLD = tuple(name for name in User._fields if name not in users.APART)
"""The fields that are edited."""


PASSWORD = "change password"
SOMEBODY = "somebody of a server without a login"
Note = Callable[[ClientSession, str, str, str], None]
"""Notes in the audit log what is done to a user: verb, name and words."""


def unnoted(session: ClientSession, verb: str, name: str, words: str) -> None:
    """For who notes it otherwise."""


class Offer(NamedTuple):
    """What somebody may give to a user; `free` tells whether other accounts too."""

    roles: Sequence[str] = ("customer",)
    accounts: Sequence[str] = ()
    switches: Sequence[str] = ()
    free: bool = False


def offered(store: Store, editor: User) -> Offer:
    """What who edits has to choose from."""
    accounts, switches = sees(editor), sees_switches(editor)
    return Offer(
        tuple(ROLES) if editor.role == "admin" else ("customer",),
        [name for name in catalog.accounts(store) if name] if accounts is None else accounts,
        switches or catalog.switches(store),
        free=accounts is None,
    )


class Wrong(CdrStatsError):
    """What was typed cannot be kept: a sentence for each field, that of '' is about the whole."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = dict(fields)
        super().__init__(" ".join(self.fields.values()))


def editor_of(store: Store, viewer: Viewer) -> User:
    """Who edits, as the store has them now; where nobody logs in an admin. Raises CdrStatsError."""
    if not viewer.id and viewer.may("users"):
        return User(name=viewer.name, role="admin")
    found = users.one(store, viewer.id) if viewer.id else None
    if found is None or not may(found, "users"):
        raise CdrStatsError(GONE)
    return found


def theirs(store: Store, viewer: Viewer, id: str) -> User:
    """The user of an id, whom the viewer may edit now. Raises CdrStatsError, alike for one that there is not
    and one that is not theirs, and for who may change nothing.
    """
    viewer.demand()
    editor, found = editor_of(store, viewer), users.one(store, id)
    if found is None or not may_edit(editor, found):
        raise CdrStatsError(NOT_YOURS)
    return found


def problems(user: User) -> dict[str, str]:
    """What is wrong with a user: a sentence for each field that has to be mended."""
    found = {}
    for field in TOLD:
        # each field in a user that is fine else; rights go with their role
        told: dict[str, Any] = {field: getattr(user, field)}
        if field == "rights" and user.role in ROLES:
            told |= {"role": user.role}
        try:
            checked(User(**({"name": "somebody"} | told)))
        except CdrStatsError as problem:
            found[field] = str(problem)
    return found


def keep(
    store: Store,
    viewer: Viewer,
    user: User,
    password: str,
    now: datetime,
    hasher: PasswordHasher = HASHER,
    note: Note = unnoted,
    origin: str = "",
) -> User:
    """Keep a user, new without an id, and give the password, '' to leave it as it is; gives what is kept.
    `note` is called within the transaction of each, for the audit log; the user is told by a letter of
    another password or e-mail address, which the viewer gave from `origin`.

    Raises Wrong. Takes some 0.1 s with a password.
    """
    viewer.demand()
    editor = editor_of(store, viewer)
    # what it was has to be theirs too; `change` looks at the version
    before = theirs(store, viewer, user.id) if user.id else User()
    _hold(store, editor, user, password)
    good, by = checked(user), viewer.name or SOMEBODY

    def noted(verb: str) -> Callable[[ClientSession], None]:
        words = "" if verb == PASSWORD else told(before, good)

        def work(session: ClientSession) -> None:
            if words or verb != "change":
                note(session, verb, good.name, words)
            if verb == PASSWORD:
                telling(store, good, "password", by, origin, now)(session)
            elif before.id and before.email != good.email:
                tokens.end(store, good.id, session)  # links that were sent to the old one work no more
                telling(store, good, "email", by, origin, now, [before.email])(session)

        return work

    try:
        if user.id:
            users.change(store, user, noted("change"))
            if password:
                credentials.change(store, user.id, password, now, hasher, noted(PASSWORD))
        else:
            user = user._replace(id=users.add(store, user, now, password or None, hasher, noted("add")))
    except Overtaken:
        raise Wrong({"": Sentence(LATER, name=repr(user.name))}) from None
    except NoAdminLeft as problem:
        raise Wrong({"role": str(problem)}) from None
    return users.one(store, user.id) or user


def _hold(store: Store, editor: User, user: User, password: str) -> None:
    """Raise Wrong for what cannot be kept, with all of it at once."""
    wrong = problems(user)
    other = None if "name" in wrong else users.by_name(store, user.name)
    if other and other.id != user.id:
        wrong["name"] = Sentence(users.TAKEN, name=repr(user.name))
    try:
        if password:
            passwords.check(password, user.name)
    except passwords.WeakPassword as problem:
        wrong["password"] = str(problem)
    if password and user.issuer:
        wrong["password"] = Sentence(credentials.ELSEWHERE, name=user.name, issuer=user.issuer)
    if not wrong and not may_edit(editor, checked(user)):
        wrong["accounts"] = BEYOND
    if wrong:
        raise Wrong(wrong)


def told(before: User, after: User) -> str:
    """What the audit log says of a change: the fields that are others now, as NAME=VALUE."""
    changed = [name for name in TOLD if getattr(before, name) != getattr(after, name)]
    return " ".join(f"{name}={_text(getattr(after, name))}" for name in changed)


def _text(value: Any) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)
