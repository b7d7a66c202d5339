"""The scope: a value to key caches by, and the narrowing to what a person may see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.scope import DurationMatch, NumberMatch, Scope, narrow
from tests.cast import ALICE, BOB, CAST, SEES, at
from tests.oracle import fits

ALL = Scope(at(-2000), at(2000))
FULL = ALL._replace(
    accounts=(ALICE,),
    switches=("Paris",),
    caller=NumberMatch("begins", "+33"),
    duration=DurationMatch("ge", 1),
)


def test_scopes_are_equal_by_value_and_can_key_a_cache() -> None:
    caller, duration = NumberMatch("begins", "+33"), DurationMatch("ge", 1)
    twin = Scope(at(-2000), at(2000), "UTC", (ALICE,), ("Paris",), (), (), (), caller, None, duration)
    assert twin == FULL and twin is not FULL and hash(FULL) == hash(twin)
    assert {FULL: "an answer"}[twin] == "an answer"
    for name in Scope._fields:
        assert FULL._replace(**{name: "else"}) != FULL  # type: ignore[arg-type]


NARROWED: list[tuple[tuple[str, ...] | None, tuple[str, ...] | None, tuple[str, ...] | None]] = [
    # an admin sees what is asked for
    (None, None, None),
    ((ALICE, BOB), None, (ALICE, BOB)),
    ((), None, ()),
    # a customer sees all of the own calls, or the part that is asked for
    (None, (ALICE,), (ALICE,)),
    ((ALICE,), (ALICE, BOB), (ALICE,)),
    ((ALICE, BOB), (ALICE,), (ALICE,)),
    # asking for another's calls gives nobody's, not all
    ((BOB,), (ALICE,), ()),
    # who may see nothing sees nothing
    (None, (), ()),
    ((ALICE,), (), ()),
    ((), (ALICE,), ()),
    # a part of a name is another name
    ((ALICE[:3], ALICE + "0", ""), (ALICE,), ()),
]


@pytest.mark.parametrize(("asked", "allowed", "accounts"), NARROWED)
def test_narrowing_to_what_a_person_may_see(
    asked: tuple[str, ...] | None, allowed: tuple[str, ...] | None, accounts: tuple[str, ...] | None
) -> None:
    scope = FULL._replace(accounts=asked)
    assert narrow(scope, allowed) == FULL._replace(accounts=accounts)
    assert narrow(narrow(scope, allowed), allowed) == narrow(scope, allowed)


names = st.lists(st.sampled_from((ALICE, BOB, "", "3000")), max_size=3).map(tuple)


@given(st.one_of(st.none(), names), st.sampled_from([*SEES.values()]))
def test_narrowing_never_widens(asked: tuple[str, ...] | None, allowed: tuple[str, ...] | None) -> None:
    before = ALL._replace(accounts=asked)
    after = narrow(before, allowed)
    for call in CAST:
        may = allowed is None or call.account in allowed
        assert fits(call, after) is (fits(call, before) and may)


def test_what_a_scope_asks_of_the_store() -> None:
    assert ALL.facets == {} and not ALL.needs_records
    assert ALL._replace(countries=("FR",), causes=("X",)).facets == {"country": ("FR",), "cause": ("X",)}
    assert ALL._replace(directions=("in",)).facets == {"direction": ("in",)}
    # an empty number is asked for like any other
    for more in (
        ALL._replace(caller=NumberMatch("equals", "")),
        ALL._replace(destination=NumberMatch("ends", "1")),
    ):
        assert more.needs_records
    assert ALL._replace(duration=DurationMatch("lt", 0)).needs_records
