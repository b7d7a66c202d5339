"""Asterisk's manager interface (AMI): `CoreShowChannels`, its channels joined into calls by Linkedid.

The password is not sent: Asterisk gives a challenge, and the answer is their MD5 (AuthType: MD5 of
main/manager.c). The user needs `write = reporting` in manager.conf: there it says who may ask, and what this
poller asks for changes nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import md5

from ingest.connector import Field, Given
from ingest.live.legs import grouped, line, talking
from ingest.live.poller import UNKNOWN, Maker, Poller, Seen, epoch
from ingest.live.wire import Wire
from ingest.rows import UNIQUEID
from store.live import LiveCall, LiveCalls
from store.sentence import mark

FIELDS = (
    Field("host", mark("Host name or address of Asterisk")),
    Field("port", mark("Port of its manager interface"), "number", 5038),
    Field("user", mark("User in manager.conf, with write = reporting")),
    Field("password", mark("Its secret in manager.conf"), "secret"),
)
UP = "6"
"""ChannelState of an answered channel (include/asterisk/channelstate.h)."""
CLOCK = re.compile(r"(\d{1,6}):(\d\d):(\d\d)")
SKEW = 3.0
"""Seconds by which the start in a uniqueid may differ from the length that Asterisk tells."""
DIALLED = re.compile(r"[+*#\d]\S*")
OLD = mark(
    "This Asterisk is older than 12 and does not tell which channels are one call: each counts as one."
)
FOREIGN = mark("{who} does not speak the manager's language.")

Message = Mapping[str, str]


def poll(given: Given, now: datetime) -> LiveCalls:
    """The calls in progress; raises SourceProblem."""
    options = given.options
    with Wire("Asterisk", str(options["host"]), int(options["port"])) as wire:
        if not wire.until(b"\n").startswith(b"Asterisk Call Manager/"):
            raise wire.problem(FOREIGN)
        _login(wire, line(options["user"]), line(options["password"]))
        channels = list(_channels(wire))
        wire.send(_action("Logoff", "bye"))
    maker = Maker(given, now)
    calls = [_call(maker, name, legs) for name, legs in grouped(channels, _name).items()]
    old = any("linkedid" not in channel for channel in channels)
    return LiveCalls(now, calls, len(calls), OLD if old else "")


def _login(wire: Wire, user: str, password: str) -> None:
    wire.send(_action("Challenge", "challenge", AuthType="MD5"))
    told = _response(wire, "challenge")
    challenge = told.get("challenge", "")
    if not challenge:
        raise wire.problem(mark("{who} gives no challenge to log in with: {said}."), said=_said(told))
    key = md5(f"{challenge}{password}".encode(), usedforsecurity=False).hexdigest()
    wire.send(_action("Login", "login", AuthType="MD5", Username=user, Key=key, Events="off"))
    if _response(wire, "login").get("response") != "Success":
        raise wire.problem(mark("{who} refuses the user or the password."))


def _channels(wire: Wire) -> Iterator[Message]:
    """The channels that there are, as Asterisk lists them."""
    wire.send(_action("CoreShowChannels", "channels"))
    told = _response(wire, "channels")
    if told.get("response") != "Success":
        raise wire.problem(mark("{who} does not list its channels: {said}."), said=_said(told))
    while True:
        message = _message(wire)
        if message.get("actionid") != "channels":
            continue
        if message.get("event") == "CoreShowChannelsComplete":
            return
        if message.get("event") == "CoreShowChannel":
            yield message


def _action(name: str, actionid: str, **more: str) -> bytes:
    lines = {"Action": name, "ActionID": actionid, **more}
    return "".join(f"{key}: {value}\r\n" for key, value in lines.items()).encode() + b"\r\n"


def _response(wire: Wire, actionid: str) -> Message:
    """The response to an action; events in between are passed over."""
    while True:
        message = _message(wire)
        if "response" in message and message.get("actionid") == actionid:
            return message


def _message(wire: Wire) -> Message:
    """The next message, its keys in small letters."""
    lines = wire.until(b"\r\n\r\n").decode("utf-8", "replace").strip("\r\n").split("\r\n")
    pairs = [text.partition(":") for text in lines]
    if not pairs[0][1]:
        raise wire.problem(FOREIGN)
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}


def _said(message: Message) -> str:
    return line(message.get("message", "no reason given"))[:100].rstrip(".")


def _name(channel: Message) -> str:
    return channel.get("linkedid") or channel.get("uniqueid", "")


def _call(maker: Maker, name: str, legs: Sequence[Message]) -> LiveCall:
    """One call of its channels. The first is the one by which the others are linked, else the oldest."""
    ordered = sorted(legs, key=lambda leg: (leg.get("uniqueid") != name, -_age(leg)))
    first = ordered[0]
    return maker.call(
        Seen(
            id=name,
            since=_since(name, max(map(_age, legs)), maker.now),
            answered=None,
            talking=talking(leg.get("channelstate") == UP for leg in legs),
            caller=first.get("calleridnum", ""),
            destination=_destination(ordered),
            account=next((code for leg in ordered if (code := leg.get("accountcode", ""))), ""),
            legs=len(legs),
        )
    )


def _age(leg: Message) -> int:
    """Seconds that a channel has existed (Duration is HH:MM:SS, before Asterisk 12 a number of seconds)."""
    told = leg.get("duration", "")
    clock = CLOCK.fullmatch(told)
    if clock:
        hours, minutes, seconds = map(int, clock.groups())
        return hours * 3600 + minutes * 60 + seconds
    return int(told) if told.isdecimal() and len(told) < 10 else 0


def _since(name: str, age: int, now: datetime) -> float:
    """When the call began: as its id tells, if the clock of the switch is right, else by its age."""
    by_age = now.timestamp() - age
    named = UNIQUEID.fullmatch(name)
    began = epoch(named[1]) if named else None
    return began if began and abs(began - by_age) <= SKEW else by_age


def _destination(legs: Sequence[Message]) -> str:
    """Who is called: the extension that was dialled; where the dialplan has moved on (to `s`), the other
    party.
    """
    first, others = legs[0], legs[1:]
    exten = first.get("exten", first.get("extension", ""))
    candidates = [
        exten if DIALLED.fullmatch(exten) else "",
        first.get("connectedlinenum", ""),
        *(leg.get("calleridnum", "") for leg in others),
    ]
    return next((text for text in candidates if text.lower() not in UNKNOWN), exten)


POLLER = Poller(mark("Asterisk, asked by its manager interface for the calls in progress"), FIELDS, poll)
