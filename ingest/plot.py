"""The stories played: the calls that a failing trunk, a fraud and a Wangiri wave add to the everyday ones."""

from dataclasses import replace

import numpy as np

from ingest.draw import (
    CANCEL,
    CLEARING,
    IN,
    INTERNAL,
    OUT,
    OUT_OF_ORDER,
    SWITCH,
    TEMPORARY,
    Calls,
    Ints,
    country_range,
    drawn,
    joined,
)
from ingest.stories import Fraud, Plan, Trunk, Wangiri, Window

SURVIVOR = 25  # one in so many calls over a failing trunk comes through all the same


def moments(rng: np.random.Generator, window: Window, count: int) -> Ints:
    """So many moments in the window, in order, in seconds since 1970."""
    since, until = (int(moment.timestamp()) for moment in window)
    return np.sort(rng.integers(since, until, count))


def retries(rng: np.random.Generator, trunk: Trunk) -> Calls:
    """Calls that customers try again while the trunk fails."""
    customers = np.flatnonzero(trunk.switch == SWITCH)
    start = moments(rng, trunk.window, trunk.calls)
    made = drawn(rng, start, rng.choice(customers, trunk.calls))
    return replace(
        made,
        switch=np.full(trunk.calls, trunk.switch),
        direction=np.full(trunk.calls, OUT),
    )


def failing(rng: np.random.Generator, trunk: Trunk | None, calls: Calls) -> Calls:
    """The calls with those failed that go over the trunk of the story while it fails."""
    if trunk is None:
        return calls
    since, until = (int(moment.timestamp()) for moment in trunk.window)
    hit = (calls.switch == trunk.switch) & (calls.direction != INTERNAL)
    hit &= (calls.start >= since) & (calls.start < until)
    hit &= np.cumsum(hit) % SURVIVOR != 0
    cause = np.where(rng.random(len(calls)) < 0.7, TEMPORARY, OUT_OF_ORDER)
    return replace(
        calls,
        answered=calls.answered & ~hit,
        cause=np.where(hit, cause, calls.cause),
        ring=np.where(hit, rng.integers(0, 4, len(calls)), calls.ring),
        talk=np.where(hit, 0, calls.talk),
    )


def stolen(rng: np.random.Generator, fraud: Fraud) -> Calls:
    """Long calls of one account to the country of the fraud, nearly all of them answered at once."""
    count = fraud.calls
    made = drawn(rng, moments(rng, fraud.window, count), np.full(count, fraud.account))
    answered = np.arange(count) % 20 != 19
    return replace(
        made,
        switch=SWITCH[made.account],
        direction=np.full(count, OUT),
        range=np.full(count, country_range(fraud.country)),
        far=rng.integers(0, 40, count) * 7_919,
        own=np.full(count, 13),
        answered=answered,
        cause=np.where(answered, CLEARING, CANCEL),
        ring=rng.integers(1, 5, count),
        talk=np.where(answered, rng.integers(480, 2_400, count), 0),
    )


def rung(rng: np.random.Generator, wave: Wangiri) -> Calls:
    """Calls from numbers in a row that ring once and hang up."""
    count = wave.calls
    customers = np.flatnonzero(wave.switch == SWITCH)
    made = drawn(rng, moments(rng, wave.window, count), rng.choice(customers, count))
    return replace(
        made,
        switch=np.full(count, wave.switch),
        direction=np.full(count, IN),
        range=np.full(count, country_range(wave.country)),
        far=int(rng.integers(0, 10_000)) + np.arange(count),
        own=rng.integers(0, 100, count),
        answered=np.zeros(count, bool),
        cause=np.full(count, CANCEL),
        ring=rng.integers(1, 4, count),
        talk=np.zeros(count, np.int64),
    )


def called_back(rng: np.random.Generator, wave: Wangiri, missed: Calls) -> Calls:
    """Some of those who were rung call back within the hour, and are kept on the line."""
    chosen = rng.choice(len(missed), wave.callbacks, replace=False)
    start = missed.start[chosen] + rng.integers(60, 3_000, wave.callbacks)
    made = drawn(rng, start, missed.account[chosen])
    count = wave.callbacks
    return replace(
        made,
        switch=np.full(count, wave.switch),
        direction=np.full(count, OUT),
        range=missed.range[chosen],
        far=missed.far[chosen],
        own=missed.own[chosen],
        answered=np.ones(count, bool),
        cause=np.full(count, CLEARING),
        ring=rng.integers(1, 4, count),
        talk=rng.integers(90, 540, count),
    )


def hidden(plan: Plan) -> Calls:
    """All calls that the stories of the plan add, in the order of their start."""
    rng = np.random.default_rng([plan.seed, 4])
    none = np.zeros(0, np.int64)
    parts = [drawn(rng, none, none)]
    if plan.trunk:
        parts.append(retries(rng, plan.trunk))
    if plan.fraud:
        parts.append(stolen(rng, plan.fraud))
    if plan.wangiri:
        missed = rung(rng, plan.wangiri)
        parts += [missed, called_back(rng, plan.wangiri, missed)]
    return joined(parts)
