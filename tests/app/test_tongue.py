"""The language of the pages: messages, numbers and dates as who reads them has them."""

import re
import string
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from bokeh.document import Document
from bokeh.plotting import figure
from panel.io.state import set_curdoc

from app import build_words, tongue, words
from app.theme import axes
from app.tongue import COMMON, Tongue, many, offered, speaking, t
from store.errors import CdrStatsError
from store.people import LANGUAGES, NUMBER_FORMATS
from store.sentence import Sentence

BROWSERS = [
    # says nothing: English
    ("", "", "", Tongue("en", "1,234.5")),
    # a language that there is no catalogue of
    ("tlh,en;q=0.2", "tlh", "", Tongue("en", "1,234.5")),
    # numbers are chosen apart from the language
    ("en-GB", "", "1234.5", Tongue("en", "1234.5")),
    # whatever it is, it is a language
    ("\x00,;;q=,*" * 1000, "", "", Tongue("en", "1,234.5")),
]


@pytest.mark.parametrize(("header", "language", "numbers", "read"), BROWSERS)
def test_a_page_is_read_as_its_reader_chose_else_as_the_browser_asks(
    header: str, language: str, numbers: str, read: Tongue
) -> None:
    assert Tongue(language, numbers).or_browser(header) == read


NUMBERS = [
    # English
    ("1,234.5", 1_234_567.25, 1, "1,234,567.2"),
    # French: a narrow space that does not break
    ("1 234,5", 1_234_567.25, 1, "1\u202f234\u202f567,2"),
    # Spanish and German
    ("1.234,5", 1_234_567.25, 1, "1.234.567,2"),
    # Swiss
    ("1'234.5", 1_234_567.0, 0, "1’234’567"),
    # for spreadsheets
    ("1234.5", 1_234_567.25, 2, "1234567.25"),
    # a minus stays before it
    ("1.234,5", -1_234.5, 1, "-1.234,5"),
]


@pytest.mark.parametrize(("numbers", "value", "decimals", "text"), NUMBERS)
def test_numbers_are_written_as_their_reader_writes_them(
    numbers: str, value: float, decimals: int, text: str
) -> None:
    with speaking(Tongue("en", numbers)):
        assert tongue.number(value, decimals) == text


def test_every_format_and_language_that_may_be_chosen_is_known() -> None:
    assert set(COMMON) == set(LANGUAGES) - {""}
    assert set(COMMON.values()) <= set(NUMBER_FORMATS) - {""}


def test_days_and_countries_have_the_names_of_the_language() -> None:
    moment, zone = datetime(2026, 11, 22, 23, 30, tzinfo=UTC), ZoneInfo("Europe/Paris")
    assert words.day(moment, zone) == "Mon 23 Nov 2026"
    assert words.country("DE") == "Germany"
    names = list(words.countries().values())
    # accents do not count in the order
    assert names.index("Afghanistan") < names.index("Åland Islands") < names.index("Albania")


@pytest.mark.parametrize("language", ["fr", "es"])
def test_every_language_has_the_same_countries(language: str) -> None:
    english = words.countries()
    with speaking(Tongue(language)):
        assert set(words.countries()) == set(english)


def test_a_sentence_is_english_wherever_nobody_translates_it() -> None:
    error = CdrStatsError(Sentence("{n} of {all} failed: {why}", n=1, all=2, why="{no} place"))
    assert str(error) == "1 of 2 failed: {no} place"
    assert isinstance(str(error), Sentence)


@pytest.mark.parametrize(("language", "named"), [("en", True), ("fr", False), ("es", False)])
def test_only_english_axes_name_the_months(language: str, named: bool) -> None:
    with speaking(Tongue(language)):
        drawn: Any = figure(x_axis_type="datetime")
        axes(drawn)
    formats = str(drawn.xaxis.formatter.properties_with_values())
    beside = str(drawn.xaxis.formatter.context.properties_with_values())
    assert ("%b" in formats + beside) is named


def test_what_no_catalogue_has_is_shown_as_it_is() -> None:
    with speaking(Tongue("en", "1.234,5")):
        assert t("frankfurt-1 {x}") == "frankfurt-1 {x}"
        assert t("") == ""
        assert many("{n} xyz", "{n} xyzs", 1_000) == "1.000 xyzs"


def test_a_language_that_is_offered_has_every_message_with_its_places_markup_and_blanks() -> None:
    assert offered()[0] == "en"
    wanted = {message.id for message in build_words.messages() if message.id}
    assert len(wanted) > 300
    for language in offered()[1:]:
        held = [one for one in build_words.of_language(language) if one.id]
        assert {one.id for one in held} == wanted, "run `make words`"
        other = {}
        for message in held:
            for said, shown in zip(_forms(message.id), _forms(message.string), strict=True):
                if _parts(said) != _parts(shown):
                    other[said] = shown
        assert other == {}, f"{len(other)} messages of {language}.po are not translated"


def _forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def _parts(text: str) -> tuple[list[str], list[str], str, str]:
    """What a translation has to keep."""
    places = sorted({name for _, name, _, _ in string.Formatter().parse(text) if name is not None})
    edges = re.match(r"(\s*).*?(\s*)\Z", text, re.DOTALL)
    assert edges
    return places, sorted(re.findall(r"</?\w+[^>]*>", text)), edges[1], edges[2]


def test_what_is_spoken_goes_before_the_page_that_happens_to_be_there() -> None:
    document = Document()
    with set_curdoc(document):
        tongue.speak(Tongue("es", "1.234,5"))
        assert t("Save") == "Guardar"
        with speaking(Tongue("fr", "1 234,5")):
            assert t("Save") == "Enregistrer"
        assert t("Save") == "Guardar"
