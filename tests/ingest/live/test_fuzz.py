"""Whatever a switch says, bounded live calls come of it or one sentence, and nothing else."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.connector import SourceProblem
from ingest.live import ami, esl, kamailio, wire
from ingest.live.legs import grouped
from ingest.live.poller import LONGEST, Maker
from store.live import LiveCall
from tests.ingest.live import asking
from tests.ingest.live.asterisk import FIELDS
from tests.ingest.live.freeswitch import COLUMNS
from tests.ingest.live.served import saying

VALUES: st.SearchStrategy[Any] = st.one_of(
    st.text(max_size=300),
    st.sampled_from(
        ["", "<unknown>", "6", "ACTIVE", "a1", f"{asking.SECOND}", f"{asking.SECOND}.7", "00:01:05"]
    ),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.none(),
    st.lists(st.integers(), max_size=2),
)
TEXTS = VALUES.map(str)
DIALOG = ("call-id", "from_uri", "to_uri", "init_ts", "start_ts", "variables", "h_id")


def sound(calls: Sequence[LiveCall]) -> None:
    """What is true of every live call."""
    for call in calls:
        assert 0 < len(call.id) <= LONGEST
        assert max(map(len, (call.caller, call.destination, call.number, call.account))) <= LONGEST
        assert call.since <= asking.NOW
        assert call.answered is None or (call.talking and call.since <= call.answered <= asking.NOW)
        assert call.legs >= 1
        assert call.country
        f"{call}".encode()


def maker(kind: str) -> Maker:
    return Maker(asking.given(kind), asking.NOW)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(COLUMNS), VALUES), max_size=5))
def test_channels_of_freeswitch(rows: list[dict[str, Any]]) -> None:
    legs = grouped(rows, lambda leg: esl._text(leg, "call_uuid") or esl._text(leg, "uuid"))
    sound([esl._call(maker("freeswitch_esl"), name, of_call) for name, of_call in legs.items()])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from([name.lower() for name in FIELDS]), TEXTS), max_size=5))
def test_channels_of_asterisk(rows: list[dict[str, str]]) -> None:
    legs = grouped(rows, ami._name)
    sound([ami._call(maker("asterisk_ami"), name, of_call) for name, of_call in legs.items()])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.fixed_dictionaries({"state": st.integers(0, 6)} | dict.fromkeys(DIALOG, VALUES)), max_size=5)
)
def test_dialogs_of_kamailio(rows: list[dict[str, Any]]) -> None:
    sound(kamailio._listed(asking.given("kamailio_rpc"), asking.NOW, rows).calls)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(["freeswitch_esl", "asterisk_ami"]), st.lists(st.binary(max_size=200), max_size=3))
def test_bytes_of_any_program(kind: str, parts: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch, saying(*parts) as port:
        patch.setattr(wire, "LIMIT", 0.1)
        try:
            asking.asked(kind, port=port, user="cdr", password="x")
        except SourceProblem as problem:
            assert str(problem).endswith(".")
        else:
            raise AssertionError("random bytes made a list of calls")
