"""The fraud rules: what each looks for, and the judging of calls that came in by all that are on.

Every rule looks at the records and sums of the windows of time that the calls belong to, not at counters, so
that it finds the same whatever the order in which calls arrive, and however often.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from alerts import bursts, days
from alerts.bursts import MINUTE, QUARTER, Limit, Met, quarter_of
from alerts.days import Looked
from alerts.traffic import Call, Traffic
from store import fraud_rules
from store.database import Store
from store.fraud_events import Finding, Judged
from store.fraud_rules import Choice
from store.number_kinds import PREMIUM, SATELLITE, SHARED
from store.record import CDR
from store.sentence import mark
from store.tallies import merged

Burst = Callable[[Sequence[Call], Limit, datetime], Iterable[Met]]
Day = Callable[[Traffic, str, Sequence[Call], Limit], Looked]


class Rule(NamedTuple):
    """A rule: its name and what it looks for in words, what its limit counts, the limit that it ships with,
    and whether it is on then. It is judged by a quarter of an hour of calls, by the sums of a day or night,
    or (neither) by the calls in progress.
    """

    label: str
    words: str
    unit: str
    limit: float
    active: bool = True
    burst: Burst | None = None
    day: Day | None = None

    @property
    def live(self) -> bool:
        """Whether it looks at the calls in progress."""
        return not (self.burst or self.day)


def _of(function: Callable[[Iterable[Call], Limit], Iterator[Met]]) -> Burst:
    return lambda calls, limit, since: function([call for call in calls if call.start >= since], limit)


RULES: dict[str, Rule] = {
    "premium": Rule(
        mark("Premium-rate numbers"),
        mark("An account calls numbers that cost by the minute what others cost by the hour"),
        mark("calls in a quarter of an hour"),
        1,
        burst=_of(partial(bursts.of_kind, PREMIUM)),
    ),
    "shared-cost": Rule(
        mark("Shared-cost numbers"),
        mark("An account calls numbers whose cost the caller shares"),
        mark("calls in a quarter of an hour"),
        10,
        burst=_of(partial(bursts.of_kind, SHARED)),
    ),
    "satellite": Rule(
        mark("Satellite telephones"),
        mark("An account calls Inmarsat, Iridium, Globalstar or Thuraya"),
        mark("calls in a quarter of an hour"),
        1,
        burst=_of(partial(bursts.of_kind, SATELLITE)),
    ),
    "new-country": Rule(
        mark("First call to a country"),
        mark("An account that is known for four weeks calls a country that it never called before"),
        mark("calls of the day"),
        5,
        day=days.new_country,
    ),
    "night": Rule(
        mark("Minutes abroad at night"),
        mark("From 22 to 6 o'clock an account talks abroad, and three times as much as in the nights before"),
        mark("minutes of the night"),
        240,
        day=days.minutes_at_night,
    ),
    "wangiri": Rule(
        mark("Wangiri"),
        mark("Short calls to many numbers from one range abroad, which wait for being called back"),
        mark("calls in a quarter of an hour"),
        20,
        burst=_of(bursts.from_range),
    ),
    "one-caller": Rule(
        mark("Short calls from one caller"),
        mark("One caller makes short calls to many numbers"),
        mark("calls in a quarter of an hour"),
        30,
        burst=_of(bursts.from_caller),
    ),
    "one-prefix": Rule(
        mark("Short calls to one prefix"),
        mark("An account makes short calls to many numbers of one range abroad"),
        mark("calls in a quarter of an hour"),
        20,
        burst=_of(bursts.to_prefix),
    ),
    "per-minute": Rule(
        mark("Calls per minute"),
        mark("An account begins more calls within sixty seconds than people can"),
        mark("calls in a minute"),
        60,
        burst=bursts.per_minute,
    ),
    "sequence": Rule(
        mark("Numbers in sequence"),
        mark("An account calls numbers that follow each other: somebody counts them up"),
        mark("numbers in a quarter of an hour"),
        10,
        burst=_of(bursts.in_sequence),
    ),
    "budget": Rule(
        mark("Minutes of a day"),
        mark("An account talks longer in a day than it may"),
        mark("minutes of the day"),
        1_000,
        active=False,
        day=days.minutes_of_day,
    ),
    "long-call": Rule(
        mark("A call that does not end"),
        mark("A call in progress has lasted so long"),
        mark("minutes in progress"),
        180,
    ),
    "at-once": Rule(
        mark("Calls at the same time"),
        mark("An account has so many calls in progress"),
        mark("calls in progress"),
        100,
    ),
}


def choices(store: Store) -> dict[str, Choice]:
    """Every rule as it is chosen here, or as it ships."""
    chosen = fraud_rules.everything(store)
    return {name: chosen.get(name) or Choice(name, rule.active) for name, rule in RULES.items()}


def active(store: Store) -> dict[str, Choice]:
    """The rules that are on."""
    return {name: choice for name, choice in choices(store).items() if choice.active}


def limit_of(choice: Choice) -> Limit:
    """The limit of a rule for each account."""
    return lambda account: choice.of(account, RULES[choice.rule].limit)


def judged(store: Store, chosen: Mapping[str, Choice], calls: Sequence[CDR]) -> Looked:
    """What these rules find in the windows of time that the calls belong to.

    Raises QueryTimeout where counting takes too long.
    """
    traffic = Traffic(store)
    own = [traffic.call(call) for call in calls]
    looked = [_bursts(traffic, chosen, own)]
    for name, choice in chosen.items():
        if (day := RULES[name].day) is not None:
            looked.append(day(traffic, name, own, limit_of(choice)))
    return Looked(
        [judged for one in looked for judged in one.judged], [found for one in looked for found in one.found]
    )


def _bursts(traffic: Traffic, chosen: Mapping[str, Choice], calls: Sequence[Call]) -> Looked:
    looked = Looked([], [])
    quarters = sorted({quarter_of(call.start) for call in calls})
    rules = {name: burst for name in chosen if (burst := RULES[name].burst)}
    for span in merged((one - MINUTE, one + QUARTER) for one in quarters) if rules else ():
        read = list(traffic.between(span))
        starts = [call.start for call in read]
        for quarter in (one for one in quarters if span[0] < one < span[1]):
            low, high = (bisect_left(starts, moment) for moment in (quarter - MINUTE, quarter + QUARTER))
            for name, burst in rules.items():
                limit = limit_of(chosen[name])
                looked.judged.append(Judged(name, quarter))
                for met in burst(read[low:high], limit, quarter):
                    looked.found.append(_finding(name, quarter, met, limit))
    return looked


def _finding(rule: str, quarter: datetime, met: Met, limit: Limit) -> Finding:
    return Finding(
        rule,
        quarter,
        quarter + QUARTER,
        met.account,
        met.subject,
        met.value,
        limit(met.account),
        len(met.calls),
        sum(call.seconds for call in met.calls),
        min(call.start for call in met.calls),
        met.filter,
    )
