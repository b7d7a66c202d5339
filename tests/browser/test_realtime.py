"""The Realtime page in a browser: it follows the calls by itself, and leaves nothing behind."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ingest.sources import configure
from store import live, livepeaks, sources
from store.database import Store
from store.live import LiveCall, LiveCalls
from tests.browser import screen
from tests.browser.conftest import Opener
from tests.browser.serving import Serving

Keep = Callable[[Page, str], None]
HOSTILE = "<img src=x onerror=alert(1)>"
REFUSED = "Asterisk at 10.0.0.6:5038 refuses the user or the password."


@pytest.fixture
def serving(store: Store) -> Iterator[Serving]:
    """A server over a store without a live source."""
    server = Serving(store)
    server.start()
    yield server
    server.stop()


def add(store: Store) -> None:
    now = datetime.now(UTC)
    for name, kind, switch in (("fs", "freeswitch_esl", "Paris"), ("pbx", "asterisk_ami", "Lyon")):
        options = {"host": "x", "password": "y"} | ({"user": "z"} if kind == "asterisk_ami" else {})
        configure(store, name, kind, switch, "", options, "command", now)
    sources.failed(store, "pbx", REFUSED, now)


def said(store: Store, *names: str, talking: bool = False, ago: float = 0) -> None:
    """What the switch in Paris says: a call of each of these callers, to France and in turn to Germany."""
    now = datetime.now(UTC) - timedelta(seconds=ago)
    calls = [
        LiveCall(
            name,
            now - timedelta(seconds=75),
            talking=talking,
            answered=now - timedelta(seconds=61) if talking else None,
            caller=name,
            destination="0033612345678",
            number="33612345678",
            country="DE" if place % 2 else "FR",
            account=HOSTILE if place % 2 else "1000",
        )
        for place, name in enumerate(names)
    ]
    live.keep(store, "fs", "Paris", LiveCalls(now, calls, len(calls)))
    livepeaks.note(store, "Paris", now)
    if not ago:
        sources.looked(store, "fs", now)


def rows(page: Page) -> Any:
    return page.locator("table.live tbody tr")


def test_calls_come_are_answered_and_go_and_a_silent_switch_is_red(
    serving: Serving, visit: Opener, keep: Keep
) -> None:
    store = serving.store
    page = visit("realtime", height=1100)
    expect(page.get_by_role("heading", name="No switch is asked for its calls yet")).to_be_visible()
    expect(page.get_by_text("Accounts now")).to_be_hidden()
    expect(page.get_by_text("cdr-stats sources add paris freeswitch_esl")).to_be_visible()
    add(store)
    for minutes in (40, 39, 30, 29, 1):
        said(store, "Alice", "Bob", ago=60 * minutes)
    said(store, "Alice", "Bob")
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_text(REFUSED)).to_be_visible()
    expect(page.get_by_text("Lyon does not answer since")).to_be_visible()
    assert screen.tile(page, "Calls now") == "2"
    said(store, "Alice", "Bob", talking=True)
    expect(rows(page).first).to_contain_text("talking")
    # the clocks go on between two answers
    expect(rows(page).first.locator("td").nth(7)).to_have_text(re.compile(r"1:1\d|1:[2-9]\d"))
    keep(page, "realtime")
    screen.rows(page, "Countries now").filter(has_text="Germany").click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text(HOSTILE)
    assert screen.tile(page, "Talking") == "1"
    screen.rows(page, "Countries now").filter(has_text="Germany").click()
    said(store, "Bob", talking=True)
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="24 hours").click()
    expect(page.get_by_text("all, by their records")).to_be_visible()
    said(store)
    expect(page.get_by_text("No call is in progress.")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "width", "dark"), [("realtime", 390, True), ("realtime?wall=1", 1920, False)]
)
def test_it_fits_a_telephone_and_a_wall(
    serving: Serving, visit: Opener, keep: Keep, path: str, width: int, dark: bool
) -> None:
    add(serving.store)
    said(serving.store, *(f"+3314000{n:04}" for n in range(300)))
    page = visit(path, width=width, height=1080, dark=dark)
    expect(rows(page).first).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    keep(page, f"realtime-{width}")
