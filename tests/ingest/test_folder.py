"""A folder is read only, and its cursor goes forward: nothing is written, lost, or looked at in vain."""

import os
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import edge, folder
from ingest.edge import Edge
from ingest.feed import Feed
from ingest.folder import Folder, Found
from ingest.retry import retry
from ingest.sources import configure, probe
from store import sources
from store.database import Store
from tests.ingest.asterisk_rows import call
from tests.ingest.freeswitch_reports import FILES, FOLDER

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SECOND = 1_000_000_000
START = 1_793_696_400 * SECOND
NOBODY: frozenset[str] = frozenset()


def later() -> datetime:
    """So late that every file is finished."""
    return datetime.now(UTC) + timedelta(minutes=5)


def snapshot(path: Path) -> dict[str, tuple[int, int, int, bytes]]:
    """Everything of the files of the folder that a write would change."""

    def state(one: Path) -> tuple[int, int, int, bytes]:
        told = one.stat()
        return told.st_mtime_ns, told.st_ctime_ns, told.st_mode, one.read_bytes()

    return {one.name: state(one) for one in path.iterdir()}


WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = (
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.utime",
    "os.chmod", "os.chown", "shutil.move", "shutil.rmtree",
)  # fmt: skip
watched: list[str] = []
"""The folder that nothing may be written to, while a test watches it, and what was written."""


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Notes what would change the watched folder; Python tells it of every such call."""
    if watched and str(arguments[0] if arguments else "").startswith(watched[0]):
        is_write = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES
        if is_write or event in CHANGES:
            watched.append(f"{event} {arguments}")


def test_nothing_is_written_moved_or_deleted_in_the_folder(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "spool"
    path.mkdir()
    configure(store, "spool", "folder", "fs", "UTC", {"path": str(path)}, "command", NOW)
    for name in FILES.values():
        shutil.copy(FOLDER / name, path)
    (path / "b.txt").write_text("no calls\n", encoding="utf-8")
    (path / "Master.csv").write_text(f"{call(1)}\n", encoding="utf-8")
    for one in path.iterdir():
        one.chmod(0o444)
    path.chmod(0o555)
    before = snapshot(path)
    sys.addaudithook(watch)
    watched.append(str(path))
    try:
        feed = Feed(store, "spool")
        found = feed.look(later)
        feed.close()
        probe(store, sources.everything(store)[0], NOW)
        retry(store)
        assert watched == [str(path)]
    finally:
        watched.clear()
        path.chmod(0o755)
    assert (found.new, found.rejected) == (5, 1)
    assert snapshot(path) == before


def file(second: float, name: str) -> Found:
    return Found(START + round(second * SECOND), name, 1)


def taken(found: list[Found], now: float = 1e6, waiting: frozenset[str] = NOBODY) -> Edge:
    """The edge behind these files, as it comes back from the database."""
    made = Edge({})
    for one in found:
        made.take(one)
    return Edge(made.cursor(waiting, START + round(now * SECOND)))


def is_new(made: Edge, found: Found) -> bool:
    """As a folder asks: what is below the floor is not even looked at, unless it waits."""
    return (found.stamp >= made.floor or found.name in made.waiting) and made.is_new(found)


EDGES: dict[str, tuple[Edge, Found, bool]] = {
    "a newer file is new": (taken([file(100, "a")]), file(101, "b"), True),
    "the same file is known": (taken([file(100, "a")]), file(100, "a"), False),
    "written anew it is new": (taken([file(100, "a")]), file(102, "a"), True),
    "another file of the same moment is new": (taken([file(100, "a")]), file(100, "b"), True),
    "one that appears late is new": (taken([file(100, "a")]), file(91, "b"), True),
    "too late": (taken([file(100, "a")]), file(89, "b"), False),
    "too late, but it was seen and could not be read": (
        taken([file(100, "a")], waiting=frozenset({"b"})), file(50, "b"), True,
    ),
    "a file of the future does not take the edge with it": (
        taken([file(100, "a"), file(9_000, "b")], now=101), file(95, "c"), True,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("made", "found", "expected"), EDGES.values(), ids=EDGES)
def test_whether_a_file_is_new(made: Edge, found: Found, expected: bool) -> None:
    assert is_new(made, found) is expected


def test_the_cursor_stays_small_and_never_goes_back() -> None:
    made, floor = Edge({}), 0
    for number in range(20_000):
        made.take(file(number / 10_000, f"{number}"))
        if number % 1000 == 999:
            cursor = made.cursor(frozenset(map(str, range(number))), START + 10 * SECOND)
            assert len(cursor["known"]) <= edge.KNOWN * 16
            assert len(cursor["waiting"]) <= edge.WAITING
            assert cursor["floor"] >= floor
            floor = cursor["floor"]
    # all of them are within the lag: what is remembered no more is below the floor
    again = [file(number / 10_000, f"{number}") for number in range(20_000)]
    assert not any(is_new(Edge(cursor), one) for one in again if one.name not in made.waiting)


def test_files_of_one_and_the_same_moment_are_all_remembered() -> None:
    many = [file(1, f"{number}") for number in range(edge.KNOWN + 500)]
    made = taken(many)
    assert not any(is_new(made, one) for one in many)
    assert is_new(made, file(1, "another"))


@given(st.lists(st.tuples(st.integers(0, 100), st.floats(0, 9.9)), max_size=60), st.integers(1, 7))
def test_each_file_is_taken_once_though_they_appear_in_another_order(
    times: list[tuple[int, float]], together: int
) -> None:
    files = [(file(at, f"{number}"), at + late) for number, (at, late) in enumerate(times)]
    cursor: dict[str, Any] = {}
    read: list[str] = []
    for moment in range(0, 120, together):
        made = Edge(cursor)
        for found, appears in sorted(files):
            if appears <= moment and is_new(made, found):
                made.take(found)
                read.append(found.name)
        cursor = made.cursor(NOBODY, START + moment * SECOND)
    assert sorted(read) == sorted(found.name for found, appears in files if appears <= moment)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that are looked through."""
    seen: list[str] = []
    scandir = os.scandir

    def seeing(path: Any) -> Any:
        seen.append(Path(path).name)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", seeing)
    return seen


def names(found: list[Found]) -> list[str]:
    return [one.name for one in found]


def test_a_folder_that_is_still_is_not_looked_through_again(tmp_path: Path, looks: list[str]) -> None:
    watched_folder, made = Folder(tmp_path, "*"), Edge({})
    (tmp_path / "a").write_text("x", encoding="utf-8")
    os.utime(tmp_path, (1_700_000_000, 1_700_000_000))
    (found,) = watched_folder.oldest(0, NOBODY, made.is_new)
    # what was found may not have been read yet
    assert names(watched_folder.oldest(0, NOBODY, made.is_new)) == ["a"]
    made.take(found)
    assert watched_folder.oldest(0, NOBODY, made.is_new) == []
    before = len(looks)
    assert watched_folder.oldest(0, NOBODY, made.is_new) == []
    assert len(looks) == before
    (tmp_path / "b").write_text("x", encoding="utf-8")
    assert names(watched_folder.oldest(0, NOBODY, made.is_new)) == ["b"]


def test_a_folder_that_changed_just_now_is_looked_through_again(tmp_path: Path, looks: list[str]) -> None:
    watched_folder = Folder(tmp_path, "*")
    for _ in range(3):
        assert watched_folder.oldest(0, NOBODY, lambda found: True) == []
    assert len(looks) == 3


def test_while_a_file_waits_a_folder_is_looked_through(tmp_path: Path, looks: list[str]) -> None:
    watched_folder = Folder(tmp_path, "*")
    os.utime(tmp_path, (1_700_000_000, 1_700_000_000))
    for _ in range(3):
        watched_folder.oldest(0, frozenset({"a"}), lambda found: False)
    assert len(looks) == 3


def test_a_file_that_is_known_to_be_old_is_not_asked_for_its_time_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched_folder = Folder(tmp_path, "*")
    (tmp_path / "old").write_text("x", encoding="utf-8")
    floor = (tmp_path / "old").stat().st_ctime_ns + 1
    assert watched_folder.oldest(floor, NOBODY, lambda found: True) == []
    os.utime(tmp_path / "old")
    assert watched_folder.oldest(floor, NOBODY, lambda found: True) == []
    # but once a minute all are: one may have been written anew
    monkeypatch.setattr(folder, "THOROUGH_SECONDS", 0.0)
    assert names(watched_folder.oldest(floor, NOBODY, lambda found: True)) == ["old"]


def test_what_is_no_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    assert Folder(tmp_path, "*").oldest(0, NOBODY, lambda found: True) == []
