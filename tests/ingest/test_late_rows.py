"""Rows of a table that come late, out of order or broken are found all the same, and hold nothing up."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from ingest import tables
from ingest.connector import SourceProblem
from ingest.feed import Fed, Feed
from ingest.sources import probe
from store import sources
from store.database import Store
from store.verify import verify
from tests.ingest.feeding import feed, looked, now, stored, writer

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
MADRID = ZoneInfo("Europe/Madrid")
COMMON = "src text, dst text, disposition text, duration int, billsec int, uniqueid text"
FREEPBX = f"create table cdr (calldate datetime, {COMMON})"
COUNTED = f"create table cdr (id integer primary key, calldate datetime, {COMMON})"
ENDED = f"create table cdr (start datetime, end datetime, {COMMON})"


class Switch:
    """A table of calls, and a feed of it that is looked at when the test says."""

    def __init__(self, store: Store, path: Path, table: str, zone: str = "UTC") -> None:
        self.file = sqlite3.connect(path, isolation_level=None)
        self.file.execute(table)
        self.feed, self.calls, self.now = feed(store, "asterisk_sql", f"sqlite:///{path}", zone), 0, NOW

    def write(self, start: object, seconds: object = 60, **more: object) -> None:
        """A call that began at this moment of the wall."""
        self.calls += 1
        name = "start" if "end" in more else "calldate"
        told = {name: str(start), "src": "101", "dst": "0033142685300", "disposition": "ANSWERED"}
        row = {**told, "duration": seconds, "billsec": seconds, "uniqueid": f"call-{self.calls}", **more}
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        self.file.execute(f"insert into cdr ({names}) values ({marks})", list(row.values()))

    def look(self, moment: datetime | None = None) -> Fed:
        self.now = moment or self.now + timedelta(seconds=1)
        return self.feed.look(lambda: self.now)


@pytest.fixture
def switch(store: Store, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Switch]:
    table, zone = request.param
    found = Switch(store, tmp_path / "cdr.sqlite", table, zone)
    with closing(found.file), closing(found.feed):
        yield found


def of(table: str, zone: str = "UTC") -> pytest.MarkDecorator:
    return pytest.mark.parametrize("switch", [(table, zone)], indirect=True)


@of(FREEPBX, "Europe/Madrid")
def test_the_hour_that_comes_twice_is_read_twice(store: Store, switch: Switch) -> None:
    # by Asterisk's uniqueid the epoch of each call is known
    for moment in (datetime(2026, 10, 25, 0, 58, tzinfo=UTC) + timedelta(minutes=n) for n in range(0, 70, 2)):
        told = moment.astimezone(MADRID).replace(tzinfo=None)
        switch.write(told, uniqueid=f"{int(moment.timestamp())}.1")
        assert switch.look(moment + timedelta(minutes=1)).new == 1
    starts = [call.start for call in stored(store)]
    assert starts[0] == datetime(2026, 10, 25, 0, 58, tzinfo=UTC)
    assert {b - a for a, b in pairwise(starts)} == {timedelta(minutes=2)}
    assert verify(store) == []


@of(FREEPBX)
def test_a_call_that_lasted_days_is_found_when_it_is_written_at_last(store: Store, switch: Switch) -> None:
    for n in range(0, 600, 20):
        switch.write(NOW + timedelta(seconds=n))
        if n == 300:
            switch.write(NOW - timedelta(days=3), 3 * 86_400 + n)
        switch.look(NOW + timedelta(seconds=n + 61))
    assert max(call.mduration for call in stored(store)) == (3 * 86_400 + 300) * 1_000
    assert len(stored(store)) == switch.calls


@of(ENDED)
def test_rows_of_a_wrong_clock_or_none_do_not_take_the_reading_with_them(
    store: Store, switch: Switch
) -> None:
    switch.write("2026-11-23 08:00:00", end="2026-11-23 08:01:00")
    # a switch that began in 1970 and one that is far ahead, and ends that are none
    for end in ("2036-02-07 06:28:16", "1970-01-01 00:05:00", "whenever", "0000-00-00 00:00:00"):
        switch.write(end, end=end)
    found = switch.look()
    assert (found.read, found.new, found.rejected) == (5, 1, 4)
    switch.write("2026-11-23 08:30:00", end="2026-11-23 08:31:00")
    assert switch.look() == Fed(read=1, new=1)
    assert switch.look() == Fed()
    # batches that Asterisk held back for five minutes
    switch.write("2026-11-23 08:25:00", end="2026-11-23 08:26:00")
    assert switch.look() == Fed(read=1, new=1)
    source = sources.get(store, "proxy")
    assert source is not None
    assert source["newest"] == datetime(2026, 11, 23, 8, 31, tzinfo=UTC)
    assert probe(store, source, NOW).words == "read by end"


@of(ENDED)
def test_rows_without_what_they_are_read_by_are_told(store: Store, switch: Switch) -> None:
    switch.write("2026-11-23 08:00:00", end=None)
    switch.write("2026-11-23 08:00:00", end="2026-11-23 08:01:00")
    assert switch.look().new == 1
    source = sources.get(store, "proxy")
    assert source is not None
    assert probe(store, source, NOW).words == "read by end; 1 rows without that are left out"


@of(COUNTED)
def test_a_table_that_was_emptied_and_counts_anew_is_read_from_its_beginning(
    store: Store, switch: Switch
) -> None:
    for n in range(1_500):
        switch.write(NOW - timedelta(minutes=n), id=n + 1)
    assert switch.look().new == 1_500
    switch.file.execute("delete from cdr")
    assert switch.look() == Fed()
    switch.write(NOW)
    assert switch.look() == Fed(read=1, new=1)
    assert switch.look() == Fed()
    assert len(stored(store)) == 1_501


@of(COUNTED)
def test_a_number_that_becomes_visible_late_is_found(store: Store, switch: Switch) -> None:
    for n in (1, 2, 500, 4, 900):
        switch.write(NOW - timedelta(hours=1), id=n)
        assert switch.look().new == 1
    assert len(stored(store)) == 5


@of("create table cdr (start text, end text, src text, dst text, duration int)")
def test_a_table_in_which_no_row_tells_its_time_says_so(
    store: Store, switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "KNOWN", 20)
    monkeypatch.setattr("ingest.window.KNOWN", 20)
    for n in range(30):
        switch.file.execute("insert into cdr values (?, ?, '1', '2', 3)", (f"day {n}", f"day {n}"))
    with pytest.raises(SourceProblem, match="is read by end, which tells no time, such as 'day 9'"):
        switch.look()


@pytest.mark.parametrize("address", ["mariadb", "postgres"], indirect=True)
def test_a_connection_that_is_cut_in_the_middle_of_a_backlog_loses_nothing(
    store: Store, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "PORTION", 10)
    engine = writer(address)
    meta = sa.MetaData()
    names = ("src", "dst", "disposition", "uniqueid")
    table = sa.Table(
        "cut",
        meta,
        sa.Column("calldate", sa.DateTime),
        *(sa.Column(name, sa.String(80)) for name in names),
        *(sa.Column(name, sa.Integer) for name in ("duration", "billsec")),
    )
    meta.create_all(engine)
    start = datetime(2026, 11, 3, 9)
    rows = [
        {"calldate": start + timedelta(seconds=7 * n), "uniqueid": f"u{n}", "duration": 60, "billsec": 50}
        for n in range(95)
    ]
    others = {"src": "101", "dst": "0033142685300", "disposition": "ANSWERED"}
    with engine.begin() as connection:
        connection.execute(table.insert(), [row | others for row in rows])
    found = feed(store, "asterisk_sql", address, table="cut")
    made, cuts = Feed._store_one, []

    def cutting(self: Feed, *more: object) -> Fed:
        cuts.append(cut(engine))
        return made(self, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(Feed, "_store_one", cutting)
    problems = 0
    while len(stored(store)) < 95:
        try:
            found.look(now)
        except SourceProblem:
            problems += 1
    assert sum(cuts) > 3
    assert problems < 10
    assert looked(found).new == 0
    meta.drop_all(engine)


def cut(engine: sa.Engine) -> int:
    """End all connections but one's own, as a server does that is started anew; how many there were."""
    words = {
        "mysql": "select id from information_schema.processlist where id <> connection_id() and user = 'cdr'",
        "postgresql": "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() "
        "and backend_type = 'client backend'",
    }
    with engine.connect() as connection:
        found = list(connection.execute(sa.text(words[engine.dialect.name])).scalars())
        if engine.dialect.name == "mysql":
            for one in found:
                connection.execute(sa.text(f"kill {int(one)}"))
    return len(found)
