"""Account in a real browser: password, codes, details, sessions, and the letter of a forgotten password."""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from alerts.changedletter import CHANGES
from app.reset import ON_ITS_WAY
from store import audit, mail_reports, outbox, tokens, totp, users
from store.audit import Filter
from store.database import Store
from tests.app.test_reset import OTHER, PUBLIC, letters, token_of
from tests.browser import screen
from tests.browser.conftest import WAIT, Keep, Opener, Watched
from tests.browser.serving import Serving
from tests.people import PASSWORD, invited
from tests.store.servers import until
from tests.visitor import Visitor

KEPT = (
    "users",
    "mail_reports",
    "api_keys",
    "passwords",
    "totps",
    "tokens",
    "sessions",
    "login_tries",
    "audit",
    outbox.NAME,
)
Person = Callable[..., Page]


@pytest.fixture
def peopled(filled: Store) -> Iterator[Serving]:
    """A server of the filled store where Ada logs in, and letters are sent."""
    settings = filled.settings.model_copy(update={"mail_host": "localhost", "public_url": PUBLIC})
    invited(filled, "Ada", company="Exchange")
    server = Serving(replace(filled, settings=settings), guest=None)
    server.start()
    yield server
    server.stop()
    for name in KEPT:
        filled.db[name].delete_many({})


@pytest.fixture
def person(chromium: Browser, peopled: Serving, watched: Watched) -> Iterator[Person]:
    """Somebody at a browser of their own, who opens a page and logs in."""
    contexts: list[BrowserContext] = []

    def came(path: str, width: int = 1440, height: int = 900, dark: bool = False) -> Page:
        mobile = "Mozilla/5.0 (Linux; Android 15) Mobile" if width < 600 else None
        context = chromium.new_context(viewport={"width": width, "height": height}, user_agent=mobile)
        contexts.append(context)
        context.set_default_timeout(WAIT)
        watched.watch(context)
        if dark:
            context.add_cookies([{"name": "cdr-theme", "value": "dark", "url": peopled.url}])
        page = context.new_page()
        page.goto(f"{peopled.url}/{path}")
        return page

    yield came
    for context in contexts:
        context.close()


def enter(page: Page, password: str = PASSWORD) -> None:
    """Fill in the login."""
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Password", exact=True).fill(password)
    screen.press(page, "Log in")


def at_account(page: Page) -> Page:
    """Wait until the page Account is drawn."""
    page.wait_for_url("**/account")
    page.wait_for_function("() => window.__armed")
    expect(page.get_by_label("Full name")).to_be_visible()
    expect(page.get_by_text("127.0.0.1, here")).to_be_visible()
    return page


def own(person: Person, **size: int | bool) -> Page:
    """The account of Ada, who has logged in."""
    page = person("account", **size)
    enter(page)
    return at_account(page)


def choose(page: Page) -> None:
    """Type the other password twice."""
    page.get_by_label("New password", exact=True).fill(OTHER)
    page.get_by_label("New password once more").fill(OTHER)
    screen.press(page, "Change the password")


def test_another_password_ends_the_sessions_elsewhere_and_keeps_this_one(
    person: Person, peopled: Serving, watched: Watched
) -> None:
    elsewhere, page = own(person), own(person)
    expect(page.get_by_role("button", name="End the others")).to_be_visible()
    page.locator("a[href=password]").click()
    page.get_by_label("Password that you have now").fill(PASSWORD)
    choose(page)
    at_account(page)
    # an open page of another session finds itself at the login within seconds
    elsewhere.wait_for_url("**/login*")
    expect(page.get_by_role("button", name="End the others")).to_be_hidden()
    enter(elsewhere, OTHER)
    at_account(elsewhere)
    watched.faults.clear()  # a page whose connection is cut says so


def test_the_other_sessions_are_ended_at_a_click(person: Person, watched: Watched) -> None:
    elsewhere, page = own(person), own(person)
    screen.press(page, "End the others")
    elsewhere.wait_for_url("**/login*")
    expect(page.get_by_role("button", name="End the others")).to_be_hidden()
    expect(page.get_by_text("127.0.0.1, here")).to_be_visible()
    watched.faults.clear()


def test_a_forgotten_password_is_replaced_by_the_letter_and_its_link_works_once(
    person: Person, peopled: Serving, keep: Keep, watched: Watched
) -> None:
    page = person("login", width=390, height=844)
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Name or e-mail address").fill("ada@example.org")
    keep(page, "forgot-phone")
    screen.press(page, "Send a link")
    expect(page.get_by_text(ON_ITS_WAY)).to_be_visible()
    until(lambda: bool(letters(peopled.store)))
    way = f"{peopled.url}/reset?token={token_of(letters(peopled.store)[0])}"
    page.goto(way)
    choose(page)
    expect(page.get_by_text("The password is changed. Log in with it.")).to_be_visible()
    assert "token" not in page.url
    enter(page, OTHER)
    page.wait_for_url("**/dashboard")
    page.wait_for_function("() => window.__armed")
    assert watched.faults == []
    page.goto(way)
    expect(page.get_by_text(tokens.SPENT)).to_be_visible()
    watched.faults.clear()  # the browser notes the status of the refusal


def code_of(secret: bytes, later: int = 0) -> str:
    """What an authenticator shows, now or some steps later."""
    return totp.code(secret, totp.step_of(datetime.now(UTC)) + later)


def test_with_codes_the_login_asks_for_one(person: Person, keep: Keep, watched: Watched) -> None:
    page = own(person)
    page.locator("a[href=codes]").click()
    page.get_by_label("Your password").fill(PASSWORD)
    screen.press(page, "Go on")
    secret = base64.b32decode(page.locator("input[name=key]").input_value())
    keep(page, "codes")
    page.get_by_label("Code").fill(code_of(secret))
    screen.press(page, "Ask for codes from now on")
    at_account(page)
    expect(page.get_by_text("asked for", exact=False).first).to_contain_text("asked for Switch off")
    other = person("account")
    enter(other)
    expect(other.get_by_text("Type the code that your authenticator shows now.")).to_be_visible()
    other.get_by_label("Code").fill(code_of(secret, 1))
    screen.press(other, "Log in")
    at_account(other).locator("a[href=codes]").click()
    other.get_by_label("Your password, or a code").fill(PASSWORD)
    screen.press(other, "Ask for no code")
    expect(at_account(other).locator("a[href=codes]")).to_have_text("Switch on")


def test_the_zone_of_who_looks_is_that_of_pages_and_files(person: Person, peopled: Serving) -> None:
    page = own(person)
    page.get_by_label("Time zone").fill("Asia/Kolkata")
    page.get_by_role("option", name="Asia/Kolkata").click()
    page.get_by_label("Full name").fill("Ada Lovelace")
    screen.press(page, "Save")
    expect(page.get_by_text("Saved. Every page")).to_be_visible()
    held = users.by_name(peopled.store, "Ada")
    assert held
    assert (held.zone, held.full_name, held.company) == ("Asia/Kolkata", "Ada Lovelace", "Exchange")
    noted = audit.page(peopled.store, Filter(verb="change", object="Ada"))
    assert [one.words for one in noted] == ["full_name=Ada Lovelace zone=Asia/Kolkata"]
    # what is known of a session is asked anew every few seconds
    visitor = Visitor(peopled.port)
    visitor.enter("Ada")
    until(lambda: "+05:30" in visitor.get("/export.csv?period=24h").body)
    until(lambda: "Asia/Kolkata" in _span(page, peopled))
    expect(page.get_by_text("Mon 9 Mar 2026 20:30 – Tue 10 Mar 2026 20:30, Asia/Kolkata")).to_be_visible()


def _span(page: Page, peopled: Serving) -> str:
    """The period that the dashboard says it shows."""
    page.goto(f"{peopled.url}/dashboard")
    page.wait_for_function("() => window.__armed")
    screen.drawn(page)
    return page.get_by_text(re.compile(r"Mar 2026 \d\d:\d\d –")).first.inner_text()


def test_a_field_that_cannot_be_says_so_and_the_later_of_two_is_told(
    person: Person, peopled: Serving
) -> None:
    page = own(person)
    page.get_by_label("Telephone").fill("+" * 201)
    screen.press(page, "Save")
    expect(page.get_by_text("The phone is longer than 200 characters; shorten it.")).to_be_visible()
    page.get_by_label("Telephone").fill("<b>+33 1</b>")
    held = users.by_name(peopled.store, "Ada")
    assert held
    users.change(peopled.store, held._replace(company="Night shift"))
    screen.press(page, "Save")
    expect(page.get_by_text("was changed or removed by somebody else meanwhile")).to_be_visible()
    screen.press(page, "Undo")
    expect(page.get_by_label("Company")).to_have_value("Night shift")
    page.get_by_label("Telephone").fill("<b>+33 1</b>")
    screen.press(page, "Save")
    expect(page.get_by_text("Saved. Every page")).to_be_visible()
    assert (users.by_name(peopled.store, "Ada") or held).phone == "<b>+33 1</b>"


def test_a_key_is_made_shown_once_used_by_a_program_and_ended(
    person: Person, peopled: Serving, keep: Keep
) -> None:
    page = own(person)
    screen.press(page, "Make a key")
    expect(page.get_by_text("A key needs a name of up to 60 characters")).to_be_visible()
    page.get_by_label("Name, such as that of the program").fill("billing <b>")
    screen.press(page, "Make a key")
    shown = page.locator("code")
    expect(shown).to_be_visible()
    told = {"Authorization": f"Bearer {shown.inner_text()}"}
    assert Visitor(peopled.port).get("/api/v1/switch/", **told).status == 200
    keep(page, "account-keys")
    row = page.get_by_role("button", name="billing <b>")
    row.click()
    screen.press(page, "End billing <b>")
    expect(shown).to_be_visible()  # the first click asks
    screen.press(page, "Really end billing <b>?")
    expect(page.get_by_text("The key billing <b> has ended.")).to_be_visible()
    expect(page.get_by_text("No key. A program shows one")).to_be_visible()
    assert Visitor(peopled.port).get("/api/v1/switch/", **told).status == 401
    held = audit.page(peopled.store, Filter(object="Ada"))
    assert {"add key", "remove key"} <= {one.verb for one in held}
    # whoever sat at her page a moment made none that she does not know of
    (letter,) = letters(peopled.store)
    assert (letter["To"], letter["Subject"]) == ("ada@example.org", CHANGES["key"][0])


def test_a_mail_report_of_ones_own_calls_is_asked_for_and_ended(
    person: Person, peopled: Serving, keep: Keep
) -> None:
    page = own(person)
    expect(page.get_by_text("No letter is sent.")).to_be_visible()
    for wanted in ("every week", "never"):
        page.get_by_label("How often").click()
        page.get_by_role("menuitem", name=wanted).click()
        screen.press(page, "Save the report")
        held = users.by_name(peopled.store, "Ada")
        assert held
        if wanted == "never":
            expect(page.get_by_text("No letter is sent.")).to_be_visible()
        else:
            expect(
                page.get_by_text("The letter goes to ada@example.org, every week at 07:00 (UTC).")
            ).to_be_visible()
            keep(page, "account-report")
        report = mail_reports.of_user(peopled.store, held.id)
        assert report and report.active is (wanted != "never")
    noted = audit.page(peopled.store, Filter(kind="mail report"))
    assert [one.words for one in noted] == ["off", "every=week hour=7"]


@pytest.mark.parametrize("dark", [False, True])
def test_the_account_fits_on_a_phone(person: Person, keep: Keep, dark: bool) -> None:
    page = own(person, width=390, height=844, dark=dark)
    keep(page, f"account-phone-{'dark' if dark else 'light'}")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    for name in ("password", "email", "codes"):
        page.goto(page.url.replace("account", name))
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
        page.get_by_role("link", name="Back to your account").click()
        at_account(page)


def test_who_is_a_customer_sees_what_may_be_seen_and_no_more(
    filled: Store, person: Person, keep: Keep
) -> None:
    held = users.by_name(filled, "Ada")
    assert held
    invited(filled, "Bob", role="customer")
    page = person("account")
    page.get_by_label("Name").fill("Bob")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    screen.press(page, "Log in")
    at_account(page)
    keep(page, "account")
    facts = page.locator("dl").inner_text()
    for part in ("Bob", "customer", "2000", "Lyon"):
        assert part in facts


def test_where_nobody_logs_in_there_is_one_sentence(visit: Opener) -> None:
    page = visit("account")
    expect(page.get_by_text("Nobody logs in here, so there is no account.")).to_be_visible()
    expect(page.get_by_label("Full name")).to_have_count(0)
