"""The page Tasks in a browser: nobody works, somebody does, a job runs at a click; also on a phone."""

import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from app.jobs import Job
from app.runs import Run
from app.schedule import every, nightly
from app.worker import Worker
from store import job_runs, notices, tasks
from store.database import Store
from store.errors import StoreError
from tests.browser.conftest import Opener

HOSTILE = "<img src=x onerror=alert(1)> is no call."


def refuse(run: Run) -> dict[str, int]:
    raise StoreError(HOSTILE)


JOBS = {
    "proof": Job("Holds the sums against the records", nightly(4, 20), lambda _: {"months": 3}),
    "refused": Job("Is refused", nightly(5, 20), refuse),
    "sweep": Job("Sweeps", every(0.5), lambda _: {"days": 1}),
}


@pytest.fixture
def tidy(filled: Store) -> Iterator[Store]:
    """The store, without what a worker leaves in it."""
    yield filled
    for name in (tasks.NAME, job_runs.NAME, notices.NAME):
        filled.db[name].delete_many({})


@pytest.fixture
def working(tidy: Store) -> Iterator[None]:
    """A worker at work."""
    stop = threading.Event()
    thread = threading.Thread(target=Worker(tidy, JOBS, beat=0.1).run, args=(stop,))
    thread.start()
    yield
    stop.set()
    thread.join(30)


def job(page: Page, name: str) -> Locator:
    return page.locator(".tasks section", has=page.get_by_text(name, exact=True))


def test_without_a_worker_the_page_says_how_to_start_one(visit: Opener, tidy: Store) -> None:
    page = visit("tasks")
    expect(page.get_by_text("No worker is running.")).to_be_visible()
    expect(page.locator(".tasks section")).to_have_count(0)


def test_a_job_runs_at_a_click_and_rests_at_another(
    visit: Opener, working: None, keep: Callable[[Page, str], None]
) -> None:
    page = visit("tasks")
    expect(page.get_by_text("has led for")).to_be_visible()
    expect(job(page, "Proof")).to_contain_text("every night at 04:20 (UTC)")
    job(page, "Proof").get_by_role("button", name="Run now").click()
    expect(job(page, "Proof")).to_contain_text("3 months")
    job(page, "Refused").get_by_role("button", name="Run now").click()
    expect(job(page, "Refused").locator(".error")).to_have_text(HOSTILE)
    expect(page.locator(".notices")).to_contain_text(HOSTILE)
    job(page, "Sweep").get_by_role("button", name="Pause").click()
    expect(job(page, "Sweep")).to_contain_text("paused")
    keep(page, "tasks")
    job(page, "Sweep").get_by_role("button", name="Go on").click()
    expect(job(page, "Sweep")).to_contain_text("runs well")


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_phone(visit: Opener, working: None, dark: bool, keep: Callable[[Page, str], None]) -> None:
    page = visit("tasks", width=390, height=844, dark=dark)
    expect(job(page, "Sweep")).to_contain_text("runs well")
    keep(page, f"tasks-phone-{'dark' if dark else 'light'}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
