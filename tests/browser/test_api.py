"""The page to try the REST API: it draws the description and asks, without another host."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import WAIT, Keep, Watched
from tests.browser.serving import Serving

MONTH = re.compile(r"cdr_\d{6}")
"""A collection of calls."""


@pytest.mark.parametrize("width", [1440, 390])
def test_a_question_is_tried_on_the_page_of_the_api(
    width: int, chromium: Browser, serving: Serving, watched: Watched, keep: Keep
) -> None:
    db = serving.store.db  # with what other tests leave in it
    held = sum(db[name].count_documents({}) for name in db.list_collection_names() if MONTH.fullmatch(name))
    context = chromium.new_context(viewport={"width": width, "height": 900})
    context.set_default_timeout(WAIT)
    watched.watch(context)
    page = context.new_page()
    page.goto(f"{serving.url}/api-explorer/")
    totals = page.locator("#operations-figures-totals")
    totals.get_by_role("button").first.click()
    keep(page, f"api-{width}")
    totals.get_by_role("button", name="Try it out").click()
    totals.get_by_role("button", name="Execute").click()
    expect(totals.locator(".live-responses-table tbody .response-col_status")).to_contain_text("200")
    expect(totals.locator(".live-responses-table")).to_contain_text(f'"calls": {held}')
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
