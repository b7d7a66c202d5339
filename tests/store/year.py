"""A year of edges, committed once for all tests of the store and only read."""

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr

from store.batch import prepare
from store.database import Store, open_store
from store.ledger import commit
from store.record import CDR
from store.settings import Settings
from tests.cast import season

DAYS = [
    datetime(year, month, day, tzinfo=UTC) + timedelta(days=more)
    for year, month, day, length in (
        # the clocks of New York and Paris go forward, those of Lord Howe back by half an hour
        (2026, 3, 7, 2),
        (2026, 3, 28, 3),
        (2026, 4, 4, 2),
        # a long month in the middle, of which the sums have a bucket
        (2026, 6, 10, 2),
        # Lord Howe forward, Paris and New York back
        (2026, 10, 3, 2),
        (2026, 10, 24, 3),
        (2026, 10, 31, 2),
        # the turn of the year
        (2026, 12, 30, 4),
    )
    for more in range(length)
]


class Year(NamedTuple):
    """A store and the calls that are in it."""

    store: Store
    calls: list[CDR]


@contextmanager
def opened(mongo_uri: str) -> Iterator[Year]:
    """Two thousand calls on the days on which calendars and clocks turn; for reading only."""
    calls = season(DAYS, 2_000, seed=7)
    with tempfile.TemporaryDirectory() as folder:
        name = f"year_{uuid.uuid4().hex[:12]}"
        settings = Settings(
            data=Path(folder), mongo_uri=SecretStr(mongo_uri), database=name, query_seconds=30
        )
        with open_store(settings) as store:
            for part in (calls[:700], calls[700:]):
                commit(store, prepare(part))
            yield Year(store, calls)
            store.client.drop_database(store.db)
