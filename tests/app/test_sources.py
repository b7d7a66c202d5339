"""The command `sources`, as an operator uses it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from app.commands import sources as command
from ingest.sources import age
from store import sources
from store.database import Store
from tests.app.conftest import Run
from tests.ingest.asterisk_rows import call


@pytest.fixture
def master(tmp_path: Path) -> Path:
    path = tmp_path / "Master.csv"
    path.write_text("".join(f"{call(n)}\n" for n in range(3)), encoding="utf-8")
    return path


def test_a_source_is_added_looked_at_paused_and_removed(run: Run, store: Store, master: Path) -> None:
    added = run("sources", "add", "office", "file", f"path={master}", "--switch", "pbx").stdout
    assert "It is connected: newest" in added
    assert "Asterisk cdr_csv, 18 columns" in run("sources", "test", "office").stdout
    run("sources", "pause", "office")
    (row,) = json.loads(run("sources", "list", "--format", "json").stdout)
    assert (row["source"], row["kind"], row["switch"], row["state"]) == ("office", "file", "pbx", "paused")
    run("sources", "resume", "office")
    run("sources", "rewind", "office")
    run("sources", "remove", "office")
    assert sources.everything(store) == []


def test_a_source_that_is_not_there_yet_is_kept_and_said(run: Run, tmp_path: Path) -> None:
    added = run("sources", "add", "pbx", "file", f"path={tmp_path / 'Master.csv'}").stdout
    assert "It cannot be read yet" in added
    assert "No such file" in run("sources", "test", "pbx", code=1).stderr


def test_a_relative_path_means_the_folder_it_was_said_in(run: Run, store: Store) -> None:
    run("sources", "add", "pbx", "file", "path=Master.csv")
    (found,) = sources.everything(store)
    assert found["options"]["path"] == str(Path.cwd() / "Master.csv")


def test_a_changed_source_is_read_on_where_it_was(run: Run, store: Store, master: Path) -> None:
    run("sources", "add", "pbx", "file", f"path={master}")
    store.db[sources.NAME].update_one({"_id": "pbx"}, {"$set": {"cursor": {"offset": 7}}})
    run("sources", "add", "pbx", "file", f"path={master}", "--tz", "Europe/Berlin")
    (found,) = sources.everything(store)
    assert (found["zone"], found["cursor"]) == ("Europe/Berlin", {"offset": 7})


WRONG = [
    # an option without its value
    (("add", "pbx", "file", "path"), "'path' is not NAME=VALUE"),
    # a zone that there is not
    (("add", "pbx", "file", "path=x", "--tz", "Mars"), "There is no time zone 'Mars'"),
    # a kind that there is not names those that there are
    (("add", "pbx", "tape"), "There is no kind of source 'tape'; there are file"),
    # a source that there is not
    (("pause", "pbx"), "There is no source 'pbx'"),
]


@pytest.mark.parametrize(("arguments", "sentence"), WRONG)
def test_what_is_wrong_is_said_in_a_sentence(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in run("sources", *arguments, code=1).stderr


def test_every_kind_says_what_it_is_asked_for(run: Run) -> None:
    shown = run("sources", "kinds").stdout
    assert "file: a file that grows" in shown
    assert "    path (needed): The file" in shown


def test_a_secret_can_be_typed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda prompt: f"typed at {prompt}")
    assert command._told(["password=?", "user=a=b"]) == {"password": "typed at password: ", "user": "a=b"}


AGES = [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7_199, "119 min"), (7_200, "2 h"), (200_000, "2 days")]


@pytest.mark.parametrize(("seconds", "words"), AGES)
def test_an_age_is_told_in_its_largest_unit(seconds: int, words: str) -> None:
    assert age(timedelta(seconds=seconds)) == words
