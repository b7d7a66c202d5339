"""Alarms: one is made in a form that shows when it would have fired; what burns is seen on every page."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from alerts import watch
from app.pages.alarms import SHOWN
from store import alarm_reports, alarms
from store.alarms import Alarm
from store.database import Store
from tests.browser import screen
from tests.browser.conftest import UNTIL, Keep, Opener

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def burning(filled: Store) -> Iterator[Store]:
    """The filled store with an alarm that burns and one that is well, both judged; gone afterwards."""
    made = [
        Alarm(name=f"Too many calls {HOSTILE}", metric="calls", condition="greater", critical=1.0),
        Alarm(name="Few calls", metric="calls", condition="less", warning=0.0),
    ]
    for alarm in made:
        alarms.add(filled, alarm, UNTIL - timedelta(hours=6))
    watch.look(filled, UNTIL)
    yield filled
    for name in (alarms.NAME, alarm_reports.NAME):
        filled.db[name].delete_many({})


@pytest.fixture
def quiet(filled: Store) -> Iterator[Store]:
    """The filled store without an alarm, before and after."""
    yield filled
    filled.db[alarms.NAME].delete_many({})


def test_an_alarm_is_made_in_a_form_that_shows_when_it_would_have_fired(
    quiet: Store, visit: Opener, keep: Keep
) -> None:
    page = visit("alarms")
    expect(page.get_by_text("No alarm yet.")).to_be_visible()
    screen.press(page, "Add an alarm")
    expect(page.get_by_text("It would have fired").or_(page.get_by_text("It would not have"))).to_be_visible()
    screen.press(page, "Save")
    expect(page.get_by_text("Give the alarm a name of up to 80 characters.")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Paris fails")
    page.get_by_label("Warning from").fill("0")
    expect(page.get_by_text("It would not have fired in")).to_be_visible()
    page.get_by_label("Warning from").fill("99")
    expect(page.get_by_text("It would have fired")).to_be_visible()
    page.get_by_label("E-mail addresses, with commas").fill("nobody")
    screen.press(page, "Save")
    expect(page.get_by_text("'nobody' is no e-mail address.")).to_be_visible()
    page.get_by_label("E-mail addresses, with commas").fill("night@example.com")
    keep(page, "alarm-form")
    screen.press(page, "Save")
    expect(page.get_by_role("heading", name="Paris fails")).to_be_visible()
    expect(page.get_by_text("night@example.com")).to_be_visible()
    screen.press(page, "Test run")
    expect(page.get_by_text("last window")).to_be_visible()
    screen.press(page, "Snooze for 8 hours")
    expect(page.get_by_text("Nobody is told for eight hours.")).to_be_visible()
    screen.press(page, "Remove")
    screen.press(page, "Really remove it? Its reports stay")
    expect(page.get_by_text("No alarm yet.")).to_be_visible()


def test_of_a_thousand_alarms_the_worst_are_seen_and_the_others_found(
    quiet: Store, visit: Opener, keep: Keep
) -> None:
    for i in range(1_000):
        alarms.add(quiet, Alarm(name=f"Alarm {i:04}", warning=40.0, emails=(f"noc{i}@example.com",)), UNTIL)
    page = visit("alarms")
    expect(page.get_by_text("900 more; search for a name")).to_be_visible()
    expect(page.locator("table.rows tbody tr")).to_have_count(SHOWN)
    keep(page, "alarms-many")
    page.get_by_label("Search").fill("alarm 0777")
    expect(page.get_by_role("heading", name="Alarm 0777")).to_be_visible()
    expect(page.locator("table.rows tbody tr")).to_have_count(1)
    page.get_by_label("Search").fill("noc778@")
    expect(page.get_by_role("heading", name="Alarm 0778")).to_be_visible()
    page.get_by_label("Search").fill("nowhere")
    expect(page.get_by_text("No such alarm. Search for other letters.")).to_be_visible()
    expect(page.get_by_role("button", name="Test run")).to_be_hidden()
    page.get_by_label("Search").fill("")
    expect(page.locator("table.rows tbody tr")).to_have_count(SHOWN)


def test_what_burns_is_seen_from_every_page_and_explained(burning: Store, visit: Opener, keep: Keep) -> None:
    page = visit("tasks")
    page.get_by_role("button", name="Alarms that burn now: 1").click()
    page.get_by_role("link", name="Too many calls").click()
    expect(page.get_by_role("heading", name="Too many calls")).to_be_visible()
    expect(page.get_by_role("heading", name=HOSTILE)).to_be_visible()
    expect(page.get_by_role("link", name="The calls of this window in Explore")).to_be_visible()
    keep(page, "alarm-reports")
    with page.expect_download() as found:
        page.get_by_role("link", name="CSV").click()
    assert "critical" in found.value.path().read_text(encoding="utf-8")


def test_the_alarms_fit_on_a_phone_in_the_dark(burning: Store, visit: Opener, keep: Keep) -> None:
    page = visit("alarms", width=390, height=844, dark=True)
    expect(page.get_by_text("critical").first).to_be_visible()
    page.locator("summary", has_text="Watch").click()
    expect(page.get_by_role("link", name="Alarm reports", exact=True)).to_be_visible()
    keep(page, "alarms-phone-dark")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_the_bell_speaks_the_language_of_its_page(burning: Store, visit: Opener) -> None:
    page = visit("tasks", read="fr")
    page.get_by_role("button", name="Alarmes actives : 1").click()
    expect(page.get_by_role("link", name="Too many calls")).to_contain_text("Appels")
    expect(page.get_by_role("link", name="Too many calls")).to_contain_text("seuil 1;")
    expect(page.get_by_role("link", name="Too many calls")).to_contain_text("mars 2026")
