"""What is rejected of a folder: with the name of its file, and so that it can be tried again."""

import os
from pathlib import Path

from ingest.feed import Fed, Feed
from ingest.retry import Retried, retry
from ingest.sources import configure
from store import rejects
from store.database import Store
from tests.ingest.asterisk_rows import call
from tests.ingest.cisco_rows import CMR
from tests.ingest.freeswitch_reports import changed
from tests.ingest.test_spool import NOW, add, feed, later, legs, path, soon

__all__ = ["feed", "path"]


def problem(store: Store) -> str:
    (found,) = rejects.find(store)
    return str(found["reason"])


def test_a_file_that_is_not_understood_is_one_reject_and_the_others_go_on(
    store: Store, path: Path, feed: Feed
) -> None:
    (path / "b.txt").write_text("Dear operator,\nall is well.\n", encoding="utf-8")
    legs(path, 1, 2)
    assert feed.look(later) == Fed(read=3, new=2, rejected=1)
    (kept,) = rejects.find(store)
    assert (kept["kind"], kept["text"]) == ("format", "Dear operator,\nall is well.\n")
    assert kept["reason"].startswith("The format of b.txt is not recognised")
    assert retry(store) == Retried(tried=1, new=0, known=0, corrected=0, rejected=1)


def test_ciscos_files_of_quality_are_none_of_calls(store: Store, path: Path, feed: Feed) -> None:
    (path / "cmr_Cluster_02_202611030900_1").write_text(CMR, encoding="utf-8")
    legs(path, 1)
    assert feed.look(later) == Fed(read=1, new=1)


def test_a_binary_file_is_a_reject_too(store: Store, path: Path, feed: Feed) -> None:
    (path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0" + os.urandom(5000))
    assert feed.look(later) == Fed(read=1, rejected=1)
    assert "is a binary file" in problem(store)


def test_a_reject_of_a_report_names_its_file_and_passes_once_it_is_right(
    store: Store, path: Path, feed: Feed
) -> None:
    (path / "a_1.cdr.json").write_text(changed("a-leg", start_uepoch="4000000000000000"), encoding="utf-8")
    assert feed.look(soon) == Fed()
    assert feed.look(later) == Fed(read=1, rejected=1)
    (kept,) = rejects.find(store)
    assert kept["reason"].startswith("a_1.cdr.json: The call starts more than a day in the future")
    text = kept["text"].replace("4000000000000000", "1793696400707743")
    store.db[rejects.NAME].update_one({"_id": kept["_id"]}, {"$set": {"text": text}})
    assert retry(store) == Retried(tried=1, new=1, known=0, corrected=0, rejected=0)


def test_a_rejected_row_is_tried_again_by_the_columns_of_its_own_file(
    store: Store, path: Path, feed: Feed
) -> None:
    lines = ["id,when,destination", "1,2026-11-03 10:00:00,102", "2,tomorrow,103"]
    (path / "one.csv").write_text("\n".join(["uuid,start,destination", *lines[1:], ""]), encoding="utf-8")
    assert feed.look(later) == Fed(read=2, new=1, rejected=1)
    (kept,) = rejects.find(store)
    assert (kept["line"], kept["text"]) == (3, "uuid,start,destination\n2,tomorrow,103")
    assert retry(store) == Retried(tried=1, new=0, known=0, corrected=0, rejected=1)
    text = kept["text"].replace("tomorrow", "2026-11-03 10:00:01")
    store.db[rejects.NAME].update_one({"_id": kept["_id"]}, {"$set": {"text": text}})
    assert retry(store) == Retried(tried=1, new=1, known=0, corrected=0, rejected=0)


def test_a_long_file_of_which_the_beginning_is_kept_is_not_tried_as_if_it_were_all(
    store: Store, path: Path
) -> None:
    feed = add(store, path, format="cisco")
    (path / "calls.csv").write_text("".join(f"{call(number)}\n" for number in range(100)), encoding="utf-8")
    assert feed.look(later) == Fed(read=1, rejected=1)
    configure(store, "spool", "folder", "fs", "UTC", {"path": str(path)}, "command", NOW)
    assert retry(store) == Retried(tried=1, new=0, known=0, corrected=0, rejected=1)
    assert problem(store) == "Just its beginning is kept: touch the file in its folder, and it is read anew."
    os.utime(path / "calls.csv")
    assert feed.look(later).new == 100
    feed.close()
