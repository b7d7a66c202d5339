"""The command line as scripts and people use it: in a process of its own, on a real database."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.commands.common import cell, choice, moment_of, shown
from app.commands.figures import duration_match, number_match
from app.commands.files import far
from store.errors import CdrStatsError
from store.scope import DurationMatch, NumberMatch
from store.settings import Settings
from tests.app.conftest import HOUSE, Run, rows
from tests.ingest import oracle
from tests.ingest.asterisk_rows import call, master

MALLORY = '"[bold]=cmd|/c\x1b[31m" <666>'


def test_from_a_sample_to_every_report(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    run("sample", "--days", "14", "--calls", "4000", "--seed", "7", "--until", "2026-11-20", "--out", path)
    told = run("import", path).stdout
    assert "CDR-Stats' own CSV" in told
    assert [line.split() for line in told.splitlines()[1:4]] == [
        ["read", "4,000"],
        ["calls", "4,000"],
        ["new", "4,000"],
    ]
    expected = oracle.of_our_csv(path)
    keys = {
        "totals": "",
        "hours": "hour",
        "hangup-causes": "hangup_cause",
        "switches": "switch",
        "accounts": "account",
    }
    for name, key in keys.items():
        assert oracle.of_rows(rows(run, name), key) == expected[name.replace("-", "_")], name
    for name in ("days", "months", "countries", "directions"):
        assert sum(int(str(row["calls"])) for row in rows(run, name)) == 4000, name
    assert rows(run, "concurrent")[0].keys() == {"switch", "minute", "concurrent"}
    assert "4,000" in run("import", path).stdout.splitlines()[4]
    assert run("verify").stdout == "The sums agree with the records of 1 month.\n"
    assert run("rebuild").stdout.startswith("Nothing to mend")


def test_a_report_is_narrowed_and_its_values_are_plain(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    path.write_text("".join(f"{call(number)}\n" for number in range(90)), encoding="utf-8")
    assert "Asterisk cdr_csv, 18 columns" in run("import", path, "--switch", "pbx", "--tz", "UTC").stdout
    assert rows(run, "hours", "--until", "2026-11-03T14:30", "--zone", "Asia/Kolkata") == []
    india = ("--zone", "Asia/Kolkata")
    (hour,) = rows(run, "hours", "--since", "2026-11-03T15:30", "--until", "2026-11-03T16:00", *india)
    assert hour["hour"] == "2026-11-03T15:00:00+05:30"
    assert (hour["calls"], hour["answered"], hour["duration"], hour["billsec"]) == (30, 20, 3810, 2400)
    assert hour["acd"] == 120.0
    assert hour["pdd"] is None
    assert isinstance(hour["duration"], int)
    narrowed = {
        "--country": "France", "--direction": "OUT", "--switch": "pbx", "--account": "1000",
        "--caller": "10*", "--destination": "*5300", "--hangup-cause": "16", "--duration": ">100",
    }  # fmt: skip
    (total,) = rows(run, "totals", *(word for pair in narrowed.items() for word in pair))
    assert total["calls"] == 60
    (nobody,) = rows(run, "totals", "--account", "3000")
    assert (nobody["calls"], nobody["asr"]) == (0, None)
    (day,) = csv.DictReader(io.StringIO(run("report", "days", "--format", "csv").stdout))
    assert (day["day"], day["calls"], day["pdd"]) == ("2026-11-03", "90", "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        # A report that there is not, and the one that is meant.
        (("report", "hour"), "There is no report 'hour'; did you mean hours?"),
        (("report", "totals", "--country", "Frnce"), "There is no country 'Frnce'; did you mean France?"),
        (("report", "totals", "--hangup-cause", "USR_BUSY"), "did you mean USER_BUSY?"),
        (("report", "totals", "--direction", "sideways"), "there are in, out, internal, unknown"),
        (("report", "totals", "--since", "soon"), "--since 'soon' is no date"),
        (("report", "totals", "--zone", "Mars"), "There is no time zone 'Mars'"),
        (("report", "totals", "--duration", "long"), "--duration 'long' is no comparison"),
        (
            ("report", "totals", "--since", "2026-11-02", "--until", "2026-11-01"),
            "--until is not after --since",
        ),
        # Files that are none.
        (("import", "nothing.csv"), "There is no file nothing.csv"),
        (("import", "tests"), "tests is a folder"),
        (("import", "nothing.csv", "--map", "start"), "--map 'start' is no FIELD=COLUMN"),
        (("sample",), "Say where the calls go"),
        (("sample", "--out", "/nowhere/sample.csv"), "/nowhere/sample.csv cannot be written"),
        (("rejects", "list", "--import", "7"), "There is no import '7'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_on_stderr(
    run: Run, arguments: tuple[str, ...], sentence: str
) -> None:
    done = run(*arguments, code=1)
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("import",), "Missing argument"),
        (("report", "totals", "--foo"), "No such option: --foo"),
        (("fly",), "No such command 'fly'"),
        (("sample", "--days", "x"), "'--days': it must be a whole number; cdr-stats --help"),
        (("rejects", "list", "--limit", "-1"), "'--limit': it must be greater than or equal to 0; cdr-stats"),
    ],
)
def test_a_wrong_use_ends_with_2(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in run(*arguments, code=2).stderr


def test_the_version_and_the_help_are_there_at_once(run: Run) -> None:
    assert run("--version").stdout.startswith("cdr-stats 4.")
    assert "import" in run("--help").stdout
    assert "import" in run().stdout
    light = "import sys, app.cli; print(sorted(set('pandas pymongo panel rich'.split()) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", light], cwd=HOUSE, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_one_bad_file_does_not_keep_the_others_out(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    path.write_text(call(1) + "\n", encoding="utf-8")
    done = run("import", "nothing.csv", path, "--switch", "pbx", code=1)
    assert "There is no file nothing.csv" in done.stderr
    assert rows(run, "totals")[0]["calls"] == 1


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_what_another_program_writes_is_imported_from_standard_input(run: Run, name: str) -> None:
    text = "".join(f"{call(number)}\n" for number in range(90))
    command = [sys.executable, "-c", "from app.cli import main; main()", "import", name, "--switch", "pbx"]
    done = subprocess.run(command, cwd=HOUSE, input=text, capture_output=True, text=True, check=True)
    assert "new       90" in done.stdout
    assert done.stderr == ""
    assert rows(run, "totals")[0]["calls"] == 90


@pytest.mark.parametrize(
    ("position", "size", "words"),
    [(50, 200, "25 %: "), (201, 200, "100 %: "), (2_500_000, 0, "2.5 MB: ")],
)
def test_how_far_an_import_is_can_be_said_without_a_size(position: int, size: int, words: str) -> None:
    assert far(position, size) == words


def test_a_file_of_which_no_row_is_a_call_ends_with_1_and_keeps_them(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    path.write_text("".join(f"{call(number, duration='-1')}\n" for number in range(3)), encoding="utf-8")
    for _ in range(2):
        done = run("import", path, "--switch", "pbx", code=1)
        assert done.stderr.startswith(f"No row of {path} is a call; line 1 for example: The duration -1 is")
        assert done.stderr.count("\n") == 1
        assert "rejected  3" in done.stdout
        asked = done.stdout.splitlines()[-1].partition(" shows ")[0].split()[1:]
        assert len(json.loads(run(*asked, "--format", "json").stdout)) == 3


def test_rejects_are_listed_tried_again_and_forgotten(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "Master.csv"
    bad = master(clid=MALLORY, end="2026-11-03 08:00:00")
    path.write_text(f"{call(1)}\n{bad}\n{call(2)}", encoding="utf-8")
    told = run("import", path, "--switch", "pbx").stdout
    assert "rejected  1" in told
    assert "shows what was rejected" in told
    listed = run("rejects", "list").stdout
    assert "ends 1:00:00 before it starts" in listed
    assert "[bold]" in listed
    assert "\x1b" not in listed
    (reject,) = json.loads(run("rejects", "list", "--import", "last", "--format", "json").stdout)
    assert (reject["line"], reject["kind"], reject["text"]) == (2, "order", bad)
    assert "0 new, 0 known, 0 corrected, 1 still rejected" in run("rejects", "retry").stdout
    assert run("rejects", "forget").stdout == "1 rejected row is dropped.\n"
    assert run("rejects", "list").stdout == "Nothing was found.\n"


def test_a_difference_between_sums_and_records_is_told_and_mended(
    run: Run, tmp_path: Path, settings: Settings
) -> None:
    from store.database import open_store

    path = tmp_path / "Master.csv"
    path.write_text(f"{call(1)}\n{call(2)}\n", encoding="utf-8")
    run("import", path, "--switch", "pbx")
    with open_store(settings) as store:
        store.db["sums"].update_one({"_id": "*|*|m|202611"}, {"$unset": {"total": 1}})
    done = run("verify", code=1)
    assert "All calls, month 2026-11 (UTC): the sums say 0 calls, 0 answered" in done.stdout
    assert done.stderr == "1 difference found; cdr-stats rebuild mends.\n"
    assert run("rebuild").stdout == "1 difference mended.\n"
    run("verify")


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", None),
        ("101", NumberMatch("equals", "101")),
        ("44*", NumberMatch("begins", "44")),
        ("*99", NumberMatch("ends", "99")),
        ("*12*", NumberMatch("contains", "12")),
        # A feature code has a star of its own.
        ("equals:*97", NumberMatch("equals", "*97")),
        ("begins:*9", NumberMatch("begins", "*9")),
    ],
)
def test_a_number_is_compared_as_its_stars_say(text: str, match: NumberMatch | None) -> None:
    assert number_match(text, "--caller") == match


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", None),
        ("60", DurationMatch("eq", 60)),
        (">60", DurationMatch("gt", 60)),
        ("<= 6.5 s", DurationMatch("le", 6.5)),
    ],
)
def test_a_duration_is_compared_as_its_sign_says(text: str, match: DurationMatch | None) -> None:
    assert duration_match(text) == match


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        # A date is its midnight in the zone.
        ("2026-11-03", "Europe/Berlin", datetime(2026, 11, 2, 23, tzinfo=UTC)),
        ("2026-07-03T12:30", "Europe/Berlin", datetime(2026, 7, 3, 10, 30, tzinfo=UTC)),
        # A zone of its own wins.
        ("2026-11-03T12:00+01:00", "UTC", datetime(2026, 11, 3, 11, tzinfo=UTC)),
    ],
)
def test_a_date_is_a_moment(text: str, zone: str, expected: datetime) -> None:
    assert moment_of(text, zone, "--since") == expected


@pytest.mark.parametrize(
    ("value", "written"),
    [
        # What a spreadsheet would run.
        ("=1+1", "'=1+1"),
        ("+33142685300", "'+33142685300"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        (" =1", "' =1"),
        # What it would not.
        ("Alice", "Alice"),
        (-5, -5),
    ],
)
def test_a_cell_of_csv_is_no_formula(value: object, written: object) -> None:
    assert cell(value) == written


def test_a_text_on_the_terminal_moves_no_cursor() -> None:
    assert shown("a\x1b[2Jb\u202ec\nd") == "a [2Jb c d"


def test_a_choice_is_found_whatever_its_case() -> None:
    assert choice(" France ", ["FR", "France"], "country") == "France"
    with pytest.raises(CdrStatsError, match="There is no country 'x'"):
        choice("x", ["FR", "France"], "country")


def test_ctrl_c_ends_an_import_with_130(settings: Settings, tmp_path: Path) -> None:
    address = settings.mongo_uri
    assert address is not None
    pipe = tmp_path / "calls.csv"
    os.mkfifo(pipe)
    environment = {
        **os.environ,
        "CDR_STATS_MONGO_URI": address.get_secret_value(),
        "CDR_STATS_DATABASE": settings.database,
        "CDR_STATS_DATA": str(tmp_path),
    }
    command = [sys.executable, "-c", "from app.cli import main; main()", "import", str(pipe)]
    process = subprocess.Popen(command, env=environment, cwd=HOUSE, stderr=subprocess.PIPE, text=True)
    # opening waits for the reader, who then waits for more
    with pipe.open("w"):
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told == "Interrupted.\n"
