"""How far a table is read: nothing is lost or read for ever, whatever order its rows appear in."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ingest import window
from ingest.window import LATE_ROWS, Window, key_of, page, step, window_of

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def read(rows: list[int], found: Window, size: int) -> tuple[list[int], Window]:
    """All that is new, page after page."""

    def ask(floor: window.Value | None, strictly: bool) -> list[tuple[int]]:
        assert not isinstance(floor, datetime | str)
        held = [row for row in rows if floor is None or row > floor or (row == floor and not strictly)]
        return [(row,) for row in sorted(held)[: size + 1]]

    def same(value: window.Value) -> list[tuple[int]]:
        return [(row,) for row in rows if row == value]

    new, more = [], True
    while more:
        held, more = page(ask, same, found.floor, size)
        values = [row[0] for row in held]
        fresh, found = step(found, values, [key_of([value]) for value in values], more)
        new += [values[place] for place in fresh]
    return new, found


def test_what_was_read_is_not_new_again() -> None:
    new, found = read(list(range(10)), Window(), 100)
    assert new == list(range(10))
    assert read(list(range(10)), found, 100) == ([], found)


def test_a_row_that_appears_late_is_found() -> None:
    rows = [1, 2, 4, 5]
    _, found = read(rows, Window(), 100)
    assert read([*rows, 3], found, 100)[0] == [3]


def test_a_moment_is_late_by_time() -> None:
    moments = [NOW, NOW + timedelta(seconds=30)]
    _, found = step(Window(), moments, [key_of([m]) for m in moments], False)
    assert found.floor == NOW + timedelta(seconds=30) - window.LATE
    assert window_of(found.cursor()) == found


def test_many_known_rows_near_each_other_do_not_hold_the_reading_up() -> None:
    rows = list(range(LATE_ROWS * 3))
    new, _ = read(rows, Window(), 100)
    assert sorted(set(new)) == rows


@given(st.lists(st.lists(st.integers(0, 60), max_size=12), max_size=8))
def test_every_row_is_read_however_they_appear(batches: list[list[int]]) -> None:
    rows: list[int] = []
    seen: set[int] = set()
    found = Window()
    for batch in batches:
        rows += batch
        new, later = read(rows, found, 100)
        seen |= set(new)
        found = window_of(later.cursor())
        assert seen == set(rows)


@given(st.lists(st.integers(0, 20), max_size=40), st.lists(st.integers(21, 40)), st.integers(1, 7))
def test_a_backlog_is_read_in_pages_of_any_size(rows: list[int], more: list[int], size: int) -> None:
    new, found = read(rows, Window(), size)
    assert set(new) == set(rows)
    later, _ = read([*rows, *more], found, size)
    assert set(later) >= set(more)
