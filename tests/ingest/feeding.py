"""What tests of sources in databases share: a source, a look at it, what came of it."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from ingest import sql
from ingest.feed import Fed, Feed
from ingest.sources import configure
from store import calls
from store.database import Store
from store.record import CDR
from store.scope import Scope
from tests import databases

ROWS = Path(__file__).parent / "real_sip" / "rows"
EVER = Scope(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
KAMAILIO = ("acc", "missed_calls", "acc_cdrs")


def now() -> datetime:
    return datetime.now(UTC)


def writer(address: str) -> sa.Engine:
    """An engine that may write, as the switch does."""
    url = sa.make_url(address)
    password = databases.PASSWORD if url.drivername == "mysql" else None
    driver = sql.DRIVERS.get(url.drivername, "sqlite")
    return sa.create_engine(url.set(drivername=driver, password=password), poolclass=sa.NullPool)


def options(address: str, **more: str) -> dict[str, str]:
    return {"address": address, **({"password": databases.PASSWORD} if "mysql" in address else {}), **more}


def feed(store: Store, kind: str, address: str, zone: str = "UTC", **more: str) -> Feed:
    configure(store, "proxy", kind, "proxy", zone, options(address, **more), "command", now())
    return Feed(store, "proxy")


def looked(found: Feed) -> Fed:
    with closing(found):
        return found.look(now)


def stored(store: Store) -> list[CDR]:
    return list(calls.stream(store, EVER))
