"""The web server itself: health, headers, wrong addresses, the export, and its secret."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from app.server import ServerError, make, secret
from store.database import Store
from tests.browser.serving import Serving


def got(serving: Serving, path: str, **headers: str) -> tuple[HTTPResponse, str]:
    """The answer to a GET, redirects not followed, and its body."""
    connection = HTTPConnection("127.0.0.1", serving.port, timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/healthz", 200, '"database": true'),
        ("/dashboard", 200, "Dashboard – CDR-Stats"),
        ("/explore", 200, "Explore – CDR-Stats"),
        ("/assets/wall.js", 200, "healthz"),
        ("/assets/logo.svg", 200, "<svg"),
        # Only what pages need is served of the shipped files.
        ("/assets/world.json", 404, "leads nowhere"),
        ("/assets/../server.py", 404, "leads nowhere"),
        ("/nothing", 404, "leads nowhere"),
        ("/liveness", 404, "leads nowhere"),
        ("/export.csv?country=FR&back=99", 400, "Not understood in the address: back."),
        ("/export.csv?country=Nowhere", 200, "switch,uuid"),
    ],
)
def test_an_address_has_its_answer(path: str, status: int, says: str, serving: Serving) -> None:
    answer, body = got(serving, path)
    assert (answer.status, says in body) == (status, True), body
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Server"] is None


@pytest.fixture
def broken(filled: Store) -> Iterator[Serving]:
    """A server that has lost its database object, which nobody foresaw."""
    server = Serving(replace(filled, db=None))  # type: ignore[arg-type]
    server.start()
    yield server
    server.stop()


def test_what_nobody_foresaw_is_a_plain_page_without_a_traceback(
    broken: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    answer, body = got(broken, "/export.csv?country=FR")
    assert (answer.status, answer.headers["Content-Type"]) == (500, "text/html; charset=UTF-8")
    assert "Something went wrong" in body
    assert "Traceback" not in body
    assert "TypeError" not in body
    assert "Uncaught exception GET /export.csv" in caplog.text


def test_the_root_leads_to_the_dashboard(serving: Serving) -> None:
    answer, _ = got(serving, "/")
    assert (answer.status, answer.headers["Location"]) == (302, "dashboard")


def test_health_is_json(serving: Serving) -> None:
    answer, body = got(serving, "/healthz")
    assert json.loads(body) == {"server": True, "database": True}
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("cookie", ["", "cdr-theme=dark"])
def test_a_page_is_whole_though_its_head_goes_ahead(cookie: str, serving: Serving) -> None:
    # the first visitor gets all at once, the next what is the same for all before the session is there
    for _ in range(2):
        _, body = got(serving, "/explore", Cookie=cookie)
        assert [body.count(part) for part in ("<!DOCTYPE", "<head>", "</head>", "</body>")] == [1, 1, 1, 1]
        sources = re.findall(r'<script[^>]* src="([^"]+)"', body)
        assert len(sources) == len(set(sources)) > 4
        assert ("background-color: #121212" in body) == bool(cookie)
    # what comes first is to be fetched first
    assert body.index("<head>") < body.index('rel="preload"') < body.index("<title>")


def test_scripts_are_compressed_once_and_kept_by_the_browser(serving: Serving) -> None:
    _, body = got(serving, "/explore")
    sources = re.findall(r'<script[^>]* src="([^"]+)"', body)
    for source in sources:
        answer, _ = got(serving, f"/{source}", **{"Accept-Encoding": "gzip"})
        assert (answer.status, answer.headers["Content-Encoding"]) == (200, "gzip"), source
        kept = int(answer.headers["Cache-Control"].partition("max-age=")[2])
        assert kept == (31_536_000 if "?" in source else 3_600)
        again, _ = got(
            serving, f"/{source}", **{"Accept-Encoding": "gzip", "If-None-Match": answer.headers["Etag"]}
        )
        assert again.status == 304
        plain, text = got(serving, f"/{source}")
        assert (plain.headers["Content-Encoding"], len(text) > 1000) == (None, True)


def test_a_page_names_no_other_host(serving: Serving) -> None:
    for page in ("/dashboard", "/explore"):
        _, body = got(serving, page)
        assert "cdn." not in body
        assert "https://" not in body


def test_a_port_that_is_taken_is_said_in_one_sentence(serving: Serving) -> None:
    with pytest.raises(
        ServerError, match=rf"Port {serving.port} of 127\.0\.0\.1 is taken by another program"
    ):
        make(serving.context, "127.0.0.1", serving.port)


def test_the_secret_is_made_once_and_is_for_this_user_alone(tmp_path: Path) -> None:
    key = secret(tmp_path / "new")
    assert secret(tmp_path / "new") == key
    assert (tmp_path / "new" / "session.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "session.key").write_bytes(b"short")
    with pytest.raises(ServerError, match="is no key of ours"):
        secret(tmp_path)
