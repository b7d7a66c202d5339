"""The Import page: a file is uploaded, looked at, its columns are mapped, and its calls are stored once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from app.uploads import FOLDER
from store import imports
from store.database import Store
from tests.browser.conftest import Opener
from tests.browser.serving import Serving
from tests.ingest.asterisk_rows import call

Keep = Callable[[Page, str], None]
OWN_NAMES = """When,A party,B party,Secs,Talked,How
2026-11-03 09:00:00,101,0033142685300,127,120,ANSWERED
2026-11-03 09:01:00,102,00442079460000,27,0,BUSY
never,<b>103</b>,0033142685301,27,0,BUSY
2026-11-03 09:02:00,104,00496912345678,61,60,ANSWERED"""
"""With names that nobody knows, a row that is no call, and no line end at the end."""


@pytest.fixture
def empty(store: Store) -> Iterator[Serving]:
    """A server over a store without calls."""
    server = Serving(store)
    server.start()
    yield server
    server.stop()


def give(page: Page, name: str, text: str, label: str = "File of call records") -> None:
    """Upload a file of that name."""
    file = FilePayload(name=name, mimeType="text/csv", buffer=text.encode())
    page.get_by_label(label).set_input_files(files=[file])


def choose(page: Page, label: str, column: str) -> None:
    page.get_by_label(label, exact=True).click()
    page.get_by_role("menuitem", name=column, exact=True).click()


def left(store: Store) -> list[Path]:
    """The uploaded files that still lie there."""
    return [path for path in (store.settings.data / FOLDER).rglob("*") if path.is_file()]


def test_a_file_is_uploaded_looked_at_and_imported_once(empty: Serving, visit: Opener, keep: Keep) -> None:
    page = visit("import", url=empty.url)
    expect(page.get_by_text("No import yet.")).to_be_visible()
    text = "".join(f"{call(number)}\n" for number in range(8000))  # more than one piece
    for new in ("8,000 new calls stored.", "Nothing new: its calls were known."):
        give(page, "../../<img src=x>Master.csv", text)
        expect(page.get_by_text("Asterisk cdr_csv, 18 columns")).to_be_visible()
        expect(page.get_by_text("Looked at 8,000 rows: 0 rejected.")).to_be_visible()
        expect(page.get_by_text("2026-11-03 09:07:00", exact=True)).to_be_visible()
        expect(page.get_by_text("[sources.asterisk]")).to_be_visible()
        keep(page, "import")
        page.get_by_role("button", name="Import", exact=True).click()
        expect(page.get_by_text(new)).to_be_visible()
    assert left(empty.store) == []
    assert [one["new"] for one in imports.latest(empty.store)] == [0, 8000]


def test_columns_are_mapped_with_a_live_preview_and_the_upload_goes_with_the_page(
    empty: Serving, visit: Opener, keep: Keep
) -> None:
    page = visit("import", url=empty.url)
    give(page, "calls.csv", OWN_NAMES)
    expect(page.get_by_text("Choose the column of the start and of the destination")).to_be_visible()
    choose(page, "Start (needed)", "When")
    expect(page.get_by_text("Choose the column of the destination")).to_be_visible()
    choose(page, "Destination (needed)", "B party")
    expect(page.get_by_text("Looked at 4 rows: 1 rejected.")).to_be_visible()
    expect(page.get_by_text("United Kingdom")).to_be_visible()
    choose(page, "Caller", "A party")
    expect(page.get_by_text("104", exact=True)).to_be_visible()
    choose(page, "Talk time, s", "Talked")
    choose(page, "Duration with ringing, s", "Secs")
    choose(page, "or a disposition (ANSWERED ...)", "How")
    expect(page.get_by_text("User busy")).to_be_visible()
    page.get_by_label("Zone of times without one").fill("Europe/Paris")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2026-11-03 08:00:00", exact=True)).to_be_visible()
    expect(page.get_by_text("The start 'never' is no time")).to_be_visible()
    expect(page.get_by_text('mapping = "start=When destination=B_party')).to_be_visible()
    keep(page, "import-columns")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("3 new calls stored.")).to_be_visible()
    expect(page.get_by_text("What was rejected is kept")).to_be_visible()
    keep(page, "import-report")
    assert [path.name for path in left(empty.store)] == ["calls.csv"]
    page.close()
    empty.wait_until_left()
    assert left(empty.store) == []


def test_what_is_no_text_of_calls_is_told_in_a_sentence(empty: Serving, visit: Opener) -> None:
    page = visit("import", url=empty.url)
    give(page, "empty.csv", "")
    expect(page.get_by_text("The file is empty.")).to_be_visible()
    give(page, "calls.zip", "PK\x03\x04 and so on")
    expect(page.get_by_text("calls.zip is a zip archive")).to_be_visible()


def test_what_a_file_is_and_what_is_wrong_in_it_is_said_in_french(
    empty: Serving, visit: Opener, keep: Keep
) -> None:
    page = visit("import", url=empty.url, read="fr")
    label = "Fichier d’enregistrements d’appels"
    give(page, "calls.zip", "PK\x03\x04 and so on", label)
    expect(page.get_by_text("calls.zip est une archive zip ; convertissez-le")).to_be_visible()
    give(page, "Master.csv", f"{call(1)}\n{call(2)},,,,,,,\n{call(3)}\n", label)
    expect(page.get_by_text("La ligne a 25 colonnes ; Asterisk en écrit 16 à 21.")).to_be_visible()
    expect(page.get_by_text("une ligne par appel")).to_be_visible()
    keep(page, "import-french")
