"""The alarms of a new installation: made once, and they find what the sample hides, without a false one."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from alerts.backtest import Step, judged
from alerts.measures import OF_CELL, Measured
from alerts.shipped import SHIPPED, install
from alerts.windows import Window, usual
from ingest import sample
from ingest.draw import NAMES
from ingest.stories import stories
from store import alarms
from store.database import Store
from tests.oracle import NETWORK_DID_ITS_PART

UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
CALLS, DAYS = 200_000, 90
HOUR = timedelta(hours=1)
SINCE = UNTIL - DAYS * 24 * HOUR
FALSE = 3
"""So many false alarms in ninety days are bearable; there are none."""


def cells(seed: int) -> list[list[int]]:
    """Calls, answered ones, nothing, talk and those of which the network did its part, of every hour."""
    effective = np.array([name in NETWORK_DID_ITS_PART for name in NAMES])
    made = np.zeros((DAYS * 24, 5), np.int64)
    for some in sample.batches(DAYS, CALLS, seed, UNTIL):
        hour = (some.start - int(SINCE.timestamp())) // 3600
        columns = (np.ones(len(some)), some.answered, 0 * some.talk, 1000 * some.talk)
        for place, column in enumerate((*columns, some.answered | effective[some.cause])):
            made[:, place] += np.bincount(hour, column, DAYS * 24).astype(np.int64)
    found: list[list[int]] = made.tolist()
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_they_find_every_story_of_the_sample_and_nothing_else(seed: int) -> None:
    hours = {SINCE + number * HOUR: cell for number, cell in enumerate(cells(seed))}
    told = stories(DAYS, CALLS, seed, UNTIL)
    assert {story.name for story in told} == {"trunk", "fraud", "wangiri"}
    found, false = set(), list[tuple[str, datetime]]()
    for alarm in SHIPPED:
        measured = {since: Measured(OF_CELL[alarm.metric](cell), cell[0]) for since, cell in hours.items()}
        windows = [Window(since, since + HOUR) for since in hours]
        steps = [
            Step(
                own,
                measured[own.since],
                [measured[one.since] for one in usual(own, "UTC") if one.since in hours],
            )
            for own in windows
        ]
        for moment in judged(alarm, steps).fired:
            # the hour in which something begins or ends is told when it closes
            own_stories = {story.name for story in told if story.since < moment < story.until + HOUR}
            found |= own_stories
            false += [] if own_stories else [(alarm.name, moment)]
    assert found == {"trunk", "fraud", "wangiri"}
    assert len(false) <= FALSE, false


def test_they_are_made_once_and_not_again_when_they_are_removed(store: Store) -> None:
    assert install(store, UNTIL) == len(SHIPPED)
    held = alarms.everything(store)
    assert {(one.alarm.name, one.alarm.zone, one.status.checked) for one in held} == {
        (alarm.name, store.settings.zone, UNTIL) for alarm in SHIPPED
    }
    for one in held:
        alarms.remove(store, one.alarm.id)
    assert install(store, UNTIL) == 0
    assert alarms.everything(store) == []


def test_who_has_made_an_alarm_is_given_no_others(store: Store) -> None:
    alarms.add(store, SHIPPED[0], UNTIL)
    assert install(store, UNTIL) == 0
    assert len(alarms.everything(store)) == 1
