"""Records that are sent become calls: once, in one transaction with their sums, and each with its fate."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import pymongo
from pymongo.client_session import ClientSession

from app.api.errors import Said
from app.api.record import read
from ingest import late
from ingest.importer import numberings
from ingest.rows import Builder, Manner
from store.batch import Batch, Prepared, prepare
from store.database import Store
from store.ledger import Fate, commit
from store.record import CDR, digest, key_of

PATIENCE = 9.0
"""Seconds that the database may take."""


class Kept(NamedTuple):
    """What became of a record: "new", "known", "corrected" or "rejected", with the id of its call or why."""

    status: str
    id: str = ""
    why: Said | None = None


def keep(store: Store, records: Sequence[object]) -> list[Kept]:
    """Store records, and tell of each what became of it; what is wrong keeps no other one out. Raises
    PyMongoError, and then none is stored.
    """
    made = Builder(Manner(zone=store.settings.zone), numberings(store), datetime.now(UTC))
    found = [read(one, made) for one in records]
    rows = [one for one in found if isinstance(one, CDR)]
    fates = _committed(store, rows) if rows else iter(())
    return [next(fates) if isinstance(one, CDR) else Kept("rejected", why=one) for one in found]


def _committed(store: Store, rows: Sequence[CDR]) -> Iterator[Kept]:
    batch = prepare(rows)
    fates: dict[bytes, Fate] = {}
    reasons: dict[bytes, str] = {}

    def refused(_: ClientSession, calls: list[CDR]) -> None:
        for call, reject in zip(calls, late.refused(calls), strict=True):
            reasons[digest(call.switch, call.uuid)] = reject.reason

    def told(found: dict[bytes, Fate]) -> None:
        fates.clear()
        fates.update(found)

    with pymongo.timeout(PATIENCE):
        commit(store, batch, refused=refused, fates=told)
    return iter(_each(rows, batch, fates, reasons))


def _each(
    rows: Sequence[CDR], batch: Batch, fates: dict[bytes, Fate], reasons: dict[bytes, str]
) -> list[Kept]:
    """The fate of each row: that of the call it is part of; of several rows of a new call one is new."""
    by_key: defaultdict[int, list[Prepared]] = defaultdict(list)
    for call in batch.calls:
        by_key[call.key].append(call)
    told: Counter[bytes] = Counter()
    kept = []
    for row in rows:
        name = digest(row.switch, row.uuid)
        same = by_key[key_of(name)]
        call = same[0] if len(same) == 1 else min(same, key=lambda one: abs(one.start - row.start))
        status, id = fates[call.id]
        if status == "late":
            kept.append(Kept("rejected", why=Said(sentence=reasons[name], field="start_uepoch")))
            continue
        told[call.id] += 1
        again = status == "new" and told[call.id] > 1
        kept.append(Kept("known" if again else status, str(UUID(bytes=id))))
    return kept
