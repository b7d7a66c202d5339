"""The mail reports: who gets the figures of a day, a week or a month, over which accounts, and when."""

from datetime import datetime
from typing import Any, NamedTuple

from bson import ObjectId
from pymongo.client_session import ClientSession

from store.database import Document, Store, key_of
from store.errors import CdrStatsError
from store.sentence import Sentence

NAME = "mail_reports"


class Overtaken(CdrStatsError):
    """Somebody else changed or removed the mail report meanwhile."""


class MailReport(NamedTuple):
    """A mail report: over the calls of `accounts` (None: all; they are what its owner may see) on `switches`
    (none: all), for each `every` ("day", "week" or "month") of `zone`, sent at the `hour` (0 to 23) after its
    end. All periods that end by `done` (aware UTC) are sent.

    One that a `user` (an id) has asked for is of what they may see when it is sent: what is kept of accounts,
    switches, addresses and zone does not count.
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
    switches: tuple[str, ...] = ()
    user: str = ""


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
        raise Overtaken(
            Sentence(
                "The mail report {name} was changed or removed meanwhile; load it again.",
                name=repr(report.name),
            )
        )


def remove(store: Store, id: str) -> bool:
    """Remove a mail report. Gives whether there was one."""
    return store.db[NAME].delete_one({"_id": key_of(id)}).deleted_count == 1


def one(store: Store, id: str) -> MailReport | None:
    """The mail report of an id; None when there is none."""
    found = store.db[NAME].find_one({"_id": key_of(id)})
    return _report(found) if found else None


def of_user(store: Store, user: str) -> MailReport | None:
    """The mail report that a user has asked for; None where there is none."""
    found = store.db[NAME].find_one({"user": user}) if user else None
    return _report(found) if found else None


def put_own(store: Store, report: MailReport, now: datetime) -> None:
    """Keep what a user asks for, one for each: of the periods that end from now on where there was none or
    none active. Of several who ask at once the last one counts.
    """
    before = of_user(store, report.user)
    fresh = {} if before and before.active else {"done": now}
    told = {"$set": {**_fields(report), **fresh}, "$inc": {"version": 1}}
    store.db[NAME].update_one({"user": report.user}, told, upsert=True)


def forget(store: Store, session: ClientSession, user: str) -> None:
    """Forget what a user asked for, in the transaction that removes them; called by store.users alone."""
    store.db[NAME].delete_many({"user": user}, session=session)


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
        "switches": tuple(kept.get("switches", ())),
        "accounts": None if accounts is None else tuple(accounts),
    }
    return MailReport(**{**kept, "id": str(found["_id"])})


def _fields(report: MailReport) -> Document:
    hidden = ("id", "version", "done")
    return {name: value for name, value in report._asdict().items() if name not in hidden}
