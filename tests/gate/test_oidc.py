"""Who is let in by a provider of OpenID Connect, as what, and every way in which nobody is."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from app import oidc
from app.gate import COOKIE
from app.oidc import AGAIN, DENIED, UNPROVED, UNREACHED
from store import audit, outside, users
from store.database import Store
from store.people import User
from store.setting_tables import OidcGroup, OidcSettings
from tests.browser.serving import Serving
from tests.cast import ALICE, BOB
from tests.gate.elsewhere import CLIENT, SECRET, STRANGER, Elsewhere, shared, signed, unsigned
from tests.people import NOW, PASSWORD, WEAK
from tests.store.servers import until
from tests.visitor import Visitor

GROUPS = {
    "chiefs": OidcGroup(role="admin"),
    "noc": OidcGroup(role="staff", rights=("alarms",), accounts=(ALICE,)),
    "desk": OidcGroup(role="staff", rights=("see_all",)),
    "alice": OidcGroup(accounts=(ALICE,)),
    "bob": OidcGroup(accounts=(BOB,), switches=("Lyon",)),
}
DORA: dict[str, Any] = {
    "sub": "7",
    "preferred_username": "dora",
    "groups": ["alice"],
    "email": "Dora@Example.org",
}
LABEL = "the <b>Exchange</b>"


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    """The provider, which knows Dora."""
    found = Elsewhere()
    found.claims = dict(DORA)
    yield found
    found.stop()


@pytest.fixture
def place(store: Store, elsewhere: Elsewhere) -> Iterator[Serving]:
    """A server where people come in by that provider."""
    told = OidcSettings(
        issuer=elsewhere.url, client_id=CLIENT, client_secret=SecretStr(SECRET), label=LABEL, groups=GROUPS
    )
    serving = Serving(replace(store, settings=store.settings.model_copy(update={"oidc": told})), guest=None)
    serving.start()
    yield serving
    serving.stop()


class Browser:
    """A browser: its cookies at the server, and what it was answered last."""

    def __init__(self, place: Serving) -> None:
        self.port, self.cookies = place.port, dict[str, str]()
        self.status, self.text, self.leads = 0, "", ""

    def get(self, address: str) -> "Browser":
        """GET an address of the server or of the provider."""
        parts = urlsplit(address)
        own = not parts.port or parts.port == self.port
        connection = HTTPConnection("127.0.0.1", parts.port or self.port, timeout=30)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items()) if own else ""
        try:
            path = f"/{parts.path.lstrip('/')}" + (f"?{parts.query}" if parts.query else "")
            connection.request("GET", path, headers={"Cookie": cookies} if cookies else {})
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie") or () if own else ():
                name, _, value = line.partition(";")[0].partition("=")
                self.cookies[name] = value.strip('"')
            self.status, self.leads = answer.status, answer.headers["Location"] or ""
            self.text = answer.read().decode()
        finally:
            connection.close()
        return self

    def out(self, next: str = "") -> str:
        """Begin a login; gives the address that the provider sends back to."""
        return self.get(self.get(f"/oidc{next}").leads).leads

    def enter(self, next: str = "") -> "Browser":
        """Log in."""
        return self.get(self.out(next))

    @property
    def is_in(self) -> bool:
        """Whether the pages are open to them."""
        return bool(self.cookies.get(COOKIE)) and self.get("/explore").status == 200


def test_who_is_let_in_is_a_user_of_ours_and_goes_on_where_they_wanted(place: Serving) -> None:
    browser = Browser(place)
    page = browser.get("/login?next=explore%3Fcountry%3DFR")
    assert "Log in with the &lt;b&gt;Exchange&lt;/b&gt;" in page.text
    assert browser.enter("?next=explore%3Fcountry%3DFR").leads == "explore?country=FR"
    assert browser.is_in
    dora = users.by_name(place.store, "dora")
    assert dora
    assert (dora.role, dora.accounts, dora.email) == ("customer", (ALICE,), "dora@example.org")
    assert browser.cookies[oidc.FLOW] == ""
    log = [(one.who, one.verb, one.words) for one in audit.page(place.store, audit.Filter())]
    assert log == [("dora", "log in", "OpenID Connect")]
    # there is no password of hers, so none lets her in and none is sent a link for
    assert Visitor(place.port).enter("dora").status == 403
    assert users.by_email(place.store, "dora@example.org") == []


def test_it_goes_on_to_our_pages_alone(place: Serving) -> None:
    for wanted in ("https%3A%2F%2Fevil.example", "%2F%2Fevil.example%2Fexplore", "nowhere"):
        assert Browser(place).enter(f"?next={wanted}").leads == "dashboard"


LIES: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    # signed by another key of the same name
    (lambda claims: signed(claims, STRANGER), UNPROVED),
    # by nobody
    (unsigned, UNPROVED),
    # with the public key as a shared secret
    (shared, UNPROVED),
    # no token at all
    (lambda claims: "", UNPROVED),
    (lambda claims: 7, UNPROVED),
    # of another provider
    (lambda claims: signed(claims | {"iss": "https://evil.example"}), UNPROVED),
    # for another program
    (lambda claims: signed(claims | {"aud": "other"}), UNPROVED),
    (lambda claims: signed(claims | {"aud": ["other"]}), UNPROVED),
    # for several, and given to another
    (lambda claims: signed(claims | {"aud": [CLIENT, "other"], "azp": "other"}), UNPROVED),
    # too old, by more than clocks differ, and of times to come
    (lambda claims: signed(claims | {"exp": int(time.time()) - 90}), UNPROVED),
    (lambda claims: signed(claims | {"iat": int(time.time()) + 900}), UNPROVED),
    # of another login
    (lambda claims: signed(claims | {"nonce": "other"}), UNPROVED),
    # of nobody
    (lambda claims: signed({name: value for name, value in claims.items() if name != "sub"}), UNPROVED),
    (lambda claims: signed(claims | {"sub": {"$gt": ""}}), UNPROVED),
    # of nobody whose group is known here
    (lambda claims: signed(claims | {"groups": ["cooks", "$where"]}), outside.NO_GROUP),
    (lambda claims: signed(claims | {"groups": {"alice": 1}}), outside.NO_GROUP),
    # without a name
    (lambda claims: signed(claims | {"preferred_username": ""}), "did not tell your name"),
    # of a name that nobody may have
    (lambda claims: signed(claims | {"preferred_username": "<img src=x>"}), "is no name to log in with"),
]


@pytest.mark.parametrize(("lie", "said"), LIES, ids=range(len(LIES)))
def test_what_is_not_proved_lets_nobody_in(
    place: Serving, elsewhere: Elsewhere, lie: Callable[[dict[str, Any]], Any], said: str
) -> None:
    elsewhere.lie = lie
    browser = Browser(place).enter()
    assert (browser.status, COOKIE in browser.cookies) == (403, False)
    assert said.format(label="the &lt;b&gt;Exchange&lt;/b&gt;") in browser.text.replace("&#39;", "'")
    assert users.everything(place.store) == []


def test_a_login_is_of_the_browser_that_began_it_and_works_once(place: Serving) -> None:
    browser = Browser(place)
    back = browser.out()
    stranger = Browser(place)
    assert AGAIN in stranger.get(back).text
    # with a login of their own under way, too
    stranger.out()
    assert AGAIN in stranger.get(back).text
    flow = browser.cookies[oidc.FLOW]
    assert browser.get(back).status == 302
    # the same again, with the cookie put back
    thief = Browser(place)
    thief.cookies[oidc.FLOW] = flow
    assert AGAIN in thief.get(back).text
    # another code for the state of this browser
    other = Browser(place)
    other.out()
    code = parse_qs(urlsplit(back).query)["code"][0]
    state = oidc.made_of(other.cookies[oidc.FLOW].partition(".")[0], "state")
    assert other.get(f"/oidc?code={code}&state={state}").status == 503
    assert [one.name for one in users.everything(place.store)] == ["dora"]


def test_a_provider_that_denies_or_is_silent_is_said_on_the_login_page(
    place: Serving, elsewhere: Elsewhere
) -> None:
    shown = "the &lt;b&gt;Exchange&lt;/b&gt;"
    elsewhere.denies = True
    assert DENIED.format(label=shown) in Browser(place).enter().text
    elsewhere.denies = False
    browser = Browser(place)
    back = browser.out()
    elsewhere.silent = True
    assert (browser.get(back).status, UNREACHED.format(label=shown) in browser.text) == (503, True)


def test_neither_code_nor_state_is_logged(
    place: Serving, elsewhere: Elsewhere, caplog: pytest.LogCaptureFixture
) -> None:
    browser = Browser(place)
    back = parse_qs(urlsplit(address := browser.out()).query)
    elsewhere.silent = True
    assert browser.get(address).status == 503
    until(lambda: "503 GET /oidc (" in caplog.text)  # a request is logged once it is answered
    assert not [name for name in ("code", "state") if back[name][0] in caplog.text]


def test_nobody_takes_over_who_has_a_password_here(place: Serving) -> None:
    users.add(place.store, User(name="Dora", role="admin"), NOW, PASSWORD, WEAK)
    browser = Browser(place).enter()
    assert (browser.status, browser.is_in) == (403, False)
    assert "There is a user" in browser.text
    assert [one.subject for one in users.everything(place.store)] == [""]


def test_another_group_is_another_right_and_ends_the_open_session(
    place: Serving, elsewhere: Elsewhere
) -> None:
    first, second = Browser(place).enter(), Browser(place)
    elsewhere.claims |= {"groups": "chiefs", "preferred_username": "dora2", "email_verified": False}
    second.enter()
    assert second.is_in
    found = users.everything(place.store)
    # it is the same person under another name; an address that is not proved is not taken
    assert [(one.name, one.role, one.email) for one in found] == [("dora2", "admin", "dora@example.org")]
    assert not first.is_in


def test_who_loses_every_group_is_out_where_they_were_in(place: Serving, elsewhere: Elsewhere) -> None:
    first = Browser(place).enter()
    assert first.is_in
    elsewhere.claims["groups"] = []
    assert outside.NO_GROUP in Browser(place).enter().text
    until(lambda: not first.is_in)  # what is known of a session is asked anew every few seconds
    dora = users.by_name(place.store, "dora")
    assert dora
    assert (dora.role, dora.accounts) == ("customer", ())
    refused = audit.page(place.store, audit.Filter(verb="refused"))
    assert [one.who for one in refused] == ["dora"]
    # and in again, as what they are by then
    elsewhere.claims["groups"] = ["bob"]
    assert Browser(place).enter().is_in


def test_who_is_disabled_stays_out_and_who_was_added_there_gets_in_by_the_same_subject_alone(
    place: Serving, elsewhere: Elsewhere
) -> None:
    Browser(place).enter()
    elsewhere.claims["sub"] = "8"
    assert "There is a user" in Browser(place).enter().text
    elsewhere.claims |= {"sub": "7", "groups": ["chiefs"]}
    Browser(place).enter()
    dora = users.by_name(place.store, "dora")
    assert dora
    users.add(place.store, User(name="Ada", role="admin"), NOW, PASSWORD, WEAK)
    users.disable(place.store, dora.id)
    assert outside.DISABLED in Browser(place).enter().text


GRANTS = [
    # one group
    (["alice"], ("customer", (), (ALICE,), ())),
    # of several customers' groups all accounts; one that names no switch sees all of them
    (["alice", "bob"], ("customer", (), (ALICE, BOB), ())),
    (["bob"], ("customer", (), (BOB,), ("Lyon",))),
    # the highest role counts, with the rights of its groups alone
    (["bob", "noc"], ("staff", ("alarms",), (ALICE,), ())),
    (["noc", "desk"], ("staff", ("alarms", "see_all"), (ALICE,), ())),
    (["noc", "chiefs"], ("admin", (), (), ())),
    # what is no group of the table counts nothing
    (["cooks", "alice", 7, None], ("customer", (), (ALICE,), ())),
]


@pytest.mark.parametrize(("groups", "grant"), GRANTS)
def test_the_table_of_groups_says_what_somebody_may(groups: list[Any], grant: tuple[Any, ...]) -> None:
    settings = OidcSettings(issuer="https://id.example", client_id=CLIENT, groups=GROUPS)
    assert outside.granted(settings, {"groups": groups}) == grant


def test_a_claim_of_accounts_is_added_to_those_of_the_groups() -> None:
    settings = OidcSettings(
        issuer="https://id.example", client_id=CLIENT, groups=GROUPS, accounts_claim="customers"
    )
    claims = {"groups": ["alice"], "customers": ["3000", " ", 7, {"$gt": ""}]}
    assert outside.granted(settings, claims).accounts == (ALICE, "3000")
