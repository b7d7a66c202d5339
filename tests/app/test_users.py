"""The command `user`, as an administrator uses it."""

import csv
import io
import json
import os
import pty
import subprocess

import pytest

from store import credentials, passwords, tokens, totp, users
from store.database import Store
from store.people import User
from store.settings import Settings
from tests.app.conftest import Run
from tests.app.processes import COMMAND, HOUSE, environment
from tests.cast import ALICE, BOB
from tests.people import NOW, PASSWORD, WEAK, invited
from tests.store.test_totp import shown

OTHER = "a new one entirely"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> "Typed":
    """What the next command reads from its input."""
    return Typed(monkeypatch)


class Typed:
    """The standard input of the next command."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def __call__(self, text: str) -> None:
        self._patch.setattr("sys.stdin", io.StringIO(text))


def test_a_customer_is_added_changed_disabled_and_removed(run: Run, store: Store, typed: Typed) -> None:
    typed(f"{PASSWORD}\nnot read\n")
    told = ("accounts=2000,1000,1000", "company=Wonder & Co", "email=Alice@example.org")
    said = run("user", "add", "Alice", *told, "--stdin").stdout
    assert said.splitlines() == [
        "The user Alice is kept.",
        "Nobody is an admin yet: cdr-stats user add NAME role=admin",
    ]
    (held,) = users.everything(store)
    assert (held.role, held.accounts, held.company) == ("customer", (ALICE, BOB), "Wonder & Co")
    assert passwords.verify(store, held.id, PASSWORD)
    run("user", "change", "alice", "accounts=1000", "zone=Europe/Paris", "language=fr", "name=alicia")
    assert "no language 'tlh'" in run("user", "change", "alicia", "language=tlh", code=1).stderr
    run("user", "disable", "ALICIA")
    (row,) = json.loads(run("user", "list", "wonder", "--format", "json").stdout)
    assert (row["user"], row["accounts"], row["zone"]) == ("alicia", "1000", "Europe/Paris")
    assert (row["email"], row["state"]) == ("alice@example.org", "disabled")
    run("user", "enable", "alicia")
    assert users.one(store, held.id) == held._replace(
        name="alicia", accounts=(ALICE,), zone="Europe/Paris", language="fr", version=2, generation=3
    )
    run("user", "remove", "alicia")
    assert "Nothing was found." in run("user", "list").stdout


def test_who_is_let_in_elsewhere_is_shown_so_and_gets_no_password(
    run: Run, store: Store, typed: Typed
) -> None:
    typed(PASSWORD)
    run("user", "add", "ada", "role=admin", "--stdin")
    id = users.add(store, User(name="dora", subject="https://id.example 7"), NOW)
    rows = json.loads(run("user", "list", "--format", "json").stdout)
    assert [(row["user"], row["from"]) for row in rows] == [("ada", "here"), ("dora", "https://id.example")]
    typed(PASSWORD)
    said = run("user", "passwd", "dora", "--stdin", code=1).stderr
    assert "dora is let in by https://id.example, and has no password here." in said
    assert not passwords.verify(store, id, PASSWORD)


def test_an_admin_and_staff_are_told_by_their_role(run: Run, store: Store, typed: Typed) -> None:
    typed(PASSWORD)
    assert run("user", "add", "ada", "role=admin", "--stdin").stdout == "The user ada is kept.\n"
    typed(f"{PASSWORD}\r\n")
    run("user", "add", "sam", "role=staff", "rights=see_all,alarms", "--stdin")
    ada, sam = users.everything(store)
    assert (ada.role, sam.role, sam.rights) == ("admin", "staff", ("alarms", "see_all"))
    assert passwords.verify(store, ada.id, PASSWORD)
    assert passwords.verify(store, sam.id, PASSWORD)


def test_another_password_ends_what_is_open(run: Run, store: Store, typed: Typed) -> None:
    held = invited(store, "Alice")
    token = tokens.make(store, held.id, NOW)
    typed(OTHER)
    assert run("user", "passwd", "alice", "--stdin").stdout == "The user Alice has another password.\n"
    assert passwords.verify(store, held.id, OTHER, WEAK)
    assert users.one(store, held.id) == held._replace(generation=2)
    assert tokens.whose(store, token, NOW) is None


def test_codes_end_when_the_telephone_is_lost(run: Run, store: Store) -> None:
    held = invited(store, "Alice")
    begun = totp.begin(store, held.id, held.name)
    assert credentials.protect(store, held.id, shown(begun.secret, NOW), NOW)
    assert "active, with codes" in run("user", "list").stdout
    run("user", "nocode", "alice")
    assert users.one(store, held.id) == held


WRONG = [
    # a user that there is not, and one that there is
    (("passwd", "alise", "--stdin"), "There is no user 'alise'; did you mean Alice?"),
    (("add", "ALICE", "--stdin"), "There is a user 'ALICE' already; `user change` changes it."),
    # a field without its value, and one that there is not
    (("change", "alice", "accounts"), "'accounts' is not NAME=VALUE, for example accounts=1000,1001."),
    (("change", "alice", "acounts=1"), "There is no field of users 'acounts'; did you mean accounts?"),
    # what cannot be
    (("change", "alice", "role=root"), "There is no role 'root'"),
    (("change", "alice", "rights=see_all"), "Rights are chosen for staff"),
    (("add", "a b", "--stdin"), "'a b' is no name to log in with"),
    (("change", "alice", "email=alice"), "'alice' is no e-mail address"),
    # a password for everybody to read
    (("change", "alice", f"password={PASSWORD}"), "A password is no argument, which others could read"),
    # one that is too easy
    (("passwd", "alice", "--stdin"), "A password has at least 10 characters; take a longer one."),
    # nobody to ask
    (("passwd", "alice"), "There is no terminal to ask for the password at; give it with --stdin."),
    # the last admin
    (("remove", "ada"), "Ada is the last admin who may log in; make another one first."),
    (("disable", "ada"), "Ada is the last admin who may log in; make another one first."),
    (("change", "ada", "role=staff"), "Ada is the last admin who may log in; make another one first."),
]


@pytest.mark.parametrize(("arguments", "sentence"), WRONG)
def test_what_is_wrong_is_said_in_a_sentence_and_changes_nothing(
    run: Run, store: Store, typed: Typed, arguments: tuple[str, ...], sentence: str
) -> None:
    before = [invited(store, name) for name in ("Ada", "Alice")]
    typed("short\n")
    assert sentence in run("user", *arguments, code=1).stderr
    assert users.everything(store) == before
    assert json.loads(run("user", "audit", "--format", "json").stdout) == []


def test_what_was_done_is_told_newest_first_without_passwords(run: Run, store: Store, typed: Typed) -> None:
    typed(PASSWORD)
    run("user", "add", "alice", "accounts=1000", "company==1+1", "--stdin")
    typed(OTHER)
    run("user", "passwd", "alice", "--stdin")
    run("user", "disable", "alice")
    told = run("user", "audit", "--kind", "user", "--object", "alice", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(told)))
    assert [row["verb"] for row in rows] == ["disable", "change password", "add"]
    assert {row["address"] for row in rows} == {"command line"}
    assert rows[-1]["words"] == "accounts=1000 company==1+1"
    assert PASSWORD not in told
    assert OTHER not in told
    (row,) = json.loads(run("user", "audit", "--verb", "add", "--limit", "1", "--format", "json").stdout)
    assert row["who"] == rows[-1]["who"]
    assert "Nothing was found." in run("user", "audit", "--until", "2026-01-01").stdout


def test_every_field_says_what_it_is(run: Run) -> None:
    said = run("user", "fields").stdout
    assert "    customer: sees the calls of the accounts that are chosen" in said
    assert "zone: time zone in which times are shown" in said


def test_a_password_is_asked_for_twice_and_not_shown(settings: Settings, store: Store) -> None:
    """At a real terminal, which echoes what is typed unless a program says not to."""
    screen, keyboard = pty.openpty()
    command = subprocess.Popen(
        [*COMMAND, "user", "add", "alice"],
        cwd=HOUSE,
        env=environment(settings),
        stdin=keyboard,
        stdout=keyboard,
        stderr=keyboard,
        start_new_session=True,
    )
    os.close(keyboard)  # so that the end of the command is the end of what is read
    seen = ""
    with command:
        for prompt in ("Password of alice: ", "Once more: ", "The user alice is kept."):
            while prompt not in seen:
                seen += os.read(screen, 1_000).decode()
            if prompt.endswith(": "):
                os.write(screen, f"{PASSWORD}\n".encode())
    os.close(screen)
    assert command.returncode == 0
    assert PASSWORD not in seen
    (held,) = users.everything(store)
    assert passwords.verify(store, held.id, PASSWORD)
