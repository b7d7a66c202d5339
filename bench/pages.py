"""The pages in a real Chromium: how soon they are drawn, what a click costs, what many of them leave."""

import gc
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, sync_playwright
from rich.table import Table

from app.board import Board
from bench.ground import console
from store.database import Store
from tests.browser import screen
from tests.browser.conftest import FLAGS, WAIT
from tests.browser.install import required
from tests.browser.serving import Serving

OPENED = 5
CLICKS = 20
MANY_CLICKS = 500
MANY_PAGES = 50
COUNTRIES = {"France": 0, "United Kingdom": 1}


@contextmanager
def browser() -> Iterator[Browser]:
    """The browser of the tests."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=required(), args=FLAGS)
        yield started
        started.close()


def opened(chromium: Browser, address: str) -> tuple[Page, float]:
    """A page in a context of its own and the seconds until its every view was drawn."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(WAIT)
    page = context.new_page()
    begun = time.perf_counter()
    page.goto(address)
    screen.drawn(page)
    return page, time.perf_counter() - begun


class Wire:
    """Counts the bytes that a page's web socket receives."""

    def __init__(self, page: Page) -> None:
        self.bytes = 0
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.webSocketFrameReceived", self._frame)

    def _frame(self, event: dict[str, Any]) -> None:
        self.bytes += len(event["response"]["payloadData"])


def clicks(page: Page, count: int) -> list[float]:
    """Seconds from a click on a country until the tiles and the table show it, over and over."""
    spent = []
    for number in range(count):
        row = screen.rows(page, "Countries").nth(number % 2)
        before = screen.query(page)
        begun = time.perf_counter()
        row.click()
        page.wait_for_function("(before) => location.search.slice(1) !== before", arg=before)
        screen.drawn(page)
        spent.append(time.perf_counter() - begun)
    return spent


def weight(page: Page) -> tuple[int, float]:
    """DOM nodes, and megabytes of heap after a collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    found = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    return int(found["Nodes"]), found["JSHeapUsedSize"] / 1e6


def boards() -> int:
    """How many sessions' boards are alive in this process."""
    gc.collect()
    return sum(isinstance(found, Board) for found in gc.get_objects())


def show(store: Store) -> None:
    """The table of pages over this store."""
    serving = Serving(store)
    serving.start()
    table = Table(title="Pages in Chromium", title_justify="left", show_header=False)
    with browser() as chromium:
        for name in ("dashboard", "explore"):
            opened(chromium, f"{serving.url}/{name}")[0].context.close()
            spent = []
            for _ in range(OPENED):
                page, seconds = opened(chromium, f"{serving.url}/{name}")
                page.context.close()
                spent.append(seconds)
            table.add_row(f"{name} drawn completely", f"{statistics.median(spent):.2f} s")
        page, _ = opened(chromium, f"{serving.url}/explore")
        wire = Wire(page)
        clicks(page, 4)
        wire.bytes = 0
        spent = clicks(page, CLICKS)
        table.add_row("a click on a country, all views redrawn", f"{statistics.median(spent) * 1000:.0f} ms")
        table.add_row("what it sends", f"{wire.bytes / CLICKS / 1000:.1f} kB")
        nodes, heap = weight(page)
        clicks(page, MANY_CLICKS)
        more, larger = weight(page)
        table.add_row(f"nodes after {MANY_CLICKS} clicks", f"{nodes:,} -> {more:,} ({more / nodes:.2f})")
        table.add_row(
            f"heap after {MANY_CLICKS} clicks", f"{heap:.1f} -> {larger:.1f} MB ({larger / heap:.2f})"
        )
        page.context.close()
        before = psutil.Process().memory_info().rss
        for _ in range(MANY_PAGES):
            opened(chromium, f"{serving.url}/explore")[0].context.close()
        deadline = time.monotonic() + 60
        while (serving.sessions or boards()) and time.monotonic() < deadline:
            time.sleep(0.5)
        grown = (psutil.Process().memory_info().rss - before) / 1e6
        table.add_row(f"sessions left of {MANY_PAGES} pages", f"{serving.sessions}, boards {boards()}")
        table.add_row("memory of the server grew by", f"{grown:.0f} MB")
    serving.stop()
    console.print(table)
