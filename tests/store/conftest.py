"""What the tests of the store share."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.year import Year, opened


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder with a short path."""
    with tempfile.TemporaryDirectory(prefix="cdr-") as folder:
        yield Path(folder).resolve() / "data"


@pytest.fixture(scope="session")
def year(mongo_uri: str) -> Iterator[Year]:
    """Two thousand calls on the days on which calendars and clocks turn; for reading only."""
    with opened(mongo_uri) as made:
        yield made
