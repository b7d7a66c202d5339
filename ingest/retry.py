"""Rejected rows tried again, with the settings of today: those that pass become calls and are no rejects any
more.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import groupby, islice
from typing import Any, NamedTuple
from uuid import UUID

from bson import ObjectId
from pymongo.client_session import ClientSession

from ingest import late
from ingest.connector import Given
from ingest.connectors import CONNECTORS
from ingest.importer import numberings, patiently
from ingest.recipe import Recipe, recipe_of
from ingest.refused import Bad
from ingest.sources import given_of
from ingest.work import Parser, Task
from store import imports, rejects, sources
from store.batch import prepare
from store.database import Document, Store
from store.ledger import Receipt, commit
from store.record import CDR

BATCH = 5_000
Read = Callable[[str], list[CDR]]
"""The calls of the text of a row; raises Bad."""


class Retried(NamedTuple):
    """What came of a second try: rows tried, calls by what they were to the store, rows that are still
    rejected.
    """

    tried: int
    new: int
    known: int
    corrected: int
    rejected: int


def retry(store: Store, of: ObjectId | None = None, switch: str = "", zone: str = "") -> Retried:
    """Read the rejects of an import, or of all, as their files were read; `switch` and `zone` win over those
    of the file.

    The calls that come of a batch are stored and their rejects removed in one transaction. Raises StoreError.
    """
    total = Retried(0, 0, 0, 0, 0)
    for found, group in groupby(rejects.find(store, of), key=lambda reject: reject["import"]):
        read = _reader(store, imports.get(store, found), switch, zone)
        if read is None:
            continue
        for batch in _batches(group):
            part = _retry(store, read, batch)
            total = Retried(*(a + b for a, b in zip(total, part, strict=True)))
    return total


def _reader(store: Store, document: Document | None, switch: str, zone: str) -> Read | None:
    """What makes calls of the text of a reject of this import or source; None when that is forgotten."""
    now = datetime.now(UTC)
    if document is None:
        return None
    if "source" in document["recipe"]:
        source = sources.get(store, document["recipe"]["source"])
        if source is None or source["kind"] not in CONNECTORS:
            return None
        given = given_of(store, source)
        changed = given._replace(switch=switch or given.switch, zone=zone or given.zone)
        return lambda text: CONNECTORS[source["kind"]].again(changed, text, now)
    if kind := document["recipe"].get("database"):
        told = document["recipe"]
        switches = numberings(store)
        name, place = switch or document["switch"], zone or told["zone"]
        of_file = Given(document["file"], name, place, told["options"], switches)
        return lambda text: CONNECTORS[kind].again(of_file, text, now)
    recipe = _changed(recipe_of(document["recipe"]), switch, zone)
    parser = Parser(Task(recipe, numberings(store), now))
    return parser.rows


def _changed(recipe: Recipe, switch: str, zone: str) -> Recipe:
    manner = recipe.manner
    changed = manner._replace(switch=switch or manner.switch, zone=zone or manner.zone)
    return recipe._replace(manner=changed)


def _batches(group: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(group, BATCH)):
        yield batch


def _retry(store: Store, read: Read, batch: Sequence[dict[str, Any]]) -> Retried:
    calls: list[CDR] = []
    passed: dict[UUID, list[CDR]] = {}
    refused: list[tuple[UUID, str, str]] = []
    for reject in batch:
        try:
            passed[reject["_id"]] = read(reject["text"])
            calls += passed[reject["_id"]]
        except Bad as bad:
            refused.append((reject["_id"], bad.kind, str(bad)))
    receipt = Receipt(0, 0, 0)
    if calls:
        made = prepare(calls)

        def refuse(_: ClientSession, found: list[CDR]) -> None:
            gone = {
                (call.switch, call.uuid): reject
                for call, reject in zip(found, late.refused(found), strict=True)
            }
            for key, own in list(passed.items()):
                if why := next(
                    (gone[name] for call in own if (name := (call.switch, call.uuid)) in gone), None
                ):
                    refused.append((key, why.kind, why.reason))
                    del passed[key]

        def also(session: ClientSession, _: Receipt) -> None:
            rejects.remove(store, session, list(passed))

        receipt = patiently(lambda: commit(store, made, also, refuse))
    rejects.explain(store, refused)
    return Retried(len(batch), *receipt, len(refused))
