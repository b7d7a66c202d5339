"""FreeSWITCH's event socket as mod_event_socket speaks it, with channels of our own."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from tests.ingest.live.served import served

PASSWORD = "ClueCon"
GOODBYE = b"Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"
BEAT = b"Event-Name: HEARTBEAT\nSession-Count: 2\n\n"
COLUMNS = (
    "uuid", "direction", "created", "created_epoch", "name", "state", "cid_name", "cid_num", "ip_addr",
    "dest", "application", "application_data", "dialplan", "context", "read_codec", "read_rate",
    "read_bit_rate", "write_codec", "write_rate", "write_bit_rate", "secure", "hostname", "presence_id",
    "presence_data", "accountcode", "callstate", "callee_name", "callee_num", "callee_direction",
    "call_uuid", "sent_callee_name", "sent_callee_num", "initial_cid_name", "initial_cid_num",
    "initial_ip_addr", "initial_dest", "initial_dialplan", "initial_context",
)  # fmt: skip
"""The columns of the core's table of channels (switch_core_sqldb.c); all of them are texts in the answer."""


def channel(uuid: str, created: int, **told: Any) -> dict[str, str]:
    """A row of `show channels as json`."""
    row = dict.fromkeys(COLUMNS, "")
    row |= {"uuid": uuid, "created_epoch": str(created), "state": "CS_EXECUTE", "direction": "inbound"}
    return row | {name: str(value) for name, value in told.items()}


@contextmanager
def freeswitch(
    channels: Sequence[Mapping[str, str]] = (), user: str = "", answer: bytes | None = None
) -> Iterator[int]:
    """Its port. `user` (user@domain) may log in by userauth; `answer` is said instead of the channels."""

    def talk(read: BinaryIO, write: BinaryIO) -> None:
        write.write(b"Content-Type: auth/request\n\n")
        allowed = False
        while command := _command(read):
            words = command.split(" ", 1)
            if words[0] in ("auth", "userauth"):
                allowed = command in (f"auth {PASSWORD}", f"userauth {user}:{PASSWORD}")
                _reply(write, "+OK accepted" if allowed else "-ERR invalid")
                if allowed:
                    continue
                break
            if words[0] == "exit":
                _reply(write, "+OK bye")
                break
            if words[0] == "api" and allowed:
                # what was subscribed to may come in between
                _body(write, "text/event-plain", BEAT)
                _body(write, "api/response", answer if answer is not None else _api(words[1], channels))
            else:
                _reply(write, "-ERR command not found" if allowed else "-ERR not authenticated")
        _body(write, "text/disconnect-notice", GOODBYE)

    with served(talk) as port:
        yield port


def _command(read: BinaryIO) -> str:
    """The lines up to an empty one, as one; '' at the end."""
    lines = []
    while line := read.readline().decode():
        if line.strip():
            lines.append(line.strip())
        elif lines:
            return lines[0]
    return ""


def _api(command: str, channels: Sequence[Mapping[str, str]]) -> bytes:
    if command == "show channels as json":
        rows = {"rows": list(channels)} if channels else {}
        return json.dumps({"row_count": len(channels), **rows}).encode()
    if command == "show calls count":
        return f"\n{len({c['call_uuid'] or c['uuid'] for c in channels})} total.\n".encode()
    return f"-ERR {command.split()[0]} Command not found!\n".encode()


def _reply(write: BinaryIO, text: str) -> None:
    write.write(f"Content-Type: command/reply\nReply-Text: {text}\n\n".encode())


def _body(write: BinaryIO, kind: str, body: bytes) -> None:
    write.write(f"Content-Type: {kind}\nContent-Length: {len(body)}\n\n".encode() + body)
