"""What people say that a hangup cause of their switches means; what a cause of Q.850 means, Q.850 says."""

from collections.abc import Mapping
from typing import NamedTuple

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from store import causes
from store.causes import Cause
from store.database import Document, Store
from store.people import HIDDEN
from store.record import storable
from store.sentence import Sentence
from store.switches import Improper, Overtaken

NAME = "causes"
LONGEST = 500
"""Characters of what is said."""


class Note(NamedTuple):
    """What is said of a cause; `version` counts the edits, 0 is one that is not kept yet."""

    name: str
    description: str = ""
    version: int = 0


def everything(store: Store) -> dict[str, Note]:
    """What is said, by the name of the cause."""
    found = map(_note, store.db[NAME].find().sort("_id"))
    return {one.name: one for one in found}


def own(cause: Cause) -> bool:
    """Whether people may say what it means: Q.850 does not have it."""
    return not cause.q850


def told(cause: Cause, notes: Mapping[str, Note]) -> Cause:
    """The cause as it is described here."""
    note = notes.get(cause.name)
    return cause._replace(description=note.description) if note else cause


def checked(note: Note) -> Note:
    """The note with the cause's name as records have it, without control characters. Raises Improper."""
    if not causes.UNFIT.sub("", note.name.upper()):
        raise Improper("name", Sentence("A cause has a name, as the records of the switch have it."))
    name, text = causes.clean(note.name), HIDDEN.sub(" ", storable(note.description)).strip()
    if not own(causes.cause(name)):
        raise Improper("name", Sentence("What {name} means is said by Q.850; describe others.", name=name))
    if not text:
        raise Improper("description", Sentence("Say what it means."))
    if len(text) > LONGEST:
        raise Improper("description", Sentence("This is longer than {n} characters; shorten it.", n=LONGEST))
    return note._replace(name=name, description=text)


def keep(store: Store, note: Note) -> Note:
    """Keep what is said of a cause; gives what is kept.

    Raises Improper, and Overtaken when its version is not the stored one.
    """
    good = checked(note)
    if not good.version:
        try:
            store.db[NAME].insert_one({"_id": good.name, "description": good.description, "version": 1})
        except DuplicateKeyError:
            raise _overtaken(good.name) from None
        return good._replace(version=1)
    lookup = {"_id": good.name, "version": good.version}
    change = {"$set": {"description": good.description, "version": good.version + 1}}
    kept = store.db[NAME].find_one_and_update(lookup, change, return_document=ReturnDocument.AFTER)
    if kept is None:
        raise _overtaken(good.name)
    return _note(kept)


def forget(store: Store, note: Note) -> bool:
    """Take away what is said of a cause; gives whether it was there as it is here."""
    return store.db[NAME].delete_one({"_id": note.name, "version": note.version}).deleted_count == 1


def _overtaken(name: str) -> Overtaken:
    return Overtaken(
        Sentence(
            "What is said of {name} was changed or removed by somebody else meanwhile; open it again.",
            name=name,
        )
    )


def _note(found: Document) -> Note:
    return Note(found["_id"], found["description"], found["version"])
