"""What an import says: of what it goes by, and of what is wrong, in plain sentences."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.columns import NAMES
from ingest.formats import AUTO, FORMATS
from ingest.importer import run
from ingest.recipe import Options
from store import rejects
from store.database import Store
from store.settings import Settings, SwitchSettings
from tests.ingest.asterisk_rows import CUSTOM, call, line, master
from tests.ingest.test_importer import PBX, stored, write

PLAIN = "start,dst\n2026-07-03 09:00:00,102"
ASTERISK = master(16, start="2026-07-03 09:00:00", answer="", end="2026-07-03 09:02:07", billsec="0")
ZONES = {
    "asterisk": SwitchSettings(zone="Europe/Berlin"),
    "default": SwitchSettings(zone="Asia/Kolkata"),
    "pbx": SwitchSettings(zone="America/New_York"),
}


def changed(store: Store, **settings: object) -> Store:
    """The store with other settings."""
    told = store.settings.model_dump(exclude_unset=True) | settings
    return replace(store, settings=Settings.model_validate(told))


@pytest.mark.parametrize(
    ("text", "options", "hour"),
    [
        # The switch's own zone, also where nobody named the switch.
        (PLAIN, PBX, "13:00"),
        (ASTERISK, Options(), "07:00"),
        (PLAIN, Options(), "03:30"),
        # The zone that is said wins; without either it is UTC.
        (PLAIN, PBX._replace(zone="Asia/Tokyo"), "00:00"),
        (PLAIN, Options(switch="other"), "09:00"),
        # A file that names its switches itself is none of them.
        ("switch,start,dst\nx,2026-07-03 09:00:00,102", Options(), "09:00"),
    ],
)
def test_times_without_a_zone_are_in_that_of_their_switch(
    store: Store, tmp_path: Path, text: str, options: Options, hour: str
) -> None:
    run(changed(store, switches=ZONES), write(tmp_path / "calls.csv", [text]), options)
    assert [f"{found.start:%H:%M}" for found in stored(store)] == [hour]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([PLAIN, "x"], "The row has 1 column, the header 2."),
        ([PLAIN, "x,y,z"], "The row has 3 columns, the header 2."),
        ([call(1), call(2), "x"], "The row has 1 column; Asterisk writes 16 to 21."),
        ([line(CUSTOM), line(CUSTOM), "x"], "The row has 1 column; this cdr_custom file has 19."),
    ],
)
def test_one_column_is_no_columns(store: Store, tmp_path: Path, rows: list[str], reason: str) -> None:
    run(store, write(tmp_path / "calls.csv", rows), PBX)
    assert {found["reason"] for found in rejects.find(store)} == {reason}


def test_the_readme_has_every_format_and_every_field() -> None:
    readme = Path(__file__).resolve().parents[2].joinpath("README.md").read_text(encoding="utf-8")
    words = [AUTO, *FORMATS, *NAMES]
    assert [word for word in words if not re.search(rf"^\|[^|]*`{word}`", readme, re.MULTILINE)] == []
