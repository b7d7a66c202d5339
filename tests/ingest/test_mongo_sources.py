"""FreeSWITCH's collection of mod_cdr_mongodb and CDR-Stats 2's cdr_common become calls, each once."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from struct import pack
from typing import Any
from urllib.parse import unquote

import bson
import pytest
from bson import Int64, ObjectId
from bson.raw_bson import RawBSONDocument
from pymongo.collection import Collection
from pymongo.database import Database

from ingest import freeswitch as freeswitch_reports
from ingest import mongo
from ingest.cdr_stats_2 import CAUSES
from ingest.connector import Given
from ingest.feed import Fed, Feed
from ingest.retry import Retried, retry
from ingest.sources import probe, told
from store import causes, rejects, sources
from store.database import Store
from store.legs import merge
from store.record import CDR
from store.verify import verify
from tests.ingest.feeding import feed, looked, now, stored
from tests.ingest.freeswitch_reports import A_LEG, B_LEG, GIVEN_UP, TRANSFERRED, leg, sample

REPORTS = ("a-leg", "b-leg", "given up", "transferred")
Raw = Collection[dict[str, Any]]


@pytest.fixture
def there(store: Store) -> Iterator[Database[dict[str, Any]]]:
    """A second database on the tests' own server."""
    name = f"{store.db.name}_src"
    yield store.client[name]
    store.client.drop_database(name)


def address_of(store: Store, database: Database[Any]) -> str:
    uri = store.settings.mongo_uri
    assert uri is not None
    base, _, query = uri.get_secret_value().partition("?")
    return f"{base.rstrip('/')}/{database.name}" + (f"?{query}" if query else "")


def freeswitch(store: Store, database: Database[Any], **more: str) -> Feed:
    return feed(store, "freeswitch_mongodb", address_of(store, database), **more)


def older_stats(store: Store, database: Database[Any], zone: str = "Europe/Madrid", **more: str) -> Feed:
    return feed(store, "cdr_stats_2", address_of(store, database), zone, **more)


def number(text: str) -> str | int | Int64:
    """What mod_cdr_mongodb makes of a variable: an integer of all that strtol reads to its end."""
    if not text.lstrip("+-").isdecimal() or not -(2**63) <= int(text) < 2**63:
        return text
    return int(text) if abs(int(text)) < 2**31 else Int64(text)


def newer(text: str) -> dict[str, Any]:
    """A report as newer versions store it: integers where they can be, times as longs, callflow a list."""
    found = json.loads(text)
    for name in ("core-uuid", "switchname", "callStats"):
        found.pop(name, None)
    found["variables"] = {name: number(unquote(value)) for name, value in found["variables"].items()}
    found["channel_data"]["state_number"] = int(found["channel_data"]["state_number"])
    flows = found["callflow"]
    for flow in flows if isinstance(flows, list) else [flows]:
        flow["times"] = {name: Int64(value) for name, value in flow["times"].items()}
    return {"_id": ObjectId(), **found}


def older(text: str) -> RawBSONDocument:
    """A report as older versions store it: texts, and a callflow for each profile."""
    found = newer(text)
    flows = found.pop("callflow")
    found["variables"] = {name: unquote(value) for name, value in json.loads(text)["variables"].items()}
    for flow in flows:
        made_by = flow["caller_profile"].get("originator", {})
        if profiles := made_by.pop("originator_caller_profiles", None):
            made_by["originator_caller_profile"] = profiles[0]
    elements = bson.encode(found)[4:-1] + b"".join(b"\3callflow\0" + bson.encode(flow) for flow in flows)
    return raw(elements)


def raw(elements: bytes) -> RawBSONDocument:
    return RawBSONDocument(pack("<i", len(elements) + 5) + elements + b"\0")


def print_of(collection: Raw) -> tuple[int, str]:
    """How many documents a collection has, and what it holds to the byte."""
    codec = collection.codec_options.with_options(document_class=RawBSONDocument)
    found = collection.with_options(codec_options=codec).find(sort=[("_id", 1)])
    whole = [document.raw for document in found]
    return len(whole), blake2b(b"".join(whole)).hexdigest()


def by_name(store: Store) -> dict[str, CDR]:
    return {call.uuid: call for call in stored(store)}


@pytest.mark.parametrize("written", [newer, older])
def test_freeswitchs_legs_become_the_calls_that_their_reports_become(
    store: Store, there: Database[dict[str, Any]], written: Any
) -> None:
    there["cdr"].insert_many([written(sample(name)) for name in REPORTS])
    found = freeswitch(store, there)
    assert found.look(now) == Fed(read=4, new=3)
    assert found.look(now) == Fed()
    calls = by_name(store)
    assert set(calls) == {A_LEG, GIVEN_UP, TRANSFERRED}
    call = calls[A_LEG]
    assert (call.switch, call.caller, call.destination) == ("proxy", "1001", "0033612345678")
    assert (call.account, call.caller_name, call.country) == ("1000", "Zoë O'Neil", "FR")
    assert {one.leg for one in call.legs} == {A_LEG, B_LEG}
    assert (call.start, call.cause) == (
        datetime(2026, 11, 3, 9, 0, 0, 707_000, tzinfo=UTC),
        "NORMAL_CLEARING",
    )
    assert (call.read_codec, call.media_ip) == ("PCMA", "192.0.2.17")
    assert len(calls[TRANSFERRED].legs) == 2
    assert not calls[GIVEN_UP].answered
    assert verify(store) == []


@pytest.mark.parametrize("written", [newer, older])
def test_freeswitchs_documents_tell_the_same_as_its_files(
    store: Store, there: Database[dict[str, Any]], written: Any
) -> None:
    there["cdr"].insert_many([written(sample(name)) for name in REPORTS])
    looked(freeswitch(store, there))
    made = freeswitch_reports.builder(Given("proxy", "proxy", "UTC", {}, {}), now())
    rows = [row for name in REPORTS for row in freeswitch_reports.calls(sample(name), made)]
    names = {row.uuid for row in rows}
    assert by_name(store) == {name: merge([row for row in rows if row.uuid == name]) for name in names}


HOSTILE: list[tuple[dict[str, Any], str]] = [
    # nothing that a report has
    ({"a": 1}, "no report of a call"),
    # parts that are something else
    ({"variables": 5, "callflow": "x"}, "names no leg"),
    # nothing in them
    ({"variables": {"uuid": [], "digits_dialed": 4711}, "callflow": [[], 3, None]}, "names no leg"),
    # a time that is none
    ({"variables": {"uuid": "u", "start_uepoch": "yesterday"}}, "is no time"),
    # a time that no computer reaches
    ({"variables": {"uuid": "u", "start_uepoch": Int64(2**62), "digits_dialed": "4711"}}, "is no time"),
    # more than a report may have
    ({"variables": {"uuid": "u", "accountcode": "x" * 600_000}}, "no start time"),
]


def test_a_hostile_document_is_a_reject_and_the_rest_goes_on(
    store: Store, there: Database[dict[str, Any]]
) -> None:
    there["cdr"].insert_one(newer(sample("a-leg")))
    there["cdr"].insert_many([dict(document) for document, _ in HOSTILE])
    there["cdr"].insert_one(newer(sample("b-leg")))
    found = freeswitch(store, there)
    assert found.look(now) == Fed(read=2 + len(HOSTILE), new=1, rejected=len(HOSTILE))
    assert found.look(now) == Fed()
    kept = list(rejects.find(store))
    for _, sentence in HOSTILE:
        assert any(sentence in one["reason"] for one in kept), sentence
    assert not any("4711" in one["text"] for one in kept)
    tried = retry(store)
    assert (tried.new, tried.rejected) == (0, len(HOSTILE))


def test_a_name_that_is_no_utf8_and_a_variable_twice_hold_nothing_up(
    store: Store, there: Database[dict[str, Any]]
) -> None:
    document = newer(sample("a-leg"))
    document["callflow"][0]["caller_profile"]["caller_id_name"] = "Zoe@@"
    data = bson.encode(document).replace(b"Zoe@@", b"Zoe\xeb\xff")
    start = bson.encode({"variables": {"accountcode": "second"}})[4:-1]
    there["cdr"].insert_one(raw(data[4:-1] + start))
    assert looked(freeswitch(store, there)).new == 1
    (call,) = stored(store)
    assert call.account == "1000"
    assert call.caller_name.startswith("Zoe")


def test_a_rejected_leg_is_tried_again_as_the_source_is_set_today(
    store: Store, there: Database[dict[str, Any]]
) -> None:
    document = newer(sample("a-leg"))
    length = document["variables"]["uduration"]
    document["variables"]["uduration"] = "a while"
    there["cdr"].insert_one(document)
    assert looked(freeswitch(store, there)).rejected == 1
    (kept,) = rejects.find(store)
    mended = kept["text"].replace("a%20while", str(length))
    store.db[rejects.NAME].update_one({"_id": kept["_id"]}, {"$set": {"text": mended}})
    assert retry(store) == Retried(tried=1, new=1, known=0, corrected=0, rejected=0)
    assert [call.mduration for call in stored(store)] == [round(length / 1000)]


@pytest.mark.parametrize("size", [7, 1])
def test_pages_of_any_size_bring_each_leg_once(
    store: Store, there: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(mongo, "PORTION", size)
    # five in each second, over more than the seconds that are read again
    ids = [ObjectId(pack(">I", 1_793_000_000 + n // 5 * 120) + pack(">Q", n)) for n in range(60)]
    there["cdr"].insert_many([newer(leg(n)) | {"_id": one} for n, one in enumerate(ids)])
    found = freeswitch(store, there)
    assert found.look(now) == Fed(read=60, new=60)
    assert found.look(now) == Fed()
    there["cdr"].insert_one(newer(leg(60)))
    assert found.look(now) == Fed(read=1, new=1)
    sources.rewind(store, "proxy", now())
    assert looked(found)._replace(read=0) == Fed(known=61)
    assert verify(store) == []


def test_what_is_noted_on_a_document_does_not_make_it_new(
    store: Store, there: Database[dict[str, Any]]
) -> None:
    there["cdr"].insert_one(newer(sample("a-leg")))
    found = freeswitch(store, there)
    assert found.look(now).new == 1
    # as CDR-Stats 2 does when it has imported it
    there["cdr"].update_many({}, {"$set": {"import_cdr": 1}})
    assert found.look(now) == Fed()


def common(number: int, **other: Any) -> dict[str, Any]:
    """A document of cdr_common: call number so and so of a FreeSWITCH, as its server's clock in Madrid had
    it."""
    start = datetime(2026, 7, 1, 10, 0, number % 60)
    return {
        "switch_id": 1, "caller_id_number": "34650123456", "caller_id_name": "Núria",
        "destination_number": "0033612345678", "duration": 33.0, "billsec": "30", "hangup_cause_id": 7,
        "accountcode": "007", "direction": "inbound", "uuid": f"e8fee8f6-40dd-11e1-964f-{number:012}",
        "remote_media_ip": "192.0.2.21", "start_uepoch": start,
        "answer_uepoch": start.replace(minute=1), "end_uepoch": start.replace(minute=1, second=59),
        "mduration": "33250", "billmsec": "30120", "read_codec": "PCMA", "write_codec": "PCMU",
        "cdr_type": 1, "cdr_object_id": ObjectId(), "country_id": 76, "authorized": 1, **other,
    }  # fmt: skip


def test_calls_of_cdr_stats_2_are_read_in_the_zone_of_its_server(
    store: Store, there: Database[dict[str, Any]]
) -> None:
    there["cdr_common"].insert_many([common(1), common(1), common(2)])
    found = older_stats(store, there)
    assert found.look(now)._replace(known=0) == Fed(read=3, new=2)
    assert found.look(now) == Fed()
    call = by_name(store)["e8fee8f6-40dd-11e1-964f-000000000001"]
    assert call.start == datetime(2026, 7, 1, 8, 0, 1, tzinfo=UTC)
    assert call.answer == datetime(2026, 7, 1, 8, 1, 1, tzinfo=UTC)
    assert (call.switch, call.account, call.caller, call.caller_name) == (
        "proxy", "007", "34650123456", "Núria",
    )  # fmt: skip
    assert (call.mduration, call.billmsec, call.country, call.direction) == (33_250, 30_120, "FR", "in")
    assert (call.cause, call.q850, call.read_codec, call.write_codec) == (
        "NORMAL_CLEARING",
        16,
        "PCMA",
        "PCMU",
    )
    assert verify(store) == []


UNANSWERED = {"answer_uepoch": datetime(1970, 1, 1, 1), "billsec": 0, "billmsec": "0"}
COMMON: list[tuple[dict[str, Any], dict[str, Any]]] = [
    # its causes are ids of its own table
    ({**UNANSWERED, "hangup_cause_id": 8}, {"cause": "USER_BUSY", "q850": 17, "answered": False}),
    # the first second of Unix, in local time, is no answer
    ({**UNANSWERED, "hangup_cause_id": 10}, {"cause": "NO_ANSWER", "answer": None, "answered": False}),
    # a private cause
    ({**UNANSWERED, "hangup_cause_id": 52}, {"cause": "ORIGINATOR_CANCEL", "q850": 0}),
    # a cause that it did not know
    ({**UNANSWERED, "hangup_cause_id": 0}, {"cause": "UNSPECIFIED", "cause_derived": True}),
    # an Asterisk's cancel, which it took for a rejection, and a direction that it made up
    (
        {**UNANSWERED, "cdr_type": 2, "hangup_cause_id": 12, "caller_id_number": "100"},
        {"cause": "ORIGINATOR_CANCEL", "direction": "out"},
    ),
    # an Asterisk's row has no milliseconds
    ({"mduration": "", "billmsec": "", "duration": 154}, {"mduration": 154_000, "billmsec": 30_000}),
    # milliseconds of something else, as its own API's manual shows
    ({"mduration": "12960", "duration": 154.0}, {"mduration": 154_000}),
    # texts by its API
    (
        {"start_uepoch": "2026-07-01 10:00:05", "answer_uepoch": "", "end_uepoch": None},
        {"start": datetime(2026, 7, 1, 8, 0, 5, tzinfo=UTC)},
    ),
]


@pytest.mark.parametrize(("other", "expected"), COMMON)
def test_a_document_of_cdr_common_tells(
    store: Store, there: Database[dict[str, Any]], other: dict[str, Any], expected: dict[str, Any]
) -> None:
    there["cdr_common"].insert_one(common(1, **other))
    assert looked(older_stats(store, there)).new == 1
    (call,) = stored(store)
    assert {name: getattr(call, name) for name in expected} == expected


def test_every_cause_of_cdr_stats_2_is_one_that_is_known() -> None:
    names = {causes.clean(code) for code in CAUSES.values()}
    assert len(CAUSES) == 64
    assert names <= set(causes.table())


def test_only_the_calls_of_one_switch_are_taken_when_it_is_named(
    store: Store, there: Database[dict[str, Any]]
) -> None:
    there["cdr_common"].insert_many([common(n, switch_id=n % 3) for n in range(9)])
    assert looked(older_stats(store, there, switch_id="2")) == Fed(read=9, new=3)


BROKEN: list[tuple[dict[str, Any], str]] = [
    # no start
    ({"start_uepoch": {}}, "no start time"),
    # a moment that no calendar has
    ({"start_uepoch": bson.DatetimeMS(2**60)}, "is no time"),
    # an end before the start
    ({"end_uepoch": datetime(2026, 6, 1)}, "before it starts"),
    # a length that is none
    ({"duration": "long", "mduration": ""}, "not a number of seconds"),
]


def test_a_broken_document_of_cdr_common_is_a_reject_and_is_mended_later(
    store: Store, there: Database[dict[str, Any]]
) -> None:
    documents = [common(n, **other) for n, (other, _) in enumerate(BROKEN)]
    there["cdr_common"].insert_many([common(10), *documents, common(11)])
    assert looked(older_stats(store, there)) == Fed(read=6, new=2, rejected=4)
    kept = list(rejects.find(store))
    for _, sentence in BROKEN:
        assert any(sentence in one["reason"] for one in kept), sentence
    (long,) = [one for one in kept if '"long"' in one["text"]]
    mended = long["text"].replace('"long"', "33")
    store.db[rejects.NAME].update_one({"_id": long["_id"]}, {"$set": {"text": mended}})
    assert retry(store) == Retried(tried=4, new=1, known=0, corrected=0, rejected=3)
    assert by_name(store)["e8fee8f6-40dd-11e1-964f-000000000003"].start.hour == 8


def test_a_reject_whose_text_is_cut_off_is_still_a_reject(
    store: Store, there: Database[dict[str, Any]]
) -> None:
    there["cdr_common"].insert_one(common(1, start_uepoch={}, accountcode="x" * 20_000))
    assert looked(older_stats(store, there)).rejected == 1
    assert retry(store).rejected == 1


READS = {"find", "getMore", "count", "hello", "ping", "endSessions", "aggregate"}


@pytest.mark.parametrize("opened", [freeswitch, older_stats])
def test_nothing_is_written_to_a_source(store: Store, there: Database[dict[str, Any]], opened: Any) -> None:
    there["cdr"].insert_many([*(newer(sample(name)) for name in REPORTS), {"a": 1}])
    there["cdr_common"].insert_many([common(n) for n in range(5)])
    before = {name: print_of(there[name]) for name in ("cdr", "cdr_common")}
    indexes = {name: there[name].index_information() for name in before}
    found = opened(store, there)
    there.command("profile", 2)
    assert looked(found).new > 0
    assert looked(found) == Fed()
    row = sources.get(store, "proxy")
    assert row is not None
    assert told(probe(store, row, now()), now()).startswith("5 rows")
    there.command("profile", 0)
    seen = list(there["system.profile"].find({"appName": "cdr-stats source"}))
    assert seen
    assert {next(iter(one["command"])) for one in seen} <= READS
    assert {name: print_of(there[name]) for name in before} == before
    assert {name: there[name].index_information() for name in before} == indexes
