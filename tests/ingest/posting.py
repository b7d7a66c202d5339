"""FreeSWITCH's side of a listener: reports posted as libcurl does, each over a connection of its own."""

import http.client
from base64 import b64encode
from typing import NamedTuple
from urllib.parse import quote

FORM = "application/x-www-form-urlencoded"


class Answer(NamedTuple):
    """What a listener answers; the names of headers in small letters."""

    status: int
    sentence: str
    headers: dict[str, str]


def posted(
    port: int,
    body: bytes,
    path: str = "/cdr",
    kind: str = FORM,
    login: str = "",
    method: str = "POST",
    **headers: str,
) -> Answer:
    """Post a body to 127.0.0.1; `login` is user:password."""
    told = {"Content-Type": kind, "User-Agent": "freeswitch-json/1.0", **headers}
    if login:
        told["Authorization"] = "Basic " + b64encode(login.encode()).decode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, told)
        answer = connection.getresponse()
        return Answer(
            answer.status, answer.read().decode().strip(), {k.lower(): v for k, v in answer.getheaders()}
        )
    finally:
        connection.close()


def form(text: str) -> bytes:
    """A report as mod_json_cdr and mod_xml_cdr post it by default."""
    return b"cdr=" + quote(text, safe="/,!()*'").encode()
