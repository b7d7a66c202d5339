"""The audit log: who did what, found again, hostile texts as the texts that they are."""

from datetime import timedelta

import pytest

from store import audit, lists
from store.audit import Entry, Filter
from store.connection import transaction
from store.database import Document, Store, together
from store.lists import Entry as ListEntry
from tests.people import NOW

HOUR = timedelta(hours=1)
DONE = (
    Entry("Ada", "10.0.0.1", "add", "user", "Alice", "customer of 1000"),
    Entry("Ada", "10.0.0.1", "change", "alarm", "5f", "warning 40"),
    Entry("Sam", "::1", "change", "user", "Alice", "company"),
    Entry("Alice", "203.0.113.9", "log in", "session"),
)

FILTERS = [
    # everything, the last first
    (Filter(), [3, 2, 1, 0]),
    # of a person, a verb, a kind, a thing
    (Filter(who="Ada"), [1, 0]),
    (Filter(verb="change"), [2, 1]),
    (Filter(kind="user", object="Alice"), [2, 0]),
    (Filter(who="Sam", kind="alarm"), []),
    # from a moment on, which is included, to another, which is not
    (Filter(since=NOW + HOUR, until=NOW + 3 * HOUR), [2, 1]),
    (Filter(since=NOW + 3 * HOUR), [3]),
    (Filter(until=NOW + HOUR), [0]),
    # what is no pattern and no operator
    (Filter(who=".*"), []),
    (Filter(who={"$gt": ""}), []),  # type: ignore[arg-type]
]


@pytest.fixture
def log(store: Store) -> Store:
    """A store in which the four things were done, an hour apart."""
    for hours, entry in enumerate(DONE):
        audit.put(store, entry, NOW + hours * HOUR)
    return store


@pytest.mark.parametrize(("wanted", "found"), FILTERS)
def test_what_was_done_is_found(log: Store, wanted: Filter, found: list[int]) -> None:
    page = audit.page(log, wanted)
    assert [entry._replace(id="") for entry in page] == [DONE[n]._replace(at=NOW + n * HOUR) for n in found]


def test_pages_follow_each_other(log: Store) -> None:
    first = audit.page(log, limit=3)
    rest = audit.page(log, after=first[-1].id, limit=3)
    assert [entry.verb for entry in (*first, *rest)] == ["log in", "change", "change", "add"]
    assert audit.page(log, after="no id") == []


HOSTILE = [
    # markup, an operator, a formula, line ends and a NUL
    ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ('{"$gt": ""}', '{"$gt": ""}'),
    ({"$gt": ""}, "{'$gt': ''}"),
    ("=HYPERLINK(1)", "=HYPERLINK(1)"),
    ("a\r\nb\x00", "a\r\nb\x00"),
    # half a character, and more than is kept
    ("\ud800", "?"),
    ("x" * 10_000, "x" * 500),
]


@pytest.mark.parametrize(("words", "kept"), HOSTILE)
def test_hostile_text_is_kept_as_text(store: Store, words: str, kept: str) -> None:
    audit.put(store, Entry("Ada", "", "add", "list", "", words), NOW)
    (entry,) = audit.page(store)
    assert entry.words == kept


def test_what_was_not_done_is_not_told(store: Store) -> None:
    def work(session: object) -> None:
        audit.put(store, DONE[0], NOW, session)  # type: ignore[arg-type]
        raise LookupError

    with pytest.raises(LookupError):
        transaction(store.client, work)
    assert audit.page(store) == []


def test_an_entry_ends_after_400_days(log: Store) -> None:
    expires: Document | None = log.db[audit.NAME].find_one(sort=[("_id", 1)])
    assert expires is not None
    assert expires["expires"] == NOW + timedelta(days=400)
    assert log.db[audit.NAME].index_information()["expires"]["expireAfterSeconds"] == 0


def test_what_is_done_and_its_entry_are_one(store: Store) -> None:
    def work(held: Store) -> bool:
        done = lists.add(held, line)
        audit.put(held, DONE[0], NOW)
        if breaks:
            raise RuntimeError("the program ends here")
        return done

    line = ListEntry("", lists.EVERYBODY, "black", "33899", "FR", "", "Ada", NOW)
    breaks = True
    with pytest.raises(RuntimeError):
        together(store, work)
    assert (lists.entries(store), audit.page(store)) == ([], [])
    breaks = False
    assert together(store, work)
    assert len(lists.entries(store)) == len(audit.page(store)) == 1
    # a line that is there meanwhile ends neither
    assert not together(store, work)
    assert (len(lists.entries(store)), len(audit.page(store))) == (1, 2)
