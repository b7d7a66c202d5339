"""`cdr-stats user key`: made, listed, removed, each noted."""

import json

from store import api_keys, audit
from store.database import Store
from tests.app.conftest import Run
from tests.people import NOW, invited


def test_a_key_is_made_shown_once_listed_and_removed(run: Run, store: Store) -> None:
    alice = invited(store, "Alice")
    token = run("user", "key", "add", "alice", "billing", "--write", "--days", "90").stdout.split()[-1]
    found = api_keys.whose(store, token, NOW)
    assert found and (found[0].id, found[1].name, found[1].right) == (alice.id, "billing", "write")
    listed = run("user", "key", "list", "--format", "json").stdout
    assert token not in listed
    row = json.loads(listed)[0]
    assert (row["user"], row["name"], row["right"], row["state"]) == ("Alice", "billing", "write", "works")
    assert json.loads(run("user", "key", "list", "Alice", "--format", "json").stdout) == [row]
    assert "works no more" in run("user", "key", "remove", row["id"]).stdout
    assert api_keys.whose(store, token, NOW) is None
    verbs = [(entry.verb, entry.object) for entry in audit.page(store)]
    assert verbs == [("remove key", "Alice"), ("add key", "Alice")]


def test_what_there_is_not_is_said(run: Run, store: Store) -> None:
    invited(store, "Alice")
    assert "Alice" in run("user", "key", "add", "alicee", "x", code=1).stderr
    assert "There is no key" in run("user", "key", "remove", "nothing", code=1).stderr
    assert "lasts 1 to" in run("user", "key", "add", "Alice", "x", "--days", "0", code=1).stderr
