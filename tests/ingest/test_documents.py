"""Files that are one document: unfolded into records, whatever is around them, and imported like lines."""

import json
import os
from pathlib import Path

import pytest

from ingest.documents import kind_of, records
from ingest.recipe import Options
from store.errors import ImportProblem
from tests.ingest.reading import SAMPLES, read

CALL = {"start": "2026-11-03 09:00:00", "dst": "102", "src": "101", "billsec": 7, "uniqueid": "1793696400.1"}
SWITCH = SAMPLES / "freeswitch"
FIRST = sorted(SWITCH.glob("*.json"))[0]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        # Lines of CSV, of positions, of JSON.
        (b"start,dst\n", ""),
        (b' 11/03 13:13:16  0000:16:38 7411"', ""),
        (b'{"a": 1}\n{"a": 2}\n', ""),
        (b'"a","b"\n', ""),
        # JSON laid out, or in a list, or in a list within it, with a byte order mark.
        (b'{\n  "a": 1\n}', "json"),
        (b'[{"a": 1}]', "json"),
        (b"\xef\xbb\xbf[\n]", "json"),
        (b'{"cdr": [{"a": 1}]}', "json"),
        # XML, with its declaration or not; a body that was to be posted.
        (b'<?xml version="1.0"?>\n<cdr/>', "xml"),
        (b"<cdr core-uuid='1'>", "xml"),
        (b"cdr=%7B%22core-uuid", "form"),
    ],
)
def test_what_a_file_is_as_a_whole(text: bytes, kind: str) -> None:
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("kind", "text", "found"),
    [
        ("json", '{\n"a": 1}', ['{"a": 1}']),
        # Objects one after the other, in a list, in a list within an object, with or without commas.
        ("json", '{"a": 1}\n{"a": 2},\n', ['{"a": 1}', '{"a": 2}']),
        ("json", '[{"a": "ä"}, {"a": 2}]', ['{"a": "ä"}', '{"a": 2}']),
        ("json", '{"status": 0, "records": [{"a": 1}]}', ['{"a": 1}']),
        # The rows of a call that are nested in it; a list of anything else stays where it is.
        ("json", '{"cdr": "4", "main_cdr": {"a": 1}, "sub_cdr_1": {"a": 2}}', ['{"a": 1}', '{"a": 2}']),
        ("json", '{"a": 1, "callflow": [{"b": 2}]}', ['{"a": 1, "callflow": [{"b": 2}]}']),
        # Each report of an XML file, without what is around them.
        (
            "xml",
            "<?xml?><cdrs><cdr a='1'>x</cdr>\n<cdr>y</cdr></cdrs>",
            ["<cdr a='1'>x</cdr>", "<cdr>y</cdr>"],
        ),
        ("xml", "<?xml?><other/>", ["<?xml?><other/>"]),
    ],
)
def test_the_records_of_a_document(kind: str, text: str, found: list[str]) -> None:
    assert [record.decode() for record in records(kind, text.encode(), "file")] == found


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"a": 1', "cdr.json begins as JSON and is none at line 1; is it whole?"),
        ('[{"a": 1},\n}', "cdr.json begins as JSON and is none at line 2; is it whole?"),
        ("[" * 100_000, "cdr.json begins as JSON and is none; is it whole?"),
    ],
)
def test_a_document_that_is_cut_off_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(ImportProblem) as problem:
        records("json", text.encode(), "cdr.json")
    assert str(problem.value) == sentence


def test_objects_with_well_known_names_are_calls(tmp_path: Path) -> None:
    path = tmp_path / "cdr.json"
    path.write_text(json.dumps([CALL, {**CALL, "uniqueid": "1793696401.2"}], indent=2), encoding="utf-8")
    found = read(path)
    assert found.recipe.words.startswith("JSON, an object a line, read as uuid=uniqueid, start=start")
    assert [(row.caller, row.destination, row.billmsec) for row in found.rows] == [("101", "102", 7_000)] * 2


def test_objects_whose_names_are_given_are_calls(tmp_path: Path) -> None:
    path = tmp_path / "cdr.jsonl"
    path.write_text(json.dumps({"when": 1793696400, "to": {"number": "102"}}) + "\n", encoding="utf-8")
    options = Options(mapping=(("start", "when"), ("destination", "to.number")))
    assert [row.destination for row in read(path, options).rows] == ["102"]


@pytest.mark.parametrize("file", sorted(path.name for path in SWITCH.glob("*.cdr.*")))
def test_each_report_of_freeswitch_is_a_call(file: str) -> None:
    found = read(SWITCH / file)
    assert found.recipe.format == f"freeswitch_{file.rpartition('.')[2]}"
    assert found.rejects == []
    assert len(found.rows) >= 1


def test_reports_a_line_without_an_end_are_all_calls(tmp_path: Path) -> None:
    """A file at rest whose last line has no line end: the last report is whole."""
    report = json.dumps(json.loads(FIRST.read_text(encoding="utf-8")))
    path = tmp_path / "cdr.jsonl"
    path.write_text("\n".join([report, report]), encoding="utf-8")
    os.utime(path, (0, 0))
    found = read(path)
    assert (found.rejects, len(found.calls)) == ([], 1)
    assert len(found.rows) == 2 * len(read(FIRST).rows)
