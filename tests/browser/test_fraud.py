"""Fraud: what the rules found of calls that were imported and judged, the way to just those calls, and the
rules set in the page; of accounts and callers that try to be markup.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect
from pydantic import SecretStr

from alerts import arrived, fraud
from app.export import chunks
from app.pages.fraud import SHOWN
from app.viewer import DEMO, EVERYBODY, READ_ONLY
from ingest.importer import run
from ingest.recipe import Options
from store import fraud_events, fraud_rules, lists
from store.connection import transaction
from store.database import Store, open_store
from store.fraud_events import Finding, Judged
from store.lists import Entry
from store.record import CDR
from store.settings import Settings
from tests.browser import screen
from tests.browser.conftest import Keep, Opener
from tests.browser.serving import Serving
from tests.cast import ALICE, BOB, call

EVIL = "<b>Eve</b> \"quoted\" 'too' <script>alert(1)</script>"
CALLER = "<img src=x onerror=alert(1)>"
DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - 2 * DAY
PREMIUM, CUBA = "+338991234{:02}", "+535123{:04}"


def placed() -> Iterator[CDR]:
    """Calls of two days ago at noon, and of forty days ago."""
    # Alice's five premium-rate calls; a sixth forty days before
    for i in range(5):
        yield call(
            f"alice-{i}", NOON + (3 + i) * MINUTE, 65, 60, account=ALICE, destination=PREMIUM.format(i)
        )
    yield call("alice-old", NOON - 40 * DAY, 65, 60, account=ALICE, destination=PREMIUM.format(0))
    # beside them: hers to others, Bob's to the same numbers, and hers before and after
    for i in range(9):
        yield call(f"other-{i}", NOON + i * MINUTE, 30, 20, account=ALICE)
    for hours in (-3, 3):
        yield call(f"away{hours}", NOON + hours * 60 * MINUTE, 30, 20, account=ALICE)
    yield call("bob", NOON + 4 * MINUTE, 65, 60, account=BOB, destination=PREMIUM.format(1))
    # an account that tries to be markup, and a caller of nobody's who does
    yield call("eve", NOON + 20 * MINUTE, 65, 60, account=EVIL, destination=PREMIUM.format(7))
    for i in range(35):
        number = f"+336000000{i:02}"
        yield call(f"bot-{i}", NOON + 60 * MINUTE + i * SECOND, 5, caller=CALLER, destination=number)
    # and one to a number that is listed
    yield call("cuba", NOON + 90 * MINUTE, 35, 30, account=EVIL, destination=CUBA.format(1), country="CU")


@pytest.fixture(scope="module")
def judged(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store into which these calls were imported, all judged."""
    folder: Path = tmp_path_factory.mktemp("fraud")
    settings = Settings(data=folder, mongo_uri=SecretStr(mongo_uri), database="fraud")
    file = folder / "calls.csv"
    file.write_bytes(b"".join(chunks(iter(sorted(placed(), key=lambda one: one.start)), ZoneInfo("UTC"))))
    with open_store(settings) as store:
        lists.add(store, Entry("", "", "black", "53", "", f"Cuba {CALLER}", "Ada", NOON))
        run(store, file, Options())
        arrived.look(store, NOON + DAY)
        yield store
        store.client.drop_database("fraud")


@pytest.fixture(scope="module")
def server(judged: Store) -> Iterator[Serving]:
    """The pages over that store."""
    found = Serving(judged)
    found.start()
    yield found
    found.stop()


@pytest.fixture
def untouched(judged: Store) -> Iterator[Store]:
    """The store with its rules as they ship, before and after."""
    yield judged
    judged.db[fraud_rules.NAME].delete_many({})


def lines(page: Page, title: str = "What the rules found") -> Locator:
    """The lines of a card."""
    return screen.card(page, title).locator(".found li a")


def rule(page: Page, name: str) -> Locator:
    """The line of a rule."""
    return page.locator(".rules section", has=page.get_by_text(name, exact=True))


def choose(page: Page, label: str, option: str) -> None:
    """Choose in one of the selects on top."""
    screen.card(page, "What the rules found").get_by_role("combobox", name=label).click()
    page.get_by_role("menuitem", name=option, exact=True).click()


def test_what_was_found_leads_to_just_those_calls(
    judged: Store, server: Serving, visit: Opener, keep: Keep
) -> None:
    events = {(one.rule, one.account): one for one in fraud_events.events(judged, since=NOON - 5 * DAY)}
    assert events["premium", ALICE].calls == 5 and events["one-caller", ""].calls == 35
    page = visit("fraud", url=server.url)
    expect(lines(page)).to_have_count(len(events) + 1)
    keep(page, "fraud")
    for account, name, calls in ((ALICE, "Premium-rate", 5), ("", "Short calls from one", 35)):
        page = visit("fraud?rule=" + ("premium" if account else "one-caller"), url=server.url)
        chosen = lines(page).filter(has_text=name).filter(has_text=account or CALLER).first
        expect(chosen).to_contain_text(f"{calls} calls in a quarter of an hour, ")
        chosen.click()
        page.wait_for_url("**/explore?**")
        screen.drawn(page)
        screen.expect_calls(page, calls)


def test_it_is_filtered_by_rule_time_and_account(server: Serving, visit: Opener) -> None:
    page = visit("fraud", url=server.url)
    choose(page, "Rule", "Premium-rate numbers")
    expect(lines(page)).to_have_count(4)
    choose(page, "Time", "Last 7 days")
    expect(lines(page)).to_have_count(3)
    account = page.get_by_label("Account", exact=True)
    account.fill(BOB)
    account.press("Enter")
    expect(lines(page)).to_have_count(1)
    expect(lines(page)).to_contain_text("1 call in a quarter of an hour, 1 is the limit")
    expect(lines(page)).to_contain_text("to +33899123401 (France)")
    with page.expect_download() as found:
        page.get_by_role("link", name="CSV").click()
    rows = found.value.path().read_text(encoding="utf-8").splitlines()
    assert len(rows) == 2 and ",premium,2000,33899123401,1,1,calls in a quarter of an hour," in rows[1]
    account.fill("nobody")
    account.press("Enter")
    expect(page.get_by_text("Nothing of that was found in this time.")).to_be_visible()


def test_what_callers_write_is_text_and_nothing_else(server: Serving, visit: Opener) -> None:
    page = visit("fraud", url=server.url)
    expect(lines(page).filter(has_text=EVIL).first).to_be_visible()
    expect(lines(page).filter(has_text=f"from {CALLER}")).to_contain_text("several or none")
    hit = lines(page, "Calls to listed numbers")
    expect(hit).to_contain_text(CUBA.format(1))
    expect(hit).to_contain_text(f"53 Cuba {CALLER}")
    expect(hit).to_contain_text(EVIL)
    expect(screen.card(page, "Calls to listed numbers").get_by_role("link", name="Lists")).to_be_visible()
    assert page.evaluate("() => document.querySelectorAll('img[src=x]').length") == 0
    hit.click()
    page.wait_for_url("**/explore?**")
    screen.drawn(page)
    screen.expect_calls(page, 1)


def test_rules_are_switched_and_limited_and_stay_so(
    untouched: Store, server: Serving, visit: Opener, keep: Keep
) -> None:
    page = visit("fraud", url=server.url)
    wangiri, budget = rule(page, "Wangiri"), rule(page, "Minutes of a day")
    expect(wangiri.get_by_role("switch")).to_be_checked()
    expect(wangiri.locator(".limit")).to_have_attribute("placeholder", "20")
    expect(wangiri.get_by_role("button", name="Save")).to_be_hidden()
    wangiri.get_by_role("switch").uncheck()
    wangiri.get_by_role("button", name="Save").click()
    expect(wangiri.get_by_text("Kept")).to_be_visible()
    budget.locator(".limit").fill("many")
    budget.locator(".limit").press("Enter")
    expect(budget.get_by_text("'many' is no limit; write a number above 0")).to_be_visible()
    budget.locator(".limit").fill("600")
    budget.locator(".own").fill("1000: 50; 2000")
    budget.get_by_role("button", name="Save").click()
    expect(budget.get_by_text("'50; 2000' is no limit")).to_be_visible()
    budget.locator(".own").fill(f'1000:50, "{EVIL.replace(chr(34), chr(34) * 2)}": 2.5')
    keep(page, "fraud-rules")
    budget.get_by_role("button", name="Save").click()
    expect(budget.get_by_text("Kept")).to_be_visible()
    held = fraud.choices(untouched)
    assert not held["wangiri"].active and held["wangiri"].limit is None
    assert (held["budget"].limit, dict(held["budget"].own)) == (600, {"1000": 50, EVIL: 2.5})
    page.reload()
    expect(rule(page, "Wangiri").get_by_role("switch")).not_to_be_checked()
    expect(rule(page, "Minutes of a day").locator(".limit")).to_have_value("600")
    expect(rule(page, "Minutes of a day").locator(".own")).to_have_value(
        f'1000: 50, "{EVIL.replace(chr(34), chr(34) * 2)}": 2.5'
    )


def test_what_somebody_else_changed_meanwhile_is_said_and_not_lost(
    untouched: Store, server: Serving, visit: Opener
) -> None:
    page = visit("fraud", url=server.url)
    premium = rule(page, "Premium-rate numbers")
    premium.locator(".limit").fill("7")
    fraud_rules.choose(untouched, fraud.choices(untouched)["premium"]._replace(limit=3))
    premium.get_by_role("button", name="Save").click()
    expect(premium.get_by_text("was changed by somebody else meanwhile")).to_be_visible()
    expect(premium.locator(".limit")).to_have_value("7")
    premium.get_by_role("button", name="Undo").click()
    expect(premium.locator(".limit")).to_have_value("3")
    premium.locator(".limit").fill("")
    premium.get_by_role("button", name="Save").click()
    expect(premium.get_by_text("Kept")).to_be_visible()
    assert fraud.choices(untouched)["premium"].limit is None


def test_where_nothing_was_found_it_says_what_is_looked_for(visit: Opener, keep: Keep) -> None:
    page = visit("fraud")
    expect(page.get_by_text("Nothing was found. The rules below look at every call")).to_be_visible()
    expect(page.get_by_text("No call to a number that a black list names.")).to_be_visible()
    expect(page.locator(".rules section")).to_have_count(len(fraud.RULES))
    keep(page, "fraud-empty")


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_on_a_phone(dark: bool, server: Serving, visit: Opener, keep: Keep) -> None:
    page = visit("fraud", url=server.url, width=390, height=844, dark=dark)
    expect(lines(page).first).to_be_visible()
    expect(page.locator(".rules section").last).to_be_attached()
    keep(page, f"fraud-phone-{'dark' if dark else 'light'}")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    wide = ".found a, .found span, .rules section, .rules input"
    rights = page.locator(wide).evaluate_all("all => all.map(one => one.getBoundingClientRect().right)")
    assert max(rights) <= 390


def test_older_ones_are_shown_below(judged: Store, server: Serving, visit: Opener) -> None:
    nights = [NOON - i * DAY for i in range(1, SHOWN + 6)]
    found = [Finding("night", at, at + DAY, BOB, "", 300, 240, 9, 18e3, at, {}) for at in nights]
    looked = [Judged("night", at) for at in nights]
    transaction(judged.client, lambda s: fraud_events.replace(judged, s, looked, found, NOON))
    page = visit("fraud?rule=night", url=server.url)
    expect(lines(page)).to_have_count(SHOWN)
    screen.press(page, "Older")
    expect(lines(page)).to_have_count(len(nights))
    expect(page.get_by_role("button", name="Older")).to_be_hidden()
    transaction(judged.client, lambda s: fraud_events.replace(judged, s, looked, [], NOON))


def test_a_customer_sees_nothing_of_it(judged: Store, visit: Opener) -> None:
    customers = Serving(judged, guest=EVERYBODY._replace(accounts=(ALICE,), rights=frozenset()))
    customers.start()
    page = visit("fraud", url=customers.url)
    expect(page.get_by_text("This page is not for you.")).to_be_visible()
    expect(page.locator(".found, .rules")).to_have_count(0)
    answer = page.request.get(f"{customers.url}/fraud.csv")
    assert (answer.status, answer.text()) == (403, "This file is not for you.\n")
    page.close()
    customers.stop()


def test_who_may_change_nothing_is_told_so_at_the_rule(untouched: Store, visit: Opener) -> None:
    demo = Serving(untouched, guest=DEMO)
    demo.start()
    page = visit("fraud", url=demo.url)
    rule(page, "Wangiri").get_by_role("switch").uncheck()
    rule(page, "Wangiri").get_by_role("button", name="Save").click()
    expect(rule(page, "Wangiri").get_by_text(READ_ONLY)).to_be_visible()
    assert fraud.choices(untouched)["wangiri"].active
    page.close()
    demo.stop()
