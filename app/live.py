"""What the Realtime page asks: the calls in progress, their last hour, and longer spans beside what the
records say. All of it is narrowed to who looks.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from app.viewer import Viewer
from app.views.live_line import Lines, Values, lines
from ingest.live.pollers import POLLERS
from store import live, livepeaks, queries
from store.database import Store
from store.live import Board
from store.scope import Scope

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Seen(NamedTuple):
    """What there is to see `at` a moment: the boards, and the peaks of the last hour."""

    at: datetime
    boards: tuple[Board, ...]
    each: pd.DataFrame
    together: pd.DataFrame


def ask(store: Store, viewer: Viewer) -> Seen:
    """The calls now and the last hour's peaks, of the viewer's accounts alone."""
    now = datetime.now(UTC)
    boards = live.boards(store, POLLERS, now, viewer.accounts)
    if viewer.switches:
        boards = tuple(board for board in boards if board.switch in viewer.switches)
    return Seen(now, boards, *_measured(store, scope_of(now, HOUR, viewer)))


def scope_of(now: datetime, span: timedelta, viewer: Viewer) -> Scope:
    """A span: whole minutes up to and with that of now."""
    until = now.replace(second=0, microsecond=0) + MINUTE
    return viewer.narrow(Scope(until - span, until))


def _measured(store: Store, scope: Scope) -> tuple[pd.DataFrame, pd.DataFrame]:
    return livepeaks.measured(store, scope), livepeaks.measured(store, scope, True)


class Past(NamedTuple):
    """A longer span: its lines, and the line of the records over the same steps."""

    lines: Lines
    records: Values


def past(store: Store, viewer: Viewer, span: timedelta, now: datetime) -> Past:
    """The peaks of a longer span, and what the records say of it."""
    scope = scope_of(now, span, viewer)
    found = lines(*_measured(store, scope), scope.since, scope.until)
    frame = queries.concurrent(store, scope, True)
    step = timedelta(minutes=found.minutes)
    records = np.zeros(len(found.times) - 1)
    place = ((frame["minute"] - pd.Timestamp(scope.since)) // pd.Timedelta(step)).to_numpy()
    np.maximum.at(records, place, frame["concurrent"].to_numpy())
    return Past(found, records)
