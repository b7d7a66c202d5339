"""Retention: the records of a month are dropped, its sums and its days of concurrent calls stay for ever.

A month is sealed first, and whoever needs records asks for the seal after having read them; each step can be
done twice, so that a kill at any instant is mended by dropping the month again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from store import concurrency, months, partitions, remains, sums
from store.database import Store
from store.errors import StoreError
from store.periods import following

DAY = timedelta(days=1)

sealed = months.sealed


def drop(store: Store, month: str) -> int:
    """Drop the records of a UTC month (`202611`) and seal it; gives how many calls it had.

    What is late for it, or for an older month, is refused from now on (`ledger.commit`). Raises StoreError
    when records of an older month are there: the oldest month goes first. Where a kill left off, it goes on.
    """
    start = sums.month_of(month)
    name = partitions.name_of(start)
    _refuse_unless_oldest(store, name)
    months.seal(store, month)
    _refuse_unless_oldest(store, name)
    held = store.db[name].count_documents({})
    for step in STEPS:
        step(store, start)
    return held


def _refuse_unless_oldest(store: Store, name: str) -> None:
    older = [other for other in partitions.existing(store) if other < name]
    if older:
        first = sums.month_of(older[0].removeprefix(partitions.PREFIX))
        raise StoreError(
            f"The records of {first:%Y-%m} are still there: the oldest month has to be dropped first."
        )


def _count_days(store: Store, start: datetime) -> None:
    """Count the concurrent calls that wait to be counted: it is the last chance."""
    last = following(start, "month") - DAY
    while concurrency.refresh(store, start.date(), last.date()):
        pass


def _keep(store: Store, start: datetime) -> None:
    remains.keep(store, store.db[partitions.name_of(start)], following(start, "month"))


def _drop(store: Store, start: datetime) -> None:
    name = partitions.name_of(start)
    store.db.drop_collection(name)
    store.partitions.discard(name)


def _tidy(store: Store, start: datetime) -> None:
    remains.tidy(store, months.horizon(store))


STEPS: tuple[Callable[[Store, datetime], None], ...] = (_count_days, _keep, _drop, _tidy)
"""What is done once a month is sealed, in this order."""
