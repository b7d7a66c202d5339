"""Hangup causes: the shipped table, Q.850, Asterisk's dispositions, and names made of hostile text."""

import re

import pytest

from store import causes


def test_every_shipped_cause_has_a_safe_name_a_class_and_one_sentence() -> None:
    for name, cause in causes.table().items():
        assert re.fullmatch(r"[A-Z][A-Z0-9_]{2,47}", name)
        assert causes.clean(name) == name
        assert cause.kind in causes.CLASSES
        assert 0 <= cause.q850 <= 127
        assert re.fullmatch(r"[A-Z].*[a-z0-9)]\.", cause.description) and ". " not in cause.description


def test_no_two_causes_have_the_same_code_of_q850() -> None:
    told = [cause.q850 for cause in causes.table().values() if cause.q850]
    assert len(told) == len(set(told)) == len(causes.codes()) - 1


EFFECTIVE = [
    # E.425 counts a busy telephone, silence, ringing without answer and a refusal as the network's success
    ("USER_BUSY", True),
    ("NO_USER_RESPONSE", True),
    ("NO_ANSWER", True),
    ("CALL_REJECTED", True),
    # the caller gave up while it rang: the network had done its part
    ("ORIGINATOR_CANCEL", True),
    # answered calls count by their answer, never by cause 16
    ("NORMAL_CLEARING", False),
    # the network, not the called party, failed
    ("NORMAL_TEMPORARY_FAILURE", False),
    ("NORMAL_CIRCUIT_CONGESTION", False),
    ("SUBSCRIBER_ABSENT", False),
    ("UNALLOCATED_NUMBER", False),
    ("SOMETHING_NEW", False),
]


@pytest.mark.parametrize(("name", "effective"), EFFECTIVE)
def test_what_counts_for_the_network_effectiveness_ratio(name: str, effective: bool) -> None:
    assert causes.cause(name).effective is effective
    assert (name in causes.EFFECTIVE) is effective


CODES = [
    # the everyday ones
    (16, "NORMAL_CLEARING"),
    (17, "USER_BUSY"),
    (21, "CALL_REJECTED"),
    (127, "INTERWORKING"),
    # zero means that nothing was told
    (0, "UNSPECIFIED"),
    # a code that Q.850 does not have keeps its number and is not taken for another cause
    (200, "CAUSE_200"),
    (-3, "CAUSE_3"),
]


@pytest.mark.parametrize(("code", "name"), CODES)
def test_a_code_of_q850_has_a_name(code: int, name: str) -> None:
    assert causes.from_q850(code).name == name


DISPOSITIONS: list[tuple[str | int, str, bool]] = [
    # what Asterisk writes as text
    ("ANSWERED", "NORMAL_CLEARING", True),
    ("BUSY", "USER_BUSY", False),
    ("NO ANSWER", "NO_ANSWER", False),
    ("FAILED", "NORMAL_TEMPORARY_FAILURE", False),
    ("CONGESTION", "NORMAL_CIRCUIT_CONGESTION", False),
    # a caller's cancel is not the callee's refusal (21)
    ("CANCEL", "ORIGINATOR_CANCEL", False),
    # what cdr_odbc writes without dispositionstring, as a number and as its text
    (8, "NORMAL_CLEARING", True),
    ("8", "NORMAL_CLEARING", True),
    (0, "NO_ANSWER", False),
    (1, "NO_ANSWER", False),
    (2, "NORMAL_TEMPORARY_FAILURE", False),
    (4, "USER_BUSY", False),
    (16, "NORMAL_CIRCUIT_CONGESTION", False),
    (32, "ORIGINATOR_CANCEL", False),
    # small letters and blanks do not matter
    (" answered ", "NORMAL_CLEARING", True),
    # an unknown word claims nothing
    ("", "UNSPECIFIED", False),
    ("=cmd|' /C calc'!A0", "UNSPECIFIED", False),
]


@pytest.mark.parametrize(("disposition", "name", "answered"), DISPOSITIONS)
def test_a_disposition_of_asterisk_becomes_a_derived_cause(
    disposition: str | int, name: str, answered: bool
) -> None:
    assert causes.from_asterisk(disposition) == (name, True, answered)
    assert name in causes.table()


TEXTS = [
    # a known name stays
    ("NORMAL_CLEARING", "NORMAL_CLEARING"),
    # human words become the name
    ("Normal clearing", "NORMAL_CLEARING"),
    ("no-answer", "NO_ANSWER"),
    # a number is a code of Q.850
    ("16", "NORMAL_CLEARING"),
    (" 17 ", "USER_BUSY"),
    ("0", "UNSPECIFIED"),
    ("999", "CAUSE_999"),
    # nothing, or nothing that can be kept
    ("", "UNSPECIFIED"),
    ("   ", "UNSPECIFIED"),
    ("\x00$.", "UNSPECIFIED"),
    # what would be an operator or a path in a MongoDB document is not
    ("$where.a", "WHERE_A"),
    # letters of other scripts go, digits of other scripts too
    ("ÜBERLAST", "BERLAST"),
    ("١٦", "UNSPECIFIED"),
    # a novel is cut
    ("A" * 10_000, "A" * 48),
    ("9" * 10_000, "CAUSE_" + "9" * 42),
]


@pytest.mark.parametrize(("text", "name"), TEXTS)
def test_any_text_becomes_a_safe_cause_name(text: str, name: str) -> None:
    assert causes.clean(text) == name
    assert re.fullmatch(r"[A-Z0-9_]{1,48}", causes.clean(text))


def test_a_cause_has_a_label_in_human_words() -> None:
    assert causes.label("NORMAL_CLEARING") == "Normal clearing"
    assert causes.label("MANDATORY_IE_MISSING") == "Mandatory IE missing"
    assert causes.cause("FROM_A_NEW_SWITCH") == (
        "FROM_A_NEW_SWITCH", 0, "From a new switch", "other", False,
        "The switch gave this cause; it is not one of the known ones.",
    )  # fmt: skip
