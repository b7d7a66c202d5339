"""What a poller is given in the tests."""

from datetime import UTC, datetime
from typing import Any

from ingest.connector import Given
from ingest.live.pollers import POLLERS
from store.live import LiveCalls
from store.numbers import Numbering

NOW = datetime(2026, 11, 23, 9, 0, 0, tzinfo=UTC)
SECOND = int(NOW.timestamp())
"""NOW in seconds since 1970."""


def given(kind: str, **options: Any) -> Given:
    """A source of this kind on the switch `pbx`, which is in France."""
    defaults = {field.name: field.default for field in POLLERS[kind].fields}
    numbering = {"pbx": Numbering(local_country="FR")}
    return Given("live", "pbx", "UTC", {**defaults, "host": "127.0.0.1", **options}, numbering)


def asked(kind: str, now: datetime = NOW, **options: Any) -> LiveCalls:
    """What the switch says."""
    return POLLERS[kind].poll(given(kind, **options), now)
