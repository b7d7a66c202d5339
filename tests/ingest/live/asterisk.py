"""Asterisk's manager interface as main/manager.c speaks it, with channels of our own."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import md5
from typing import Any, BinaryIO

from tests.ingest.live.served import served

USER, PASSWORD = "cdr", "s3cret"
CHALLENGE = "840415273"
GREETING = b"Asterisk Call Manager/9.0.0\r\n"
STATES = {"0": "Down", "4": "Ring", "5": "Ringing", "6": "Up"}
FIELDS = (
    "Channel", "ChannelState", "ChannelStateDesc", "CallerIDNum", "CallerIDName", "ConnectedLineNum",
    "ConnectedLineName", "Language", "AccountCode", "Context", "Exten", "Priority", "Uniqueid",
    "Linkedid", "Application", "ApplicationData", "Duration", "BridgeId",
)  # fmt: skip


def channel(uniqueid: str, linkedid: str, **told: Any) -> dict[str, str]:
    """A channel of CoreShowChannels; numbers that are not known are <unknown>, as Asterisk writes them."""
    row = dict.fromkeys(FIELDS, "")
    row |= {"CallerIDNum": "<unknown>", "CallerIDName": "<unknown>", "ConnectedLineNum": "<unknown>"}
    row |= {"Uniqueid": uniqueid, "Linkedid": linkedid, "Duration": "00:00:00", "ChannelState": "6"}
    row |= {name: str(value) for name, value in told.items()}
    return row | {"ChannelStateDesc": STATES[row["ChannelState"]]}


@contextmanager
def asterisk(channels: Sequence[Mapping[str, str]] = (), permitted: bool = True) -> Iterator[int]:
    """Its port; a user who is not `permitted` may log in but not list channels."""

    def talk(read: BinaryIO, write: BinaryIO) -> None:
        write.write(GREETING)
        allowed = False
        while action := _action(read):
            name = action.get("action", "").lower()
            if name == "challenge":
                _say(write, action, Response="Success", Challenge=CHALLENGE)
            elif name == "login":
                allowed = _right(action)
                if not allowed:
                    _say(write, action, Response="Error", Message="Authentication failed")
                    return
                _say(write, action, Response="Success", Message="Authentication accepted")
                _event(write, Event="FullyBooted", Privilege="system,all", Status="Fully Booted")
            elif name == "logoff":
                _say(write, action, Response="Goodbye", Message="Thanks for all the fish.")
                return
            elif name == "ping":
                _say(write, action, Response="Success", Ping="Pong", Timestamp="1795396136.714")
            elif name != "coreshowchannels" or not (allowed and permitted):
                _say(write, action, Response="Error", Message="Permission denied")
            else:
                _list(write, action, channels)

    with served(talk) as port:
        yield port


def _list(write: BinaryIO, action: Mapping[str, str], channels: Sequence[Mapping[str, str]]) -> None:
    _say(write, action, Response="Success", EventList="start", Message="Channels will follow")
    for row in channels:
        _say(write, action, {"Event": "CoreShowChannel"}, row)
        # what happens meanwhile is told, too
        _event(write, Event="VarSet", Privilege="dialplan,all", Variable="SIPCALLID", Value="a: b")
    end = {"Event": "CoreShowChannelsComplete", "EventList": "Complete", "ListItems": str(len(channels))}
    _say(write, action, end)


def _right(action: Mapping[str, str]) -> bool:
    """Whether user and secret are right, in plain or as the answer to the challenge."""
    if action.get("username") != USER:
        return False
    if action.get("authtype", "").upper() == "MD5":
        return action.get("key") == md5(f"{CHALLENGE}{PASSWORD}".encode(), usedforsecurity=False).hexdigest()
    return action.get("secret") == PASSWORD


def _action(read: BinaryIO) -> dict[str, str]:
    """The next action, its keys in small letters; {} at the end."""
    found: dict[str, str] = {}
    while line := read.readline().decode():
        key, colon, value = line.strip("\r\n").partition(":")
        if colon:
            found[key.strip().lower()] = value.strip()
        elif found:
            return found
    return found


def _say(write: BinaryIO, action: Mapping[str, str], *told: Mapping[str, str], **more: str) -> None:
    first, *rest = [pair for part in (*told, more) for pair in part.items()]
    named = [("ActionID", action["actionid"])] if "actionid" in action else []
    write.write(_lines([first, *named, *rest]))


def _event(write: BinaryIO, **told: str) -> None:
    write.write(_lines(list(told.items())))


def _lines(pairs: Sequence[tuple[str, str]]) -> bytes:
    return "".join(f"{key}: {value}\r\n" for key, value in pairs).encode() + b"\r\n"
