"""Numbers behind a privacy lens in a real browser: their ends are read, a click finds the calls of one, and
what is hidden is not asked for.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from app.viewer import EVERYBODY
from store.database import Store
from store.lens import Lens
from tests.browser import screen
from tests.browser.conftest import Keep, Opener
from tests.browser.serving import Serving

ENDS = re.compile(r"^…\d{0,4}·[A-Za-z0-9]{3}$")


@pytest.fixture(scope="module")
def masked(filled: Store) -> Iterator[Serving]:
    """The server as somebody sees it who is shown four digits."""
    found = Serving(filled, guest=EVERYBODY.through(Lens(4, b"k" * 32)))
    found.start()
    yield found
    found.stop()


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_a_click_on_a_sealed_number_finds_its_calls(
    visit: Opener, keep: Keep, masked: Serving, width: int, dark: bool
) -> None:
    page = visit("explore?period=30d&country=FR", width=width, height=2600, dark=dark, url=masked.url)
    screen.drawn(page)
    first = screen.rows(page, "Calls").first
    number = first.locator("td[data-column=destination]").inner_text()
    assert ENDS.match(number)
    first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("link", name=f"Calls to {number}")).to_be_visible()
    keep(page, f"lens-detail-{width}")
    dialog.get_by_role("link", name=f"Calls to {number}").click()
    page.wait_for_function("() => window.__armed")
    screen.drawn(page)
    screen.expect_chips(page, f"Destination equals {number}")
    found = screen.rows(page, "Calls").locator("td[data-column=destination]")
    expect(found.first).to_have_text(number)
    assert set(found.all_inner_texts()) == {number}
    keep(page, f"lens-found-{width}")


def test_a_hidden_beginning_is_refused_in_a_sentence(visit: Opener, keep: Keep, masked: Serving) -> None:
    page = visit("explore?period=30d&destination=ends:345678", url=masked.url)
    expect(page.get_by_text("You see the last 4 digits of numbers").first).to_be_visible()
    keep(page, "lens-refused")
    number = page.get_by_label("number").last
    expect(number).to_have_value("345678")  # that of the caller is the last for a moment
    number.fill("5678")
    number.press("Enter")
    expect(page.locator(".notice").get_by_text("You see the last 4 digits")).to_have_count(0)
