"""Telling: what happened becomes letters in the outbox, in one transaction with the note that it is told, so
that a kill at any moment gives neither a lost nor a second one.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from pymongo.client_session import ClientSession

from alerts import speech
from alerts.alarmletter import alarm_letter
from alerts.digestletter import digest_letter
from alerts.fraudletter import fraud_letter
from alerts.letters import Told, letter, line, link, told
from alerts.measures import METRICS
from alerts.readers import by_lens
from alerts.webhook import webhook
from store import alarm_reports, fraud_events, list_hits, mailboxes, notices, outbox, users
from store.alarm_reports import Report
from store.connection import transaction
from store.database import Store
from store.lens import through
from store.list_hits import Digest
from store.notices import Notice
from store.outbox import Letter
from store.people import User, sees_switches

LOG = logging.getLogger(__name__)
Claim = Callable[[ClientSession], bool]
MAILING = ("mail", "letters")
"""The jobs whose problems no mail can tell."""
MOST = 30
"""Rows of a letter; the rest is counted."""


def tell(store: Store, now: datetime) -> dict[str, int]:
    """Put letters of all that is untold into the outbox; gives how many, by what they tell."""
    return {
        "alarms": _alarms(store, now),
        "listed": _listed(store, now),
        "fraud": _fraud(store, now),
        "problems": _problems(store, now),
    }


def queue(store: Store, letters: Sequence[Letter], claim: Claim, now: datetime) -> int:
    """Queue letters when the claim holds, both or neither; gives how many."""

    def work(session: ClientSession) -> int:
        if not claim(session):
            session.abort_transaction()  # what it claimed of several is let go
            return 0
        for one in letters:
            outbox.put(store, session, one, now)
        return len(letters)

    return transaction(store.client, work)


def addressed(store: Store, key: str, what: Told, emails: Sequence[str], now: datetime) -> list[Letter]:
    """The letter for each address, once for one that is named twice; what is no address gets none."""
    valid = dict.fromkeys(email for email in emails if mailboxes.valid(email))
    return [letter(store.settings, key, what, email, now) for email in valid]


def _alarms(store: Store, now: datetime) -> int:
    count = 0
    for report in alarm_reports.untold(store, now):
        letters = [webhook(store, report)] if report.webhook else []
        if report.emails:
            key = f"alarm {report.id}"
            for lens, emails in by_lens(store, report.emails):
                letters += addressed(store, key, _alarm(store, through(lens, report)), emails, now)

        def claim(session: ClientSession, id: str = report.id) -> bool:
            return alarm_reports.told(store, session, id, now)

        count += queue(store, letters, claim, now)
    return count


def _alarm(store: Store, report: Report) -> Told:
    """The letter of a report; a plain one rather than none where something of it cannot be written."""
    try:
        return alarm_letter(store, report)
    except Exception:  # the letter: whatever is wrong with one, all others are written
        LOG.exception("the letter of the alarm %r is a plain one, for it could not be written", report.name)
    what = {"job": line(report.name, 60), "times": f"it is {report.state}"}
    what["problem"] = f"{METRICS[report.metric].label}: {speech.value(report.metric, report.value)}"
    what["since"] = speech.moment(report.until, report.zone)
    title = f"{line(report.name, 60)} is {report.state}"
    values = {"title": title, "rows": [what], "tasks": link(store.settings, "alarm-reports")}
    return told(store.settings, "problem", f"[{report.state.upper()}] {title}", values)


def _listed(store: Store, now: datetime) -> int:
    """The calls that black lists stopped at: one letter a list, to the admins, and of an account's own list
    to its users.
    """
    count, admins = 0, store.settings.mail_admins
    for digest in list_hits.untold(store, now):
        own = users.of_account(store, digest.tenant) if digest.tenant else []
        if not (admins or own):
            continue
        key = f"listed {digest.hits[0].call}"
        letters: list[Letter] = []
        for switches, emails in _readers(admins, own):
            seen = _on(digest, switches)
            for lens, alike in by_lens(store, emails) if seen.hits else ():
                what = digest_letter(store, through(lens, seen), emails is not admins)
                letters += addressed(store, key, what, alike, now)

        def claim(session: ClientSession, digest: Digest = digest) -> bool:
            return list_hits.told(store, session, digest, now)

        count += queue(store, letters, claim, now)
    return count


def _readers(admins: Sequence[str], own: Sequence[User]) -> Iterator[tuple[tuple[str, ...], Sequence[str]]]:
    """The addresses of those who see the calls of the same switches (none is all of them): the admins, then
    the others.
    """
    yield (), admins
    by_switches: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for user in own:
        if user.email not in admins:
            by_switches[sees_switches(user)].append(user.email)
    yield from by_switches.items()


def _on(digest: Digest, switches: tuple[str, ...]) -> Digest:
    """What of a digest is about calls of these switches."""
    if not switches:
        return digest
    hits = tuple(hit for hit in digest.hits if hit.switch in switches)
    return digest._replace(hits=hits, calls=len(hits))


def _fraud(store: Store, now: datetime) -> int:
    """What the fraud rules found: one letter to the admins."""
    admins = store.settings.mail_admins
    found = fraud_events.untold(store, now) if admins else None
    if found is None:
        return 0
    letters: list[Letter] = []
    for lens, emails in by_lens(store, admins):
        what = fraud_letter(store, through(lens, found))
        letters += addressed(store, f"fraud {found.ids[0]}", what, emails, now)
    return queue(store, letters, lambda session: fraud_events.told(store, session, found, now), now)


def _problems(store: Store, now: datetime) -> int:
    admins = store.settings.mail_admins
    found = [(id, one) for id, one in notices.untold(store, now) if one.job not in MAILING] if admins else []
    if not found:
        return 0
    ids = [id for id, _ in found]
    what = problem_letter(store, [one for _, one in found])
    letters = addressed(store, f"problem {ids[0]}", what, admins, now)
    return queue(store, letters, lambda session: notices.mailed(store, session, ids, now), now)


def problem_letter(store: Store, found: Sequence[Notice]) -> Told:
    """The letter to the admins of what went wrong in jobs."""
    zone = store.settings.zone
    rows = [
        {
            "job": line(one.job, 60),
            "problem": line(one.problem, 500),
            "times": _seen(one),
            "since": speech.moment(one.first, zone),
        }
        for one in found[:MOST]
    ]
    first = rows[0]
    title = f"{first['job']}: {first['problem']}" if len(found) == 1 else f"{len(found)} problems of jobs"
    values = {"title": title, "rows": rows, "tasks": link(store.settings, "tasks")}
    return told(store.settings, "problem", f"[PROBLEM] {title}", values)


def _seen(one: Notice) -> str:
    often = "once" if one.times == 1 else f"{one.times} times"
    return f"seen {often}{', over by now' if one.over else ''}"
