"""Lists: numbers are put on them by prefix and by country, found, taken off, and put back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from store import lists
from store.database import Store
from store.lists import Entry
from tests.browser import screen
from tests.browser.conftest import UNTIL, Keep, Opener

HOSTILE = "<script>alert(1)</script>\"'"


@pytest.fixture
def unlisted(filled: Store) -> Iterator[Store]:
    """The filled store without a line on a list, before and after."""
    yield filled
    filled.db[lists.NAME].delete_many({})
    lists.set_remove_prefixes(filled, ())


def test_numbers_are_listed_found_taken_off_and_put_back(unlisted: Store, visit: Opener, keep: Keep) -> None:
    page = visit("lists")
    expect(page.get_by_text("No line. A call to a number on this list is marked")).to_be_visible()
    page.get_by_role("button", name="Add numbers").first.click()
    screen.press(page, "Add")
    expect(page.get_by_text("Say which numbers")).to_be_visible()
    page.get_by_label("Prefixes, digits with the country code").fill("33899, 88x")
    screen.press(page, "Add")
    expect(page.get_by_text("'88x' is no prefix")).to_be_visible()
    page.get_by_label("Prefixes, digits with the country code").fill("33899, 88")
    page.get_by_label("Why").fill(HOSTILE)
    screen.press(page, "Add")
    expect(page.get_by_text("2 lines added.")).to_be_visible()
    expect(page.get_by_text("33899…")).to_be_visible()
    expect(page.get_by_text(HOSTILE).first).to_be_visible()
    page.get_by_label("Search: a number, a country, an account, a word").fill("+33899123456")
    expect(page.get_by_text("88…", exact=True)).to_be_hidden()
    page.get_by_text("33899…").click()
    screen.press(page, "Remove")
    expect(page.get_by_text("33899… removed from the black list.")).to_be_visible()
    assert [one.prefix for one in lists.entries(unlisted)] == ["88"]
    screen.press(page, "Undo")
    expect(page.get_by_text("It is on the list again.")).to_be_visible()
    expect(page.get_by_text("33899…")).to_be_visible()
    keep(page, "lists")


def test_a_country_is_listed_whole_or_by_some_of_its_prefixes(unlisted: Store, visit: Opener) -> None:
    page = visit("lists")
    page.get_by_role("button", name="Add numbers").nth(1).click()
    page.get_by_role("button", name="A country").click()
    page.get_by_label("Country", exact=True).fill("cub")
    page.get_by_role("option", name="Cuba").click()
    page.get_by_label("Some of its prefixes (none: the whole country)").click()
    page.get_by_role("menuitem", name="535", exact=True).click()
    page.mouse.click(20, 880)  # beside everything: the menu closes
    screen.press(page, "Add")
    expect(page.get_by_text("535… (Cuba)")).to_be_visible()
    (one,) = lists.entries(unlisted)
    assert (one.kind, one.prefix, one.country) == ("white", "535", "CU")


def test_what_is_taken_off_numbers_is_kept(unlisted: Store, visit: Opener) -> None:
    page = visit("lists")
    field = page.get_by_label("Taken off numbers")
    expect(field).to_have_value("011 00 +")
    field.fill("00 1234# x")
    screen.press(page, "Keep")
    expect(page.get_by_text("'x' is no prefix")).to_be_visible()
    field.fill("00 1234#")
    screen.press(page, "Keep")
    expect(page.get_by_text("Kept; it is so")).to_be_visible()
    assert lists.remove_prefixes(unlisted) == ("1234#", "00")


def test_the_lists_fit_on_a_phone(unlisted: Store, visit: Opener, keep: Keep) -> None:
    for prefix, country in (("33899", ""), ("", "CU")):
        lists.add(unlisted, Entry("", "1000", "black", prefix, country, "premium rate " * 5, "Ada", UNTIL))
    page = visit("lists", width=390, height=844, dark=True)
    expect(page.get_by_text("All of Cuba")).to_be_visible()
    keep(page, "lists-phone-dark")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
