"""Kamailio and OpenSIPS: their tables acc, missed_calls and acc_cdrs read and joined, from MariaDB, MySQL,
PostgreSQL, SQLite and MongoDB.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from ingest import lateness, mongo, sql
from ingest.books import TABLES, Books, Entry, MongoBooks, SqlBooks
from ingest.connector import Connector, Cursor, Field, Given, Look, Portion, texts
from ingest.dialogs import LAST_JULIAN, Rowed, When, call_id, joined, julian
from ingest.refused import Bad
from ingest.times import NEVER, Clock, nearest
from ingest.window import Window, step, window_of
from store.record import CDR, Reject
from store.sentence import Sentence, mark

AT_ONCE = 2_000
"""Calls whose rows are in memory at a time."""
DAY = 86_400


class Proxy:
    """The reader of a proxy's tables."""

    def __init__(self, given: Given, books: Books) -> None:
        self._given, self._books = given, books

    def portions(self, cursor: Cursor, now: datetime) -> Iterator[Portion]:
        """Every call of which a row is new, joined of all its rows; those in progress come when they end."""
        windows = {name: self._window(name, cursor.get(name)) for name in TABLES}
        lower = lateness.by_second(now) if self._books.timed else lateness.by_number
        when, build, unread = when_of(self._given.zone), self._given.builder(now).call, list(TABLES)
        while unread:
            before, fresh, full = dict(windows), list[Entry](), []
            for name in unread:
                rows, more = self._books.page(name, windows[name].start)
                values, keys = [row.value for row in rows], [row.key for row in rows]
                places, windows[name] = step(windows[name], values, keys, more, lower)
                fresh += [rows[place] for place in places]
                full += [name] if more else []
            unread = full
            if fresh or any(windows[name].floor != before[name].floor for name in TABLES):
                calls = [call for call in dict.fromkeys(row.call for row in fresh) if call]
                since = min(row.value for row in fresh) - DAY if fresh and self._books.timed else None
                made = list(self._made(calls, since, when, build))
                kept = {name: window.cursor() for name, window in windows.items()}
                yield Portion(made, kept, len(fresh), lateness.newest(made, now))

    def _window(self, name: str, cursor: Any) -> Window:
        """How far a table was read; nowhere, if it has begun to count its rows anew, as one does that was
        emptied.
        """
        window = window_of(cursor)
        if window.floor is None:
            return window
        highest = self._books.highest(name)
        return Window() if highest is not None and highest < int(str(window.floor)) else window

    def _made(
        self, calls: Sequence[str], since: int | None, when: When, build: Any
    ) -> Iterator[CDR | Reject]:
        for first in range(0, len(calls), AT_ONCE):
            some = calls[first : first + AT_ONCE]
            rows = self._rows(some, since)
            if since is not None and (long := [call for call in some if not _is_begun(rows[call]["acc"])]):
                rows |= self._rows(long, None)
            for call in some:
                if (found := _one(call, rows[call], when, build)) is not None:
                    yield found

    def _rows(self, calls: Sequence[str], since: int | None) -> dict[str, Mapping[str, list[Rowed]]]:
        """The rows of each call by table."""
        books = {name: _by_call(self._books.of_calls(name, calls, since)) for name in TABLES}
        return {call: {name: found.get(call, []) for name, found in books.items()} for call in calls}

    def look(self) -> Look:
        """A look at the tables, and when the call of the last row ended."""
        found, last, now = self._books.look(), self._books.last(), datetime.now(UTC)
        if not last:
            return found
        made = self._made([last], None, when_of(self._given.zone), self._given.builder(now).call)
        return found._replace(newest=lateness.newest(made, now))


def _is_begun(acc: Iterable[Rowed]) -> bool:
    """Whether the first row of a call is among these, which the end of a long one may be without."""
    return any(row.get("method") == "INVITE" for row in acc)


def _by_call(rows: Iterable[Rowed]) -> Mapping[str, list[Rowed]]:
    found: defaultdict[str, list[Rowed]] = defaultdict(list)
    for row in rows:
        found[call_id(row)].append(row)
    return found


def _one(name: str, rows: Mapping[str, list[Rowed]], when: When, build: Any) -> CDR | Reject | None:
    """The call of these rows, None while it is in progress; a reject keeps the rows as JSON."""
    try:
        told = joined(name, rows["acc"], rows["missed"], rows["dialogs"], when)
        if told is None:
            return None
        call: CDR = build(texts(told), name)
    except Bad as bad:
        return Reject(0, str(bad), json.dumps({"callid": name, **rows}, default=str), bad.kind)
    return call


def when_of(zone: str) -> When:
    """Reads the time columns of a database, whose local times are in this zone."""
    clock = Clock(zone)

    def when(value: Any, hint: datetime | None = None) -> datetime | None:
        if value is None or str(value) in NEVER:
            return None
        with suppress(ValueError, OverflowError):
            if 0 <= (days := float(str(value))) < LAST_JULIAN:
                return julian(days)
        with suppress(ValueError, OverflowError):
            if isinstance(value, datetime):
                if value.tzinfo:
                    return value.astimezone(UTC)
                value = value.isoformat(" ")
            return nearest(clock.read(str(value)), hint)
        return None

    return when


def again(given: Given, text: str, now: datetime) -> list[CDR]:
    """The call of the rows of a reject."""
    try:
        found = json.loads(text)
        name, acc, missed, dialogs = str(found["callid"]), found["acc"], found["missed"], found["dialogs"]
    except (ValueError, TypeError, KeyError):
        raise Bad(
            "json", Sentence("The rows of the call are no JSON any more, or were too many to be kept.")
        ) from None
    told = joined(name, acc, missed, dialogs, when_of(given.zone)) or {"uuid": name}
    return [given.builder(now).call(texts(told), name)]


NAMES = tuple(
    Field(name, Sentence("Its table {name}", name=usual), "text", usual) for name, usual in TABLES.items()
)


@contextmanager
def _in_sql(given: Given) -> Iterator[Proxy]:
    books = SqlBooks(given)
    try:
        yield Proxy(given, books)
    finally:
        books.close()


@contextmanager
def _in_mongo(given: Given) -> Iterator[Proxy]:
    books = MongoBooks(given)
    try:
        yield Proxy(given, books)
    finally:
        books.close()


SQL = Connector(
    mark("Kamailio's or OpenSIPS' acc and acc_cdrs in MySQL, MariaDB, PostgreSQL or SQLite"),
    (sql.ADDRESS, sql.PASSWORD, *NAMES),
    _in_sql,
    again,
)
MONGO = Connector(
    mark("Kamailio's acc and acc_cdrs in MongoDB"), (mongo.ADDRESS, mongo.PASSWORD, *NAMES), _in_mongo, again
)
