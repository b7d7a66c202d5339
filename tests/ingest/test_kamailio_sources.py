"""The accounting of a proxy becomes calls, from every database, with rows that a real Kamailio wrote."""

import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ingest.feed import Fed
from ingest.sources import probe
from store import sources
from store.database import Store
from store.verify import verify
from tests.ingest.feeding import KAMAILIO, ROWS, feed, looked, now, stored, writer
from tests.ingest.real_sip.proxy import proxied
from tests.needs import need
from tests.store.servers import until

CAUSES = {
    "NORMAL_CLEARING": 48,
    "USER_BUSY": 12,
    # ten that nobody took, and three that went to a gateway which is not there
    "RECOVERY_ON_TIMER_EXPIRE": 13,
    "ORIGINATOR_CANCEL": 8,
    "CALL_REJECTED": 6,
    "UNALLOCATED_NUMBER": 6,
}
"""What became of the 93 real calls."""
SHIPPED = Path("/usr/share/kamailio/db_sqlite")
SCRIPTS = (SHIPPED / "standard-create.sql", SHIPPED / "acc-create.sql", ROWS.parent / "sqlite.sql")
ONE_MORE = {"NORMAL_CLEARING": 49}
"""In the run whose rows MariaDB holds a call more was placed, and answered."""


def proxy_of(address: str) -> str:
    return "kamailio_mongodb" if address.startswith("mongodb") else "kamailio_sql"


FOUR = pytest.mark.parametrize("address", ["mariadb", "postgres", "sqlite", "mongodb"], indirect=True)


@FOUR
def test_93_real_calls_are_93_calls_from_every_database_twice_in_a_row(store: Store, address: str) -> None:
    expected = CAUSES | (ONE_MORE if address.startswith("mysql") else {})
    total = sum(expected.values())
    found = feed(store, proxy_of(address), address)
    assert found.look(now)._replace(read=0) == Fed(new=total)
    assert found.look(now) == Fed()
    sources.rewind(store, "proxy", now())
    assert looked(found)._replace(read=0) == Fed(known=total)
    there = stored(store)
    assert Counter(call.cause for call in there) == expected
    assert sum(call.answered for call in there) == expected["NORMAL_CLEARING"]
    assert {call.account for call in there} == {"acme", "globex", "initech"}
    assert verify(store) == []


@FOUR
def test_talk_is_from_the_answer_to_the_bye(store: Store, address: str) -> None:
    looked(feed(store, proxy_of(address), address))
    expected = talk(address, store)
    assert {call.uuid: call.billmsec for call in stored(store) if call.answered} == expected
    assert len(expected) == (49 if address.startswith("mysql") else 48)


def talk(address: str, store: Store) -> dict[str, int]:
    """Call -> milliseconds from its INVITE's 200 to its BYE, as acc's epochs tell."""
    if address.startswith("mongodb"):
        rows: list[Any] = list(store.client[f"{store.db.name}_kam"]["acc"].find())
    else:
        with writer(address).connect() as connection:
            rows = [row._mapping for row in connection.execute(sa.text("select * from acc"))]
    moments: dict[str, dict[str, int]] = {}
    for row in rows:
        if row["sip_code"] == "200":
            at = row["time_sec"] * 1_000_000 + row["time_usec"]
            moments.setdefault(row["callid"], {})[row["method"]] = at
    return {call: round((at["BYE"] - at["INVITE"]) / 1000) for call, at in moments.items() if "BYE" in at}


def test_a_call_whose_rows_come_in_pieces_is_right_in_the_end(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "kamailio.sqlite"
    with (
        closing(sqlite3.connect(ROWS / "kamailio.sqlite")) as whole,
        closing(sqlite3.connect(path)) as pieces,
    ):
        for name in KAMAILIO:
            (create,) = whole.execute("select sql from sqlite_master where name = ?", (name,)).fetchone()
            pieces.execute(create)
        found = feed(store, "kamailio_sql", f"sqlite:///{path}")
        early = 0
        for row in whole.execute("select * from acc order by id"):
            pieces.execute(f"insert into acc values ({','.join('?' * len(row))})", row)
            if row[0] % 20 == 0:
                pieces.commit()
                early += found.look(now).new
        for row in whole.execute("select * from acc_cdrs order by id"):
            pieces.execute(f"insert into acc_cdrs values ({','.join('?' * len(row))})", row)
        pieces.commit()
        looked(found)
    assert 0 < early <= 93
    assert Counter(call.cause for call in stored(store)) == CAUSES
    assert verify(store) == []


def test_a_look_tells_rows_and_tables(store: Store, sqlite: str) -> None:
    looked(feed(store, "kamailio_sql", sqlite))
    found = sources.get(store, "proxy")
    assert found is not None
    look = probe(store, found, now())
    assert look.rows == 141
    assert look.words.startswith("acc, missed_calls, acc_cdrs; acc_cdrs has no index of call_id")
    assert look.newest == max(call.end for call in stored(store))


def test_nothing_is_written_to_a_mongodb_source(store: Store, mongodb: str) -> None:
    database: Any = store.client[f"{store.db.name}_kam"]

    def content() -> dict[str, list[Any]]:
        names = database.list_collection_names()
        return {name: list(database[name].find(sort=[("_id", 1)])) for name in names}

    before = content()
    looked(feed(store, "kamailio_mongodb", mongodb))
    assert content() == before


def test_calls_through_a_running_proxy_arrive_while_it_writes(store: Store) -> None:
    with tempfile.TemporaryDirectory(prefix="sip-") as name:
        folder = Path(name).resolve()
        path = folder / "kamailio.sqlite"
        with closing(sqlite3.connect(path)) as made:
            for script in SCRIPTS:
                need(script.exists(), f"Kamailio's {script}")
                made.executescript(script.read_text(encoding="utf-8"))
            made.execute("pragma journal_mode = wal")
        found = feed(store, "kamailio_sql", f"sqlite:///{path}")
        with proxied(folder, "sqlite", f"sqlite:///{path}") as proxy:
            running = [proxy.place(kind, count=3, rate=10) for kind in ("calleebye", "busy", "notfound")]
            until(lambda: found.look(now).new >= 0 and len(stored(store)) == 9)
            assert [process.wait(30) for process in running] == [0, 0, 0]
        assert looked(found).new == 0
    assert Counter(call.cause for call in stored(store)) == {
        "NORMAL_CLEARING": 3,
        "USER_BUSY": 3,
        "UNALLOCATED_NUMBER": 3,
    }
    assert all(1_000 < call.billmsec < 10_000 for call in stored(store) if call.answered)
    assert verify(store) == []
