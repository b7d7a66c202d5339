"""What a person sees and does on a page, in words: numbers of tiles, rows, chips, places on a figure."""

import math
import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

EARTH_KM = 6378.137


def drawn(page: Page) -> None:
    """Wait until every card has its answer; the tiles are first, and nothing is waited for before them."""
    expect(page.locator(".tile b").first).to_have_text(re.compile(r"\d"))
    page.wait_for_function(
        """() => {
          const models = Bokeh.documents.flatMap((d) => [...d.all_models])
          const notes = models.filter((m) => m.css_classes && m.css_classes.includes("note"))
          const idle = Bokeh.documents.every((d) => d.is_idle)
          return idle && notes.length > 3 && notes.every((m) => !m.visible)
        }"""
    )


def press(page: Page, name: str) -> None:
    """Click the button of this name, the one of a dialog where that is open."""
    page.get_by_role("button", name=name, exact=True).last.click()


def tile(page: Page, label: str) -> str:
    """The figure of a tile."""
    return page.locator(".tile", has=page.get_by_text(label, exact=True)).locator("b").inner_text()


def calls(page: Page) -> int:
    """The number of calls on the first tile."""
    return int(tile(page, "Calls").replace(",", ""))


def expect_calls(page: Page, count: int) -> None:
    """Wait until the first tile says so many calls."""
    expect(page.locator(".tile b").first).to_have_text(f"{count:,}")


def card(page: Page, title: str) -> Locator:
    """The card with that title."""
    return page.locator(".card", has=page.locator("h2", has_text=re.compile(f"^{title}$")))


def rows(page: Page, title: str) -> Locator:
    """The rows of the card's small table, without those that lead nowhere."""
    return card(page, title).locator("tr[role=button]")


def chips(page: Page) -> list[str]:
    """The words on the chips."""
    return [text.removesuffix("×").strip() for text in page.locator("button.chip").all_inner_texts()]


def expect_chips(page: Page, *words: str) -> None:
    """Wait until just these chips stand there."""
    expect(page.locator("button.chip")).to_have_text([re.compile(f"^{re.escape(w)}") for w in words])


def query(page: Page) -> str:
    """What the address asks for, after the question mark."""
    return page.url.partition("?")[2]


def expect_query(page: Page, part: str) -> None:
    """Wait until the address holds a part."""
    page.wait_for_function("(part) => location.search.includes(part)", arg=part)


def place(page: Page, title: str, x: float, y: float) -> tuple[float, float]:
    """Where on the screen a point of the figure without axes lies, which is given in its own units."""
    figure = card(page, title).locator(".bk-Canvas").first
    figure.scroll_into_view_if_needed()
    box = figure.bounding_box()
    assert box
    across, up = ranges(page, title)
    return (
        box["x"] + (x - across[0]) / (across[1] - across[0]) * box["width"],
        box["y"] + (up[1] - y) / (up[1] - up[0]) * box["height"],
    )


def ranges(page: Page, title: str) -> Any:
    """What the axes of a figure run over, as the browser has fitted them."""
    glyph = {"World map": "MultiPolygons", "Countries": "AnnularWedge", "Concurrent calls": "Step"}[title]
    return page.evaluate(
        """(glyph) => {
          const plots = Bokeh.documents.flatMap((d) => [...d.all_models]).filter((m) => m.type === "Figure")
          const plot = plots.find((p) => p.renderers.some((r) => r.glyph && r.glyph.type === glyph))
          return [[plot.x_range.start, plot.x_range.end], [plot.y_range.start, plot.y_range.end]]
        }""",
        glyph,
    )


def mercator(longitude: float, latitude: float) -> tuple[float, float]:
    """Degrees in the kilometres of the map."""
    y = math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2))
    return EARTH_KM * math.radians(longitude), EARTH_KM * y


def click_map(page: Page, longitude: float, latitude: float) -> None:
    """Click a place of the world."""
    page.mouse.click(*place(page, "World map", *mercator(longitude, latitude)))


def drag(page: Page, title: str, start: float, end: float) -> None:
    """Drag over a figure from one part of its width to another, 0 to 1."""
    figure = card(page, title).locator(".bk-Canvas").first
    figure.scroll_into_view_if_needed()
    box = figure.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], middle, steps=5)
    page.mouse.up()


def column(page: Page, glyph: str, name: str) -> list[Any]:
    """A column of the source behind a kind of glyph, as the browser has it."""
    found: list[Any] = page.evaluate(
        """([glyph, name]) => {
          const models = Bokeh.documents.flatMap((d) => [...d.all_models])
          const drawn = models.find((m) => m.type === "GlyphRenderer" && m.glyph.type === glyph)
          return [...drawn.data_source.data[name]].map((v) => Number.isNaN(v) ? null : v)
        }""",
        [glyph, name],
    )
    return found


def expect_distinct(page: Page, glyph: str, name: str, count: int) -> None:
    """Wait until a column of the source behind a kind of glyph has so many distinct values."""
    page.wait_for_function(
        """([glyph, name, count]) => {
          const models = Bokeh.documents.flatMap((d) => [...d.all_models])
          const drawn = models.find((m) => m.type === "GlyphRenderer" && m.glyph.type === glyph)
          return new Set(drawn.data_source.data[name]).size === count
        }""",
        arg=[glyph, name, count],
    )
