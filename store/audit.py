"""The audit log: who did what, to what, from where and when; kept for 400 days, and never changed."""

from datetime import datetime, timedelta
from typing import NamedTuple

from pymongo.client_session import ClientSession

from store.database import Document, Store, key_of
from store.record import storable

NAME = "audit"
KEPT = timedelta(days=400)
LONGEST = {"who": 64, "address": 64, "verb": 32, "kind": 32, "object": 200, "words": 500}
"""Characters that are kept of each text."""


class Entry(NamedTuple):
    """Somebody did something: the name of the user (or of who sat at the command line), the address they came
    from, a verb such as "change", the kind of what it was done to ("user"), its id or name, and short words.

    All of it is text as it was given, never markup or a pattern. `at` is aware UTC.
    """

    who: str
    address: str
    verb: str
    kind: str
    object: str = ""
    words: str = ""
    at: datetime = datetime.min
    id: str = ""


class Filter(NamedTuple):
    """Entries of this user, verb, kind and object, each as it is ("" is any), written at [since, until)."""

    who: str = ""
    verb: str = ""
    kind: str = ""
    object: str = ""
    since: datetime | None = None
    until: datetime | None = None


EVERYTHING = Filter()


def put(store: Store, entry: Entry, now: datetime, session: ClientSession | None = None) -> None:
    """Note what was done, within its transaction where there is one; texts are cut to LONGEST."""
    texts = {name: storable(str(getattr(entry, name)))[:most] for name, most in LONGEST.items()}
    store.db[NAME].insert_one({**texts, "at": now, "expires": now + KEPT}, session=session)


def page(store: Store, wanted: Filter = EVERYTHING, after: str = "", limit: int = 50) -> list[Entry]:
    """Entries, the last written first, older than the entry of the id `after`."""
    texts = {name: getattr(wanted, name) for name in ("who", "verb", "kind", "object")}
    lookup: Document = {name: {"$eq": storable(str(text))} for name, text in texts.items() if text}
    if wanted.since or wanted.until:
        ends = {"$gte": wanted.since, "$lt": wanted.until}
        lookup["at"] = {op: moment for op, moment in ends.items() if moment}
    if after:
        lookup["_id"] = {"$lt": key_of(after)}
    return [_entry(found) for found in store.db[NAME].find(lookup).sort("_id", -1).limit(limit)]


def known(store: Store) -> tuple[list[str], list[str]]:
    """The verbs and the kinds of all entries, each sorted: what there is to filter by."""
    verbs, kinds = (sorted(store.db[NAME].distinct(name)) for name in ("verb", "kind"))
    return verbs, kinds


def _entry(found: Document) -> Entry:
    texts = {name: found[name] for name in LONGEST}
    return Entry(**texts, at=found["at"], id=str(found["_id"]))
