"""A folder in which files appear is read: whatever they are, each of their calls is stored once."""

import gzip
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from ingest import folder, spool
from ingest.connector import SourceProblem
from ingest.feed import Fed, Feed
from ingest.sources import configure, probe
from store import calls, rejects, sources
from store.database import Store
from store.record import CDR
from store.scope import Scope
from store.verify import verify
from tests.ingest.asterisk_rows import call
from tests.ingest.cisco_rows import names, row, types
from tests.ingest.freeswitch_reports import A_LEG, FILES, FOLDER, TRANSFERRED, leg, sample

EVER = Scope(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def later() -> datetime:
    """So late that every file is finished."""
    return datetime.now(UTC) + timedelta(minutes=5)


def soon() -> datetime:
    """At once, when a file may still be written."""
    return datetime.now(UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "spool"
    found.mkdir()
    return found


def add(store: Store, path: Path, **options: Any) -> Feed:
    configure(store, "spool", "folder", "fs", "UTC", {"path": str(path), **options}, "command", NOW)
    return Feed(store, "spool")


@pytest.fixture
def feed(store: Store, path: Path) -> Iterator[Feed]:
    found = add(store, path)
    yield found
    found.close()


def stored(store: Store) -> list[CDR]:
    return list(calls.stream(store, EVER))


def put(path: Path, *names: str) -> None:
    for name in names:
        shutil.copy(FOLDER / FILES[name], path)


def legs(path: Path, *numbers: int) -> None:
    for number in numbers:
        (path / f"a_{number:05}.cdr.json").write_text(leg(number) + "\n", encoding="utf-8")


def test_reports_are_calls_as_soon_as_they_are_whole(store: Store, path: Path, feed: Feed) -> None:
    assert feed.look(soon) == Fed()
    put(path, "b-leg", "a-leg", "transferred")
    assert feed.look(soon) == Fed(read=3, new=2)
    assert feed.look(soon) == Fed()
    assert {found.uuid: found.billmsec for found in stored(store)} == {A_LEG: 123_003, TRANSFERRED: 79_900}
    put(path, "a-leg, XML", "given up")
    assert feed.look(soon) == Fed(read=2, new=1, known=1)
    assert verify(store) == []
    found = sources.get(store, "spool")
    assert found is not None
    assert found["newest"] > datetime.now(UTC) - timedelta(minutes=5)


def test_a_file_that_is_still_written_is_left_until_it_is_finished(
    store: Store, path: Path, feed: Feed
) -> None:
    file, text = path / "a_x.cdr.json", sample("a-leg")
    file.write_text(text[:4000], encoding="utf-8")
    put(path, "transferred")
    assert feed.look(soon) == Fed(read=1, new=1)
    assert feed.look(soon) == Fed()
    file.write_text(text, encoding="utf-8")
    assert feed.look(soon) == Fed(read=1, new=1)
    assert list(rejects.find(store)) == []


def test_a_table_is_read_once_nobody_writes_to_it_any_more(store: Store, path: Path, feed: Feed) -> None:
    (path / "Master.csv").write_text(f"{call(1)}\n{call(2)}\n", encoding="utf-8")
    assert feed.look(soon) == Fed()
    assert feed.look(lambda: soon() + timedelta(seconds=4)) == Fed(read=2, new=2)
    # without a line end it may go on for longer
    (path / "other.csv").write_text(f"{call(3)}\n{call(4)}", encoding="utf-8")
    assert feed.look(lambda: soon() + timedelta(seconds=4)) == Fed()
    assert feed.look(later) == Fed(read=2, new=2)


def test_a_file_that_is_written_anew_is_read_anew_and_its_calls_are_known(
    store: Store, path: Path, feed: Feed
) -> None:
    file = path / "Master.csv"
    file.write_text(f"{call(1)}\n", encoding="utf-8")
    assert feed.look(later).new == 1
    with file.open("a", encoding="utf-8") as more:
        more.write(f"{call(2)}\n")
    assert feed.look(later) == Fed(read=2, new=1, known=1)


def test_what_is_moved_into_the_folder_with_an_old_time_is_new(
    store: Store, path: Path, feed: Feed, tmp_path: Path
) -> None:
    legs(path, 1)
    assert feed.look(soon).new == 1
    legs(tmp_path, 2)
    old = tmp_path / "a_00002.cdr.json"
    os.utime(old, (1_500_000_000, 1_500_000_000))
    old.rename(path / old.name)
    assert feed.look(soon).new == 1


def test_every_kind_of_file_that_is_recognised_is_read(store: Store, path: Path, feed: Feed) -> None:
    (path / "cdr_StandAloneCluster_01_202611031800_1").write_text(
        "\n".join([names(), types(), row(), ""]), encoding="utf-8"
    )
    (path / "Master.csv").write_text(f"{call(1)}\n", encoding="utf-8")
    shutil.copy(FOLDER / "example.csv", path)
    with gzip.open(path / "calls.csv.gz", "wt", encoding="utf-8") as packed:
        packed.write("uuid,start,destination\nx,2026-11-03 10:00:00,102\n")
    (path / "posted.cdr.json").write_text(quote(sample("given up"), safe=""), encoding="utf-8")
    (path / "many.cdr.json").write_text("".join(f"{leg(number)}\n" for number in range(5)), encoding="utf-8")
    (path / "empty.cdr.json").write_text("", encoding="utf-8")
    found = feed.look(later)
    # the call that was given up is in two of them
    assert (found.new, found.rejected) == (1 + 1 + 3 + 1 + 5, 0)
    assert feed.look(later) == Fed()


def test_just_the_files_of_the_pattern_are_read_also_in_folders_below(store: Store, path: Path) -> None:
    feed = add(store, path, pattern="2026-*/*.cdr.json")
    for below, name in (("2026-11-03", "a.cdr.json"), ("2026-11-04", "b.cdr.xml"), ("old", "c.cdr.json")):
        (path / below).mkdir()
        (path / below / name).write_text(leg(ord(name[0])), encoding="utf-8")
    (path / "d.cdr.json").write_text(leg(9), encoding="utf-8")
    assert feed.look(later) == Fed(read=1, new=1)
    (path / "2026-11-04" / "e.cdr.json").write_text(leg(10), encoding="utf-8")
    assert feed.look(later) == Fed(read=1, new=1)
    feed.close()


def test_portions_are_many_small_files_and_a_stop_loses_nothing(
    store: Store, path: Path, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "FILES", 10)
    monkeypatch.setattr(folder, "MOST", 15)
    legs(path, *range(50))
    assert feed.look(soon, stop=lambda: True) == Fed(read=10, new=10)
    assert feed.look(soon) == Fed(read=40, new=40)
    assert feed.look(soon) == Fed()
    assert len(stored(store)) == 50


def test_a_long_file_is_stored_in_pieces_and_gone_on_with_where_it_was(
    store: Store, path: Path, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.spool.PORTION", 100)
    monkeypatch.setattr("ingest.spooled.PORTION", 100)
    (path / "Master.csv").write_text("".join(f"{call(n)}\n" for n in range(450)), encoding="utf-8")
    assert feed.look(later, stop=lambda: True) == Fed(read=100, new=100)
    feed.close()
    assert feed.look(later, stop=lambda: True) == Fed(read=100, new=100)
    assert feed.look(later) == Fed(read=250, new=250)
    assert feed.look(later) == Fed()


def test_a_folder_that_is_away_is_a_sentence_and_then_goes_on(store: Store, path: Path, feed: Feed) -> None:
    path.rmdir()
    with pytest.raises(
        SourceProblem, match=r"The folder .*spool cannot be read: No such file or directory\."
    ):
        feed.look(soon)
    path.mkdir()
    legs(path, 1)
    assert feed.look(soon).new == 1


def test_a_look_says_how_many_files_there_are(store: Store, path: Path, feed: Feed) -> None:
    source = sources.get(store, "spool")
    assert source is not None
    assert probe(store, source, NOW).newest is None
    legs(path, 1, 2, 3)
    assert probe(store, source, NOW).words == "3 files, the newest a_00003.cdr.json"
