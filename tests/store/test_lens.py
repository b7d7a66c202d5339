"""The privacy lens: numbers are sealed the same way everywhere, opened here alone, and asked for no further
than they are shown.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from store import calls, lens, seals
from store.errors import SettingsError
from store.fraud_events import Event
from store.lens import Lens, LensError, Masked, brief
from store.live import LiveCall
from store.record import Leg
from store.scope import NumberMatch
from store.setting_tables import PrivacySettings
from store.settings import Settings
from tests.cast import at, call

KEY, OTHER = b"k" * 32, b"o" * 32
FOUR = Lens(4, KEY)
MOST = 32
"""Characters of the token of a number of 15 digits with its +."""


@pytest.mark.parametrize(
    ("digits", "number", "shown"),
    [
        # a number from abroad shows its end
        (4, "+33612345678", "5678"),
        (4, "0033 6 12 34 56 78", "5678"),
        # of a short one no more than half is shown
        (4, "201", "1"),
        (4, "1234567", "567"),
        (4, "7", ""),
        (9, "33612345678", "45678"),
        # no digit at all
        (0, "+33612345678", ""),
        # of an address of SIP the digits of who is called count, not those of the host
        (4, "sip:+33612345678@10.0.0.1", "5678"),
        (4, "sip:alice@10.0.0.1", ""),
        (2, "*97", "7"),
        # digits of other scripts are digits
        (4, "٣٣٦١٢٣٤٥٦٧٨", "5678"),
        # what is hostile is a text like any other
        (4, "<b>1234567890", "7890"),
        (4, "1~2~33333333", "3333"),
        (2, "\ud8001234\0", "34"),
    ],
)
def test_a_sealed_number_shows_its_end_and_is_opened_again(digits: int, number: str, shown: str) -> None:
    sealed = Lens(digits, KEY).seal(number)
    assert sealed.partition("~")[0] == shown
    assert brief(sealed).startswith(f"…{shown}·")
    assert Lens(digits, KEY).open(str(sealed)) == number


@pytest.mark.parametrize("text", ["", "anonymous", "alice", "+", "sip:alice@example.org"])
def test_what_has_no_digit_is_no_number(text: str) -> None:
    assert FOUR.seal(text) == text
    assert not isinstance(FOUR.seal(text), Masked)


@given(st.text(max_size=40) | st.text("0123456789+*#", max_size=20))
def test_whatever_is_sealed_is_opened_again(text: str) -> None:
    sealed = FOUR.seal(text)
    assert sealed == text or (isinstance(sealed, Masked) and FOUR.open(str(sealed)) == text)
    assert FOUR.seal(sealed) == sealed


@given(st.text("0123456789+", min_size=1, max_size=16))
def test_a_seal_is_short_and_stands_in_an_address(number: str) -> None:
    token = seals.token(KEY, number)
    assert len(token) <= MOST
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_the_same_number_has_the_same_token_for_every_role() -> None:
    tokens = {Lens(n, KEY).seal("+33612345678").partition("~")[2] for n in (0, 3, 4)}
    assert len(tokens) == 1
    assert FOUR.seal("+33612345678").partition("~")[2] != FOUR.seal("+33612345679").partition("~")[2]


def test_a_changed_seal_is_none() -> None:
    token = seals.token(KEY, "+33612345678")
    for place in range(len(token)):
        for sign in "AQgw9_":
            changed = token[:place] + sign + token[place + 1 :]
            assert changed == token or seals.opened(KEY, changed) is None
    assert [seals.opened(KEY, token[:n]) for n in range(len(token))] == [None] * len(token)


@pytest.mark.parametrize(
    "text", ["", "~", "5678", "5678~", "~=", "~é", "~AAAA", "~" + "A" * 500, "5678~a b", "\ud800~x", "~\0"]
)
def test_what_nobody_sealed_is_none(text: str) -> None:
    assert FOUR.open(text) is None


def test_another_installation_opens_nothing() -> None:
    assert Lens(4, OTHER).open(FOUR.seal("+33612345678")) is None
    assert FOUR != Lens(4, OTHER) != Lens(3, OTHER)
    assert {FOUR: 1}[Lens(4, KEY)] == 1
    assert repr(FOUR) == "Lens(4)"


def test_the_digits_before_a_token_tell_nothing() -> None:
    token = FOUR.seal("+33612345678").partition("~")[2]
    assert [FOUR.open(f"{n}~{token}") for n in ("", "5678", "345678", "0000")] == ["+33612345678"] * 4


ASKED: tuple[tuple[str, str, NumberMatch | None], ...] = (
    # an ending as long as what is shown
    ("ends", "5678", NumberMatch("ending", "5678")),
    ("ends", "8", NumberMatch("ending", "8")),
    # digit by digit the hidden ones would be found
    ("ends", "45678", None),
    ("ends", "", None),
    ("ends", "+678", None),
    ("ends", "٦٧٨", None),
    ("begins", "3", None),
    ("begins", "+", None),
    ("begins", "anon", None),
    ("contains", "6", None),
    ("equals", "+33612345678", None),
    ("equals", "8", None),
    # what is shown whole may be asked for
    ("equals", "anonymous", NumberMatch("equals", "anonymous")),
    # what is no seal
    ("equals", "5678~AAAA", None),
    ("ends", "~", None),
)


@pytest.mark.parametrize(("op", "text", "found"), ASKED)
def test_a_number_is_asked_for_as_far_as_it_is_shown(op: Any, text: str, found: NumberMatch | None) -> None:
    if found is None:
        with pytest.raises(LensError) as refused:
            FOUR.match(NumberMatch(op, text))
        assert str(refused.value).count(".") == 1
        assert not text or len(text) < 3 or text not in str(refused.value)
    else:
        assert FOUR.match(NumberMatch(op, text)) == found
        assert FOUR.match(FOUR.match(NumberMatch(op, text))) == found


@pytest.mark.parametrize("op", ["equals", "begins", "ends", "contains"])
def test_a_sealed_number_is_asked_for_as_it_was(op: Any) -> None:
    wanted = FOUR.match(NumberMatch(op, str(FOUR.seal("+33612345678"))))
    assert wanted == NumberMatch("equals", "+33612345678")
    assert FOUR.match(wanted) == wanted
    assert FOUR.match(None) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Bob", "Bob"),
        ("Bob 2", "Bob 2"),
        ("Bob (+33 6 12-34.56 78)", "Bob (…5678)"),
        ("33612345678", "…5678"),
        ("Desk 201, 202", "Desk …202"),
        ("a33612345678b", "a…5678b"),
        ("\u0663\u0663\u0666\u0661\u0662\u0663\u0664\u0665", "…2345"),
        ("", ""),
    ],
)
def test_numbers_within_words_are_masked(text: str, shown: str) -> None:
    assert FOUR.words(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [("33", "33"), ("+33", "+33"), ("33612", "33…"), ("1403", "1…"), ("999", "…"), ("FR", "FR"), ("", "")],
)
def test_what_numbers_begin_with_is_shown_as_far_as_it_is_a_country_s_code(text: str, shown: str) -> None:
    assert FOUR.head(text) == shown


@pytest.mark.parametrize("prefix", ["336", "+336", "33…", "x", "+"])
def test_nobody_looks_for_more_than_a_country_s_code(prefix: str) -> None:
    FOUR.demand("")
    FOUR.demand("+33")
    with pytest.raises(LensError):
        FOUR.demand(prefix)


NUMBER, HERS = "+33612345678", "+4930123456"


def _seen(value: Any) -> str:
    return repr(FOUR.veil(value))


def test_nothing_of_a_call_bears_a_number() -> None:
    leg = Leg("1", at(0), None, at(1), 1, 0, False, NUMBER, HERS, "X", 0, f"SIP/{NUMBER}", HERS, HERS)
    made = call(
        f"{NUMBER}-1", at(0), 5, 2, caller=NUMBER, destination=HERS, number=HERS[1:], caller_name=NUMBER,
        channel=f"SIP/{NUMBER}", application=f"Dial({HERS})", legs=(leg, leg),
    )  # fmt: skip
    told = FOUR.veil(made)
    assert "612345" not in repr(told)
    assert "301234" not in repr(told)
    assert told.caller == told.legs[0].caller == FOUR.seal(NUMBER)
    assert (told.start, told.mduration, told.cause, told.country) == (at(0), 5000, made.cause, "FR")
    assert FOUR.veil(told) == told


def test_a_frame_of_calls_bears_no_number_and_joins_as_before() -> None:
    rows = calls.frame([call(str(n), at(n), caller=NUMBER, destination=HERS) for n in range(3)])
    told = FOUR.veil(calls.Page(rows, None, None, False)).rows
    assert list(told.columns) == list(rows.columns)
    assert set(told["caller"]) == {FOUR.seal(NUMBER)}
    assert all(isinstance(text, Masked) for text in told["destination"])
    assert rows["caller"][0] == NUMBER
    assert FOUR.veil(pd.DataFrame({"calls": [1]})).equals(pd.DataFrame({"calls": [1]}))


def _event(subject: str, shown: dict[str, list[str]], rule: str = "x") -> Event:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    return Event(rule, "1000", subject, now, now, 1, 1, 1, 1, 1, shown, now)


@pytest.mark.parametrize(
    ("event", "subject", "shown"),
    [
        # a caller is sealed, and found again by the seal
        (_event(NUMBER, {"caller": [f"equals:{NUMBER}"]}), FOUR.seal(NUMBER),
         {"caller": [f"equals:{FOUR.seal(NUMBER)}"]}),
        # of a range the country's code is left, and no way to its calls by their beginning
        (_event("336123456", {"account": ["1"], "destination": ["begins:00336123456"]}), "33…",
         {"account": ["1"]}),
        (_event("CU", {"country": ["CU"]}), "CU", {"country": ["CU"]}),
    ],
)  # fmt: skip
def test_a_finding_tells_of_no_number(event: Event, subject: str, shown: dict[str, list[str]]) -> None:
    told = FOUR.veil(event)
    assert (told.subject, told.filter) == (subject, shown)


def test_a_call_in_progress_is_named_without_its_number() -> None:
    told = FOUR.veil([LiveCall(f"SIP/{NUMBER}-01", at(0), caller=NUMBER, destination=HERS, number=HERS[1:])])
    assert "612345" not in _seen(told)
    assert told[0].id == FOUR.name(f"SIP/{NUMBER}-01")
    assert FOUR.name("6ba7b810-9dad-11d1-80b4-00c04fd430c8") == "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


def test_each_role_has_its_lens(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, privacy=PrivacySettings(customer=4, staff=0))
    found = {role: lens.of(settings, role) for role in ("admin", "staff", "customer", "nobody")}
    digits = {role: one and one.digits for role, one in found.items()}
    assert digits == {"admin": None, "staff": 0, "customer": 4, "nobody": None}
    again = lens.of(Settings(data=tmp_path, privacy=PrivacySettings(customer=4)), "customer")
    other = lens.of(Settings(data=tmp_path / "other", privacy=PrivacySettings(customer=4)), "customer")
    assert found["customer"] == again != other


def test_a_bad_key_is_told(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, secret_key=SecretStr("short"), privacy=PrivacySettings(customer=4))
    with pytest.raises(SettingsError):
        lens.of(settings, "customer")
