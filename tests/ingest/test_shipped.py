"""The mappings that come with the program: which calls the samples of each switch are, and how a file of it
is known among all others.
"""

from pathlib import Path
from typing import NamedTuple

import pytest

from ingest.formats import FORMATS
from ingest.mapping import shipped
from ingest.recipe import Options
from store.record import CDR
from tests.ingest.reading import SAMPLES, read, sample, text


class Told(NamedTuple):
    """What is asked of a call: whose, when (to the second), how long, and how it ended."""

    start: str
    caller: str
    destination: str
    direction: str
    seconds: float
    talk: float
    cause: str
    rows: int = 1


def told(call: CDR) -> Told:
    return Told(
        f"{call.start:%m-%d %H:%M:%S}",
        call.caller,
        call.destination,
        call.direction,
        call.mduration / 1000,
        call.billmsec / 1000,
        call.cause,
        max(1, len(call.legs)),
    )


PARIS = "0033142685300"
CALLS: dict[tuple[str, str], list[Told]] = {
    # A queue that an agent answered, a caller who gave up, a call inside.
    ("3cx", "cdr.log"): [
        Told("04-30 06:27:28", "0705551234", "80002", "in", 498, 490, "NORMAL_CLEARING"),
        Told("04-30 06:28:00", "101", PARIS, "out", 21, 0, "ORIGINATOR_CANCEL"),
        Told("04-30 06:29:00", "101", "102", "internal", 35, 31, "NORMAL_CLEARING"),
    ],
    # Names stand before numbers in brackets; a comma in a name is quoted.
    ("3cx_log", "CallReports.csv"): [
        Told("09-22 10:00:05", "0211830", "101", "in", 79, 72, "NORMAL_CLEARING"),
        Told("09-22 10:01:00", "101", PARIS, "out", 20, 0, "UNSPECIFIED"),
        Told("09-22 10:02:00", "101", "102", "internal", 34, 31, "NORMAL_CLEARING"),
    ],
    # Two rows of one id are one call.
    ("yeastar", "cdr.csv"): [
        Told("11-03 09:00:00", "101", PARIS, "out", 127, 120, "NORMAL_CLEARING"),
        Told("11-03 09:01:00", PARIS, "102", "in", 20, 0, "NO_ANSWER"),
        Told("11-03 09:02:00", "101", "6400", "internal", 80, 60, "NORMAL_CLEARING", 2),
    ],
    # The master row and that of the agent who answered, joined by their session; no row tells an end.
    ("grandstream", "Master.csv"): [
        Told("11-03 09:00:00", "01001234567", "6514", "in", 115, 95, "NORMAL_CLEARING", 2),
        Told("11-03 10:00:00", "01112223334", "6514", "in", 0, 0, "NO_ANSWER"),
        Told("11-03 11:00:00", "6009", PARIS, "out", 49, 40, "NORMAL_CLEARING"),
    ],
    ("grandstream", "gxw.csv"): [
        Told("11-03 09:00:00", "5300", "5301", "internal", 9, 6, "NORMAL_CLEARING"),
        Told("11-03 09:01:00", "5300", "5301", "internal", 20, 0, "NO_ANSWER"),
    ],
    # The commas in lastdata are not quoted: Dial,SIP/5301,60,,2026-...
    ("grandstream_api", "cdr.csv"): [
        Told("11-03 09:00:00", "5300", "5301", "internal", 9, 6, "NORMAL_CLEARING"),
        Told("11-03 09:01:00", "5300", "5301", "internal", 20, 0, "USER_BUSY"),
    ],
    # One document; the rows of the second call are nested in it.
    ("grandstream_json", "cdr.json"): [
        Told("11-03 09:00:00", "5300", "5301", "internal", 9, 6, "NORMAL_CLEARING"),
        Told("11-03 09:01:00", "5300", "6500", "internal", 60, 45, "NORMAL_CLEARING", 2),
    ],
    # A transfer has two records, which end when they were written.
    ("avaya_ipo", "smdr.csv"): [
        Told("11-03 09:00:00", "101", PARIS, "out", 127, 120, "NORMAL_CLEARING"),
        Told("11-03 09:05:00", "0705551234", "200", "in", 105, 90, "NORMAL_CLEARING", 2),
        Told("11-03 09:10:00", "101", "102", "internal", 12, 0, "UNSPECIFIED"),
    ],
    # The time is that of the end, the date stands in a line of its own, and changes at midnight.
    ("avaya_cm", "teleseer.txt"): [
        Told("11-03 08:59:54", "101", PARIS, "out", 126, 126, "NORMAL_CLEARING"),
        Told("11-03 09:04:30", "102", "102", "in", 30, 30, "NORMAL_CLEARING"),
        Told("11-04 08:28:30", "101", "103", "internal", 90, 90, "NORMAL_CLEARING"),
        Told("11-04 08:40:00", "101", PARIS, "out", 0, 0, "NORMAL_CIRCUIT_CONGESTION"),
    ],
    ("avaya_cm", "59char.txt"): [
        Told("11-03 08:59:54", "101", PARIS, "out", 126, 126, "NORMAL_CLEARING"),
        Told("11-03 09:04:30", "102", "102", "in", 30, 30, "NORMAL_CLEARING"),
        Told("11-04 08:28:30", "101", "103", "internal", 90, 90, "NORMAL_CLEARING"),
        Told("11-04 08:40:00", "101", PARIS, "out", 0, 0, "NORMAL_CIRCUIT_CONGESTION"),
    ],
    ("avaya_cm", "int_isdn.txt"): [
        Told("11-03 08:59:54", "101", PARIS, "out", 126, 126, "NORMAL_CLEARING"),
        Told("11-03 09:04:30", "0705551234", "102", "in", 30, 30, "NORMAL_CLEARING"),
    ],
    # Extended digit length with seconds; a transfer is joined by its call identifier.
    ("mitel", "smdr.log"): [
        Told("11-03 13:13:16", "7411", "7406", "internal", 1001, 998, "NORMAL_CLEARING"),
        Told("11-03 13:31:36", "T3", "94163759", "in", 0, 0, "INVALID_NUMBER_FORMAT"),
        Told("11-03 13:35:16", "8133", "8133 8024", "out", 10, 10, "NORMAL_CLEARING"),
        Told("11-03 13:40:00", "0284785439", "2301", "in", 101, 90, "NORMAL_CLEARING", 2),
        Told("11-03 13:50:00", "T3", "2301", "in", 0, 0, "USER_BUSY"),
    ],
    # 90 characters, once with a clock of 12 hours; Christmas was last year.
    ("mitel", "standard.log"): [
        Told("11-03 09:00:00", "101", "90033142685300", "out", 120, 120, "NORMAL_CLEARING"),
        Told("11-03 13:05:00", "T3", "101", "in", 37, 30, "NORMAL_CLEARING"),
        Told("12-24 23:59:00", "101", "102", "internal", 30, 30, "NORMAL_CLEARING"),
    ],
    # The records of both subscribers are one call.
    ("broadworks", "BW-CDR-20261103090000-2-0.csv"): [
        Told("11-03 09:00:00", "+15146980101", "+33142685300", "out", 127.666, 120.333, "NORMAL_CLEARING"),
        Told("11-03 09:05:00", "+15146980101", "+15146980102", "internal", 63, 60, "NORMAL_CLEARING", 2),
        Told("11-03 09:10:00", "+33142685300", "+15146980102", "in", 15.5, 0, "USER_BUSY"),
    ],
}


@pytest.mark.parametrize(("name", "file"), CALLS)
def test_the_calls_of_each_sample(name: str, file: str) -> None:
    found = sample(name, file)
    assert found.recipe.format == name
    assert found.rejects == []
    assert [told(call) for call in found.calls] == CALLS[name, file]


def test_every_mapping_has_a_sample() -> None:
    assert {name for name, _ in CALLS} == set(shipped())
    assert [name for name in shipped() if name not in FORMATS] == []


@pytest.mark.parametrize("name", shipped())
def test_each_mapping_says_where_its_layout_is_from_and_what_is_inferred(name: str) -> None:
    head = (SAMPLES.parents[2] / "assets" / "mappings" / f"{name}.toml").read_text(encoding="utf-8")
    comment = "\n".join(line for line in head.split("\n\n")[0].splitlines() if line.startswith("#"))
    assert "nferred" in comment


@pytest.mark.parametrize(
    ("name", "line", "reason"),
    [
        # A row that is cut off, or has a value that cannot be.
        ("3cx", "Call 265500,89d3af2d8f010000_3456,00:08:10,2026/04/30 06:27:28", "should have 14 to 40"),
        ("yeastar", "1,yesterday,101,102,1,1,1,BUSY,,,,,,,,,", "'yesterday' is not of the form"),
        (
            "avaya_ipo",
            "2026/11/03 09:00:00,two minutes,7,101,O,102,102,,0,1,0",
            "'two minutes' is not a number",
        ),
        ("mitel", " 11/03 13:13:16  forever    7411", "of no layout that the mapping has"),
        ("avaya_cm", "   99020021709 00033142685300  101", "'1104 9902' is not of the form"),
        ("broadworks", "0000000000100,acme,Normal,,,,,,,tomorrow", "'tomorrow' is not of the form"),
    ],
)
def test_a_bad_row_is_rejected_with_a_reason(tmp_path: Path, name: str, line: str, reason: str) -> None:
    good = next(file for folder, file in CALLS if folder == name)
    known = (SAMPLES / name / good).read_text(encoding="utf-8")
    found = text(tmp_path / "calls", known + line + "\n", Options(format=name))
    assert [reject for reject in found.rejects if reason in reject.reason]
    assert len(found.rows) == len(sample(name, good).rows)


def test_a_date_that_is_carried_survives_the_border_of_chunks(tmp_path: Path) -> None:
    """Some 20,000 calls of one day are several chunks, and only the first begins with the date."""
    date, *lines = (SAMPLES / "avaya_cm" / "59char.txt").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "cdr.txt"
    path.write_text("\n".join([date, *lines[:1] * 25_000, ""]), encoding="utf-8")
    found = read(path)
    assert {f"{row.start:%m-%d}" for row in found.rows} == {"11-03"}
    assert len(found.rows) == 25_000
