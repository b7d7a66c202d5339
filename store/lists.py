"""The black and white lists: prefixes of called numbers, and countries, of everybody or of one tenant."""

from datetime import datetime
from typing import NamedTuple

from store.database import Document, Store, key_of

NAME = "lists"
PREFIXES = "remove_prefixes"
KINDS = ("black", "white")
EVERYBODY = ""
USUAL_PREFIXES = ("+", "00", "011")


class Entry(NamedTuple):
    """A line of a list: of a tenant (an account; "" is everybody) and of a kind (black or white), for
    numbers that begin with `prefix` (digits with the country code), or, without one, for all numbers of
    `country` (ISO).
    """

    id: str
    tenant: str
    kind: str
    prefix: str
    country: str
    words: str
    by: str
    added: datetime


def add(store: Store, entry: Entry) -> bool:
    """Keep an entry; False when the list had it already, which stays as it was."""
    # a prefix is the same whatever country it is noted with
    named = ("tenant", "kind", "prefix", *(() if entry.prefix else ("country",)))
    same = {field: getattr(entry, field) for field in named}
    more = {field: value for field, value in entry._asdict().items() if field not in (*named, "id")}
    done = store.db[NAME].update_one(same, {"$setOnInsert": more}, upsert=True)
    return done.upserted_id is not None


def remove(store: Store, entry: str, tenant: str | None = None) -> bool:
    """Remove an entry, of this tenant where one is given; False when there is none."""
    lookup: Document = {"_id": key_of(entry)}
    if tenant is not None:
        lookup["tenant"] = tenant
    return store.db[NAME].delete_one(lookup).deleted_count == 1


def entries(store: Store, kind: str = "", tenants: tuple[str, ...] | None = None) -> list[Entry]:
    """The entries of a kind, of these tenants (None: all), by country and prefix."""
    lookup: Document = {"kind": kind} if kind else {}
    if tenants is not None:
        lookup["tenant"] = {"$in": list(tenants)}
    found = store.db[NAME].find(lookup).sort([("country", 1), ("prefix", 1), ("tenant", 1), ("kind", 1)])
    return [Entry(str(one["_id"]), *(one[field] for field in Entry._fields[1:])) for one in found]


def remove_prefixes(store: Store) -> tuple[str, ...]:
    """What switches put before a number (AlertRemovePrefix), longest first; it is taken off, once, before a
    number is compared.
    """
    found = {one["_id"] for one in store.db[PREFIXES].find()} or set(USUAL_PREFIXES)
    return tuple(sorted(found, key=lambda text: (-len(text), text)))


def set_remove_prefixes(store: Store, prefixes: tuple[str, ...]) -> None:
    """Take these off numbers from now on; none means the usual ones."""
    for prefix in (wanted := set(prefixes)):  # first, so that nobody meanwhile reads too few
        store.db[PREFIXES].update_one({"_id": prefix}, {"$setOnInsert": {}}, upsert=True)
    store.db[PREFIXES].delete_many({"_id": {"$nin": sorted(wanted)}})
