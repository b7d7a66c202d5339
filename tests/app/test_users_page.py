"""Who may keep which users on the page Users, what is said of what cannot be kept, and what is noted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app import user_edits
from app.cache import Flights
from app.pages import audit as audit_page
from app.pages.plain import Deed, Plain
from app.pages.shell import Context
from app.pages.users import Asked, Users, disabled, enabled, look, removed
from app.user_edits import BEYOND, GONE, NOT_YOURS, Wrong, keep, offered, problems, theirs, told
from app.viewer import DEMO, EVERYBODY, NOBODY, READ_ONLY, Viewer, of
from app.views import audit as audit_view
from app.views.user_form import UserForm
from app.views.users import Times, accounts, row, story
from store import audit, logins, passwords, users
from store.audit import Entry
from store.connection import Also
from store.database import Store
from store.errors import CdrStatsError
from store.people import User
from tests.cast import ALICE, BOB
from tests.people import CAST, NOW, PASSWORD, WEAK, invited

PARIS = ZoneInfo("Europe/Paris")
HOSTILE = "<img src=x onerror=alert(1)>"
TURNED = "al\u202eice"
STAFF = User(name="Sam", role="staff", rights=("users",), accounts=(ALICE,))

WRONG: list[tuple[dict[str, Any], dict[str, str]]] = [
    # nothing
    ({}, {}),
    # each sentence stands at its field, all of them at once
    ({"name": "", "email": "nobody"}, {"name": "no name to log in with", "email": "no e-mail address"}),
    ({"name": HOSTILE}, {"name": "no name to log in with"}),
    ({"full_name": "x" * 201}, {"full_name": "The full name is longer than 200 characters"}),
    ({"accounts": ("x" * 201,)}, {"accounts": "Every account is a text"}),
    ({"switches": ("",)}, {"switches": "Every switch is a text"}),
    ({"zone": "Paris"}, {"zone": "There is no time zone 'Paris'"}),
    ({"role": "king"}, {"role": "There is no role 'king'"}),
    (
        {"language": "xx", "number_format": "1"},
        {"language": "no language", "number_format": "no number format"},
    ),
    # rights are those of a role
    ({"role": "customer", "rights": ("alarms",)}, {"rights": "Rights are chosen for staff"}),
    ({"role": "staff", "rights": ("alarms", "fly")}, {"rights": "There is no right 'fly'"}),
]


@pytest.mark.parametrize(("fields", "said"), WRONG)
def test_each_sentence_stands_at_its_field(fields: dict[str, Any], said: dict[str, str]) -> None:
    found = problems(CAST["Alice"]._replace(**fields))
    assert set(found) == set(said)
    assert all(part in found[name] for name, part in said.items())


KEPT: list[tuple[User, dict[str, Any], str]] = [
    # an admin makes whom they like
    (CAST["Ada"], {"role": "admin"}, ""),
    (CAST["Ada"], {"role": "staff", "rights": ("users", "see_all")}, ""),
    # staff of one account its customers
    (STAFF, {"accounts": (ALICE,)}, ""),
    (STAFF, {"accounts": ()}, ""),
    # and nobody who would get more than they have
    (STAFF, {"accounts": (ALICE, BOB)}, BEYOND),
    (STAFF, {"role": "staff", "rights": ("users",), "accounts": (ALICE,)}, BEYOND),
    (STAFF, {"role": "admin"}, BEYOND),
    # staff of one switch only customers of it
    (STAFF._replace(switches=("Lyon",)), {"accounts": (ALICE,), "switches": ("Lyon",)}, ""),
    (STAFF._replace(switches=("Lyon",)), {"accounts": (ALICE,)}, BEYOND),
    # who sees all gives all accounts
    (STAFF._replace(rights=("users", "see_all")), {"accounts": (ALICE, BOB)}, ""),
    # without the right nobody is kept
    (STAFF._replace(rights=("alarms",)), {"accounts": (ALICE,)}, GONE),
    (CAST["Alice"]._replace(name="Sam"), {"accounts": (ALICE,)}, GONE),
]  # fmt: skip


@pytest.mark.parametrize(("editor", "fields", "said"), KEPT)
def test_everybody_keeps_those_whom_they_may(
    store: Store, editor: User, fields: dict[str, Any], said: str
) -> None:
    viewer = of(users.one(store, users.add(store, editor, NOW)) or editor)
    wanted = User(name="new", **fields)
    if said:
        with pytest.raises(CdrStatsError) as problem:
            keep(store, viewer, wanted, "", NOW, WEAK)
        assert str(problem.value) == said
        assert users.by_name(store, "new") is None
    else:
        kept = keep(store, viewer, wanted, PASSWORD, NOW, WEAK)
        assert logins.enter(store, "new", PASSWORD, "", NOW, hasher=WEAK).id == kept.id


THEIRS = [
    # staff change, disable and remove the customers of their accounts
    ({"accounts": (ALICE,)}, ""),
    # not those of others, nor staff and admins, and are not told that there are such
    ({"accounts": (BOB,)}, NOT_YOURS),
    ({"role": "staff", "accounts": (ALICE,)}, NOT_YOURS),
    ({"role": "admin"}, NOT_YOURS),
]


@pytest.mark.parametrize(("fields", "said"), THEIRS)
def test_staff_have_only_their_own_customers(store: Store, fields: dict[str, Any], said: str) -> None:
    sam = of(users.one(store, users.add(store, STAFF, NOW)) or STAFF)
    other = users.one(store, users.add(store, User(name="other", **fields), NOW))
    assert other
    if not said:
        assert theirs(store, sam, other.id) == other
        return
    with pytest.raises(CdrStatsError, match=said):
        theirs(store, sam, other.id)
    with pytest.raises(
        CdrStatsError, match=said
    ):  # nor can one be taken over by saying that it is a customer
        keep(store, sam, other._replace(role="customer", rights=(), accounts=(ALICE,)), PASSWORD, NOW, WEAK)
    assert look(store, sam, Asked()).users == ()
    assert users.one(store, other.id) == other


def test_what_a_viewer_may_is_asked_anew_for_a_right_goes_at_once(store: Store) -> None:
    sam = users.one(store, users.add(store, STAFF, NOW))
    assert sam
    viewer, alice = of(sam), invited(store, "Alice")
    users.disable(store, sam.id)
    for work in (lambda: keep(store, viewer, alice, "", NOW), lambda: look(store, viewer, Asked())):
        with pytest.raises(CdrStatsError, match=GONE):
            work()
    users.enable(store, sam.id)
    users.remove(store, sam.id)
    with pytest.raises(CdrStatsError, match=GONE):
        theirs(store, viewer, alice.id)


def test_nobody_and_who_may_change_nothing_keep_nobody(store: Store) -> None:
    alice = invited(store, "Alice")
    for viewer, said in ((NOBODY, GONE), (DEMO, READ_ONLY), (Viewer("x", None), GONE)):
        with pytest.raises(CdrStatsError, match=said):
            keep(store, viewer, alice, "", NOW)
        with pytest.raises(CdrStatsError, match=said):
            theirs(store, viewer, alice.id)


def test_of_two_who_change_the_same_user_the_later_one_is_told(store: Store) -> None:
    alice = invited(store, "Alice")
    keep(store, EVERYBODY, alice._replace(company="First"), "", NOW)
    with pytest.raises(Wrong) as wrong:
        keep(store, EVERYBODY, alice._replace(company="Second"), "", NOW)
    assert wrong.value.fields == {"": user_edits.LATER.format(name="'Alice'")}
    assert (users.one(store, alice.id) or alice).company == "First"


DEEDS = [disabled, enabled, removed]


@pytest.mark.parametrize("deed", DEEDS)
def test_of_two_who_do_something_to_a_user_the_later_one_is_told(
    store: Store, deed: Callable[[Store, User, Also], bool]
) -> None:
    invited(store, "Ada")
    seen = invited(store, "Alice")
    noted: list[object] = []
    users.change(store, seen._replace(company="Night shift"))
    with pytest.raises(users.Overtaken, match="'Alice' was changed or removed meanwhile"):
        deed(store, seen, noted.append)
    now = users.one(store, seen.id)
    assert now and now.active and noted == []
    assert deed(store, now, noted.append) and len(noted) == 1
    users.disable(store, seen.id)
    users.remove(store, seen.id)
    with pytest.raises(users.Overtaken):
        deed(store, now, noted.append)


def test_a_name_that_is_taken_a_weak_password_and_the_last_admin_are_said_at_their_fields(
    store: Store,
) -> None:
    ada, alice = invited(store, "Ada"), invited(store, "Alice")
    with pytest.raises(Wrong) as wrong:
        keep(store, EVERYBODY, alice._replace(name="ADA", company="New"), "Alice1", NOW, WEAK)
    assert wrong.value.fields["name"] == "There is a user 'ADA' already; choose another name."
    assert "password" in wrong.value.fields
    assert users.one(store, alice.id) == alice
    with pytest.raises(Wrong) as wrong:
        keep(store, EVERYBODY, ada._replace(role="customer"), "", NOW)
    assert set(wrong.value.fields) == {"role"}


def test_who_is_let_in_elsewhere_is_given_no_password(store: Store) -> None:
    dora = invited(store, "Bob", subject="https://id.example 7")
    with pytest.raises(Wrong) as wrong:
        keep(store, EVERYBODY, dora, PASSWORD, NOW, WEAK)
    assert wrong.value.fields == {
        "password": "Bob is let in by https://id.example, and has no password here."
    }


def test_a_new_password_lets_in_and_the_old_one_does_no_longer(store: Store) -> None:
    alice = invited(store, "Alice")
    keep(store, EVERYBODY, alice, "another tram 48 sings", NOW, WEAK)
    assert not passwords.verify(store, alice.id, PASSWORD, WEAK)
    assert passwords.verify(store, alice.id, "another tram 48 sings", WEAK)


def test_what_there_is_to_choose_from_is_what_one_may_give(store: Store) -> None:
    for name in ("", ALICE, BOB):
        store.db["accounts"].insert_one({"_id": name})
    assert offered(store, CAST["Ada"])[:2] == (("admin", "staff", "customer"), [ALICE, BOB])
    assert offered(store, STAFF) == (("customer",), (ALICE,), [], False)


def test_the_log_is_told_what_is_another_now() -> None:
    alice = CAST["Alice"]
    assert told(alice, alice) == ""
    assert (
        told(alice, alice._replace(accounts=(ALICE, BOB), zone="UTC", phone="1"))
        == "accounts=1000,2000 phone=1"
    )


def test_the_page_shows_who_is_looked_for_and_the_last_login(store: Store) -> None:
    alice = invited(store, "Alice")
    invited(store, "Bob", full_name=HOSTILE)
    audit.put(store, Entry("Alice", "10.0.0.1", "log in", "login"), NOW)
    seen = look(store, EVERYBODY, Asked(user=alice.id))
    assert ([one.name for one in seen.users], seen.chosen) == (["Alice", "Bob"], alice)
    assert seen.times == Times(NOW, NOW)
    assert [one.name for one in look(store, EVERYBODY, Asked("onerror=")).users] == ["Bob"]
    page = Users(Context(store, Flights(), viewer=EVERYBODY))
    page.page()
    assert [line["name"]["text"] for line in page.rows.rows] == ["Alice", "Bob"]
    assert page.heading.object == "<h2>Alice</h2>"


SEEN = [
    (CAST["Ada"], "all"),
    (STAFF._replace(rights=("see_all",)), "all"),
    (CAST["Alice"], "1000"),
    (CAST["Charlie"], "none"),
    (CAST["Alice"]._replace(accounts=tuple(f"{i:02}" for i in range(22))), "18, 19 and 2 more"),
]


@pytest.mark.parametrize(("user", "said"), SEEN)
def test_whose_calls_a_user_sees_is_said_in_words(user: User, said: str) -> None:
    assert accounts(user).endswith(said)


def test_hostile_texts_stay_texts() -> None:
    user = CAST["Alice"]._replace(full_name=HOSTILE, company=TURNED, accounts=(HOSTILE,), active=False)
    said = story(user, PARIS, Times(NOW))
    assert "<img" not in said
    assert "\u202e" not in said
    assert "Disabled" in said
    assert "Mon 23 Nov 2026, 10:00" in said
    assert row(user)["state"] == "disabled"


def test_the_form_gives_back_what_it_was_given() -> None:
    form = UserForm(lambda _: None, "UTC")
    for user in (
        *CAST.values(),
        STAFF,
        STAFF._replace(id="1", zone="Europe/Paris", language="fr", phone="1"),
    ):
        form.open(user, user_edits.Offer())
        assert form.value() == user
    form.fields["other"].value_input = " 7, ,8,7 "
    form.fields["role"].value = "customer"
    assert (form.value().accounts, form.value().rights) == ((ALICE, "7", "8"), ())


def test_what_a_page_does_is_noted_when_it_is_done_and_not_when_it_is_not(store: Store) -> None:
    def refuse(store: Store) -> None:
        raise CdrStatsError("No.")

    ada = of(invited(store, "Ada"))
    plain: Plain[None] = Plain(
        Context(store, Flights(), viewer=ada), "tasks", lambda *_: None, lambda _: None
    )
    deed = Deed("remove", "alarm", HOSTILE, "words")
    with pytest.raises(CdrStatsError):
        plain.noting(refuse, deed)(store)
    assert audit.page(store) == []
    assert plain.noting(lambda _: 7, deed)(store) == 7
    found = audit.page(store)[0]
    assert found[:6] == ("Ada", "", *deed)


def test_the_audit_log_is_for_admins_alone() -> None:
    sam = of(STAFF._replace(rights=("alarms", "sources", "users", "see_all")))
    assert sam.opens("users")
    assert not sam.opens("audit")
    assert of(CAST["Ada"]).opens("audit")
    assert not of(CAST["Ada"]._replace(active=False)).opens("audit")
    assert not of(CAST["Alice"]).opens("users")


FILTERS = [
    ({}, ["change user", "refused", "log in", "add user"]),
    # a person in whatever case, one whom there is not too
    ({"who": "ADA"}, ["change user", "add user"]),
    ({"who": HOSTILE}, ["refused"]),
    ({"who": "{'$ne': ''}"}, []),
    ({"verb": "add"}, ["add user"]),
    ({"kind": "login"}, ["refused", "log in"]),
    # of a day only what was done since
    ({"days": 1}, []),
]


@pytest.mark.parametrize(("asked", "shown"), FILTERS)
def test_the_log_is_narrowed_and_the_newest_stands_first(
    store: Store, asked: dict[str, Any], shown: list[str]
) -> None:
    invited(store, "Ada")
    old = datetime.now(UTC) - timedelta(days=2)
    done = [("Ada", "add", "user"), ("Alice", "log in", "login")]
    for who, verb, kind in (*done, (HOSTILE, "refused", "login"), ("Ada", "change", "user")):
        audit.put(store, Entry(who, "", verb, kind), old)
    seen = audit_page.look(store, audit_page.Asked(**asked))
    assert [audit_view.what(one) for one in seen.entries] == shown
    assert (seen.verbs, seen.kinds) == (["add", "change", "log in", "refused"], ["login", "user"])


def test_older_entries_follow_those_that_are_shown(store: Store) -> None:
    for i in range(audit_page.SHOWN + 5):
        audit.put(store, Entry(f"{i}", "", "add", "user"), datetime.now(UTC))
    first = audit_page.look(store, audit_page.Asked()).entries
    assert len(first) == audit_page.SHOWN + 1
    rest = audit_page.look(store, audit_page.Asked(after=first[audit_page.SHOWN - 1].id)).entries
    assert [one.who for one in rest] == ["4", "3", "2", "1", "0"]


def test_an_entry_is_text_and_never_markup() -> None:
    entry = Entry(HOSTILE, "10.0.0.1", "change", "user", TURNED, HOSTILE, NOW, "1")
    said = audit_view.story(entry, PARIS)
    assert "<img" not in said
    assert "10:00:00 (Europe/Paris)" in said
    assert "\u202e" not in str(audit_view.row(entry, PARIS))
