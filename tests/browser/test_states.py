"""When there is nothing to show: no calls at all, none that fit, a question that takes too long, a database
or server that is gone.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import expect

from store.batch import prepare
from store.database import Store, open_store
from store.ledger import commit
from store.settings import Settings
from tests.browser import screen
from tests.browser.conftest import WAIT, Keep, Opener, Watched
from tests.browser.hostile import call
from tests.browser.serving import Serving


@pytest.fixture
def empty(store: Store) -> Iterator[Serving]:
    """A server over a store without a call."""
    server = Serving(store)
    server.start()
    yield server
    server.stop()


def test_without_calls_a_page_says_how_to_import_and_goes_on_by_itself(
    empty: Serving, visit: Opener, keep: Keep
) -> None:
    page = visit("explore?wall=1", url=empty.url)
    expect(page.get_by_role("heading", name="No calls yet")).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("cdr-stats import Master.csv")).to_be_visible()
    keep(page, "no-calls")
    commit(empty.store, prepare([call(n) for n in range(3)]))
    expect(page.get_by_role("heading", name="No calls yet")).to_be_hidden(timeout=WAIT)
    expect(page.get_by_text("The newest call is from Mon 2 Jun 2025")).to_be_visible(timeout=WAIT)
    screen.expect_calls(page, 3)


def test_when_nothing_fits_the_page_says_what_to_take_off(visit: Opener, keep: Keep) -> None:
    page = visit("explore?period=30d&caller=equals:nobody", height=1800)
    expect(page.get_by_text("No call fits. Take something off above")).to_be_visible(timeout=WAIT)
    expect(page.get_by_text("no calls", exact=True)).to_be_visible()
    keep(page, "nothing-fits")
    page.get_by_title("Take off: Caller equals nobody").click()
    expect(page.get_by_text("No call fits. Take something off above")).to_be_hidden()
    screen.drawn(page)


@pytest.fixture
def hurried(filled: Store) -> Iterator[Serving]:
    """A server whose queries may take no time at all."""
    server = Serving(replace(filled, settings=filled.settings.model_copy(update={"query_seconds": 0.001})))
    server.start()
    yield server
    server.stop()


def test_a_question_that_takes_too_long_has_a_quiet_sentence_in_its_view(
    hurried: Serving, visit: Opener, keep: Keep
) -> None:
    page = visit("explore?period=90d&caller=contains:77", height=1800, url=hurried.url)
    expect(page.get_by_text("This takes too long to count.").first).to_be_visible(timeout=WAIT)
    keep(page, "too-long")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Serving]:
    """A server with a database process of its own, to be killed."""
    with open_store(Settings(data=tmp_path)) as store:
        commit(store, prepare([call(n) for n in range(5)]))
        server = Serving(store)
        server.start()
        yield server
        server.stop()


def test_a_wall_comes_back_by_itself_when_the_server_was_restarted(
    own: Serving, visit: Opener, watched: Watched
) -> None:
    page = visit("dashboard?wall=1", url=own.url)
    screen.expect_calls(page, 5)
    expect(page.get_by_role("link", name="Explore")).to_be_hidden()
    page.evaluate("() => { window.__before = true }")
    own.stop()
    expect(page.get_by_text("The server does not answer. This page comes back by itself.")).to_be_visible(
        timeout=WAIT
    )
    own.start()
    page.wait_for_function("() => window.__armed && !window.__before", timeout=2 * WAIT)
    screen.expect_calls(page, 5)
    watched.faults.clear()  # the requests that found no server


def test_a_lost_database_is_said_quietly_and_the_page_goes_on_when_it_is_back(
    own: Serving, visit: Opener, keep: Keep
) -> None:
    page = visit("explore?wall=1", url=own.url, height=1000)
    screen.expect_calls(page, 5)
    database = psutil.Process(own.store.client.admin.command("serverStatus")["pid"])
    database.suspend()
    expect(page.get_by_text("The database does not answer.")).to_be_visible(timeout=2 * WAIT)
    keep(page, "lost-database")
    database.resume()
    expect(page.get_by_text("The database does not answer.")).to_be_hidden(timeout=4 * WAIT)
    screen.expect_calls(page, 5)
