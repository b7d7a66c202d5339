"""What strangers and customers try: patterns that hang, operators of the database, paths, pages of other
sites, and what they hope to read in a log.
"""

import json
import logging
from collections.abc import Iterator
from concurrent.futures import wait
from urllib.parse import quote

import pytest

from app.answers import Answers
from app.cache import Flights
from app.uploads import FOLDER, Upload, UploadProblem, plain_name
from app.viewer import Viewer, of
from app.views.view import Ask
from store import api_keys, users
from store.batch import prepare
from store.database import Store
from store.ledger import commit
from store.scope import Scope
from tests.browser.serving import Serving
from tests.cast import ALICE, BOB, MORNING, SEES, at, call
from tests.people import NOW, PASSWORD
from tests.wire import Person

PATTERN = "(a+)+$"
LONG = "a" * 200 + "!"
EVIL = "https://evil.example"


@pytest.fixture(scope="module")
def stocked(serving: Serving) -> Serving:
    """The server with calls of Alice and Bob, some of whose callers are patterns."""
    told = [("p", PATTERN), ("l", LONG), ("d", "1.2"), ("n", '{"$ne": ""}')]
    hers = [call(name, at(n), caller=caller, account=ALICE) for n, (name, caller) in enumerate(told)]
    commit(serving.store, prepare([*hers, call("bobs", at(9), caller=LONG, account=BOB)]))
    return serving


@pytest.fixture
def alice(stocked: Serving, served: Serving, nobody: Person) -> Person:
    """Alice, who is in."""
    return nobody.enter("Alice")


MEANT = [
    # a pattern that would take longer than the sun has is a text, and so are a dot and an operator
    (PATTERN, ["p"]),
    (".*", []),
    ("1.2", ["d"]),
    ('{"$ne": ""}', ["n"]),
    ("$where", []),
    ("a\0b", []),
    ("a" * 150, ["l"]),
]


@pytest.mark.parametrize(("text", "uuids"), MEANT)
@pytest.mark.parametrize("op", ["contains", "ends", "begins", "equals"])
def test_what_is_looked_for_is_a_text_and_never_a_pattern(
    alice: Person, op: str, text: str, uuids: list[str]
) -> None:
    asked = f"caller={op}:{quote(text)}"
    file = alice.ask(f"/export.csv?period=custom&from=2026-11-01&to=2026-11-30&{asked}")
    listed = alice.ask(f"/api/v1/cdr/?from=2026-11-01&to=2026-11-30&{asked}")
    assert file.status < 500 and listed.status < 500
    found = [line.split(",")[1] for line in file.text.splitlines()[1:]] if file.status == 200 else []
    assert "bobs" not in found and {*found} <= {*uuids}
    if op == "contains" and listed.status == 200:
        assert found == uuids
        assert [one["uuid"] for one in json.loads(listed.text)["objects"]] == uuids


OPERATORS = [
    "account[$ne]=x",
    "account=%7B%22$ne%22:1%7D",
    "account=2000",
    "account=*",
    "account=%7C2000",
    "switch[$gt]=",
    "$where=1",
]


@pytest.mark.parametrize("asked", OPERATORS)
def test_no_filter_reaches_the_calls_of_another(alice: Person, asked: str) -> None:
    for path in (f"/export.csv?{asked}", f"/api/v1/cdr/?{asked}", f"/api/v1/cdr_daily/?{asked}"):
        answer = alice.ask(path)
        assert answer.status < 500
        assert "bobs" not in answer.text and f'"{BOB}"' not in answer.text.replace(asked, "")


def counted(store: Store, scope: Scope) -> tuple[str, ...] | None:
    """A question whose answer is whose calls were asked for."""
    ASKED.append(scope.accounts)
    return scope.accounts


ASKED: list[tuple[str, ...] | None] = []


def test_an_answer_that_is_kept_for_one_is_no_sooner_there_for_another(served: Serving) -> None:
    flights = Flights(seconds=60)
    people: list[Viewer] = []
    for name in ("Ada", "Alice", "Bob"):
        user = users.by_name(served.store, name)
        assert user
        people.append(of(user))
    question = Ask(counted, Scope(MORNING, at(60), accounts=None))
    narrower = Ask(counted, Scope(MORNING, at(60), accounts=(ALICE,)))
    ASKED.clear()
    for viewer in [*people, *people]:
        answers = Answers(served.store, viewer, flights)
        futures = [answers.start(question), answers.start(narrower)]
        wait(futures)
        assert futures[0].result() == SEES[viewer.name]
        assert futures[1].result() == (() if viewer.name == "Bob" else (ALICE,))
    # what Ada asked of Alice's calls answers Alice, who may see them; Bob has to wait for his own
    assert sorted(ASKED, key=str) == sorted([None, (ALICE,), (BOB,), ()], key=str)
    flights.close()


NAMES = [
    ("../../etc/passwd", "passwd"),
    ("..\\..\\windows\\system.ini", "system.ini"),
    ("/etc/shadow", "shadow"),
    ("..", "upload"),
    (".", "upload"),
    ("", "upload"),
    ("a\0b.csv", "a?b.csv"),
    ("a\r\nb.csv", "a??b.csv"),
    ("x" * 300 + ".csv", "x" * 76 + ".csv"),
]


@pytest.mark.parametrize(("name", "kept"), NAMES)
def test_an_uploaded_file_lies_where_uploads_lie_whatever_it_is_called(
    served: Serving, name: str, kept: str
) -> None:
    assert plain_name(name) == kept
    data = served.store.settings.data
    upload = Upload(data, name, 3)
    try:
        assert upload.path.resolve().is_relative_to((data / FOLDER).resolve())
        upload.add(0, b"abc")
        for at_, more in ((3, b"d"), (0, b"a"), (-1, b"a")):
            with pytest.raises(UploadProblem):
                upload.add(at_, more)
    finally:
        upload.drop()
    assert not upload.folder.exists()


def test_a_websocket_opens_to_no_page_of_another_site(alice: Person) -> None:
    key = alice.key("/dashboard")
    told = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    told |= {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Protocol": f"bokeh, {key}"}
    for origin in (EVIL, "null", f"http://127.0.0.1.evil.example:{alice.port}"):
        assert alice.ask("/dashboard/ws", **told, Origin=origin).status == 403


@pytest.mark.parametrize("path", ["/api/v1/cdr/", "/api/v1/switch/", "/api/v1/user/"])
def test_the_api_takes_no_form_of_another_site_by_the_cookie(
    stocked: Serving, served: Serving, nobody: Person, path: str
) -> None:
    ada = nobody.enter("Ada")
    for origin in (EVIL, "null"):
        for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
            told = {"Origin": origin, "Content-Type": kind}
            assert ada.ask(path, "POST", '{"name": "x"}', **told).status == 403
    # nor one that does not say where it stood
    assert ada.ask(path, "POST", '{"name": "x"}', **{"Content-Type": "application/json"}).status == 403


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Everything that is written to any log."""
    caplog.set_level(logging.DEBUG)
    yield caplog


def test_no_log_bears_a_secret(
    stocked: Serving, served: Serving, nobody: Person, logged: pytest.LogCaptureFixture
) -> None:
    alice = users.by_name(served.store, "Alice")
    assert alice
    key = api_keys.make(served.store, alice, "billing", "read", 30, NOW)
    person = nobody.enter("Alice")
    nobody.post("/login", name="Alice", password="not hers at all")
    page = person.key("/dashboard")
    person.document("/dashboard", page)
    person.ask("/export.csv")
    nobody.ask("/api/v1/switch/", Authorization=f"Bearer {key}")
    nobody.ask("/api/v1/switch/", Authorization="Basic QWxpY2U6dmlvbGV0IHRyYW0gNDcgaHVtcw==")
    nobody.ask("/reset?token=SeCrEt-token")
    nobody.post("/reset", token="SeCrEt-token", new="another secret", again="another secret")
    secrets = (PASSWORD, "not hers at all", person.cookie, key, "QWxpY2U6", "SeCrEt-token", "another secret")
    assert "/export.csv" in logged.text
    for secret in secrets:
        assert secret not in logged.text
