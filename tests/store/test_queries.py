"""Every figure with every filter, in zones and ranges full of edges, held against plain loops over calls."""

import math
from collections.abc import Hashable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import queries
from store.batch import prepare
from store.database import Store
from store.ledger import commit
from store.queries import MEASURED, Figure
from store.scope import DurationMatch, NumberMatch, Scope
from tests import cast, oracle
from tests.store.year import DAYS, Year

FIGURES: dict[str | None, Figure] = {
    None: queries.totals,
    "hour": queries.hours,
    "day": queries.days,
    "month": queries.months,
    "country": queries.countries,
    "hangup_cause": queries.hangup_causes,
    "direction": queries.directions,
    "switch": queries.switches,
    "account": queries.accounts,
}
IN_TIME = (None, "hour", "day", "month")
ZONES = (
    "UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"
)  # fmt: skip


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


WHOLE = Scope(utc(2026, 1, 1), utc(2027, 2, 1), "Europe/Paris")

FILTERS: dict[str, dict[str, Any]] = {
    "nothing is narrowed": {},
    "one account": {"accounts": ("1000",)},
    "two accounts": {"accounts": ("1000", "2000")},
    "an account named twice counts once": {"accounts": ("1000", "1000")},
    "calls without an account": {"accounts": ("",)},
    "an account with signs that mean something to the store": {"accounts": ("3.000$",)},
    "an account that nobody has": {"accounts": ("4000",)},
    "an account whose name would be all of them": {"accounts": ("*",)},
    "nobody's": {"accounts": ()},
    "one switch": {"switches": ("Paris",)},
    "two switches, one of them with a hostile name": {"switches": ("Lyon", "a|b*%")},
    "a switch named twice counts once": {"switches": ("Lyon", "Lyon")},
    "a switch that does not exist": {"switches": ("Lyon|h|",)},
    "an account on a switch": {"accounts": ("1000",), "switches": ("Paris",)},
    "two accounts on two switches": {"accounts": ("1000", ""), "switches": ("Paris", "a|b*%")},
    "one country": {"countries": ("FR",)},
    "two countries": {"countries": ("FR", "DE")},
    "a country named twice counts once": {"countries": ("FR", "FR")},
    "no country there is": {"countries": ("a..b",)},
    "one hangup cause": {"causes": ("USER_BUSY",)},
    "a hangup cause with a dot": {"causes": ("X.Y", "NO_ANSWER")},
    "hangup causes that cannot be": {"causes": ("$x", "", ".", "a\0b")},
    "one direction": {"directions": ("in",)},
    "a country of an account": {"accounts": ("1000",), "countries": ("US",)},
    "a cause on a switch": {"switches": ("Lyon",), "causes": ("NO_ANSWER",)},
    "a country of an account on a switch": {
        "accounts": ("1000",), "switches": ("Paris",), "countries": ("FR", "ZZ"),
    },
    "two facets": {"countries": ("FR", "US"), "causes": ("NORMAL_CLEARING",)},
    "three facets": {"countries": ("FR",), "causes": ("NORMAL_CLEARING",), "directions": ("out", "in")},
    "a caller": {"caller": NumberMatch("equals", "201")},
    "a caller who hides": {"caller": NumberMatch("equals", "")},
    "a caller by how it begins": {"caller": NumberMatch("begins", "+33")},
    "a caller by the digits after a +": {"caller": NumberMatch("begins", "33")},
    "a destination in digits, without its +": {"destination": NumberMatch("equals", "4930123456")},
    "a caller by a part, which is text and no pattern": {"caller": NumberMatch("contains", ".*")},
    "a caller by how it ends": {"caller": NumberMatch("ends", "☎")},
    "a destination": {"destination": NumberMatch("equals", "+4930123456")},
    "a destination by how it begins": {"destination": NumberMatch("begins", "0033.")},
    "a destination by a part": {"destination": NumberMatch("contains", "+")},
    "a destination by how it ends": {"destination": NumberMatch("ends", "0")},
    "caller and destination": {
        "caller": NumberMatch("begins", "+33"), "destination": NumberMatch("contains", "4"),
    },
    "talk shorter than": {"duration": DurationMatch("lt", 6)},
    "talk up to": {"duration": DurationMatch("le", 6)},
    "talk of exactly": {"duration": DurationMatch("eq", 61.5)},
    "talk of exactly a length that a float cannot hold": {"duration": DurationMatch("eq", 5.999)},
    "talk shorter than a fraction of a millisecond more": {"duration": DurationMatch("lt", 6.0004)},
    "talk from": {"duration": DurationMatch("ge", 3600)},
    "talk longer than": {"duration": DurationMatch("gt", 3600)},
    "talk of no length there is": {"duration": DurationMatch("gt", math.inf)},
    "everything at once": {
        "accounts": ("1000", "2000"), "switches": ("Paris", "Lyon"), "countries": ("FR", "DE", "US"),
        "causes": ("NORMAL_CLEARING", "USER_BUSY"), "directions": ("in", "out"),
        "caller": NumberMatch("contains", "3"), "duration": DurationMatch("ge", 0),
    },
}  # fmt: skip

RANGES: dict[str, tuple[datetime, datetime]] = {
    "more than a life": (utc(1, 1, 2), utc(9999, 12, 30)),
    "one day": (utc(2026, 3, 29), utc(2026, 3, 30)),
    "a local day": (utc(2026, 10, 24, 22), utc(2026, 10, 25, 23)),
    "one hour": (utc(2026, 10, 25, 1), utc(2026, 10, 25, 2)),
    "a month and more, over the year": (utc(2026, 10, 25, 23), utc(2027, 1, 5)),
    "from within an hour to within another": (utc(2026, 3, 28, 0, 29, 59), utc(2026, 4, 5, 15, 30)),
    "within one hour": (utc(2026, 12, 31, 23, 15), utc(2026, 12, 31, 23, 45)),
    "over midnight and the year, half an hour of each": (utc(2026, 12, 31, 23, 30), utc(2027, 1, 1, 0, 30)),
    "a millisecond before an hour to one after it": (
        utc(2026, 12, 31, 22, 59, 59, 999_000), utc(2027, 1, 1, 0, 0, 0, 1_000)
    ),
    "within a millisecond": (utc(2026, 6, 10, 0, 0, 0, 100), utc(2026, 6, 10, 0, 0, 0, 900)),
    "from within a millisecond to within another": (
        utc(2026, 6, 10, 8, 59, 59, 998_500), utc(2026, 6, 10, 10, 0, 0, 500)
    ),
    "days on which nobody called": (utc(2026, 8, 1), utc(2026, 8, 3)),
    "before all calls": (utc(1999, 1, 1), utc(2000, 1, 1)),
    "after all calls": (utc(2030, 1, 1), utc(2031, 1, 1)),
    "no time at all": (utc(2026, 10, 25), utc(2026, 10, 25)),
    "the end before the beginning": (utc(2026, 12, 31), utc(2026, 3, 1)),
}  # fmt: skip


def key_of(value: Any, key: str | None, zone: str) -> Hashable:
    return oracle.clock_hour(value, zone) if key == "hour" else value


def told(frame: pd.DataFrame, key: str | None, zone: str) -> dict[Hashable, oracle.Row]:
    """The rows of a frame as the oracle writes them."""
    names = frame[key].tolist() if key else [None] * len(frame)
    rows = frame[list(MEASURED)].astype(object).to_numpy().tolist()
    clean = [tuple(None if isinstance(v, float) and math.isnan(v) else v for v in row) for row in rows]
    found = {key_of(name, key, zone): row for name, row in zip(names, clean, strict=True)}
    assert len(found) == len(frame), "a key comes twice"
    return found  # type: ignore[return-value]


def check(year: Year, scope: Scope, keys: Any = tuple(FIGURES)) -> None:
    for key in keys:
        frame = FIGURES[key](year.store, scope)
        assert told(frame, key, scope.zone) == oracle.figure(year.calls, scope, key), (key, scope)


@pytest.mark.parametrize("narrowed", FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize(
    "between", ["a month and more, over the year", "from within an hour to within another"]
)
def test_every_figure_is_exact_with_every_filter(year: Year, narrowed: dict[str, Any], between: str) -> None:
    since, until = RANGES[between]
    check(year, WHOLE._replace(since=since, until=until, **narrowed))


@pytest.mark.parametrize("zone", ZONES[1:])
@pytest.mark.parametrize("between", RANGES.values(), ids=RANGES)
def test_every_range_is_exact_in_every_zone(
    year: Year, between: tuple[datetime, datetime], zone: str
) -> None:
    for name in ("an account on a switch", "one country", "two facets"):
        check(year, Scope(*between, zone, **FILTERS[name]), IN_TIME)


EVERY_CALL = NumberMatch("contains", "")


@pytest.mark.parametrize("narrowed", FILTERS.values(), ids=FILTERS)
def test_sums_and_records_give_the_same_frame(year: Year, narrowed: dict[str, Any]) -> None:
    """A part that every number contains changes nothing but the way: it forces the records to be read."""
    scope = Scope(utc(2026, 10, 3, 10, 20), utc(2026, 11, 1, 7), "Asia/Kolkata", **narrowed)
    for figure in () if scope.caller else FIGURES.values():
        summed, read = figure(year.store, scope), figure(year.store, scope._replace(caller=EVERY_CALL))
        pd.testing.assert_frame_equal(summed, read)


moments = st.one_of(
    st.datetimes(datetime(2026, 3, 1), datetime(2027, 1, 10)),
    st.builds(
        lambda day, minutes, ms: day.replace(tzinfo=None) + timedelta(minutes=minutes, milliseconds=ms),
        st.sampled_from(DAYS), st.sampled_from(range(0, 1441, 15)), st.integers(-1, 1),
    ),
)  # fmt: skip


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.one_of(st.just(()), st.lists(st.sampled_from(values), max_size=2).map(tuple))


scopes = st.builds(
    lambda times, **more: Scope(*(t.replace(tzinfo=UTC) for t in sorted(times)), **more),
    st.tuples(moments, moments),
    zone=st.sampled_from(ZONES),
    accounts=st.one_of(st.none(), some((*cast.ACCOUNTS, "?"))),
    switches=some((*cast.SWITCHES, "?")),
    countries=some(cast.COUNTRIES),
    causes=st.one_of(st.just(()), some(cast.CAUSES)),
    directions=st.one_of(st.just(()), st.just(()), some(cast.DIRECTIONS)),
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(scopes)
def test_every_figure_is_exact_whatever_is_asked(year: Year, scope: Scope) -> None:
    check(year, scope)


def test_frames_keep_their_columns_and_types_without_calls(year: Year) -> None:
    empty = WHOLE._replace(accounts=())
    for key, figure in FIGURES.items():
        some_rows, none = figure(year.store, WHOLE), figure(year.store, empty)
        assert list(some_rows.columns) == list(none.columns)
        assert list(some_rows[list(MEASURED)].dtypes) == list(none[list(MEASURED)].dtypes)
        assert len(none) == (1 if key is None else 0)


def test_the_order_of_the_rows(year: Year) -> None:
    """Times in order, everything else with the most calls first and equal ones by name."""
    for key in ("hour", "day", "month"):
        assert FIGURES[key](year.store, WHOLE)[key].is_monotonic_increasing
    for key in ("country", "hangup_cause", "direction", "switch", "account"):
        frame = FIGURES[key](year.store, WHOLE)
        ranked = sorted(zip(-frame["calls"], frame[key], strict=True))
        assert [name for _, name in ranked] == frame[key].tolist()


def test_keys_are_what_people_read(year: Year) -> None:
    hours = queries.hours(year.store, WHOLE)["hour"]
    assert str(hours.dt.tz) == "Europe/Paris"
    assert type(queries.days(year.store, WHOLE)["day"][0]) is date
    assert queries.months(year.store, WHOLE)["month"].tolist()[-1] == "2027-01"
    countries = queries.countries(year.store, WHOLE).set_index("country")["name"]
    assert countries["FR"] == "France"
    causes = queries.hangup_causes(year.store, WHOLE).set_index("hangup_cause")["q850"]
    assert (causes["USER_BUSY"], causes["X.Y"]) == (17, 0)


CHANGES = [
    # Paris: an hour is missing in spring and comes twice in autumn
    ("Europe/Paris", date(2026, 3, 29), 23), ("Europe/Paris", date(2026, 10, 25), 25),
    # New York, at another hour of another day
    ("America/New_York", date(2026, 3, 8), 23), ("America/New_York", date(2026, 11, 1), 25),
    # Lord Howe: half an hour is missing, which shortens an hour; half an hour twice is an hour of its own
    ("Australia/Lord_Howe", date(2026, 10, 4), 24), ("Australia/Lord_Howe", date(2026, 4, 5), 25),
    # India never changes
    ("Asia/Kolkata", date(2026, 3, 29), 24),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
def test_days_have_the_hours_that_their_clocks_show(store: Store, zone: str, day: date, hours: int) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    minutes = [noon + timedelta(minutes=15 * i) for i in range(-144, 144)]
    commit(store, prepare([cast.call(str(i), start) for i, start in enumerate(minutes)]))
    frame = queries.hours(store, Scope(minutes[0], minutes[-1] + timedelta(minutes=15), zone))
    that_day = frame[[hour.date() == day for hour in frame["hour"]]]
    assert len(that_day) == hours
    assert that_day["calls"].between(2, 4).all()
    assert frame["calls"].sum() == 288
