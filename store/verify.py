"""Proof and repair: the sums, the kept days of concurrent calls and the catalog held against the records, by
the code that counts an import.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import partial
from typing import Literal, NamedTuple

from pymongo.client_session import ClientSession

from store import catalog, concurrency, marks, partitions, sums
from store.batch import days
from store.buckets import ALL, Bucket, Sums, add, count, fact, stamp, unescape
from store.causes import EFFECTIVE
from store.connection import transaction
from store.database import Store
from store.documents import call_of
from store.errors import StoreError
from store.match import bound
from store.months import horizon
from store.periods import following
from store.record import CDR

CHUNK = 20_000
FIELDS = (
    "switch",
    "uuid",
    "start",
    "end",
    "mduration",
    "billmsec",
    "answered",
    "account",
    "country",
    "cause",
    "direction",
    "pdd_ms",
)

What = Literal["sums", "concurrent", "catalog"]


class Difference(NamedTuple):
    """Something kept that does not say what the records say: a bucket of the sums by its key, the minutes of
    a kept day of concurrent calls (`Paris|20261122`), or a name (`accounts|1000`) that the catalog lacks.
    What is missing, or should not be, is empty on one side.
    """

    key: str
    stored: Bucket
    counted: Bucket
    what: What = "sums"


class Counted(NamedTuple):
    """What the records of a month make: its buckets, and the (switch, UTC day) pairs with calls in progress,
    also beyond the month.
    """

    sums: Sums
    days: set[tuple[str, date]]


def months(store: Store, since: datetime | None = None, until: datetime | None = None) -> list[datetime]:
    """The starts of the UTC months that meet [since, until), or of all, that have records or sums and are not
    sealed: what `verify` looks at.
    """
    return _within(store, sums.heads(store), since, until)


def verify(store: Store, since: datetime | None = None, until: datetime | None = None) -> list[Difference]:
    """What differs from the records, of the UTC months that meet [since, until), or of all; an empty list is
    the proof.

    The sums of each month are read in one snapshot, and a day of concurrent calls that changes meanwhile is
    not judged, so that imports may go on. Sealed months, whose records are dropped, are passed over.
    """
    found: list[Difference] = []
    heads = sums.heads(store)
    busy: set[tuple[str, date]] = set()
    names: set[str] = set()
    looked_at = _within(store, heads, since, until)
    for month in looked_at:
        with store.client.start_session(snapshot=True) as session:
            counted = _counted(store, month, session)
            own = {key.rsplit("|", 2)[0] for key in counted.sums}
            name = stamp(month, "m")
            stored = sums.of_month(store, name, own | heads.get(name, set()), session)
        if month < horizon(store):  # dropped meanwhile
            continue
        found += _differing(stored, counted.sums)
        busy |= counted.days
        names |= own
    return [*found, *_concurrent(store, looked_at, busy), *_unnamed(store, names)]


def rebuild(store: Store, since: datetime | None = None, until: datetime | None = None) -> int:
    """Make the sums of these UTC months, their days of concurrent calls and the catalog say what the records
    say, and forget which files were imported whole; gives the number of differences that were mended.

    Each bucket is mended by its difference in one transaction, which an import at the same time can do no
    harm to. Raises StoreError when `since` asks for a month whose records are dropped; without it these are
    passed over.
    """
    end = horizon(store)
    if since and since < end:
        raise StoreError(
            f"The records before {end:%Y-%m-%d} (UTC) are dropped, so that the sums of that time cannot be "
            f"counted anew; they stay as they are. Give --since {end:%Y-%m-%d} or later."
        )
    marks.forget(store)
    wrong = verify(store, since, until)
    buckets = [one for one in wrong if one.what == "sums"]
    for start in range(0, len(buckets), CHUNK // 10):
        part = buckets[start : start + CHUNK // 10]
        more, less = {d.key: d.counted for d in part}, {d.key: d.stored for d in part}
        transaction(store.client, partial(_mend, store, more, less))
    concurrency.mark(store, [one.key for one in wrong if one.what == "concurrent"])
    concurrency.refresh(store)
    for one in wrong:
        if one.what == "catalog":
            kind, name = one.key.split("|")
            catalog.add(store, kind, [unescape(name)])
    return len(wrong)


def _mend(store: Store, more: Sums, less: Sums, session: ClientSession) -> None:
    sums.change(store, session, more, less)


def _differing(stored: Sums, counted: Sums) -> Iterator[Difference]:
    for key in sorted(counted.keys() | stored.keys()):
        if counted.get(key, {}) != stored.get(key, {}):
            yield Difference(key, stored.get(key, {}), counted.get(key, {}))


def _concurrent(
    store: Store, looked_at: Iterable[datetime], busy: set[tuple[str, date]]
) -> Iterator[Difference]:
    """The days of these months, and those that their calls reach into, which are not kept as counted."""
    switches = {name for name, _ in busy} | {*catalog.switches(store)}
    names = {stamp(month, "m") for month in looked_at}
    kept = {day for day in concurrency.days(store) if f"{day:%Y%m}" in names}
    for day in sorted(kept | {day for _, day in busy}):
        for one in sorted(concurrency.differing(store, switches, day), key=lambda one: one.key):
            yield Difference(one.key, one.minutes(one.kept), one.minutes(one.counted), "concurrent")


def _unnamed(store: Store, heads: Iterable[str]) -> Iterator[Difference]:
    """The accounts and switches with calls that the catalog does not name."""
    known = {"accounts": {*catalog.accounts(store)}, "switches": {*catalog.switches(store)}}
    for head in sorted(heads):
        account, switch = head.split("|")
        for kind, name, other in (("accounts", account, switch), ("switches", switch, account)):
            if other == ALL != name and unescape(name) not in known[kind]:
                yield Difference(f"{kind}|{name}", {}, {kind: {name: [1]}}, "catalog")


def _within(
    store: Store, heads: Iterable[str], since: datetime | None, until: datetime | None
) -> list[datetime]:
    names = {name.removeprefix(partitions.PREFIX) for name in partitions.existing(store)}
    every = [sums.month_of(name) for name in sorted({*names, *heads})]
    end = horizon(store)
    return [
        month
        for month in every
        if month >= end
        and (until is None or month < until)
        and (since is None or following(month, "month") > since)
    ]


def _counted(store: Store, month: datetime, session: ClientSession) -> Counted:
    """What the records of a month make."""
    made = Counted({}, set())
    for calls in _calls(store, month, session):
        for key, bucket in count([fact(call, EFFECTIVE) for call in calls]).items():
            add(made.sums.setdefault(key, {}), bucket)
        made.days.update(days(calls))
    return made


def _calls(store: Store, month: datetime, session: ClientSession) -> Iterator[list[CDR]]:
    lookup = {"_id": {"$gte": bound(month), "$lt": bound(following(month, "month"))}}
    records = store.db[partitions.name_of(month)].find(
        lookup, dict.fromkeys(FIELDS, 1), session=session, batch_size=CHUNK
    )
    calls = []
    for record in records:
        calls.append(call_of(record))
        if len(calls) == CHUNK:
            yield calls
            calls = []
    yield calls
