"""A real server on a real port, where people log in, over the calls of the fixed cast; and who asks it."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import SecretStr

from app.api import users, who
from store import api_keys
from store.batch import prepare
from store.database import Store, open_store
from store.ledger import commit
from store.people import User
from store.settings import Settings
from tests.browser.serving import Serving
from tests.cast import CAST
from tests.conftest import empty
from tests.people import CAST as PEOPLE
from tests.people import PASSWORD, WEAK, invited
from tests.screens import allow

API = "/api/v1"


class Answer(NamedTuple):
    """What was answered: status, headers in lower case, and the JSON or the text of the body."""

    status: int
    headers: dict[str, str]
    body: Any


def ask(port: int, method: str, path: str, body: Any = None, **headers: str) -> Answer:
    """Ask the server; a body that is no text is sent as JSON. A path that begins with no / is the API's."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    sent = {"Content-Type": "application/json"} if body is not None else {}
    text = body if isinstance(body, str | bytes | None) else json.dumps(body)
    try:
        where = path if path.startswith("/") else f"{API}/{path}"
        connection.request(method, where, text, sent | {k.replace("_", "-"): v for k, v in headers.items()})
        got = connection.getresponse()
        read = got.read().decode()
    finally:
        connection.close()
    named = {name.lower(): value for name, value in got.getheaders()}
    found = json.loads(read) if "json" in named.get("content-type", "") and read else read
    return Answer(got.status, named, found)


def basic(name: str, password: str = PASSWORD) -> str:
    """The header of somebody's name and password."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


Asks = Callable[..., Answer]


class Place(NamedTuple):
    """A server, its store, the users by name, and how each of them asks: with an API key that may write."""

    serving: Serving
    store: Store
    users: dict[str, User]
    keys: dict[str, str]

    def get(self, path: str, name: str = "Ada", **headers: str) -> Answer:
        """GET as somebody."""
        return self.ask("GET", path, name, None, **headers)

    def ask(self, method: str, path: str, name: str = "Ada", body: Any = None, **headers: str) -> Answer:
        """Ask as somebody; '' is nobody."""
        told = {"Authorization": f"Bearer {self.keys[name]}"} if name else {}
        return ask(self.serving.port, method, path, body, **{**told, **headers})


@pytest.fixture(scope="session")
def api_settings(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a database of the API's own; nobody is slowed down."""
    folder = tmp_path_factory.mktemp("api")
    return Settings(data=folder, mongo_uri=SecretStr(mongo_uri), database="api", api_per_minute=1_000_000)


@pytest.fixture(scope="session")
def _served(api_settings: Settings) -> Iterator[Serving]:
    """One server for all tests; passwords cost little."""
    with pytest.MonkeyPatch.context() as patch, open_store(api_settings) as store:
        patch.setattr(who, "HASHER", WEAK)
        patch.setattr(users, "HASHER", WEAK)
        serving = Serving(store, guest=None)
        serving.start()
        yield serving
        serving.stop()


@pytest.fixture
def place(_served: Serving) -> Iterator[Place]:
    """The server over the calls of the fixed cast, with its people."""
    store = _served.store
    commit(store, prepare(CAST))
    people = {name: invited(store, name) for name in PEOPLE}
    keys = {name: api_keys.make(store, user, "tests", "write", 30, now()) for name, user in people.items()}
    yield Place(_served, store, people, keys)
    empty(store.db)
    store.partitions.clear()
    store.noted.clear()


def now() -> datetime:
    """The present, for what ends."""
    return datetime.now(UTC)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Libraries that warn about each other."""
    allow(items, Path(__file__).resolve().parent)
