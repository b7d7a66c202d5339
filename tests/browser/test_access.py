"""Every page can be used without seeing it well, or at all: axe-core finds nothing serious on any of them."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from app.pages import PAGES
from tests.browser.conftest import Opener

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
"""axe-core 4.14.1 by Deque, MPL-2.0."""
ASK = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .filter((one) => ["serious", "critical"].includes(one.impact))
  .flatMap((one) => one.nodes.map((node) => `${one.id}: ${node.html.slice(0, 160)}`))"""
SETTLED = """() => {
  const size = (root) => [...root.querySelectorAll("*")]
    .reduce((sum, one) => sum + 1 + (one.shadowRoot ? size(one.shadowRoot) : 0), 0)
  const before = window.__size
  window.__size = size(document)
  return Bokeh.documents.every((one) => one.is_idle) && window.__size === before
}"""
"""Nothing came since the last look: a link is drawn a moment after the text that scrolls beside it."""
FOCUSED = """() => {
  let one = document.activeElement
  while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement
  return one ? `${one.tagName} ${one.getAttribute("href")} ${one.textContent.slice(0, 20)}` : ""
}"""
DARK = ("dashboard", "explore", "alarms")
"""Pages that have all the colours of the others."""


def faults(page: Page) -> list[Any]:
    """What axe-core finds."""
    page.wait_for_function(SETTLED, polling=250)
    page.add_script_tag(content=AXE)
    found: list[Any] = page.evaluate(ASK)
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_names_roles_and_contrast_and_is_walked_through_by_keyboard(
    name: str, visit: Opener
) -> None:
    page = visit(name)
    assert faults(page) == []
    seen = set()
    for _ in range(20):
        page.keyboard.press("Tab")
        seen.add(page.evaluate(FOCUSED))
    assert len(seen) >= 5, seen


@pytest.mark.parametrize("name", DARK)
def test_a_page_has_contrast_in_the_dark(name: str, visit: Opener) -> None:
    assert faults(visit(name, dark=True)) == []
