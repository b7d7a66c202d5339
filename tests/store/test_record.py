"""The call record: what names a call, and that its name leads by time."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.documents import call_of, decoded, encoded, id_in, key_in
from store.record import CDR, EPOCH, call_id, digest, id_of, key_of, milliseconds, moment, time_of
from tests.cast import ACCOUNTS, CAST, MS, at, calls

names = st.text(st.characters(codec="utf-8"), max_size=20)
starts = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))

MOMENTS: list[tuple[datetime, int]] = [
    (EPOCH, 0),
    (EPOCH + MS, 1),
    # what is finer than a millisecond is cut off, also before 1970
    (EPOCH + timedelta(microseconds=1_999), 1),
    (EPOCH - timedelta(microseconds=1), -1),
    # another zone is the same moment
    (datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=1))), 3_600_000),
]


@pytest.mark.parametrize(("when", "ms"), MOMENTS)
def test_milliseconds_are_whole(when: datetime, ms: int) -> None:
    assert milliseconds(when) == ms
    assert moment(ms) == EPOCH + ms * MS


@given(names, names, names, names)
def test_two_calls_share_a_name_only_when_switch_and_uuid_are_the_same(
    switch: str, uuid: str, other_switch: str, other_uuid: str
) -> None:
    same = (switch, uuid) == (other_switch, other_uuid)
    assert (digest(switch, uuid) == digest(other_switch, other_uuid)) is same


CONFUSED = [
    # what separates the two may stand in either
    (("a\x1fb", "c"), ("a", "b\x1fc")),
    (("1:a", "b"), ("1", ":ab")),
    (("", "ab"), ("ab", "")),
    (("a", "b"), ("ab", "")),
]


@pytest.mark.parametrize(("one", "other"), CONFUSED)
def test_switch_and_uuid_never_run_together(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert digest(*one) != digest(*other)


@given(starts, names)
def test_an_id_is_a_uuid_of_version_8_that_tells_its_time(start: datetime, uuid: str) -> None:
    identity = id_of(start, digest("s", uuid))
    assert (UUID(bytes=identity).version, UUID(bytes=identity).variant) == (8, "specified in RFC 4122")
    assert time_of(identity) == moment(milliseconds(start))


@given(starts, starts, names, names)
def test_the_order_of_ids_is_the_order_of_starts(a: datetime, b: datetime, one: str, other: str) -> None:
    if milliseconds(a) < milliseconds(b):
        assert id_of(a, digest("s", one)) < id_of(b, digest("s", other))


@given(names)
def test_a_key_fits_in_64_bits(uuid: str) -> None:
    assert -(2**63) <= key_of(digest("s", uuid)) < 2**63


def test_an_id_is_the_same_today_and_tomorrow() -> None:
    """Ids stand in addresses and in databases; a change here makes every call of every store a new one."""
    assert call_id(CAST[0]) == "01a20245-d260-895d-ae99-b499c73e9a13"


def written(call: CDR) -> bytes:
    name = digest(call.switch, call.uuid)
    return encoded(call, id_of(call.start, name), key_of(name))


@given(calls(at(0), at(100_000)))
def test_a_document_gives_the_call_back(call: CDR) -> None:
    raw = written(call)
    assert decoded(raw) == call
    assert id_in(raw) == UUID(call_id(call)).bytes
    assert key_in(raw) == key_of(digest(call.switch, call.uuid))


def test_a_document_leaves_out_what_is_empty() -> None:
    """Only what is counted and what has an index is always there."""
    least = CDR("s", "u", at(0), at(0), 0)
    fields = {"switch": "s", "uuid": "u", "start": at(0), "end": at(0), "mduration": 0}
    assert call_of(fields) == least
    assert len(written(least)) < 350


def test_the_cast_is_who_it_is() -> None:
    assert {one.account for one in CAST} < {*ACCOUNTS}
    assert len({(one.switch, one.uuid) for one in CAST}) == len(CAST)
