"""Users and the audit log in a browser, by people who log in for real: Ada adds, changes, disables and
removes; customers find nothing there.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from pydantic import SecretStr

from app.pages.plain import FORBIDDEN, Plain
from app.user_edits import NOT_YOURS
from store import audit, passwords, users
from store.database import Store, open_store
from store.people import User
from store.settings import Settings
from tests.browser import screen
from tests.browser.conftest import WAIT, Keep, Watched
from tests.browser.serving import Serving
from tests.browser.test_lasting import alive
from tests.cast import ALICE, BOB
from tests.conftest import empty
from tests.people import NOW, PASSWORD, WEAK, invited
from tests.store.servers import until

HOSTILE = "<img src=x onerror=alert(1)>"
NAME = "Name to log in with"
Enter = Callable[..., Page]


@pytest.fixture(scope="module")
def opened(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store of its own."""
    settings = Settings(
        data=tmp_path_factory.mktemp("people"), mongo_uri=SecretStr(mongo_uri), database="people"
    )
    with open_store(settings) as store:
        yield store


@pytest.fixture(scope="module")
def guarded(opened: Store) -> Iterator[Serving]:
    """A server at which people have to log in."""
    server = Serving(opened, guest=None)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def people(opened: Store, guarded: Serving) -> Iterator[Store]:
    """The store in which there is nobody but Ada."""
    empty(opened.db)
    opened.db["accounts"].insert_one({"_id": ALICE})
    invited(opened, "Ada")
    yield opened
    empty(opened.db)


@pytest.fixture
def enter(people: Store, guarded: Serving, chromium: Browser, watched: Watched) -> Iterator[Enter]:
    """Logs somebody in at a page that they ask for."""
    contexts: list[BrowserContext] = []

    def entered(who: str, path: str, width: int = 1440, dark: bool = False) -> Page:
        mobile = "Mozilla/5.0 (Linux; Android 15) Mobile" if width < 600 else None
        context = chromium.new_context(viewport={"width": width, "height": 900}, user_agent=mobile)
        contexts.append(context)
        context.set_default_timeout(WAIT)
        watched.watch(context)
        if dark:
            context.add_cookies([{"name": "cdr-theme", "value": "dark", "url": guarded.url}])
        page = context.new_page()
        page.goto(f"{guarded.url}/{path}")
        page.get_by_label("Name").fill(who)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_function("() => window.__armed")
        return page

    yield entered
    for context in contexts:
        context.close()


def line(page: Page, name: str) -> Locator:
    """The row of a user."""
    return page.locator("tr[role=button]", has=page.get_by_text(name, exact=True))


def named(store: Store, name: str) -> User:
    found = users.by_name(store, name)
    assert found
    return found


def deeds(store: Store) -> list[tuple[str, str, str, str]]:
    """What was noted but logins, the newest first: who, verb, of which, words."""
    found = audit.page(store, audit.Filter(kind="user"))
    return [(one.who, one.verb, one.object, one.words) for one in found]


def test_ada_adds_users_one_after_another_and_is_told_what_cannot_be(
    people: Store, enter: Enter, keep: Keep
) -> None:
    page = enter("Ada", "users")
    screen.press(page, "Add a user")
    page.get_by_label(NAME).fill(HOSTILE)
    page.get_by_label("E-mail").fill("nobody")
    screen.press(page, "Save and add another")
    expect(page.get_by_text("is no name to log in with")).to_be_visible()
    expect(page.get_by_text("'nobody' is no e-mail address")).to_be_visible()
    keep(page, "users-wrong")
    page.get_by_label(NAME).fill("Alice")
    page.get_by_label("E-mail").fill("alice@example.org")
    page.get_by_label("Other accounts, with commas").fill(f"{ALICE}, 1001")
    page.get_by_label("Full name").fill(HOSTILE)
    screen.press(page, "Make a password")
    made = page.locator("code").last.inner_text()
    screen.press(page, "Save and add another")
    expect(page.get_by_text("Alice is kept.").last).to_be_visible()
    expect(page.get_by_label(NAME)).to_have_value("")
    page.get_by_label(NAME).fill("alice")
    screen.press(page, "Save")
    expect(page.get_by_text("There is a user 'Alice' already; choose another name.")).to_be_visible()
    page.get_by_label(NAME).fill("Charlie")
    page.get_by_label(NAME).press("Enter")
    expect(page.get_by_text("Charlie is kept.")).to_be_visible()
    expect(page.get_by_label(NAME)).to_have_count(0)
    line(page, "Alice").click()
    expect(page.locator("dd", has_text=HOSTILE)).to_be_visible()
    keep(page, "users")
    alice = named(people, "Alice")
    assert (alice.accounts, alice.full_name) == ((ALICE, "1001"), HOSTILE)
    assert passwords.verify(people, alice.id, made)
    assert [deed[:3] for deed in deeds(people)] == [("Ada", "add", "Charlie"), ("Ada", "add", "Alice")]
    assert made not in repr(deeds(people))


def test_staff_are_given_rights_and_what_was_changed_is_undone(people: Store, enter: Enter) -> None:
    users.add(people, User(name="Sam"), NOW)
    page = enter("Ada", "users")
    line(page, "Sam").click()
    expect(page.get_by_role("heading", name="Sam")).to_be_visible()
    screen.press(page, "Change")
    page.get_by_role("combobox", name="Role").click()
    page.get_by_role("menuitem", name="staff").click()
    page.get_by_label("edits customers").check()
    screen.press(page, "Save")
    expect(page.get_by_text("Sam is kept.")).to_be_visible()
    assert (named(people, "Sam").role, named(people, "Sam").rights) == ("staff", ("users",))
    screen.press(page, "Undo")
    expect(page.get_by_text("Sam is as before.")).to_be_visible()
    assert (named(people, "Sam").role, named(people, "Sam").rights) == ("customer", ())
    assert deeds(people)[1] == ("Ada", "change", "Sam", "role=staff rights=users")


def test_the_later_of_two_who_change_a_user_is_told(people: Store, enter: Enter) -> None:
    alice = invited(people, "Alice")
    page = enter("Ada", "users")
    line(page, "Alice").click()
    expect(page.get_by_role("heading", name="Alice")).to_be_visible()
    screen.press(page, "Change")
    page.get_by_label("Company").fill("Mine")
    users.change(people, alice._replace(company="Another's"))
    screen.press(page, "Save")
    expect(page.get_by_text("was changed or removed by somebody else meanwhile")).to_be_visible()
    assert named(people, "Alice").company == "Another's"


def test_who_is_disabled_is_out_within_seconds(people: Store, enter: Enter) -> None:
    invited(people, "Alice")
    hers, page = enter("Alice", "dashboard"), enter("Ada", "users")
    line(page, "Alice").click()
    expect(page.get_by_role("heading", name="Alice")).to_be_visible()
    screen.press(page, "Disable")
    expect(page.get_by_text("Alice is disabled; open pages close within seconds.")).to_be_visible()
    hers.wait_for_url("**/login*")
    screen.press(page, "Enable")
    expect(page.get_by_text("Alice may log in again.")).to_be_visible()
    assert [deed[:3] for deed in deeds(people)] == [("Ada", "enable", "Alice"), ("Ada", "disable", "Alice")]


def test_to_remove_asks_first_and_the_way_back_says_what_is_gone(people: Store, enter: Enter) -> None:
    invited(people, "Alice")
    page = enter("Ada", "users")
    line(page, "Alice").click()
    screen.press(page, "Remove")
    expect(page.get_by_role("button", name="Really remove Alice?")).to_be_visible()
    assert named(people, "Alice")
    # to look at another one is to think again
    line(page, "Ada").click()
    expect(page.get_by_role("button", name="Remove", exact=True)).to_be_visible()
    screen.press(page, "Remove")
    screen.press(page, "Really remove Ada?")
    expect(page.get_by_text("Ada is the last admin who may log in")).to_be_visible()
    line(page, "Alice").click()
    screen.press(page, "Remove")
    screen.press(page, "Really remove Alice?")
    expect(page.get_by_text("Alice is removed;")).to_be_visible()
    expect(line(page, "Alice")).to_have_count(0)
    assert users.by_name(people, "Alice") is None
    screen.press(page, "Undo")
    expect(page.get_by_text("Alice is there again, without a password")).to_be_visible()
    assert passwords.changed(people, named(people, "Alice").id) is None


def test_the_log_is_filtered_and_an_entry_is_shown_whole(people: Store, enter: Enter, keep: Keep) -> None:
    long = f"{HOSTILE} {'x' * 300}"
    audit.put(people, audit.Entry(HOSTILE, "10.0.0.9", "remove", "alarm", HOSTILE, long), NOW)
    audit.put(people, audit.Entry("Alice", "10.0.0.9", "add", "source"), NOW)
    page = enter("Ada", "audit")
    page.get_by_role("combobox", name="Time").click()
    page.get_by_role("menuitem", name="All").click()
    expect(page.locator("tr[role=button]")).to_have_count(3)
    page.locator("tr[role=button]", has_text=HOSTILE).click()
    expect(page.locator("dd", has_text="x" * 300)).to_be_visible()
    keep(page, "audit")
    page.get_by_label("Person").fill("ADA")
    page.get_by_label("Person").press("Enter")
    expect(page.locator("tr[role=button]")).to_have_count(1)
    expect(page.locator("tr[role=button]")).to_contain_text("log in")


def test_what_is_changed_on_another_page_is_in_the_log(people: Store, enter: Enter) -> None:
    page = enter("Ada", "mail-report")
    screen.press(page, "Add a mail report")
    page.get_by_label("Name", exact=True).fill(HOSTILE)
    screen.press(page, "Save")  # without an address it is not kept, and nothing is noted
    expect(page.get_by_text("Give an address that it is sent to.")).to_be_visible()
    page.get_by_label("E-mail addresses, with commas").fill("ada@example.org")
    screen.press(page, "Save")
    expect(page.get_by_role("heading", name=HOSTILE)).to_be_visible()
    screen.press(page, "Remove")
    screen.press(page, "Really remove it?")
    expect(page.get_by_text("No mail report yet.")).to_be_visible()
    found = audit.page(people, audit.Filter(kind="mail report"))
    assert [one[:5] for one in found] == [
        ("Ada", "127.0.0.1", "remove", "mail report", HOSTILE),
        ("Ada", "127.0.0.1", "add", "mail report", HOSTILE),
    ]


def test_staff_find_the_customers_of_their_accounts_and_no_log(people: Store, enter: Enter) -> None:
    for name in ("Alice", "Bob", "Charlie"):
        invited(people, name)
    people.db["accounts"].insert_one({"_id": BOB})
    users.add(
        people, User(name="Sam", role="staff", rights=("users",), accounts=(ALICE,)), NOW, PASSWORD, WEAK
    )
    page = enter("Sam", "users")
    expect(page.locator("tr[role=button]")).to_have_count(2)
    page.get_by_label("Search").fill("alice@")
    expect(page.locator("tr[role=button]")).to_have_count(1)
    screen.press(page, "Change")
    expect(page.get_by_label("Other accounts, with commas")).to_be_hidden()
    role = page.get_by_role("combobox", name="Role")
    expect(role).to_have_text("customer")  # the choices have come
    role.click()
    expect(page.get_by_role("menuitem")).to_have_text(["customer"])
    page.keyboard.press("Escape")
    page.get_by_label("Company").fill("New")
    # what was given to Alice meanwhile makes her no longer theirs
    alice = named(people, "Alice")
    users.change(people, alice._replace(accounts=(ALICE, BOB)))
    screen.press(page, "Save")
    expect(page.get_by_text(NOT_YOURS)).to_be_visible()
    page.goto(page.url.replace("/users", "/audit"))
    expect(page.get_by_text(FORBIDDEN)).to_be_visible()


def test_a_customer_finds_nothing_there(people: Store, enter: Enter) -> None:
    invited(people, "Alice")
    page = enter("Alice", "users")
    for name in ("users", "audit"):
        page.goto(f"{page.url.rpartition('/')[0]}/{name}")
        expect(page.get_by_text(FORBIDDEN)).to_be_visible()
        expect(page.locator(".card, table, tr")).to_have_count(0)
        assert "Ada" not in page.content()
    expect(page.locator("nav")).not_to_contain_text("Users")


@pytest.mark.parametrize("dark", [False, True])
def test_both_fit_a_phone(people: Store, enter: Enter, dark: bool, keep: Keep) -> None:
    invited(people, "Alice", full_name=HOSTILE * 5, company="x" * 200)
    page = enter("Ada", "users", width=390, dark=dark)
    line(page, "Alice").click()
    expect(page.locator("dd", has_text=HOSTILE)).to_be_visible()
    keep(page, f"users-phone-{'dark' if dark else 'light'}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    screen.press(page, "Change")
    expect(page.get_by_label("Company")).to_have_value("x" * 200)
    keep(page, f"users-form-phone-{'dark' if dark else 'light'}")
    page.goto(page.url.replace("/users", "/audit"))
    expect(page.locator("tr[role=button]").first).to_contain_text("log in")
    keep(page, f"audit-phone-{'dark' if dark else 'light'}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_closed_pages_leave_no_session(people: Store, guarded: Serving, enter: Enter) -> None:
    guarded.wait_until_left()
    before = alive(Plain)  # of the servers that tests stopped in the middle of their pages
    for name in ("users", "audit"):
        page = enter("Ada", name)
        expect(page.locator("tr[role=button]").first).to_contain_text("Ada")
        page.context.close()
    guarded.wait_until_left()
    until(lambda: alive(Plain) <= before)
