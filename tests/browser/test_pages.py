"""Dashboard and Explore in a real browser: every view is drawn, on a desk and on a phone, in light and
dark.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import screen
from tests.browser.conftest import Opener

Keep = Callable[[Page, str], None]


def test_explore_draws_every_view(visit: Opener, keep: Keep) -> None:
    page = visit("explore?period=30d", height=2200)
    screen.drawn(page)
    # calls per country: the ring, its table and the map say the same
    ring = dict(
        zip(
            screen.column(page, "AnnularWedge", "country"),
            screen.column(page, "AnnularWedge", "calls"),
            strict=True,
        )
    )
    world = dict(
        zip(
            screen.column(page, "MultiPolygons", "code"),
            screen.column(page, "MultiPolygons", "calls"),
            strict=True,
        )
    )
    count = screen.calls(page)
    assert sum(ring.values()) == count > 11_000
    assert world["FR"] == ring["FR"] > 0
    expect(screen.rows(page, "Countries")).to_have_count(10)
    # an hour's bar for every hour of the day, and the lines of the switches
    assert len(screen.column(page, "Quad", "right")) == 24
    assert max(screen.column(page, "Step", "line0")) > 0
    expect(screen.rows(page, "Hangup causes").nth(5)).to_be_visible()
    expect(screen.rows(page, "Calls")).to_have_count(25)
    expect(page.get_by_text(f"1–25 of {count:,} calls")).to_be_visible()
    keep(page, "explore")


def test_the_dashboard_draws_every_view_and_says_what_it_counts_from(visit: Opener, keep: Keep) -> None:
    page = visit("dashboard", height=1400)
    screen.drawn(page)
    assert screen.calls(page) > 0
    expect(page.get_by_text("Mon 9 Mar 2026 15:00 – Tue 10 Mar 2026 15:00, UTC")).to_be_visible()
    expect(page.get_by_text("The newest call is from Tue 10 Mar 2026")).to_be_visible()
    expect(screen.rows(page, "Switches")).to_have_count(4)
    expect(screen.rows(page, "Most called countries")).to_have_count(5)
    expect(page.get_by_role("link", name="A trunk fails")).to_be_visible()
    page.get_by_role("button", name="Today").click()
    screen.expect_query(page, "period=today")
    expect(page.get_by_text("Tue 10 Mar 2026, UTC")).to_be_visible()
    keep(page, "dashboard")


@pytest.mark.parametrize("name", ["dashboard", "explore"])
def test_a_phone_shows_everything_in_one_column_without_sideways_scrolling(
    name: str, visit: Opener, keep: Keep
) -> None:
    page = visit(name, width=390, height=844)
    screen.drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    cut = page.evaluate(
        """() => {
          const grid = document.querySelector("body")
          const found = []
          const walk = (node) => {
            for (const child of node.children || []) {
              const wide = child.getBoundingClientRect().right > 390
              if (wide && child.classList.contains("card")) found.push(child.className)
              if (child.shadowRoot) walk(child.shadowRoot)
              walk(child)
            }
          }
          walk(grid)
          return found
        }"""
    )
    assert cut == []
    keep(page, f"{name}-phone")


@pytest.mark.parametrize("name", ["dashboard", "explore"])
def test_dark_is_dark_from_the_first_moment_and_is_remembered(name: str, visit: Opener, keep: Keep) -> None:
    page = visit(name, dark=True, height=1400)
    screen.drawn(page)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") in (
        "rgb(18, 23, 28)",
        "rgb(18, 18, 18)",
    )
    keep(page, f"{name}-dark")
    page.get_by_role("button", name="Toggle theme").click()
    page.wait_for_function("() => document.cookie.includes('cdr-theme=light')")
