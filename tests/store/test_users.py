"""The users: who may see and do what, what cannot be, and that the later of two is told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from pymongo.client_session import ClientSession

from store import credentials, logins, passwords, people, tokens, totp, users
from store.connection import Also
from store.database import Store, open_store
from store.errors import CdrStatsError
from store.people import User, may, may_edit, narrowed, sees
from store.scope import Scope
from store.settings import Settings
from tests.cast import ALICE, BOB, SEES
from tests.people import CAST, NOW, PASSWORD, WEAK, invited

STAFF = User(name="Sam", role="staff", rights=("alarms", "users"), accounts=(ALICE,))
ALL = Scope(NOW, NOW)
NOBODY = ALL._replace(accounts=())
LYON = ALL._replace(accounts=(BOB,), switches=("Lyon",))


@pytest.mark.parametrize("name", CAST)
def test_the_cast_sees_its_own_accounts(name: str) -> None:
    assert sees(CAST[name]) == SEES[name]


SCOPES = [
    # a customer asks for everything and gets the own account
    (CAST["Alice"], ALL, ALL._replace(accounts=(ALICE,))),
    # and nobody's calls when asking for another's
    (CAST["Alice"], ALL._replace(accounts=(BOB,)), NOBODY),
    # whoever owns nothing sees nothing
    (CAST["Charlie"], ALL, NOBODY),
    # an admin sees everything, and what they ask for
    (CAST["Ada"], ALL, ALL),
    (CAST["Ada"], LYON, LYON),
    # a switch of an admin narrows nothing
    (CAST["Ada"]._replace(switches=("Lyon",)), ALL, ALL),
    # a customer of one switch
    (CAST["Bob"], ALL, LYON),
    # who asks for two gets the own one
    (CAST["Bob"], ALL._replace(switches=("Lyon", "Paris")), LYON),
    # and nobody's calls when asking for the other
    (CAST["Bob"], ALL._replace(switches=("Paris",)), NOBODY._replace(switches=("Paris",))),
    # staff see the accounts that are chosen
    (STAFF, ALL, ALL._replace(accounts=(ALICE,))),
    # or all, and then of the switches that are chosen
    (STAFF._replace(rights=("see_all",), switches=("Lyon",)), ALL, ALL._replace(switches=("Lyon",))),
    # whoever is disabled sees nothing, an admin too
    (CAST["Ada"]._replace(active=False), ALL, NOBODY),
]  # fmt: skip


@pytest.mark.parametrize(("user", "asked", "seen"), SCOPES)
def test_a_scope_is_narrowed_to_what_a_user_sees(user: User, asked: Scope, seen: Scope) -> None:
    assert narrowed(user, asked) == seen


@pytest.mark.parametrize("right", people.RIGHTS)
def test_an_admin_may_everything_staff_what_is_chosen_and_a_customer_nothing(right: str) -> None:
    assert may(CAST["Ada"], right)
    assert may(STAFF, right) == (right in STAFF.rights)
    assert not may(CAST["Alice"]._replace(rights=(right,)), right)
    assert not may(CAST["Ada"]._replace(active=False), right)


EDITS = [
    # an admin edits anybody
    (CAST["Ada"], CAST["Ada"], True),
    # staff a customer of theirs
    (STAFF, CAST["Alice"], True),
    # but not another's
    (STAFF, CAST["Bob"], False),
    (STAFF, CAST["Alice"]._replace(accounts=(ALICE, BOB)), False),
    # and nobody who could do more than they
    (STAFF, CAST["Ada"], False),
    (STAFF, STAFF, False),
    # who sees one switch gives no other, nor all of them
    (STAFF._replace(switches=("Lyon",)), CAST["Alice"], False),
    (STAFF._replace(switches=("Lyon",)), CAST["Alice"]._replace(switches=("Lyon",)), True),
    # without the right nobody
    (STAFF._replace(rights=("alarms", "see_all")), CAST["Alice"], False),
    (CAST["Alice"], CAST["Alice"], False),
]


@pytest.mark.parametrize(("editor", "user", "allowed"), EDITS)
def test_nobody_gives_more_than_they_have(editor: User, user: User, allowed: bool) -> None:
    assert may_edit(editor, user) is allowed


WRONG: list[tuple[dict[str, Any], str]] = [
    # a name of blanks, or of markup
    ({"name": "  "}, "is no name to log in with"),
    ({"name": "<b>"}, "'<b>' is no name to log in with"),
    ({"name": "a" * 65}, "is no name to log in with"),
    # words that the tables do not have
    ({"role": "root"}, "There is no role 'root'; there are admin; staff; customer."),
    ({"role": "staff", "rights": ("fly",)}, "There is no right 'fly'"),
    ({"language": "tlh"}, "There is no language 'tlh'"),
    ({"number_format": "%s"}, "There is no number format '%s'"),
    ({"zone": "Mars"}, "There is no time zone 'Mars'"),
    # rights are for staff
    ({"rights": ("see_all",)}, "Rights are chosen for staff, and 'Dora' is customer."),
    # the calls of nobody's account are not a customer's
    ({"accounts": (ALICE, "")}, "Every account is a text of 1 to 200 characters"),
    ({"switches": ("x" * 201,)}, "Every switch is a text of 1 to 200 characters"),
    ({"accounts": tuple(str(n) for n in range(501))}, "A user has at most 500 names"),
    ({"company": "x" * 201}, "The company is longer than 200 characters"),
    # an address that would begin another header of a letter
    ({"email": "a@b.org\nBcc: c@d.org"}, "is no e-mail address"),
    # a password that is too easy
    ({"password": "short"}, "at least 10 characters"),
]


@pytest.mark.parametrize(("fields", "sentence"), WRONG)
def test_what_cannot_be_is_a_sentence_and_nothing_is_kept(
    store: Store, fields: dict[str, Any], sentence: str
) -> None:
    fields = {"name": "Dora", **fields}
    password = fields.pop("password", PASSWORD)
    with pytest.raises(CdrStatsError, match=sentence.replace(".", r"\.")):
        users.add(store, User(**fields), NOW, password, WEAK)
    assert users.everything(store) == []


def test_what_was_kept_is_found_again_tidied(store: Store) -> None:
    told = User(
        name=" Dora ",
        role="staff",
        rights=("see_all", "alarms", "see_all"),
        accounts=("20", " 10", "20"),
        full_name="Dora\x00\u202e O'Neil <b>",
        email=" Dora@Example.org ",
        zone="Europe/Paris",
    )
    made = users.one(store, users.add(store, told, NOW))
    assert made is not None
    assert (made.name, made.rights, made.accounts) == ("Dora", ("alarms", "see_all"), ("10", "20"))
    assert (made.full_name, made.email) == ("Dora  O'Neil <b>", "dora@example.org")
    assert (made.version, made.generation, made.active, made.totp) == (1, 1, True, False)
    assert users.by_email(store, "DORA@example.org") == [made]
    assert users.by_email(store, "") == []


def test_a_name_is_one_whatever_its_case(store: Store) -> None:
    alice = invited(store, "Alice")
    assert users.by_name(store, " aLICE ") == alice
    assert users.by_name(store, "ALIC") is None
    bob = invited(store, "Bob")
    for again in (User(name="ALICE"), User(name="\uff21lice")):
        with pytest.raises(CdrStatsError, match=r"There is a user '[Aa]\w+' already; choose another name"):
            users.add(store, again, NOW)
    with pytest.raises(CdrStatsError, match="There is a user 'alice' already"):
        users.change(store, bob._replace(name="alice"))
    users.change(store, bob._replace(name="BOB"))


SEARCHES = [
    # everybody, by name
    ("", ["Ada", "Alice", "Bob", "Charlie"]),
    # a part of a name in any case, of an address, of an account
    ("aLi", ["Alice"]),
    ("example.org", ["Ada", "Alice"]),
    ("200", ["Bob"]),
    # signs of a pattern are letters like others
    (".*", []),
    ("(((((a+)+)+)+)+$", []),
]


@pytest.mark.parametrize(("search", "names"), SEARCHES)
def test_users_are_found_by_a_part_of_a_text(store: Store, search: str, names: list[str]) -> None:
    for user in CAST.values():
        users.add(store, user, NOW)
    assert [user.name for user in users.everything(store, search)] == names


def test_the_later_of_two_who_edit_a_user_is_told(store: Store) -> None:
    held = invited(store, "Alice")
    users.change(store, held._replace(company="Wonder"))
    with pytest.raises(users.Overtaken, match="The user 'Alice' was changed or removed by somebody else"):
        users.change(store, held._replace(company="Looking-glass"))
    now = users.one(store, held.id)
    assert now is not None
    assert (now.company, now.version) == ("Wonder", 2)
    users.remove(store, held.id)
    with pytest.raises(users.Overtaken):
        users.change(store, now)


GENERATIONS: list[tuple[dict[str, Any], int]] = [
    # a profile changes, and nobody has to log in again
    ({"company": "Wonder", "zone": "Europe/Paris", "name": "Alicia"}, 0),
    # an account less, another switch, another role: what is open shows too much, or too little
    ({"accounts": ()}, 1),
    ({"switches": ("Paris",)}, 1),
    ({"role": "staff", "rights": ("alarms",)}, 1),
]


@pytest.mark.parametrize(("fields", "more"), GENERATIONS)
def test_sessions_end_when_a_user_may_see_something_else(
    store: Store, fields: dict[str, Any], more: int
) -> None:
    held = invited(store, "Alice")
    users.change(store, held._replace(**fields))
    now = users.one(store, held.id)
    assert now == held._replace(**fields, version=2, generation=held.generation + more)


def test_a_change_neither_enables_nor_unprotects(store: Store) -> None:
    held = invited(store, "Alice")
    users.disable(store, held.id)
    users.change(store, held._replace(active=True, totp=True, generation=99))
    now = users.one(store, held.id)
    assert now is not None
    assert (now.active, now.totp, now.generation) == (False, False, 2)
    assert users.enable(store, held.id)
    assert users.one(store, held.id) == held._replace(version=2, generation=2)


def test_whoever_is_disabled_or_removed_has_no_link_and_no_password(store: Store) -> None:
    held = invited(store, "Alice")
    for end in (users.disable, users.remove):
        token = tokens.make(store, held.id, NOW)
        totp.begin(store, held.id, held.name)
        assert end(store, held.id)
        assert tokens.whose(store, token, NOW) is None
    for collection in (users.NAME, passwords.NAME, tokens.NAME, totp.NAME):
        assert store.db[collection].find_one() is None
    assert not any(end(store, held.id) for end in (users.disable, users.remove, users.enable))


def test_a_user_never_shows_a_password_or_its_hash(store: Store) -> None:
    held = invited(store, "Alice")
    kept = store.db[passwords.NAME].find_one()
    assert kept is not None
    shown = repr([held, users.everything(store), list(store.db[users.NAME].find())])
    assert "argon2" not in shown
    assert PASSWORD not in shown + repr(kept)


LAST = [
    # the last admin is neither removed, nor disabled, nor made something else
    lambda store, user: users.remove(store, user.id),
    lambda store, user: users.disable(store, user.id),
    lambda store, user: users.change(store, user._replace(role="customer")),
]


@pytest.mark.parametrize("end", LAST)
def test_an_admin_is_left(store: Store, end: Any) -> None:
    ada = invited(store, "Ada")
    users.disable(store, invited(store, "Ada", name="Eve").id)
    with pytest.raises(
        users.NoAdminLeft, match="Ada is the last admin who may log in; make another one first"
    ):
        end(store, ada)
    assert users.one(store, ada.id) == ada
    invited(store, "Ada", name="Eva")
    end(store, ada)


def test_of_two_admins_who_disable_each_other_one_is_left(settings: Settings, store: Store) -> None:
    pair = [invited(store, "Ada"), invited(store, "Ada", name="Eve")]
    meet = Barrier(2)

    def end(user: User) -> bool:
        with open_store(settings) as own:
            meet.wait()
            try:
                return users.disable(own, user.id)
            except users.NoAdminLeft:
                return False

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(end, pair)) == [False, True]


def test_the_first_admin_is_made_once_for_all(settings: Settings, store: Store) -> None:
    meet = Barrier(4)

    def make(_: int) -> str | None:
        with open_store(settings) as own:
            meet.wait()
            return users.first(own, NOW, WEAK)

    with ThreadPoolExecutor(4) as pool:
        (password,) = [made for made in pool.map(make, range(4)) if made]
    (admin,) = users.everything(store)
    assert (admin.name, admin.role) == ("admin", "admin")
    assert passwords.verify(store, admin.id, password, WEAK)
    invited(store, "Ada")
    users.remove(store, admin.id)
    assert users.first(store, NOW, WEAK) is None


def test_a_database_that_had_a_user_gets_no_admin(store: Store) -> None:
    users.remove(store, invited(store, "Alice").id)
    assert users.first(store, NOW, WEAK) is None


def test_another_password_ends_sessions_and_links(store: Store) -> None:
    held = invited(store, "Alice")
    token = tokens.make(store, held.id, NOW)
    assert credentials.change(store, held.id, "a new one entirely", NOW, WEAK)
    assert users.one(store, held.id) == held._replace(generation=2)
    assert tokens.whose(store, token, NOW) is None
    assert not passwords.verify(store, held.id, PASSWORD, WEAK)
    assert passwords.verify(store, held.id, "a new one entirely", WEAK)
    assert not credentials.change(store, "0" * 24, "a new one entirely", NOW, WEAK)


class Unwritten(Exception):
    """What is written beside could not be."""


DEEDS: list[Callable[[Store, User, Also], object]] = [
    # each of what is done to a user, with what is written in its transaction
    lambda store, held, also: users.add(store, User(name="eve"), NOW, also=also),
    lambda store, held, also: users.change(store, held._replace(company="Wonder"), also),
    lambda store, held, also: users.disable(store, held.id, also),
    lambda store, held, also: users.enable(store, held.id, also),
    lambda store, held, also: users.remove(store, held.id, also),
    lambda store, held, also: credentials.change(store, held.id, "nine quiet 31 herons", NOW, WEAK, also),
    lambda store, held, also: credentials.unprotect(store, held.id, also),
]


@pytest.mark.parametrize("deed", DEEDS)
def test_what_cannot_be_noted_is_not_done(store: Store, deed: Callable[[Store, User, Also], object]) -> None:
    held = invited(store, "Alice")

    def also(session: ClientSession) -> None:
        raise Unwritten

    with pytest.raises(Unwritten):
        deed(store, held, also)
    assert users.everything(store) == [held]
    assert logins.enter(store, "Alice", PASSWORD, "192.0.2.1", NOW, hasher=WEAK).id == held.id
