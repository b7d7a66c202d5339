"""The sources: where calls come from by themselves, one document each: how it is read, how far, and how it
fares.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from store import imports
from store.database import Document, Store
from store.errors import SettingsError, StoreError
from store.sentence import both, said

NAME = "sources"
COUNTS = ("read", "new", "known", "corrected", "rejected")
PAUSES = (1, 2, 5, 10, 30, 60, 120, 300)
"""Seconds until a source that failed is tried again, by how often it failed; the last one for ever."""


class Overtaken(StoreError):
    """Another worker has read on in this source, so what this one has read is not stored."""


class Changed(SettingsError):
    """Somebody else changed or removed the source meanwhile."""


def version(source: Mapping[str, Any]) -> int:
    """How often the settings of a source were changed, so that the later of two who edit it is told; `step`
    grows whenever it is read, too.
    """
    return int(source.get("version", 0))


def add(store: Store, name: str, config: Mapping[str, Any], now: datetime) -> None:
    """Add a source that is read from its beginning.

    `config` is kind, switch, zone, options, secrets (sealed) and origin ("page", "command" or "settings").
    Raises SettingsError when the name is taken.
    """
    recipe = {"source": name}
    document = {
        "_id": name,
        **config,
        "paused": False,
        "version": 1,
        "added": now,
        "import": imports.begin(store, f"source {name}", config["switch"], recipe, now),
        "step": 0,
        "cursor": {},
        "counts": dict.fromkeys(COUNTS, 0),
        "state": "new",
        "problem": "",
        "tries": 0,
        "next": now,
        "looked": None,
        "newest": None,
    }
    try:
        store.db[NAME].insert_one(document)
    except DuplicateKeyError:
        raise SettingsError(f"There is a source {name!r} already; choose another name.") from None


def change(
    store: Store, name: str, config: Mapping[str, Any], now: datetime, known: int | None = None
) -> None:
    """Give a source other settings; it is read on where it was, and tried at once. Raises Changed when its
    version is another one than is `known`.
    """
    told = {**config, "state": "new", "problem": "", "tries": 0, "next": now}
    write = {"$set": told, "$inc": {"step": 1, "version": 1}}
    if not store.db[NAME].update_one(_as_known(name, known), write).matched_count and known is not None:
        raise Changed(
            f"The source {name!r} was changed or removed by somebody else meanwhile; load it again."
        )


def _as_known(name: str, known: int | None) -> Document:
    """The source, of this version where one is known; those of an older program have none, which is 0."""
    held: Document = {} if known is None else {"version": known or {"$in": [0, None]}}
    return {"_id": name} | held


def pause(store: Store, name: str, paused: bool, now: datetime) -> None:
    """Stop reading a source, or go on where it was."""
    told = {"$set": {"paused": paused, "tries": 0, "next": now}, "$inc": {"version": 1}}
    store.db[NAME].update_one({"_id": name}, told)


def remove(store: Store, name: str) -> bool:
    """Forget a source; its calls stay. Gives whether there was one."""
    return store.db[NAME].delete_one({"_id": name}).deleted_count == 1


def rewind(store: Store, name: str, now: datetime) -> None:
    """Read a source from its beginning again: calls that are known stay one."""
    told = {"$set": {"cursor": {}, "tries": 0, "next": now}, "$inc": {"step": 1}}
    store.db[NAME].update_one({"_id": name}, told)


def get(store: Store, name: str) -> Document | None:
    """The document of a source."""
    return store.db[NAME].find_one({"_id": name})


def everything(store: Store) -> list[Document]:
    """The documents of all sources, by name."""
    return list(store.db[NAME].find(sort=[("_id", 1)]))


def of_import(store: Store, of: ObjectId) -> Document | None:
    """The source whose rejects stand under this import."""
    return store.db[NAME].find_one({"import": of})


def advance(
    store: Store,
    session: ClientSession,
    source: Document,
    cursor: Mapping[str, Any],
    counts: Mapping[str, int],
    newest: datetime | None,
    now: datetime,
) -> None:
    """Move the cursor of a source, within the transaction of what was read up to there.

    `source` is its document as the reading began; `counts` are by COUNTS. Raises Overtaken, which ends the
    transaction, when the source was read on, changed or removed since: whoever is too late stores nothing.
    """
    told = {"cursor": dict(cursor), "looked": now, "state": "ok", "problem": "", "tries": 0}
    more = {"step": 1, **{f"counts.{name}": counts[name] for name in COUNTS}}
    write = {"$set": told, "$inc": more, **({"$max": {"newest": newest}} if newest else {})}
    lookup = {"_id": source["_id"], "step": source["step"]}
    if not store.db[NAME].update_one(lookup, write, session=session).matched_count:
        raise Overtaken(f"The source {source['_id']} is read by another worker, or was changed.")


def received(
    store: Store, session: ClientSession, name: str, counts: Mapping[str, int], now: datetime
) -> None:
    """Count what a source has sent by itself, within the transaction that stores it; `counts` are by COUNTS.

    Several workers may receive at once: there is no cursor, and a record that was sent twice is known.
    """
    told = {"looked": now, "state": "ok", "problem": "", "tries": 0, "newest": now}
    more = {f"counts.{key}": counts[key] for key in COUNTS}
    store.db[NAME].update_one({"_id": name}, {"$set": told, "$inc": more}, session=session)


def looked(store: Store, name: str, now: datetime) -> None:
    """Note that a source was looked at and fares well, though it had nothing new."""
    told = {"looked": now, "state": "ok", "problem": "", "tries": 0}
    store.db[NAME].update_one({"_id": name}, {"$set": told})


def problem_of(source: Document) -> str:
    """Why a source cannot be read, as a Sentence where it is one."""
    return said("problem", source)


def failed(store: Store, name: str, problem: str, now: datetime, longest: int = PAUSES[-1]) -> None:
    """Note why a source cannot be read, in one sentence; it is tried again after a growing pause, of at most
    `longest` seconds.
    """
    found = get(store, name)
    if found is None:
        return
    pause = min(longest, PAUSES[min(found["tries"], len(PAUSES) - 1)])
    told = {
        "state": "failing",
        **both("problem", problem),
        "next": now + timedelta(seconds=pause),
    }
    if found["state"] != "failing":
        told["since"] = now
    store.db[NAME].update_one({"_id": name}, {"$set": told, "$inc": {"tries": 1}})
