"""The exported file: every call, in the viewer's zone, without a cell that a spreadsheet would run."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from app.export import HEADER, chunks, file_name, row, safe
from store import calls
from store.batch import prepare
from store.database import Store
from store.ledger import commit
from store.record import CDR
from store.scope import Scope
from tests.cast import CAST, MORNING

BERLIN = ZoneInfo("Europe/Berlin")
DAY = Scope(MORNING - timedelta(days=1), MORNING + timedelta(days=1))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Alice", "Alice"),
        ("=1+1", "'=1+1"),
        ("+4930", "'+4930"),
        ("-2", "'-2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1+1", "'  =1+1"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        # where the spreadsheet parts cells by semicolons or tabs
        ("x;=cmd|'/C calc'!A0;", "x;'=cmd|'/C calc'!A0;"),
        ("; +1", "; '+1"),
        ("x\t=1", "x\t'=1"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(text: str, written: str) -> None:
    assert safe(text) == written


def test_times_stand_in_the_viewers_zone_with_their_offset() -> None:
    call = CAST[0]
    cells = dict(zip(HEADER, row(call, BERLIN), strict=True))
    assert cells["start"] == "2026-11-22T09:01:00.000+01:00"
    assert datetime.fromisoformat(cells["answer"]) == call.answer
    assert (cells["duration"], cells["billsec"]) == ("70.000", "60.000")


def test_a_call_that_was_not_answered_has_no_answer_time() -> None:
    call = CAST[2]
    assert dict(zip(HEADER, row(call, BERLIN), strict=True))["answer"] == ""


def test_the_file_is_made_piece_by_piece_and_never_read_as_a_whole() -> None:
    taken = 0

    def endless() -> Iterator[CDR]:
        nonlocal taken
        while True:
            taken += 1
            yield CAST[0]

    pieces = chunks(endless(), BERLIN, size=100)
    assert len(list(islice(pieces, 3))) == 3
    assert taken == 300


def test_no_calls_are_a_header() -> None:
    assert list(chunks(iter(()), BERLIN)) == [(",".join(HEADER) + "\r\n").encode()]


def test_the_name_of_the_file_tells_its_days_in_the_viewers_zone() -> None:
    scope = Scope(
        datetime(2026, 11, 21, 23, tzinfo=UTC), datetime(2026, 11, 22, 23, tzinfo=UTC), "Europe/Berlin"
    )
    assert file_name(scope) == "cdr-stats_2026-11-22_2026-11-22.csv"


def test_the_file_holds_every_call_of_the_scope_once(store: Store) -> None:
    commit(store, prepare(CAST))
    text = b"".join(chunks(calls.stream(store, DAY), BERLIN, size=2)).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["uuid"] for row in rows} == {call.uuid for call in CAST}
    assert len(rows) == len(CAST)
    assert [row["start"] for row in rows] == sorted(row["start"] for row in rows)
