"""The one filter that all views share: what a link may narrow and how it is looked at, without queries and
widgets.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import param

from app.periods import CUSTOM, PERIODS, Range, days
from app.tongue import mark
from store.lens import Lens
from store.scope import DurationMatch, NumberMatch, Scope

NUMBER_OPS = {
    "begins": mark("begins with"),
    "equals": mark("equals"),
    "contains": mark("contains"),
    "ends": mark("ends with"),
}
LENS_OPS = ("ends", "equals")
"""The comparisons that are left behind a privacy lens."""
NUMBERS = frozenset({"caller", "destination"})
DURATION_OPS = {
    "ge": mark("at least"),
    "gt": mark("more than"),
    "eq": mark("exactly"),
    "le": mark("at most"),
    "lt": mark("less than"),
}
AGAINST = {"days": mark("the days before"), "weeks": mark("the same weekday before")}
MEASURES = {"calls": mark("Calls"), "minutes": mark("Minutes")}
SIZES = (10, 25, 50, 100)
BACK_MOST = 14
EARLIEST, LATEST = date(1990, 1, 1), date(2200, 1, 1)

NARROWING = (
    "hours",
    "switches",
    "accounts",
    "countries",
    "causes",
    "directions",
    "caller",
    "destination",
    "seconds",
)
"""The fields that stand as chips."""


class CallFilter(param.Parameterized):
    """What is asked for. Empty lists and texts narrow nothing; dates and hours are of the viewer's `zone`."""

    period: Any = param.Selector(default="7d", objects=[*PERIODS, CUSTOM])
    first = param.CalendarDate(default=None, allow_None=True, doc="first day of a period of one's own")
    last = param.CalendarDate(default=None, allow_None=True, doc="its last day, included")
    hours: Any = param.Parameter(
        default=None, doc="(since, until), aware UTC: a stretch that was dragged over"
    )
    switches = param.List(default=[], item_type=str)
    accounts = param.List(default=[], item_type=str)
    countries = param.List(default=[], item_type=str)
    causes = param.List(default=[], item_type=str)
    directions = param.List(default=[], item_type=str)
    caller: Any = param.String(default="")
    caller_op: Any = param.Selector(default="begins", objects=list(NUMBER_OPS))
    destination: Any = param.String(default="")
    destination_op: Any = param.Selector(default="begins", objects=list(NUMBER_OPS))
    seconds = param.Number(
        default=None, allow_None=True, bounds=(0, 10_000_000), doc="talk time compared with"
    )
    seconds_op: Any = param.Selector(default="ge", objects=list(DURATION_OPS))

    day = param.CalendarDate(
        default=None, allow_None=True, doc="the day of the hourly compare; None: the last"
    )
    against: Any = param.Selector(default="days", objects=list(AGAINST))
    back = param.Integer(default=7, bounds=(1, BACK_MOST))
    measure: Any = param.Selector(default="calls", objects=list(MEASURES))
    together: Any = param.Boolean(default=False, doc="concurrent calls of all switches as one line")
    sort: Any = param.Selector(
        default="start", objects=["start", "account", "caller", "destination", "country", "billsec"]
    )
    descending: Any = param.Boolean(default=True)
    size: Any = param.Selector(default=25, objects=list(SIZES))

    FIELDS: ClassVar[tuple[str, ...]] = ()

    def __init__(self, zone: str = "UTC", lens: Lens | None = None, **values: Any) -> None:
        """Behind a lens numbers are asked for as they are shown, and nothing is sorted by them."""
        super().__init__(**values)  # type: ignore[no-untyped-call]
        self.zone, self.lens = ZoneInfo(zone), lens
        if lens:
            self.param["sort"].objects = [name for name in self.param["sort"].objects if name not in NUMBERS]
            for field in NUMBERS:
                op = self.param[f"{field}_op"]
                op.objects = [name for name in LENS_OPS if lens.digits or name != "ends"]
                op.default = op.objects[0]
                setattr(self, f"{field}_op", op.default)

    def period_range(self, now: datetime) -> Range:
        """The range of the chosen period at `now`, without the hours that were dragged over."""
        if self.period != CUSTOM:
            return PERIODS[self.period].of(now, self.zone)
        today = now.astimezone(self.zone).date()
        first, last = self.first or self.last or today, self.last or self.first or today
        return days(min(first, last), max(first, last), self.zone)

    def scope(self, now: datetime, *without: str) -> Scope:
        """The plain value that queries take, at `now` (aware UTC); fields named in `without` narrow nothing.

        That is how a view ignores its own dimension: the map asks for `scope(now, "countries")`.
        """
        since, until = self.period_range(now)
        if self.hours and "hours" not in without:
            since, until = self.hours
        kept = {f: () if f in without else tuple(getattr(self, f)) for f in LISTS}
        return Scope(
            since,
            until,
            self.zone.key,
            accounts=kept["accounts"] or None,
            switches=kept["switches"],
            countries=kept["countries"],
            causes=kept["causes"],
            directions=kept["directions"],
            caller=self._number("caller"),
            destination=self._number("destination"),
            duration=None if self.seconds is None else DurationMatch(self.seconds_op, float(self.seconds)),
        )

    def _number(self, field: str) -> NumberMatch | None:
        text = getattr(self, field).strip()
        return NumberMatch(getattr(self, f"{field}_op"), text) if text else None

    def values(self) -> dict[str, Any]:
        """Every field by name; equal filters have equal values."""
        return {name: getattr(self, name) for name in self.FIELDS}

    def reset(self, *_: object) -> None:
        """Take everything off that narrows; the period and how it is looked at stay."""
        self.param.update(**{name: self.param[name].default for name in NARROWING})

    def drop(self, field: str, value: str = "") -> None:
        """Take one chip off: one value of a list, or the whole field."""
        old = getattr(self, field)
        rest = [v for v in old if v != value] if isinstance(old, list) else self.param[field].default
        self.param.update(**{field: rest})

    def toggle(self, field: str, value: str) -> None:
        """What a click does: choose just this value, or take it off if it was the only one chosen."""
        self.param.update(**{field: [] if getattr(self, field) == [value] else [value]})

    def choose_hours(self, since: datetime, until: datetime) -> None:
        """Narrow to [since, until), aware; both are brought to whole minutes, a minute at least."""
        first = since.astimezone(UTC).replace(second=0, microsecond=0)
        last = until.astimezone(UTC).replace(second=0, microsecond=0)
        self.hours = (first, max(last, first + timedelta(minutes=1)))


LISTS = ("switches", "accounts", "countries", "causes", "directions")
DIRECTION_NAMES = {
    "in": mark("Incoming"),
    "out": mark("Outgoing"),
    "internal": mark("Internal"),
    "unknown": mark("Unknown"),
}
CallFilter.FIELDS = tuple(n for n in CallFilter.param if n != "name")
