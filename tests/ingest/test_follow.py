"""A file that grows is followed: whatever happens to it, each of its calls is stored once."""

import gzip
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest import follow
from ingest.connector import SourceProblem
from ingest.feed import Fed, Feed
from ingest.retry import Retried, retry
from ingest.sources import checked, configure
from store import calls, lags, rejects, sources
from store.database import Store
from store.errors import SettingsError
from store.scope import Scope
from tests.ingest.asterisk_rows import call

EVER = Scope(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def now() -> datetime:
    """Late enough that the file counts as quiet."""
    return datetime.now(UTC) + timedelta(minutes=5)


def lines(*numbers: int) -> str:
    return "".join(f"{call(number)}\n" for number in numbers)


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "log" / "Master.csv"
    file.parent.mkdir()
    file.write_text("", encoding="utf-8")
    return file


@pytest.fixture
def feed(store: Store, path: Path) -> Iterator[Feed]:
    add(store, {"path": str(path)})
    found = Feed(store, "pbx")
    yield found
    found.close()


def add(store: Store, options: dict[str, str]) -> None:
    configure(store, "pbx", "file", "pbx", "UTC", options, "command", NOW)


def stored(store: Store) -> int:
    return sum(1 for _ in calls.stream(store, EVER))


def test_what_is_written_to_the_file_is_stored_at_the_next_look(store: Store, path: Path, feed: Feed) -> None:
    assert feed.look(now) == Fed()
    append(path, lines(1, 2, 3))
    assert feed.look(now) == Fed(read=3, new=3)
    assert feed.look(now) == Fed()
    append(path, lines(4))
    assert feed.look(now) == Fed(read=1, new=1)
    found = sources.get(store, "pbx")
    assert found is not None
    assert (found["counts"]["new"], found["state"], found["cursor"]["line"]) == (4, "ok", 5)


def test_the_lag_is_how_long_after_hang_up_the_oldest_call_was_stored(
    store: Store, path: Path, feed: Feed
) -> None:
    append(path, lines(1, 2))
    moment = datetime(2026, 11, 3, 9, 10, 30, tzinfo=UTC)
    feed.look(lambda: moment)
    (row,) = lags.history(store, "pbx", moment - timedelta(days=1)).itertuples(index=False)
    # the first call began at 9:01 and lasted 127 s
    assert (row.minute, row.seconds, row.calls) == (moment.replace(second=0), 443, 2)


def test_an_unfinished_line_waits_for_its_end(store: Store, path: Path, feed: Feed) -> None:
    whole = lines(1, 2)
    append(path, whole[:-20])
    assert feed.look(now) == Fed(read=1, new=1)
    append(path, whole[-20:])
    assert feed.look(now) == Fed(read=1, new=1)
    assert stored(store) == 2


def by_renaming(path: Path) -> None:
    path.rename(path.with_name("Master.csv.1"))
    path.write_text("", encoding="utf-8")


def by_copying_and_truncating(path: Path) -> None:
    path.with_name("Master.csv.1").write_bytes(path.read_bytes())
    os.truncate(path, 0)


def by_compressing(path: Path) -> None:
    with gzip.open(path.with_name("Master.csv.1.gz"), "wb") as file:
        file.write(path.read_bytes())
    path.unlink()
    path.write_text("", encoding="utf-8")


def by_date(path: Path) -> None:
    path.rename(path.with_name("Master-20261122.csv"))
    path.write_text("", encoding="utf-8")


@pytest.mark.parametrize("rotate", [by_renaming, by_copying_and_truncating, by_compressing, by_date])
def test_a_rotated_file_is_read_to_its_end_and_then_the_new_one(
    store: Store, path: Path, feed: Feed, rotate: Callable[[Path], None]
) -> None:
    append(path, lines(*range(20)))
    assert feed.look(now).new == 20
    append(path, lines(20, 21) + lines(22).rstrip("\n"))
    rotate(path)
    append(path, lines(23, 24))
    assert feed.look(now) == Fed(read=5, new=5)
    assert feed.look(now) == Fed()
    assert stored(store) == 25


def test_a_file_that_was_emptied_begins_again(store: Store, path: Path, feed: Feed) -> None:
    append(path, lines(*range(20)))
    feed.look(now)
    path.write_text(lines(30), encoding="utf-8")
    assert feed.look(now) == Fed(read=1, new=1)


def test_a_row_that_is_no_call_is_kept_and_the_next_one_goes_on(store: Store, path: Path, feed: Feed) -> None:
    append(path, lines(1, 2) + "garbage\n" + lines(3))
    assert feed.look(now) == Fed(read=4, new=3, rejected=1)
    (kept,) = rejects.find(store)
    assert (kept["file"], kept["line"], kept["text"]) == ("source pbx", 3, "garbage")


def test_a_rejected_row_of_a_source_is_tried_again_as_the_source_is_set_today(
    store: Store, path: Path, feed: Feed
) -> None:
    append(path, lines(1, 2))
    row = call(3).replace('"2026-11-03', '"2026-13-03')
    append(path, f"{row}\n")
    assert feed.look(now).rejected == 1
    assert retry(store) == Retried(tried=1, new=0, known=0, corrected=0, rejected=1)
    (kept,) = rejects.find(store)
    store.db[rejects.NAME].update_one({"_id": kept["_id"]}, {"$set": {"text": call(3)}})
    assert retry(store) == Retried(tried=1, new=1, known=0, corrected=0, rejected=0)
    assert list(rejects.find(store)) == []


def test_an_open_quote_holds_nobody_up_once_the_file_is_quiet(store: Store, path: Path, feed: Feed) -> None:
    append(path, lines(1) + '"open\n' + lines(2))
    assert feed.look(now).new == 2


def test_a_line_that_does_not_end_is_refused_in_flat_memory(store: Store, path: Path, feed: Feed) -> None:
    append(path, lines(1) + "x" * (follow.ENDLESS * 3) + "\n" + lines(2))
    found = feed.look(now)
    assert found.new == 2
    assert found.rejected >= 1
    assert feed.look(now) == Fed()


def test_a_backlog_is_stored_in_portions_and_a_stop_loses_nothing(
    store: Store, path: Path, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "PORTION", 100)
    append(path, lines(*range(450)))
    assert feed.look(now, stop=lambda: True) == Fed(read=100, new=100)
    assert feed.look(now) == Fed(read=350, new=350)
    assert stored(store) == 450


def test_two_workers_on_one_source_store_each_call_once(store: Store, path: Path, feed: Feed) -> None:
    append(path, lines(1, 2))
    stale = sources.get(store, "pbx")
    assert feed.look(now).new == 2
    assert stale is not None
    with (
        pytest.raises(sources.Overtaken, match="read by another worker"),
        store.client.start_session() as session,
    ):
        sources.advance(store, session, stale, {}, dict.fromkeys(sources.COUNTS, 0), None, NOW)


def test_a_file_that_is_away_is_a_sentence_and_then_goes_on(store: Store, path: Path, feed: Feed) -> None:
    hidden = path.rename(path.with_name("elsewhere"))
    with pytest.raises(SourceProblem, match=r"Master\.csv cannot be read: No such file or directory\."):
        feed.look(now)
    append(hidden, lines(1))
    hidden.rename(path)
    assert feed.look(now).new == 1


def test_a_paused_source_is_left_alone(store: Store, path: Path, feed: Feed) -> None:
    append(path, lines(1))
    sources.pause(store, "pbx", True, NOW)
    assert feed.look(now) == Fed()
    sources.pause(store, "pbx", False, NOW)
    assert feed.look(now).new == 1


def test_a_source_that_fails_is_tried_again_after_growing_pauses(store: Store, feed: Feed) -> None:
    seen = []
    for _ in range(3):
        sources.failed(store, "pbx", "It is away.", NOW)
        seen += [(found["next"] - NOW).total_seconds() for found in sources.everything(store)]
    assert seen == [1, 2, 5]
    (found,) = sources.everything(store)
    assert (found["state"], found["problem"], found["since"]) == ("failing", "It is away.", NOW)


WRONG = [
    # a kind that there is not names those that there are
    ("tape", {}, r"There is no kind of source 'tape'; there are file"),
    # what must be given is asked for
    ("file", {}, r"A source of kind file needs path: The file\."),
    # an option that there is not
    ("file", {"path": "x", "pth": "y"}, r"A source of kind file has no 'pth'; it has path, format"),
    # a choice that there is not
    ("file", {"path": "x", "format": "tape"}, r"format is one of auto"),
]


@pytest.mark.parametrize(("kind", "options", "sentence"), WRONG)
def test_a_wrong_source_is_refused_with_a_sentence(kind: str, options: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        checked(kind, options)
