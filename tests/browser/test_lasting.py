"""What a wall needs: closed pages leave nothing on the server, hours of clicking nothing in the browser."""

import gc
from typing import Any

from playwright.sync_api import CDPSession, Page, WebSocket, expect

from app.board import Board
from app.filter import CallFilter
from app.pages import PAGES
from app.pages.plain import Plain
from tests.browser import screen
from tests.browser.conftest import Opener
from tests.browser.serving import Serving
from tests.store.servers import until

FILTERED = ("explore", "dashboard")
CLICKS = 30


def alive(kind: type) -> int:
    """How many objects of a kind are in memory after collecting."""
    for _ in range(3):
        gc.collect()
    return sum(issubclass(type(thing), kind) for thing in gc.get_objects())  # isinstance() asks dead proxies


def test_closed_pages_leave_no_session_object(visit: Opener, serving: Serving) -> None:
    # a server that another test stopped while its pages were open has left some behind
    before = {kind: alive(kind) for kind in (Board, CallFilter, Plain)}
    for name in PAGES:
        page = visit(name)
        if name in FILTERED:
            screen.drawn(page)
        page.context.close()
    serving.wait_until_left()
    # what was under way as a page was closed ends a moment later
    until(lambda: all(alive(kind) <= held for kind, held in before.items()), 60)


def measured(client: CDPSession) -> dict[str, float]:
    """Nodes and heap of the browser after collecting."""
    client.send("HeapProfiler.collectGarbage")
    metrics = client.send("Performance.getMetrics")["metrics"]
    return {entry["name"]: entry["value"] for entry in metrics}


def clicked(page: Page, times: int) -> None:
    """Choose and leave countries in turn, and wait for the last to be drawn."""
    count = screen.calls(page)
    rows = screen.rows(page, "Countries")
    for turn in range(times):
        row = rows.nth(turn % 5)
        name = row.locator("td").first.inner_text()
        row.click()
        screen.expect_chips(page, name)
        row.click()
        screen.expect_chips(page)
    expect(page.get_by_text(f"1–25 of {count:,} calls")).to_be_visible()


def test_clicking_on_and_on_leaves_nothing_in_the_browser(visit: Opener) -> None:
    page = visit("explore?period=7d", height=2200)
    screen.drawn(page)
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable")
    clicked(page, 5)
    before = measured(client)
    clicked(page, CLICKS)
    after = measured(client)
    assert after["Nodes"] <= 1.1 * before["Nodes"]
    assert after["JSHeapUsedSize"] <= 1.1 * before["JSHeapUsedSize"]


def test_a_click_sends_less_than_fifty_kilobytes(visit: Opener) -> None:
    received: list[int] = []

    def listened(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: received.append(len(frame)))

    page = visit("explore?period=30d", height=2200)
    page.on("websocket", listened)
    page.reload()
    page.wait_for_function("() => window.__armed")
    screen.drawn(page)
    row = screen.rows(page, "Countries").nth(1)
    count: Any = row.locator("td").nth(1).inner_text()
    received.clear()
    row.click()
    expect(page.locator(".tile b").first).to_have_text(count)
    expect(page.get_by_text(f"1–25 of {count} calls")).to_be_visible()
    assert 0 < sum(received) < 50_000
