"""The history of calls in progress as the switches themselves said it: the most at once in each minute, of
each switch and each of its accounts, and of all switches together.

It differs from store/concurrency.py, which sweeps the records. This one is a sample every few seconds, so a
call that came and went in between is missing and a peak may be a little low; it counts calls whose record
never came; and where a switch did not answer it has no minute, not zero. A minute is one document, written
by `$max`: what was measured before a restart stays.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import pandas as pd

from store import live
from store.buckets import ALL, escape, unescape
from store.database import Document, Store
from store.match import Deadline
from store.scope import Scope

NAME = "live_peaks"
KEPT = timedelta(days=400)
MINUTE = timedelta(minutes=1)

Level = tuple[str, int, Mapping[str, int]]


def note(store: Store, switch: str, now: datetime) -> None:
    """Note how many calls are in progress on this switch, which was asked just now, and on all together."""
    levels = live.levels(store, now)
    of_switch = [level for level in levels if level[0] == switch]
    _raise(store, escape(switch), of_switch, now)
    _raise(store, ALL, levels, now)


def _raise(store: Store, name: str, levels: Iterable[Level], now: datetime) -> None:
    """Raise the minute's peaks to the sums of these levels, where they are lower."""
    total, accounts = 0, Counter[str]()
    for _, calls, by_account in levels:
        total += calls
        accounts.update(by_account)
    minute = now.replace(second=0, microsecond=0)
    peaks = {f"accounts.{escape(account)}": calls for account, calls in accounts.items()}
    told = {"$setOnInsert": {"expires": minute + KEPT}, "$max": {"calls": total, **peaks}}
    store.db[NAME].update_one({"_id": f"{_stamp(minute)}|{name}"}, told, upsert=True)


def measured(store: Store, scope: Scope, together: bool = False) -> pd.DataFrame:
    """Columns `switch`, `minute` (UTC) and `concurrent`, as queries.concurrent has them, but also a row of 0
    where a switch answered and had no calls: a minute without a row is one in which it did not answer.

    Each switch of the scope, or with `together` all of them as one, named "*"; only its switches and
    accounts narrow. The peaks of several accounts, and with `together` of the switches that are named, are
    added up, which may be more than they had at any one instant. Raises QueryTimeout.
    """
    deadline = Deadline(store.settings.query_seconds)
    first, end = _stamp(scope.since), _stamp(scope.until)
    fields = {"calls": 1}
    if scope.accounts is not None:
        fields = {f"accounts.{escape(account)}": 1 for account in scope.accounts} or {"_id": 1}
    wanted = {escape(switch) for switch in scope.switches} or ({ALL} if together else set())
    rows = []
    with deadline.kept():
        lookup = {"_id": {"$gte": first, "$lt": end}}
        for one in store.db[NAME].find(lookup, fields, sort=[("_id", 1)], max_time_ms=deadline.ms):
            stamp, _, name = one["_id"].partition("|")
            if name in wanted or not (wanted or name == ALL):
                rows.append((name if name == ALL else unescape(name), stamp, _peak(one, scope.accounts)))
    frame = pd.DataFrame(rows, columns=["switch", "minute", "concurrent"])
    if together and scope.switches:
        frame = frame.assign(switch=ALL).groupby(["switch", "minute"], as_index=False).sum()
    minutes = pd.to_datetime(frame["minute"], format="%Y%m%d%H%M", utc=True).astype("datetime64[ms, UTC]")
    return frame.assign(minute=minutes).astype({"switch": str, "concurrent": int})


def _peak(found: Document, accounts: tuple[str, ...] | None) -> int:
    if accounts is None:
        return int(found["calls"])
    return sum(found.get("accounts", {}).values())


def _stamp(moment: datetime) -> str:
    """The beginning of the keys of a minute: those of a stretch of time lie together."""
    return f"{moment:%Y%m%d%H%M}"
