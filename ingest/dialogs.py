"""The rows that Kamailio and OpenSIPS write of a call, joined: acc, missed_calls, acc_cdrs, siremis' cdrs.

A call of Kamailio is an INVITE row with its final answer, a BYE row when it was answered, and a row of
acc_cdrs when dialogs are accounted. OpenSIPS may write all of it in one row. missed_calls repeats failures of
acc. Pure.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ingest.sip import CHALLENGES, cause_of
from store.record import EPOCH, MILLISECOND

Rowed = Mapping[str, Any]
When = Callable[[Any], datetime | None]
"""The moment (aware UTC) of a value of a time column, None for one that is none."""

CALL_IDS = ("callid", "call_id", "sip_call_id")
CALLERS = ("caller", "src_user", "src_username", "from_user", "from_username")
DESTINATIONS = ("callee", "dst_ouser", "dst_ousername", "dst_user", "dst_username", "to_user")
ACCOUNTS = ("accountcode", "account", "acct")
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
    """The call of these rows, by the names of rows.FIELDS; None while it is in progress.

    Talk is from the answer (the INVITE row with 200) to the BYE. Its start is the end less the duration of
    the dialog, which knows milliseconds where its start knows seconds.
    """
    invites = [row for row in acc if str(row.get("method", "INVITE")) == "INVITE"]
    final = [row for row in invites if _code(row) not in CHALLENGES] or invites
    answer = next((row for row in final if 200 <= _code(row) < 300), None)
    bye = next((row for row in acc if row.get("method") == "BYE"), None)
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
    return int(text) if text.isdecimal() else 0


def _answered(answer: Rowed, bye: Rowed | None, dialog: Rowed | None, when: When) -> dict[str, str] | None:
    talk_from = _at(answer, when)
    length = _seconds(dialog, "duration") if dialog else _length(answer)
    began = _began(dialog or answer, when)
    if bye is not None:
        end = _at(bye, when)
    elif length is not None and (begin := began or talk_from) is not None:
        end = begin + length
    else:
        return None
    if end is None or talk_from is None:
        return {"start": ""}  # the builder says what is wrong
    start = end - length if dialog and length is not None else began or talk_from
    start = min(start, talk_from)
    return _times(start, talk_from, max(end, talk_from)) | {"cause": "NORMAL_CLEARING"}


def _failed(row: Rowed, dialog: Rowed | None, when: When) -> dict[str, str]:
    end = _at(row, when)
    if end is None:
        return {"start": ""}
    start = min(_began(dialog or row, when) or end, end)
    return _times(start, None, end) | {"cause": cause_of(_code(row)), "application": _reason(row)}


def _alone(dialog: Rowed | None, when: When) -> dict[str, str] | None:
    """A dialog of which nothing else is known: answered if it lasted, until acc tells more."""
    if dialog is None:
        return None
    start, length = _began(dialog, when), _seconds(dialog, "duration") or timedelta(0)
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
    seconds = row.get("time_sec")
    if seconds:
        return EPOCH + timedelta(seconds=int(seconds), microseconds=int(row.get("time_usec") or 0))
    return when(row.get("time"))


def _began(row: Rowed, when: When) -> datetime | None:
    """When the call began: the start of a dialog, or what OpenSIPS calls created."""
    for name in ("start_time", "call_start_time", "created"):
        if (found := when(row.get(name))) is not None:
            return found
    at, delay = _at(row, when), _seconds(row, "setuptime")
    return at - delay if at and delay else None


def _length(row: Rowed) -> timedelta | None:
    """OpenSIPS' length of a call that is accounted in one row."""
    milliseconds = row.get("ms_duration")
    if milliseconds:
        return int(milliseconds) * MILLISECOND
    return _seconds(row, "duration")


def _seconds(row: Rowed, name: str) -> timedelta | None:
    value = row.get(name)
    try:
        return None if value is None else timedelta(seconds=float(value))
    except (TypeError, ValueError, OverflowError):
        return None


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
