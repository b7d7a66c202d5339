"""What somebody types into the form of a fraud rule: what it is taken for, and what is said of the rest."""

import pytest

from alerts.fraudform import MOST, chosen, limit_text, limited, number, own_text, owned
from store.errors import SettingsError
from store.fraud_rules import Choice

OWNED: list[tuple[str, dict[str, float], str]] = [
    # nothing typed is nobody's limit
    ("", {}, ""),
    ("  ", {}, ""),
    ("1000: 50, 2000: 10", {"1000": 50, "2000": 10}, "1000: 50, 2000: 10"),
    # blanks are of no meaning, nor is a comma too many at the end
    (" 1000:50 ,2000 : 2.5 , ", {"1000": 50, "2000": 2.5}, "1000: 50, 2000: 2.5"),
    # an account may hold colons, blanks and what else people give it
    ("sip:1000: 3, <b>Bob's</b>: 5", {"sip:1000": 3, "<b>Bob's</b>": 5}, "sip:1000: 3, <b>Bob's</b>: 5"),
    # with a comma or a quote it stands in quotes
    ('"a,b": 5, "say ""x""": 2', {"a,b": 5, 'say "x"': 2}, '"a,b": 5, "say ""x""": 2'),
    # so does one that begins or ends with a blank, or is empty: the calls without one
    ('" a": 1, "": 7', {" a": 1, "": 7}, '" a": 1, "": 7'),
]


@pytest.mark.parametrize(("text", "found", "again"), OWNED)
def test_limits_of_accounts_are_read_and_written_the_same(
    text: str, found: dict[str, float], again: str
) -> None:
    assert owned(text) == found
    assert own_text(found) == again
    assert owned(again) == found


WRONG: list[tuple[str, str]] = [
    ("1000", "written like 1000: 50, 2000: 10, an account with a comma in quotes; '1000' is not."),
    # a comma is no decimal point
    ("1000: 50,5", "'5' is not."),
    (": 5", "': 5' is not."),
    ("1000: 5,, 2000: 1", "', 2000: 1' is not."),
    # a quote that is not closed, and one in the middle
    ('"1000: 5', "is not."),
    ('a"b: 5', "is not."),
    ("1000:", "'' is no limit"),
    ("1000: many", "'many' is no limit"),
    # numbers that only a computer takes for some
    ("1000: nan", "'nan' is no limit"),
    ("1000: 1e3", "'1e3' is no limit"),
    ("1000: ٣", "'٣' is no limit"),
    # 0 would tell of every call
    ("1000: 0", "write a number above 0 such as 20 or 2.5, and switch the rule off"),
    ("1000: -1", "'-1' is no limit"),
    ("1000: 5, 1000: 6", "The account '1000' has two limits"),
    ("a\x00b: 5", "is no account"),
    (f"{'1' * 129}: 5", "up to 128 signs"),
    (", ".join(f"{i}: 5" for i in range(MOST + 1)), f"at most: {MOST}"),
    # what is wrong is quoted, but not all of it
    ("x" * 1000, f"{'x' * 39}…' is not."),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_is_no_limit_is_said_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(SettingsError) as problem:
        owned(text)
    assert said in str(problem.value)
    assert "\n" not in str(problem.value)


LIMITS = [("20", 20.0, "20"), (" 2.50 ", 2.5, "2.5"), ("1000", 1000.0, "1000"), ("0.001", 0.001, "0.001")]


@pytest.mark.parametrize(("text", "limit", "again"), LIMITS)
def test_a_limit_is_read_and_written_the_same(text: str, limit: float, again: str) -> None:
    assert number(text) == limit
    assert limit_text(limit) == again


def test_a_choice_is_what_is_typed_over_the_one_before() -> None:
    held = Choice("wangiri", version=3)
    assert chosen(held, False, " ", "1000: 5") == Choice("wangiri", False, None, {"1000": 5.0}, 3)
    assert chosen(held._replace(limit=7), True, "30", "") == Choice("wangiri", True, 30.0, {}, 3)
    with pytest.raises(SettingsError, match="'x' is no limit"):
        chosen(held, True, "x", "")
    assert limit_text(None) == ""


def test_a_limit_by_itself_is_checked_like_that_of_the_form() -> None:
    held = Choice("budget", own={"1000": 90.0})
    assert limited(held, "600").limit == 600.0
    assert limited(held._replace(limit=600), "") == held
    assert limited(held, "2.5", "2000").own == {"1000": 90.0, "2000": 2.5}
    assert limited(held, "", "1000").own == {}
    for limit, account, said in (("1e3", "", "is no limit"), ("5", "a\x00b", "is no account")):
        with pytest.raises(SettingsError, match=said):
            limited(held, limit, account)
    full = held._replace(own={str(i): 5.0 for i in range(MOST)})
    with pytest.raises(SettingsError, match=f"at most: {MOST}"):
        limited(full, "5", "one more")
