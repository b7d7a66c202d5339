"""Cisco CUCM's CDR files: which call a row is, whatever release wrote it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.cisco import ip_of
from store.errors import ImportProblem
from store.record import CDR
from tests.ingest.cisco_rows import ALICE, CMR, RELEASES, names, row, types
from tests.ingest.reading import Read, read, sample, text


def rows(path: Path, *lines: str, release: str = "12.5") -> Read:
    return text(path / "cdr.txt", "\n".join([names(release), types(release), *lines, ""]))


def only(path: Path, **changed: str) -> CDR:
    found = rows(path, row("12.5", True, **changed))
    assert found.rejects == []
    (call,) = found.rows
    return call


def test_a_call_with_all_that_is_told_of_it(tmp_path: Path) -> None:
    assert only(tmp_path) == CDR(
        switch="cucm",
        uuid="StandAloneCluster-2-28377",
        leg="dd934380-4391-409e-82bc-7d71ce4e8bd3",
        start=datetime(2026, 11, 3, 9, tzinfo=UTC),
        answer=datetime(2026, 11, 3, 9, 0, 7, tzinfo=UTC),
        end=datetime(2026, 11, 3, 9, 2, 7, tzinfo=UTC),
        mduration=127_000,
        billmsec=120_000,
        answered=True,
        caller="101",
        caller_name="alice",
        destination="0033142685300",
        number="33142685300",
        account="1000",
        direction="out",
        country="FR",
        cause="NORMAL_CLEARING",
        q850=16,
        kind="international",
        read_codec="PCMA",
        write_codec="G729",
        media_ip="10.100.18.9",
        channel="SEP001122334455",
        peer_channel="sip-trunk",
    )


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("quoted", [True, False])
def test_each_release_by_its_names(tmp_path: Path, release: str, quoted: bool) -> None:
    lines = [names(release, quoted), types(release, quoted), row(release, quoted), ""]
    found = text(tmp_path / "cdr.txt", "\r\n".join(lines))
    assert (
        found.recipe.words == f"Cisco CUCM CDR, {len(RELEASES[release])} columns by their names, times in UTC"
    )
    assert (found.rejects, found.skipped) == ([], 1)
    (call,) = found.rows
    assert (call.caller, call.billmsec, call.uuid.endswith("2-28377")) == ("101", 120_000, True)


@pytest.mark.parametrize(
    ("changed", "cause", "q850", "answered"),
    [
        # The side that cleared tells the cause, the other one 0.
        ({"origCause_value": "16", "destCause_value": "0"}, "NORMAL_CLEARING", 16, True),
        ({"origCause_value": "0", "destCause_value": "16"}, "NORMAL_CLEARING", 16, True),
        # The called side was busy; the number is not assigned.
        ({"destCause_value": "17", "dateTimeConnect": "0", "duration": "0"}, "USER_BUSY", 17, False),
        ({"destCause_value": "1", "dateTimeConnect": "0", "duration": "0"}, "UNALLOCATED_NUMBER", 1, False),
        # The caller hung up while it rang: 16 on the calling side, never connected.
        (
            {"origCause_value": "16", "destCause_value": "0", "dateTimeConnect": "0", "duration": "0"},
            "ORIGINATOR_CANCEL",
            0,
            False,
        ),
        # A part of a call that went on in another: both sides have Cisco's own cause.
        ({"origCause_value": "393216", "destCause_value": "393216"}, "CALL_SPLIT", 0, True),
        ({"destCause_value": "262144", "dateTimeConnect": "0", "duration": "0"}, "CONFERENCE_FULL", 0, False),
        # What SIP answered has the Q.850 code in its lowest byte: 404 and 486.
        (
            {"destCause_value": "83886081", "dateTimeConnect": "0", "duration": "0"},
            "UNALLOCATED_NUMBER",
            1,
            False,
        ),
        ({"destCause_value": "486539281", "dateTimeConnect": "0", "duration": "0"}, "USER_BUSY", 17, False),
        # Nobody tells a cause.
        (
            {"origCause_value": "0", "destCause_value": "0", "dateTimeConnect": "0", "duration": "0"},
            "UNSPECIFIED",
            0,
            False,
        ),
    ],
)
def test_the_cause_of_the_side_that_cleared(
    tmp_path: Path, changed: dict[str, str], cause: str, q850: int, answered: bool
) -> None:
    found = only(tmp_path, **changed)
    assert (found.cause, found.q850, found.answered) == (cause, q850, answered)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        # The lowest byte comes first, and the number may be negative.
        ("152200202", "10.100.18.9"),
        ("-1407449942", "170.4.28.172"),
        ("0", ""),
        ("", ""),
        # What is no number is no address.
        ("fd00::1", ""),
    ],
)
def test_an_address_is_a_signed_number_the_other_way_round(text: str, address: str) -> None:
    assert ip_of(text) == address


def test_records_of_one_call_are_its_legs(tmp_path: Path) -> None:
    """Alice transfers Bob's call to Charlie: two records, one global call id."""
    second = row(
        pkid="dd934380-4391-409e-82bc-7d71ce4e8bd4",
        dateTimeOrigination="1793696527",
        dateTimeConnect="1793696530",
        dateTimeDisconnect="1793696600",
        duration="70",
        finalCalledPartyNumber="103",
    )
    found = rows(tmp_path, row(origCause_value="393216", destCause_value="393216"), second)
    (call,) = found.calls
    assert [leg.destination for leg in call.legs] == ["0033142685300", "103"]
    assert (call.mduration, call.billmsec) == (200_000, 190_000)


@pytest.mark.parametrize(
    ("line", "skipped", "reason"),
    [
        # A record of quality among those of calls, as in files that were joined.
        ("2,1,28377,2,11335,36951877", 1, ""),
        # The names and types of the next file; the names are a header, not a row.
        (names(), 0, ""),
        (types(), 1, ""),
        # A telephone was picked up and put down: nobody was called.
        (
            row(originalCalledPartyNumber="", finalCalledPartyNumber="", dateTimeConnect="0", duration="0"),
            1,
            "",
        ),
        # A record that is cut off, one with a column too many, one of another kind.
        (row(quoted=False)[:200], 0, "columns"),
        (row() + ",x", 0, "columns"),
        (row(cdrRecordType="7"), 0, "type"),
        # Bad values.
        (row(dateTimeOrigination="yesterday"), 0, "time"),
        (row(duration="-5"), 0, "negative"),
    ],
)
def test_what_is_no_call_is_passed_over_or_rejected(
    tmp_path: Path, line: str, skipped: int, reason: str
) -> None:
    found = rows(tmp_path, row(), line)
    assert len(found.rows) == 1
    assert (found.skipped, [reject.kind for reject in found.rejects]) == (
        1 + skipped,
        [reason] if reason else [],
    )


def test_a_file_of_quality_records_says_where_the_calls_are(tmp_path: Path) -> None:
    path = tmp_path / "cmr_StandAloneCluster_02_202606302013_1"
    path.write_text(CMR, encoding="utf-8")
    with pytest.raises(ImportProblem, match="the calls are in the cdr_ file beside it"):
        read(path)


def test_the_sample() -> None:
    found = sample("cisco", "cdr_StandAloneCluster_02_202611030900_1")
    assert (len(found.rows), len(found.calls), found.skipped, found.rejects) == (5, 4, 2, [])
    assert [call.cause for call in found.calls] == [
        "NORMAL_CLEARING",
        "USER_BUSY",
        "CALL_SPLIT",
        "ORIGINATOR_CANCEL",
    ]
    assert ALICE["pkid"] in {row.leg for row in found.rows}
