"""A server where people have to log in, and somebody who has not."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from store.database import open_store
from store.settings import Settings
from tests.browser.serving import Serving
from tests.conftest import empty
from tests.people import invited
from tests.wire import Person


@pytest.fixture(scope="module")
def serving(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server where people have to log in."""
    folder = tmp_path_factory.mktemp("gate")
    settings = Settings(data=folder, mongo_uri=SecretStr(mongo_uri), database="gate")
    with open_store(settings) as store:
        server = Serving(store, guest=None)
        server.start()
        yield server
        server.stop()
        empty(store.db)  # the next module has the same database


@pytest.fixture
def served(serving: Serving) -> Serving:
    """That server, where Alice, Bob and Ada may log in, and nobody has."""
    for name in ("users", "passwords", "sessions", "login_tries", "audit", "tokens", "totps"):
        serving.store.db[name].delete_many({})
    for name in ("Alice", "Bob", "Ada"):
        invited(serving.store, name)
    return serving


@pytest.fixture
def nobody(served: Serving) -> Person:
    """Somebody who has not logged in."""
    return Person(served.port)
