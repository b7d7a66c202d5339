"""The command `doctor`: what it writes for people and for scripts, and how it ends."""

import json
import tomllib
from pathlib import Path

import pytest

from app import cli
from tests.ingest.asterisk_rows import call
from tests.ingest.reading import SAMPLES

MASTER = "".join(f"{call(number)}\n" for number in range(30))


@pytest.fixture
def master(tmp_path: Path) -> Path:
    path = tmp_path / "Master.csv"
    path.write_text(MASTER, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(SAMPLES.rglob("*")) if path.is_file()],
    ids=lambda path: f"{path.parent.name}-{path.name}",
)
def test_what_is_told_fits_80_columns(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["doctor", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if len(line) > 80 and str(path.parent) not in line] == []


def test_what_a_file_is_its_calls_and_its_configuration(
    master: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["doctor", str(master)]) == 0
    told = capsys.readouterr().out
    assert "Asterisk cdr_csv, 18 columns" in told
    assert "2026-11-03 09:01:00 101           0033142685300   FR    127   120 NORMAL_CLEARI…" in told
    assert f"cdr-stats import {master} --switch asterisk --tz UTC" in told
    settings = tomllib.loads(told.partition("in cdr-stats.toml:")[2])
    assert settings["sources"]["asterisk"] == {"kind": "file", "path": str(master), "zone": "UTC"}


def test_the_configuration_is_one_that_imports_take(master: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command that is printed has only options that `import` has."""
    assert cli.run(["doctor", str(master), "--as", "cdr_csv", "--switch", "pbx"]) == 0
    command = next(line for line in capsys.readouterr().out.splitlines() if "cdr-stats import" in line)
    assert command.split() == [
        "cdr-stats", "import", str(master), "--switch", "pbx", "--tz", "UTC", "--format", "cdr_csv"
    ]  # fmt: skip


def test_rejects_are_told_and_hostile_text_is_harmless(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "Master.csv"
    path.write_text(MASTER + call(31, start="\x1b[31mred\x07") + "\n", encoding="utf-8")
    assert cli.run(["doctor", str(path)]) == 0
    told = capsys.readouterr().out
    assert "line 31: The start" in told
    assert not {"\x1b", "\x07"} & set(told)


def test_json_for_scripts(master: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["doctor", str(master), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["format"], told["read"], told["rejected"], told["zone"]) == ("cdr_csv", 30, 0, "UTC")
    assert told["facts"]["columns"] == "18 in 30 rows"
    assert told["calls"][1]["start"] == "2026-11-03T09:01:00+00:00"
    assert told["command"].startswith("cdr-stats import")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        # A file that is not there, that is not recognised, a format, a zone and a mapping that there is not.
        (["none.csv"], "There is no file none.csv."),
        (["--as", "xyz", "calls.txt"], "There is no format 'xyz'"),
        (["--tz", "Mars", "calls.txt"], "There is no time zone 'Mars'"),
        (["--mapping", "none.toml", "calls.txt"], "The mapping none.toml cannot be read"),
        (["calls.txt"], "The format of calls.txt is not recognised"),
    ],
)
def test_what_cannot_be_told_ends_with_1(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("calls.txt").write_text("hello\nworld\n", encoding="utf-8")
    assert cli.run(["doctor", *arguments]) == 1
    assert sentence in capsys.readouterr().err
