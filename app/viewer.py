"""Who looks, and what they may see and do: asked for every page, file and answer, before any query."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from app.tongue import Tongue, mark
from store import lens
from store.errors import CdrStatsError
from store.lens import Lens
from store.people import RIGHTS, User, may, sees, sees_switches
from store.scope import Scope, narrow
from store.settings import Settings

T = TypeVar("T")

READ_ONLY = mark("This is a demo: you may look at everything and change nothing.")
NO_LOGIN = mark("Nobody logs in here, so there is no account.")
OWN = "own"
"""The right to what is one's own, which everybody has who has logged in."""
ALL = "all"
"""The right to what is about everybody who may log in, which only admins have."""
PAGES: Mapping[str, str] = MappingProxyType(
    {
        "alarms": "alarms",
        "alarm-reports": "alarms",
        "fraud": "alarms",
        "lists": "alarms",
        "mail-report": "alarms",
        "sources": "sources",
        "import": "sources",
        "tasks": "sources",
        "switches": "sources",
        "users": "users",
        "audit": ALL,
        "settings": ALL,
        "account": OWN,
    }
)
"""The right that a page asks for; the others are for everybody, narrowed to what they may see."""
EVERYTHING = frozenset({"alarms", "sources"})
"""Rights to what is about the calls of everybody: who has one has to see them too."""


class Viewer(NamedTuple):
    """A person: `accounts` are the only ones they may see (None is all of them), `switches` the only ones
    (none is all of them), `rights` are keys of store.people.RIGHTS, OWN and ALL. `zone` is where they are,
    `tongue` how they read, `lens` how much of numbers they see (None: all).
    """

    name: str
    accounts: tuple[str, ...] | None
    switches: tuple[str, ...] = ()
    rights: frozenset[str] = frozenset()
    id: str = ""
    zone: str = ""
    read_only: bool = False
    tongue: Tongue = Tongue("", "")
    lens: Lens | None = None

    @property
    def whole(self) -> bool:
        """Whether they see every call."""
        return self.accounts is None and not self.switches

    def may(self, right: str) -> bool:
        """Whether they have a right."""
        return right in self.rights

    def opens(self, page: str) -> bool:
        """Whether a page, by its name in the address, is for them."""
        return page not in PAGES or self.may(PAGES[page])

    def narrow(self, scope: Scope) -> Scope:
        """What of a scope they may see; sealed numbers are opened. Raises LensError where more is asked of
        numbers than they see.
        """
        if self.lens:
            scope = self.lens.scope(scope)
        return narrow(scope, self.accounts, self.switches)

    def veil(self, value: T) -> T:
        """An answer with the numbers in it as they may see them."""
        return lens.through(self.lens, value)

    def begins(self, prefix: str) -> None:
        """Raises LensError where they may not ask for what numbers begin with."""
        if self.lens:
            self.lens.demand(prefix)

    def through(self, lens: Lens | None) -> "Viewer":
        """The same behind a lens. Sources tell raw records, and a lens would be no use to who can send some
        and see how they are sealed: so that right is gone.
        """
        return self._replace(lens=lens, rights=self.rights - {"sources"}) if lens else self

    def demand(self) -> None:
        """Raises CdrStatsError for those who may change nothing."""
        if self.read_only:
            raise CdrStatsError(READ_ONLY)


EVERYBODY = Viewer("", None, rights=frozenset((*RIGHTS, ALL)))
"""Whoever comes where nobody has to log in, and who works in a notebook: they see and do everything."""
DEMO = EVERYBODY._replace(name="demo", read_only=True)
"""Whoever looks at the demo."""
NOBODY = Viewer("", ())
"""Whoever has not logged in, or not any more."""


def of(user: User, settings: Settings | None = None) -> Viewer:
    """What a user may see and do; by the settings, how much of numbers."""
    accounts, switches = sees(user), sees_switches(user)
    rights = {right for right in RIGHTS if may(user, right)}
    if accounts is not None or switches:
        rights -= EVERYTHING
    if user.active:
        rights |= {OWN, ALL} if user.role == "admin" else {OWN}
    tongue = Tongue(user.language, user.number_format)
    found = Viewer(user.name, accounts, switches, frozenset(rights), user.id, user.zone, tongue=tongue)
    return _behind(found, user.role, settings) if settings else found


def _behind(viewer: Viewer, role: str, settings: Settings) -> Viewer:
    """The viewer behind the lens of a role. Staff who see less than customers keep none: as one of those whom
    they make they would see all.
    """
    own, theirs = lens.of(settings, role), lens.of(settings, "customer")
    if own and role == "staff" and (theirs is None or theirs.digits > own.digits):
        viewer = viewer._replace(rights=viewer.rights - {"users"})
    return viewer.through(own)
