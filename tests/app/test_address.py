"""The filter in the address bar: it comes back as it was, and nothing a stranger writes there does harm."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.address import apply, read, write
from app.filter import CallFilter

HOURS = (datetime(2026, 11, 22, 9, tzinfo=UTC), datetime(2026, 11, 22, 11, tzinfo=UTC))


@pytest.mark.parametrize(
    ("values", "query"),
    [
        # What is default is not written.
        ({}, ""),
        ({"period": "30d"}, "period=30d"),
        (
            {"period": "custom", "first": date(2026, 11, 1), "last": date(2026, 11, 7)},
            "period=custom&from=2026-11-01&to=2026-11-07",
        ),
        ({"hours": HOURS}, "hours=2026-11-22T09:00Z/2026-11-22T11:00Z"),
        ({"countries": ["FR", "DE"]}, "country=FR&country=DE"),
        # Calls without an account have the account ''.
        ({"accounts": ["", "1000"]}, "account=&account=1000"),
        ({"switches": ["a&b=c?#%"]}, "switch=a%26b%3Dc%3F%23%25"),
        ({"caller": "+33:1", "caller_op": "contains"}, "caller=contains:%2B33:1"),
        ({"seconds": 60.0, "seconds_op": "le"}, "talk=le:60"),
        ({"seconds": 0.5}, "talk=ge:0.5"),
        ({"day": date(2026, 11, 20), "against": "weeks", "back": 3}, "day=2026-11-20&against=weeks&back=3"),
        ({"measure": "minutes", "together": True}, "measure=minutes&together=True"),
        ({"sort": "billsec", "descending": False, "size": 50}, "sort=billsec&descending=False&size=50"),
    ],
)
def test_a_filter_stands_in_the_address_and_comes_back(values: dict[str, Any], query: str) -> None:
    f = CallFilter(**values)
    assert write(f) == query
    other = CallFilter()
    assert apply(query, other) == []
    assert other.values() == f.values()


@pytest.mark.parametrize(
    ("query", "ignored"),
    [
        ("period=tomorrow", ["period"]),
        ("from=2026-13-01&to=9999-12-31", ["from", "to"]),
        ("hours=2026-11-22T11:00Z/2026-11-22T09:00Z", ["hours"]),
        ("hours=1/2/3", ["hours"]),
        ("talk=ge:nan&caller=matches:.*", ["talk", "caller"]),
        ("talk=ge:1e999", ["talk"]),
        ("talk=ge:-1", ["talk"]),
        ("talk=60", ["talk"]),
        ("back=0&size=7&together=yes", ["back", "size", "together"]),
        ("__class__=x&name=y&zone=z", ["__class__", "name", "zone"]),
        # Other parameters of the page, and a parameter without a value, are nobody's business.
        ("wall=1&theme=dark&country=", []),
    ],
)
def test_what_is_not_understood_is_left_out_and_named(query: str, ignored: list[str]) -> None:
    f = CallFilter()
    assert apply(query, f) == ignored
    assert f.values() == CallFilter().values()


def test_a_query_that_is_only_partly_wrong_narrows_by_the_rest() -> None:
    f = CallFilter()
    assert apply("country=FR&back=99", f) == ["back"]
    assert f.countries == ["FR"]


def test_the_arguments_of_a_request_are_read_like_an_address() -> None:
    values, ignored = read({"country": [b"FR", b"DE"], "caller": [b"ends:\xff"]}, CallFilter())
    assert values["countries"] == ["FR", "DE"]
    assert values["caller"] == "\N{REPLACEMENT CHARACTER}"
    assert ignored == []


def test_an_address_cannot_grow_without_bound() -> None:
    f = CallFilter()
    apply("&".join(f"country=X{n}" for n in range(150)) + "&caller=equals:" + "9" * 1000, f)
    assert len(f.countries) == 50
    assert len(f.caller) <= 128


@given(st.text(max_size=300))
def test_no_address_raises(query: str) -> None:
    f = CallFilter()
    apply(query, f)
    f.scope(datetime(2026, 11, 22, tzinfo=UTC))


@given(
    st.lists(
        st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
    ),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20),
)
def test_any_text_comes_back(switches: list[str], caller: str) -> None:
    f = CallFilter(switches=list(dict.fromkeys(switches)), caller=caller)
    other = CallFilter()
    apply(write(f), other)
    assert other.values() == f.values()
