"""Nobody gets a row, a count, a suggestion or a time of another: every page, file and figure is walked
through by itself, so that a new one is covered on the day it is written.
"""

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from app.pages import PAGES
from app.viewer import of
from store import queries, users
from store.batch import prepare
from store.database import Store, open_store
from store.ledger import commit
from store.scope import Scope
from store.settings import Settings
from tests.browser.serving import Serving
from tests.cast import ALICE, BOB, call
from tests.people import invited
from tests.wire import Person

EARLY = datetime(2026, 3, 10, 9, tzinfo=UTC)
LATE = datetime(2026, 3, 17, 9, tzinfo=UTC)
"""When Alice's calls were, and Bob's, which are the newest of all."""
BOBS = ("+4930777000777", "+5355500055500", "Robertson", "bob-uuid-1", "BOB_CAUSE", "Bobswitch", "17 Mar")
"""What is in Bob's calls and in nobody else's: numbers, names, the cause, the switch, the day."""
MARCH = "?period=custom&from=2026-03-01&to=2026-03-31"
ASKED = ("", f"{MARCH}&account=2000")
"""What an address may ask for; of the latter every day is on the axis."""
FILES = ("export.csv", "alarm-reports.csv", "fraud.csv", "burning.json")


@pytest.fixture(scope="module")
def shop(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A server over calls of Alice and of Bob, where the cast may log in."""
    folder = tmp_path_factory.mktemp("tenancy")
    settings = Settings(data=folder, mongo_uri=SecretStr(mongo_uri), database="tenancy")
    with open_store(settings) as store:
        hers = [call(f"alice-{i}", EARLY + timedelta(minutes=i), 60, 50, account=ALICE) for i in range(3)]
        told: dict[str, Any] = {
            "account": BOB, "switch": "Bobswitch", "caller": BOBS[0], "destination": BOBS[1],
            "caller_name": BOBS[2], "cause": BOBS[4], "country": "CU", "number": BOBS[1][1:],
        }  # fmt: skip
        his = [call(f"bob-uuid-{i}", LATE + timedelta(minutes=i), 60, 50, **told) for i in range(4)]
        commit(store, prepare([*hers, *his]))
        for name in ("Alice", "Bob", "Charlie", "Ada"):
            invited(store, name, **({"switches": ()} if name == "Bob" else {}))
        server = Serving(store, guest=None)
        server.start()
        yield server
        server.stop()


def found(text: str) -> list[str]:
    """What of Bob's is in a text."""
    return [mark for mark in BOBS if mark in text]


@pytest.mark.parametrize("name", ["Alice", "Charlie"])
@pytest.mark.parametrize("page", PAGES)
def test_no_page_tells_of_another(shop: Serving, page: str, name: str) -> None:
    person = Person(shop.port).enter(name)
    for asked in ASKED:
        answer, document = person.opened(f"/{page}", asked)
        told = answer.text + document
        assert len(told) > 1_000
        assert set(found(told)) <= ({"17 Mar"} if asked else set())


def test_the_marks_are_there_for_those_who_may_see_them(shop: Serving) -> None:
    for name in ("Bob", "Ada"):
        person = Person(shop.port).enter(name)
        told = person.document("/explore", person.key(f"/explore{MARCH}"))
        assert set(found(told)) >= {BOBS[0], BOBS[1], "17 Mar"}


@pytest.mark.parametrize("name", ["Alice", "Charlie"])
@pytest.mark.parametrize("file", FILES)
def test_no_file_tells_of_another(shop: Serving, file: str, name: str) -> None:
    person = Person(shop.port).enter(name)
    for asked in ASKED:
        assert found(person.ask(f"/{file}{asked}").whole) == []
    if file == "export.csv":
        lines = person.ask(f"/{file}{MARCH}").text.splitlines()
        assert len(lines) == (4 if name == "Alice" else 1)


def figures() -> list[str]:
    """The functions of store.queries that answer a scope."""
    public = inspect.getmembers(queries, inspect.isfunction)
    return [
        name
        for name, made in public
        if not name.startswith("_")
        and made.__module__ == queries.__name__
        and list(inspect.signature(made).parameters)[:2] == ["store", "scope"]
    ]


@pytest.mark.parametrize("figure", figures())
@pytest.mark.parametrize("wanted", [None, (BOB,), (ALICE, BOB)])
def test_no_figure_counts_another(shop: Serving, figure: str, wanted: tuple[str, ...] | None) -> None:
    store: Store = shop.store
    everything = Scope(EARLY - timedelta(days=30), LATE + timedelta(days=30), accounts=wanted)
    for name in ("Alice", "Charlie"):
        user = users.by_name(store, name)
        assert user
        narrowed = of(user).narrow(everything)
        told = getattr(queries, figure)(store, narrowed)
        own = getattr(queries, figure)(store, everything._replace(accounts=narrowed.accounts))
        assert found(told.to_csv()) == []
        assert told.equals(own)
        if "calls" in told:
            assert told["calls"].sum() == (3 if name == "Alice" and wanted != (BOB,) else 0)
