"""Batches of hostile rows: whatever stands in a text, the calls can be stored."""

from typing import Any

import pytest

from store.batch import prepare
from store.documents import decoded
from store.record import CDR
from tests.cast import at, call

HALF = "a\ud83db"
TEXTS = [name for name, kind in CDR.__annotations__.items() if kind is str]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("half", [HALF, "a\udce9b"])
def test_half_a_character_in_a_text_is_a_question_mark(name: str, half: str) -> None:
    """JSON can hold one (an emoji cut in two), and a file name or an argument of other bytes than UTF-8."""
    changed: dict[str, Any] = {name: half}
    rows = [call("c", at(0), 9, leg="1"), call("d", at(1), 9)._replace(**changed)]
    batch = prepare(rows)
    found = {decoded(one.raw) for one in batch.calls}
    assert {getattr(one, name) for one in found} == {getattr(rows[0], name), "a?b"}


def test_half_a_character_in_a_leg_is_one_too() -> None:
    rows = [call("c", at(minute), 9, leg=f"{minute}", channel=HALF) for minute in range(2)]
    (found,) = prepare(rows).calls
    assert [leg.channel for leg in decoded(found.raw).legs] == ["a?b", "a?b"]
