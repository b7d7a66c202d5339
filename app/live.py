"""What the Realtime page asks: the calls in progress, their last hour, and longer spans beside what the
records say. All of it is narrowed to who looks.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from app.viewer import Viewer
from app.views.live_line import Lines, Values, lines
from ingest.live.pollers import POLLERS
from store import catalog, live, livepeaks, queries
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
    """The calls now and the last hour's peaks, of the viewer's accounts alone, on the switches that have, or
    had, calls of theirs: of others not even the name is told.
    """
    now = datetime.now(UTC)
    boards = live.boards(store, POLLERS, now, viewer.accounts)
    known = _known(store, viewer, boards)
    return Seen(
        now,
        tuple(board for board in boards if known is None or board.switch in known),
        *_measured(store, scope_of(now, HOUR, viewer), known),
    )


def _known(store: Store, viewer: Viewer, boards: Iterable[Board]) -> frozenset[str] | None:
    """The switches of which a viewer may know; None: all of them."""
    if viewer.whole:
        return None
    there = {*catalog.switches(store), *(board.switch for board in boards)}
    allowed = there.intersection(viewer.switches or there)
    if viewer.accounts is None:
        return frozenset(allowed)
    busy = {board.switch for board in boards if board.total}
    return frozenset({*catalog.used(store, viewer.accounts, allowed), *(busy & allowed)})


def scope_of(now: datetime, span: timedelta, viewer: Viewer) -> Scope:
    """A span: whole minutes up to and with that of now."""
    until = now.replace(second=0, microsecond=0) + MINUTE
    return viewer.narrow(Scope(until - span, until))


def _measured(store: Store, scope: Scope, known: frozenset[str] | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The peaks of each switch that is known, and of all together."""
    each, together = livepeaks.measured(store, scope), livepeaks.measured(store, scope, True)
    return each if known is None else each[each["switch"].isin(known)], together


class Past(NamedTuple):
    """A longer span: its lines, and the line of the records over the same steps."""

    lines: Lines
    records: Values


def past(store: Store, viewer: Viewer, span: timedelta, now: datetime) -> Past:
    """The peaks of a longer span, and what the records say of it."""
    scope = scope_of(now, span, viewer)
    known = _known(store, viewer, live.boards(store, POLLERS, now, viewer.accounts))
    found = lines(*_measured(store, scope, known), scope.since, scope.until)
    frame = queries.concurrent(store, scope, True)
    step = timedelta(minutes=found.minutes)
    records = np.zeros(len(found.times) - 1)
    place = ((frame["minute"] - pd.Timestamp(scope.since)) // pd.Timedelta(step)).to_numpy()
    np.maximum.at(records, place, frame["concurrent"].to_numpy())
    return Past(found, records)
