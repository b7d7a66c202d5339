"""A call that is late for a month whose records are dropped becomes a reject, whichever way it came."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.feed import Fed, Feed
from ingest.importer import run
from ingest.recipe import Options
from ingest.retry import Retried, retry
from ingest.sources import configure
from store import queries, rejects, retention
from store.database import Store
from store.scope import Scope
from store.verify import verify
from tests.ingest.asterisk_rows import call

EVER = Scope(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
PBX = Options(switch="pbx")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "Master.csv"


def write(path: Path, *numbers: int) -> Path:
    path.write_text("".join(f"{call(number)}\n" for number in numbers), encoding="utf-8")
    return path


def total(store: Store) -> int:
    return int(queries.totals(store, EVER)["calls"].iloc[0])


def imported(store: Store, path: Path) -> int:
    return run(store, path, PBX).rejected


def fed(store: Store, path: Path) -> int:
    now = datetime.now(UTC)
    configure(store, "pbx", "file", "pbx", "UTC", {"path": str(path)}, "command", now)
    return Feed(store, "pbx").look(lambda: now + timedelta(minutes=5)).rejected


@pytest.mark.parametrize("way", [imported, fed])
def test_a_late_call_is_refused_and_its_month_stays_as_it_was(
    store: Store, path: Path, way: Callable[[Store, Path], int]
) -> None:
    # November's calls are dropped, and one of them comes a second time with one that is new
    run(store, write(path, 1, 2, 3), PBX)
    retention.drop(store, "202611")
    write(path, 1, 4)
    assert way(store, path) == 2
    assert total(store) == 3
    kept = list(rejects.find(store))
    assert {reject["kind"] for reject in kept} == {"sealed"}
    assert "The call is late for 2026-11 (UTC)" in kept[0]["reason"]
    assert verify(store) == []


def test_the_rest_of_a_file_is_imported_beside_what_is_late(store: Store, path: Path) -> None:
    october = [call(number).replace("2026-11-03", "2026-10-03") for number in (1, 2)]
    path.write_text(f"{october[0]}\n", encoding="utf-8")
    run(store, path, PBX)
    retention.drop(store, "202610")
    path.write_text(f"{october[1]}\n{call(3)}\n", encoding="utf-8")
    report = run(store, path, PBX)
    assert (report.new, report.rejected, report.reasons) == (1, 1, {"sealed": 1})
    assert total(store) == 2


def test_a_reject_that_would_be_late_stays_one(store: Store, path: Path) -> None:
    path.write_text(f"{call(1)}\n{call(2)}\ngarbage\n", encoding="utf-8")
    run(store, path, PBX)
    retention.drop(store, "202611")
    (kept,) = rejects.find(store)
    store.db[rejects.NAME].update_one({"_id": kept["_id"]}, {"$set": {"text": call(3)}})
    assert retry(store) == Retried(tried=1, new=0, known=0, corrected=0, rejected=1)
    (kept,) = rejects.find(store)
    assert kept["kind"] == "sealed"


def test_a_source_goes_on_after_what_was_late(store: Store, path: Path) -> None:
    run(store, write(path, 1), PBX)
    retention.drop(store, "202611")
    fed(store, write(path, 1, 2))
    path.write_text(path.read_text("utf-8") + call(3) + "\n", encoding="utf-8")
    later = datetime.now(UTC) + timedelta(minutes=5)
    assert Feed(store, "pbx").look(lambda: later) == Fed(read=1, rejected=1)
