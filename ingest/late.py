"""Calls that are late for a month whose records are dropped: rejects, kept as rows of the own CSV."""

import csv
import io
from collections.abc import Iterable

from store.record import CDR, Reject
from store.sentence import Sentence

KIND = "sealed"


def refused(calls: Iterable[CDR]) -> list[Reject]:
    """The rejects of calls that can be counted no more; they stand on no line, since rows become one call."""
    return [Reject(0, _reason(call), _row(call), KIND) for call in calls]


def _reason(call: CDR) -> str:
    return Sentence(
        "The call is late for {month} (UTC): the records of that month are dropped, and only its sums are "
        "kept, which take in nothing more.",
        month=f"{call.start:%Y-%m}",
    )


def _row(call: CDR) -> str:
    """The call as `cdr-stats sample` writes one (columns.OWN)."""
    line = io.StringIO()
    answer = call.answer.isoformat() if call.answer else ""
    csv.writer(line, lineterminator="").writerow(
        [call.switch, call.uuid, call.caller, call.caller_name, call.destination, call.start.isoformat(),
         answer, call.end.isoformat(), f"{call.mduration / 1000:g}", f"{call.billmsec / 1000:g}", call.cause,
         call.account, call.direction, call.read_codec, call.write_codec, call.media_ip]
    )  # fmt: skip
    return line.getvalue()
