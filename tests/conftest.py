"""What all tests share: one real MongoDB for the whole run, and a fresh database in it for each test."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from store import mongod
from store.database import Store, open_store
from store.settings import Settings


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


@pytest.fixture
def settings(mongo_uri: str, tmp_path: Path) -> Settings:
    """Settings of a database of its own on the shared server."""
    return Settings(data=tmp_path, mongo_uri=SecretStr(mongo_uri), database=f"test_{uuid.uuid4().hex[:12]}")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """An open store on a fresh database, dropped afterwards."""
    with open_store(settings) as opened:
        yield opened
        opened.client.drop_database(opened.db)
