"""The views of Explore are linked: what is chosen in one narrows all the others, and the address holds it."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import screen
from tests.browser.conftest import WAIT, Opener
from tests.browser.serving import Serving

FRANCE = (2.5, 46.5)
PACIFIC = (-150, -30)


def test_a_row_of_the_country_table_chooses_it_everywhere_and_a_second_click_takes_it_off(
    visit: Opener,
) -> None:
    page = visit("explore?period=30d", height=2200)
    screen.drawn(page)
    every = screen.calls(page)
    row = screen.rows(page, "Countries").nth(1)
    name, count = row.locator("td").nth(0).inner_text(), row.locator("td").nth(1).inner_text()
    row.click()
    screen.expect_chips(page, name)
    expect(page.locator(".tile b").first).to_have_text(count)
    screen.expect_query(page, "country=")
    # its own view keeps all countries and highlights the one, the table of calls has only its
    expect(screen.rows(page, "Countries")).to_have_count(10)
    expect(row).to_have_class(re.compile("chosen"))
    expect(screen.rows(page, "Calls").first).to_contain_text(name)
    row.click()
    screen.expect_chips(page)
    screen.expect_calls(page, every)


def test_a_click_on_the_map_chooses_the_country_and_on_the_sea_none(visit: Opener) -> None:
    page = visit("explore?period=30d", height=1200)
    screen.drawn(page)
    every = screen.calls(page)
    screen.click_map(page, *FRANCE)
    screen.expect_chips(page, "France")
    screen.expect_query(page, "country=FR")
    screen.click_map(page, *PACIFIC)
    screen.expect_chips(page)
    screen.expect_calls(page, every)


def test_a_marker_of_a_country_too_small_to_hit_chooses_it(visit: Opener) -> None:
    page = visit("explore?period=30d", height=1200)
    screen.drawn(page)
    screen.click_map(page, 103.82, 1.35)
    screen.expect_chips(page, "Singapore")


def test_a_click_on_a_slice_chooses_its_country(visit: Opener) -> None:
    page = visit("explore?period=30d", height=1200)
    screen.drawn(page)
    first = screen.column(page, "AnnularWedge", "name")[0]
    # the first slice begins at the top and runs clockwise
    page.mouse.click(*screen.place(page, "Countries", 0.2, 0.75))
    screen.expect_chips(page, first)


def test_a_cause_narrows_the_others_and_keeps_all_causes(visit: Opener) -> None:
    page = visit("explore?period=30d", height=2200)
    screen.drawn(page)
    causes = screen.rows(page, "Hangup causes").count()
    busy = screen.rows(page, "Hangup causes").filter(has_text="User busy")
    count = busy.locator("td").nth(2).inner_text()
    busy.click()
    screen.expect_chips(page, "User busy")
    expect(page.locator(".tile b").first).to_have_text(count)
    expect(screen.rows(page, "Hangup causes")).to_have_count(causes)
    expect(page.locator(".tile", has_text="Answered").locator("b")).to_have_text("0")


def test_a_drag_over_hours_narrows_to_them_and_keeps_the_whole_day_to_compare(visit: Opener) -> None:
    page = visit("explore?period=7d&day=2026-03-09", height=2200)
    screen.drawn(page)
    screen.drag(page, "Hour by hour", 0.5, 0.6)
    screen.expect_query(page, "hours=2026-03-09T")
    expect(page.locator("button.chip")).to_have_count(1)
    assert screen.chips(page)[0].startswith("Mon 9 Mar 2026, ")
    screen.expect_distinct(page, "Quad", "color", 2)
    assert len(screen.column(page, "Quad", "right")) == 24


def test_a_drag_over_concurrent_calls_narrows_to_that_time(visit: Opener) -> None:
    page = visit("explore?period=7d", height=2200)
    screen.drawn(page)
    screen.drag(page, "Concurrent calls", 0.4, 0.6)
    screen.expect_query(page, "hours=2026-03-0")
    expect(page.locator("button.chip")).to_have_count(1)


def test_back_and_forward_walk_through_what_was_chosen_and_a_reload_keeps_it(visit: Opener) -> None:
    page = visit("explore?period=30d", height=2200)
    screen.drawn(page)
    screen.rows(page, "Countries").nth(0).click()
    expect(page.locator("button.chip")).to_have_count(1)
    one = screen.chips(page)
    screen.rows(page, "Hangup causes").filter(has_text="User busy").click()
    screen.expect_chips(page, *one, "User busy")
    page.go_back()
    screen.expect_chips(page, *one)
    page.go_back()
    screen.expect_chips(page)
    assert screen.query(page) == "period=30d"
    page.go_forward()
    page.go_forward()
    screen.expect_chips(page, *one, "User busy")
    expect(page.locator(".tile", has_text="Answered").locator("b")).to_have_text("0")
    count = screen.calls(page)
    page.reload()
    page.wait_for_function("() => window.__armed")
    screen.drawn(page)
    screen.expect_chips(page, *one, "User busy")
    screen.expect_calls(page, count)


@pytest.mark.parametrize(("card", "field"), [("Countries", "country"), ("Hangup causes", "cause")])
def test_a_click_counts_as_soon_as_there_is_something_to_click(
    card: str, field: str, chromium: Browser, serving: Serving
) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 2200})
    page = context.new_page()
    # a slow machine shows rows long before the last figure is painted
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    page.goto(f"{serving.url}/explore?period=30d", wait_until="commit")
    row = screen.rows(page, card).nth(1)
    name = row.locator("td").first.inner_text(timeout=WAIT)
    box = row.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
    screen.expect_chips(page, name)
    screen.expect_query(page, f"{field}=")
    expect(row).to_have_class(re.compile("chosen"))
    context.close()


def test_chips_are_taken_off_one_by_one_or_all_at_once(visit: Opener) -> None:
    page = visit("explore?period=30d&country=FR&country=DE&cause=USER_BUSY&caller=begins:%2B&talk=ge:0")
    screen.drawn(page)
    expect(page.locator("button.chip")).to_have_count(5)
    page.get_by_title("Take off: France").click()
    expect(page.locator("button.chip")).to_have_count(4)
    assert "country=DE" in screen.query(page)
    page.get_by_text("Take all off").click()
    screen.expect_chips(page)
    assert screen.query(page) == "period=30d"


def test_nonsense_in_the_address_is_left_out_and_said(visit: Opener) -> None:
    page = visit("explore?period=%3Cscript%3E&talk=ge:nan&hours=x&back=99&country=FR&evil=1")
    screen.drawn(page)
    expect(
        page.get_by_text("Not understood in the address, and left out: period, talk, hours, back, evil.")
    ).to_be_visible()
    screen.expect_chips(page, "France")


def test_a_figure_of_the_dashboard_leads_to_explore_with_its_filter(visit: Opener) -> None:
    page = visit("dashboard", height=1400)
    screen.drawn(page)
    row = screen.rows(page, "Switches").nth(0)
    name, count = row.locator("td").nth(0).inner_text(), row.locator("td").nth(1).inner_text()
    row.click()
    page.wait_for_url("**/explore?**")
    screen.drawn(page)
    screen.expect_chips(page, f"Switch {name}")
    expect(page.locator(".tile b").first).to_have_text(count)
    page.go_back()
    screen.drawn(page)
    expect(screen.rows(page, "Switches")).to_have_count(4)


def test_a_story_of_the_demo_is_shown_by_its_link(visit: Opener) -> None:
    page = visit("dashboard", height=1400)
    screen.drawn(page)
    page.get_by_role("link", name="A fraud at night").click()
    page.wait_for_url("**/explore?**")
    screen.drawn(page)
    assert {"Account 4200", "Latvia"} <= set(screen.chips(page))
    assert screen.calls(page) >= 14
