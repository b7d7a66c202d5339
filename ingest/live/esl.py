"""FreeSWITCH's event socket (mod_event_socket): `show channels as json`, its legs joined into calls by
call_uuid.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ingest.connector import Field, Given
from ingest.live.legs import grouped, line, talking
from ingest.live.poller import Maker, Poller, Seen, epoch
from ingest.live.wire import Closed, Wire
from store.live import LiveCall, LiveCalls
from store.sentence import Sentence, mark

FIELDS = (
    Field("host", mark("Host name or address of FreeSWITCH")),
    Field("port", mark("Port of its event socket"), "number", 8021),
    Field("password", mark("Password of its event socket"), "secret"),
    Field("user", mark("User (user@domain), if not the event socket's own"), "text", ""),
)
HEADERS = 65_536
GONE = frozenset({"HANGUP"})
TALKING = frozenset({"ACTIVE", "HELD", "UNHELD"})
REJECTION = "text/rude-rejection"
DISCONNECTED = "text/disconnect-notice"

Leg = Mapping[str, Any]
NOT_LET_IN = mark("{who} does not let this host in; its access list (apply-inbound-acl) decides.")


def poll(given: Given, now: datetime) -> LiveCalls:
    """The calls in progress; raises SourceProblem."""
    options = given.options
    with Wire("FreeSWITCH", str(options["host"]), int(options["port"])) as wire:
        _login(wire, line(options["user"]), line(options["password"]))
        wire.send(b"api show channels as json\n\n")
        answer = _awaited(wire, "api/response")
        wire.send(b"exit\n\n")
    maker = Maker(given, now)
    legs = grouped(_rows(wire, answer), lambda leg: _text(leg, "call_uuid") or _text(leg, "uuid"))
    calls = [_call(maker, name, of_call) for name, of_call in legs.items()]
    return LiveCalls(now, calls, len(calls))


def _login(wire: Wire, user: str, password: str) -> None:
    _awaited(wire, "auth/request")
    wire.send(f"userauth {user}:{password}\n\n".encode() if user else f"auth {password}\n\n".encode())
    try:
        reply = _awaited(wire, "command/reply")
    except Closed:
        reply = b"-ERR"
    if not reply.startswith(b"+OK"):
        raise wire.problem(
            mark("{who} refuses the user or the password." if user else "{who} refuses the password.")
        )


def _awaited(wire: Wire, kind: str) -> bytes:
    """The body of the next message of a kind, or its reply; what FreeSWITCH says of its own accord is passed
    over. Raises SourceProblem.
    """
    while True:
        headers = _headers(wire)
        length = headers.get("content-length", "0")
        if not length.isdecimal():
            raise wire.problem(mark("{who} does not speak the event socket's language."))
        body = wire.exactly(int(length))
        told = headers.get("content-type", "")
        if told == kind:
            return body or headers.get("reply-text", "").encode()
        if told == REJECTION:
            raise wire.problem(NOT_LET_IN)
        if told == DISCONNECTED:
            raise Closed(Sentence("{who} ended the connection.", who=wire.who))


def _headers(wire: Wire) -> dict[str, str]:
    """The headers of a message, by name in small letters."""
    head = wire.until(b"\n\n")
    lines = head.decode("utf-8", "replace").strip().split("\n")
    pairs = [text.partition(":") for text in lines]
    if len(head) > HEADERS or not all(colon for _, colon, _ in pairs):
        raise wire.problem(mark("{who} does not speak the event socket's language."))
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _rows(wire: Wire, answer: bytes) -> list[Leg]:
    """The channels of an answer, which has no `rows` when there are none."""
    text = answer.decode("utf-8", "replace").strip()
    if text.startswith(("-ERR", "-USAGE")):
        raise wire.problem(
            mark("{who} does not list its channels: {said}."), said=line(text)[:100].rstrip(".")
        )
    try:
        found = json.loads(text)
        rows = found.get("rows", [])
        return [row for row in rows if isinstance(row, dict) and _text(row, "callstate") not in GONE]
    except (ValueError, AttributeError, TypeError, RecursionError):
        raise wire.problem(mark("{who} does not list its channels as JSON.")) from None


def _text(leg: Leg, name: str) -> str:
    value = leg.get(name)
    return "" if value is None else str(value)


def _call(maker: Maker, name: str, legs: Sequence[Leg]) -> LiveCall:
    """One call of its channels. The first leg is the one that the others name, else the oldest; who is called
    may be known only to a later one.
    """
    ordered = sorted(legs, key=lambda leg: (_text(leg, "uuid") != name, epoch(leg.get("created_epoch")) or 0))
    first = ordered[0]
    starts = [moment for leg in legs if (moment := epoch(leg.get("created_epoch")))]
    return maker.call(
        Seen(
            id=name,
            since=min(starts, default=None),
            answered=None,
            talking=talking(_text(leg, "callstate") in TALKING for leg in legs),
            caller=_text(first, "cid_num") or _text(first, "initial_cid_num"),
            destination=_first(ordered, ("dest", "initial_dest", "callee_num")),
            account=_first(ordered, ("accountcode",)),
            direction=_text(first, "direction"),
            legs=len(legs),
        )
    )


def _first(legs: Iterable[Leg], names: Sequence[str]) -> str:
    """The first text that any leg has by one of these names."""
    return next((text for leg in legs for name in names if (text := _text(leg, name))), "")


POLLER = Poller(mark("FreeSWITCH, asked by its event socket for the calls in progress"), FIELDS, poll)
