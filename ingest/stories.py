"""The stories hidden in the sample: where and when a trunk fails, a fraud runs, a Wangiri wave comes.

The generator and the page of the demo read the same plan, so that what the page tells is in the data.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from ingest.world import ACCOUNTS, FRAUD, SWITCHES, WANGIRI, Country
from store.errors import CdrStatsError
from store.sentence import mark

DAY = timedelta(days=1)


class Story(NamedTuple):
    """One story and the filter that shows it: [since, until) in aware UTC; '' stands for all.

    `caller` is what the caller's number begins with, as the file writes it (with +). `template` is the
    sentence, with places for the `facts`: day (a date), start and end (UTC), calls, people, country (a code).
    """

    name: str
    title: str
    template: str
    since: datetime
    until: datetime
    switch: str = ""
    account: str = ""
    country: str = ""
    direction: str = ""
    caller: str = ""
    facts: Mapping[str, Any] = MappingProxyType({})


class Window(NamedTuple):
    """A span of time, [since, until) in aware UTC."""

    since: datetime
    until: datetime


class Trunk(NamedTuple):
    """A trunk that fails: the switch by its place in SWITCHES, and how many calls are tried again in vain."""

    window: Window
    switch: int
    calls: int


class Fraud(NamedTuple):
    """A customer's hacked telephone that calls far away all night; the account by its place in ACCOUNTS."""

    window: Window
    account: int
    country: Country
    calls: int


class Wangiri(NamedTuple):
    """One ring each from far away, and those who call back; the switch by its place in SWITCHES."""

    window: Window
    switch: int
    country: Country
    calls: int
    callbacks: int


class Plan(NamedTuple):
    """What the sample is made from: its span, how many calls are everyday ones, the stories."""

    span: Window
    seed: int
    everyday: int
    trunk: Trunk | None
    fraud: Fraud | None
    wangiri: Wangiri | None


class Season(NamedTuple):
    """When a story happens: local hours of a day (past 24 is the next one), weekend or not, how late."""

    first: float
    last: float
    weekend: bool
    late: float


TRUNK_TIME = Season(14.0, 17.5, False, 0.45)
FRAUD_TIME = Season(25.0, 28.5, True, 0.7)
WANGIRI_TIME = Season(7.0, 9.0, False, 0.87)


def window_on(day: date, season: Season, zone: ZoneInfo) -> Window:
    """The hours of the season on this local day, as UTC."""
    midnight = datetime.combine(day, time(), zone)
    first, last = (midnight + timedelta(hours=hours) for hours in (season.first, season.last))
    return Window(first.astimezone(UTC), last.astimezone(UTC))


def chosen(span: Window, season: Season, zone: ZoneInfo) -> Window | None:
    """The window nearest to where the season wants it that lies in the span; None when none does."""
    first = span.since.astimezone(zone).date() - DAY
    days = [first + number * DAY for number in range((span.until - span.since).days + 3)]
    fitting = [(day, window) for day in days if inside(window := window_on(day, season, zone), span)]
    liked = [found for found in fitting if (found[0].weekday() >= 5) is season.weekend] or fitting
    wanted = span.since + season.late * (span.until - span.since)
    nearest = min(liked, key=lambda found: abs(found[1].since - wanted), default=None)
    return nearest[1] if nearest else None


def inside(window: Window, span: Window) -> bool:
    """Whether the window lies in the span, with an hour for its calls to end."""
    return span.since <= window.since and window.until + timedelta(hours=1) <= span.until


def share(calls: int, part: float, least: int, most: int) -> int:
    """How many calls a story gets: its part of all, enough to be seen, at most a twentieth of all."""
    return min(max(round(calls * part), least), most, calls // 20)


def zone_of(switch: int) -> ZoneInfo:
    """The time zone of a switch."""
    return ZoneInfo(SWITCHES[switch].zone)


def plan(days: int, calls: int, seed: int, until: datetime) -> Plan:
    """The plan of a sample: the same arguments give the same one.

    `until` is aware. Raises CdrStatsError when an argument is out of range.
    """
    if not 1 <= days <= 3660:
        raise CdrStatsError(f"days is {days}; give a number from 1 to 3660.")
    if calls < 0 or seed < 0:
        raise CdrStatsError(f"calls is {calls} and seed is {seed}; neither may be negative.")
    end = until.astimezone(UTC).replace(microsecond=0)
    span = Window(end - days * DAY, end)
    rng = np.random.default_rng([seed, 1])
    trunk = trunk_of(span, calls, rng)
    fraud = fraud_of(span, calls, rng)
    wangiri = wangiri_of(span, calls, rng)
    hidden = sum(story.calls for story in (trunk, fraud, wangiri) if story)
    hidden += wangiri.callbacks if wangiri else 0
    return Plan(span, seed, calls - hidden, trunk, fraud, wangiri)


def trunk_of(span: Window, calls: int, rng: np.random.Generator) -> Trunk | None:
    """The failing trunk: not of the largest switch, in the afternoon of a workday."""
    switch = int(rng.integers(1, len(SWITCHES)))
    window, amount = chosen(span, TRUNK_TIME, zone_of(switch)), share(calls, 0.002, 10, 10_000)
    return Trunk(window, switch, amount) if window and amount else None


def fraud_of(span: Window, calls: int, rng: np.random.Generator) -> Fraud | None:
    """The fraud: at a customer of middle size, in a night of a weekend."""
    account, country = int(rng.integers(5, 16)), FRAUD[int(rng.integers(len(FRAUD)))]
    window = chosen(span, FRAUD_TIME, zone_of(ACCOUNTS[account].switch))
    amount = share(calls, 0.0012, 8, 1_500)
    return Fraud(window, account, country, amount) if window and amount else None


def wangiri_of(span: Window, calls: int, rng: np.random.Generator) -> Wangiri | None:
    """The Wangiri wave: on one switch, in the morning of a workday; one in twenty calls back."""
    switch, country = int(rng.integers(len(SWITCHES))), WANGIRI[int(rng.integers(len(WANGIRI)))]
    window, amount = chosen(span, WANGIRI_TIME, zone_of(switch)), share(calls, 0.0025, 12, 4_000)
    return Wangiri(window, switch, country, amount, amount // 20) if window and amount else None


TRUNK = mark(
    "On {day} between {start} and {end} UTC nearly every outside call of {switch} failed with "
    "NORMAL_TEMPORARY_FAILURE or NETWORK_OUT_OF_ORDER, while customers tried {calls} times more: its ASR "
    "collapsed."
)
NIGHT = mark(
    "On {day} between {start} and {end} UTC account {account} made {calls} long calls to {country}, a "
    "country that it never calls: somebody uses its telephone."
)
RANG = mark(
    "On {day} between {start} and {end} UTC {calls} calls from {country} ({prefix}...) rang once at {switch} "
    "and hung up: Wangiri."
)
RANG_ONE = mark(
    "On {day} between {start} and {end} UTC {calls} calls from {country} ({prefix}...) rang once at {switch} "
    "and hung up, and one person called back: Wangiri."
)
RANG_MORE = mark(
    "On {day} between {start} and {end} UTC {calls} calls from {country} ({prefix}...) rang once at {switch} "
    "and hung up, and {people} people called back: Wangiri."
)


def told(window: Window, **more: Any) -> Mapping[str, Any]:
    """The facts of a story: its window in UTC, and what else there is."""
    since, until = window
    return MappingProxyType({"day": since.date(), "start": f"{since:%H:%M}", "end": f"{until:%H:%M}", **more})


def trunk_story(found: Trunk) -> Story:
    """The failing trunk as the page tells it."""
    switch = SWITCHES[found.switch].name
    facts = told(found.window, switch=switch, calls=found.calls)
    return Story("trunk", mark("A trunk fails"), TRUNK, *found.window, switch=switch, facts=facts)


def fraud_story(found: Fraud) -> Story:
    """The fraud as the page tells it."""
    account, country = ACCOUNTS[found.account].code, found.country.code
    facts = told(found.window, account=account, calls=found.calls, country=country)
    title = mark("A fraud at night")
    return Story("fraud", title, NIGHT, *found.window, account=account, country=country, facts=facts)


def wangiri_story(found: Wangiri) -> Story:
    """The Wangiri wave as the page tells it."""
    prefix, switch = "+" + found.country.ranges[0].rstrip("x"), SWITCHES[found.switch].name
    facts = told(
        found.window,
        switch=switch,
        calls=found.calls,
        country=found.country.code,
        prefix=prefix,
        people=found.callbacks,
    )
    template = RANG_MORE if found.callbacks > 1 else RANG_ONE if found.callbacks else RANG
    title = mark("A Wangiri morning")
    return Story(
        "wangiri", title, template, *found.window, switch=switch, direction="in", caller=prefix, facts=facts
    )


def stories(days: int, calls: int, seed: int, until: datetime) -> list[Story]:
    """The stories in the sample of these arguments, in the order of time; a short or small one has fewer."""
    made = plan(days, calls, seed, until)
    found = [
        made.trunk and trunk_story(made.trunk),
        made.fraud and fraud_story(made.fraud),
        made.wangiri and wangiri_story(made.wangiri),
    ]
    return sorted((story for story in found if story), key=lambda story: story.since)
