"""The fraud rules that look at a day or a night of an account, by the sums: minutes abroad at night, a
country that was never called before, the minutes of a day.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from alerts.bursts import Limit
from alerts.traffic import NOTHING, Call, Traffic
from store.buckets import Cell
from store.database import Store
from store.fraud_events import Finding, Judged
from store.periods import DAY, Span, floor, following
from store.record import EPOCH
from store.scope import Scope
from store.tallies import totals
from store.tally import tally

EVENING, MORNING = time(22), time(6)
"""A night goes from the one to the other, by the clock of its switch."""
NIGHTS = 7
"""A night is held against so many before it."""
TIMES = 3.0
"""And is out of the common with so many times their median."""
KNOWN = timedelta(days=28)
"""An account is known well enough to be surprised by when its first call is so old."""


class Looked(NamedTuple):
    """What was looked at and what was found there."""

    judged: list[Judged]
    found: list[Finding]


class Night(NamedTuple):
    """A night of an account: the evening it begins in, and in which zone."""

    account: str
    evening: date
    zone: str

    @property
    def span(self) -> Span:
        """From when to when, aware UTC."""
        zone = ZoneInfo(self.zone)
        since = datetime.combine(self.evening, EVENING, zone)
        return since.astimezone(UTC), datetime.combine(self.evening + DAY, MORNING, zone).astimezone(UTC)

    def before(self, nights: int) -> "Night":
        """So many nights before."""
        return self._replace(evening=self.evening - nights * DAY)


def evening_of(moment: datetime, zone: str) -> date | None:
    """The evening of the night in which a moment lies by the clock of the zone; None by day."""
    local = moment.astimezone(ZoneInfo(zone))
    if MORNING <= local.time() < EVENING:
        return None
    return local.date() - (local.time() < MORNING) * DAY


def minutes_at_night(traffic: Traffic, rule: str, calls: Iterable[Call], limit: Limit) -> Looked:
    """Accounts with so many minutes abroad in a night, and TIMES the median of the nights before."""
    homes: defaultdict[Night, set[str]] = defaultdict(set)
    for call in calls:
        place = traffic.place(call.switch)
        evening = evening_of(call.start, place.zone)
        if evening and call.account and call.outgoing and call.abroad:
            homes[Night(call.account, evening, place.zone)].add(place.country)
    nights = sorted(homes)
    cells = _abroad(traffic.store, [(night, homes[night]) for night in nights])
    found = []
    for night, cell in zip(nights, cells, strict=True):
        minutes = cell[3] / 60_000
        if minutes < limit(night.account):
            continue
        before = [(night.before(n), homes[night]) for n in range(1, NIGHTS + 1)]
        if cell[3] >= TIMES * median(one[3] for one in _abroad(traffic.store, before)):
            called = tally(traffic.store, Scope(*night.span, "UTC", (night.account,)), "country")
            away = sorted(set(map(str, called)) - homes[night] - set(NOTHING))
            shown = {"account": [night.account], "country": away}
            found.append(_finding(rule, night.span, night.account, "", minutes, limit, cell, shown))
    return Looked([Judged(rule, night.span[0], night.account) for night in nights], found)


def _abroad(store: Store, asked: Sequence[tuple[Night, set[str]]]) -> list[Cell]:
    """The measures of what an account called abroad in a night."""
    scopes = []
    for night, home in asked:
        every = Scope(*night.span, "UTC", (night.account,))
        scopes += [every, every._replace(countries=(*sorted(home), *NOTHING))]
    cells = totals(store, scopes)
    pairs = zip(cells[::2], cells[1::2], strict=True)
    return [[a - b for a, b in zip(every, here, strict=True)] for every, here in pairs]


def new_country(traffic: Traffic, rule: str, calls: Iterable[Call], limit: Limit) -> Looked:
    """Countries that an account, which is known for KNOWN, calls so often on the first day that it calls
    them.
    """
    store, zone = traffic.store, traffic.store.settings.zone
    asked = sorted(
        {
            (call.account, call.country, floor(call.start, "day", zone))
            for call in calls
            if call.account and call.outgoing and call.abroad
        }
    )
    before = totals(store, [Scope(EPOCH, day, "UTC", (a,), (), (c,)) for a, c, day in asked])
    new = [one for one, cell in zip(asked, before, strict=True) if not cell[0]]
    known = totals(store, [Scope(EPOCH, day - KNOWN, "UTC", (a,)) for a, _, day in new])
    days = [
        Scope(day, following(day, "day", zone), "UTC", (account,), (), (country,))
        for account, country, day in new
    ]
    found = [
        _finding(
            rule,
            (scope.since, scope.until),
            account,
            country,
            cell[0],
            limit,
            cell,
            {"account": [account], "country": [country]},
        )
        for (account, country, _), scope, cell, old in zip(new, days, totals(store, days), known, strict=True)
        if old[0] and cell[0] >= limit(account)
    ]
    looked = sorted({(account, day) for account, _, day in asked})
    return Looked([Judged(rule, day, account) for account, day in looked], found)


def minutes_of_day(traffic: Traffic, rule: str, calls: Iterable[Call], limit: Limit) -> Looked:
    """Accounts that talked so many minutes on a day of the zone of the settings."""
    zone = traffic.store.settings.zone
    asked = sorted({(call.account, floor(call.start, "day", zone)) for call in calls if call.account})
    spans = [(day, following(day, "day", zone)) for _, day in asked]
    scopes = [Scope(*span, "UTC", (account,)) for (account, _), span in zip(asked, spans, strict=True)]
    found = [
        _finding(rule, span, account, "", cell[3] / 60_000, limit, cell, {"account": [account]})
        for (account, _), span, cell in zip(asked, spans, totals(traffic.store, scopes), strict=True)
        if cell[3] / 60_000 >= limit(account)
    ]
    return Looked([Judged(rule, day, account) for account, day in asked], found)


def _finding(
    rule: str,
    span: Span,
    account: str,
    subject: str,
    value: float,
    limit: Limit,
    cell: Cell,
    shown: dict[str, list[str]],
) -> Finding:
    seconds = cell[3] / 1000
    return Finding(rule, *span, account, subject, value, limit(account), cell[0], seconds, span[0], shown)
