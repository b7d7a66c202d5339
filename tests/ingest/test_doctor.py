"""The doctor: what it finds out of a file by itself, whatever the file is."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest import advice
from ingest.doctor import RAW, SHOWN, Diagnosis, diagnose
from ingest.recipe import Options
from store.numbers import Numbering
from tests.ingest.asterisk_rows import call
from tests.ingest.reading import NOW, SAMPLES

MASTER = "".join(f"{call(number)}\n" for number in range(30))
HEADER = "Start Time;Von;Called;Talk Time;Info\n"


def looked(data: str | bytes, options: Options = Options(), **zones: str) -> Diagnosis:  # noqa: B008
    given = data.encode() if isinstance(data, str) else data
    return diagnose(given, options, {"pbx": Numbering(local_country="DE")}, NOW, "calls.csv", zones)


def fact(found: Diagnosis, what: str) -> str:
    return dict(found.facts).get(what, "")


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(SAMPLES.rglob("*")) if path.is_file()],
    ids=lambda path: f"{path.parent.name}-{path.name}",
)
def test_every_sample_is_told_with_its_calls(path: Path) -> None:
    found = diagnose(path, Options(), {}, NOW)
    assert found.problem == ""
    assert found.calls
    assert found.rejected == 0
    assert {"encoding", "line ends", "times", "legs"} <= dict(found.facts).keys()


@pytest.mark.parametrize(
    ("data", "what", "how"),
    [
        (MASTER, "encoding", "ASCII"),
        (MASTER.replace("Alice", "Zoë"), "encoding", "UTF-8"),
        ("\ufeff" + MASTER, "encoding", "UTF-8, with a byte order mark"),
        (MASTER.replace("Alice", "Zoë").encode("latin-1"), "encoding", "Latin-1, at least in parts"),
        (MASTER, "line ends", "LF"),
        (MASTER.replace("\n", "\r\n"), "line ends", "CRLF"),
        (MASTER.replace("\n", "\r\n", 3), "line ends", "LF and CRLF"),
        (gzip.compress(MASTER.encode(), mtime=0), "packed", "gzip"),
        (MASTER, "delimiter", "comma"),
        (MASTER, "columns", "18 in 30 rows"),
        (MASTER + call(31, 21) + "\n", "columns", "18 in 30 rows; 21 in 1 row"),
        (MASTER, "header", "no"),
        (HEADER + "2026-11-03 09:00:00;101;102;7;x\n", "header", "yes"),
        (HEADER + "2026-11-03 09:00:00;101;102;7;x\n", "delimiter", "semicolon"),
        # Two rows of one linkedid are one call.
        (
            "".join(f"{call(n, 21, linkedid='1793696400.1')}\n" for n in range(2)),
            "legs",
            "2 rows make 1 call",
        ),
        (MASTER, "legs", "one row a call"),
        (MASTER, "answered", "20 of 30 rows"),
        (MASTER, "starts", "2026-11-03 09:00 to 2026-11-03 09:29 UTC"),
        # How fine the times are.
        (MASTER, "as fine as", "seconds"),
        (HEADER + "2026-11-03 09:00:00.250;101;102;7;x\n", "as fine as", "milliseconds"),
        (HEADER + "1793696400123456;101;102;7;x\n", "as fine as", "microseconds"),
        (
            HEADER + "".join(f"2026-11-03 09:{n}:00;101;102;7;x\n" for n in range(10, 40)),
            "as fine as",
            "minutes",
        ),
    ],
)
def test_a_fact(data: str | bytes, what: str, how: str) -> None:
    assert fact(looked(data), what) == how


BERLIN = MASTER.replace("2026-11-03 09:", "2026-11-03 10:")


@pytest.mark.parametrize(
    ("data", "options", "zones", "told", "zone"),
    [
        # The epochs in uniqueid say that local time is an hour ahead, and so it is read.
        (BERLIN, Options(), {}, "local, 1 h ahead of UTC by the epochs beside them", "Europe/Paris"),
        (MASTER, Options(), {}, "local, the same as UTC by the epochs beside them", "UTC"),
        # What is said wins, and the settings of the switch over what is found.
        (BERLIN, Options(zone="Asia/Tokyo"), {}, "local, 1 h ahead of UTC", "Asia/Tokyo"),
        (BERLIN, Options(), {"asterisk": "Europe/Rome"}, "local, 1 h ahead of UTC", "Europe/Rome"),
        # A clock that is two days off agrees with no zone.
        (MASTER.replace("2026-11-03", "2026-11-05"), Options(), {}, "local, 48 h ahead of UTC", "UTC"),
        # Nothing says which zone.
        (
            HEADER + "2026-11-03 09:00:00;101;102;7;x\n",
            Options(),
            {},
            "local, and nothing says in which zone",
            "UTC",
        ),
        # The times say it themselves.
        (
            HEADER + "2026-11-03T09:00:00+01:00;101;102;7;x\n",
            Options(),
            {},
            "local, each with its offset",
            "UTC",
        ),
        (HEADER + "1793696400;101;102;7;x\n", Options(), {}, "epochs, which are UTC", "UTC"),
    ],
)
def test_the_zone_of_the_times(
    data: str, options: Options, zones: dict[str, str], told: str, zone: str
) -> None:
    found = looked(data, options, **zones)
    assert fact(found, "times").startswith(told)
    assert found.zone == zone


def test_the_calls_are_as_they_would_be_stored() -> None:
    found = looked(BERLIN)
    assert len(found.calls) == SHOWN
    assert found.calls[0].start == datetime(2026, 11, 3, 9, tzinfo=UTC)
    assert (found.read, found.rejected, found.more) == (30, 0, False)


def test_rejects_are_told_with_their_reasons() -> None:
    found = looked(MASTER + "x,y\n" + call(40, start="nonsense") + "\n")
    assert [(reject.line, reject.kind) for reject in found.rejects] == [(31, "columns"), (32, "time")]
    assert found.rejected == 2


def test_only_the_first_rows_of_a_long_file_are_looked_at() -> None:
    found = looked("".join(f"{call(number)}\n" for number in range(10_500)))
    assert (found.read, found.more) == (10_000, True)


def test_a_file_that_is_not_recognised_shows_its_columns() -> None:
    """The page lets people say which is which."""
    found = looked("Wann;Wen\n" + "03.11.2026 09:00;102\n" * 9)
    assert found.problem.startswith("The format of calls.csv is not recognised")
    assert found.header == ("Wann", "Wen")
    assert found.raw == (("03.11.2026 09:00", "102"),) * RAW
    assert fact(found, "delimiter") == "semicolon"
    assert (found.format, found.calls) == ("", ())


def test_how_times_are_written_that_need_a_mapping_is_told() -> None:
    options = Options(mapping=(("start", "Wann"), ("destination", "Wen")))
    found = looked("Wann;Wen\n" + "03.11.2026 09:00;102\n" * 9, options)
    assert any("written as %d.%m.%Y %H:%M" in note for note in found.notes)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "calls.csv holds no calls: it is empty."),
        (b"SQLite format 3\0" + b"\0" * 100, "calls.csv is an SQLite database"),
        (b"PK\x03\x04...", "calls.csv is a zip archive"),
        (gzip.compress(MASTER.encode(), mtime=0)[:40], "is cut off"),
        ('{"a": 1', "begins as JSON and is none"),
    ],
)
def test_what_cannot_be_read_gets_a_sentence(data: bytes, sentence: str) -> None:
    assert sentence in looked(data).problem


def test_a_path_that_is_not_there_gets_a_sentence(tmp_path: Path) -> None:
    found = diagnose(tmp_path / "none.csv", Options(), {}, NOW)
    assert found.problem == f"There is no file {tmp_path / 'none.csv'}."


@pytest.mark.parametrize(
    ("data", "options", "command", "settings"),
    [
        # The zone that was found, and others that would fit.
        (
            BERLIN,
            Options(),
            "cdr-stats import /log/Master.csv --switch asterisk --tz Europe/Paris",
            '[sources.asterisk]\nkind = "file"\npath = "/log/Master.csv"\n'
            'zone = "Europe/Paris"  # Africa/Lagos would agree too',
        ),
        # What was said is said again, quoted as a shell and TOML want it.
        (
            "Wann;Wen\n2026-11-03 09:00:00;102\n",
            Options("pbx 1", mapping=(("start", "Wann"), ("destination", "Wen"))),
            "cdr-stats import /log/Master.csv --switch 'pbx 1' --map start=Wann --map destination=Wen",
            '[sources."pbx 1"]\nkind = "file"\npath = "/log/Master.csv"\n'
            'zone = "UTC"  # nothing in the file says so: which is it?\n'
            'mapping = "start=Wann destination=Wen"',
        ),
        # Epochs need no zone.
        (
            HEADER + "1793696400;101;102;7;x\n",
            Options("pbx", format="csv"),
            "cdr-stats import /log/Master.csv --switch pbx --format csv",
            '[sources.pbx]\nkind = "file"\npath = "/log/Master.csv"\nformat = "csv"',
        ),
    ],
)
def test_the_advice(data: str, options: Options, command: str, settings: str) -> None:
    found = looked(data, options)
    assert advice.command(found, "/log/Master.csv") == command
    assert advice.settings(found, "/log/Master.csv") == settings


def test_a_document_is_read_from_its_folder() -> None:
    path = next((SAMPLES / "freeswitch").glob("*.json"))
    found = diagnose(path, Options(), {}, NOW)
    assert f'kind = "folder"\npath = "{path.parent}"' in advice.settings(found, str(path))


def test_files_that_come_every_minute_are_read_from_their_folder() -> None:
    (path,) = (SAMPLES / "cisco").iterdir()
    assert advice.settings(diagnose(path, Options(), {}, NOW), str(path)) == (
        f'[sources.cucm]\nkind = "folder"\npath = "{path.parent}"\npattern = "cdr_*"'
    )
