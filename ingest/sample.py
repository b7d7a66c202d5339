"""The sample generator: believable calls of an invented carrier, in order of start, as rows of our CSV.

Everything is drawn with numpy, one day at a time, so that memory stays flat. The same arguments give the same
calls. The stories hidden in them are planned in `ingest.stories` and played in `ingest.plot`.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

import numpy as np

from ingest.draw import (
    CANCEL,
    INTERNAL,
    NAMES,
    OUT,
    RANGES,
    Calls,
    Floats,
    Ints,
    drawn,
    joined,
    taken,
)
from ingest.plot import failing, hidden
from ingest.stories import DAY, Plan, plan, zone_of
from ingest.world import ACCOUNTS, NETWORKS, SWITCHES
from ingest.world import NAMES as CALLERS

COLUMNS = (
    "switch", "uuid", "caller_id_number", "caller_id_name", "destination_number", "start", "answer", "end",
    "duration", "billsec", "hangup_cause", "accountcode", "direction", "read_codec", "write_codec",
    "remote_media_ip",
)  # fmt: skip
Row = tuple[str, ...]

DIRECTIONS = ("in", "out", "internal")
HOUR = timedelta(hours=1)
SIZES = 1 / np.arange(1, len(ACCOUNTS) + 1) ** 0.9
HOLIDAYS = frozenset({(1, 1), (12, 25), (12, 26)})
HABITS = np.array([[account.habit.workday, account.habit.weekend] for account in ACCOUNTS], dtype=np.float64)
NUMBERS = tuple("+" + SWITCHES[account.switch].numbers + account.code for account in ACCOUNTS)
FAR = tuple("+" + first for first, _, _ in RANGES)
WIDTHS = tuple(width for _, width, _ in RANGES)


def last_full_hour(now: datetime) -> datetime:
    """The last full hour of an aware moment, in UTC: where a sample ends unless told otherwise."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def weights(since: datetime, hours: int) -> Floats:
    """How much each account calls in each of these hours: its size times its habit in its switch's zone."""
    found = np.zeros((hours, len(ACCOUNTS)))
    for number in range(hours):
        moment = since + number * HOUR
        local = [moment.astimezone(zone_of(switch)) for switch in range(len(SWITCHES))]
        kinds = [int(at.weekday() >= 5 or (at.month, at.day) in HOLIDAYS) for at in local]
        for place, account in enumerate(ACCOUNTS):
            at = account.switch
            found[number, place] = HABITS[place, kinds[at], local[at].hour]
    return found * SIZES


def counts(made: Plan, days: int) -> Ints:
    """How many everyday calls each day has; together exactly those of the plan."""
    rng = np.random.default_rng([made.seed, 2])
    sums = np.array([weights(made.span.since + day * DAY, 24).sum() for day in range(days)])
    trend = np.linspace(1.0, 1.12, days) * rng.lognormal(0, 0.05, days)
    expected = sums * trend
    return rng.multinomial(made.everyday, expected / expected.sum()).astype(np.int64)


def everyday(rng: np.random.Generator, since: datetime, count: int) -> Calls:
    """So many calls of one day, each in an hour and of an account that call then."""
    chances = np.cumsum(weights(since, 24))
    cell = np.minimum(np.searchsorted(chances, rng.random(count) * chances[-1]), len(chances) - 1)
    hour, account = cell // len(ACCOUNTS), cell % len(ACCOUNTS)
    start = int(since.timestamp()) + hour * 3600 + rng.integers(0, 3600, count)
    return drawn(rng, start.astype(np.int64), account.astype(np.int64))


def ended(calls: Calls, until: int) -> Calls:
    """The same calls, all ended when the sample ends: who had no answer by then gave up."""
    ring = np.minimum(calls.ring, until - calls.start)
    late = calls.answered & (calls.start + ring >= until)
    return replace(
        calls,
        answered=calls.answered & ~late,
        cause=np.where(late, CANCEL, calls.cause),
        ring=ring,
        talk=np.where(late, 0, np.minimum(calls.talk, until - calls.start - ring)),
    )


def batches(days: int, calls: int, seed: int, until: datetime) -> Iterator[Calls]:
    """Exactly `calls` calls of the days before `until` (aware), a day at a time, in the order of their start.

    The same arguments give the same calls. Times are seconds since 1970. Raises CdrStatsError when an
    argument is out of range.
    """
    made = plan(days, calls, seed, until)
    extra, last = hidden(made), int(made.span.until.timestamp())
    for day, count in enumerate(counts(made, days)):
        since = made.span.since + day * DAY
        first = int(since.timestamp())
        today = taken(extra, (extra.start >= first) & (extra.start < first + 86_400))
        rng = np.random.default_rng([made.seed, 3, day])
        found = failing(rng, made.trunk, joined([everyday(rng, since, int(count)), today]))
        yield ended(found, last)


def texts(moments: Ints) -> list[str]:
    """ISO 8601 with zone of seconds since 1970: `2026-11-22T14:00:00+00:00`."""
    return [text + "+00:00" for text in np.datetime_as_string(moments.astype("datetime64[s]")).tolist()]


def uuids(rng: np.random.Generator, count: int) -> list[str]:
    """So many UUIDs of version 4, from the generator's bits."""
    bits = rng.bytes(16 * count).hex()
    parts = (bits[at : at + 32] for at in range(0, 32 * count, 32))
    return [f"{p[:8]}-{p[8:12]}-4{p[13:16]}-a{p[17:20]}-{p[20:]}" for p in parts]


def parties(calls: Calls) -> Iterator[tuple[str, str, str]]:
    """Caller, caller's name and destination of each call."""
    columns = (calls.direction, calls.account, calls.range, calls.far, calls.own)
    for direction, account, span, far, own in zip(*(column.tolist() for column in columns), strict=True):
        if direction == INTERNAL:
            yield f"{100 + own}", ACCOUNTS[account].name, f"{100 + far % 100}"
            continue
        number = f"{FAR[span]}{far:0{WIDTHS[span]}}"
        customer = f"{NUMBERS[account]}{own:02}"
        if direction == OUT:
            yield customer, ACCOUNTS[account].name, number
        else:
            yield number, CALLERS[(far + span) % len(CALLERS)], customer


def media(calls: Calls) -> Iterator[tuple[str, str, str]]:
    """Codec read, codec written and the media address of each call; '' where no sound ever came."""
    columns = (calls.switch, calls.luck, calls.ring, calls.answered)
    for switch, luck, ring, answered in zip(*(column.tolist() for column in columns), strict=True):
        if not answered and ring < 3:
            yield "", "", ""
            continue
        codecs = SWITCHES[switch].codecs
        read = codecs[luck % 5]
        written = codecs[luck // 5 % 5] if luck % 11 == 0 else read
        yield read, written, f"{NETWORKS[luck // 64 % 3]}.{1 + luck // 256 % 40 + 40 * switch}"


def formatted(found: Calls, rng: np.random.Generator) -> Iterator[Row]:
    """The rows of these calls in the order of COLUMNS."""
    answer = found.start + found.ring
    end = answer + found.talk
    answers = [at if yes else "" for at, yes in zip(texts(answer), found.answered.tolist(), strict=True)]
    columns = zip(
        found.switch.tolist(), uuids(rng, len(found)), parties(found),
        texts(found.start), answers, texts(end), (end - found.start).tolist(), found.talk.tolist(),
        found.cause.tolist(), found.account.tolist(), found.direction.tolist(), media(found), strict=True,
    )  # fmt: skip
    for switch, uuid, who, started, picked, over, duration, talk, cause, account, direction, sound in columns:
        yield (
            SWITCHES[switch].name, uuid, *who, started, picked, over, str(duration), str(talk),
            NAMES[cause], ACCOUNTS[account].code, DIRECTIONS[direction], *sound,
        )  # fmt: skip


def rows(days: int, calls: int, seed: int, until: datetime) -> Iterator[Row]:
    """The calls as rows of text in the order of COLUMNS; arguments and errors as `batches`."""
    for number, found in enumerate(batches(days, calls, seed, until)):
        yield from formatted(found, np.random.default_rng([seed, 5, number]))


def write_csv(file: IO[str], made: Iterable[Row]) -> None:
    """Write the header and these rows as the project's own CSV to a text file opened with newline=''."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(made)


def write(path: Path, days: int, calls: int, seed: int, until: datetime) -> None:
    """Write a sample as CSV; arguments and errors as `batches`, and OSError when it cannot be written."""
    plan(days, calls, seed, until)  # refuses wrong arguments before there is a file
    made = rows(days, calls, seed, until)
    with path.open("w", encoding="utf-8", newline="") as file:
        write_csv(file, made)
