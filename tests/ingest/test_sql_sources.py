"""Tables of calls in real databases, as Asterisk, FreeSWITCH and CDR-Stats 3 fill them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ingest import sql, tables
from ingest.connector import Given, SourceProblem
from ingest.feed import Fed, Feed
from ingest.retry import Retried, retry
from ingest.sources import configure
from store import rejects
from store.database import Store
from tests.ingest.feeding import feed, looked, now, options, stored, writer

ASTERISK = sa.MetaData()
TEXTS = ("clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "disposition")
MORE = ("accountcode", "uniqueid", "linkedid", "did", "recordingfile")
CDR_TABLE = sa.Table(
    "cdr",
    ASTERISK,
    sa.Column("calldate", sa.DateTime, nullable=False),
    *(sa.Column(name, sa.String(150), nullable=False, default="") for name in (*TEXTS, *MORE)),
    *(sa.Column(name, sa.Integer, nullable=False, default=0) for name in ("duration", "billsec", "sequence")),
)
"""FreePBX's layout: calldate instead of start, neither answer nor end, no key."""
START = datetime(2026, 11, 3, 9)


def row(number: int, **more: Any) -> dict[str, Any]:
    """The n-th of many calls of a minute each, a minute apart; every third is not answered."""
    answered = number % 3 > 0
    unique = f"{1793696400 + 60 * number}.{number}"
    told: dict[str, Any] = {
        "calldate": START + timedelta(minutes=number),
        "src": "101",
        "dst": "0033142685300",
        "clid": '"Alice" <101>',
        "channel": "PJSIP/101-1",
        "duration": 60,
        "billsec": 50 if answered else 0,
        "disposition": "ANSWERED" if answered else "BUSY",
        "accountcode": "1000",
        "uniqueid": unique,
        "linkedid": unique,
        "sequence": number,
    }
    return told | more


Asterisk = tuple[str, sa.Engine]


@pytest.fixture
def asterisk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Asterisk]:
    """An empty table cdr: its address, and what may write into it."""
    lite = request.param == "sqlite"
    address = f"sqlite:///{tmp_path / 'cdr.sqlite'}" if lite else request.getfixturevalue(request.param)
    engine = writer(address)
    ASTERISK.create_all(engine)
    yield address, engine
    ASTERISK.drop_all(engine)


def write(engine: sa.Engine, *rows: dict[str, Any]) -> None:
    with engine.begin() as connection:
        connection.execute(CDR_TABLE.insert(), list(rows))


THREE = pytest.mark.parametrize("asterisk", ["mariadb", "postgres", "sqlite"], indirect=True)
LITE = pytest.mark.parametrize("asterisk", ["sqlite"], indirect=True)


@THREE
def test_asterisks_table_is_read_as_it_grows(store: Store, asterisk: Asterisk) -> None:
    address, engine = asterisk
    found = feed(store, "asterisk_sql", address)
    assert found.look(now) == Fed()
    write(engine, *(row(n) for n in range(5)))
    assert found.look(now) == Fed(read=5, new=5)
    assert found.look(now) == Fed()
    # a long call is written at its end, behind others that began later
    write(engine, row(6), row(2, duration=300, sequence=90, uniqueid="x.9", linkedid="long"))
    assert found.look(now) == Fed(read=2, new=2)
    # a second leg completes a call
    write(engine, row(6, sequence=91, uniqueid="1793696760.7", dst="102"))
    assert looked(found) == Fed(read=1, corrected=1)
    there = stored(store)
    assert len(there) == 7
    assert [len(call.legs) for call in there if call.uuid == row(6)["linkedid"]] == [2]
    assert {(call.account, call.caller, call.caller_name) for call in there} == {("1000", "101", "Alice")}


@THREE
def test_a_backlog_with_equal_times_is_read_in_pages(
    store: Store, asterisk: Asterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, engine = asterisk
    monkeypatch.setattr(tables, "PORTION", 7)
    same = [row(3, uniqueid=f"1793696580.{n}", linkedid=f"same-{n}") for n in range(20)]
    write(engine, *(row(n) for n in range(30) if n != 3), *same)
    assert looked(feed(store, "asterisk_sql", address)).new == 49
    assert len(stored(store)) == 49


@THREE
def test_a_source_refuses_to_be_written_to(asterisk: Asterisk) -> None:
    address, engine = asterisk
    write(engine, row(1))
    reading = sql.engine_of(Given("x", "x", "UTC", options(address), {}))
    with pytest.raises(sa.exc.DBAPIError, match=r"(?i)read.?only"), reading.begin() as connection:
        connection.execute(CDR_TABLE.delete())
    reading.dispose()
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(CDR_TABLE)).scalar() == 1


@LITE
def test_local_times_and_integer_dispositions(store: Store, asterisk: Asterisk) -> None:
    address, engine = asterisk
    # the hour that comes twice: the epoch in uniqueid tells that the second one is meant
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    twice = {"calldate": datetime(2026, 10, 25, 2, 30), "uniqueid": f"{int(second.timestamp())}.1"}
    write(engine, row(1, disposition="8"), row(2, disposition="4", billsec=0))
    write(engine, row(3, **twice, linkedid="twice"))
    looked(feed(store, "asterisk_sql", address, zone="Europe/Berlin"))
    there = {call.uuid: call for call in stored(store)}
    assert there["twice"].start == second
    assert there[row(1)["linkedid"]].start == datetime(2026, 11, 3, 8, 1, tzinfo=UTC)
    assert there[row(2)["linkedid"]].cause == "USER_BUSY"


@LITE
def test_a_row_that_is_no_call_is_kept_and_tried_again(store: Store, asterisk: Asterisk) -> None:
    address, engine = asterisk
    write(engine, row(1), row(2, duration=-5), row(4))
    assert looked(feed(store, "asterisk_sql", address)) == Fed(read=3, new=2, rejected=1)
    (kept,) = rejects.find(store)
    assert json.loads(kept["text"])["duration"] == "-5"
    assert retry(store) == Retried(1, 0, 0, 0, 1)
    text = kept["text"].replace('"-5"', '"60"')
    store.db[rejects.NAME].update_one({"_id": kept["_id"]}, {"$set": {"text": text}})
    assert retry(store) == Retried(1, 1, 0, 0, 0)


@LITE
def test_a_table_that_has_other_columns_suddenly_is_read_with_them(store: Store, asterisk: Asterisk) -> None:
    address, engine = asterisk
    write(engine, row(1))
    found = feed(store, "asterisk_sql", address)
    assert found.look(now).new == 1
    with engine.begin() as connection:
        connection.execute(sa.text("alter table cdr rename column dst to dst_renamed"))
    with pytest.raises(SourceProblem, match=r"no such column: cdr\.dst"):
        found.look(now)
    with pytest.raises(SourceProblem, match="No column is known to be the destination"):
        found.look(now)
    with engine.begin() as connection:
        connection.execute(sa.text("alter table cdr rename column dst_renamed to dst"))
    write(engine, row(2))
    assert looked(found).new == 1


def test_the_table_of_freeswitch_in_postgresql(store: Store, postgres: str) -> None:
    meta, engine = sa.MetaData(), writer(postgres)
    table = sa.Table(
        "fs_cdr",
        meta,
        *(sa.Column(c, sa.DateTime(timezone=True)) for c in ("start_stamp", "answer_stamp", "end_stamp")),
        *(sa.Column(c, sa.Integer) for c in ("duration", "billsec")),
        *(sa.Column(c, sa.String(100)) for c in ("caller_id_name", "caller_id_number", "destination_number")),
        *(sa.Column(c, sa.String(100)) for c in ("hangup_cause", "uuid", "bleg_uuid", "accountcode")),
    )
    meta.create_all(engine)
    start = datetime(2026, 11, 3, 9, tzinfo=UTC)
    call = {
        "caller_id_name": "Alice",
        "caller_id_number": "101",
        "destination_number": "+33142685300",
        "hangup_cause": "NORMAL_CLEARING",
        "uuid": "u1",
        "accountcode": "1000",
        "start_stamp": start,
        "answer_stamp": start + timedelta(seconds=7),
        "end_stamp": start + timedelta(seconds=67),
        "duration": 67,
        "billsec": 60,
    }
    with engine.begin() as connection:
        connection.execute(table.insert(), [call])
    found = feed(store, "freeswitch_sql", postgres, zone="Europe/Paris", table="fs_cdr")
    assert looked(found) == Fed(read=1, new=1)
    (kept,) = stored(store)
    assert (kept.start, kept.billmsec, kept.cause, kept.country) == (start, 60_000, "NORMAL_CLEARING", "FR")
    meta.drop_all(engine)


def test_the_calls_of_cdr_stats_3_move(store: Store, postgres: str) -> None:
    meta, engine = sa.MetaData(), writer(postgres)
    texts = ("callid", "caller_id_number", "destination_number", "hangup_cause", "accountcode")
    table = sa.Table(
        "voip_cdr",
        meta,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("starting_date", sa.DateTime(timezone=True)),
        *(sa.Column(name, sa.String(80)) for name in texts),
        *(sa.Column(name, sa.Integer) for name in ("duration", "billsec", "progresssec", "country_id")),
    )
    meta.create_all(engine)
    start = datetime(2026, 11, 3, 9, tzinfo=UTC)
    common = {"caller_id_number": "101", "destination_number": "+4930123456", "hangup_cause": "USER_BUSY"}
    lengths = {"accountcode": "1000", "duration": 5, "billsec": 0, "progresssec": 2, "country_id": 1}
    rows = [
        {"id": n, "callid": f"c{n}", "starting_date": start + timedelta(minutes=n), **common, **lengths}
        for n in range(1, 6)
    ]
    with engine.begin() as connection:
        connection.execute(table.insert(), rows)
    assert looked(feed(store, "cdr_stats_3", postgres)) == Fed(read=5, new=5)
    assert {(call.country, call.pdd_ms, call.cause) for call in stored(store)} == {("DE", 2000, "USER_BUSY")}
    meta.drop_all(engine)


PROBLEMS = [
    # an address that is none
    ("asterisk_sql", "10.0.0.5", "The address is none; it looks like mysql://user@host/database"),
    # a database that we do not know
    ("asterisk_sql", "oracle://x/y", "The address begins with 'oracle'"),
    # a password does not belong there, where it would be shown
    ("asterisk_sql", "mysql://a:secret1@h/d", "The address holds a password; give it by itself"),
    # servers that are not there
    ("asterisk_sql", "mysql://a@127.0.0.1:1/d", "cannot be read: Can't connect to MySQL server"),
    ("asterisk_sql", "postgresql://a@127.0.0.1:1/d", "Connection refused"),
    ("kamailio_mongodb", "mongodb://127.0.0.1:1/kam", "The MongoDB at 127.0.0.1:1 cannot be read"),
    # a file that is not there
    ("kamailio_sql", "sqlite:////nowhere/x.db", "There is no file /nowhere/x.db."),
]


@pytest.mark.parametrize(("kind", "address", "sentence"), PROBLEMS)
def test_a_source_that_cannot_be_read_says_why_without_its_password(
    store: Store, kind: str, address: str, sentence: str
) -> None:
    secret = {} if "secret1" in address or "mongodb" in address else {"password": "secret1"}
    configure(store, "away", kind, "pbx", "UTC", {"address": address, **secret}, "command", now())
    with pytest.raises(SourceProblem) as problem:
        Feed(store, "away").look(now)
    assert sentence in str(problem.value)
    assert "secret1" not in str(problem.value)


def test_a_wrong_password_and_a_missing_table_are_said(store: Store, mariadb: str) -> None:
    wrong = {"address": mariadb, "password": "wrong1"}
    configure(store, "p", "asterisk_sql", "p", "UTC", wrong, "command", now())
    with pytest.raises(SourceProblem, match="Access denied for user 'cdr'") as problem:
        Feed(store, "p").look(now)
    assert "wrong1" not in str(problem.value)
    configure(store, "q", "asterisk_sql", "q", "UTC", options(mariadb, table="nope"), "command", now())
    with pytest.raises(SourceProblem, match="has no table nope"):
        Feed(store, "q").look(now)
