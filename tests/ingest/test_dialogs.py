"""Rows of a proxy's accounting become the call that they account for, whoever wrote them and whatever is in
them.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.connector import Given, texts
from ingest.dialogs import joined
from ingest.kamailio import when_of
from ingest.refused import Bad
from store.record import CDR

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
Rows = list[dict[str, Any]]


def call_of(acc: Rows, missed: Rows = [], dialogs: Rows = [], zone: str = "UTC") -> CDR | None:  # noqa: B006
    told = joined("c1", acc, missed, dialogs, when_of(zone))
    return None if told is None else Given("s", "s", zone, {}, {}).builder(NOW).call(texts(told), "c1")


def row(method: str, code: int, second: float, tags: str = "ab", **more: Any) -> dict[str, Any]:
    """A row of acc, so many seconds after nine o'clock."""
    at = 1_793_696_400 + int(second)
    told = {"method": method, "sip_code": str(code), "callid": "c1", "from_tag": tags[:1], "to_tag": tags[1:]}
    micros = round(second % 1 * 1_000_000)
    return told | {"time_sec": at, "time_usec": micros, "src_user": "101", "dst_ouser": "102", **more}


def dialog(second: int, duration: float, **more: Any) -> dict[str, Any]:
    """A row of acc_cdrs, so many seconds after nine o'clock."""
    start = datetime(2026, 11, 3, 9, 0, second)
    return {"start_time": start, "end_time": start, "duration": duration, "call_id": "c1", **more}


def opensips(code: int, **more: Any) -> dict[str, Any]:
    """A row of OpenSIPS, which has its columns for durations in any case."""
    plain = {"method": "INVITE", "sip_code": code, "callid": "c1", "time": datetime(2026, 11, 3, 9, 0, 5)}
    return plain | {"duration": 0, "ms_duration": 0, "setuptime": 0, "created": None, **more}


INVITE, BYE = row("INVITE", 200, 5.25), row("BYE", 200, 65.5, "ba")
CREATED = {"created": datetime(2026, 11, 3, 9)}
NOON = datetime(2026, 10, 25, 2, 30)

CALLS: list[tuple[Mapping[str, Any], Mapping[str, Any] | None]] = [
    # an answer and its end, whoever hung up; without a dialog nobody knows how long it rang
    ({"acc": [INVITE, BYE]}, {"billmsec": 60_250, "mduration": 60_250, "cause": "NORMAL_CLEARING"}),
    # the dialog knows
    ({"acc": [INVITE, BYE], "dialogs": [dialog(2, 63.75)]}, {"billmsec": 60_250, "mduration": 63_750}),
    # still talking
    ({"acc": [INVITE]}, None),
    # the BYE was lost, the dialog was not
    ({"acc": [INVITE], "dialogs": [dialog(2, 63.75)]}, {"billmsec": 60_500}),
    # a BYE of another dialog of the same Call-ID ends nothing
    ({"acc": [INVITE, row("BYE", 200, 9, "xy")]}, None),
    # a table without tags
    ({"acc": [row("INVITE", 200, 5, ""), row("BYE", 200, 65, "")]}, {"billmsec": 60_000}),
    # asked for credentials first, which is no end
    ({"acc": [row("INVITE", 407, 1), INVITE, BYE]}, {"billmsec": 60_250, "cause": "NORMAL_CLEARING"}),
    # refused for good
    ({"acc": [row("INVITE", 401, 1), row("INVITE", 403, 2)]}, {"cause": "CALL_REJECTED", "billmsec": 0}),
    # a re-INVITE that fails within the call does not undo its answer
    ({"acc": [INVITE, row("INVITE", 491, 30), BYE]}, {"billmsec": 60_250, "answered": True}),
    # failed; its dialog knows when it began
    (
        {"acc": [row("INVITE", 486, 9)], "dialogs": [dialog(2, 0.0)]},
        {"cause": "USER_BUSY", "q850": 17, "mduration": 7_000, "answered": False},
    ),
    # given up by the caller
    ({"acc": [row("CANCEL", 200, 8), row("INVITE", 487, 9)]}, {"cause": "ORIGINATOR_CANCEL", "q850": 0}),
    # failures that are in missed_calls alone
    ({"acc": [], "missed": [row("INVITE", 404, 3)]}, {"cause": "UNALLOCATED_NUMBER", "q850": 1}),
    # and in both
    ({"acc": [row("INVITE", 404, 3)], "missed": [row("INVITE", 480, 2)]}, {"cause": "UNALLOCATED_NUMBER"}),
    # what is no call
    ({"acc": [row("MESSAGE", 200, 3)]}, None),
    # a dialog alone: siremis' cdrs, whose duration is talk
    (
        {"acc": [], "dialogs": [{"call_start_time": datetime(2026, 11, 3, 9), "duration": 60, "cost": 1}]},
        {"billmsec": 60_000, "answered": True},
    ),
    # OpenSIPS accounts for a call in one row at its end; `time` is the answer, from which it counts
    (
        {"acc": [opensips(200, duration=19, ms_duration=19_102, setuptime=5, **CREATED)]},
        {"billmsec": 19_102, "mduration": 24_102, "start": datetime(2026, 11, 3, 9, tzinfo=UTC)},
    ),
    # or without milliseconds, and without the moment that it was created
    ({"acc": [opensips(200, duration=19, setuptime=5)]}, {"billmsec": 19_000, "mduration": 24_000}),
    # or for the INVITE and the BYE, a row each
    ({"acc": [opensips(200)]}, None),
    (
        {"acc": [opensips(200), opensips(200, method="BYE", time=datetime(2026, 11, 3, 9, 1, 5))]},
        {"billmsec": 60_000, "mduration": 60_000},
    ),
    # a failure of OpenSIPS
    (
        {"acc": [opensips(480, setuptime=3)]},
        {"cause": "NO_USER_RESPONSE", "mduration": 3_000, "answered": False},
    ),
    # local time of the hour that comes twice: the start is near the end, which is an epoch
    (
        {
            "acc": [row("INVITE", 486, 0) | {"time_sec": 1_792_891_805}],
            "dialogs": [dialog(0, 0) | {"start_time": NOON}],
            "zone": "Europe/Madrid",
        },
        {"mduration": 5_000, "start": datetime(2026, 10, 25, 1, 30, tzinfo=UTC)},
    ),
]


@pytest.mark.parametrize(("rows", "expected"), CALLS)
def test_rows_become_a_call(rows: Any, expected: Mapping[str, Any] | None) -> None:
    call = call_of(**rows)
    if expected is None:
        assert call is None
        return
    assert call is not None
    assert {name: getattr(call, name) for name in expected} == expected


REFUSED: list[tuple[Mapping[str, Any], str]] = [
    # no moment at all
    ({"acc": [row("INVITE", 486, 0) | {"time_sec": None}]}, "no start time"),
    # a moment that no calendar has
    ({"acc": [row("INVITE", 486, 0) | {"time_sec": 1e300}]}, "out of this world"),
    # a length that no call has
    ({"acc": [], "dialogs": [dialog(0, 1e17)]}, "out of this world"),
    ({"acc": [], "dialogs": [dialog(0, 1e8)]}, "more than 31 days"),
]


@pytest.mark.parametrize(("rows", "sentence"), REFUSED)
def test_what_cannot_be_is_refused(rows: Any, sentence: str) -> None:
    with pytest.raises(Bad, match=sentence):
        call_of(**rows)


scalars = (
    st.none()
    | st.text(max_size=8)
    | st.sampled_from(
        ["200", "487", "INVITE", "BYE", "2026-11-03 09:00:00", "0000-00-00 00:00:00", "9" * 5_000]
    )
    | st.integers()
    | st.floats()
    | st.datetimes()
    | st.binary(max_size=4)
    | st.booleans()
)
NAMES = (
    "method", "sip_code", "sip_reason", "time", "time_sec", "time_usec", "from_tag", "to_tag", "start_time",
    "duration", "ms_duration", "setuptime", "created", "callee", "caller", "accountcode", "src_ip",
)  # fmt: skip
hostile = st.lists(
    st.dictionaries(st.sampled_from(NAMES), scalars | st.lists(scalars, max_size=2)), max_size=4
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(hostile, hostile, hostile, st.sampled_from(["UTC", "Europe/Madrid"]))
def test_whatever_is_in_the_rows_only_calls_and_refusals_come_out(
    acc: Rows, missed: Rows, dialogs: Rows, zone: str
) -> None:
    try:
        call = call_of(acc, missed, dialogs, zone)
    except Bad as bad:
        assert str(bad).endswith((".", ")"))
        return
    assert call is None or call.start <= call.end
