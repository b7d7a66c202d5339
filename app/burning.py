"""What burns now, for the bell of every page, and the reports of alarms as a CSV file; for those
who look after alarms.
"""

import asyncio
import csv
import io
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pymongo.errors import PyMongoError

from app import figures
from app.admin_file import AdminFile
from app.export import safe
from app.gate import Gated
from app.tongue import speaking
from app.views.alarms import happened
from store import alarm_reports
from store.alarm_reports import Report
from store.database import Store
from store.errors import CdrStatsError

COLUMNS = (
    "at", "alarm", "was", "state", "metric", "condition", "value", "reference", "threshold", "calls", "since",
    "until", "told",
)  # fmt: skip
SECONDS = 2.0
MOST = 100_000
"""Reports that a file holds at most, the newest."""
PAGE = 1_000


class Burning(Gated):
    """GET /burning.json: the last report of each alarm that burns; 204 when the database does not say."""

    async def get(self) -> None:
        """Answer for the bell."""
        self.set_header("Cache-Control", "no-store")
        try:
            found: list[Report] = []
            if self.viewer.may("alarms"):
                work = asyncio.to_thread(alarm_reports.burning, self.store)
                found = await asyncio.wait_for(work, SECONDS)
        except (PyMongoError, CdrStatsError, TimeoutError):
            self.set_status(204)
            return
        with speaking(self.gate.tongue(self.request)):
            self.write({"burning": [_told(report) for report in found]})


def _told(report: Report) -> dict[str, str]:
    span = figures.window(report.since, report.until, report.zone)
    words = f"{happened(report)}; {span}"
    return {"id": report.id, "name": report.name, "state": report.state, "words": words}


class ReportFile(AdminFile):
    """GET /alarm-reports.csv with the choices of the page: alarm, state, days."""

    filename = "alarm-reports.csv"

    def text(self, since: datetime | None) -> str:
        """The file."""
        alarm, state = self.get_query_argument("alarm", ""), self.get_query_argument("state", "")
        return _file(self.store, since, state, alarm, ZoneInfo(self.zone))


def _file(store: Store, since: datetime | None, state: str, alarm: str, zone: ZoneInfo) -> str:
    text = io.StringIO()
    write = csv.writer(text)
    write.writerow(COLUMNS)
    after, left = "", MOST
    while left > 0 and (
        found := alarm_reports.page(store, since, None, state or None, alarm or None, after or None, PAGE)
    ):
        write.writerows(_row(report, zone) for report in found)
        after, left = found[-1].id, left - len(found)
    return text.getvalue()


def _row(report: Report, zone: ZoneInfo) -> Sequence[object]:
    moments = [
        moment.astimezone(zone).isoformat(timespec="seconds") if moment else ""
        for moment in (report.at, report.since, report.until, report.told)
    ]
    figures = (report.value, report.reference, report.threshold, report.n)
    names = (safe(report.name), report.was, report.state, report.metric, report.condition)
    return (moments[0], *names, *figures, *moments[1:])
