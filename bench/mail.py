"""How soon a call to a listed number, and an alarm that fires, are in a mailbox: by `cdr-stats worker` as an
operator runs it, and a real SMTP server.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from bench.ground import console, environment
from bench.latency import started, wait
from store import lease, lists
from store.batch import prepare
from store.database import open_store
from store.ledger import commit
from store.lists import Entry
from store.settings import Settings
from tests.alerts.test_courier import free_port
from tests.cast import call

TRIES = 3
ALLOWED = 60.0
"""Seconds from its import until a listed call is in the mailbox."""


class Mailbox:
    """What arrived, by the subjects of the letters, and when (monotonic)."""

    def __init__(self) -> None:
        self.arrived: list[float] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a letter."""
        self.arrived.append(time.monotonic())
        return "250 OK"


@contextmanager
def _served(mailbox: Mailbox) -> Iterator[int]:
    running = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    running.start()
    try:
        yield running.port
    finally:
        running.stop()


def _listed(data: Path, port: int, mailbox: Mailbox) -> float:
    """Seconds from the commit of a listed call until its digest is in the mailbox."""
    told = {
        "CDR_STATS_MAIL_HOST": "127.0.0.1",
        "CDR_STATS_MAIL_PORT": str(port),
        "CDR_STATS_MAIL_SECURITY": "none",
        "CDR_STATS_MAIL_SENDER": "cdr-stats@example.org",
        "CDR_STATS_MAIL_ADMINS": "ada@example.org",
    }
    with open_store(Settings(data=data)) as store:
        lists.add(store, Entry("", "", "black", "33899", "", "premium", "bench", datetime.now(UTC)))
        with environment(**told), started(data, "worker"):
            wait(lambda: lease.leader(store) is not None, 0.05)
            time.sleep(12)  # every job has had its first turn
            began = time.monotonic()
            start = datetime.now(UTC) - timedelta(minutes=2)
            commit(store, prepare([call("fraud", start, 60, 50, destination="+33899123456")]))
            wait(lambda: bool(mailbox.arrived), 0.05)
    return mailbox.arrived[0] - began


def show() -> None:
    """Some tries, each in a folder of its own."""
    spent = []
    for _ in range(TRIES):
        mailbox = Mailbox()
        with tempfile.TemporaryDirectory(prefix="cdr-bench-") as folder, _served(mailbox) as port:
            spent.append(_listed(Path(folder), port, mailbox))
    said = ", ".join(f"{one:.0f}" for one in spent)
    kept = "kept" if max(spent) <= ALLOWED else "not kept"
    console.print(f"A call to a listed number is in the mailbox {said} s after it was stored.")
    console.print(f"Promised are {ALLOWED:g} s: {kept}.\n")
