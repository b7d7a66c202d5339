"""The Sources page: a source is added, tested, read, paused and removed by an admin."""

import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from ingest.connector import SourceProblem
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
    empty: Serving, visit: Opener, keep: Keep, tmp_path_factory: pytest.TempPathFactory
) -> None:
    page = visit("sources", url=empty.url)
    expect(page.get_by_text("No source yet.")).to_be_visible()
    screen.press(page, "Add a source")
    page.get_by_label("Name", exact=True).fill("office")
    screen.press(page, "Save")
    expect(page.get_by_text("A source of kind file needs path: The file.")).to_be_visible()
    # what is within the data folder is no source of a page's
    page.get_by_label("The file (needed)").fill(str(empty.store.settings.data / "secrets.key"))
    screen.press(page, "Test")
    expect(page.get_by_text("it is one of the program's own files")).to_be_visible()
    path = tmp_path_factory.mktemp("switch") / "Master.csv"
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


def test_what_is_wrong_is_said_in_french(empty: Serving, visit: Opener, tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    configure(empty.store, "office", "file", "paris", "UTC", {"path": str(path)}, "command", NOW)
    path.write_text(f"{call(1)}\n{call(2)}\n{call(3)},,,,,,,\n", encoding="utf-8")
    Feed(empty.store, "office").look(lambda: datetime.now(UTC) + timedelta(minutes=1))
    path.unlink()
    with pytest.raises(SourceProblem) as found:
        Feed(empty.store, "office").look(lambda: datetime.now(UTC))
    sources.failed(empty.store, "office", str(found.value), NOW)
    page = visit("sources", url=empty.url, read="fr")
    told = page.get_by_text(f"{path} ne peut pas être lu\N{NO-BREAK SPACE}: No such file or directory.")
    expect(told).to_have_count(1)
    expect(page.get_by_text("La ligne a 25 colonnes ; Asterisk en écrit 16 à 21.")).to_be_visible()
    screen.press(page, "Tester")
    expect(told).to_have_count(2)


def test_that_nobody_listens_before_a_worker_runs_is_no_fault(
    empty: Serving, visit: Opener, keep: Keep
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    configure(empty.store, "fs", "freeswitch_post", "paris", "UTC", {"port": port}, "command", NOW)
    page = visit("sources", url=empty.url)
    expect(page.get_by_text("waits for a worker")).to_be_visible()
    expect(page.get_by_text("Nobody listens for it yet, which is no fault")).to_be_visible()
    screen.press(page, "Test")
    expect(page.get_by_text("Nobody listens for it yet, which is no fault")).to_have_count(2)
    expect(page.locator(".problem")).to_have_count(0)
    keep(page, "source-unattended")
    # one that was listened for, and is no longer, has a fault
    sources.looked(empty.store, "fs", NOW)
    expect(page.get_by_text("waits for a worker")).to_be_hidden()
    screen.press(page, "Test")
    expect(page.locator(".problem")).to_have_text(
        re.compile(f"Nobody listens at http://127.0.0.1:{port}/cdr")
    )
