"""The rows that Kamailio and OpenSIPS write of a call, joined: acc, missed_calls, acc_cdrs, siremis' cdrs.

A call of Kamailio is an INVITE row with its final answer, a BYE row when it was answered, and a row of
acc_cdrs when dialogs are accounted. OpenSIPS may write all of it in one row. missed_calls repeats failures of
acc. Pure.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from ingest.refused import Bad
from ingest.sip import CHALLENGES, cause_of
from store.record import EPOCH, MILLISECOND
from store.sentence import Sentence

Rowed = Mapping[str, Any]


class When(Protocol):
    """Reads a value of a time column: its moment (aware UTC), None for one that is none; of two moments that
    local time may be, that which is nearer to the hint.
    """

    def __call__(self, value: Any, hint: datetime | None = None) -> datetime | None: ...


CALL_IDS = ("callid", "call_id", "sip_call_id")
CALLERS = ("caller", "src_user", "src_username", "from_user", "from_username")
DESTINATIONS = ("callee", "dst_ouser", "dst_ousername", "dst_user", "dst_username", "to_user")
ACCOUNTS = ("accountcode", "account", "acct")
EPOCHS, MICROS = ("time_sec", "time_attr", "time_hires"), ("time_usec", "time_exten")
"""How the columns are called that acc's time_mode 1 and 2 write."""
ADDRESSES = ("src_ip", "source_ip")
GATEWAYS = ("gateway", "dst_domain")
JULIAN_OF_1970 = 2_440_587.5
LAST_JULIAN = 10_000_000.0


def call_id(row: Rowed) -> str:
    """What names the call of a row, '' for nothing."""
    return next((str(row[name]) for name in CALL_IDS if row.get(name)), "")


def julian(days: float) -> datetime:
    """The moment of a Julian day, as Kamailio writes it into SQLite; it knows whole seconds."""
    return EPOCH + timedelta(seconds=int((days - JULIAN_OF_1970) * 86_400 + 0.5 + 1e-4))


def joined(
    callid: str, acc: Sequence[Rowed], missed: Sequence[Rowed], dialogs: Sequence[Rowed], when: When
) -> dict[str, str] | None:
    """The call of these rows, by the names of rows.FIELDS; None while it is in progress. Raises Bad.

    Talk is from the answer (the INVITE row with 200) to the BYE. Its start is the end less the duration of
    the dialog, which knows milliseconds where its start knows seconds.
    """
    try:
        return _joined(callid, acc, missed, dialogs, when)
    except OverflowError:
        raise Bad(
            "range", Sentence("A time or a length in the rows of the call is out of this world.")
        ) from None


def _joined(
    callid: str, acc: Sequence[Rowed], missed: Sequence[Rowed], dialogs: Sequence[Rowed], when: When
) -> dict[str, str] | None:
    invites = [row for row in acc if str(row.get("method", "INVITE")) == "INVITE"]
    final = [row for row in invites if _code(row) not in CHALLENGES] or invites
    answer = next((row for row in final if 200 <= _code(row) < 300), None)
    bye = next((row for row in acc if row.get("method") == "BYE" and _is_end_of(row, answer)), None)
    dialog = dialogs[-1] if dialogs else None
    failure = next(iter(reversed(final or missed)), None)
    if answer is not None:
        found = _answered(answer, bye, dialog, when)
    elif failure is not None:
        found = _failed(failure, dialog, when)
    else:
        found = _alone(dialog, when)
    if found is None:
        return None
    return {"uuid": callid, **_parties([dialog, answer, failure, bye]), **found}


def _code(row: Rowed) -> int:
    text = str(row.get("sip_code") or "")
    return int(text) if text.isdecimal() and len(text) == 3 else 0


def _tags(row: Rowed) -> set[str]:
    return {str(row[name]) for name in ("from_tag", "to_tag") if row.get(name)}


def _is_end_of(bye: Rowed, answer: Rowed | None) -> bool:
    """Whether a BYE ends what was answered: the tags are the same, in either order, where there are two."""
    ours, theirs = _tags(bye), _tags(answer or {})
    return ours == theirs or min(len(ours), len(theirs)) < 2


def _answered(answer: Rowed, bye: Rowed | None, dialog: Rowed | None, when: When) -> dict[str, str] | None:
    talk_from = _at(answer, when)
    if talk_from is None:
        return {"start": ""}  # the builder says what is wrong
    began, length = _began(dialog or answer, talk_from, when), _seconds(dialog or {}, "duration")
    if bye is not None:
        end = _at(bye, when) or talk_from
    elif dialog is not None and length is not None:
        end = (began or talk_from) + length
    elif (talk := _talk(answer)) is not None:
        end = talk_from + talk
    else:
        return None
    start = end - length if length is not None else began or talk_from
    return _times(min(start, talk_from), talk_from, max(end, talk_from)) | {"cause": "NORMAL_CLEARING"}


def _failed(row: Rowed, dialog: Rowed | None, when: When) -> dict[str, str]:
    end = _at(row, when)
    if end is None:
        return {"start": ""}
    start = min(_began(dialog or row, end, when) or end, end)
    return _times(start, None, end) | {"cause": cause_of(_code(row)), "application": _reason(row)}


def _alone(dialog: Rowed | None, when: When) -> dict[str, str] | None:
    """A dialog of which nothing else is known: answered if it lasted, until acc tells more."""
    if dialog is None:
        return None
    start, length = _began(dialog, None, when), _seconds(dialog, "duration") or timedelta(0)
    if start is None:
        return {"start": ""}
    return _times(start, start if length else None, start + length)


def _times(start: datetime, answer: datetime | None, end: datetime) -> dict[str, str]:
    talk = end - answer if answer else timedelta(0)
    return {
        "start": _epoch(start),
        "answer": _epoch(answer) if answer else "",
        "end": _epoch(end),
        "duration": _rounded(end - start),
        "billsec": _rounded(talk),
    }


def _rounded(length: timedelta) -> str:
    """Seconds to the millisecond, rounded once, from the microseconds."""
    return f"{round(length / MILLISECOND) / 1000:.3f}"


def _epoch(moment: datetime) -> str:
    return f"{(moment - EPOCH) // MILLISECOND / 1000:.3f}"


def _at(row: Rowed, when: When) -> datetime | None:
    """When a row was written: its epoch where it has one, which no zone can spoil."""
    seconds = next((found for name in EPOCHS if (found := _number(row.get(name)))), None)
    if seconds:
        micros = next((found for name in MICROS if (found := _number(row.get(name)))), 0.0)
        return EPOCH + timedelta(seconds=seconds, microseconds=micros)
    return when(row.get("time"))


def _began(row: Rowed, by: datetime | None, when: When) -> datetime | None:
    """When the call began, which was answered or ended `by` then: the start of a dialog, or what OpenSIPS
    calls created.
    """
    for name in ("start_time", "call_start_time", "created"):
        if (found := when(row.get(name), by)) is not None:
            return found
    delay = _seconds(row, "setuptime")
    return by - delay if by and delay else None


def _talk(row: Rowed) -> timedelta | None:
    """OpenSIPS' length of a call that is accounted in one row, which counts from its `time`, the answer; None
    of a row that accounts for its INVITE alone, where the columns are there too.
    """
    exact, whole = _number(row.get("ms_duration")), _seconds(row, "duration")
    if exact:
        return timedelta(milliseconds=exact)
    return whole if whole or row.get("created") else None


def _seconds(row: Rowed, name: str) -> timedelta | None:
    value = _number(row.get(name))
    return None if value is None else timedelta(seconds=value)


def _number(value: Any) -> float | None:
    """A number that is one, None for anything else."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _reason(row: Rowed) -> str:
    return f"{_code(row)} {row.get('sip_reason') or ''}".strip() if _code(row) else ""


def _parties(rows: Sequence[Rowed | None]) -> dict[str, str]:
    """Who called whom, of the first row that tells."""
    fields = {
        "caller": CALLERS,
        "destination": DESTINATIONS,
        "account": ACCOUNTS,
        "media_ip": ADDRESSES,
        "channel": GATEWAYS,
    }
    return {field: _first(rows, names) for field, names in fields.items()}


def _first(rows: Sequence[Rowed | None], names: Sequence[str]) -> str:
    found = (str(row[name]) for row in rows if row for name in names if row.get(name) not in (None, ""))
    return next(found, "")
