"""Mail report: one is made in a form, and its letter is seen as it would be sent."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from store import audit, mail_reports, outbox
from store.database import Store
from store.mail_reports import MailReport
from tests.browser import screen
from tests.browser.conftest import UNTIL, Keep, Opener

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def unreported(filled: Store) -> Iterator[Store]:
    """The filled store without a mail report, before and after."""
    yield filled
    for name in (mail_reports.NAME, outbox.NAME, audit.NAME):
        filled.db[name].delete_many({})


def test_a_mail_report_is_made_in_a_form_and_its_letter_is_seen(
    unreported: Store, visit: Opener, keep: Keep
) -> None:
    page = visit("mail-report")
    expect(page.get_by_text("No mail report yet.")).to_be_visible()
    expect(page.get_by_text("Name one with mail_host in the settings.")).to_be_visible()
    screen.press(page, "Add a mail report")
    screen.press(page, "Save")
    expect(page.get_by_text("Give the report a name of one line")).to_be_visible()
    page.get_by_label("Name", exact=True).fill(f"Ours {HOSTILE}")
    page.get_by_label("E-mail addresses, with commas").fill("nobody")
    screen.press(page, "Save")
    expect(page.get_by_text("'nobody' is no e-mail address.")).to_be_visible()
    page.get_by_label("E-mail addresses, with commas").fill("ada@example.com")
    # what was red is not when it is mended, and what was not is not yet
    expect(page.get_by_text("'nobody' is no e-mail address.")).to_be_hidden()
    expect(page.get_by_label("E-mail addresses, with commas")).to_have_attribute("aria-invalid", "false")
    screen.press(page, "Save")
    expect(page.get_by_role("heading", name=HOSTILE)).to_be_visible()
    expect(page.frame_locator("iframe").get_by_text(HOSTILE).first).to_be_visible()
    keep(page, "mail-report")
    screen.press(page, "Send now")
    expect(page.get_by_text("It is queued, and goes once a mail server is set.")).to_be_visible()
    assert [letter["to"] for letter in outbox.latest(unreported)] == ["ada@example.com"]
    (entry,) = audit.page(unreported, audit.Filter(verb="send"))
    assert (entry.kind, entry.object) == ("mail report", f"Ours {HOSTILE}")
    keep(page, "mail-report-sent")
    screen.press(page, "Remove")
    screen.press(page, "Really remove it?")
    expect(page.get_by_text("No mail report yet.")).to_be_visible()


def test_the_letter_fits_on_a_phone(unreported: Store, visit: Opener, keep: Keep) -> None:
    mail_reports.add(unreported, MailReport(name="All calls", emails=("ada@example.com",)), UNTIL)
    page = visit("mail-report", width=390, height=844, dark=True)
    expect(page.frame_locator("iframe").get_by_text("All calls").first).to_be_visible()
    keep(page, "mail-report-phone-dark")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
