"""A CSV file of what happened in the last days, for those who look after alarms."""

from datetime import UTC, datetime, timedelta

from pymongo.errors import PyMongoError

from app.gate import Gated
from store.errors import CdrStatsError


class AdminFile(Gated):
    """GET a file with the choices of its page, among them the days (0 or none: all)."""

    filename = ""

    def text(self, since: datetime | None) -> str:
        """The whole file, from a moment (aware UTC) on; called in a thread."""
        raise NotImplementedError

    async def get(self) -> None:
        """Send the file, or one sentence that says why not."""
        if not self.viewer.may("alarms"):
            return self.refuse(403, "This file is not for you.")
        days = self.get_query_argument("days", "0")
        if not (days.isascii() and days.isdecimal() and len(days) <= 5):
            return self.refuse(400, "The days are a whole number.")
        since = datetime.now(UTC) - timedelta(days=int(days)) if int(days) else None
        try:
            text = await self.apart(self.text, since)
        except (CdrStatsError, PyMongoError):
            return self.refuse(503, "The database does not answer; try again in a moment.")
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="{self.filename}"')
        self.finish(text)
        return None
