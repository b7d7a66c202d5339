"""What is said of a cause: kept by version, refused field by field, and never of what Q.850 says."""

import pytest

from store import cause_notes, causes
from store.cause_notes import Note
from store.database import Store
from store.switches import Improper, Overtaken

WRONG = [
    # no name, and one of which nothing is left
    (Note(" ", "x"), "name"),
    (Note("--", "x"), "name"),
    # a cause of Q.850, by its name and by its code
    (Note("user busy", "x"), "name"),
    (Note("17", "x"), "name"),
    # nothing said, and too much
    (Note("OURS", " "), "description"),
    (Note("OURS", "x" * 501), "description"),
]


@pytest.mark.parametrize(("note", "field"), WRONG)
def test_what_cannot_be_said_is_refused_at_its_field(store: Store, note: Note, field: str) -> None:
    with pytest.raises(Improper) as caught:
        cause_notes.keep(store, note)
    assert caught.value.field == field
    assert cause_notes.everything(store) == {}


def test_the_later_of_two_who_describe_a_cause_is_told(store: Store) -> None:
    first = cause_notes.keep(store, Note("switch says-no", " The\tswitch is full. "))
    assert first == Note("SWITCH_SAYS_NO", "The switch is full.", 1)
    with pytest.raises(Overtaken):
        cause_notes.keep(store, Note("SWITCH_SAYS_NO", "Late."))
    second = cause_notes.keep(store, first._replace(description="It is full."))
    assert second.version == 2
    with pytest.raises(Overtaken):
        cause_notes.keep(store, first)
    notes = cause_notes.everything(store)
    assert notes == {"SWITCH_SAYS_NO": second}
    assert cause_notes.told(causes.cause("SWITCH_SAYS_NO"), notes).description == "It is full."
    assert cause_notes.told(causes.cause("USER_BUSY"), notes) == causes.cause("USER_BUSY")
    assert not cause_notes.forget(store, first)
    assert cause_notes.forget(store, second)
    with pytest.raises(Overtaken):
        cause_notes.keep(store, second)
    assert cause_notes.everything(store) == {}
