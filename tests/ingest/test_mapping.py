"""Mappings: what a wrong one is told, and what each thing that one can say does to a row."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest import mapping
from ingest.recipe import Options
from store.errors import ImportProblem
from store.record import CDR
from tests.ingest.reading import Read, read

HOUSE = Path(__file__).resolve().parents[2]
CSV = 'name = "Mine"\nkind = "csv"\n{top}\n[fields]\nstart = {start}\ndestination = "To"\n{more}\n'


def toml(top: str = "", start: str = '"Time"', more: str = "") -> str:
    return CSV.format(top=top, start=start, more=more)


def mapped(folder: Path, plan: str, *lines: str, now: datetime | None = None) -> Read:
    """These lines, read by this mapping."""
    described, path = folder / "mine.toml", folder / "calls"
    described.write_text(plan, encoding="utf-8")
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    options = Options(file=str(described))
    return read(path, options, now) if now else read(path, options)


def only(found: Read) -> CDR:
    assert found.rejects == []
    (call,) = found.rows
    return call


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name =", "mine.toml is not TOML: Invalid value"),
        # A part that is missing, that cannot be, or that there is not; with what it should be.
        ('kind = "csv"\n[fields]', "name is missing; it must be a text of up to 80 characters."),
        (toml().replace('"csv"', '"xml"'), "kind must be csv, json or fixed, not 'xml'."),
        (
            'name = "x"\nkind = "csv"',
            "fields is missing; it must be a table of fields, each with its column.",
        ),
        (toml('colour = "red"'), "there is no 'colour'; did you mean column?"),
        (toml('skip = "("'), "skip must be a regular expression, not '('."),
        (toml('zone = "Mars"'), "zone must be an IANA time zone such as UTC or Europe/Berlin, not 'Mars'."),
        (
            toml("width = [14]"),
            "width must be the fewest and the most columns of a row, such as [14, 40], not",
        ),
        (toml('year = "last"'), "year must be a year such as 2026, not 'last'."),
        (toml("layouts = 3"), "layouts must be tables with a line"),
        # The same within a field, with its name.
        (
            toml(start='{column = "Time", formt = "%Y"}'),
            "there is no 'formt' in fields.start; did you mean format?",
        ),
        (toml(start='{column = "Time", format = "Y-m-d"}'), "fields.start.format must be a time as strptime"),
        (toml(more='billsec = {column = "x", unit = "sec"}'), "fields.billsec.unit must be us, ms, s"),
        (toml(more='caller = {column = "x", take = "["}'), "fields.caller.take must be a regular expression"),
        (toml(more='caller = {column = "x", texts = 3}'), "fields.caller.texts must be a table of texts"),
        (toml(more="duration = -1"), "fields.duration.columns must be a list of columns"),
        # What contradicts itself.
        (toml(more='destinaton = "x"'), "there is no field 'destinaton'; did you mean destination?"),
        (toml(start="{}"), "fields.start has neither a column nor a value."),
        (toml().replace("start =", "duration ="), "it has no field start, nor an end and a duration"),
        (toml().replace("destination =", "caller ="), "it has no field destination."),
        (
            toml('columns = ["Tme", "To"]'),
            "fields.start names the column 'Time', which there is not; did you mean Tme?",
        ),
        (toml(more="caller = [3, 4]"), "fields.caller has positions, which only kind fixed has"),
        (
            toml().replace('"csv"', '"fixed"'),
            "fields.start names the column 'Time', which there is not; there are none.",
        ),
        (
            toml(start="[9, 4]").replace('"csv"', '"fixed"'),
            "fields.start ends at position 4, before it begins at 9.",
        ),
        (
            toml(start="4").replace('"csv"', '"json"'),
            "fields.start has a column number, 4, which only kind csv has.",
        ),
    ],
)
def test_a_wrong_mapping_says_what_where_and_how_to_mend_it(text: str, sentence: str) -> None:
    with pytest.raises(ImportProblem) as problem:
        mapping.read(text, "mine.toml")
    assert sentence in str(problem.value)
    assert str(problem.value).startswith("The mapping mine.toml is ")


def test_a_mapping_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImportProblem, match=r"The mapping .*none.toml cannot be read: No such file"):
        mapping.load(tmp_path / "none.toml")


def test_a_file_without_the_columns_of_its_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ImportProblem, match="has no column 'Time', which the mapping reads the start from; it has When, To"
    ):
        mapped(tmp_path, toml(), "When,To", "2026-11-03 09:00:00,102")


START = datetime(2026, 11, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "header", "row", "found"),
    [
        # Without a format: ISO 8601, with a zone, or an epoch.
        ('"Time"', "Time,To", "2026-11-03T09:00:00,102", START),
        ('"Time"', "Time,To", "2026-11-03 10:00:00+01:00,102", START),
        ('"Time"', "Time,To", "1793696400,102", START),
        # Of a format, of the first of several that fits, over two columns.
        ('{column = "Time", format = "%d.%m.%y %H.%M"}', "Time,To", "03.11.26 09.00,102", START),
        (
            '{column = "Time", format = ["%d.%m.%Y %X", "%m/%d/%Y %I:%M:%S %p"]}',
            "Time,To",
            "11/03/2026 09:00:00 AM,102",
            START,
        ),
        (
            '{columns = ["Date", "Time"], format = "%Y%m%d %H%M%S"}',
            "Date,Time,To",
            "20261103,090000,102",
            START,
        ),
        ('{columns = ["Date", "Time"]}', "Date,Time,To", "2026-11-03,09:00:00,102", START),
        # Of a format with a zone of its own, and with parts of a second.
        (
            '{column = "Time", format = "%d/%b/%Y:%H:%M:%S %z"}',
            "Time,To",
            "03/Nov/2026:10:00:00 +0100,102",
            START,
        ),
        (
            '{column = "Time", format = "%Y%m%d%H%M%S.%f"}',
            "Time,To",
            "20261103090000.123,102",
            START.replace(microsecond=123_000),
        ),
        # By its number, counted from 1, with a text in front taken off.
        ("1", "Time,To", "2026-11-03 09:00:00,102", START),
        ('{column = "Time", take = "at (.*)"}', "Time,To", "at 2026-11-03 09:00:00,102", START),
        (
            """{column = "Time", replace = [["h", ":"], ["$", ":00"]]}""",
            "Time,To",
            "2026-11-03 09h00,102",
            START,
        ),
    ],
)
def test_a_time(tmp_path: Path, start: str, header: str, row: str, found: datetime) -> None:
    assert only(mapped(tmp_path, toml(start=start), header, row)).start == found


@pytest.mark.parametrize(
    ("now", "text", "year", "found"),
    [
        # The last twelve months are meant, so that December is last year's in January.
        (datetime(2026, 11, 22, tzinfo=UTC), "11/03 09:00", "", datetime(2026, 11, 3, 9, tzinfo=UTC)),
        (datetime(2027, 1, 2, tzinfo=UTC), "12/31 23:59", "", datetime(2026, 12, 31, 23, 59, tzinfo=UTC)),
        # Clocks differ by minutes, at New Year too.
        (
            datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
            "01/01 00:01",
            "",
            datetime(2027, 1, 1, 0, 1, tzinfo=UTC),
        ),
        # The 29th of February was in the last leap year.
        (datetime(2026, 11, 22, tzinfo=UTC), "02/29 12:00", "", datetime(2024, 2, 29, 12, tzinfo=UTC)),
        # The mapping says the year.
        (
            datetime(2026, 11, 22, tzinfo=UTC),
            "11/03 09:00",
            "year = 2019",
            datetime(2019, 11, 3, 9, tzinfo=UTC),
        ),
    ],
)
def test_a_time_without_a_year(tmp_path: Path, now: datetime, text: str, year: str, found: datetime) -> None:
    plan = toml(year, '{column = "Time", format = "%m/%d %H:%M"}')
    read = mapped(tmp_path, plan, "Time,To", f"{text},102", now=now)
    assert only(read).start == found
    assert bool(read.recipe.notes) is not bool(year)


@pytest.mark.parametrize(
    ("more", "cells", "duration", "talk", "answered"),
    [
        # Seconds, milliseconds, microseconds, clocks.
        ('duration = "A"\nbillsec = "B"', "127,120", 127_000, 120_000, True),
        ('mduration = "A"\nbillmsec = "B"', "127000,120000", 127_000, 120_000, True),
        (
            'duration = {column = "A", unit = "us"}\nbillsec = {column = "B", unit = "clock"}',
            "127000000,0:02:00",
            127_000,
            120_000,
            True,
        ),
        # Several columns are summed, each in its unit.
        ('duration = ["A", "B"]\nbillsec = "B"', "7,120", 127_000, 120_000, True),
        (
            'duration = {columns = ["A", "B"], unit = ["min", "tenths"]}\nbillsec = {value = "1000"}',
            "2,5",
            150_000,
            1_000,
            True,
        ),
        # Asterisks where a call was not answered are no length.
        ("""duration = {columns = ["A", "B"], drop = "[*]"}""", "****,20", 20_000, 0, False),
        # What the switch says of being answered counts.
        (
            'duration = "A"\nbillsec = "A"\nanswered = {column = "B", texts = {missed = "no"}}',
            "20,Missed",
            20_000,
            0,
            False,
        ),
        ('duration = "A"\nanswered = {column = "B", texts = {ok = "yes"}}', "20,OK", 20_000, 20_000, True),
        ('duration = "A"\nanswered = {column = "B", texts = {ok = "yes"}}', "20,?", 20_000, 0, False),
    ],
)
def test_lengths(tmp_path: Path, more: str, cells: str, duration: int, talk: int, answered: bool) -> None:
    found = only(mapped(tmp_path, toml(more=more), "Time,To,A,B", f"2026-11-03 09:00:00,102,{cells}"))
    assert (found.mduration, found.billmsec, found.answered) == (duration, talk, answered)


@pytest.mark.parametrize(
    ("more", "cells", "field", "value"),
    [
        # A table of texts, whatever their case; a text that it has not stays.
        ('hangup_cause = {column = "A", texts = {engaged = "USER_BUSY"}}', "Engaged,", "cause", "USER_BUSY"),
        ('hangup_cause = {column = "A", texts = {engaged = "USER_BUSY"}}', "17,", "cause", "USER_BUSY"),
        ('disposition = "A"', "NO ANSWER,", "cause", "NO_ANSWER"),
        # Patterns, of which the first that fits counts.
        ("""direction = {column = "A", patterns = [["^T", "in"], ["", "out"]]}""", "T3,", "direction", "in"),
        (
            """direction = {column = "A", patterns = [["^T", "in"], ["", "out"]]}""",
            "101,",
            "direction",
            "out",
        ),
        # The first column that is not empty, several joined, the smallest.
        ('caller = ["A", "B"]', ",101", "caller", "101"),
        ('uuid = {columns = ["A", "B"], join = "-"}', "7,8", "uuid", "7-8"),
        ('uuid = {columns = ["A", "B"], least = true}', "1004:0,1003:0", "uuid", "1003:0"),
        # What is dropped, taken out, and meant when nothing is told.
        ('caller = {columns = ["A", "B"], drop = "^T"}', "T3,101", "caller", "101"),
        ('caller = {column = "A", take = "<(.*)>"}', "Alice <101>,", "caller", "101"),
        ('account = {column = "A", value = "1000"}', ",", "account", "1000"),
        ('account = {value = "1000"}', ",", "account", "1000"),
        # The switch's own name, from a column.
        ('switch = "A"', "paris,", "switch", "paris"),
        # Columns are found whatever the case and the blanks of their names.
        ('caller = " a"', "101,", "caller", "101"),
    ],
)
def test_texts(tmp_path: Path, more: str, cells: str, field: str, value: str) -> None:
    found = only(mapped(tmp_path, toml(more=more), "Time,To,A,B", f"2026-11-03 09:00:00,102,{cells}"))
    assert getattr(found, field) == value


ROW = "2026-11-03 09:00:00"


@pytest.mark.parametrize(
    ("top", "lines", "calls", "skipped", "reasons"),
    [
        # Lines that are not meant to be calls, before the header too.
        ('skip = "^(#|Total)"', ["# export", "Time,To", f"{ROW},102", "Total,1"], 1, 2, []),
        # Rows that are no calls by what a column says.
        ('only = {Kind = ["call"]}', ["Time,To,Kind", f"{ROW},102,Call", f"{ROW},103,sms"], 1, 1, []),
        # The delimiter is found out, or said.
        ("", ["Time;To", f"{ROW};102"], 1, 0, []),
        ('delimiter = "~"', ["Time~To", f"{ROW}~102"], 1, 0, []),
        # Without a header, columns have their order; a row may be of several widths.
        (
            'columns = ["Time", "To", "Note"]\nwidth = [2, 3]',
            [f"{ROW},102", f"{ROW},103,x", "x"],
            2,
            0,
            ["columns"],
        ),
        # The delimiter stands in a column unquoted.
        ('rest = "Note"', ["Time,Note,To", f"{ROW},a,b,,c,102", f"{ROW},,103"], 2, 0, []),
        # Empty columns at the end do not count, others do.
        ("", ["Time,To", f"{ROW},102,,", f"{ROW},102,x"], 1, 0, ["columns"]),
        # A bad row does not disturb the others.
        ("", ["Time,To", "never,102", f'{ROW},"1', f"{ROW},102"], 1, 0, ["time", "quote"]),
    ],
)
def test_rows(
    tmp_path: Path, top: str, lines: list[str], calls: int, skipped: int, reasons: list[str]
) -> None:
    found = mapped(tmp_path, toml(top), *lines)
    assert (len(found.rows), found.skipped) == (calls, skipped)
    assert [reject.kind for reject in found.rejects] == reasons


def test_the_end_and_the_length_tell_the_start(tmp_path: Path) -> None:
    plan = toml('zone = "Europe/Berlin"').replace("start =", "end =") + 'duration = "Length"\n'
    found = only(mapped(tmp_path, plan, "Time,To,Length", "2026-11-03 10:02:07,102,127"))
    assert (found.start, found.mduration) == (START, 127_000)


FIXED = """
name = "Mine"
kind = "fixed"
[fields]
start = { columns = [[1, 6], [8, 11]], format = "%d%m%y %H%M" }
caller = [13, 18]
destination = [20, 33]
billsec = { column = [35, 39], unit = "s" }
"""


def test_a_fixed_layout_by_its_positions(tmp_path: Path) -> None:
    found = mapped(tmp_path, FIXED, "031126 0900 101    0033142685300  00120", "031126 0901 102    103")
    assert [(row.caller, row.destination, row.billmsec) for row in found.rows] == [
        ("101", "0033142685300", 120_000),
        ("102", "103", 0),
    ]


OBJECTS = """
name = "Mine"
kind = "json"
[recognise]
header = ["times.begin"]
[fields]
start = "times.begin"
destination = "callee"
caller = "caller.number"
answered = "ok"
duration = "length"
"""
OBJECT = {
    "times": {"begin": 1793696400.5},
    "callee": "102",
    "caller": {"number": 101},
    "ok": True,
    "length": 7,
}


def test_objects_by_their_names(tmp_path: Path) -> None:
    found = mapped(tmp_path, OBJECTS, json.dumps(OBJECT), json.dumps({**OBJECT, "callee": None, "ok": False}))
    first, second = found.rows
    assert (first.start, first.caller, first.destination) == (
        START.replace(microsecond=500_000),
        "101",
        "102",
    )
    assert (first.billmsec, second.answered, second.destination) == (7_000, False, "")


def test_a_line_that_is_no_object_is_rejected(tmp_path: Path) -> None:
    lines = [json.dumps(OBJECT), "{", "[1]", '"x"', "[" * 5000]
    found = mapped(tmp_path, OBJECTS, *lines)
    assert [reject.kind for reject in found.rejects] == ["json"] * 4


def test_an_escape_hides_nothing_in_a_text(tmp_path: Path) -> None:
    hostile = {**OBJECT, "callee": "1\u0000\u202e02" + "9" * 10_000}
    assert only(mapped(tmp_path, OBJECTS, json.dumps(hostile))).destination.startswith("1 02999")


def test_the_mapping_of_the_readme_is_one(tmp_path: Path) -> None:
    readme = (HOUSE / "README.md").read_text(encoding="utf-8")
    plan = next(part for part in readme.split("```") if part.startswith("toml\nname =")).removeprefix(
        "toml\n"
    )
    header = "Date,Time,From,To,Ringing,Talking,Result,Kind,Call"
    row = "03.11.2026,10:00:00,101,Bob <102>,7,120000,Engaged,voice,a-1"
    found = only(mapped(tmp_path, plan, header, row))
    assert (found.start, found.destination, found.cause, found.answered) == (START, "102", "USER_BUSY", False)
