"""Who may ask: names and passwords, API keys, sessions, guests; and how often."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.api.rates import MOST, Rates
from app.gate import COOKIE
from app.viewer import DEMO, EVERYBODY, Viewer
from store import api_keys, logins, sessions, users
from store.database import Store, open_store
from store.people import User
from store.settings import Settings
from tests.api.conftest import Place, ask, basic, now
from tests.browser.serving import Serving
from tests.people import PASSWORD, WEAK, invited

FOREIGN = {"Origin": "https://evil.example"}
LISTED = {"prefix": "33699"}


@pytest.mark.parametrize(
    ("header", "status", "says"),
    [
        # The name is the name whatever its case, as at the login.
        (basic("alice"), 200, ""),
        (basic("Alice", "wrong"), 401, "The name or the password is wrong."),
        # Whether there is such a user is not told.
        (basic("Nobody"), 401, "The name or the password is wrong."),
        ("Basic ????", 401, "not written as basic authentication"),
        ("Basic YWJj", 401, "not written as basic authentication"),
        ("Basic", 401, "not written as basic authentication"),
        ("Bearer cdr_nothing", 401, "This API key does not work"),
        ("Bearer", 401, "This API key does not work"),
        ("Digest username=Alice", 401, "Say who you are"),
        ("", 401, "Say who you are"),
    ],
)
def test_whoever_is_known_comes_in(header: str, status: int, says: str, place: Place) -> None:
    found = ask(place.serving.port, "GET", "cdr/", Authorization=header)
    assert found.status == status, found.body
    assert says in (found.body["error"]["sentence"] if status == 401 else "")
    assert ("www-authenticate" in found.headers) is (status == 401)


def test_a_script_of_a_page_gets_no_challenge_that_opens_a_window(place: Place) -> None:
    found = ask(place.serving.port, "GET", "cdr/", Sec_Fetch_Mode="cors")
    assert (found.status, found.headers["www-authenticate"].split()[0]) == (401, "Bearer")


def test_a_password_is_hashed_once_a_minute_and_its_user_asked_anew_each_time(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed = []
    enter = logins.enter

    def counted(*args: Any, **more: Any) -> User:
        hashed.append(args[1])
        return enter(*args, **more)

    monkeypatch.setattr(logins, "enter", counted)

    def tell() -> int:
        return ask(place.serving.port, "GET", "totals/", Authorization=basic("Bob")).status

    assert [tell(), tell(), tell()] == [200, 200, 200]
    assert hashed == ["Bob"]
    # what Bob may see changed: the generation grew, and the password is looked at again
    bob = place.users["Bob"]
    users.change(place.store, bob._replace(accounts=("3000",)))
    assert (tell(), hashed) == (200, ["Bob", "Bob"])
    users.disable(place.store, bob.id)
    assert (tell(), hashed) == (401, ["Bob", "Bob", "Bob"])


def test_passwords_cannot_be_guessed_faster_than_at_the_login(place: Place) -> None:
    tries = [ask(place.serving.port, "GET", "cdr/", Authorization=basic("Ada", f"no {n}")) for n in range(6)]
    assert [one.status for one in tries[:5]] == [401] * 5
    assert tries[5].status == 429
    assert int(tries[5].headers["retry-after"]) >= 1
    # nor does the right one help then
    assert ask(place.serving.port, "GET", "cdr/", Authorization=basic("Ada")).status == 429


def test_a_password_that_was_right_still_is_while_others_guess(place: Place) -> None:
    told = {"Authorization": basic("Ada")}
    assert ask(place.serving.port, "GET", "totals/", **told).status == 200
    for number in range(6):
        ask(place.serving.port, "GET", "cdr/", Authorization=basic("Ada", f"no {number}"))
    assert ask(place.serving.port, "GET", "totals/", **told).status == 200


def test_a_user_with_an_authenticator_takes_a_key(place: Place) -> None:
    users.add(place.store, place.users["Ada"]._replace(name="Tess", email=""), now(), PASSWORD, WEAK)
    tess = users.by_name(place.store, "Tess")
    assert tess
    place.store.db["users"].update_one({"key": "tess"}, {"$set": {"totp": True}})
    found = ask(place.serving.port, "GET", "cdr/", Authorization=basic("Tess"))
    assert (found.status, "use an API key" in found.body["error"]["sentence"]) == (401, True)
    token = api_keys.make(place.store, tess, "program", "read", 1, now())
    assert ask(place.serving.port, "GET", "cdr/", Authorization=f"Bearer {token}").status == 200


@pytest.mark.parametrize(
    ("right", "method", "path", "status"),
    [
        ("read", "GET", "blacklist/", 200),
        ("read", "POST", "blacklist/", 403),
        ("write", "POST", "blacklist/", 201),
    ],
)
def test_a_key_may_what_it_says(right: str, method: str, path: str, status: int, place: Place) -> None:
    token = api_keys.make(place.store, place.users["Ada"], right, right, 1, now())
    told = {"Authorization": f"Bearer {token}"}
    found = ask(place.serving.port, method, path, LISTED if method == "POST" else None, **told)
    assert found.status == status, found.body


def test_a_key_ends_and_is_revoked(place: Place) -> None:
    old = api_keys.make(place.store, place.users["Ada"], "old", "read", 1, now() - timedelta(days=2))
    token = api_keys.make(place.store, place.users["Ada"], "new", "read", 1, now())

    def tell(one: str) -> int:
        return ask(place.serving.port, "GET", "cdr/", Authorization=f"Bearer {one}").status

    assert (tell(old), tell(token)) == (401, 200)
    held = next(key for key in api_keys.everything(place.store) if key.name == "new")
    api_keys.remove(place.store, held.id)
    assert tell(token) == 401


@pytest.mark.parametrize(
    ("method", "origin", "status"),
    [
        ("GET", "", 200),
        ("GET", "http://127.0.0.1:{port}", 200),
        ("POST", "http://127.0.0.1:{port}", 201),
        # A browser says where a form stood; what says nothing with a cookie is refused as well.
        ("POST", "", 403),
        ("POST", "https://evil.example", 403),
        ("POST", "null", 403),
        ("POST", "http://127.0.0.1:1", 403),
    ],
)
def test_the_session_of_the_pages_changes_something_for_own_pages_alone(
    method: str, origin: str, status: int, place: Place
) -> None:
    token = sessions.begin(place.store, place.users["Ada"], "127.0.0.1", now())
    told = {"Cookie": f"{COOKIE}={token}"}
    told |= {"Origin": origin.format(port=place.serving.port)} if origin else {}
    found = ask(place.serving.port, method, "blacklist/", LISTED if method == "POST" else None, **told)
    assert found.status == status, found.body


def test_a_browser_that_keeps_a_password_sends_it_for_no_other_site(place: Place) -> None:
    told = {"Authorization": basic("Ada"), **FOREIGN}
    assert ask(place.serving.port, "POST", "blacklist/", LISTED, **told).status == 403
    assert place.ask("DELETE", "blacklist/0/", "Ada", **FOREIGN).status == 403


@pytest.mark.parametrize(
    ("guest", "headers", "status"),
    [
        (EVERYBODY, {}, 201),
        # The manual's curl calls bear a name; where nobody logs in nobody asks for it.
        (EVERYBODY, {"Authorization": basic("username", "password")}, 201),
        (EVERYBODY, FOREIGN, 403),
        (DEMO, {}, 403),
    ],
)
def test_a_guest_may_what_the_server_lets_everybody(
    guest: Viewer, headers: dict[str, str], status: int, store: Store
) -> None:
    serving = Serving(store, guest=guest)
    serving.start()
    try:
        assert ask(serving.port, "GET", "cdr/").status == 200
        assert ask(serving.port, "POST", "blacklist/", LISTED, **headers).status == status
    finally:
        serving.stop()


@pytest.fixture
def slow(settings: Settings) -> Iterator[Place]:
    """A server where a user may ask 8 times a minute, and so twice at once."""
    few = settings.model_copy(update={"api_per_minute": 8})
    with open_store(few) as store:
        people = {name: invited(store, name) for name in ("Alice", "Bob")}
        keys = {name: api_keys.make(store, user, "x", "read", 1, now()) for name, user in people.items()}
        serving = Serving(store, guest=None)
        serving.start()
        yield Place(serving, store, people, keys)
        serving.stop()


def test_too_many_requests_are_told_to_wait_each_user_by_itself(slow: Place) -> None:
    assert [slow.get("totals/", "Alice").status for _ in range(3)] == [200, 200, 429]
    found = slow.get("totals/", "Alice")
    assert 1 <= int(found.headers["retry-after"]) <= 8
    assert "Too many requests" in found.body["error"]["sentence"]
    assert slow.get("totals/", "Bob").status == 200
    # and the address has its own measure: the seventh of it has to wait, whoever asks
    assert [slow.get("totals/", name).status for name in ("Bob", "")] == [200, 429]


def test_a_bucket_fills_up_and_is_forgotten() -> None:
    clock = [0.0]
    rates = Rates(60, lambda: clock[0])
    assert [rates.wait("a") for _ in range(16)] == [0] * 15 + [1]
    clock[0] = 2.0
    assert [rates.wait("a") for _ in range(3)] == [0, 0, 1]
    for number in range(3 * MOST):
        rates.wait(str(number))
    assert len(rates._held) <= MOST
