"""FreeSWITCH's reports of legs: the call that each one tells of, and the sentence for what is none."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from ingest import freeswitch, freeswitch_json
from ingest.connector import Given
from ingest.rows import Builder
from store.legs import merge
from store.numbers import Numbering
from store.record import CDR
from tests.ingest.freeswitch_reports import (
    A_LEG,
    B_LEG,
    FILES,
    GIVEN_UP,
    OLD,
    TRANSFERRED,
    changed,
    leg,
    sample,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
GIVEN = Given("fs", "fs", "Europe/Paris", {}, {"fs": Numbering(local_country="DE")})
SECRET = "4711#"


def builder() -> Builder:
    return freeswitch.builder(GIVEN, NOW)


def calls(text: str, uuid: str = "") -> list[CDR]:
    return freeswitch.calls(text, builder(), uuid)


def at(hour: int, minute: int, seconds: float) -> datetime:
    return datetime(2026, 11, 3, hour, minute, tzinfo=UTC) + timedelta(seconds=seconds)


ANSWERED = {
    "switch": "fs", "uuid": A_LEG, "leg": A_LEG, "start": at(9, 0, 0.707), "answer": at(9, 0, 7.146),
    "end": at(9, 2, 10.149), "mduration": 129_442, "billmsec": 123_003, "answered": True, "caller": "1001",
    "caller_name": "Zoë O'Neil", "destination": "0033612345678", "number": "33612345678", "country": "FR",
    "account": "1000", "direction": "in", "cause": "NORMAL_CLEARING", "q850": 16, "cause_derived": False,
    "read_codec": "PCMA", "write_codec": "PCMA", "media_ip": "192.0.2.17", "pdd_ms": 1_380,
    "channel": "sofia/internal/1001@pbx.example.com", "peer_channel": "sofia/external/33612345678",
    "application": "bridge",
}  # fmt: skip
OTHER_LEG = {
    "uuid": A_LEG, "leg": B_LEG, "caller": "+493012345", "destination": "33612345678", "direction": "out",
    "account": "", "billmsec": 123_041, "media_ip": "198.51.100.9",
}  # fmt: skip
MOVED = {
    "uuid": TRANSFERRED, "leg": TRANSFERRED, "destination": "1002", "country": "internal", "pdd_ms": 100,
    "billmsec": 79_900, "account": "2000", "read_codec": "G722", "caller": "+33140506070",
}  # fmt: skip

REPORTS: dict[str, tuple[str, dict[str, Any]]] = {
    "everything that the report of an answered a-leg tells": ("a-leg", ANSWERED),
    "the same as XML is the same call": ("a-leg, XML", ANSWERED),
    "a b-leg bears the name of its a-leg's call": ("b-leg", OTHER_LEG),
    "and so it does in XML": ("b-leg, XML", OTHER_LEG),
    "a caller who gave up while it rang": (
        "given up",
        {"uuid": GIVEN_UP, "answered": False, "answer": None, "billmsec": 0, "mduration": 13_540,
         "cause": "ORIGINATOR_CANCEL", "q850": 0, "cause_derived": False, "pdd_ms": 10_020},
    ),
    "after a transfer the newest profile tells who was called": ("transferred", MOVED),
    "and so it does in XML, where each profile is a callflow": ("transferred, XML", MOVED),
    "an old version: values not encoded, and the callflow twice in one object": (
        "old",
        {"uuid": OLD, "destination": "dan", "caller_name": "dan", "billmsec": 3_920, "mduration": 5_820,
         "start": at(12, 50, 54.385)},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "expected"), REPORTS.values(), ids=REPORTS)
def test_the_call_of_a_report(name: str, expected: dict[str, Any]) -> None:
    found = calls(sample(name))[0]
    assert {key: getattr(found, key) for key in expected} == expected


CHANGES: dict[str, tuple[str, dict[str, str], tuple[str, ...], dict[str, Any]]] = {
    "talk is rounded once, from microseconds": (
        "a-leg", {"billusec": "1500", "billmsec": "1"}, (), {"billmsec": 2},
    ),
    "without microseconds the milliseconds count": (
        "a-leg", {"billmsec": "1234", "mduration": "2345"}, ("billusec", "uduration"),
        {"billmsec": 1_234, "mduration": 2_345},
    ),
    "and then the seconds": (
        "a-leg", {"billsec": "12", "duration": "20"}, ("billusec", "billmsec", "uduration", "mduration"),
        {"billmsec": 12_000, "mduration": 20_000},
    ),
    "epochs in microseconds win over stamps in whatever zone": (
        "a-leg", {"start_stamp": "1999-01-01 00:00:00"}, (), {"start": at(9, 0, 0.707)},
    ),
    "a number keeps its + and its leading zeros": (
        "a-leg", {"accountcode": "+0049"}, (), {"account": "+0049"},
    ),
    "FusionPBX tells which way the call goes": (
        "a-leg", {"call_direction": "outbound"}, (), {"direction": "out"},
    ),
    "what else a dialplan calls so is no direction": (
        "a-leg", {"call_direction": "sideways"}, (), {"direction": "in"},
    ),
    "without a name the code of the cause counts": (
        "a-leg", {"hangup_cause_q850": "17"}, ("hangup_cause",), {"cause": "USER_BUSY", "q850": 17},
    ),
    "a private cause is known by its name, not by the 16 that stands for it": (
        "a-leg", {"hangup_cause": "LOSE_RACE", "hangup_cause_q850": "16"}, (),
        {"cause": "LOSE_RACE", "q850": 0},
    ),
    "one in a hundred b-legs has its own uuid for the call's": (
        "b-leg", {"call_uuid": B_LEG}, (), {"uuid": A_LEG},
    ),
    "a leg of a b-leg is of the same call": (
        "b-leg", {"originating_leg_uuid": "another-leg"}, (), {"uuid": A_LEG},
    ),
    "the profile of the originator alone makes a b-leg": (
        "b-leg", {}, ("call_uuid", "originating_leg_uuid", "originator"), {"uuid": A_LEG},
    ),
    "ringing before early media": (
        "a-leg", {"progress_uepoch": "1793696401000000"}, (), {"pdd_ms": 292},
    ),
    "neither ringing nor early media": (
        "a-leg", {"progress_uepoch": "0", "progress_media_uepoch": "0"}, (), {"pdd_ms": None},
    ),
    "a hostile name is made harmless": (
        "a-leg", {"accountcode": "10\u202e00\x00\n" + "x" * 500}, (), {"account": "1000  " + "x" * 250},
    ),
    "digits are told to nobody": ("a-leg", {"digits_dialed": SECRET}, (), {"account": "1000"}),
}  # fmt: skip


@pytest.mark.parametrize(("name", "told", "without", "expected"), CHANGES.values(), ids=CHANGES)
def test_a_report_with_other_variables(
    name: str, told: dict[str, str], without: tuple[str, ...], expected: dict[str, Any]
) -> None:
    (found,) = calls(changed(name, without, **told))
    assert {key: getattr(found, key) for key in expected} == expected
    assert SECRET not in repr(found)


def test_without_epochs_stamps_are_read_in_the_zone_of_the_source() -> None:
    exact = tuple(f"{name}_{form}" for name in ("start", "answer", "end") for form in ("uepoch", "epoch"))
    report = json.loads(changed("a-leg", exact))
    del report["callflow"][0]["times"]
    (found,) = calls(json.dumps(report))
    assert (found.start, found.answer, found.end) == (at(9, 0, 0), at(9, 0, 7), at(9, 2, 10))


def test_a_report_without_variables_is_told_by_its_callflow() -> None:
    report = json.loads(sample("a-leg"))
    report["variables"] = {"hangup_cause": "NORMAL_CLEARING"}
    # an array of one profile and the profile itself are the same
    report["callflow"] = report["callflow"][0]
    (found,) = calls(json.dumps(report))
    assert (found.uuid, found.start, found.answer) == (A_LEG, ANSWERED["start"], ANSWERED["answer"])
    assert (found.mduration, found.billmsec, found.destination) == (129_442, 123_003, "0033612345678")


def test_numbers_that_mongodb_keeps_as_such_are_read() -> None:
    report = json.loads(sample("a-leg"))
    report["variables"] |= {"start_uepoch": 1_793_696_400_707_743, "billusec": 1_000_000, "accountcode": 1000}
    leg_of = freeswitch.fields(freeswitch_json.of_object(report))
    found = builder().call(leg_of, "")
    assert (found.start, found.billmsec, found.account) == (at(9, 0, 0.707), 1_000, "1000")


def test_a_leg_that_does_not_name_itself_is_named_by_its_address() -> None:
    report = json.loads(changed("a-leg", ("uuid",)))
    report["callflow"][0]["caller_profile"]["uuid"] = ""
    assert calls(json.dumps(report), f"a_{A_LEG}")[0].uuid == A_LEG
    assert calls(json.dumps(report))[0].uuid.startswith("row-")


@pytest.mark.parametrize("name", ["transferred", "transferred, XML"])
def test_what_was_dialled_before_a_transfer_is_a_leg_of_the_call(name: str) -> None:
    whole = merge(calls(sample(name)))
    assert (whole.destination, whole.billmsec, whole.mduration) == ("1002", 79_900, 80_000)
    assert [(one.destination, one.billmsec, one.cause) for one in whole.legs] == [
        ("1002", 79_900, "NORMAL_CLEARING"),
        ("5000", 19_900, "BLIND_TRANSFER"),
    ]


def test_both_legs_are_one_call_and_the_a_leg_tells_it_in_either_order() -> None:
    (first,), (other,) = calls(sample("a-leg")), calls(sample("b-leg"))
    for rows in ([first, other], [other, first]):
        whole = merge(rows)
        assert {key: getattr(whole, key) for key in ANSWERED} == ANSWERED
        assert [one.leg for one in whole.legs] == [A_LEG, B_LEG]


WRAPPED: dict[str, Callable[[str], bytes]] = {
    "as it is": lambda text: text.encode(),
    "as a form, the default of encode": lambda text: b"cdr=" + quote(text, safe="").encode(),
    "as a form with another value": lambda text: b"a=b&cdr=" + quote(text, safe="").encode() + b"&c=d",
    "as a form in base64": lambda text: b"cdr=" + base64.b64encode(text.encode()),
    "as a form that is not encoded, an old way of XML": lambda text: b"cdr=" + text.encode(),
    "as mod_json_cdr leaves it in a file": lambda text: quote(text, safe="").encode() + b"\n",
    "in base64, with the NUL that some versions encode": lambda text: base64.b64encode(text.encode() + b"\0"),
    "with a mark of UTF-8 before it": lambda text: b"\xef\xbb\xbf" + text.encode(),
}


@pytest.mark.parametrize("wrap", WRAPPED.values(), ids=WRAPPED)
@pytest.mark.parametrize("name", FILES)
def test_a_report_is_unwrapped_however_it_is_sent(name: str, wrap: Callable[[str], bytes]) -> None:
    data = wrap(sample(name))
    assert calls(freeswitch.unwrapped(data)) == calls(sample(name))
    assert freeswitch.recognise(data) == ("freeswitch_xml" if "XML" in name else "freeswitch_json")


@pytest.mark.parametrize("head", [b"", b"{}", b"[1]", b"a,b\n1,2", b"<html>", b"\x00\xff", b"cdr=", b"%zz"])
def test_other_files_are_not_taken_for_reports(head: bytes) -> None:
    assert freeswitch.recognise(head) is None


def test_a_thousand_legs_are_a_thousand_calls() -> None:
    made = builder()
    found = [freeswitch.calls(leg(number), made) for number in range(1000)]
    assert len({one.uuid for (one,) in found}) == 1000
    assert {one.billmsec for (one,) in found} == {30_000}
