"""The pages to look things up in a real browser: found while one types, told, and led on to calls."""

import re

from playwright.sync_api import expect

from app.pages import PAGES
from app.pages.hints import HELP
from store import cause_notes, switches
from store.database import Store
from tests.browser import screen
from tests.browser.conftest import Keep, Opener


def test_a_cause_is_found_while_one_types_and_leads_to_its_calls(visit: Opener, keep: Keep) -> None:
    page = visit("causes")
    expect(page.get_by_role("button", name="Normal clearing")).to_be_visible()
    page.get_by_label("Search").fill("busy")
    row = page.get_by_role("button", name="User busy")
    expect(page.get_by_role("button", name="Normal clearing")).to_be_hidden()
    row.press("Enter")
    expect(page.get_by_text("USER_BUSY")).to_be_visible()
    keep(page, "causes")
    page.get_by_label("Search").fill("no such thing")
    expect(page.get_by_text("No such cause.")).to_be_visible()


def test_a_number_tells_its_country(visit: Opener, keep: Keep) -> None:
    page = visit("countries", width=390, height=844)
    page.get_by_label("Search").fill("+44 20 7946 0000")
    expect(page.get_by_role("heading", name="United Kingdom")).to_be_visible()
    expect(page.get_by_text("begins numbers of United Kingdom alone.")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    keep(page, "countries-phone")


def test_the_settings_that_differ_are_shown_alone_and_no_secret_is(visit: Opener, keep: Keep) -> None:
    page = visit("settings")
    expect(page.get_by_role("button", name="retention_days")).to_be_visible()
    page.get_by_label("What differs from the default").click()
    expect(page.get_by_role("button", name="retention_days")).to_be_hidden()
    expect(page.get_by_role("button", name=re.compile("^database"))).to_be_visible()
    keep(page, "settings")


def test_about_tells_the_version_what_is_new_and_where_programs_ask(visit: Opener, keep: Keep) -> None:
    page = visit("about")
    expect(page.get_by_text("Mozilla Public License 2.0")).to_be_visible()
    keep(page, "about")
    page.get_by_role("link", name="The REST API").click()
    page.wait_for_url("**/api/v1/docs")


def test_a_switch_is_named_described_and_removed_and_the_later_of_two_is_told(
    visit: Opener, filled: Store, keep: Keep
) -> None:
    page = visit("switches")
    screen.press(page, "Add a switch")
    screen.press(page, "Save")
    expect(page.get_by_text("A switch has a name of up to 200 characters")).to_be_visible()
    page.get_by_label("Name, as its records have it").fill("<b>Nice</b>")
    page.get_by_label("IP address or host name").fill("192.0.2.7")
    keep(page, "switch-form")
    page.get_by_label("Note").press("Enter")
    row = page.locator("tr[role=button]", has_text="<b>Nice</b>")
    expect(row).to_contain_text("192.0.2.7")
    row.click()
    screen.press(page, "Describe")
    held = switches.one(filled, "<b>Nice</b>")
    assert held
    switches.keep(filled, held._replace(note="Bob was here"))
    page.get_by_label("Note").fill("Ada was here")
    screen.press(page, "Save")
    expect(page.get_by_text("was changed or removed by somebody else meanwhile")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Bob was here")).to_be_visible()
    screen.press(page, "Remove")
    screen.press(page, "Really remove <b>Nice</b>?")
    expect(row).to_be_hidden()
    screen.press(page, "Undo")
    expect(row).to_be_visible()
    keep(page, "switches")
    held = switches.one(filled, "<b>Nice</b>")
    assert held
    assert held.note == "Bob was here"
    switches.forget(filled, held, called=False)


def test_every_page_has_help_of_its_own(visit: Opener, keep: Keep) -> None:
    assert set(HELP) == set(PAGES)
    page = visit("explore", width=390, height=844)
    page.locator("summary", has_text="Help").click()
    hint = page.get_by_text("Every part narrows all others")
    expect(hint).to_be_visible()
    box = hint.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    keep(page, "help-phone")
    other = visit("alarms")
    other.locator("summary", has_text="Help").click()
    expect(other.get_by_text("An alarm looks at each hour")).to_be_visible()
    keep(other, "help")


def test_a_cause_is_described_and_taken_back_and_the_later_of_two_is_told(
    visit: Opener, filled: Store, keep: Keep
) -> None:
    page = visit("causes", width=390, height=844)
    screen.press(page, "Describe a cause")
    name, means = page.get_by_label("Name, as the records have it"), page.get_by_label("What it means")
    name.fill("user busy")
    means.fill("x")
    screen.press(page, "Save and add another")
    expect(page.get_by_text("What USER_BUSY means is said by Q.850; describe others.")).to_be_visible()
    name.fill("switch says no")
    means.fill("<b>Full</b>")
    screen.press(page, "Save and add another")
    expect(page.get_by_role("dialog").get_by_text("SWITCH_SAYS_NO is kept.")).to_be_visible()
    expect(name).to_have_value("")
    keep(page, "cause-form-phone")
    page.keyboard.press("Escape")
    page.get_by_label("Search").fill("switch says")
    expect(page.get_by_text("<b>Full</b>")).to_be_visible()
    screen.press(page, "Describe")
    expect(means).to_have_value("<b>Full</b>")
    held = cause_notes.everything(filled)["SWITCH_SAYS_NO"]
    cause_notes.keep(filled, held._replace(description="Bob was here"))
    means.fill("Ada was here")
    means.press("Enter")
    expect(page.get_by_text("was changed or removed by somebody else meanwhile")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Bob was here")).to_be_visible()
    screen.press(page, "Remove")
    screen.press(page, "Really remove SWITCH_SAYS_NO?")
    expect(page.get_by_text("What was said of SWITCH_SAYS_NO is removed.")).to_be_visible()
    screen.press(page, "Undo")
    expect(page.get_by_text("Bob was here")).to_be_visible()
    keep(page, "cause-phone")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert cause_notes.forget(filled, cause_notes.everything(filled)["SWITCH_SAYS_NO"])
