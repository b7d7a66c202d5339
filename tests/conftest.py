"""What all tests share: one real MongoDB for the whole run, and an empty database in it for each test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from pymongo import MongoClient
from pymongo.database import Database

from store import mongod
from store.connection import connect, end_orphans
from store.database import CODEC, COLLECTIONS, SCHEMA, Document, Store, ensure
from store.settings import Settings

DATABASE = "test"


@pytest.fixture(scope="session")
def mongo_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real embedded server in a temporary folder."""
    with mongod.serve(tmp_path_factory.mktemp("data")) as uri:
        yield uri


@pytest.fixture(scope="session", autouse=True)
def _nobodys_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The settings of whoever runs the tests do not count."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.upper().startswith("CDR_STATS_")]:
            patch.delenv(name)
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        yield


@pytest.fixture(scope="session")
def _server(mongo_uri: str) -> Iterator[MongoClient[Document]]:
    """A client of the shared server, which keeps dropped collections for a minute instead of five, lest it
    runs out of files; no less, since a query that a busy machine holds up reads in one snapshot.
    """
    with connect(mongo_uri) as client:
        client.admin.command("setParameter", 1, minSnapshotHistoryWindowInSeconds=60)
        yield client


@pytest.fixture
def settings(mongo_uri: str, tmp_path: Path, _server: MongoClient[Document]) -> Iterator[Settings]:
    """Settings of an empty database on the shared server."""
    yield Settings(data=tmp_path, mongo_uri=SecretStr(mongo_uri), database=DATABASE)
    end_orphans(_server)
    empty(_server.get_database(DATABASE))


def empty(database: Database[Document]) -> None:
    """Leave nothing but the fixed collections: to make them anew took 0.2 s a test, and to ask each of them
    30 ms.
    """
    names = database.list_collection_names()
    for name in names:
        if name not in COLLECTIONS:
            database[name].drop()
    fixed = [name for name in names if name in COLLECTIONS]
    for name in filled(database, fixed):
        database[name].delete_many({"$nor": [{"_id": "schema", "version": SCHEMA}]})


def filled(database: Database[Document], names: list[str]) -> list[str]:
    """Those of the collections that have a document, by one question."""
    if not names:
        return []
    more = [{"$unionWith": {"coll": name, "pipeline": _first(name)}} for name in names[1:]]
    return [one["name"] for one in database[names[0]].aggregate([*_first(names[0]), *more])]


def _first(name: str) -> list[Document]:
    return [{"$limit": 1}, {"$project": {"_id": 0, "name": {"$literal": name}}}]


@pytest.fixture(scope="session")
def _opened(mongo_uri: str, _server: MongoClient[Document]) -> Iterator[MongoClient[Document]]:
    """A client of the program's own for all stores: to connect took longer than most tests."""
    with connect(mongo_uri) as client:
        yield client


@pytest.fixture
def store(settings: Settings, _opened: MongoClient[Document]) -> Store:
    """An open store on an empty database."""
    opened = Store(_opened, _opened.get_database(DATABASE, codec_options=CODEC), settings)
    if {*COLLECTIONS} - {*opened.db.list_collection_names()}:
        ensure(opened)
    return opened
