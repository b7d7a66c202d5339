"""The tables of a proxy as sites really have them: some missing, emptied, without an index or a column."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bson import ObjectId

from ingest import books, mongo
from ingest.connector import SourceProblem
from ingest.feed import Fed, Feed
from ingest.sources import probe
from store import sources
from store.database import Store
from tests.ingest.feeding import feed, looked, now, stored

ACC = (
    "(id integer primary key, method text, from_tag text, to_tag text, callid text, sip_code text, time text)"
)
DIALOGS = "(id integer primary key, start_time text, end_time text, duration real, call_id text)"
NINE = 1_793_696_400


class Kamailio:
    """The accounting of a proxy in an SQLite file, and a feed of it."""

    def __init__(self, store: Store, path: Path) -> None:
        self.file = sqlite3.connect(path, isolation_level=None)
        self.feed = feed(store, "kamailio_sql", f"sqlite:///{path}")

    def make(self, *tables: str) -> None:
        for table in tables:
            self.file.execute(f"create table {table} {DIALOGS if table == 'acc_cdrs' else ACC}")

    def write(self, table: str, call: str, method: str, code: int, time: str) -> None:
        names = "method, from_tag, to_tag, callid, sip_code, time"
        row = (method, "a", "b", call, str(code), f"2026-11-03 {time}")
        self.file.execute(f"insert into {table} ({names}) values (?, ?, ?, ?, ?, ?)", row)


@pytest.fixture
def proxy(store: Store, tmp_path: Path) -> Iterator[Kamailio]:
    found = Kamailio(store, tmp_path / "kamailio.sqlite")
    with closing(found.file), closing(found.feed):
        yield found


def test_failures_that_are_in_missed_calls_alone_are_calls(store: Store, proxy: Kamailio) -> None:
    proxy.make("acc", "missed_calls")
    proxy.write("acc", "c1", "INVITE", 200, "09:00:00")
    proxy.write("missed_calls", "c2", "INVITE", 486, "09:00:30")
    assert proxy.feed.look(now).new == 1
    proxy.write("acc", "c1", "BYE", 200, "09:01:00")
    assert proxy.feed.look(now).new == 1
    # the row of acc comes behind that of missed_calls: still one call, and acc tells what it came to
    proxy.write("acc", "c2", "INVITE", 603, "09:00:31")
    assert proxy.feed.look(now) == Fed(read=1, corrected=1)
    assert proxy.feed.look(now) == Fed()
    assert [(call.uuid, call.cause) for call in stored(store)] == [
        ("c1", "NORMAL_CLEARING"),
        ("c2", "CALL_REJECTED"),
    ]


def test_a_dialog_that_is_written_last_corrects_its_call(store: Store, proxy: Kamailio) -> None:
    proxy.make("acc", "acc_cdrs")
    proxy.write("acc", "c1", "INVITE", 200, "09:00:05")
    proxy.write("acc", "c1", "BYE", 200, "09:01:05")
    assert proxy.feed.look(now).new == 1
    assert [call.mduration for call in stored(store)] == [60_000]
    row = ("2026-11-03 09:00:00", "2026-11-03 09:01:05", 65.0, "c1")
    proxy.file.execute(
        "insert into acc_cdrs (start_time, end_time, duration, call_id) values (?, ?, ?, ?)", row
    )
    assert proxy.feed.look(now) == Fed(read=1, corrected=1)
    assert [(call.mduration, call.billmsec) for call in stored(store)] == [(65_000, 60_000)]


def test_tables_that_were_emptied_are_read_from_their_beginning(store: Store, proxy: Kamailio) -> None:
    proxy.make("acc")
    for n in range(1_200):
        proxy.write("acc", f"c{n}", "INVITE", 486, f"09:{n // 60 % 60:02}:{n % 60:02}")
    assert proxy.feed.look(now).new == 1_200
    proxy.file.execute("delete from acc")
    assert proxy.feed.look(now) == Fed()
    proxy.write("acc", "after", "INVITE", 486, "12:00:00")
    assert proxy.feed.look(now) == Fed(read=1, new=1)


def test_a_backlog_is_read_in_portions(
    store: Store, proxy: Kamailio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "SIZE", 7)
    monkeypatch.setattr(books, "AT_ONCE", 2)
    proxy.make("acc", "missed_calls")
    for n in range(40):
        proxy.write("acc", f"c{n}", "INVITE", 200, f"09:00:{n:02}")
        proxy.write("missed_calls", f"m{n}", "INVITE", 480, f"09:00:{n:02}")
    for n in range(40):
        proxy.write("acc", f"c{n}", "BYE", 200, f"09:02:{n:02}")
    assert looked(proxy.feed)._replace(known=0) == Fed(read=120, new=80)
    assert sum(call.billmsec for call in stored(store)) == 40 * 120_000


PROBLEMS = [
    # nothing that is known
    (("create table books (title text)",), "has neither a table acc nor acc_cdrs"),
    # a column that is gone
    (("create table acc (id integer, callid text, method text, time text)",), "acc has no column sip_code,"),
    (
        ("create table acc (id integer, callid text, method text, sip_code text)",),
        "column time_sec or time,",
    ),
    # nothing counts the rows
    (("create table acc (callid text, method text, sip_code text, time text)",), "has no column id,"),
    # dialogs alone, of which nobody knows the call
    (("create table acc_cdrs (id integer, start_time text, duration real)",), "acc_cdrs names no call"),
]


@pytest.mark.parametrize(("tables", "sentence"), PROBLEMS)
def test_what_is_wrong_with_a_table_is_said(proxy: Kamailio, tables: tuple[str, ...], sentence: str) -> None:
    for table in tables:
        proxy.file.execute(table)
    with pytest.raises(SourceProblem, match=sentence):
        proxy.feed.look(now)


def test_a_column_that_goes_and_comes_back(store: Store, proxy: Kamailio) -> None:
    proxy.make("acc")
    proxy.write("acc", "c1", "INVITE", 486, "09:00:00")
    assert proxy.feed.look(now).new == 1
    proxy.file.execute("alter table acc rename column sip_code to sip_reply")
    row = "'c2', 'INVITE', '486', '2026-11-03 09:00:01'"
    proxy.file.execute(f"insert into acc (callid, method, sip_reply, time) values ({row})")
    for _ in range(2):
        with pytest.raises(SourceProblem, match="sip_code"):
            proxy.feed.look(now)
    proxy.file.execute("alter table acc rename column sip_reply to sip_code")
    assert proxy.feed.look(now) == Fed(read=1, new=1)
    assert [call.cause for call in stored(store)] == ["USER_BUSY"] * 2


def test_dialogs_that_name_no_call_are_left_out_and_that_is_told(store: Store, proxy: Kamailio) -> None:
    proxy.make("acc")
    proxy.file.execute("create table acc_cdrs (id integer, start_time text, duration real)")
    proxy.write("acc", "c1", "INVITE", 486, "09:00:00")
    assert proxy.feed.look(now).new == 1
    source = sources.get(store, "proxy")
    assert source is not None
    assert probe(store, source, now()).words == (
        "acc; acc has no index of callid, which makes each look longer; "
        "acc_cdrs names no call (callid or call_id) and is left out"
    )


def test_siremis_cdrs_are_dialogs_by_another_name(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "siremis.sqlite"
    with closing(sqlite3.connect(path)) as made:
        made.execute(
            "create table cdrs (cdr_id integer primary key, src_username text, dst_username text, "
            "call_start_time text, duration int, sip_call_id text, sip_from_tag text, sip_to_tag text)"
        )
        made.execute("insert into cdrs values (1, '101', '102', '2026-11-03 09:00:00', 60, 'c1', 'a', 'b')")
        made.commit()
    found = feed(store, "kamailio_sql", f"sqlite:///{path}", dialogs="cdrs")
    assert looked(found).new == 1
    (call,) = stored(store)
    assert (call.uuid, call.caller, call.destination, call.billmsec) == ("c1", "101", "102", 60_000)


def at(second: int, number: int = 0) -> ObjectId:
    return ObjectId(second.to_bytes(4, "big") + number.to_bytes(8, "big"))


def mongodb(second: int, method: str, call: str = "c1", code: str = "200") -> dict[str, Any]:
    told = {"callid": call, "method": method, "sip_code": code, "time_sec": second, "time_usec": 0}
    return {"_id": at(second), **told, "time": datetime.fromtimestamp(second, UTC)}


def test_the_first_row_of_a_call_is_found_however_long_it_lasted(store: Store, mongodb_of: Any) -> None:
    address, there = mongodb_of
    found: Feed = feed(store, "kamailio_mongodb", address)
    there["acc"].insert_one(mongodb(NINE, "INVITE"))
    assert found.look(now) == Fed(read=1)
    there["acc"].insert_one(mongodb(NINE + 3 * 86_400, "BYE"))
    assert looked(found) == Fed(read=1, new=1)
    assert [call.billmsec for call in stored(store)] == [3 * 86_400_000]


def test_a_document_of_the_future_does_not_take_the_reading_with_it(store: Store, mongodb_of: Any) -> None:
    address, there = mongodb_of
    found: Feed = feed(store, "kamailio_mongodb", address)
    there["acc"].insert_one(mongodb(NINE, "INVITE", "c1", "486"))
    there["acc"].insert_one({"_id": ObjectId("f" * 24), "callid": "c2"})
    assert found.look(now).new == 1
    there["acc"].insert_one(mongodb(NINE + 5, "INVITE", "c3", "486"))
    assert looked(found).new == 1
    assert mongo.first_of(2**40) == ObjectId("f" * 8 + "0" * 16)


@pytest.fixture
def mongodb_of(store: Store) -> Iterator[tuple[str, Any]]:
    """An empty database beside the store's."""
    name = f"{store.db.name}_kam"
    uri = store.settings.mongo_uri
    assert uri is not None
    base, _, query = uri.get_secret_value().partition("?")
    yield f"{base.rstrip('/')}/{name}" + (f"?{query}" if query else ""), store.client[name]
    store.client.drop_database(name)
