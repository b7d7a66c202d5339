"""Users are told by a letter of what they log in with being changed: what, by whom, when and from where."""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from alerts.changedletter import CHANGES, NOWHERE, changed_letter, telling
from alerts.tell import addressed
from app import user_edits
from app.viewer import of
from store import api_keys, credentials, outbox, tokens, totp, users
from store.connection import transaction
from store.database import Store
from store.people import User
from tests.app.test_reset import OTHER, Door, asked, content, door, letters, mailed
from tests.people import CAST, NOW, PASSWORD, WEAK, invited

__all__ = ["door", "mailed"]
HOSTILE = "Al\r\nBcc: eve@example.org <script>alert(1)</script>"


def found(store: Store, name: str = "Alice") -> User:
    """A user as kept now."""
    user = users.by_name(store, name)
    assert user
    return user


def by_herself(store: Store, door: Door) -> object:
    return door("Alice").post("/password", password=PASSWORD, new=OTHER, again=OTHER)


def by_a_link(store: Store, door: Door) -> object:
    token = asked(store, door())
    store.db[outbox.NAME].delete_many({})
    return door().post("/reset", token=token, new=OTHER, again=OTHER)


def by_an_admin(store: Store, door: Door) -> object:
    now = datetime.now(UTC)
    return user_edits.keep(store, of(found(store, "Ada")), found(store), OTHER, now, WEAK, origin="192.0.2.7")


def her_address(store: Store, door: Door) -> object:
    return door("Alice").post("/email", password=PASSWORD, email="new@example.org")


def her_address_by_an_admin(store: Store, door: Door) -> object:
    told = found(store)._replace(email="new@example.org")
    return user_edits.keep(store, of(found(store, "Ada")), told, "", datetime.now(UTC), origin="192.0.2.7")


def codes(store: Store, door: Door) -> object:
    visitor = door("Alice")
    form = visitor.post("/codes", password=PASSWORD).body
    key = re.search(r'name="key" value="([A-Z2-7]+)"', form)
    assert key
    secret = base64.b32decode(key[1])
    code = totp.code(secret, totp.step_of(datetime.now(UTC)))
    return visitor.post("/codes", key=key[1], code=code)


def no_codes(store: Store, door: Door) -> object:
    visitor = door("Alice")
    codes(store, door)
    store.db[outbox.NAME].delete_many({})
    return visitor.post("/codes", password=PASSWORD)


OLD = ["alice@example.org"]
BOTH = ["alice@example.org", "new@example.org"]
DONE: list[tuple[Callable[[Store, Door], object], str, str, list[str]]] = [
    # what is done, what of, by whom and from where, and who is told
    (by_herself, "password", "By Alice, .*, from 127.0.0.1", OLD),
    (by_a_link, "password", "By the link of a letter, .*, from 127.0.0.1", OLD),
    (by_an_admin, "password", "By Ada, .*, from 192.0.2.7", OLD),
    # the address that is taken off is told, too: it may be the only one that is its owner's
    (her_address, "email", "By Alice, .*, from 127.0.0.1", BOTH),
    (her_address_by_an_admin, "email", "By Ada, .*, from 192.0.2.7", BOTH),
    (codes, "codes", "By Alice, .*, from 127.0.0.1", OLD),
    (no_codes, "no codes", "By Alice, .*, from 127.0.0.1", OLD),
]


@pytest.mark.parametrize(("do", "what", "by", "to"), DONE)
def test_a_change_of_what_one_logs_in_with_is_told(
    mailed: Store, door: Door, do: Callable[[Store, Door], object], what: str, by: str, to: list[str]
) -> None:
    invited(mailed, "Alice")
    invited(mailed, "Ada")
    do(mailed, door)
    told = letters(mailed)
    assert sorted(letter["To"] for letter in told) == to
    for letter in told:
        assert letter["Subject"] == CHANGES[what][0]
        assert letter["List-Unsubscribe"] is None
        text = content(letter)
        assert re.search(by, text) and "the user Alice" in text
        for secret in (PASSWORD, OTHER, "token", "key"):
            assert secret not in letter.as_string()


def test_a_link_ends_when_an_admin_changes_the_address(mailed: Store, door: Door) -> None:
    alice = invited(mailed, "Alice")
    invited(mailed, "Ada")
    token = tokens.make(mailed, alice.id, datetime.now(UTC))
    her_address_by_an_admin(mailed, door)
    assert tokens.whose(mailed, token, datetime.now(UTC)) is None


def test_of_another_password_it_is_told_that_keys_go_on(mailed: Store, door: Door) -> None:
    alice = invited(mailed, "Alice")
    now = datetime.now(UTC)
    api_keys.make(mailed, alice, "billing", "read", 30, now)
    api_keys.make(mailed, alice, "ended", "read", 1, now - timedelta(days=2))
    by_herself(mailed, door)
    (letter,) = letters(mailed)
    assert "API keys that go on to work: 1." in content(letter)


def test_what_is_not_changed_is_not_told(mailed: Store, door: Door) -> None:
    invited(mailed, "Alice")
    visitor = door("Alice")
    assert visitor.post("/password", password="wrong one", new=OTHER, again=OTHER).status == 403
    assert visitor.post("/password", password=PASSWORD, new="password12", again="password12").status == 403
    assert visitor.post("/email", password="wrong one", email="new@example.org").status == 403
    assert visitor.post("/email", password=PASSWORD, email="alice@example.org").leads == "account"
    assert letters(mailed) == []


def test_without_a_mail_server_no_letter_waits(store: Store) -> None:
    user = invited(store, "Alice")
    credentials.change(store, user.id, OTHER, NOW, WEAK, telling(store, user, "password", "Ada", "", NOW))
    assert letters(store) == []


def test_what_somebody_is_called_is_neither_a_header_nor_markup(mailed: Store) -> None:
    user = CAST["Alice"]._replace(name=HOSTILE, id="0" * 24)
    what = changed_letter(mailed.settings, user, "password", HOSTILE, HOSTILE, NOW)
    assert "<script" not in what.html
    transaction(mailed.client, telling(mailed, user, "password", HOSTILE, "", NOW))
    (letter,) = letters(mailed)
    assert letter["Bcc"] is None and NOWHERE in content(letter)
    assert addressed(mailed, "k", what, ["a@example.org\r\nBcc: eve@example.org", "nobody"], NOW) == []
