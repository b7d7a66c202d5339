"""Pages in the language of who reads them: nothing of ours on any of them is left in English."""

import re
from gettext import NullTranslations

import pytest
from babel import Locale
from playwright.sync_api import Page, expect

from app import build_words, tongue
from app.pages import PAGES
from tests.browser import screen
from tests.browser.conftest import Keep, Opener
from tests.browser.serving import Serving

TEXTS = """() => {
  const found = new Set()
  const walk = (node) => {
    if (node.nodeType === 3 && node.textContent.trim()) found.add(node.textContent.trim())
    if (["STYLE", "SCRIPT", "PRE", "CODE", "KBD"].includes(node.tagName)) return
    for (const name of ["title", "aria-label", "placeholder", "data-label"]) {
      const held = node.getAttribute?.(name)
      if (held) found.add(held)
    }
    if (node.shadowRoot) walk(node.shadowRoot)
    for (const inner of node.childNodes) walk(inner)
  }
  walk(document.body)
  found.add(document.title)
  for (const one of Bokeh.documents) for (const model of one._all_models.values()) {
    if (model.axis_label) found.add(model.axis_label)
    const offered = model.data?.options ?? []
    for (const choice of Array.isArray(offered) ? offered : Object.keys(offered)) found.add(String(choice))
  }
  return [...found]
}"""
"""Every text that is seen or heard, the labels of axes, which are painted, and what closed lists offer."""
PHRASE = re.compile(r"[A-Za-z’']{2,} [a-z’']{2,}")
IN_ENGLISH = ("about",)
"""Pages that tell what is new, which is written in English alone."""
THEIRS = {
    "Open",
    "Close",
    "Clear",
    "Toggle theme",
    "Close drawer",
    "Choose date",
    "Day",
    "display the password",
}
"""What the widgets say by themselves."""
NAMES = {"add", "menu", "download", "login", "file", "internal"}
"""Icons, a setting, a kind of source and a code, which are called like messages."""
FORMS = {
    "users": "Add a user",
    "alarms": "Add an alarm",
    "mail-report": "Add a mail report",
    "lists": "Add numbers",
    "sources": "Add a source",
    "switches": "Add a switch",
    "causes": "Describe a cause",
}
"""Pages with a form, and what opens it."""


class Bracketed(NullTranslations):
    """Every message in brackets, so that what is in none is seen."""

    def gettext(self, message: str) -> str:
        """One message."""
        return _bracketed(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """One or several."""
        return _bracketed(msgid1 if n == 1 else msgid2)


def _bracketed(message: str) -> str:
    """Each part between tags, for they are parts of their own on the page."""
    parts = re.split(r"(<[^>]*>)", message)
    return "".join(part if part.startswith("<") or not part.strip() else f"⟦{part}⟧" for part in parts)


def outside(text: str) -> str:
    """What of a text is in no brackets, without the names of countries."""
    while (less := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = less
    for name in sorted(Locale("es").territories.values(), key=len, reverse=True):
        text = text.replace(name, "")
    return text.strip(" \n\t:;,.–…()")


@pytest.fixture
def bracketed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages in Spanish are in English, with every message in brackets."""
    real = tongue.catalogue
    monkeypatch.setattr(tongue, "catalogue", lambda asked: Bracketed() if asked == "es" else real(asked))


def left(page: Page) -> list[str]:
    """What is in no brackets and looks like words of ours."""
    page.wait_for_function("() => Bokeh.documents.every((one) => one.is_idle)")
    said = {one.id for one in build_words.messages() if one.id and isinstance(one.id, str)}
    rest = {outside(text) for text in page.evaluate(TEXTS)} - THEIRS - NAMES
    return [text for text in sorted(rest) if PHRASE.search(text) or text in said]


@pytest.mark.usefixtures("bracketed")
@pytest.mark.parametrize("name", [name for name in PAGES if name not in IN_ENGLISH])
def test_every_word_of_a_page_goes_through_the_catalogue(name: str, visit: Opener) -> None:
    page = visit(name, read="es")
    assert left(page) == []
    if name in FORMS:
        page.get_by_role("button", name=f"⟦{FORMS[name]}⟧").first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert left(page) == []


@pytest.mark.usefixtures("bracketed")
def test_so_does_every_word_of_a_call(visit: Opener) -> None:
    page = visit("explore?period=30d", read="es", height=2200)
    screen.rows(page, "⟦Calls⟧").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("⟦Call id⟧")
    assert left(page) == []


def test_a_page_is_in_the_language_that_the_browser_asks_for(
    visit: Opener, serving: Serving, keep: Keep
) -> None:
    page = visit("explore?period=30d", read="fr")
    expect(page).to_have_title("Explorer – CDR-Stats")
    assert page.locator("html").get_attribute("lang") == "fr"
    rows = screen.rows(page, "Pays")
    expect(rows.first).to_contain_text("France")
    rows.first.click()
    screen.expect_chips(page, "France")
    # numbers with the space that does not break
    expect(page.get_by_text(re.compile("^1–25 sur [0-9]\u202f[0-9]{3} appels$"))).to_be_visible()
    keep(page, "explore-fr")


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_on_a_phone_every_way_of_the_head_is_in_sight(language: str, visit: Opener) -> None:
    page = visit("explore?period=30d", width=390, read=language)
    ways = page.locator("nav").locator("a:visible, summary")
    expect(ways).to_have_count(6)
    for way in ways.all():
        seen = way.bounding_box()
        assert seen and seen["y"] >= 0 and seen["y"] + seen["height"] <= 56
        assert seen["x"] >= 0 and seen["x"] + seen["width"] <= 390 - 2 * 40
