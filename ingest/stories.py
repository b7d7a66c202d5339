"""The stories hidden in the sample: where and when a trunk fails, a fraud runs, a Wangiri wave comes.

The generator and the page of the demo read the same plan, so that what the page tells is in the data.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from ingest.world import ACCOUNTS, FRAUD, SWITCHES, WANGIRI, Country
from store import countries
from store.errors import CdrStatsError

DAY = timedelta(days=1)


class Story(NamedTuple):
    """One story and the filter that shows it: [since, until) in aware UTC; '' stands for all.

    `caller` is what the caller's number begins with, as the file writes it (with +).
    """

    name: str
    title: str
    sentence: str
    since: datetime
    until: datetime
    switch: str = ""
    account: str = ""
    country: str = ""
    direction: str = ""
    caller: str = ""


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


def told(window: Window) -> str:
    """The window in words, in UTC."""
    since, until = window
    return f"On {since:%A} {since.day} {since:%B %Y} between {since:%H:%M} and {until:%H:%M} UTC"


def trunk_story(found: Trunk) -> Story:
    """The failing trunk as the page tells it."""
    switch = SWITCHES[found.switch].name
    sentence = (
        f"{told(found.window)} nearly every outside call of {switch} failed with NORMAL_TEMPORARY_FAILURE or "
        f"NETWORK_OUT_OF_ORDER, while customers tried {found.calls:,} times more: its ASR collapsed."
    )
    return Story("trunk", "A trunk fails", sentence, *found.window, switch=switch)


def fraud_story(found: Fraud) -> Story:
    """The fraud as the page tells it."""
    account, country = ACCOUNTS[found.account].code, found.country.code
    sentence = (
        f"{told(found.window)} account {account} made {found.calls:,} long calls to "
        f"{countries.name(country)}, a country that it never calls: somebody uses its telephone."
    )
    return Story("fraud", "A fraud at night", sentence, *found.window, account=account, country=country)


def wangiri_story(found: Wangiri) -> Story:
    """The Wangiri wave as the page tells it."""
    prefix, switch = "+" + found.country.ranges[0].rstrip("x"), SWITCHES[found.switch].name
    people = "one person" if found.callbacks == 1 else f"{found.callbacks:,} people"
    back = f", and {people} called back" if found.callbacks else ""
    sentence = (
        f"{told(found.window)} {found.calls:,} calls from {countries.name(found.country.code)} ({prefix}...) "
        f"rang once at {switch} and hung up{back}: Wangiri."
    )
    return Story(
        "wangiri", "A Wangiri morning", sentence, *found.window, switch=switch, direction="in", caller=prefix
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
