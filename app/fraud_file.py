"""What the fraud rules found as a CSV file; for admins."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from alerts.fraud import RULES
from app.admin_file import AdminFile
from app.export import safe
from store import fraud_events
from store.database import Store
from store.fraud_events import Event
from store.lens import Lens, through

COLUMNS = (
    "first", "until", "rule", "account", "about", "value", "limit", "unit", "windows", "calls", "talk",
    "found",
)  # fmt: skip
"""Times with their offset from UTC in the zone of who asks, `talk` in seconds; `windows` are the quarters
of an hour, days or nights in which the rule was met.
"""
MOST = 100_000
"""Events that a file holds at most, the newest."""


class FraudFile(AdminFile):
    """GET /fraud.csv with the choices of the page: rule, days, account."""

    filename = "fraud.csv"

    def text(self, since: datetime | None) -> str:
        """The file."""
        rule, account = self.get_query_argument("rule", ""), self.get_query_argument("account", "")
        return written(self.store, since, rule, account, self.zone, self.viewer.lens)


def written(
    store: Store,
    since: datetime | None,
    rule: str,
    account: str,
    zone: str = "UTC",
    lens: Lens | None = None,
) -> str:
    """Events of windows from a moment (aware UTC) on, by a rule ('': all), of an account ('': all)."""
    accounts = (account,) if account else None
    text = io.StringIO()
    write = csv.writer(text)
    write.writerow(COLUMNS)
    found = through(lens, fraud_events.events(store, since, None, accounts, rule, zone, MOST))
    write.writerows(row(event, ZoneInfo(zone)) for event in found)
    return text.getvalue()


def row(event: Event, zone: ZoneInfo) -> Sequence[object]:
    """An event in the columns of COLUMNS; what comes from a record is no formula."""
    first, until, at = (
        moment.astimezone(zone).isoformat(timespec="seconds")
        for moment in (event.since, event.until, event.at)
    )
    names = (event.rule, safe(event.account), safe(event.subject))
    figures = (round(event.value, 1), event.limit, RULES[event.rule].unit, event.times, event.calls)
    return (first, until, *names, *figures, round(event.seconds, 3), at)
