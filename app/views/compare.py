"""Hours beside the same hours of other days: the frames behind the hourly compare and the dashboard's calls
per hour.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd

from app.periods import HOUR, Range, shifted
from app.theme import PALE, STRONG
from app.tongue import mark, t
from app.words import stamp

UNITS = {"calls": mark("calls"), "minutes": mark("minutes")}


class Compared(NamedTuple):
    """What is drawn. `now`: slot, label, value, mean, chosen; `then`: slot, day, label, value, NaN between
    two days.
    """

    now: pd.DataFrame
    then: pd.DataFrame
    unit: str


def starts(since: datetime, until: datetime) -> list[datetime]:
    """The beginning of every hour of [since, until): 23, 24 or 25 for a day."""
    return [since + i * HOUR for i in range(-(-(until - since) // HOUR))]


def compare(
    frames: Sequence[pd.DataFrame],
    begins: Sequence[datetime],
    shifts: Sequence[int],
    zone: ZoneInfo,
    measure: str,
    chosen: Range | None = None,
) -> Compared:
    """The hours that begin at `begins` beside the same hours `shifts` days before.

    `frames` are of `queries.hours`; an hour without calls is 0. `measure` is calls or minutes (of talk).
    `chosen` are the hours that the filter narrows to.
    """
    every = pd.concat(frames)
    values = every["calls"] if measure == "calls" else every["billsec"] / 60
    by_hour = dict(zip(every["hour"].dt.tz_convert("UTC").dt.to_pydatetime(), values, strict=True))
    then = {shift: [by_hour.get(shifted(m, shift, zone), 0) for m in begins] for shift in shifts}
    rows = []
    for slot, moment in enumerate(begins):
        mean = sum(of[slot] for of in then.values()) / len(then) if then else float("nan")
        label = f"{stamp(moment, zone)}–{(moment + HOUR).astimezone(zone):%H:%M}"
        inside = chosen is None or (moment < chosen[1] and moment + HOUR > chosen[0])
        rows.append((slot, label, by_hour.get(moment, 0), mean, STRONG if inside else PALE))
    now = pd.DataFrame(rows, columns=["slot", "label", "value", "mean", "color"])
    return Compared(now, _then(then, begins, zone), t(UNITS[measure]))


def _then(then: dict[int, list[float]], begins: Sequence[datetime], zone: ZoneInfo) -> pd.DataFrame:
    """The hours of the other days, one day after the other, a gap between two."""
    rows: list[tuple[float, str, float]] = []
    for shift, values in then.items():
        moments = [shifted(m, shift, zone) for m in begins]
        rows += [(s + 0.5, stamp(m, zone), v) for s, (m, v) in enumerate(zip(moments, values, strict=True))]
        rows.append((float("nan"), "", float("nan")))
    return pd.DataFrame(rows, columns=["slot", "label", "value"]).astype({"slot": float, "value": float})


def ticks(begins: Sequence[datetime], zone: ZoneInfo) -> list[tuple[int, str]]:
    """Where the axis has a label: every third hour of the clock."""
    local = [m.astimezone(zone) for m in begins]
    return [(i, f"{m:%H}") for i, m in enumerate(local) if m.hour % 3 == 0] or [(0, "")]
