"""An SQLite file is imported like any other: recognised by its tables, read to its end, and known the second
time.
"""

import sqlite3
import tomllib
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest import advice
from ingest.databases import import_any, is_database, layout_of, run
from ingest.doctor import diagnose
from ingest.recipe import Options
from ingest.retry import retry
from store import calls, imports, rejects
from store.database import Store
from store.errors import ImportProblem
from store.scope import Scope
from tests.ingest.reading import NOW

KAMAILIO = Path(__file__).resolve().parent / "real_sip" / "rows" / "kamailio.sqlite"
EVER = Scope(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
CDR = (
    "CREATE TABLE cdr (calldate TEXT, src TEXT, dst TEXT, dstchannel TEXT, disposition TEXT, duration INT, "
    "billsec INT, uniqueid TEXT, id INTEGER PRIMARY KEY)"
)


def database(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as found:
        for statement in statements:
            found.execute(statement)
        found.commit()
    return path


def test_93_real_calls_are_93_calls_twice_in_a_row(store: Store) -> None:
    said: list[str] = []
    report = run(store, KAMAILIO, Options("sip-1", "kamailio"), say=said.append)
    assert (report.calls, report.new, report.rejected) == (93, 93, 0)
    assert said[0].endswith("a database of Kamailio or OpenSIPS: acc, missed_calls and acc_cdrs.")
    found = list(calls.stream(store, EVER))
    assert (len(found), sum(call.answered for call in found)) == (93, 48)
    assert {call.switch for call in found} == {"sip-1"}
    again = import_any(store, KAMAILIO, Options("sip-1"))
    assert (again.new, again.known, again.corrected) == (0, 93, 0)
    document = imports.get(store, again.id)
    assert document is not None
    assert (document["state"], document["calls"]) == ("done", 93)


@pytest.mark.parametrize(
    ("tables", "name", "words"),
    [
        # By its tables and their columns, whatever the case.
        (["CREATE TABLE acc (callid TEXT, sip_code TEXT)"], "auto", "Kamailio"),
        (["CREATE TABLE acc_cdrs (start_time TEXT, duration REAL)"], "auto", "Kamailio"),
        ([CDR], "auto", "Asterisk or FreePBX"),
        (["CREATE TABLE CDR (Destination_Number TEXT, Hangup_Cause TEXT)"], "auto", "FreeSWITCH"),
        (["CREATE TABLE voip_cdr (callid TEXT, starting_date TEXT)"], "auto", "CDR-Stats 3"),
        # As it is named.
        (["CREATE TABLE acc (x TEXT)"], "kamailio", "Kamailio"),
    ],
)
def test_a_database_is_known_by_its_tables(tmp_path: Path, tables: list[str], name: str, words: str) -> None:
    path = database(tmp_path / "calls.db", *tables)
    assert is_database(path)
    assert words in layout_of(path, name).words


@pytest.mark.parametrize(
    ("tables", "name", "sentence"),
    [
        (["CREATE TABLE books (title TEXT)"], "auto", "without tables of calls that are known; it has books"),
        (["CREATE TABLE acc (callid TEXT, sip_code TEXT)"], "cdr_csv", "'cdr_csv' none of what one may be"),
    ],
)
def test_another_database_is_refused(tmp_path: Path, tables: list[str], name: str, sentence: str) -> None:
    with pytest.raises(ImportProblem, match=sentence):
        layout_of(database(tmp_path / "calls.db", *tables), name)


def test_a_database_that_lacks_the_columns_is_refused_when_it_is_read(store: Store, tmp_path: Path) -> None:
    path = database(tmp_path / "calls.db", "CREATE TABLE other (x TEXT)")
    with pytest.raises(ImportProblem, match="neither a table acc nor acc_cdrs"):
        run(store, path, Options("sip-1", "kamailio"))


def test_rows_that_are_no_calls_are_rejected_and_tried_again(store: Store, tmp_path: Path) -> None:
    path = database(
        tmp_path / "calls.db",
        CDR,
        "INSERT INTO cdr VALUES ('2026-11-03 09:00:00', '101', '102', 'PJSIP/x', 'ANSWERED', 67, 60, "
        "'1793696400.1', 1)",
        "INSERT INTO cdr VALUES ('whenever', '101', '102', 'PJSIP/x', 'ANSWERED', 67, 60, '1793696400.2', 2)",
    )
    report = run(store, path, Options("pbx"))
    assert (report.read, report.calls, report.rejected, report.reasons) == (2, 1, 1, {"time": 1})
    assert [found["reason"] for found in rejects.find(store)] == [
        "The start 'whenever' is no time (YYYY-MM-DD HH:MM:SS, ISO 8601 or an epoch)."
    ]
    assert retry(store).rejected == 1


def test_the_doctor_tells_what_a_database_is_and_how_it_is_read_for_good() -> None:
    found = diagnose(KAMAILIO, Options("sip-1"), {}, NOW, zones={"sip-1": "Europe/Berlin"})
    assert (found.format, found.problem, found.zone) == ("kamailio", "", "Europe/Berlin")
    assert (len(found.calls), found.rejected, found.more) == (10, 0, False)
    facts = dict(found.facts)
    assert "acc, acc_cdrs" in facts["tables"]
    assert facts["answered"] == "48 of 93 rows"
    path = str(KAMAILIO)
    assert advice.command(found, path) == f"cdr-stats import {path} --switch sip-1"
    assert tomllib.loads(advice.settings(found, path))["sources"]["sip-1"] == {
        "kind": "kamailio_sql",
        "address": f"sqlite:///{path}",
        "zone": "Europe/Berlin",
    }


def test_the_doctor_shows_the_rows_of_a_database_that_would_be_rejected(tmp_path: Path) -> None:
    bad = (
        "INSERT INTO cdr VALUES ('whenever', '101', '102', 'PJSIP/x', 'ANSWERED', 67, 60, '1793696400.2', 2)"
    )
    found = diagnose(database(tmp_path / "calls.db", CDR, bad), Options(), {}, NOW)
    assert [reject.kind for reject in found.rejects] == ["time"]
    assert found.calls == ()


@pytest.mark.parametrize("data", [b"SQLite format 3\0" + b"\0" * 100, b"SQLite format 3\0"])
def test_a_database_that_is_broken_is_told_by_a_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(data)
    assert "cannot be read as an SQLite database" in diagnose(path, Options(), {}, NOW).problem
