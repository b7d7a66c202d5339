"""A store: its collections, its schema version, and what it guarantees of times, numbers and writes."""

import os
import signal
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest

from store import keeper
from store.database import COLLECTIONS, SCHEMA, Store, ensure, open_store
from store.errors import StoreError
from store.settings import Settings
from tests.store.servers import until


def test_without_an_address_a_store_has_its_own_server(tmp_path: Path) -> None:
    with open_store(Settings(data=tmp_path / "data")) as store:
        assert store.alive()
        assert keeper.running(tmp_path / "data" / "mongo")
    assert not keeper.running(tmp_path / "data" / "mongo")


def test_a_store_that_does_not_answer_is_not_alive(tmp_path: Path) -> None:
    with open_store(Settings(data=tmp_path / "data")) as store:
        pid = keeper.holder(tmp_path / "data" / "mongo")
        os.kill(pid, signal.SIGSTOP)
        until(lambda: not store.alive())
        os.kill(pid, signal.SIGCONT)
        until(store.alive)


def test_a_fresh_database_has_its_collections_and_the_schema_version(store: Store) -> None:
    assert set(COLLECTIONS) <= set(store.db.list_collection_names())
    assert store.db["meta"].find_one({"_id": "schema"}) == {"_id": "schema", "version": SCHEMA}
    for name, indexes in COLLECTIONS.items():
        there = set(store.db[name].index_information())
        assert {index.document["name"] for index in indexes} <= there


def test_what_is_there_is_not_made_again(store: Store) -> None:
    store.db["meta"].insert_one({"_id": "kept"})
    ensure(store)
    assert store.db["meta"].find_one({"_id": "kept"}) is not None


def test_two_that_open_a_fresh_database_at_once_both_succeed(settings: Settings) -> None:
    problems: list[BaseException] = []

    def use() -> None:
        try:
            with open_store(settings) as store:
                assert store.alive()
        except BaseException as problem:
            problems.append(problem)

    users = [threading.Thread(target=use) for _ in range(4)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    with open_store(settings) as store:
        store.client.drop_database(store.db)
    assert problems == []


def test_a_newer_database_is_refused(store: Store) -> None:
    store.db["meta"].update_one({"_id": "schema"}, {"$set": {"version": SCHEMA + 1}})
    with pytest.raises(StoreError) as refused, open_store(store.settings):
        pass
    assert str(refused.value) == (
        f"The database {store.db.name} was written by a newer CDR-Stats: its schema is {SCHEMA + 1} and this "
        f"program knows {SCHEMA}; use the newer program."
    )


def test_times_come_back_aware_and_in_utc(store: Store) -> None:
    noon = datetime(2026, 3, 29, 12, tzinfo=timezone(timedelta(hours=2)))
    store.db["times"].insert_one({"_id": 1, "time": noon})
    (found,) = store.db["times"].find()
    assert found["time"] == noon
    assert found["time"].tzinfo is UTC or found["time"].utcoffset() == timedelta(0)


def test_a_uuid_comes_back_as_it_was(store: Store) -> None:
    number = UUID("00112233-4455-6677-8899-aabbccddeeff")
    store.db["uuids"].insert_one({"_id": number})
    assert store.db["uuids"].find_one() == {"_id": number}


def test_a_write_is_acknowledged_by_the_majority(store: Store) -> None:
    assert store.db.write_concern.document == {"w": "majority"}


LIMITS = [
    # Seconds become milliseconds.
    (2.0, 2000),
    # A limit of zero would be none at all.
    (0.0001, 1),
]


@pytest.mark.parametrize(("seconds", "milliseconds"), LIMITS)
def test_the_limit_of_a_query_is_told_in_milliseconds(
    store: Store, seconds: float, milliseconds: int
) -> None:
    settings = store.settings.model_copy(update={"query_seconds": seconds})
    assert Store(store.client, store.db, settings).query_ms == milliseconds
