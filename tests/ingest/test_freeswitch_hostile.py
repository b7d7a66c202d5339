"""Hostile, broken and huge reports of FreeSWITCH: each becomes a sentence, and what can be mended is."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import freeswitch
from ingest.freeswitch_record import MOMENTS, TOLD, WANTED
from ingest.refused import Bad
from store.batch import prepare
from store.rejects import KEPT
from tests.ingest.freeswitch_reports import FILES, changed, sample
from tests.ingest.test_freeswitch import GIVEN, NOW, SECRET, calls


def xml(inner: str) -> str:
    return f'<?xml version="1.0"?>\n<cdr core-uuid="x" switchname="y">{inner}</cdr>'


HOSTILE = [
    # nothing, and what is neither
    ("", "report", "neither a JSON nor an XML report"),
    ("hello", "report", "neither a JSON nor an XML report"),
    # JSON that is cut off is told with its place
    (sample("a-leg")[:2000], "json", r"The document is no JSON: .* at character"),
    # JSON of something else
    ("{}", "report", "it has no variables and no callflow"),
    ('{"variables": [1], "callflow": {"caller_profile": 7}}', "start", "no start time"),
    # a report of types that no FreeSWITCH writes
    ('{"variables": {"uuid": {"a": 1}, "start_epoch": true}, "callflow": [[], 1]}', "start", "no start"),
    # nested beyond measure, and endless
    ('{"variables":' + "[" * 100_000, "too long", "more than 512 kB or 15,000 values"),
    ('{"variables":' + "[" * 10_000, "json", "nested too deep"),
    ('{"a":"' + "x" * 600_000 + '"}', "too long", "more than 512 kB"),
    ('{"a":[' + "1," * 30_000 + "1]}", "too long", "15,000 values"),
    # a number with more digits than Python likes
    ('{"variables":{"start_uepoch":' + "9" * 6_000 + "}}", "time", "is no time"),
    # XML that is cut off, that is another document, or that has too much in it
    (sample("a-leg, XML")[:3000], "xml", "The document is no XML"),
    ("<cdrs/>", "report", "it has no variables and no callflow"),
    (xml("<a/>" * 20_000), "too long", "more than 3,000 variables"),
    ("<cdr " + " ".join(f"a{i}=''" for i in range(9_000)) + "/>", "too long", "3,000 variables"),
    (xml("<variables>" * 2_000 + "</variables>" * 2_000), "start", "no start time"),
    # entities that grow, or that read a file
    ('<!DOCTYPE c [<!ENTITY a "b">]><cdr>&a;</cdr>', "xml", "declares its own entities"),
    ('<!DOCTYPE c [<!ENTITY a SYSTEM "file:///etc/passwd">]><cdr>&a;</cdr>', "xml", "its own entities"),
    # times and lengths that cannot be
    (changed("a-leg", start_uepoch="-5"), "time", "The start '-5' is no time"),
    (changed("a-leg", start_uepoch="99999999999999999"), "range", "more than a day in the future"),
    (changed("a-leg", billusec="-1"), "negative", "The billsec -1 is negative"),
    (changed("a-leg", billusec="a lot"), "length", "The billsec 'a lot' is not a number"),
    (changed("a-leg", billusec="999999999"), "talk", "more than the duration"),
]


@pytest.mark.parametrize(("text", "kind", "sentence"), HOSTILE)
def test_what_is_no_report_of_a_call_is_refused_with_a_sentence(text: str, kind: str, sentence: str) -> None:
    with pytest.raises(Bad, match=sentence) as refused:
        calls(text)
    assert refused.value.kind == kind


MENDED = {
    "a variable whose name XML does not allow": lambda text: text.replace(
        "<variables>", "<variables><sip_h_X Foo>1</sip_h_X Foo><$bar>2</$bar><9>3</9>"
    ),
    "a control character in a name": lambda text: text.replace("<aniii></aniii>", "<aniii>\x01\x1f</aniii>"),
    "blank lines before the declaration": lambda text: "\n\n" + text,
}


@pytest.mark.parametrize("mend", MENDED.values(), ids=MENDED)
def test_xml_that_is_slightly_wrong_is_read_nevertheless(mend: Callable[[str], str]) -> None:
    text = sample("a-leg, XML")
    assert mend(text) != text
    assert calls(mend(text)) == calls(text)


@pytest.mark.parametrize("name", FILES)
def test_a_rejected_report_is_kept_so_that_it_can_be_tried_again(name: str) -> None:
    text = sample(name)
    reject = freeswitch.rejected(text, Bad("switch", "The row names no switch."))
    assert len(reject.text) < KEPT / 2
    assert SECRET.rstrip("#") not in reject.text
    assert freeswitch.again(GIVEN, reject.text, NOW) == calls(text)


@pytest.mark.parametrize(
    "text",
    [
        # cut off, so that nobody can read it
        sample("a-leg")[:-50],
        changed("a-leg", digits_dialed="1234")[:5000].replace("%23", ""),
        sample("a-leg, XML")[:-50],
    ],
)
def test_a_report_that_nobody_can_read_is_kept_without_the_digits_that_were_dialled(text: str) -> None:
    reject = freeswitch.rejected(text, Bad("json", "It is cut off."), 7)
    assert (reject.line, reject.kind, reject.reason) == (7, "json", "It is cut off.")
    assert len(reject.text) <= KEPT
    assert "4711" not in reject.text
    assert "1234" not in reject.text.partition("digits_dialed")[2][:20]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from([*WANTED, "digits_dialed"])
PLACES = st.sampled_from(["variables", "callflow", "channel_data", "switchname", "core-uuid"])


@settings(max_examples=200, deadline=None)
@given(
    variables=st.dictionaries(NAMES, VALUES, max_size=6),
    others=st.dictionaries(PLACES, VALUES, max_size=2),
    profile=st.dictionaries(st.sampled_from([*TOLD, *MOMENTS, "originator"]), VALUES, max_size=4),
)
def test_a_report_of_whatever_values_is_a_call_that_can_be_stored_or_a_sentence(
    variables: dict[str, Any], others: dict[str, Any], profile: dict[str, Any]
) -> None:
    report = json.loads(sample("a-leg"))
    report["variables"] |= variables
    report["callflow"][0]["caller_profile"] |= profile
    report["callflow"][0]["times"] |= profile
    text = json.dumps(report | others)
    try:
        rows = calls(text)
    except Bad as bad:
        assert str(bad).endswith((".", "?")) and len(str(bad)) < 300
        assert len(freeswitch.rejected(text, bad).text) <= KEPT
    else:
        assert prepare(rows).rows == len(rows)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(NAMES, st.text(max_size=40), max_size=6), st.text(max_size=20))
def test_a_report_in_xml_of_whatever_texts_is_a_call_that_can_be_stored_or_a_sentence(
    variables: dict[str, str], between: str
) -> None:
    told = "".join(f"<{name}>{value}</{name}>{between}" for name, value in variables.items())
    try:
        rows = calls(sample("a-leg, XML").replace("<variables>", f"<variables>{told}"))
    except Bad as bad:
        assert str(bad).endswith(".") and len(str(bad)) < 300
    else:
        assert prepare(rows).rows == len(rows)
