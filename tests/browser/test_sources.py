"""The Sources page: a source is added, tested, read, paused and removed by an admin."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from ingest.feed import Feed
from ingest.sources import configure
from store import sources
from store.database import Store
from tests.browser import screen
from tests.browser.conftest import Keep, Opener
from tests.browser.serving import Serving
from tests.ingest.asterisk_rows import call

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def empty(store: Store) -> Iterator[Serving]:
    """A server over a store without a source."""
    server = Serving(store)
    server.start()
    yield server
    server.stop()


def test_a_source_is_added_and_looked_at_and_removed(
    empty: Serving, visit: Opener, keep: Keep, tmp_path: Path
) -> None:
    page = visit("sources", url=empty.url)
    expect(page.get_by_text("No source yet.")).to_be_visible()
    screen.press(page, "Add a source")
    page.get_by_label("Name", exact=True).fill("office")
    screen.press(page, "Save")
    expect(page.get_by_text("A source of kind file needs path: The file.")).to_be_visible()
    path = tmp_path / "Master.csv"
    page.get_by_label("The file (needed)").fill(str(path))
    screen.press(page, "Test")
    expect(page.get_by_text("No such file or directory")).to_be_visible()
    path.write_text(f"{call(1)}\n", encoding="utf-8")
    screen.press(page, "Test")
    expect(page.get_by_text("Connected: newest")).to_be_visible()
    keep(page, "source-form")
    screen.press(page, "Save")
    expect(page.get_by_text("not read yet")).to_be_visible()
    screen.press(page, "Pause")
    expect(page.get_by_text("paused")).to_be_visible()
    screen.press(page, "Remove")
    screen.press(page, "Really remove office? Its calls stay")
    expect(page.get_by_text("No source yet.")).to_be_visible()


def test_what_is_wrong_with_a_source_and_its_rows_is_seen_and_tried_again(
    empty: Serving, visit: Opener, keep: Keep, tmp_path: Path
) -> None:
    path = tmp_path / "Master.csv"
    path.write_text(f"{call(1)}\n{call(2)}\n<script>alert(1)</script>\n", encoding="utf-8")
    configure(empty.store, "office", "file", "paris", "UTC", {"path": str(path)}, "command", NOW)
    Feed(empty.store, "office").look(lambda: datetime.now(UTC) + timedelta(minutes=1))
    page = visit("sources", url=empty.url)
    expect(page.get_by_text("<script>alert(1)</script>")).to_be_visible()
    screen.press(page, "Try again")
    expect(page.get_by_text("1 rows tried: 0 new, 1 still rejected.")).to_be_visible()
    sources.failed(empty.store, "office", "The database of the switch is away.", NOW)
    expect(page.get_by_text("The database of the switch is away.")).to_be_visible()
    keep(page, "sources")
    screen.press(page, "Drop them")
    expect(page.get_by_text("No row of this source is rejected.")).to_be_visible()
