"""What one row says of its call: which of its words count, and how far they may disagree."""

import pytest

from ingest.recipe import Options
from tests.ingest.asterisk_rows import master
from tests.ingest.test_formats import only

SILENT = {"answer": "", "billsec": "0"}
HEADER = "switch,uuid,src,dst,accountcode,start"


def test_an_end_within_rounding_of_the_start_is_the_start() -> None:
    found = only(master(18, end="2026-11-03 08:59:59", duration="0", disposition="FAILED", **SILENT))
    assert found.end == found.start


@pytest.mark.parametrize(
    ("changed", "answered", "cause", "billmsec"),
    [
        # As it should be.
        ({}, True, "NORMAL_CLEARING", 120_000),
        (SILENT | {"disposition": "BUSY"}, False, "USER_BUSY", 0),
        # The caller talked to an announcement, then the telephone behind it was busy: somebody answered.
        ({"disposition": "BUSY"}, True, "USER_BUSY", 120_000),
        # Talk is talk, also when the answer time is missing ...
        ({"answer": "", "disposition": "NO ANSWER"}, True, "NO_ANSWER", 120_000),
        # ... and an answer is one, also when there was nothing to say.
        ({"billsec": "0", "disposition": "FAILED"}, True, "NORMAL_TEMPORARY_FAILURE", 0),
        (SILENT, True, "NORMAL_CLEARING", 0),
        # Seconds are cut: talk may be one more than the whole.
        ({"billsec": "128"}, True, "NORMAL_CLEARING", 128_000),
    ],
)
def test_a_call_is_answered_when_it_was_answered_or_somebody_talked(
    changed: dict[str, str], answered: bool, cause: str, billmsec: int
) -> None:
    found = only(master(18, **changed))
    assert (found.answered, found.cause, found.billmsec) == (answered, cause, billmsec)


@pytest.mark.parametrize(
    "row",
    [
        # As it should be.
        "pbx,u1,101,0033142685300,1000,2026-11-03 09:00:00",
        # Columns of a fixed width, a tab, blanks within quotes.
        "pbx ,u1 ,101 ,0033142685300 ,1000 ,2026-11-03 09:00:00",
        '" pbx"," u1"," 101","\t0033142685300"," 1000 ",2026-11-03 09:00:00',
    ],
)
@pytest.mark.parametrize("switch", ["", "pbx", " pbx "])
def test_blanks_around_a_name_are_none_of_it(row: str, switch: str) -> None:
    found = only(f"{HEADER}\n{row}", Options(switch=switch))
    names = (found.switch, found.uuid, found.caller, found.destination, found.number, found.account)
    assert names == ("pbx", "u1", "101", "0033142685300", "33142685300", "1000")
