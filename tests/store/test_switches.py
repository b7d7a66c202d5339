"""What is said of a switch: kept by version, refused field by field, and gone without its calls."""

import pytest

from store import switches
from store.batch import prepare
from store.database import Store
from store.ledger import commit
from store.switches import Improper, Overtaken, Switch
from tests.cast import at, call

WRONG = [
    # no name
    (Switch(" "), "name"),
    # one that does not fit
    (Switch("x" * 201), "name"),
    # a name of two lines
    (Switch("a\nb"), "name"),
    (Switch("a", address="1" * 65), "address"),
    (Switch("a", key="1" * 65), "key"),
    (Switch("a", note="1" * 501), "note"),
]


@pytest.mark.parametrize(("switch", "field"), WRONG)
def test_what_cannot_be_is_refused_at_its_field(store: Store, switch: Switch, field: str) -> None:
    with pytest.raises(Improper) as caught:
        switches.keep(store, switch)
    assert caught.value.field == field
    assert switches.everything(store) == []


def test_a_switch_is_named_before_its_first_call_and_the_later_of_two_editors_is_told(store: Store) -> None:
    first = switches.keep(store, Switch(" Nice ", note="by the\tsea"))
    assert first == Switch("Nice", note="by the sea", version=1)
    second = switches.keep(store, first._replace(address="192.0.2.7"))
    assert second.version == 2
    for late in (first, Switch("Nice")):
        with pytest.raises(Overtaken):
            switches.keep(store, late)
    assert switches.one(store, "Nice") == second
    assert not switches.forget(store, first, called=False)
    assert switches.forget(store, second, called=False)
    with pytest.raises(Overtaken):
        switches.keep(store, second)
    assert switches.everything(store) == []


def test_a_switch_that_has_calls_stays_with_nothing_said_of_it(store: Store) -> None:
    commit(store, prepare([call("a", at(0), 10, 5)]))
    assert switches.everything(store) == [Switch("Paris")]
    kept = switches.keep(store, Switch("Paris", key="k"))
    assert switches.forget(store, kept, called=True)
    assert switches.everything(store) == [Switch("Paris")]
