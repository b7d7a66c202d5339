"""The webhook: what an alarm says as JSON, posted to an address and signed, so that who gets it can tell that
it is ours: the header is the HMAC-SHA256 of the timestamp, a dot and the body, with the alarm's secret.
"""

import hashlib
import hmac
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from alerts import alarmletter, messenger, speech
from alerts.courier import MailProblem, Round
from alerts.letters import line, link
from store import alarms, outbox
from store.alarm_reports import Report
from store.database import Store
from store.outbox import WEBHOOK, Letter

SECONDS = 10.0
NOWHERE = "?"
SIGNATURE, STAMP = "X-CDR-Stats-Signature", "X-CDR-Stats-Timestamp"
PATIENT = frozenset({408, 425, 429})
"""Answers of 4xx after which it is worth to wait."""


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nobody: what is signed for one address is not shown to another."""

    def redirect_request(self, *_: Any) -> None:
        return None


OPENER = urllib.request.build_opener(_Stay)


def webhook(store: Store, report: Report) -> Letter:
    """What an alarm says, for the outbox; it is signed when it is posted."""
    body = {
        **{name: getattr(report, name) for name in ("id", "alarm", "name", "was", "state", "metric")},
        **{name: getattr(report, name) for name in ("condition", "value", "reference", "threshold", "n")},
        **{name: getattr(report, name).isoformat() for name in ("at", "since", "until")},
        "zone": report.zone,
        "over": report.over,
        "subject": line(alarmletter.subject(report)),
        "story": list(report.story),
        "link": link(store.settings, "explore", report.filter),
    }
    message = json.dumps(body, ensure_ascii=True).encode()
    return Letter(f"webhook {report.id}", WEBHOOK, report.webhook, body["subject"], message)


def signature(secret: str, stamp: str, body: bytes) -> str:
    """The signature of a body that is posted at a time (Unix seconds as text): 'sha256=' and hex digits."""
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"sha256={digest}"


def deliver(store: Store, now: Callable[[], datetime], most: int = 100) -> Round:
    """Post what is due, oldest first; what is refused for good is failed, the rest is tried again later."""
    done = Round()
    while sum(done) < most and (taken := outbox.take(store, now(), webhooks=True)):
        token, letter = taken
        try:
            post(store, letter, now())
        except MailProblem as problem:
            final = problem.code >= 500
            outbox.failed(store, letter, token, str(problem), final, now())
            done = Round(done.sent, done.failed + final, done.later + (not final))
        else:
            outbox.sent(store, letter, token, now())
            done = done._replace(sent=done.sent + 1)
    return done


def post(store: Store, letter: Letter, now: datetime) -> None:
    """Post it, or send it as a message where Apprise knows the address. Raises MailProblem: with a code from
    500 on where waiting does not help.
    """
    if not letter.to.startswith(("http://", "https://")):
        messenger.send(letter.to, letter.subject, _text(json.loads(letter.message)))
        return
    where = host(letter.to)
    if where == NOWHERE:
        raise MailProblem("The webhook is no address of http or https.", 599)
    held = alarms.one(store, json.loads(letter.message)["alarm"])
    headers = {"Content-Type": "application/json", "User-Agent": "CDR-Stats", STAMP: f"{now.timestamp():.0f}"}
    if held and held.alarm.secret:
        headers[SIGNATURE] = signature(held.alarm.secret, headers[STAMP], letter.message)
    try:
        request = urllib.request.Request(letter.to, letter.message, headers, method="POST")
        with OPENER.open(request, timeout=SECONDS):
            return
    except urllib.error.HTTPError as error:
        error.close()
        final = 300 <= error.code < 500 and error.code not in PATIENT
        raise MailProblem(f"The webhook {where} answers {error.code}.", 599 if final else 400) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        said = getattr(error, "reason", None) or error
        raise MailProblem(f"The webhook {where} cannot be reached: {line(said, 200)}.", 400) from None


def _text(body: dict[str, Any]) -> str:
    """What a message says below its title: the window, what changed most, and the way to the calls."""
    since, until = (datetime.fromisoformat(body[name]) for name in ("since", "until"))
    changed = ", ".join(f"{part['dimension']} {line(part['name'], 60)}" for part in body["story"][:3])
    told = (f"{speech.span(since, until, body['zone'])}.", f"What changed: {changed}." * bool(changed))
    return "\n".join(filter(None, (*told, body["link"])))


def host(url: str) -> str:
    """An address without what may be secret in it."""
    try:
        return line(urlsplit(url).hostname or NOWHERE, 100)
    except ValueError:
        return NOWHERE
