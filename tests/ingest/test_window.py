"""How far a table is read: nothing is lost or read for ever, whatever order its rows appear in."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import window
from ingest.lateness import LATE, ROWS, by_moment, by_number, by_second
from ingest.window import Window, key_of, page, step, window_of

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
Row = tuple[Any, int]
"""Its value, and what else tells it from others."""


def close(value: Any) -> Any:
    """Rows are at most three late, and one of a hundred tells nothing."""
    return None if value == 100 else value - 3


def read(rows: list[Row], found: Window, size: int, lower: Any = close) -> tuple[list[Row], Window]:
    """One look: all that is new, page after page, each of them in order and none without end."""

    def ask(start: Any, strictly: bool) -> list[Row]:
        held = [row for row in rows if start is None or row[0] > start or (row[0] == start and not strictly)]
        return sorted(held)[: size + 1]

    def same(value: Any) -> list[Row]:
        return [row for row in rows if row[0] == value]

    new: list[Row] = []
    found, more, floor = window_of(found.cursor()), True, found.floor
    while more:
        before = found.start
        held, more = page(ask, same, found.start, size)
        values = [row[0] for row in held]
        fresh, found = step(found, values, [key_of(row) for row in held], more, lower)
        new += [held[place] for place in fresh]
        assert not more or before is None or found.start > before  # type: ignore[operator]
    assert floor is None or (found.floor is not None and found.floor >= floor)  # type: ignore[operator]
    return new, found


def numbered(*values: int) -> list[Row]:
    return [(value, 0) for value in values]


def test_what_was_read_is_not_new_again() -> None:
    new, found = read(numbered(*range(10)), Window(), 100)
    assert new == numbered(*range(10))
    assert read(numbered(*range(10)), found, 100)[0] == []


def test_a_row_that_appears_late_is_found_and_one_that_is_too_late_is_not() -> None:
    rows = numbered(1, 2, 8, 10)
    _, found = read(rows, Window(), 100)
    assert read([*rows, *numbered(7, 3)], found, 100)[0] == numbered(7)


def test_a_row_that_was_changed_is_new() -> None:
    _, found = read([(8, 0), (9, 0)], Window(), 100)
    assert read([(8, 0), (9, 1)], found, 100)[0] == [(9, 1)]


def test_a_moment_is_kept_as_it_is() -> None:
    moments = [NOW - timedelta(hours=1), NOW - timedelta(minutes=30, microseconds=1)]
    _, found = step(Window(), moments, [key_of([m]) for m in moments], False, by_moment("UTC", NOW))
    assert found.floor == moments[1] - LATE
    assert window_of(found.cursor()) == Window(found.floor, found.known)


def test_many_known_rows_near_each_other_do_not_hold_the_reading_up() -> None:
    rows = [(n // 400, n) for n in range(2_000)]
    new, found = read(rows, Window(), 10)
    assert sorted(new) == rows
    # the rows of the last four values, and no more
    assert len(found.known) == 1_600


def test_what_is_remembered_is_bounded_and_what_is_forgotten_is_only_read_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(window, "KNOWN", 50)
    rows = [(9, n) for n in range(200)]
    new, found = read(rows, Window(), 1_000)
    assert (len(new), len(found.known)) == (200, 50)
    again, found = read([*rows, (10, 0)], found, 1_000)
    assert len(again) == 151
    assert (10, 0) in again
    assert len(found.known) == 50


def test_a_look_that_ends_early_forgets_nothing_of_what_it_did_not_reach() -> None:
    rows = [(n, 0) for n in range(4)]
    _, found = read(rows, Window(), 100)
    first = step(found, [0, 1], [key_of(row) for row in rows[:2]], True, close)
    assert first.fresh == []
    assert read(rows, first.window, 100)[0] == []


def test_a_value_that_tells_nothing_does_not_take_the_reading_with_it() -> None:
    _, found = read(numbered(1, 2, 100), Window(), 100)
    assert found.floor == -1
    assert read(numbered(1, 2, 3, 100), found, 100)[0] == numbered(3)


values = st.integers(0, 60) | st.just(100)


@given(st.lists(st.lists(values, max_size=12), max_size=8), st.integers(1, 9))
def test_every_row_is_read_that_is_not_too_late(batches: list[list[int]], size: int) -> None:
    rows: list[Row] = []
    seen: set[Row] = set()
    found = Window()
    for batch in batches:
        late = [value for value in batch if found.floor is not None and value < found.floor]  # type: ignore[operator]
        rows += [(value, len(rows) + place) for place, value in enumerate(batch) if value not in late]
        new, found = read(rows, found, size)
        assert not seen & set(new)
        seen |= set(new)
        assert seen == set(rows)


MADRID = ZoneInfo("Europe/Madrid")
BACK, FORTH = datetime(2026, 10, 25, 2, 30), datetime(2026, 3, 29, 3, 30)
HOUR = timedelta(hours=1)
FLOORS: list[tuple[Any, Any]] = [
    # local times, as MySQL has them
    (datetime(2026, 11, 3, 9), datetime(2026, 11, 3, 9) - LATE),
    # with their zone, as in PostgreSQL
    (datetime(2026, 11, 3, 9, tzinfo=UTC), datetime(2026, 11, 3, 9, tzinfo=UTC) - LATE),
    # the hour that comes twice, and a day behind it
    (BACK, BACK - HOUR - LATE),
    (BACK + 20 * HOUR, BACK + 19 * HOUR - LATE),
    (BACK + 30 * HOUR, BACK + 30 * HOUR - LATE),
    # the hour that does not come
    (FORTH, FORTH - HOUR - LATE),
    # texts, as SQLite has them
    ("2026-11-03 09:00:00", "2026-11-03 08:54:00"),
    ("2026-11-03T09:00:00.250000", "2026-11-03 08:54:00.250000"),
    ("2026-11-03 09:00:00+01:00", "2026-11-03 08:54:00+01:00"),
    ("20261103090000", "20261103085400"),
    # epochs in seconds, milliseconds and microseconds
    (1_793_696_400, 1_793_696_040),
    (1_793_696_400.75, 1_793_696_040),
    (1_793_696_400_000, 1_793_696_040_000),
    (1_793_696_400_000_000, 1_793_696_040_000_000),
    ("1793696400", "1793696040"),
    # what is to come, and what is no time
    (datetime(2038, 1, 19), None),
    (datetime(9999, 12, 31, 23, 59, 59), None),
    ("2038-01-19 03:14:07", None),
    (4_000_000_000, None),
    ("0000-00-00 00:00:00", None),
    ("whenever", None),
    ("", None),
    (float("nan"), None),
    (datetime.min, None),
    (b"2026", None),
]


@pytest.mark.parametrize(("value", "floor"), FLOORS)
def test_a_moment_is_late_by_time(value: Any, floor: Any) -> None:
    assert by_moment("Europe/Madrid", NOW)(value) == floor


def test_numbers_and_seconds_are_late_too() -> None:
    assert by_number(5_000) == 5_000 - ROWS
    second = int(NOW.timestamp())
    assert by_second(NOW)(second) == second - 360
    assert by_second(NOW)(second + 3_600) is None


days = st.timedeltas(timedelta(0), 24 * HOUR)
autumn, spring = (
    st.datetimes(datetime(2026, m, d - 1), datetime(2026, m, d + 2)) for m, d in ((10, 25), (3, 29))
)


def wall(moment: datetime) -> datetime:
    return moment.astimezone(MADRID).replace(tzinfo=None)


@given(autumn | spring, days, days)
def test_no_call_is_lost_at_a_change_of_clocks(end: datetime, length: timedelta, other: timedelta) -> None:
    """Neither by its end on the wall, nor by its start there and its length, behind others of that end."""
    ended = end.replace(tzinfo=UTC)
    lower = by_moment("Europe/Madrid", ended)
    for value, before in (
        (wall(ended), wall(ended - timedelta(seconds=1))),
        (wall(ended - length) + length, wall(ended - other) + other),
    ):
        floor = lower(before)
        assert floor is None or value >= floor  # type: ignore[operator]
