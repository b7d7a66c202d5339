"""The table of calls in a real browser: pages, order, one call in detail, all of them as a file, and
hostile text everywhere.
"""

import csv
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect

from app.export import HEADER
from store.batch import prepare
from store.database import Store
from store.ledger import commit
from tests.browser import screen
from tests.browser.conftest import Opener
from tests.browser.hostile import DAY, call


def cell(page: Page, column: str) -> Locator:
    """A cell of the first row."""
    return screen.rows(page, "Calls").first.locator(f"td[data-column={column}]")


def test_pages_are_turned_by_key_to_the_last_one_and_back(visit: Opener) -> None:
    page = visit("explore?period=30d&size=50", height=1600)
    screen.drawn(page)
    count = screen.calls(page)
    newest = cell(page, "start").inner_text()
    page.get_by_role("button", name="Next page").click()
    expect(page.get_by_text(f"51–100 of {count:,} calls")).to_be_visible()
    assert cell(page, "start").inner_text() < newest
    page.get_by_role("button", name="Last page").click()
    expect(page.get_by_text(f"{count - 49:,}–{count:,} of {count:,} calls")).to_be_visible()
    expect(page.get_by_role("button", name="Next page")).to_be_disabled()
    page.get_by_role("button", name="Previous page").click()
    expect(page.get_by_text(f"{count - 99:,}–{count - 50:,} of {count:,} calls")).to_be_visible()
    page.get_by_role("button", name="First page").click()
    expect(page.get_by_text(f"1–50 of {count:,} calls")).to_be_visible()
    expect(cell(page, "start")).to_have_text(newest)


def test_calls_are_put_in_another_order_which_the_address_holds(visit: Opener) -> None:
    page = visit("explore?period=30d", height=1600)
    screen.drawn(page)
    screen.card(page, "Calls").get_by_role("combobox").first.click()
    page.get_by_role("menuitem", name="longest talk first").click()
    screen.expect_query(page, "sort=billsec")
    expect(cell(page, "talk")).to_have_text(re.compile(r"^[1-9]\d*:\d\d:\d\d$"))


def test_a_click_on_a_row_shows_the_call_in_detail(visit: Opener) -> None:
    page = visit("explore?period=30d&cause=USER_BUSY", height=1600)
    screen.drawn(page)
    destination = cell(page, "destination").inner_text()
    screen.rows(page, "Calls").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("USER_BUSY, Q.850 cause 17")).to_be_visible()
    expect(dialog.get_by_text(destination)).to_be_visible()
    expect(dialog.get_by_text("not answered")).to_be_visible()


def test_the_export_is_the_whole_result_and_not_the_page(visit: Opener, tmp_path: Path) -> None:
    page = visit("explore?period=30d&cause=USER_BUSY", height=1600)
    screen.drawn(page)
    count = screen.calls(page)
    with page.expect_download() as download:
        page.get_by_text("Export all as CSV").click()
    assert download.value.suggested_filename == "cdr-stats_2026-02-09_2026-03-10.csv"
    file = tmp_path / "calls.csv"
    download.value.save_as(file)
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    assert tuple(rows[0]) == HEADER
    assert len(rows) == count > 100
    assert {row["hangup_cause"] for row in rows} == {"USER_BUSY"}
    assert all(datetime.fromisoformat(row["start"]).utcoffset() is not None for row in rows)


@pytest.fixture
def hostile(filled: Store) -> None:
    """Calls of a day long before the sample, whose every text is an attack."""
    commit(filled, prepare([call(n) for n in range(20)]))


@pytest.mark.usefixtures("hostile")
def test_text_of_a_record_is_never_markup_in_any_table_tooltip_legend_or_label(visit: Opener) -> None:
    page = visit(f"explore?period=custom&from={DAY}&to={DAY}&day={DAY}", height=2200)
    alerts: list[str] = []

    def alerted(dialog: Dialog) -> None:
        alerts.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", alerted)
    screen.drawn(page)
    screen.expect_calls(page, 20)
    expect(cell(page, "caller")).to_contain_text("<img src=x")
    screen.rows(page, "Calls").first.click()
    expect(page.get_by_role("dialog").get_by_text("<script>alert(3)</script>").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    lines = screen.card(page, "Concurrent calls").locator(".bk-Canvas").first
    lines.hover()
    expect(page.locator(".bk-Tooltip").first).to_be_attached()
    screen.rows(page, "Hangup causes").first.click()
    expect(page.locator("button.chip")).to_have_count(1)
    assert alerts == []
    assert page.locator("img[src='x']").count() == 0
    assert datetime.fromisoformat(DAY).replace(tzinfo=UTC) < datetime(2026, 1, 1, tzinfo=UTC)
