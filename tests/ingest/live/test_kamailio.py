"""A real Kamailio with real calls in progress is asked for them by its socket and by HTTP; what it would
never say is said by a server of ours.
"""

import json
import socket
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from ingest.connector import SourceProblem
from ingest.live import kamailio, rpc, wire
from store.live import LiveCalls
from tests.ingest.live.asking import NOW, SECOND, asked
from tests.ingest.live.served import saying
from tests.ingest.real_sip.proxy import Proxy, proxied
from tests.store.servers import until

LONG = 60_000
CLOSE = timedelta(seconds=20)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy in a folder with a short name."""
    with tempfile.TemporaryDirectory(prefix="sip-") as folder, proxied(Path(folder).resolve()) as running:
        yield running


def ask(address: object, now: datetime | None = None, **options: str) -> LiveCalls:
    told = {"address": str(address), "account": "acct", **options}
    return asked("kamailio_rpc", now or datetime.now(UTC), **told)


def test_real_calls_are_told_by_socket_and_by_http(proxy: Proxy) -> None:
    for address in (proxy.socket, proxy.url):
        assert ask(address)[1:] == ([], 0, "")
    proxy.place("answer", 3, talk_ms=LONG)
    proxy.place("busy", 4)
    until(lambda: proxy.ask("dlg.stats_active")["ongoing"] == 3)
    proxy.place("noanswer", 2)
    until(lambda: proxy.ask("dlg.stats_active")["all"] == 5)
    found = ask(proxy.socket)
    # the four that were busy are over: state 5, which Kamailio still lists
    assert sorted(dialog["state"] for dialog in proxy.ask("dlg.list")) == [2, 2, 4, 4, 4, 5, 5, 5, 5]
    assert found.total == len(found.calls) == 5
    talking = [call for call in found.calls if call.talking]
    ringing = [call for call in found.calls if not call.talking]
    assert {(call.caller, call.number, call.country, call.account) for call in talking} == {
        ("442079460018", "442079460123", "GB", "globex"),
        ("33199001234", "13125550188", "US", "globex"),
        ("12025550117", "12025550143", "US", "acme"),
    }
    assert [call.answered for call in ringing] == [None, None]
    for call in talking:
        assert call.answered is not None
        assert found.at - CLOSE < call.since <= call.answered <= found.at
    assert {call[:10] for call in ask(proxy.url).calls} == {call[:10] for call in found.calls}


def test_of_many_calls_a_socket_tells_less_and_says_so(proxy: Proxy) -> None:
    proxy.place("answer", 200, rate=100, talk_ms=LONG)
    until(lambda: proxy.ask("dlg.stats_active")["ongoing"] == 200)
    brief, whole = ask(proxy.socket), ask(proxy.url)
    assert (brief.total, brief.note, {call.account for call in brief.calls}) == (
        200,
        kamailio.NO_ACCOUNTS,
        {""},
    )
    assert {call.number for call in brief.calls} == {call.number for call in whole.calls}
    assert all(call.talking and call.answered for call in brief.calls)
    assert (whole.total, whole.note, {call.account for call in whole.calls}) == (
        200,
        "",
        {"acme", "globex", "initech"},
    )
    proxy.place("answer", 400, rate=200, talk_ms=LONG)
    until(lambda: proxy.ask("dlg.stats_active")["ongoing"] == 600)
    assert ask(proxy.socket)[1:] == ((), 600, kamailio.ONLY_COUNT)
    assert ask(proxy.url).total == 600


def body(told: object) -> bytes:
    text = json.dumps(told).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text)


ANSWERS = [
    # the dialog module is missing
    (body({"error": {"code": 500, "message": "Method Not Found"}}), r"needs its dialog module"),
    # another error, in Kamailio's words
    (body({"error": {"code": 500, "message": "No shm."}}), r"does not list its dialogs: No shm\."),
    # JSON that is no JSON-RPC, and no JSON
    (body([]), "what it says is no JSON-RPC"),
    (body({"error": "x"}), "what it says is no JSON-RPC"),
    (b"HTTP/1.1 200 OK\r\n\r\n<html>", "does not answer in JSON"),
    # another path, a login
    (b"HTTP/1.1 404 Not found\r\n\r\n", "answers HTTP 404 at /RPC, so that is not its JSON-RPC"),
    (b"HTTP/1.1 401 Unauthorized\r\n\r\n", "refuses the user or the password"),
    # another program
    (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "does not speak HTTP"),
    (b"", "closed the connection in the middle"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{", "closed the connection in the middle"),
    (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200_000, "answers more than 0 MB"),
]


@pytest.mark.parametrize(("answer", "sentence"), ANSWERS)
def test_an_answer_that_is_no_list_is_a_sentence(
    answer: bytes, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "MOST_BYTES", 100_000)
    with saying(b"", answer) as port, pytest.raises(SourceProblem, match=sentence) as problem:
        ask(f"http://127.0.0.1:{port}/RPC", user="cdr", password="hunter2")
    assert "hunter2" not in str(problem.value)


DIALOG = {"call-id": "x", "state": 4, "init_ts": SECOND - 9, "start_ts": SECOND - 5}
DIALOGS: list[tuple[Any, list[tuple[str, int, str]]]] = [
    # a call that came through twice is one
    ([{**DIALOG, "init_ts": SECOND - 8}, {**DIALOG, "variables": [{"acct": "a"}]}], [("x", 2, "a")]),
    # states that are over, or that there are not
    ([{**DIALOG, "state": state} for state in (0, 5, 6, "4", None)], []),
    # what is no dialog
    ([None, 7, {}, {"state": 4}], []),
    ({}, []),
    # addresses and variables that are none
    ([{**DIALOG, "from_uri": 7, "to_uri": "tel:+33612345678;x", "variables": [7]}], [("x", 1, "")]),
]


@pytest.mark.parametrize(("dialogs", "expected"), DIALOGS)
def test_dialogs_are_calls_by_call_id(dialogs: Any, expected: list[tuple[str, int, str]]) -> None:
    with saying(b"", body({"result": dialogs})) as port:
        found = ask(f"http://127.0.0.1:{port}/RPC", NOW)
    assert [(call.id, call.legs, call.account) for call in found.calls] == expected
    assert {call.since for call in found.calls} <= {NOW - timedelta(seconds=9)}


PLACES = [
    # a socket that is not there
    ("{tmp}/none.sock", "cannot be reached: No such file or directory"),
    # a file that is no socket
    ("{tmp}/file", "cannot be reached: nothing listens there"),
    # a folder that is not there
    ("{tmp}/none/none.sock", "cannot be reached: No such file or directory"),
    # more than a socket's path may have
    ("{tmp}/" + "x" * 200, "cannot be reached: AF_UNIX path too long"),
    # ports that are none
    ("udp:127.0.0.1:x", "cannot be reached"),
    ("udp:127.0.0.1:9", "cannot be asked: nothing listens there"),
    ("http://127.0.0.1:x/RPC", r"The address is none; it is http://HOST:PORT/RPC\."),
    ("http://127.0.0.1:99999/RPC", r"The address is none; it is http://HOST:PORT/RPC\."),
    ("http://", "cannot be reached"),
    ("", "cannot be reached"),
]


@pytest.mark.parametrize(("address", "sentence"), PLACES)
def test_an_address_where_nobody_is_is_a_sentence(tmp_path: Path, address: str, sentence: str) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(SourceProblem, match=sentence):
        ask(address.format(tmp=tmp_path))


def test_a_socket_that_never_answers_is_given_up_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rpc, "LIMIT", 0.2)
    path = tmp_path / "rpc.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as silent:
        silent.bind(str(path))
        with pytest.raises(SourceProblem, match=r"rpc\.sock does not answer within 0\.2 s"):
            ask(path)
    assert list(tmp_path.iterdir()) == [path]


def test_kamailio_may_listen_by_udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))

        def answer() -> None:
            for told in ({"all": 1}, [DIALOG]):
                _, asking = listening.recvfrom(9_000)
                listening.sendto(json.dumps({"result": told}).encode(), asking)

        server = Thread(target=answer, daemon=True)
        server.start()
        found = ask(f"udp:127.0.0.1:{listening.getsockname()[1]}", NOW)
        server.join()
    assert [call.id for call in found.calls] == ["x"]
