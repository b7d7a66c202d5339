"""Hours of the morning of the cast with so many calls, of which so many were answered."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from alerts.windows import Window
from store.batch import prepare
from store.database import Store
from store.ledger import commit
from store.record import CDR
from tests.cast import MORNING, call

MIDNIGHT = MORNING - timedelta(hours=8)


def hour_of(hour: int) -> Window:
    """The window of an hour of the day of the cast; past 24 it is the next day."""
    since = MIDNIGHT + timedelta(hours=hour)
    return Window(since, since + timedelta(hours=1))


def calls_of(hours: Mapping[int, tuple[int, int]], **more: Any) -> list[CDR]:
    """A call in each of the first minutes of an hour: (calls, answered) by hour."""
    return [
        call(
            f"{hour}-{n}-{more}",
            hour_of(hour).since + timedelta(seconds=30 * n),
            20,
            10 * (n < answered),
            **more,
        )
        for hour, (calls, answered) in hours.items()
        for n in range(calls)
    ]


def commit_hours(store: Store, hours: Mapping[int, tuple[int, int]], **more: Any) -> None:
    """Keep the calls of these hours."""
    commit(store, prepare(calls_of(hours, **more)))
