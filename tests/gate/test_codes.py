"""The second step of the login, by HTTP: a ticket stands for the password, and lets in one user, from one
address, soon.
"""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from store import credentials, tickets, totp, users
from tests.browser.serving import Serving
from tests.cast import MORNING
from tests.people import PASSWORD, WEAK
from tests.wire import Person

ANOTHER = "a new one entirely"


def coded(served: Serving, name: str = "Alice") -> bytes:
    """The secret of a user who is asked for codes from now on."""
    found = users.by_name(served.store, name)
    assert found
    secret = base64.b32decode(totp.begin(served.store, found.id, name).secret)
    past = datetime.now(UTC) - 2 * totp.STEP
    assert credentials.protect(served.store, found.id, totp.code(secret, totp.step_of(past)), past)
    return secret


def code_of(secret: bytes, later: int = 0) -> str:
    """What an authenticator shows, now or some steps later."""
    return totp.code(secret, totp.step_of(datetime.now(UTC)) + later)


def ticket_in(text: str) -> str:
    """The ticket in the form that asks for the code."""
    found = re.search(r'name="ticket" value="([\w-]{43})"', text)
    assert found, text
    return found[1]


def test_the_form_that_asks_for_the_code_does_not_send_the_password_back(
    served: Serving, nobody: Person
) -> None:
    secret = coded(served)
    asked = nobody.post("/login", name="Alice", password=PASSWORD, next="/explore")
    assert asked.status == 200 and PASSWORD not in asked.whole
    assert asked.headers["Set-Cookie"] is None
    ticket = ticket_in(asked.text)
    # what is kept of the ticket is no ticket
    assert ticket not in str(list(served.store.db["tokens"].find()))
    again = nobody.post("/login", ticket=ticket, name="Alice", code="12345x")
    assert again.status == 403 and "This code is wrong" in again.text
    done = nobody.post("/login", ticket=ticket_in(again.text), code=code_of(secret), next="/explore")
    assert (done.status, done.headers["Location"]) == (302, "explore")
    # once
    late = nobody.post("/login", ticket=ticket, code=code_of(secret, 1))
    assert late.status == 403 and tickets.EXPIRED in late.text


SPOILT: list[tuple[str, Callable[[Serving, str], object]]] = [
    # another address, such as that of who has seen the form
    ("192.0.2.9", lambda served, id: None),
    # another password, a user who is disabled, or removed
    ("", lambda served, id: credentials.change(served.store, id, ANOTHER, datetime.now(UTC), WEAK)),
    ("", lambda served, id: users.disable(served.store, id)),
    ("", lambda served, id: users.remove(served.store, id)),
    # minutes later
    ("", lambda served, id: served.store.db["tokens"].update_many({}, {"$set": {"expires": MORNING}})),
    # a link of another kind
    ("", lambda served, id: served.store.db["tokens"].update_many({}, {"$set": {"purpose": "reset"}})),
]


@pytest.mark.parametrize(("address", "spoil"), SPOILT)
def test_a_ticket_is_of_one_user_and_address_and_of_now(
    served: Serving, nobody: Person, address: str, spoil: Callable[[Serving, str], object]
) -> None:
    secret = coded(served)
    found = users.by_name(served.store, "Alice")
    assert found
    ticket = ticket_in(nobody.post("/login", name="Alice", password=PASSWORD).text)
    spoil(served, found.id)
    told = {"X-Forwarded-For": address} if address else {}
    answer = nobody.post("/login", headers=told, ticket=ticket, name="Ada", code=code_of(secret))
    assert (answer.status, answer.headers["Set-Cookie"]) == (403, None)
    assert tickets.EXPIRED in answer.text


def test_codes_are_guessed_no_faster_than_passwords(served: Serving, nobody: Person) -> None:
    secret = coded(served)
    ticket = ticket_in(nobody.post("/login", name="Alice", password=PASSWORD).text)
    tries = [nobody.post("/login", ticket=ticket, name="Alice", code="12345x") for _ in range(6)]
    assert [one.status for one in tries] == [403] * 6
    last = nobody.post("/login", ticket=ticket, name="Alice", code=code_of(secret))
    assert last.headers["Set-Cookie"] is None
    assert re.search(r"Too many tries; wait \d+ seconds?", last.text)


def test_a_ticket_that_was_made_up_lets_nobody_in(nobody: Person) -> None:
    for ticket in ("x", "x" * 43, "\0", '{"$ne": ""}', "\ud800"):
        answer = nobody.post(
            "/login", ticket=ticket.encode("utf-8", "replace").decode(), name="Alice", code="1"
        )
        assert (answer.status, answer.headers["Set-Cookie"]) == (403, None)
