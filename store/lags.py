"""The lag of the sources: how long after hang-up their calls were stored, a document a source and minute,
kept a week.
"""

from datetime import datetime

import pandas as pd

from store.database import Store

NAME = "lags"


def note(store: Store, source: str, now: datetime, seconds: float, calls: int) -> None:
    """Note that so many calls were stored now, the one that waited longest after its hang-up so many
    seconds.
    """
    minute = now.replace(second=0, microsecond=0)
    told = {
        "$setOnInsert": {"source": source, "minute": minute},
        "$max": {"seconds": max(0.0, seconds)},
        "$inc": {"calls": calls},
    }
    store.db[NAME].update_one({"_id": f"{minute:%Y%m%dT%H%M} {source}"}, told, upsert=True)


def history(store: Store, source: str, since: datetime) -> pd.DataFrame:
    """The minutes of a source in which calls were stored: `minute` (aware UTC), `seconds` (the longest lag),
    `calls`.
    """
    lookup = {"source": source, "minute": {"$gte": since}}
    rows = store.db[NAME].find(lookup, {"_id": 0, "source": 0}, sort=[("minute", 1)])
    frame = pd.DataFrame(list(rows), columns=["minute", "seconds", "calls"])
    return frame.astype({"minute": "datetime64[ms, UTC]", "seconds": float, "calls": int})
