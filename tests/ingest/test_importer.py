"""Imports into a real database: whatever is imported how often, each call is there once."""

import gzip
import os
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from app.commands.output import records_of
from ingest import importer, sample
from ingest.importer import Report, run
from ingest.recipe import Options
from store import calls, imports, marks, queries, rejects
from store.database import Store, open_store
from store.errors import ImportProblem
from store.record import CDR
from store.scope import Scope
from store.settings import Settings
from store.verify import verify
from tests.ingest import oracle
from tests.ingest.asterisk_rows import call, master
from tests.ingest.killing import import_through_kills

EVER = Scope(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
PBX = Options(switch="pbx")
KEYS = {
    "totals": "",
    "switches": "switch",
    "accounts": "account",
    "hangup_causes": "hangup_cause",
    "directions": "direction",
    "hours": "hour",
}


@pytest.fixture
def master_csv(tmp_path: Path) -> Path:
    return tmp_path / "Master.csv"


def write(path: Path, rows: Iterable[str], end: str = "\n") -> Path:
    path.write_text("\n".join(rows) + end, encoding="utf-8")
    return path


def stored(store: Store) -> list[CDR]:
    return list(calls.stream(store, EVER))


def counts(report: Report) -> tuple[int, int, int, int, int]:
    return report.read, report.new, report.known, report.corrected, report.rejected


def test_the_same_file_twice_adds_nothing(store: Store, master_csv: Path) -> None:
    write(master_csv, map(call, range(100)))
    assert counts(run(store, master_csv, PBX)) == (100, 100, 0, 0, 0)
    assert counts(run(store, master_csv, PBX)) == (100, 0, 100, 0, 0)
    assert verify(store) == []
    assert len(stored(store)) == 100


def test_a_grown_file_adds_what_is_new(store: Store, master_csv: Path) -> None:
    run(store, write(master_csv, map(call, range(60))), PBX)
    assert counts(run(store, write(master_csv, map(call, range(100))), PBX)) == (100, 40, 60, 0, 0)
    assert verify(store) == []


def test_overlapping_files_give_each_call_once(store: Store, tmp_path: Path) -> None:
    run(store, write(tmp_path / "one.csv", map(call, range(60))), PBX)
    (tmp_path / "two.csv.gz").write_bytes(
        gzip.compress("\r\n".join(map(call, range(40, 100))).encode() + b"\r\n")
    )
    assert counts(run(store, tmp_path / "two.csv.gz", PBX)) == (60, 40, 20, 0, 0)
    assert len(stored(store)) == 100
    assert verify(store) == []


@pytest.mark.parametrize(
    ("rows", "packed"),
    [
        # Fewer lines than are looked at to recognise them.
        (50, False),
        # More, which another process makes ready; then gzipped.
        (12_000, False),
        (12_000, True),
    ],
)
def test_a_pipe_is_a_file_without_a_size(store: Store, tmp_path: Path, rows: int, packed: bool) -> None:
    pipe = tmp_path / "calls"
    os.mkfifo(pipe)
    text = "".join(f"{call(number)}\n" for number in range(rows)).encode()
    writer = threading.Thread(target=pipe.write_bytes, args=(gzip.compress(text) if packed else text,))
    writer.start()
    told: list[importer.Progress] = []
    assert counts(run(store, pipe, PBX, told.append)) == (rows, rows, 0, 0, 0)
    writer.join()
    assert (told[-1].position, told[-1].size) == (len(text), 0)


@pytest.mark.parametrize("width", [16, 17, 18, 19, 20, 21])
@pytest.mark.parametrize("cut", [1, 2, 3, 5, 8, 20, 60, 120, 200])
def test_an_unfinished_last_line_makes_no_other_call_than_the_finished_one(
    store: Store, master_csv: Path, width: int, cut: int
) -> None:
    """Wherever the writer stands, the calls after the next import are those of the finished file."""
    rows = [call(number, width) for number in range(41, 46)]
    whole = "\n".join(rows)
    master_csv.write_text(whole[: len(whole) - cut + 1], encoding="utf-8")
    first = run(store, master_csv, PBX)
    assert first.rejected == 0
    assert first.read + first.waits == 5
    run(store, write(master_csv, rows), PBX)
    assert len(stored(store)) == 5
    assert [found.uuid for found in stored(store) if found.legs] == []
    assert verify(store) == []


@pytest.mark.parametrize(
    ("name", "age", "last", "waits"),
    [
        # Its writer may be about to write more digits.
        ("Master.csv", 0, call(9, 21), True),
        # A rotated file, to which nobody wrote for a minute.
        ("Master.csv.1", 61, call(9, 21), False),
        # A packed one.
        ("Master.csv.gz", 0, call(9, 21), False),
        # A row that is not whole is none, wherever it stands: fewer columns, an open quote, half a number.
        ("Master.csv.gz", 0, call(9, 21)[:-3], True),
        ("Master.csv.1", 61, call(9, 18)[:-1], True),
        ("Master.csv.gz", 0, call(9, 21, duration="-"), True),
    ],
)
def test_a_last_line_without_an_end_is_taken_when_nothing_can_follow(
    store: Store, tmp_path: Path, name: str, age: float, last: str, waits: bool
) -> None:
    path, text = tmp_path / name, "\n".join([*(call(number, 21) for number in range(9)), last])
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    os.utime(path, (time.time() - age, time.time() - age))
    report = run(store, path, PBX)
    assert (report.waits, report.new, report.rejected) == (waits, 10 - waits, 0)


def test_a_last_line_without_an_end_is_taken_of_a_pipe(store: Store, tmp_path: Path) -> None:
    pipe = tmp_path / "calls"
    os.mkfifo(pipe)
    text = "\n".join(f"{call(number, 21)}" for number in range(9))
    writer = threading.Thread(target=pipe.write_text, args=(text,))
    writer.start()
    assert counts(run(store, pipe, PBX)) == (9, 9, 0, 0, 0)
    writer.join()


def test_a_wrong_zone_is_corrected_by_importing_again(store: Store, master_csv: Path) -> None:
    write(master_csv, map(call, range(50)))
    run(store, master_csv, PBX)
    report = run(store, master_csv, PBX._replace(zone="Europe/Berlin"))
    assert counts(report) == (50, 0, 0, 50, 0)
    assert stored(store)[0].start == datetime(2026, 11, 3, 8, tzinfo=UTC)
    assert len(stored(store)) == 50
    assert verify(store) == []


@pytest.mark.parametrize(
    ("changed", "width", "guessed"),
    [
        # No uniqueid, and the call begins and ends in the hour that came twice.
        ({"start": "2026-10-25 02:10:00", "answer": "", "end": "2026-10-25 02:12:07"}, 16, 9),
        # The epoch in uniqueid tells.
        ({"start": "2026-10-25 02:10:00", "answer": "", "end": "2026-10-25 02:12:07"}, 18, 0),
        # The end tells: it is behind that hour.
        ({"start": "2026-10-25 02:59:00", "answer": "", "end": "2026-10-25 03:01:07"}, 16, 0),
        # The hour that does not exist did not come twice.
        ({"start": "2026-03-29 02:10:00", "answer": "", "end": "2026-03-29 02:12:07"}, 16, 0),
    ],
)
def test_calls_of_the_hour_that_came_twice_are_counted_when_nothing_tells_it(
    store: Store, master_csv: Path, changed: dict[str, str], width: int, guessed: int
) -> None:
    rows = [call(number, width, src=f"{number}", billsec="0", **changed) for number in range(9)]
    write(master_csv, [*rows, call(9, width)])
    for _ in range(2):
        assert run(store, master_csv, PBX._replace(zone="Europe/Berlin")).guessed == guessed


def test_legs_in_two_files_are_one_call(store: Store, tmp_path: Path) -> None:
    end = "2026-11-03 09:00:20"
    first = master(21, disposition="NO ANSWER", answer="", billsec="0", end=end, duration="20")
    stamps = {"start": end, "answer": "2026-11-03 09:00:25", "end": "2026-11-03 09:01:25"}
    numbers = {"uniqueid": "1793696400.30", "sequence": "32", "duration": "65", "billsec": "60"}
    second = master(21, **stamps, **numbers)
    run(store, write(tmp_path / "one.csv", [first]), PBX)
    assert counts(run(store, write(tmp_path / "two.csv", [second]), PBX)) == (1, 0, 0, 1, 0)
    (found,) = stored(store)
    assert [leg.answered for leg in found.legs] == [False, True]
    assert (found.answered, found.billmsec, found.mduration) == (True, 60_000, 85_000)
    assert counts(run(store, tmp_path / "one.csv", PBX)) == (1, 0, 1, 0, 0)
    assert verify(store) == []


def test_bytes_that_are_not_utf8_are_read_as_latin1_and_counted(store: Store, master_csv: Path) -> None:
    row = master(clid='"José" <101>').encode("latin-1")
    master_csv.write_bytes(row + b"\n" + call(5).encode() + b"\n")
    report = run(store, master_csv, PBX)
    assert report.foreign == 1
    assert {found.caller_name for found in stored(store)} == {"José", "Alice"}


def test_a_file_without_any_call_does_not_fill_the_store(store: Store, master_csv: Path) -> None:
    write(master_csv, (call(number, duration="-1") for number in range(500)))
    with pytest.raises(ImportProblem, match=r"None of the first 500 rows .* is a call"):
        run(store, master_csv, PBX)
    assert list(rejects.find(store)) == []


@pytest.mark.parametrize(
    ("rows", "damage", "sentence"),
    [
        # Much more than is read at once, and a few rows.
        (9000, slice(None, -9000), "is cut off: it ends after"),
        (60, slice(None, -60), "is cut off: it ends after"),
        # Other bytes than were written.
        (9000, slice(None, None, -1), "is damaged: it cannot be read after"),
    ],
)
def test_a_damaged_gzip_file_gives_its_whole_part_and_an_error(
    store: Store, tmp_path: Path, rows: int, damage: slice, sentence: str
) -> None:
    path = tmp_path / "Master.csv.gz"
    lines = "\n".join(call(number, 18, userfield=f"{number * 7919}") for number in range(rows))
    packed = gzip.compress(lines.encode())
    half = len(packed) // 2
    path.write_bytes(packed[:half] + packed[half:][damage])
    with pytest.raises(importer.Incomplete, match=sentence) as problem:
        run(store, path, PBX)
    report, newest = problem.value.report, imports.latest(store, 1)[0]
    assert newest["state"] == "failed"
    assert report.new == newest["new"] == len(stored(store)) > rows / 4
    assert verify(store) == []


def test_every_row_is_looked_at_again_when_asked(store: Store, master_csv: Path) -> None:
    write(master_csv, map(call, range(9)))
    run(store, master_csv, PBX)
    store.db["cdr_202611"].delete_one({"uuid": "1793696700.5"})
    assert counts(run(store, master_csv, PBX)) == (9, 0, 9, 0, 0)
    assert counts(run(store, master_csv, PBX._replace(again=True))) == (9, 1, 8, 0, 0)
    store.db["cdr_202611"].delete_one({"uuid": "1793696700.5"})
    marks.forget(store)
    assert counts(run(store, master_csv, PBX)) == (9, 1, 8, 0, 0)
    assert len(stored(store)) == 9


def test_names_of_other_bytes_than_utf8_do_not_end_an_import(store: Store, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"Master-caf\xe9.csv")
    write(path, [call(1), call(2, duration="-1")])
    report = run(store, path, Options(switch=os.fsdecode(b"pbx-\xe9 ")))
    assert counts(report) == (2, 1, 0, 0, 1)
    assert report.file == str(tmp_path / "Master-caf?.csv")
    assert [found.switch for found in stored(store)] == ["pbx-?"]
    (kept,) = rejects.find(store, report.id)
    assert (kept["file"], kept["switch"]) == (report.file, "pbx-?")


def test_what_is_recognised_is_said_aloud(store: Store, master_csv: Path) -> None:
    said: list[str] = []
    run(store, write(master_csv, [call(1)]), Options(), say=said.append)
    assert said == [
        f"{master_csv}: Asterisk cdr_csv, 18 columns: uniqueid and userfield.",
        "The switch is called 'asterisk'; --switch NAME gives it another name.",
    ]


def agrees(store: Store, path: Path) -> None:
    """The figures of the store are those of the file, counted by brute force."""
    expected = oracle.of_our_csv(path)
    for figure, key in KEYS.items():
        frame = getattr(queries, figure)(store, EVER)
        assert oracle.of_rows(records_of(frame), key) == expected[figure], figure


@pytest.mark.parametrize("small", [1 << 30, 0])
def test_every_figure_is_that_of_the_file(
    store: Store, tmp_path: Path, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made ready in this process, and in another."""
    monkeypatch.setattr(importer, "SMALL", small)
    path = tmp_path / "sample.csv"
    sample.write(path, 20, 25_000, 3, datetime(2026, 11, 20, tzinfo=UTC))
    told: list[importer.Progress] = []
    report = run(store, path, Options(), told.append)
    assert counts(report) == (25_000, 25_000, 0, 0, 0)
    assert [progress.read for progress in told] == [9_999, 19_999, 25_000]  # and the header
    assert told[-1].position == told[-1].size == path.stat().st_size
    agrees(store, path)
    assert verify(store) == []


def test_killed_at_any_instant_an_import_loses_and_doubles_nothing(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    sample.write(path, 20, 30_000, 4, datetime(2026, 11, 20, tzinfo=UTC))
    address = store.settings.mongo_uri
    assert address is not None
    environment = {
        "CDR_STATS_MONGO_URI": address.get_secret_value(),
        "CDR_STATS_DATABASE": store.settings.database,
        "CDR_STATS_DATA": str(tmp_path),
    }
    killed = import_through_kills([str(path)], environment, kills=5, seed=11, longest=3.0)
    assert killed
    agrees(store, path)
    assert verify(store) == []
    states = [found["state"] for found in imports.latest(store)]
    assert states[0] == "done"
    assert "running" not in states


def test_a_database_that_is_killed_during_an_import_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    sample.write(path, 20, 25_000, 5, datetime(2026, 11, 20, tzinfo=UTC))
    with open_store(Settings(data=tmp_path / "data")) as store:
        killed: list[int] = []

        def kill(progress: importer.Progress) -> None:
            if not killed:
                killed.append(kill_mongod(tmp_path / "data"))

        report = run(store, path, Options(), kill)
        assert killed
        assert counts(report) == (25_000, 25_000, 0, 0, 0)
        agrees(store, path)
        assert verify(store) == []


def kill_mongod(folder: Path) -> int:
    """Kill the server whose data lies in this folder; gives its process id."""
    (server,) = (
        process
        for process in psutil.process_iter(["name", "cmdline"])
        if process.info["name"] == "mongod"
        and any(str(folder) in word for word in process.info["cmdline"] or ())
    )
    server.kill()
    return int(server.pid)


def test_an_export_imported_again_is_known(store: Store, tmp_path: Path) -> None:
    """An export puts an apostrophe before +33..., which keeps spreadsheets from reading a formula."""
    original, exported = tmp_path / "original.csv", tmp_path / "exported.csv"
    sample.write(original, 2, 200, 7, datetime(2026, 11, 1, tzinfo=UTC))
    exported.write_text(original.read_text(encoding="utf-8").replace(",+", ",'+"), encoding="utf-8")
    run(store, original, Options())
    assert counts(run(store, exported, Options())) == (200, 0, 200, 0, 0)
