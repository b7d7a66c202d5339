"""A real server over a store that the real import filled, a real Chromium, and pages that fail their test
when they misbehave.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)
from pydantic import SecretStr

from ingest.importer import run
from ingest.recipe import Options
from ingest.sample import write
from ingest.stories import stories
from store.database import Store, open_store
from store.settings import Settings
from tests.browser.install import required
from tests.browser.serving import Serving
from tests.screens import allow

ARTEFACTS = Path(__file__).resolve().parent.parent.parent / "artefacts"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WAIT = 30_000
expect.set_options(timeout=WAIT)
HARMLESS = ("GPU stall", "WebGL")

UNTIL = datetime(2026, 3, 10, 15, tzinfo=UTC)
SAMPLE = (30, 12_000, 7, UNTIL)
"""Older than a day, so that periods count back from its last call and the pages are the same whenever the
tests run.
"""


@pytest.fixture(scope="session")
def filled(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store with a sample of thirty days, imported from its CSV."""
    folder = tmp_path_factory.mktemp("browser")
    settings = Settings(data=folder, mongo_uri=SecretStr(mongo_uri), database="browser")
    file = folder / "sample.csv"
    write(file, *SAMPLE)
    with open_store(settings) as store:
        run(store, file, Options())
        yield store


@pytest.fixture(scope="session")
def serving(filled: Store) -> Iterator[Serving]:
    """The server over that store."""
    server = Serving(filled, tuple(stories(*SAMPLE)))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=required(), args=FLAGS)
        yield browser
        browser.close()


class Watched:
    """What a page did that it should not: requests to another host, errors, warnings."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        """Listen to every page of the context."""
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"error: {error.error}"))

    def _request(self, request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self.faults.append(f"request: {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(word in message.text for word in HARMLESS):
            self.faults.append(f"console: {message.text}")


Opener = Callable[..., Page]
Keep = Callable[[Page, str], None]


@pytest.fixture
def watched() -> Iterator[Watched]:
    """Fails the test at its end if a page misbehaved; a test that breaks things on purpose empties
    `faults`.
    """
    found = Watched()
    yield found
    assert found.faults == []


@pytest.fixture
def visit(chromium: Browser, serving: Serving, watched: Watched) -> Iterator[Opener]:
    """Opens a page of the server at a width and waits until it is drawn."""
    contexts: list[BrowserContext] = []

    def opened(
        path: str,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        url: str = "",
        read: str = "en-GB",
    ) -> Page:
        mobile = "Mozilla/5.0 (Linux; Android 15) Mobile" if width < 600 else None
        size: ViewportSize = {"width": width, "height": height}
        context = chromium.new_context(viewport=size, user_agent=mobile, locale=read)
        contexts.append(context)
        context.set_default_timeout(WAIT)
        watched.watch(context)
        root = url or serving.url
        if dark:
            context.add_cookies([{"name": "cdr-theme", "value": "dark", "url": root}])
        page = context.new_page()
        page.goto(f"{root}/{path}")
        page.wait_for_function("() => window.__armed")
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def keep() -> Keep:
    """Keeps a picture of the whole page to look at."""
    ARTEFACTS.mkdir(exist_ok=True)

    def kept(page: Page, name: str) -> None:
        page.screenshot(path=ARTEFACTS / f"{name}.png")

    return kept


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These tests drive a browser, and libraries that warn about each other."""
    folder = Path(__file__).resolve().parent
    allow(items, folder)
    for item in items:
        if folder in item.path.parents:
            item.add_marker("browser")
