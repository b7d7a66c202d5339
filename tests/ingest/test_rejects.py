"""Rejected rows in a real database: whose they are, and when they are none any more."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from bson import ObjectId

from ingest.importer import Report, run
from ingest.recipe import Options
from ingest.retry import retry
from store import rejects
from store.database import Store
from store.record import Reject
from store.verify import verify
from tests.ingest.asterisk_rows import call
from tests.ingest.test_importer import PBX, counts, stored, write

BACK = {
    "start": "2026-10-25 02:30:00", "answer": "", "end": "2026-10-25 02:10:00", "duration": "2400",
    "billsec": "0", "disposition": "BUSY",
}  # fmt: skip
"""A call that is in order where clocks go back within it, and nowhere else."""


def kept(store: Store, report: Report | None = None) -> list[str]:
    return [found["text"] for found in rejects.find(store, report and report.id)]


def test_rejects_are_kept_once_and_pass_when_the_settings_are_right(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    rows = [",2026-11-03 09:00:00,102,u1", "pbx,soon,102,u2", "pbx,2026-11-03 09:00:00,102,u3"]
    write(path, ["switch,start,destination,uuid", *rows])
    for _ in range(2):
        report = run(store, path, Options())
    assert counts(report) == (3, 0, 1, 0, 2)
    assert report.reasons == {"switch": 1, "time": 1}
    kept = list(rejects.find(store))
    assert [(found["line"], found["kind"], found["text"]) for found in kept] == [
        (2, "switch", ",2026-11-03 09:00:00,102,u1"),
        (3, "time", "pbx,soon,102,u2"),
    ]
    assert tuple(retry(store)) == (2, 0, 0, 0, 2)
    assert tuple(retry(store, switch="pbx")) == (2, 1, 0, 0, 1)
    assert [found["text"] for found in rejects.find(store)] == ["pbx,soon,102,u2"]
    assert {found.uuid for found in stored(store)} == {"u1", "u3"}
    assert rejects.forget(store) == 1
    assert verify(store) == []


def test_the_latest_import_that_rejected_a_row_owns_it(store: Store, tmp_path: Path) -> None:
    bad = [call(number, duration="-1") for number in range(3)]
    rows = [*bad, *map(call, range(3, 9))]
    first = run(store, write(tmp_path / "one.csv", rows), PBX)
    second = run(store, write(tmp_path / "two.csv", rows[1:]), PBX)
    assert kept(store, first) == bad[:1]
    assert kept(store, second) == bad[1:]
    assert {(found["file"], found["line"]) for found in rejects.find(store, second.id)} == {
        (str(tmp_path / "two.csv"), 1),
        (str(tmp_path / "two.csv"), 2),
    }


@pytest.mark.parametrize(
    ("rows", "wrong", "right"),
    [
        # Read in the wrong zone, calls end before they start; the last line has no line end yet.
        (
            [
                call(1, 18, uniqueid="1792888200.1", **BACK),
                *map(call, range(2, 9)),
                call(9, 18, uniqueid="1792888200.9", userfield="é", **BACK),
                call(10)[:-9],
            ],
            PBX,
            PBX._replace(zone="Europe/Berlin"),
        ),
        # Read without a switch, no row names one.
        (
            ["switch,start,destination", *(f",2026-11-03 09:00:0{n},102" for n in range(9)), ""],
            Options(),
            PBX,
        ),
    ],
)
def test_a_reject_that_passes_when_it_is_imported_again_is_none_any_more(
    store: Store, tmp_path: Path, rows: Iterable[str], wrong: Options, right: Options
) -> None:
    path = write(tmp_path / "Master.csv", rows, end="")
    before = run(store, path, wrong)
    assert before.rejected == len(kept(store, before)) > 0
    after = run(store, path, right)
    assert (after.rejected, kept(store)) == (0, [])
    assert len(stored(store)) == after.calls == 9
    assert verify(store) == []


def test_a_row_that_is_rejected_again_stays(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "Master.csv", [call(1), call(2, duration="-1"), call(3)])
    run(store, path, PBX)
    report = run(store, path, PBX._replace(zone="Europe/Berlin"))
    assert kept(store) == kept(store, report) == [call(2, duration="-1")]


def test_half_a_character_in_a_row_is_kept_as_a_question_mark(store: Store) -> None:
    refused = [Reject(1, "It is \ud800.", "a\ud800b", "odd")]
    rejects.ensure(store)
    with store.client.start_session() as session:
        for _ in range(2):
            rejects.note(store, session, ObjectId(), "calls.json", "pbx", refused)
    assert kept(store) == ["a?b"]
