"""FreeSWITCH is asked by its event socket: legs become calls, and whatever is wrong becomes a sentence."""

import socket
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from ingest.connector import SourceProblem
from ingest.live import wire
from store.live import LiveCall, LiveCalls
from tests.ingest.live.asking import NOW, SECOND, asked
from tests.ingest.live.freeswitch import PASSWORD, channel, freeswitch
from tests.ingest.live.served import saying


def ask(port: int, **options: Any) -> LiveCalls:
    return asked("freeswitch_esl", **{"port": port, "password": PASSWORD, **options})


TALKING = (
    channel("a1", SECOND - 65, call_uuid="a1", callstate="ACTIVE", cid_num="0140000000", dest="00493012345",
            accountcode="1000"),
    channel("b1", SECOND - 60, call_uuid="a1", callstate="ACTIVE", direction="outbound", dest="493012345"),
)  # fmt: skip
RINGING = (
    channel("a2", SECOND - 4, callstate="RING_WAIT", cid_num="201", dest="202", presence_data="é☎"),
    channel("b2", SECOND - 3, call_uuid="a2", callstate="RINGING", direction="outbound", dest="202"),
)


def test_two_legs_are_one_call_with_the_numbers_of_the_first() -> None:
    with freeswitch(TALKING) as port:
        found = ask(port)
    expected = LiveCall(
        id="a1",
        since=NOW - timedelta(seconds=65),
        talking=True,
        caller="0140000000",
        destination="00493012345",
        number="493012345",
        country="DE",
        account="1000",
        legs=2,
    )
    assert found == LiveCalls(NOW, [expected._replace(direction=found.calls[0].direction)], 1)


STATES: list[tuple[tuple[Mapping[str, str], ...], list[tuple[str, bool, int]]]] = [
    # two legs that are up talk
    (TALKING, [("a1", True, 2)]),
    # the other side rings
    (RINGING, [("a2", False, 2)]),
    # a leg alone that is up is an IVR or a voicemail: it talks
    (TALKING[:1], [("a1", True, 1)]),
    # music on hold is still a call that talks
    (({**TALKING[0], "callstate": "HELD"}, TALKING[1]), [("a1", True, 2)]),
    # answered by the queue while its members ring: it rings
    (({**RINGING[0], "callstate": "ACTIVE"}, RINGING[1]), [("a2", False, 2)]),
    # what hangs up is over
    (({**TALKING[0], "callstate": "HANGUP"}, {**TALKING[1], "callstate": "HANGUP"}), []),
    # nothing in progress: the answer has no rows at all
    ((), []),
    # a row that is no channel is left out
    (({"x": "y"},), []),
]


@pytest.mark.parametrize(("channels", "expected"), STATES)
def test_what_a_call_does_follows_from_its_legs(
    channels: tuple[Mapping[str, str], ...], expected: list[tuple[str, bool, int]]
) -> None:
    with freeswitch(channels) as port:
        found = ask(port)
    assert [(call.id, call.talking, call.legs) for call in found.calls] == expected
    assert found.total == len(expected)


def test_a_user_of_the_directory_may_log_in() -> None:
    with freeswitch(TALKING, user="cdr@example.org") as port:
        assert ask(port, user="cdr@example.org").total == 1
        with pytest.raises(SourceProblem, match="refuses the user or the password"):
            ask(port, user="nobody@example.org")


def test_a_wrong_password_is_said_in_words_and_not_shown() -> None:
    with freeswitch() as port, pytest.raises(SourceProblem) as problem:
        ask(port, password="hunter2")
    assert str(problem.value) == f"FreeSWITCH at 127.0.0.1:{port} refuses the password."


def test_a_line_end_in_a_password_is_no_second_command() -> None:
    with freeswitch() as port, pytest.raises(SourceProblem, match="refuses the password"):
        ask(port, password=f"wrong\n\nauth {PASSWORD}")


def test_times_and_texts_that_make_no_sense_are_bounded() -> None:
    row = channel("x" * 900, SECOND + 99_999, callstate="ACTIVE", cid_num="\ud800" * 999, dest="<unknown>")
    with freeswitch([row, channel("y", 10**15, callstate="ACTIVE")]) as port:
        first, second = ask(port).calls
    assert (first.since, second.since) == (NOW, NOW)
    assert (len(first.id), len(first.caller), first.destination) == (200, 200, "")


ANSWERS = [
    # the switch says why not
    (b"-ERR show Command not found!\n", r"does not list its channels: -ERR show Command not found!\."),
    # no JSON, half of it, JSON of something else
    (b"<html>", "does not list its channels as JSON"),
    (b'{"row_count":1,"rows":[{"uuid', "does not list its channels as JSON"),
    (b"[1]", "does not list its channels as JSON"),
    (b'{"rows": 7}', "does not list its channels as JSON"),
    (b"[" * 100_000, "does not list its channels as JSON"),
]


@pytest.mark.parametrize(("answer", "sentence"), ANSWERS)
def test_an_answer_that_is_no_list_is_a_sentence(answer: bytes, sentence: str) -> None:
    with freeswitch(answer=answer) as port, pytest.raises(SourceProblem, match=sentence):
        ask(port)


LOGIN = (b"Content-Type: auth/request\n\n", b"Content-Type: command/reply\nReply-Text: +OK accepted\n\n")
CONVERSATIONS = [
    # another program listens there
    ((b"SSH-2.0-OpenSSH_9.2\r\n\n\n",), False, "does not speak the event socket's language"),
    # a length that is none
    ((b"Content-Type: auth/request\nContent-Length: -5\n\n",), False, "does not speak the event socket's"),
    # our host is not on its list
    ((b"Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n",), False,
     r"does not let this host in; its access list \(apply-inbound-acl\) decides"),
    # it closes at once, or in the middle
    ((b"",), False, "closed the connection in the middle of its answer"),
    ((*LOGIN, b"Content-Type: api/response\nContent-Length: 99\n\n{"), False, "closed the connection in the"),
    # it says nothing, or half an answer
    ((b"",), True, "does not answer within 0.2 s"),
    ((*LOGIN, b"Content-Type: api/response\nContent-Length: 99\n\n{"), True, "does not answer within 0.2 s"),
    # it never ends
    ((*LOGIN, b"Content-Type: text/event-plain\nContent-Length: 60000\n\n" + b"x" * 60_000 + b"x" * 60_000),
     True, "answers more than 0 MB, which is no list of calls"),
    # it promises more than anybody has
    ((*LOGIN, b"Content-Type: api/response\nContent-Length: 99999999999\n\n" + b"x" * 200_000), True,
     "answers more than 0 MB"),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "hang", "sentence"), CONVERSATIONS)
def test_a_conversation_that_goes_wrong_ends_in_time_with_a_sentence(
    parts: tuple[bytes, ...], hang: bool, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "LIMIT", 0.2 if hang else 3.0)
    monkeypatch.setattr(wire, "MOST_BYTES", 100_000)
    with saying(*parts, hang=hang) as port, pytest.raises(SourceProblem, match=sentence):
        ask(port)


def test_a_port_where_nothing_listens_and_a_name_that_is_none_are_sentences() -> None:
    with socket.socket() as held:  # bound, so that nobody else takes it, and never listening
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        with pytest.raises(SourceProblem, match=f"127.0.0.1:{port} cannot be reached: nothing listens there"):
            ask(port)
    with pytest.raises(SourceProblem, match="cannot be reached: its name is not known"):
        ask(port, host="nobody.invalid")


def test_a_switch_that_was_started_again_is_simply_asked_again() -> None:
    with freeswitch(TALKING) as port:
        assert ask(port).total == 1
    with freeswitch(RINGING) as port:
        assert [call.id for call in ask(port).calls] == ["a2"]
