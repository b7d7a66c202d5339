"""The login in a real browser: who comes in, what a wrong password says, and that what ends a session ends it
on every page that is open.
"""

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.viewer import DEMO, READ_ONLY
from store import credentials, mail_reports, outbox, totp, users
from store.database import Store
from store.mail_reports import MailReport
from tests.browser import screen
from tests.browser.conftest import UNTIL, WAIT, Keep, Watched
from tests.browser.serving import Serving
from tests.people import PASSWORD, invited

KEPT = ("users", "passwords", "totps", "tokens", "sessions", "login_tries", "audit")
WRONG = "The name or the password is wrong."
Comes = Callable[..., Page]
FOCUSED = "() => document.activeElement.name || document.activeElement.textContent.trim()"
CONSOLE = "console: Failed to load resource: the server responded with a status of 403 (Forbidden)"


@pytest.fixture
def peopled(filled: Store) -> Iterator[Serving]:
    """A server of the filled store where Ada, and Alice of the sample's first account, log in."""
    invited(filled, "Ada")
    invited(filled, "Alice")
    server = Serving(replace(filled), guest=None)
    server.start()
    yield server
    server.stop()
    for name in KEPT:
        filled.db[name].delete_many({})


@pytest.fixture
def comes(chromium: Browser, peopled: Serving, watched: Watched) -> Iterator[Comes]:
    """Somebody at a browser of their own, at the page that they asked for."""
    contexts: list[BrowserContext] = []

    def came(path: str = "login", width: int = 1440, height: int = 900, dark: bool = False) -> Page:
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


def enter(page: Page, name: str = "Alice", password: str = PASSWORD) -> Page:
    """Fill in the login and send it."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    screen.press(page, "Log in")
    return page


def opened(page: Page, path: str = "about") -> Page:
    """Wait until a page is drawn."""
    page.wait_for_url(f"**/{path}")
    page.wait_for_function("() => window.__armed")
    return page


def ways(page: Page, name: str) -> list[str]:
    """The pages that the head of somebody's page leads to, by their names in the address."""
    expect(page.locator("nav summary", has_text=name)).to_be_visible()
    found: list[str] = page.locator("nav a:not(.wall)").evaluate_all(
        "(all) => all.map((one) => one.getAttribute('href'))"
    )
    return found


def test_who_logs_in_goes_on_to_the_page_that_was_asked_for(comes: Comes, keep: Keep) -> None:
    page = comes("about")
    page.wait_for_url("**/login?next=*")
    keep(page, "login")
    opened(enter(page))
    expect(page.locator("nav summary", has_text="Alice")).to_be_visible()


def test_a_wrong_password_says_so_at_the_form_and_keeps_the_name(comes: Comes, watched: Watched) -> None:
    page = enter(comes(), "Alice", "not hers at all")
    expect(page.get_by_role("alert")).to_have_text(WRONG)
    expect(page.get_by_label("Name")).to_have_value("Alice")
    expect(page.get_by_label("Password", exact=True)).to_have_value("")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    assert {*watched.faults} <= {CONSOLE}
    watched.faults.clear()


def test_a_code_is_asked_for_in_a_second_step_without_the_password(
    comes: Comes, peopled: Serving, keep: Keep, watched: Watched
) -> None:
    alice = users.by_name(peopled.store, "Alice")
    assert alice
    secret = base64.b32decode(totp.begin(peopled.store, alice.id, "Alice").secret)
    past = datetime.now(UTC) - 2 * totp.STEP
    assert credentials.protect(peopled.store, alice.id, totp.code(secret, totp.step_of(past)), past)
    page = enter(comes("login?next=about"))
    expect(page.get_by_text("Type the code that your authenticator shows now.")).to_be_visible()
    expect(page.get_by_label("Code")).to_be_focused()
    assert PASSWORD not in page.content() and page.locator("input[type=password]").count() == 0
    keep(page, "login-code")
    page.get_by_label("Code").fill("12345x")
    screen.press(page, "Log in")
    expect(page.get_by_role("alert")).to_contain_text("This code is wrong")
    page.get_by_label("Code").fill(totp.code(secret, totp.step_of(datetime.now(UTC))))
    screen.press(page, "Log in")
    opened(page)
    assert {*watched.faults} <= {CONSOLE}
    watched.faults.clear()


def test_a_logout_in_another_tab_closes_this_one(comes: Comes, watched: Watched) -> None:
    page = opened(enter(comes("login?next=about")))
    tab = page.context.new_page()
    tab.goto(page.url)
    opened(tab)
    tab.locator("nav summary", has_text="Alice").click()
    screen.press(tab, "Log out")
    tab.wait_for_url("**/login")
    page.wait_for_url("**/login*")
    watched.faults.clear()  # a page whose connection is cut says so


def test_the_open_page_of_who_is_disabled_goes_to_the_login(
    comes: Comes, peopled: Serving, watched: Watched
) -> None:
    page = opened(enter(comes("login?next=about")))
    alice = users.by_name(peopled.store, "Alice")
    assert alice
    users.disable(peopled.store, alice.id)
    page.wait_for_url("**/login*")
    enter(page)
    expect(page.get_by_role("alert")).to_have_text(WRONG)
    watched.faults.clear()


def test_the_ways_of_a_customer_lead_to_their_own_pages_and_those_of_an_admin_to_all(comes: Comes) -> None:
    alice = ways(opened(enter(comes("login?next=about"))), "Alice")
    assert {"dashboard", "explore", "account", "about"} <= {*alice}
    assert not {"users", "sources", "alarms", "audit", "settings", "import", "tasks"} & {*alice}
    ada = ways(opened(enter(comes("login?next=about"), "Ada")), "Ada")
    assert {*alice} < {*ada} and {"users", "audit", "sources"} <= {*ada}


def test_a_page_that_is_not_theirs_says_so_and_shows_nothing(comes: Comes) -> None:
    page = opened(enter(comes("login?next=users")), "users")
    expect(page.get_by_text("This page is not for you.")).to_be_visible()
    assert page.get_by_text("Ada").count() == 0


def test_by_the_keyboard_alone_one_comes_in_and_out(comes: Comes) -> None:
    page = comes("login?next=about")
    assert page.evaluate(FOCUSED) == "name"
    page.keyboard.type("Alice")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "password"
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Log in"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    opened(page)
    page.locator("nav summary", has_text="Alice").focus()
    page.keyboard.press("Enter")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/login")


@pytest.mark.parametrize("dark", [False, True])
def test_the_login_fits_on_a_phone(comes: Comes, keep: Keep, watched: Watched, dark: bool) -> None:
    page = comes(width=390, height=844, dark=dark)
    keep(page, f"login-phone-{'dark' if dark else 'light'}")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    enter(page, "Alice", "x" * 200)
    expect(page.get_by_role("alert")).to_have_text(WRONG)
    keep(page, f"login-phone-wrong-{'dark' if dark else 'light'}")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    watched.faults.clear()


def test_the_demo_is_marked_and_its_buttons_say_that_nothing_is_changed(
    filled: Store, chromium: Browser, watched: Watched, keep: Keep
) -> None:
    server = Serving(filled, guest=DEMO)
    server.start()
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(WAIT)
    watched.watch(context)
    page = context.new_page()
    try:
        page.goto(f"{server.url}/mail-report")
        opened(page, "mail-report")
        expect(page.locator("nav .demo")).to_have_text("Demo")
        screen.press(page, "Add a mail report")
        page.get_by_label("Name", exact=True).fill("Mine")
        page.get_by_label("E-mail addresses, with commas").fill("eve@example.org")
        screen.press(page, "Save")
        expect(page.get_by_text(READ_ONLY)).to_be_visible()
        keep(page, "demo")
        assert mail_reports.everything(filled) == []
        held = mail_reports.add(filled, MailReport(name="All calls", emails=("ada@example.org",)), UNTIL)
        page.goto(f"{server.url}/mail-report")
        opened(page, "mail-report")
        screen.press(page, "Send now")
        expect(page.get_by_text(READ_ONLY)).to_be_visible()
        assert outbox.latest(filled) == []
        mail_reports.remove(filled, held)
        # there is no login to go to, and nobody's account
        page.goto(f"{server.url}/login")
        page.wait_for_url("**/dashboard")
    finally:
        context.close()
        server.stop()
