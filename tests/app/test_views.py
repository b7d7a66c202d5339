"""The views without a browser: what they ask for, what they draw, and that nobody sees another's calls."""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from app.board import Board, Status
from app.cache import Flights
from app.filter import CallFilter
from app.viewer import Viewer
from app.views.causes import Causes
from app.views.compare import compare, starts, ticks
from app.views.concurrent import Concurrent, peaks, step_for
from app.views.countries import Countries, most_called
from app.views.form import Form
from app.views.hours import Hours
from app.views.search import Search
from app.views.switches import Switches
from app.views.totals import Totals
from app.views.view import View
from app.views.worldmap import FADED, WorldMap, figures
from store import queries
from store.batch import prepare
from store.database import Store
from store.errors import QueryTimeout, StoreError
from store.ledger import commit
from store.record import CDR
from tests.app.conftest import finished

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
ADA = Viewer("ada", None)
ALICE = Viewer("alice", ("1000",))
CHARLIE = Viewer("charlie", ())


def call(number: int, hours_ago: float, country: str, account: str, cause: str = "NORMAL_CLEARING") -> CDR:
    """A call of a minute, answered if it ended normally."""
    start = NOW - timedelta(hours=hours_ago)
    answered = cause == "NORMAL_CLEARING"
    return CDR(
        switch=("paris", "london")[number % 2],
        uuid=str(number),
        start=start,
        end=start + timedelta(seconds=70),
        mduration=70_000,
        billmsec=60_000 if answered else 0,
        answered=answered,
        answer=start + timedelta(seconds=10) if answered else None,
        caller=f"+3300{number}",
        destination="+4900",
        account=account,
        direction="out",
        country=country,
        cause=cause,
    )


MORNING = [
    call(1, 1, "FR", "1000"),
    call(2, 2, "FR", "2000"),
    call(3, 2, "DE", "1000", "USER_BUSY"),
    call(4, 3, "SG", "2000"),
    call(5, 30, "FR", "1000"),
    call(6, 54, "ZZ", "2000", "NO_ANSWER"),
]


@pytest.fixture
def morning(store: Store) -> Store:
    """A store with a few calls of two accounts."""
    commit(store, prepare(MORNING))
    return store


class Desk:
    """A board with every view, for one person."""

    def __init__(self, store: Store, viewer: Viewer = ADA, flights: Flights | None = None) -> None:
        self.filter = CallFilter()
        f = self.filter
        self.board = Board(store, f, viewer, flights or Flights(seconds=60), clock=lambda: NOW)
        self.opened: list[str] = []
        self.totals, self.map, self.countries, self.hours = Totals(f), WorldMap(f), Countries(f), Hours(f)
        self.causes, self.switches, self.concurrent = Causes(f), Switches(f), Concurrent(f)
        self.search = Search(f, self.opened.append)
        views = (self.totals, self.map, self.countries, self.hours, self.causes, self.switches)
        self.views: tuple[View, ...] = (*views, self.concurrent, self.search)
        self.board.add(*self.views)
        self.states: list[Status] = []
        self.board.watch = self.states.append

    def refresh(self) -> "Desk":
        """Ask and draw."""
        finished(self.board.refresh())
        return self


def painted(desk: Desk) -> dict[str, float]:
    """The calls on the map, where there are any."""
    data = desk.map.shapes.data
    return {code: n for code, n in zip(data["code"], data["calls"], strict=True) if n}


def test_every_view_draws_the_calls_of_the_period(morning: Store) -> None:
    desk = Desk(morning).refresh()
    assert "<b>6</b>" in desk.totals.figure.object
    assert painted(desk) == {"FR": 3, "DE": 1, "SG": 1}
    assert "unknown country 1" in desk.map.legend.object
    assert desk.countries.source.data["country"] == ["FR", "DE", "SG", "ZZ"]
    assert [row["key"] for row in desk.causes.rows.rows] == ["NORMAL_CLEARING", "NO_ANSWER", "USER_BUSY"]
    assert {row["key"]: row["calls"] for row in desk.switches.rows.rows} == {"london": "3", "paris": "3"}
    assert desk.hours.compared.value.now["value"].sum() == 4
    assert len(desk.search.table.rows) == 6
    assert max(desk.concurrent.source.data["line0"]) == 1
    assert not any(view.note.visible for view in desk.views)


def test_a_choice_narrows_all_views_but_its_own(morning: Store) -> None:
    desk = Desk(morning).refresh()
    desk.filter.toggle("countries", "FR")
    desk.refresh()
    assert "<b>3</b>" in desk.totals.figure.object
    assert painted(desk) == {"FR": 3, "DE": 1, "SG": 1}
    assert [desk.map.shapes.data["code"][i] for i in desk.map.shapes.selected.indices] == ["FR"]
    # shapes and markers fade alike, whichever of them is chosen
    faded = {
        s: dict(zip(s.data["code"], s.data["alpha"], strict=True)) for s in (desk.map.shapes, desk.map.points)
    }
    assert [(a.get("FR"), a.get("SG")) for a in faded.values()] == [(1, FADED), (None, FADED)]
    assert desk.countries.source.selected.indices == [0]
    assert desk.countries.rows.selected == ["FR"]
    assert [row["key"] for row in desk.causes.rows.rows] == ["NORMAL_CLEARING"]
    assert {row["country"] for row in desk.search.table.rows} == {"France"}


def test_only_views_whose_questions_changed_are_drawn_again(morning: Store) -> None:
    desk = Desk(morning).refresh()
    drawn: list[str] = []

    def watched(view: View) -> Callable[..., None]:
        show = view.show

        def told(*answers: Any) -> None:
            drawn.append(view.title)
            show(*answers)

        return told

    for view in desk.views:
        view.show = watched(view)  # type: ignore[method-assign]
    desk.filter.toggle("countries", "FR")
    desk.refresh()
    assert set(drawn) == {"Totals", "Hour by hour", "Hangup causes", "Switches", "Concurrent calls", "Calls"}
    drawn.clear()
    desk.filter.measure = "minutes"
    desk.refresh()
    assert drawn == ["Hour by hour"]
    drawn.clear()
    desk.refresh()
    assert drawn == []


@pytest.mark.parametrize(
    ("viewer", "asked", "calls"),
    [
        # Ada sees all, or what she asks for.
        (ADA, [], 6),
        (ADA, ["2000"], 3),
        # Alice sees account 1000 whatever she asks for; Charlie sees nobody's.
        (ALICE, [], 3),
        (ALICE, ["1000", "2000"], 3),
        (ALICE, ["2000"], 0),
        # nothing is drawn for who has no calls at all
        (CHARLIE, [], None),
        (CHARLIE, ["1000"], None),
    ],
)
def test_nobody_sees_anothers_calls_even_through_a_shared_cache(
    viewer: Viewer, asked: list[str], calls: int | None, morning: Store
) -> None:
    flights = Flights(seconds=60)
    Desk(morning, ADA, flights).refresh()
    desk = Desk(morning, viewer, flights)
    desk.filter.accounts = asked
    desk.refresh()
    shown = re.findall(r"<b>([0-9]+)</b>", desk.totals.figure.object)
    assert shown[:1] == ([] if calls is None else [str(calls)])
    assert len(desk.search.table.rows) == (calls or 0)
    assert sum(painted(desk).values()) <= (calls or 0)


def test_a_question_that_takes_too_long_is_said_in_its_view_alone(morning: Store) -> None:
    desk = Desk(morning)

    def slow(*_: object) -> pd.DataFrame:
        raise QueryTimeout("too long")

    asks = desk.causes.asks
    desk.causes.asks = lambda now: tuple(ask._replace(query=slow) for ask in asks(now))  # type: ignore[method-assign]
    desk.refresh()
    assert "takes too long" in desk.causes.note.object
    assert [view.title for view in desk.views if view.note.visible] == ["Hangup causes"]


def test_a_lost_database_is_told_and_what_was_drawn_stays(morning: Store) -> None:
    desk = Desk(morning, flights=Flights(seconds=0)).refresh()
    answers = desk.board.answers

    def lost(*_: Any) -> Future[Any]:
        gone: Future[Any] = Future()
        gone.set_exception(StoreError("gone"))
        return gone

    async def once() -> None:
        await desk.board.refresh()
        desk.board.close()
        await asyncio.sleep(0)

    answers.of_store = lost  # type: ignore[method-assign,assignment]
    finished(once())
    assert desk.states[-1].lost
    assert "<b>6</b>" in desk.totals.figure.object
    del answers.of_store
    desk.refresh()
    assert not desk.states[-1].lost


def test_an_older_answer_never_overwrites_a_newer_one(morning: Store) -> None:
    desk = Desk(morning)

    async def hurried() -> None:
        desk.filter.countries = ["DE"]
        first = asyncio.ensure_future(desk.board.refresh())
        await asyncio.sleep(0)
        desk.filter.countries = ["FR"]
        await asyncio.gather(first, desk.board.refresh())

    finished(hurried())
    assert "<b>3</b>" in desk.totals.figure.object


def test_a_store_without_calls_is_told(store: Store) -> None:
    desk = Desk(store).refresh()
    assert desk.states[-1] == Status(False, None, NOW, False)


def test_the_pager_walks_to_the_end_and_back_by_key(store: Store) -> None:
    commit(store, prepare([call(n, n / 10, "FR", "1000") for n in range(25)]))
    desk = Desk(store)
    desk.filter.size = 10
    places = []
    for turn in (
        None,
        desk.search.next,
        desk.search.next,
        desk.search.previous,
        desk.search.last,
        desk.search.first,
    ):
        if turn:
            turn()
        desk.refresh()
        places.append(desk.search.pager.where)
    assert places == [
        "1–10 of 25 calls",
        "11–20 of 25 calls",
        "21–25 of 25 calls",
        "11–20 of 25 calls",
        "16–25 of 25 calls",
        "1–10 of 25 calls",
    ]
    assert desk.search.pager.ways == ["next", "last"]


def test_another_filter_begins_with_the_first_page(store: Store) -> None:
    commit(store, prepare([call(n, n / 10, "FR", "1000") for n in range(25)]))
    desk = Desk(store)
    desk.filter.size = 10
    desk.refresh()
    desk.search.next()
    desk.filter.switches = ["paris"]
    desk.refresh()
    assert desk.search.pager.where == "1–10 of 13 calls"


def test_the_ring_shows_the_most_called_and_the_rest_as_one() -> None:
    names = [f"C{n}" for n in range(14)]
    frame = pd.DataFrame(
        {
            "country": names,
            "name": names,
            "calls": range(14, 0, -1),
            "answered": 1,
            "billsec": 60.0,
            "asr": 50.0,
        }
    )
    top = most_called(frame)
    assert list(top["country"]) == [*names[:10], "others"]
    assert top["calls"].iloc[-1] == 4 + 3 + 2 + 1
    assert top["share"].sum() == pytest.approx(1)
    assert len(most_called(frame.iloc[:0])) == 0


def test_the_map_shades_by_the_logarithm_and_leaves_out_what_has_no_calls() -> None:
    frame = pd.DataFrame(
        {"country": ["FR", "DE"], "calls": [1000, 1], "answered": [1, 1], "billsec": [60.0, 60.0]}
    )
    found = figures(frame, ("FR", "DE", "US"))
    assert found["level"][0] == 1
    assert 0.05 < found["level"][1] < 0.2
    assert pd.isna(found["level"][2])


@pytest.mark.parametrize(
    ("since", "hours", "labels"),
    [
        # Berlin: an ordinary day, the day without 02:00, the day with 02:00 twice.
        (datetime(2026, 3, 27, 23, tzinfo=UTC), 24, ["00", "03", "06", "09", "12", "15", "18", "21"]),
        (datetime(2026, 3, 28, 23, tzinfo=UTC), 23, ["00", "03", "06", "09", "12", "15", "18", "21"]),
        (datetime(2026, 10, 24, 22, tzinfo=UTC), 25, ["00", "03", "06", "09", "12", "15", "18", "21"]),
    ],
)
def test_a_day_has_as_many_hours_as_it_has(since: datetime, hours: int, labels: list[str]) -> None:
    begins = starts(since, since + timedelta(hours=hours))
    assert len(begins) == hours
    assert [label for _, label in ticks(begins, ZoneInfo("Europe/Berlin"))] == labels


def test_hours_are_compared_with_the_same_hours_on_the_clock() -> None:
    zone = ZoneInfo("Europe/Berlin")
    # 09:00 in Berlin is 07:00 UTC after the clocks went forward on 29 March, and 08:00 before
    hours = pd.DatetimeIndex(["2026-03-28T08:00Z", "2026-03-29T07:00Z"]).tz_convert(zone)
    frame = pd.DataFrame({"hour": hours, "calls": [4, 10], "billsec": [120.0, 600.0]})
    begins = starts(datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC))
    found = compare([frame], begins, [1, 2], zone, "calls")
    nine = found.now[found.now["value"] > 0].iloc[0]
    assert (nine["value"], nine["mean"]) == (10, 2.0)
    assert "09:00–10:00" in nine["label"]
    minutes = compare([frame], begins, [1], zone, "minutes")
    assert minutes.now["value"].max() == 10


@pytest.mark.parametrize(
    ("span", "step"),
    [
        (timedelta(hours=8), 1),
        (timedelta(days=1), 5),
        (timedelta(days=7), 30),
        (timedelta(days=90), 360),
        (timedelta(days=9000), 1440),
    ],
)
def test_a_long_line_is_drawn_in_wider_steps(span: timedelta, step: int) -> None:
    assert step_for(NOW, NOW + span) == step


def test_a_wider_step_keeps_its_highest_peak_and_hours_without_calls_are_zero() -> None:
    minutes = pd.DatetimeIndex(["2026-11-22T00:00Z", "2026-11-22T00:03Z", "2026-11-22T12:00Z"])
    frame = pd.DataFrame({"switch": "a", "minute": minutes, "concurrent": [3, 9, 1]})
    found = peaks(frame, datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
    line = found.lines["a"]
    assert (found.minutes, line[0], line[1], line[144], line.sum()) == (5, 9, 0, 1, 10)


def test_of_many_switches_the_busiest_are_drawn() -> None:
    frame = pd.DataFrame(
        {
            "switch": [f"s{n}" for n in range(12)],
            "minute": pd.DatetimeIndex(["2026-11-22T00:00Z"] * 12),
            "concurrent": range(12),
        }
    )
    found = peaks(frame, NOW.replace(hour=0), NOW)
    assert sorted(found.lines) == sorted(f"s{n}" for n in range(4, 12))


def test_one_figure_is_one_query_and_two_figures_of_the_same_share_it(morning: Store) -> None:
    desk = Desk(morning)
    country_asks = (*desk.map.asks(NOW), *desk.countries.asks(NOW))
    assert len(country_asks) == 2
    assert len(set(country_asks)) == 1
    assert country_asks[0].query is queries.countries
    assert all(len(view.asks(NOW)) == 1 for view in (desk.hours, desk.causes, desk.switches, desk.concurrent))


def test_the_form_offers_a_switch_s_own_cause_and_keeps_what_is_chosen() -> None:
    form = Form(CallFilter(causes=["GONE"], switches=["Oslo"]))
    form.choices(["Paris"], ["1000"], ["CAUSE_604"])
    assert {"CAUSE_604", "GONE", "USER_BUSY"} <= set(form.causes.options.values())
    assert sorted(form.switches.options.values()) == ["Oslo", "Paris"]
    assert list(form.accounts.options.values()) == ["1000"]
