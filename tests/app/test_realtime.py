"""The Realtime page without a browser: lines and their gaps, what a click narrows, what the table is sent."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from bokeh.document import Document
from bokeh.document.events import ColumnDataChangedEvent, ColumnsPatchedEvent

from app.live import HOUR, ask, past, scope_of
from app.viewer import Viewer
from app.views.live_counts import Chosen, Counted, Counts, Tiles, counted, current
from app.views.live_line import LiveLine, detail, lines
from app.views.live_table import LiveTable, newest, row_of
from ingest.sources import configure
from store import live, livepeaks, sources
from store.batch import prepare
from store.database import Store
from store.ledger import commit
from store.live import Board, LiveCall, LiveCalls, Tally
from tests.cast import ALICE, BOB, call

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
UTC_ZONE = ZoneInfo("UTC")
GAP = None


def frame(**switches: list[int | None]) -> pd.DataFrame:
    """Measured minutes from NOW on; None is one without an answer. `all` is all switches together."""
    rows = [
        ("*" if name == "all" else name, pd.Timestamp(NOW + n * MINUTE), value)
        for name, values in switches.items()
        for n, value in enumerate(values)
        if value is not None
    ]
    made = pd.DataFrame(rows, columns=["switch", "minute", "concurrent"])
    return made.astype({"minute": "datetime64[ms, UTC]", "concurrent": int})


def said(values: Any) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values]


def board(switch: str, total: int = 0, state: str = "ok") -> Board:
    return Board(switch, switch, state, NOW, total)


DRAWN: list[tuple[dict[str, list[int | None]], list[int | None], list[Board], list[int | None]]] = [
    # both answered all the time
    ({"a": [1, 2, 3], "b": [4, 4, 4]}, [5, 6, 7], [], [5, 6, 7]),
    # one was silent for a minute: the sum is not known then
    ({"a": [1, 2, 3], "b": [4, GAP, 4]}, [5, 2, 7], [], [5, GAP, 7]),
    # one was added later: before, the other was all there was
    ({"a": [1, 2, 3], "b": [GAP, GAP, 4]}, [1, 2, 7], [], [1, 2, 7]),
    # nobody asked at all
    ({"a": [1, GAP, 3]}, [1, GAP, 3], [], [1, GAP, 3]),
    # the minute has just begun: what is in progress is its least
    ({"a": [1, 2, GAP]}, [1, 2, GAP], [board("a", 9)], [1, 2, 9]),
    # one was paused or removed: it is not missed
    ({"a": [1, 2, 3], "b": [4, GAP, GAP]}, [5, 2, 3], [board("a", 3)], [5, 2, 3]),
    # one does not answer now: the sum of the others is not the sum
    ({"a": [1, 2, 3], "b": [4, 4, GAP]}, [5, 6, 3], [board("a", 3), board("b", 4, "failing")], [5, 6, GAP]),
    # one has not answered for longer than is shown: it is left out
    ({"a": [1, 2, 3]}, [1, 2, 3], [board("a", 3), board("b", 4, "failing")], [1, 2, 3]),
]


@pytest.mark.parametrize(("each", "together", "boards", "expected"), DRAWN)
def test_all_switches_together_have_a_gap_where_one_that_answered_is_silent(
    each: dict[str, list[int | None]],
    together: list[int | None],
    boards: list[Board],
    expected: list[int | None],
) -> None:
    found = lines(frame(**each), frame(all=together), NOW, NOW + 3 * MINUTE, boards)
    assert said(found.together) == expected
    for name, values in each.items():
        assert said(found.switches[name])[:2] == values[:2]


def test_of_a_long_span_steps_are_drawn_at_their_highest() -> None:
    day = 24 * 60
    values: list[int | None] = [n % 7 for n in range(day)]
    values[100:130] = [None] * 30
    found = lines(frame(a=values), frame(all=values), NOW, NOW + day * MINUTE)
    assert (found.minutes, len(found.together), len(found.times)) == (5, 288, 289)
    assert said(found.together[18:27]) == [6, 6, None, None, None, None, None, None, 6]


def test_of_many_switches_the_busiest_are_drawn() -> None:
    busy: dict[str, list[int | None]] = {f"s{n}": [n] for n in range(12)}
    each = frame(**busy)
    assert list(lines(each, frame(all=[66]), NOW, NOW + MINUTE).switches) == [
        *("s10", "s11"),
        *(f"s{n}" for n in range(5, 10)),
    ]


def test_the_line_is_patched_while_its_minutes_are_the_same() -> None:
    line = LiveLine(UTC_ZONE)
    events: list[Any] = []
    document = Document()
    document.add_root(line.plot)
    document.on_change(lambda event: events.append(event))
    for last in (3, 4):
        events.clear()
        line.show(lines(frame(a=[1, 2, last]), frame(all=[1, 2, last]), NOW, NOW + 3 * MINUTE))
    patched = [event for event in events if isinstance(event, ColumnsPatchedEvent)]
    assert [event.patches for event in patched] == [{"line0": [(4, 4.0), (5, 4.0)]}]
    assert [event for event in events if isinstance(event, ColumnDataChangedEvent)] == []
    assert (line.plot.y_range.start, line.drawn["*"].visible, line.drawn["line0"].visible) == (0, False, True)


def test_the_peak_is_told_in_words() -> None:
    found = lines(frame(a=[1, 7, 3]), frame(all=[1, 7, 3]), NOW, NOW + 3 * MINUTE)
    assert detail(found, ZoneInfo("Europe/Paris")) == "most 7, Mon 23 Nov 10:01; drawn is each minute"
    assert detail(lines(frame(), frame(), NOW, NOW + MINUTE), UTC_ZONE) == "nothing measured yet"


PARIS = Board("fs", "Paris", "ok", NOW, 5, 3, tallies=(Tally(ALICE, "FR", 1, 2), Tally(BOB, "DE", 1, 1)))
LYON = Board("pbx", "Lyon", "ok", NOW, 9, 1, tallies=(Tally(BOB, "FR", 1, 1),))
AWAY = Board("edge", "Edge", "failing", NOW, 70, 70, tallies=(Tally(BOB, "US", 0, 70),))


def test_calls_that_are_only_counted_are_of_no_account_and_a_silent_switch_has_none() -> None:
    assert current([PARIS, LYON, AWAY]) == [PARIS, LYON]
    assert sum(one.ringing + one.talking for one in counted([PARIS, LYON])) == 14
    assert Counted("Lyon", "", "ZZ", 7, 0) in counted([PARIS, LYON])


def rows(counts: Counts) -> list[tuple[Any, ...]]:
    return [(row["key"], row["calls"], row["talking"]) for row in counts.rows.rows]


def shown(dimension: str, chosen: Chosen) -> list[tuple[Any, ...]]:
    counts = Counts(dimension, "", lambda *_: None)
    boards = [PARIS, LYON, AWAY] if dimension == "switch" else []
    counts.show(counted([PARIS, LYON]), chosen, boards)
    return rows(counts)


def test_a_click_narrows_the_others_and_not_its_own() -> None:
    chosen = Chosen()
    assert shown("account", chosen) == [("", "7", "0"), (BOB, "4", "2"), (ALICE, "3", "2")]
    chosen.toggle("country", "FR")
    assert shown("account", chosen) == [(ALICE, "3", "2"), (BOB, "2", "1")]
    assert shown("country", chosen) == [("ZZ", "7", "0"), ("FR", "5", "3"), ("DE", "2", "1")]
    chosen.toggle("account", BOB)
    assert shown("switch", chosen) == [("Edge", "–", ""), ("Lyon", "2", "1"), ("Paris", "0", "0")]
    chosen.toggle("country", "FR")
    assert shown("switch", chosen) == [("Edge", "–", ""), ("Lyon", "2", "1"), ("Paris", "2", "1")]


def test_the_tiles_know_when_they_know_nothing() -> None:
    tiles = Tiles()
    tiles.show(counted([PARIS]), [PARIS, AWAY])
    assert "<b>5</b>" in tiles.pane.object
    assert "<b>1 of 2</b>" in tiles.pane.object
    tiles.show([], [AWAY])
    assert "<span>Calls now</span><b>–</b>" in tiles.pane.object


def live_call(name: str, seconds: float, **more: Any) -> LiveCall:
    return LiveCall(name, NOW - timedelta(seconds=seconds), caller="201", destination="202", **more)


def test_the_table_is_sent_what_differs() -> None:
    table = LiveTable()

    def put(*calls: LiveCall) -> None:
        table.put((row_of("fs", "Paris", one, NOW, UTC_ZONE) for one in calls), NOW)

    put(live_call("a", 9), live_call("b", 5))
    assert [row["id"] for row in table.rows] == ["fs|a", "fs|b"]
    put(live_call("b", 5, talking=True), live_call("c", 1))
    assert [row["id"] for row in table.delta["put"]] == ["fs|b", "fs|c"]
    assert table.delta["drop"] == ["fs|a"]
    before = table.delta
    put(live_call("b", 5, talking=True), live_call("c", 1))
    assert table.delta is before
    assert len(table.rows) == 2


def test_a_row_says_when_a_call_began_and_yesterday_as_such() -> None:
    paris = ZoneInfo("Europe/Paris")
    assert row_of("fs", "Paris", live_call("a", 5), NOW, paris)["clock"] == "09:59:55"
    assert row_of("fs", "Paris", live_call("a", 12 * 3600), NOW, paris)["clock"] == "Sun 22 Nov 22:00"


def test_of_too_many_calls_the_newest_are_shown() -> None:
    calls = [("fs", "Paris", live_call(str(n), n)) for n in range(9)]
    assert [one[2].id for one in newest(calls, 3)] == ["0", "1", "2"]


@pytest.fixture
def busy(store: Store) -> Store:
    """Alice and Bob are on the phone, and an hour ago they were, too."""
    configure(store, "fs", "freeswitch_esl", "Paris", "", {"host": "x", "password": "y"}, "command", NOW)
    now = datetime.now(UTC)
    for moment in (now - timedelta(minutes=30), now):
        calls = [LiveCall(name, moment, account=name) for name in (ALICE, BOB)]
        live.keep(store, "fs", "Paris", LiveCalls(moment, calls, 2))
        livepeaks.note(store, "Paris", moment)
    sources.looked(store, "fs", now)
    began = now - timedelta(hours=3)
    commit(store, prepare([call("r", began, 7200, account=ALICE), call("s", began, 7200, account=BOB)]))
    return store


VIEWERS = [
    # Ada sees both
    (None, [ALICE, BOB], 2),
    # Alice sees hers
    ((ALICE,), [ALICE], 1),
    # Charlie sees nothing
    ((), [], 0),
]


@pytest.mark.parametrize(("accounts", "names", "most"), VIEWERS)
def test_what_is_asked_is_narrowed_to_who_looks(
    busy: Store, accounts: tuple[str, ...] | None, names: list[str], most: int
) -> None:
    viewer = Viewer("", accounts)
    seen = ask(busy, viewer)
    assert [one.account for board in seen.boards for one in board.calls] == names
    assert set(seen.together["concurrent"]) == {most}
    # who has no calls on a switch is not even told its name
    assert set(zip(seen.each["switch"], seen.each["concurrent"], strict=True)) == (
        {("Paris", most)} if names else set()
    )
    assert [board.switch for board in seen.boards] == (["Paris"] if names else [])
    found = past(busy, viewer, 24 * HOUR, seen.at)
    assert [float(np.nanmax(found.lines.together)), float(found.records.max())] == [most, most]
    assert len(found.records) == len(found.lines.together)
    scope = scope_of(seen.at, HOUR, viewer)
    assert (scope.until - scope.since, scope.accounts) == (HOUR, accounts)
