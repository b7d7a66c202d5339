"""What one logs in with, changed: the letter of a forgotten password, and the forms of who has logged in."""

import base64
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from store import audit, credentials, outbox, sessions, tokens, totp, users
from store.audit import Filter
from store.database import Store, open_store
from store.people import User
from store.settings import Settings
from tests.browser.serving import Serving
from tests.people import NOW, PASSWORD, invited
from tests.store.servers import until
from tests.visitor import Answer, Visitor

OTHER = "seven quiet lamps 31"
WEAK_ONE = "password12"
PUBLIC = "https://cdr.example.org/calls"
Door = Callable[..., Visitor]


@pytest.fixture
def mailed(settings: Settings) -> Iterator[Store]:
    """A store whose settings name a mail server and the address of the pages."""
    told = {"mail_host": "localhost", "public_url": PUBLIC, "mail_sender": "cdr@example.org"}
    with open_store(settings.model_copy(update=told)) as store:
        yield store


@pytest.fixture
def door(mailed: Store) -> Iterator[Door]:
    """Visitors of a server where people log in, some of whom are in already."""
    server = Serving(mailed, guest=None)
    server.start()

    def visitor(who: str = "") -> Visitor:
        found = Visitor(server.port)
        if who:
            assert found.enter(who).status == 302
        return found

    yield visitor
    server.stop()


def letters(store: Store) -> list[EmailMessage]:
    """What waits in the outbox, the oldest first."""
    found = store.db[outbox.NAME].find().sort("queued", 1)
    return [message_from_bytes(one["message"], policy=policy.default) for one in found]


def asked(store: Store, visitor: Visitor, text: str = "alice") -> str:
    """Ask for a letter; gives the token in it."""
    before = len(letters(store))
    visitor.post("/forgot", name=text)
    until(lambda: len(letters(store)) > before)
    return token_of(letters(store)[-1])


def content(letter: EmailMessage, kind: str = "plain") -> str:
    """The text of a letter, or its HTML part."""
    part = letter.get_body((kind,))
    assert part
    return str(part.get_content()).replace("\r\n", "\n")


def token_of(letter: EmailMessage) -> str:
    """The token in a letter."""
    found = re.search(rf"{PUBLIC}/reset\?token=([\w-]+)$", content(letter), re.M)
    assert found
    return found[1]


def did(store: Store, verb: str) -> list[str]:
    """Who did so."""
    return [entry.who for entry in audit.page(store, Filter(verb=verb))]


def test_the_answer_does_not_tell_who_there_is(mailed: Store, door: Door) -> None:
    for who in ("Alice", "Bob"):
        invited(mailed, who)
    users.disable(mailed, invited(mailed, "Charlie", email="charlie@example.org").id)
    visitor = door()
    answers = {
        visitor.post("/forgot", name=text)
        # nobody's, of who has no address, of who is disabled, of who gets a letter, by either
        for text in ("nobody", "Bob", "Charlie", "charlie@example.org", "alice", "ALICE@example.org")
    }
    assert len(answers) == 1
    until(lambda: len(letters(mailed)) == 2)
    assert [letter["To"] for letter in letters(mailed)] == ["alice@example.org"] * 2
    until(lambda: did(mailed, "ask for a link") == ["Alice", "Alice"])


def test_everybody_of_an_address_gets_a_letter_of_their_own(mailed: Store, door: Door) -> None:
    for who in ("Alice", "Bob"):
        invited(mailed, who, email="office@example.org")
    door().post("/forgot", name="office@example.org")
    until(lambda: len(letters(mailed)) == 2)
    names = [re.findall(r"of the user (\w+):", content(letter)) for letter in letters(mailed)]
    assert sorted(names) == [["Alice"], ["Bob"]]


def test_a_name_like_the_address_of_somebody_else_takes_no_letter_away(mailed: Store, door: Door) -> None:
    invited(mailed, "Alice", email="alice@example.org")
    users.add(mailed, User(name="alice@example.org", email="eve@example.org"), NOW)
    door().post("/forgot", name="alice@example.org")
    until(lambda: len(letters(mailed)) == 2)
    assert sorted(letter["To"] for letter in letters(mailed)) == ["alice@example.org", "eve@example.org"]


def test_who_asks_too_often_waits_whether_or_not_there_is_such_a_user(mailed: Store, door: Door) -> None:
    invited(mailed, "Alice")
    for name in ("alice", "nobody"):
        visitor = door()
        statuses = [visitor.post("/forgot", name=name).status for _ in range(6)]
        assert statuses == [200] * 5 + [403]
        assert "Too many tries; wait" in visitor.post("/forgot", name=name).body
    # the login is another door
    assert door("Alice").is_in


def test_the_link_gives_another_password_once_and_ends_every_session(mailed: Store, door: Door) -> None:
    invited(mailed, "Alice")
    elsewhere, visitor = door("Alice"), door("Alice")
    token = asked(mailed, visitor)
    second = asked(mailed, visitor)
    form = visitor.get(f"/reset?token={token}").body
    assert "Of the user Alice." in form
    assert "New password once more" in form
    refusals = [
        # two that differ, and one that is too easy to guess, leave the link as it is
        ({"new": OTHER, "again": f"{OTHER}!"}, "are not the same"),
        ({"new": WEAK_ONE, "again": WEAK_ONE}, "take another one"),
    ]
    for typed, sentence in refusals:
        answer = visitor.post("/reset", token=token, **typed)
        assert (answer.status, sentence in answer.body) == (403, True), answer.body
    done = visitor.post("/reset", token=token, new=OTHER, again=OTHER)
    assert (done.status, done.leads, visitor.token) == (302, "login?changed=1", "")
    assert "The password is changed. Log in with it." in visitor.get("/login?changed=1").body
    until(lambda: not elsewhere.is_in)
    assert door().enter("Alice").status == 403
    assert door().enter("Alice", OTHER).status == 302
    assert did(mailed, "change password") == ["Alice"]
    # this link was used, the other one ended with the password, and one was never a link
    for spent in (token, second, "x"):
        for answer in (
            visitor.get(f"/reset?token={spent}"),
            visitor.post("/reset", token=spent, new=PASSWORD, again=PASSWORD),
        ):
            assert (answer.status, tokens.SPENT in answer.body) == (403, True)
            assert "Ask for a new link" in answer.body
    assert door().enter("Alice", OTHER).status == 302


def test_a_link_of_who_was_disabled_meanwhile_is_refused(mailed: Store, door: Door) -> None:
    held, visitor = invited(mailed, "Alice"), door()
    token = tokens.make(mailed, held.id, datetime.now(UTC))
    mailed.db[users.NAME].update_one({"key": "alice"}, {"$set": {"active": False}})
    answer = visitor.post("/reset", token=token, new=OTHER, again=OTHER)
    assert (answer.status, tokens.SPENT in answer.body) == (403, True)


def test_no_log_names_the_token(mailed: Store, door: Door, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    visitor = door()
    visitor.get("/reset?token=SeCrEt1&more=SeCrEt2")
    visitor.post("/reset?token=SeCrEt1", new=OTHER, again=OTHER)
    visitor.post("/reset", origin="http://elsewhere.example", token="SeCrEt1")
    until(lambda: "403 POST /reset (" in caplog.text)
    assert "SeCrEt" not in caplog.text
    assert OTHER not in caplog.text


def test_the_letter_is_of_who_asked_and_of_nothing_else(mailed: Store, door: Door) -> None:
    invited(mailed, "Alice", zone="Europe/Paris")
    asked(mailed, door())
    letter = letters(mailed)[0]
    for part in (content(letter), content(letter, "html")):
        assert "127.0.0.1" in part
        assert "(Europe/Paris)" in part
        assert "reset?token" in part
        assert "Unsubscribe" not in part
    assert letter["Subject"] == "Choose another password"


UNMAILED = [{"mail_host": ""}, {"public_url": ""}]


@pytest.mark.parametrize("told", UNMAILED, ids=str)
def test_without_mail_an_admin_is_asked(told: dict[str, str], mailed: Store) -> None:
    invited(mailed, "Alice")
    held = Store(mailed.client, mailed.db, mailed.settings.model_copy(update=told))
    server = Serving(held, guest=None)
    server.start()
    visitor = Visitor(server.port)
    for answer in (visitor.get("/forgot"), visitor.post("/forgot", name="alice")):
        assert "cdr-stats user passwd" in answer.body
        assert "<form" not in answer.body
    server.stop()
    assert letters(mailed) == []


FORMS = ("/forgot", "/reset", "/password", "/email", "/codes")


@pytest.mark.parametrize("path", FORMS)
def test_a_form_of_another_page_is_refused(path: str, mailed: Store, door: Door) -> None:
    invited(mailed, "Alice")
    answer = door("Alice").post(path, origin="http://elsewhere.example", name="alice", password=PASSWORD)
    assert (answer.status, "not sent by a page of ours" in answer.body) == (403, True)


@pytest.mark.parametrize("path", FORMS[2:])
def test_who_is_not_in_is_sent_to_log_in(path: str, door: Door) -> None:
    for answer in (door().get(path), door().post(path, password=PASSWORD)):
        assert (answer.status, answer.leads) == (302, "login?next=account")


def test_another_password_ends_the_other_sessions_and_keeps_this_one(mailed: Store, door: Door) -> None:
    held = invited(mailed, "Alice")
    elsewhere, visitor = door("Alice"), door("Alice")
    before, new = visitor.token, {"new": OTHER, "again": OTHER}
    refusals = [
        # not the one of now; two that differ; one that is too easy to guess
        ({"password": "wrong", **new}, "This is not your password."),
        ({"password": PASSWORD, "new": OTHER, "again": "x"}, "are not the same"),
        ({"password": PASSWORD, "new": WEAK_ONE, "again": WEAK_ONE}, "take another one"),
    ]
    for typed, sentence in refusals:
        answer = visitor.post("/password", **typed)
        assert (answer.status, sentence in answer.body) == (403, True), answer.body
    assert visitor.post("/password", password=PASSWORD, **new).leads == "account"
    assert visitor.token != before
    assert visitor.is_in
    until(lambda: not elsewhere.is_in)
    now = datetime.now(UTC)
    held = users.one(mailed, held.id) or User()
    assert [one.key for one in sessions.of_user(mailed, held, now)] == [sessions.digest(visitor.token)]
    assert door().enter("Alice", OTHER).status == 302
    assert did(mailed, "change password") == ["Alice"]


def test_who_has_a_session_alone_cannot_guess_the_password(mailed: Store, door: Door) -> None:
    invited(mailed, "Alice")
    visitor = door("Alice")
    answers: list[Answer] = []
    for path in ("/password", "/email", "/codes") * 2:
        answers.append(visitor.post(path, password="guess", new=OTHER, again=OTHER, email="m@example.org"))
    assert ["Too many tries" in answer.body for answer in answers] == [False] * 5 + [True]
    # nor does that keep the owner out
    assert door("Alice").is_in


def test_the_address_for_mail_is_changed_with_the_password(mailed: Store, door: Door) -> None:
    held = invited(mailed, "Alice")
    visitor = door("Alice")
    token = tokens.make(mailed, held.id, datetime.now(UTC))
    assert 'value="alice@example.org"' in visitor.get("/email").body
    refusals = [("wrong", "a@example.org", "not your password"), (PASSWORD, "<a>", "is no e-mail address")]
    for password, email, sentence in refusals:
        answer = visitor.post("/email", password=password, email=email)
        assert (answer.status, sentence in answer.body) == (403, True)
    assert visitor.post("/email", password=PASSWORD, email="A@example.org").leads == "account"
    assert (users.one(mailed, held.id) or held).email == "a@example.org"
    # what was sent to the old address leads nowhere
    assert visitor.get(f"/reset?token={token}").status == 403
    assert visitor.post("/email", password=PASSWORD, email="").leads == "account"
    assert (users.one(mailed, held.id) or held).email == ""
    assert did(mailed, "change") == ["Alice", "Alice"]


def key_in(answer: Answer) -> bytes:
    """The secret that is shown."""
    found = re.search(r'name="key" value="([A-Z2-7]+)"', answer.body)
    assert found
    assert f"otpauth://totp/CDR-Stats%3AAlice?secret={found[1]}&amp;issuer=CDR-Stats" in answer.body
    return base64.b32decode(found[1])


def test_codes_are_switched_on_by_one_and_off_by_one(mailed: Store, door: Door) -> None:
    held = invited(mailed, "Alice")
    visitor = door("Alice")
    assert "not your password" in visitor.post("/codes", password="wrong").body
    begun = visitor.post("/codes", password=PASSWORD)
    secret, key = key_in(begun), base64.b32encode(key_in(begun)).decode()
    step = totp.step_of(datetime.now(UTC))
    wrong = visitor.post("/codes", key=key, code="12345x")
    assert (wrong.status, "is not of that key" in wrong.body, key_in(wrong)) == (403, True, secret)
    assert not (users.one(mailed, held.id) or held).totp
    assert visitor.post("/codes", key=key, code=totp.code(secret, step)).leads == "account"
    # the login asks for it, and takes each once
    asked_for = door().enter("Alice")
    assert (asked_for.status, "Type the code" in asked_for.body) == (200, True)
    assert door().enter("Alice", code=totp.code(secret, step)).status == 403
    assert door().enter("Alice", code=totp.code(secret, step + 1)).status == 302
    # neither the password nor a code that was used
    for typed in ("wrong", totp.code(secret, step + 1)):
        assert "not your password or a new code" in visitor.post("/codes", password=typed).body
    assert visitor.post("/codes", password=PASSWORD).leads == "account"
    assert door().enter("Alice").status == 302
    assert (did(mailed, "begin codes"), did(mailed, "end codes")) == (["Alice"], ["Alice"])


def test_a_code_is_enough_to_switch_codes_off(mailed: Store, door: Door) -> None:
    held, visitor = invited(mailed, "Alice"), door("Alice")
    secret = key_in(visitor.post("/codes", password=PASSWORD))
    step = totp.step_of(datetime.now(UTC))
    assert credentials.protect(mailed, held.id, totp.code(secret, step), datetime.now(UTC))
    assert visitor.post("/codes", password=totp.code(secret, step + 1)).leads == "account"
    assert not (users.one(mailed, held.id) or held).totp


@pytest.mark.parametrize("path", FORMS[2:])
def test_where_nobody_logs_in_there_is_no_account(path: str, mailed: Store) -> None:
    server = Serving(mailed)
    server.start()
    visitor = Visitor(server.port)
    for answer in (visitor.get(path), visitor.post(path, password=PASSWORD)):
        assert "Nobody logs in here, so there is no account." in answer.body
    assert visitor.get("/forgot").leads == "dashboard"
    invited(mailed, "Alice")
    assert visitor.post("/login", name="Alice", password=PASSWORD).leads == "dashboard"
    assert mailed.db[sessions.NAME].count_documents({}) == 0
    server.stop()
