"""The commit of a batch: calls, their sums and whatever belongs to them in one transaction, so that they
agree at every instant.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from bson.raw_bson import RawBSONDocument
from pymongo.client_session import ClientSession

from store import arrivals, catalog, concurrency, months, partitions, remains, sums
from store.batch import NEAR, Batch, Prepared, counted, days, prepared
from store.buckets import stamp
from store.connection import transaction
from store.database import Store
from store.documents import RAW, decoded, id_in, key_in
from store.errors import ImportProblem
from store.legs import merge, rows_of
from store.record import CDR, EPOCH, MILLISECOND, digest, time_of


class Receipt(NamedTuple):
    """What became of a batch: calls that are new, known as they are, and known but now corrected or
    completed by a leg.
    """

    new: int
    known: int
    corrected: int


Also = Callable[[ClientSession, Receipt], None]
Refused = Callable[[ClientSession, list[CDR]], None]
Fate = tuple[str, bytes]
"""What became of a call ("new", "known", "corrected" or "late"), and the id by which it is stored."""
Fates = Callable[[dict[bytes, Fate]], None]
GONE = b""
"""The BSON of a stored call whose record is dropped: it is known, and nothing can be changed of it."""


def nothing(session: ClientSession, receipt: Receipt) -> None:
    """Nothing else to write with the batch."""


def refuse(session: ClientSession, calls: list[CDR]) -> None:
    """Refuse the whole batch for the sake of calls whose months are sealed."""
    raise ImportProblem(
        f"The call {calls[0].uuid!r} of {calls[0].start:%Y-%m-%d} (UTC), and {len(calls) - 1:,} others, "
        "belong to months whose records are dropped: they cannot be counted any more."
    )


def commit(
    store: Store,
    batch: Batch,
    also: Also = nothing,
    refused: Refused = refuse,
    fates: Fates | None = None,
) -> Receipt:
    """Write a batch once: only what is new or changed, the sums of just that, and what `also` writes, all
    or nothing.

    The whole is tried again after a passing error (an election, another import's write to the same bucket),
    so `also` must be repeatable; it is given the transaction's session. A call is known by its switch and
    uuid, with a start up to a day away; a row of it that says something new corrects it, and the sums
    change by the difference.

    Calls of a sealed month (`retention`), and such as are known there with a start up to a day away, are in
    none of the receipt's counts: `refused` gets them, before `also` and as repeatably as that, and writes
    them down as rejects; without it, ImportProblem is raised.

    `fates` gets what became of each call, by its id in the batch, before `also` and as repeatable.
    """
    horizon = months.horizon(store)
    names = {partitions.name_of(call.start) for call in batch.calls if call.start >= horizon}
    partitions.ensure(store, names)
    catalog.note(store, batch)
    return transaction(store.client, lambda session: _apply(store, session, batch, also, refused, fates))


def _apply(
    store: Store,
    session: ClientSession,
    batch: Batch,
    also: Also,
    refused: Refused,
    fates: Fates | None,
) -> Receipt:
    horizon = months.horizon(store, session)
    calls = [call for call in batch.calls if call.start >= horizon] if horizon > EPOCH else batch.calls
    known = _known(store, session, calls, horizon)
    late = [call for call in batch.calls if call.start < horizon or known.get(call.id) == GONE]
    if late:
        refused(session, [decoded(call.raw) for call in late])
        calls = [call for call in calls if known.get(call.id) != GONE]
        known = {id: raw for id, raw in known.items() if raw != GONE}
    new = [call for call in calls if call.id not in known] if known else calls
    rewritten = [
        (call, found) for call in calls if call.id in known and (found := _change(known[call.id], call))
    ]
    before, after = [old for _, (old, _) in rewritten], [made for _, (_, made) in rewritten]
    changed = [*new, *after, *before]
    months.hold(store, session, {stamp(call.start, "m") for call in changed})
    _remove(store, session, before)
    _insert(store, session, [*new, *after])
    everything_new = len(new) == len(batch.calls)
    more = batch.sums if everything_new else counted((*new, *after))
    sums.change(store, session, more, counted(before))
    concurrency.touch(store, session, days(changed))
    arrivals.note(store, session, [call.id for call in (*new, *after)])
    receipt = Receipt(len(new), len(known) - len(rewritten), len(rewritten))
    if fates:
        told: dict[bytes, Fate] = {call.id: ("new", call.id) for call in new}
        told |= {id: ("known", id_in(raw)) for id, raw in known.items()}
        told |= {call.id: ("corrected", made.id) for call, (_, made) in rewritten}
        fates(told | {call.id: ("late", call.id) for call in late})
    also(session, receipt)
    return receipt


def _known(
    store: Store, session: ClientSession, calls: list[Prepared], horizon: datetime
) -> dict[bytes, bytes]:
    """The BSON of the calls of the batch that are stored, by their id in the batch; GONE for one that starts
    before the horizon.

    A stored call is no more than one of them: that with the same start, else the first that is NEAR.
    """
    if not calls:
        return {}
    keys = [call.key for call in calls]
    found: defaultdict[int, dict[bytes, bytes]] = defaultdict(dict)
    for partition in partitions.between(store, calls[0].start - NEAR, calls[-1].start + NEAR):
        for document in partition.with_options(RAW).find({"key": {"$in": keys}}, session=session):
            raw = bytes(document.raw)
            found[key_in(raw)][id_in(raw)] = raw if time_of(id_in(raw)) >= horizon else GONE
    if calls[0].start - NEAR < horizon:
        for key, id in remains.known(store, session, keys):
            found[key][id] = GONE
    repeated = [(call, found[call.key]) for call in calls if call.key in found]
    known = {call.id: held.pop(call.id) for call, held in repeated if call.id in held}
    for call, held in repeated:
        if call.id not in known and (near := _nearest(held, call)):
            known[call.id] = held.pop(near)
    return known


def _nearest(held: Iterable[bytes], call: Prepared) -> bytes | None:
    """The id whose start is nearest to the call's, if that is NEAR."""
    distances = ((abs(time_of(id) - call.start), id) for id in held)
    distance, id = min(distances, default=(NEAR + MILLISECOND, b""))
    return id if distance <= NEAR else None


def _change(stored: bytes, call: Prepared) -> tuple[Prepared, Prepared] | None:
    """The stored call and what it becomes with the rows of `call`; None where these tell nothing new."""
    if stored == call.raw:
        return None
    old = decoded(stored)
    name = digest(old.switch, old.uuid)
    merged = prepared(merge([*rows_of(old), *rows_of(decoded(call.raw))]), name)
    return None if merged.raw == stored else (prepared(old, name), merged)


def _remove(store: Store, session: ClientSession, calls: Iterable[Prepared]) -> None:
    """Take the old form of corrected calls out of their partitions."""
    for partition, same in groupby(calls, key=lambda call: partitions.name_of(call.start)):
        ids = [UUID(bytes=call.id) for call in same]
        store.db[partition].delete_many({"_id": {"$in": ids}}, session=session)


def _insert(store: Store, session: ClientSession, calls: list[Prepared]) -> None:
    """Put calls, already in start order or few, into the partitions of their months."""
    for partition, same in groupby(calls, key=lambda call: partitions.name_of(call.start)):
        raw = store.db[partition].with_options(RAW)
        raw.insert_many([RawBSONDocument(call.raw, RAW) for call in same], session=session)
