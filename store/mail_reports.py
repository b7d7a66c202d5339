"""The mail reports: who gets the figures of a day, a week or a month, over which accounts, and when."""

from datetime import datetime
from typing import Any, NamedTuple

from bson import ObjectId
from pymongo.client_session import ClientSession

from store.database import Document, Store, key_of
from store.errors import CdrStatsError

NAME = "mail_reports"


class Overtaken(CdrStatsError):
    """Somebody else changed or removed the mail report meanwhile."""


class MailReport(NamedTuple):
    """A mail report: over the calls of `accounts` (None: all; they are what its owner may see), for each
    `every` ("day", "week" or "month") of `zone`, sent at the `hour` (0 to 23) after its end. All periods that
    end by `done` (aware UTC) are sent.
    """

    id: str = ""
    name: str = ""
    owner: str = ""
    accounts: tuple[str, ...] | None = None
    emails: tuple[str, ...] = ()
    every: str = "day"
    hour: int = 7
    zone: str = "UTC"
    active: bool = True
    done: datetime | None = None
    version: int = 0


def add(store: Store, report: MailReport, now: datetime) -> str:
    """Keep a new mail report, of the periods that end from now on; gives its id."""
    made = ObjectId()
    store.db[NAME].insert_one({"_id": made, **_fields(report), "version": 1, "done": now})
    return str(made)


def change(store: Store, report: MailReport) -> None:
    """Replace a mail report by this; what was sent stays sent. Raises Overtaken when its version is not the
    stored one.
    """
    lookup = {"_id": key_of(report.id), "version": report.version}
    if not (
        store.db[NAME].update_one(lookup, {"$set": _fields(report), "$inc": {"version": 1}})
    ).matched_count:
        raise Overtaken(f"The mail report {report.name!r} was changed or removed meanwhile; load it again.")


def remove(store: Store, id: str) -> bool:
    """Remove a mail report. Gives whether there was one."""
    return store.db[NAME].delete_one({"_id": key_of(id)}).deleted_count == 1


def one(store: Store, id: str) -> MailReport | None:
    """The mail report of an id; None when there is none."""
    found = store.db[NAME].find_one({"_id": key_of(id)})
    return _report(found) if found else None


def everything(store: Store) -> list[MailReport]:
    """All mail reports, by name."""
    return [_report(found) for found in store.db[NAME].find().sort([("name", 1), ("_id", 1)])]


def sent(store: Store, session: ClientSession, id: str, until: datetime) -> bool:
    """Claim the period that ends at this moment, in the transaction that queues its letters; False when it
    was claimed before.
    """
    lookup = {"_id": key_of(id), "active": True, "done": {"$lt": until}}
    return store.db[NAME].update_one(lookup, {"$set": {"done": until}}, session=session).matched_count == 1


def _report(found: Document) -> MailReport:
    kept: dict[str, Any] = {name: found[name] for name in MailReport._fields if name in found}
    accounts = kept.get("accounts")
    kept |= {
        "emails": tuple(kept.get("emails", ())),
        "accounts": None if accounts is None else tuple(accounts),
    }
    return MailReport(**{**kept, "id": str(found["_id"])})


def _fields(report: MailReport) -> Document:
    hidden = ("id", "version", "done")
    return {name: value for name, value in report._asdict().items() if name not in hidden}
