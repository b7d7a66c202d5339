"""The viewer: which rights, pages and calls a user has, against rules that are told again in plain words."""

from typing import Any

import pytest

from app.pages import PAGES as MADE
from app.viewer import ALL, DEMO, EVERYBODY, NOBODY, OWN, PAGES, READ_ONLY, Viewer, of
from store.errors import CdrStatsError
from store.people import RIGHTS, User
from store.scope import Scope
from tests.cast import ALICE, BOB, CAST, at
from tests.oracle import fits
from tests.people import CAST as PEOPLE

EVERYONE = {"dashboard", "explore", "realtime", "causes", "countries", "about"}
"""Pages that are for everybody who is in, each with what they may see."""
WATCH = {"alarms", "alarm-reports", "fraud", "lists", "mail-report"}
KEEP = {"sources", "import", "switches", "tasks"}
ADMINS = {"account", "users", "audit", "settings", *WATCH, *KEEP}

STAFF = User(name="Sam", role="staff", id="5")
USERS: list[tuple[User, set[str]]] = [
    # a customer has the own account, and nothing of others
    (PEOPLE["Alice"], {"account"}),
    (PEOPLE["Bob"], {"account"}),
    (PEOPLE["Charlie"], {"account"}),
    # rights that a customer cannot have are none, whatever the database says
    (PEOPLE["Alice"]._replace(rights=tuple(RIGHTS)), {"account"}),
    # an admin has everything, whatever accounts and switches were chosen before
    (PEOPLE["Ada"], ADMINS),
    (PEOPLE["Ada"]._replace(accounts=(BOB,), switches=("Lyon",)), ADMINS),
    # staff have what is chosen, if they see the calls of everybody, which alarms and sources are about
    (STAFF._replace(rights=("alarms", "see_all")), {"account", *WATCH}),
    (STAFF._replace(rights=("sources", "see_all")), {"account", *KEEP}),
    (STAFF._replace(rights=("users",)), {"account", "users"}),
    (STAFF._replace(rights=("alarms",), accounts=(ALICE,)), {"account"}),
    (STAFF._replace(rights=("alarms", "sources", "see_all"), switches=("Lyon",)), {"account"}),
    # and no right opens what everybody did
    (STAFF._replace(rights=tuple(RIGHTS)), {"account", "users", *WATCH, *KEEP}),
]  # fmt: skip


@pytest.mark.parametrize(("user", "pages"), USERS)
def test_a_user_has_pages(user: User, pages: set[str]) -> None:
    viewer = of(user)
    assert {page for page in {*MADE, *PAGES} if viewer.opens(page)} == EVERYONE | pages
    assert not viewer.read_only


def test_a_page_is_for_everybody_only_if_it_is_said_here() -> None:
    # a page that is made tomorrow is for nobody's eyes unless its right, or this line, is written
    assert {page for page in MADE if page not in PAGES} == EVERYONE
    assert set(PAGES.values()) <= {*RIGHTS, OWN, ALL}


GUESTS: list[tuple[Viewer, bool, bool]] = [
    # where nobody logs in everybody may do everything, but there is nothing of one's own
    (EVERYBODY, True, True),
    # the demo shows it
    (DEMO, True, False),
    # and nobody is nobody
    (NOBODY, False, True),
]


@pytest.mark.parametrize(("guest", "opens", "changes"), GUESTS)
def test_a_guest_has_pages(guest: Viewer, opens: bool, changes: bool) -> None:
    assert all(guest.opens(page) is opens for page in PAGES if page != "account")
    assert not guest.may(OWN)
    assert guest.accounts == (None if opens else ())
    if changes:
        guest.demand()
    else:
        with pytest.raises(CdrStatsError, match=READ_ONLY):
            guest.demand()


def sees(user: User, call: Any) -> bool:
    """Whether a call is a user's to see: told again, without the program's own words for it."""
    if user.role == "admin":
        return True
    everyones = user.role == "staff" and "see_all" in user.rights
    return (everyones or call.account in user.accounts) and (
        not user.switches or call.switch in user.switches
    )


ASKED: list[dict[str, Any]] = [
    # everything
    {},
    # an account, and both
    {"accounts": (ALICE,)},
    {"accounts": (BOB,)},
    {"accounts": (ALICE, BOB, "", "*", "1000|*")},
    # nobody's
    {"accounts": ()},
    # the calls without an account
    {"accounts": ("",)},
    # a switch, and both
    {"switches": ("Paris",)},
    {"switches": ("Lyon", "Paris", "*")},
    # both at once, and something else beside
    {"accounts": (BOB,), "switches": ("Lyon",), "causes": ("ORIGINATOR_CANCEL",)},
]
MORE = [
    # two accounts
    User(name="Dora", accounts=(ALICE, BOB)),
    # the account of Bob's on the switch where he has no calls
    User(name="Erin", accounts=(BOB,), switches=("Paris",)),
    # staff of one switch
    STAFF._replace(rights=("see_all",), switches=("Lyon",)),
    # staff without accounts
    STAFF._replace(rights=("alarms",)),
]


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("user", [*PEOPLE.values(), *MORE], ids=lambda user: user.name)
def test_whatever_is_asked_only_the_own_calls_are_found(user: User, asked: dict[str, Any]) -> None:
    scope = Scope(at(-2000), at(2000), **asked)
    narrowed = of(user).narrow(scope)
    for call in CAST:
        assert fits(call, narrowed) == (fits(call, scope) and sees(user, call)), call
    assert of(user).narrow(narrowed) == narrowed


def test_who_is_disabled_sees_and_may_nothing() -> None:
    for user in [*PEOPLE.values(), *MORE]:
        viewer = of(user._replace(active=False))
        assert (viewer.accounts, viewer.rights) == ((), frozenset())
