"""All calls of a filter as a CSV file, streamed: any number of them in the same small memory."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from pymongo.errors import PyMongoError
from tornado.iostream import StreamClosedError

from app.address import read
from app.filter import NUMBERS, CallFilter
from app.gate import Gated
from app.periods import anchor
from store import calls, catalog
from store.errors import CdrStatsError
from store.lens import LensError
from store.record import CDR
from store.scope import Scope

ROWS_A_FLUSH = 2_000
FORMULA = re.compile(r"\s*[=+\-@]|[\t\r\n]")


WITHIN = re.compile(r"(;\s*|(?<!^)\t\s*)(?=[=+\-@])")
"""Where a cell would begin to a spreadsheet that parts them by semicolons, as in French, or by tabs."""


def safe(text: str) -> str:
    """The text, with an apostrophe wherever a spreadsheet would take what follows for a formula."""
    told = WITHIN.sub(r"\1'", text)
    return f"'{told}" if FORMULA.match(told) else told


def _clock(moment: datetime | None, zone: ZoneInfo) -> str:
    return "" if moment is None else moment.astimezone(zone).isoformat(timespec="milliseconds")


HEADER = (
    "switch", "uuid", "caller_id_number", "caller_id_name", "destination_number", "start", "answer", "end",
    "duration", "billsec", "hangup_cause", "accountcode", "direction", "read_codec", "write_codec",
    "remote_media_ip", "country", "q850", "legs",
)  # fmt: skip
"""The columns of the project's own CSV, which `cdr-stats import` takes back, and three more."""


def row(call: CDR, zone: ZoneInfo) -> list[str]:
    """A call in the columns of HEADER: times in `zone` with offset, durations in seconds."""
    texts = (call.switch, call.uuid, call.caller, call.caller_name, call.destination)
    times = (_clock(call.start, zone), _clock(call.answer, zone), _clock(call.end, zone))
    lengths = (f"{call.mduration / 1000:.3f}", f"{call.billmsec / 1000:.3f}")
    more = (
        call.cause,
        call.account,
        call.direction,
        call.read_codec,
        call.write_codec,
        call.media_ip,
        call.country,
    )
    return [*map(safe, texts), *times, *lengths, *map(safe, more), str(call.q850), str(len(call.legs) or 1)]


def chunks(found: Iterator[CDR], zone: ZoneInfo, size: int = ROWS_A_FLUSH) -> Iterator[bytes]:
    """The file in pieces of `size` rows, UTF-8; the header alone when there are no calls."""
    rows = (row(call, zone) for call in found)
    head: list[list[str]] = [list(HEADER)]
    while True:
        part = list(islice(rows, size))
        if not part and not head:
            return
        text = io.StringIO()
        csv.writer(text).writerows(head + part)
        head = []
        yield text.getvalue().encode("utf-8", "replace")


def file_name(scope: Scope) -> str:
    """The name of the file, with its first and last day in the viewer's zone."""
    zone = ZoneInfo(scope.zone)
    first, last = scope.since.astimezone(zone), (scope.until - timedelta(milliseconds=1)).astimezone(zone)
    return f"cdr-stats_{first:%Y-%m-%d}_{last:%Y-%m-%d}.csv"


class Export(Gated):
    """GET /export.csv with the query of Explore; narrowed to what the viewer may see."""

    async def get(self) -> None:
        """Send the file, or one sentence that says why not."""
        f = CallFilter(self.zone, self.viewer.lens)
        values, ignored = read(self.request.query_arguments, f)
        if f.lens and not NUMBERS.isdisjoint(ignored):
            return self.refuse(400, f.lens.rule)
        if ignored:
            return self.refuse(400, f"Not understood in the address: {', '.join(ignored)}.")
        f.param.update(**values)
        try:
            own = self.viewer.accounts, self.viewer.switches
            span = await self.apart(catalog.span, self.store, *own)
            scope = self.viewer.narrow(f.scope(anchor(datetime.now(UTC), span and span[1])))
            found = map(self.viewer.veil, calls.stream(self.store, scope, f.sort, f.descending))
            pieces = chunks(found, f.zone)
            first = await self.apart(next, pieces)
        except LensError as error:
            return self.refuse(400, str(error))
        except CdrStatsError as error:
            return self.refuse(503, str(error))
        except PyMongoError:
            return self.refuse(503, "The database does not answer; try again in a moment.")
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", f'attachment; filename="{file_name(scope)}"')
        return await self._send(first, pieces)

    async def _send(self, piece: bytes | None, pieces: Iterator[bytes]) -> None:
        """Piece by piece; the next is read when the browser has taken the last. Ends when the browser goes
        away, and with the session.
        """
        try:
            while piece is not None and await self.still():
                self.write(piece)
                await self.flush()
                piece = await self.apart(next, pieces, None)
        except StreamClosedError:
            return
