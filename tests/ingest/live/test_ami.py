"""Asterisk is asked by its manager interface: channels become calls by Linkedid, and whatever is wrong
becomes a sentence.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from ingest.connector import SourceProblem
from ingest.live import ami, wire
from store.live import LiveCall, LiveCalls
from tests.ingest.live.asking import NOW, SECOND, asked
from tests.ingest.live.asterisk import GREETING, PASSWORD, USER, asterisk, channel
from tests.ingest.live.served import saying


def ask(port: int, **options: Any) -> LiveCalls:
    return asked("asterisk_ami", **{"port": port, "user": USER, "password": PASSWORD, **options})


ONE = f"{SECOND - 65}.7"
TALKING = (
    channel(ONE, ONE, CallerIDNum="201", Exten="0033612345678", AccountCode="1000", Duration="00:01:05"),
    channel(
        f"{SECOND - 64}.8", ONE, CallerIDNum="0033612345678", ConnectedLineNum="201", Duration="00:01:04"
    ),
)
TWO = f"gate-{SECOND - 4}.9"
RINGING = (
    channel(TWO, TWO, ChannelState=4, CallerIDNum="201", Exten="s", Duration="00:00:04"),
    channel(f"gate-{SECOND - 3}.10", TWO, ChannelState=5, CallerIDNum="202", Duration="00:00:03"),
    channel(f"gate-{SECOND - 3}.11", TWO, ChannelState=5, CallerIDNum="203", Duration="00:00:03"),
)


def test_channels_are_calls_by_linkedid_with_the_numbers_of_the_first() -> None:
    with asterisk((*TALKING, *RINGING)) as port:
        found = ask(port)
    first, second = found.calls
    assert found.total == 2
    assert first == LiveCall(
        id=ONE,
        since=NOW - timedelta(seconds=65),
        talking=True,
        caller="201",
        destination="0033612345678",
        number="33612345678",
        country="FR",
        account="1000",
        direction="out",
        legs=2,
    )
    # the dialplan has moved on to `s`, so who is called is the other party
    assert (second.id, second.talking, second.legs, second.destination) == (TWO, False, 3, "202")
    assert (second.direction, second.since) == ("internal", NOW - timedelta(seconds=4))


STATES: list[tuple[tuple[Mapping[str, str], ...], list[tuple[bool, int]]]] = [
    # answered by the dialplan while the other side rings
    (({**RINGING[0], "ChannelState": "6"}, *RINGING[1:]), [(False, 3)]),
    # a channel alone that is up hears an announcement
    (TALKING[:1], [(True, 1)]),
    # nothing in progress
    ((), []),
    # a conference: three channels up and one that is only being rung
    ((*TALKING, {**TALKING[1], "Uniqueid": "3"}, {**TALKING[1], "Uniqueid": "4", "ChannelState": "5"}),
     [(True, 4)]),
]  # fmt: skip


@pytest.mark.parametrize(("channels", "expected"), STATES)
def test_what_a_call_does_follows_from_its_channels(
    channels: tuple[Mapping[str, str], ...], expected: list[tuple[bool, int]]
) -> None:
    with asterisk(channels) as port:
        assert [(call.talking, call.legs) for call in ask(port).calls] == expected


BEGINNINGS = [
    # the id tells the second in which it began, and the length agrees
    (f"{SECOND - 100}.1", "00:01:40", 100),
    # the clock of the switch is an hour wrong: its length counts
    (f"{SECOND + 3600}.1", "00:01:40", 100),
    # no epoch in the id, and a length of more than a day
    ("call-1", "25:00:01", 90_001),
    # seconds, as before Asterisk 12
    ("call-1", "77", 77),
    # no length at all
    ("call-1", "soon", 0),
]


@pytest.mark.parametrize(("uniqueid", "duration", "seconds"), BEGINNINGS)
def test_when_a_call_began_is_told_by_its_id_or_by_its_length(
    uniqueid: str, duration: str, seconds: int
) -> None:
    with asterisk([channel(uniqueid, uniqueid, Duration=duration)]) as port:
        (call,) = ask(port).calls
    assert call.since == NOW - timedelta(seconds=seconds)


def test_an_old_asterisk_without_linkedid_counts_channels_and_says_so() -> None:
    old = [{name: value for name, value in row.items() if name != "Linkedid"} for row in TALKING]
    with asterisk(old) as port:
        found = ask(port)
    assert (found.total, found.note) == (2, ami.OLD)


@pytest.mark.parametrize(("user", "password"), [(USER, "hunter2"), ("eve", PASSWORD), (USER, "")])
def test_a_wrong_password_is_said_in_words_and_not_shown(user: str, password: str) -> None:
    with asterisk(TALKING) as port, pytest.raises(SourceProblem) as problem:
        ask(port, user=user, password=password)
    assert str(problem.value) == f"Asterisk at 127.0.0.1:{port} refuses the user or the password."


def test_a_line_end_in_the_user_is_no_second_action() -> None:
    with asterisk() as port, pytest.raises(SourceProblem, match="refuses the user or the password"):
        ask(port, user=f"eve\r\nUsername: {USER}\r\nSecret: {PASSWORD}")


def test_a_user_without_the_right_is_told_so() -> None:
    with (
        asterisk(permitted=False) as port,
        pytest.raises(SourceProblem, match=r"does not list its channels: Permission denied\."),
    ):
        ask(port)


def said(**told: str) -> bytes:
    return "".join(f"{key}: {value}\r\n" for key, value in told.items()).encode() + b"\r\n"


CHALLENGED = said(Response="Success", ActionID="challenge", Challenge="1")
CONVERSATIONS = [
    # another program listens there
    ((b"SSH-2.0-OpenSSH_9.2\r\n",), False, "does not speak the manager's language"),
    ((GREETING, b"what?\r\n\r\n"), False, "does not speak the manager's language"),
    # a proxy that knows no challenge
    ((GREETING, said(Response="Error", ActionID="challenge", Message="Unknown command")), False,
     r"gives no challenge to log in with: Unknown command\."),
    # it closes in the middle
    ((GREETING, CHALLENGED + b"Respon"), False, "closed the connection in the middle of its answer"),
    # it says nothing, or talks on and on without answering
    ((b"",), True, "does not answer within 0.2 s"),
    ((GREETING, said(Event="Newchannel") * 50), True, "does not answer within 0.2 s"),
    # it never ends
    ((GREETING, said(Event="Newchannel", X="y" * 9_000) * 20), True, "answers more than 0 MB"),
    ((b"x" * 200_000,), True, "answers more than 0 MB"),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "hang", "sentence"), CONVERSATIONS)
def test_a_conversation_that_goes_wrong_ends_in_time_with_a_sentence(
    parts: tuple[bytes, ...], hang: bool, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "LIMIT", 0.2 if hang else 3.0)
    monkeypatch.setattr(wire, "MOST_BYTES", 100_000)
    with saying(*parts, hang=hang) as port, pytest.raises(SourceProblem, match=sentence):
        ask(port)
