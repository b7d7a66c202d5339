"""A backlog of a file is made ready by another process and committed aside; where it stops, it goes on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest import follow
from ingest.feed import Fed, Feed
from ingest.sources import configure
from store import calls, rejects, sources
from store.database import Store
from store.scope import Scope
from store.verify import verify
from tests.ingest.asterisk_rows import call

EVER = Scope(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def now() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=5)


@pytest.fixture
def backlog(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ninety lines, of which one is no call, read ten at a time, by another process however few they are."""
    monkeypatch.setattr(follow, "SMALL", 0)
    monkeypatch.setattr(follow, "PORTION", 10)
    path = tmp_path / "Master.csv"
    lines = [call(number) for number in range(89)]
    path.write_text("\n".join([*lines[:40], "no call", *lines[40:], ""]), encoding="utf-8")
    configure(store, "pbx", "file", "pbx", "UTC", {"path": str(path)}, "command", datetime.now(UTC))
    return path


def stored(store: Store) -> list[datetime]:
    return [one.start for one in calls.stream(store, EVER)]


def test_a_backlog_is_stored_whole_and_read_on_behind_it(store: Store, backlog: Path) -> None:
    feed = Feed(store, "pbx")
    assert feed.look(now) == Fed(read=90, new=89, rejected=1)
    with backlog.open("a", encoding="utf-8") as file:
        file.write(f"{call(90)}\n")
    assert feed.look(now) == Fed(read=1, new=1)
    assert (len(stored(store)), rejects.count(store), verify(store)) == (90, 1, [])


def test_a_backlog_that_is_left_is_gone_on_with_and_the_oldest_come_first(
    store: Store, backlog: Path
) -> None:
    feed = Feed(store, "pbx")
    first = feed.look(now, lambda: True)
    assert first == Fed(read=10, new=10)
    assert stored(store) == sorted(stored(store))
    found = sources.get(store, "pbx")
    assert found is not None
    assert (found["cursor"]["line"], found["step"], found["counts"]["new"]) == (11, 1, 10)
    assert feed.look(now) == Fed(read=80, new=79, rejected=1)


def test_a_source_that_is_rewound_in_the_middle_is_read_from_its_beginning(
    store: Store, backlog: Path
) -> None:
    """What was being committed then is refused, and every call is stored once."""

    def meanwhile() -> bool:
        sources.rewind(store, "pbx", now())
        return False

    feed = Feed(store, "pbx")
    with pytest.raises(sources.Overtaken):
        feed.look(now, meanwhile)
    known = len(stored(store))
    assert feed.look(now) == Fed(read=90, new=89 - known, known=known, rejected=1)
    assert (len(stored(store)), verify(store)) == (89, [])
