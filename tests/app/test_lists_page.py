"""The page of the number lists: what a line is called, what is found, and what a form asks for."""

from datetime import UTC, datetime

import pytest

from app.views.lists import Typed, added, before, entries, fits, numbers
from store import countries
from store.errors import CdrStatsError
from store.lists import Entry
from store.numbers import place
from store.prefixes import country_of, ranges

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def entry(prefix: str = "", country: str = "", tenant: str = "", words: str = "") -> Entry:
    return Entry("", tenant, "black", prefix, country, words, "Ada", NOW)


NAMES = [
    # a prefix goes on
    (entry("33899"), "33899…"),
    # with the country that it was chosen of
    (entry("535", "CU"), "535… (Cuba)"),
    # a country without a prefix is all of it
    (entry(country="CU"), "All of Cuba"),
]


@pytest.mark.parametrize(("line", "name"), NAMES)
def test_a_line_is_called_by_what_it_stops(line: Entry, name: str) -> None:
    assert numbers(line) == name


FOUND = [
    # by the beginning of its prefix
    (entry("33899"), "338", True),
    # by a number that it would stop
    (entry("33899"), "+33899123456", True),
    # not by digits in its midst
    (entry("33899"), "899", False),
    # by its country, its account and why, whatever their case
    (entry(country="CU"), "cuba", True),
    (entry("53", tenant="1000"), "1000", True),
    (entry("53", words="Premium rate"), "premium", True),
    # by nothing else
    (entry("53"), "france", False),
    # an empty search finds all
    (entry("53"), " ", True),
]


@pytest.mark.parametrize(("line", "search", "found"), FOUND)
def test_a_search_finds_numbers_by_their_beginning_and_words_anywhere(
    line: Entry, search: str, found: bool
) -> None:
    assert fits(line, search) is found


def typed(**more: object) -> Typed:
    return Typed("black", "", "", "", (), "")._replace(**more)  # type: ignore[arg-type]


ASKED = [
    # several, however they are parted, each once
    (typed(prefixes="33899, +88\n33899;44"), [("33899", ""), ("88", ""), ("44", "")]),
    # a whole country
    (typed(country="CU"), [("", "CU")]),
    # some of its prefixes
    (typed(country="CU", chosen=("532", "535")), [("532", "CU"), ("535", "CU")]),
]


@pytest.mark.parametrize(("form", "lines"), ASKED)
def test_a_form_asks_for_a_line_a_prefix(form: Typed, lines: list[tuple[str, str]]) -> None:
    assert [(one.prefix, one.country) for one in entries(form, "Ada", NOW)] == lines


WRONG = [
    (typed(), "Say which numbers"),
    (typed(prefixes="33x"), "'33x' is no prefix"),
    (typed(prefixes="1" * 16), "is no prefix"),
    (typed(prefixes="\u0663\u0663"), "is no prefix"),
    (typed(prefixes="33", words="x" * 201), "up to 200 characters"),
]


@pytest.mark.parametrize(("form", "sentence"), WRONG)
def test_what_cannot_be_listed_is_a_sentence(form: Typed, sentence: str) -> None:
    with pytest.raises(CdrStatsError, match=sentence):
        entries(form, "Ada", NOW)


def test_what_is_taken_off_is_each_once_and_checked() -> None:
    assert before("+ 00, 00\t1234#") == ("+", "00", "1234#")
    assert before(" ") == ()
    with pytest.raises(CdrStatsError, match="'a' is no prefix"):
        before("+ a")


def test_what_was_there_is_told() -> None:
    assert [added(*counts) for counts in ((1, 0), (2, 1), (0, 3))] == [
        "1 line added.",
        "2 lines added. 1 was there.",
        "0 lines added. 3 were there.",
    ]


@pytest.mark.parametrize("country", countries.codes()[:-3])
def test_what_the_numbers_of_a_country_begin_with_is_its_alone(country: str) -> None:
    found = ranges(country)
    assert found
    for prefix in found:
        assert {country_of(prefix + tail) for tail in ("0000000", "5555555", "9999999")} == {country}


@pytest.mark.parametrize(
    "number", ["33612345678", "14165550123", "12125550100", "447911123456", "390612345678"]
)
def test_a_number_begins_as_its_country_does(number: str) -> None:
    assert number.startswith(ranges(place(f"+{number}").country))
