"""What people say of a switch: its address, its key and a note. That there is one, `store/catalog.py` notes
with its first call.
"""

from typing import Any, NamedTuple

from pymongo import ReturnDocument

from store.database import Document, Store
from store.errors import CdrStatsError
from store.people import HIDDEN
from store.record import storable
from store.sentence import Sentence

NAME = "switches"
LONGEST = 200
"""Characters of a name."""
TEXTS = {"address": 64, "key": 64, "note": 500}
"""Characters of what is said of it."""


class Switch(NamedTuple):
    """A switch as people describe it: IP address or host name, the key by which other programs know it (such
    as a UUID), and a note. `version` counts the edits; 0 is one of which nothing was said yet.
    """

    name: str
    address: str = ""
    key: str = ""
    note: str = ""
    version: int = 0


class Improper(CdrStatsError):
    """What cannot be said of a switch or a cause; `field` is where."""

    def __init__(self, field: str, sentence: str) -> None:
        self.field = field
        super().__init__(sentence)


class Overtaken(CdrStatsError):
    """Somebody else changed or removed it meanwhile."""


def everything(store: Store) -> list[Switch]:
    """All switches, by name."""
    return sorted(map(_switch, store.db[NAME].find()))


def one(store: Store, name: str) -> Switch | None:
    """The switch of a name; None when there is none."""
    found = store.db[NAME].find_one({"_id": name})
    return _switch(found) if found else None


def checked(switch: Switch) -> Switch:
    """The switch without blanks around and control characters. Raises Improper."""
    name = storable(switch.name).strip()
    if not 0 < len(name) <= LONGEST or HIDDEN.search(name):
        raise Improper(
            "name", Sentence("A switch has a name of up to {n} characters, on one line.", n=LONGEST)
        )
    told: dict[str, Any] = {
        field: HIDDEN.sub(" ", storable(getattr(switch, field))).strip() for field in TEXTS
    }
    for field, most in TEXTS.items():
        if len(told[field]) > most:
            raise Improper(field, Sentence("This is longer than {n} characters; shorten it.", n=most))
    return switch._replace(name=name, **told)


def keep(store: Store, switch: Switch) -> Switch:
    """Keep what is said of a switch, new or known by then; gives what is kept.

    Raises Improper, and Overtaken when its version is not the stored one.
    """
    good = checked(switch)
    told = {field: getattr(good, field) for field in TEXTS}
    known = store.db[NAME].find_one({"_id": good.name})
    if (known or {}).get("version", 0) != switch.version:
        raise _overtaken(good.name)
    if known is None:  # an upsert of two at once is one document, whose version tells the later one
        store.db[NAME].update_one({"_id": good.name}, {"$setOnInsert": {"_id": good.name}}, upsert=True)
    lookup = {"_id": good.name, "version": switch.version or None}
    change = {"$set": {**told, "version": switch.version + 1}}
    kept = store.db[NAME].find_one_and_update(lookup, change, return_document=ReturnDocument.AFTER)
    if kept is None:
        raise _overtaken(good.name)
    return _switch(kept)


def forget(store: Store, switch: Switch, called: bool) -> bool:
    """Take away what was said of a switch, and, where no call `called` it, the switch; gives whether it was
    there as it is here.
    """
    lookup = {"_id": switch.name, "version": switch.version or None}
    if not called:
        return store.db[NAME].delete_one(lookup).deleted_count == 1
    gone = {"$unset": dict.fromkeys((*TEXTS, "version"), "")}
    return store.db[NAME].update_one(lookup, gone).matched_count == 1


def _overtaken(name: str) -> Overtaken:
    return Overtaken(
        Sentence(
            "The switch {name} was changed or removed by somebody else meanwhile; open it again.", name=name
        )
    )


def _switch(found: Document) -> Switch:
    told: dict[str, Any] = {field: found.get(field, "") for field in TEXTS}
    return Switch(found["_id"], **told, version=found.get("version", 0))
