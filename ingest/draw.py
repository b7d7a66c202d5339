"""How calls are drawn: who calls whom, whether it is answered, why it ends, for many calls at once.

All times are whole seconds since 1970 (UTC) and all lengths whole seconds, in numpy arrays of equal length.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.world import ACCOUNTS, COUNTRIES, FRAUD, SWITCHES, WANGIRI, Country

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

IN, OUT, INTERNAL = range(3)

# every range of numbers of every country: its first digits, how many follow, and whose it is
ALL = (*COUNTRIES, *FRAUD, *WANGIRI)
RANGES = [(text.rstrip("x"), text.count("x"), number) for number, c in enumerate(ALL) for text in c.ranges]
ROOM = np.array([10**width for _, width, _ in RANGES])
FIRST_RANGE = np.array(
    [next(i for i, r in enumerate(RANGES) if r[2] == number) for number in range(len(ALL))]
)
RANGE_COUNT = np.array([len(country.ranges) for country in ALL])
ANSWERED = np.array([country.answered for country in ALL])
HOME = np.array([[c.code for c in COUNTRIES].index(SWITCHES[account.switch].country) for account in ACCOUNTS])
ABROAD = np.cumsum(1 / np.arange(1, len(COUNTRIES) + 1) ** 0.95)

SWITCH = np.array([account.switch for account in ACCOUNTS])
OUTGOING = np.array([account.habit.outgoing for account in ACCOUNTS])
INSIDE = np.array([account.habit.internal for account in ACCOUNTS])
AT_HOME = np.array([account.habit.home for account in ACCOUNTS])
TALK = np.array([account.habit.talk for account in ACCOUNTS])

# cause, how often a call that fails has it where networks are good and where not, seconds until it ends
CAUSES = (
    ("NO_ANSWER", 0.36, 0.24, 18, 60),
    ("ORIGINATOR_CANCEL", 0.22, 0.19, 3, 40),
    ("USER_BUSY", 0.22, 0.16, 1, 5),
    ("CALL_REJECTED", 0.05, 0.03, 2, 12),
    ("SUBSCRIBER_ABSENT", 0.04, 0.10, 2, 9),
    ("UNALLOCATED_NUMBER", 0.05, 0.05, 1, 3),
    ("INVALID_NUMBER_FORMAT", 0.02, 0.03, 0, 1),
    ("NO_ROUTE_DESTINATION", 0.01, 0.04, 0, 2),
    ("NORMAL_CIRCUIT_CONGESTION", 0.01, 0.08, 1, 6),
    ("NORMAL_TEMPORARY_FAILURE", 0.01, 0.05, 1, 6),
    ("NETWORK_OUT_OF_ORDER", 0.002, 0.01, 0, 3),
    ("RECOVERY_ON_TIMER_EXPIRE", 0.008, 0.02, 6, 32),
    # the ends of answered calls
    ("NORMAL_CLEARING", 0, 0, 0, 0),
    ("MEDIA_TIMEOUT", 0, 0, 0, 0),
    ("ALLOTTED_TIMEOUT", 0, 0, 0, 0),
)
NAMES = tuple(row[0] for row in CAUSES)
CANCEL, CLEARING = NAMES.index("ORIGINATOR_CANCEL"), NAMES.index("NORMAL_CLEARING")
TEMPORARY, OUT_OF_ORDER = NAMES.index("NORMAL_TEMPORARY_FAILURE"), NAMES.index("NETWORK_OUT_OF_ORDER")
GOOD, POOR = (np.cumsum([row[column] for row in CAUSES]) for column in (1, 2))
SHORTEST, LONGEST = (np.array([row[column] for row in CAUSES]) for column in (3, 4))
POOR_BELOW = 0.5
LONGEST_TALK = 3 * 3600
REGULARS = 12  # of each range of numbers, an account has so many that it calls again and again


@dataclass
class Calls:
    """Calls as arrays. `account` and `switch` are places in the tables of the world, `range` one in RANGES.

    `far` holds the digits of the other side behind its range, `own` the last two of the customer's number,
    `ring` the time until the answer or the end, `talk` is 0 for a call that is not answered.
    """

    start: Ints
    account: Ints
    switch: Ints
    direction: Ints
    range: Ints
    far: Ints
    own: Ints
    answered: Bools
    cause: Ints
    ring: Ints
    talk: Ints
    luck: Ints  # a number below 2**32 that what does not matter is taken from

    def __len__(self) -> int:
        return len(self.start)


def taken(calls: Calls, chosen: npt.NDArray[Any]) -> Calls:
    """The calls that a mask or an array of places names."""
    return replace(calls, **{field.name: getattr(calls, field.name)[chosen] for field in fields(calls)})


def joined(parts: list[Calls]) -> Calls:
    """All of them, in the order of their start; calls of the same second keep their order."""
    columns = {f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Calls)}
    return taken(Calls(**columns), np.argsort(columns["start"], kind="stable"))


def drawn(rng: np.random.Generator, start: Ints, account: Ints) -> Calls:
    """Everyday calls of these accounts at these moments."""
    count = len(start)
    direction = directions(rng, account)
    country = callees(rng, account, direction)
    span = FIRST_RANGE[country] + (rng.random(count) * RANGE_COUNT[country]).astype(np.int64)
    calls = Calls(
        start=start,
        account=account,
        switch=switches(rng, account),
        direction=direction,
        range=span,
        far=others(rng, account, span),
        own=(rng.random(count) ** 2 * 100).astype(np.int64),
        answered=np.zeros(count, bool),
        cause=np.zeros(count, np.int64),
        ring=np.zeros(count, np.int64),
        talk=np.zeros(count, np.int64),
        luck=rng.integers(0, 2**32, count),
    )
    chance = np.where(direction == OUT, ANSWERED[country], 0.78)
    return outcome(rng, calls, chance, TALK[account] * np.where(direction == INTERNAL, 0.5, 1.0))


def directions(rng: np.random.Generator, account: Ints) -> Ints:
    """Out, in or internal, by the habit of the account."""
    luck = rng.random(len(account))
    inside = luck >= 1 - INSIDE[account]
    return np.where(inside, INTERNAL, np.where(luck < OUTGOING[account], OUT, IN))


def switches(rng: np.random.Generator, account: Ints) -> Ints:
    """The account's own switch; one call in 25 goes over the next one."""
    away = rng.random(len(account)) < 0.04
    return np.where(away, (SWITCH[account] + 1) % len(SWITCHES), SWITCH[account])


def callees(rng: np.random.Generator, account: Ints, direction: Ints) -> Ints:
    """The country of the other side: mostly one's own, the others by Zipf's law."""
    count = len(account)
    home = rng.random(count) < np.where(direction == IN, 1 - (1 - AT_HOME[account]) / 2, AT_HOME[account])
    abroad = np.searchsorted(ABROAD, rng.random(count) * ABROAD[-1])
    return np.where(home, HOME[account], abroad)


def others(rng: np.random.Generator, account: Ints, span: Ints) -> Ints:
    """The last digits of the other side's number; every third call goes to one that is called often."""
    count = len(account)
    often = (rng.random(count) ** 2 * REGULARS).astype(np.int64) * 245_489 + account * 3_246_599
    regular = rng.random(count) < 0.34
    digits = np.where(regular, often + span * 40_291_979 + 4_567_891, rng.integers(0, 2**40, count))
    last: Ints = digits % ROOM[span]
    return last


def outcome(rng: np.random.Generator, calls: Calls, chance: Floats, talk: Floats) -> Calls:
    """The same calls with an end: answered with this chance, with this median talk time in seconds."""
    count = len(calls)
    answered = rng.random(count) < chance
    poor = chance < POOR_BELOW
    luck = rng.random(count)
    failed = np.where(poor, np.searchsorted(POOR, luck * POOR[-1]), np.searchsorted(GOOD, luck * GOOD[-1]))
    ended = CLEARING + np.searchsorted([0.994, 0.999], rng.random(count))
    cause = np.where(answered, ended, failed)
    pickup = np.minimum(1 + rng.gamma(2.2, 3.6, count), 58)
    given_up = SHORTEST[cause] + rng.random(count) * (LONGEST[cause] - SHORTEST[cause] + 1)
    length = np.clip(talk * np.exp(rng.normal(0, 1.1, count)), 1, LONGEST_TALK)
    return replace(
        calls,
        answered=answered,
        cause=cause,
        ring=np.where(answered, pickup, given_up).astype(np.int64),
        talk=np.where(answered, length, 0).astype(np.int64),
    )


def country_range(country: Country) -> int:
    """The place in RANGES of a country's first range."""
    return int(FIRST_RANGE[ALL.index(country)])
