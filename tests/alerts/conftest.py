"""What the tests of the alarms share."""

from collections.abc import Iterator

import pytest

from tests.store.year import Year, opened


@pytest.fixture(scope="session")
def year(mongo_uri: str) -> Iterator[Year]:
    """Two thousand calls on the days on which calendars and clocks turn; for reading only."""
    with opened(mongo_uri) as made:
        yield made
