"""The line of calls in progress as the switches themselves said it: the most of each minute, gaps where a
switch did not answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd
import panel as pn
from bokeh.models import AdaptiveTicker, ColumnDataSource, HoverTool, Range1d
from bokeh.plotting import figure

from app import words
from app.theme import ACCENT, GREY, SLICES, axes, counted
from app.tongue import t
from app.views.concurrent import PEAK, drawn_is
from app.views.live_table import STYLE
from store.live import Board

TOGETHER, RECORDS = "*", "records"
MOST_LINES = 7
LINES = tuple(f"line{i}" for i in range(MOST_LINES))
COLUMNS = (TOGETHER, *LINES, RECORDS)
MINUTE = timedelta(minutes=1)
STEPS = (1, 2, 5, 10, 15, 30, 60)
MOST_POINTS = 480

Values = npt.NDArray[np.float64]


class Lines(NamedTuple):
    """What is drawn: steps that begin at `times` (aware UTC) and are `minutes` long; NaN is a gap."""

    times: pd.DatetimeIndex
    minutes: int
    together: Values
    switches: dict[str, Values]


def lines(
    each: pd.DataFrame, together: pd.DataFrame, since: datetime, until: datetime, boards: Sequence[Board] = ()
) -> Lines:
    """The lines of [since, until), whole minutes, of frames of `livepeaks.measured`; with the boards of now
    the last minute is at least what is in progress.

    All together have a gap where a switch that answered before is silent, for their sum is not known then;
    one that was silent all the time is left out.
    """
    count = max(1, (until - since) // MINUTE)
    names = sorted(set(each["switch"]))
    found = {name: _minutes(each[each["switch"] == name], since, count) for name in names}
    whole = _minutes(together, since, count)
    asked = {board.switch for board in boards if board.state != "paused"}
    if boards:
        _now(found, whole, boards)
    for name, values in found.items():
        if name in asked or not boards:
            answered = ~np.isnan(values)
            whole[np.isnan(values) & (np.maximum.accumulate(answered))] = np.nan
    width = next((step for step in STEPS if count <= step * MOST_POINTS), STEPS[-1])
    busiest = sorted(found, key=lambda name: -np.nan_to_num(found[name]).max())[:MOST_LINES]
    steps = -(-count // width)
    times = pd.date_range(since, periods=steps + 1, freq=timedelta(minutes=width))
    drawn = {name: _stepped(found[name], width) for name in sorted(busiest)}
    return Lines(times, width, _stepped(whole, width), drawn)


def _minutes(frame: pd.DataFrame, since: datetime, count: int) -> Values:
    """A value for each minute, NaN where there is none."""
    values = np.full(count, np.nan)
    place = ((frame["minute"] - pd.Timestamp(since)) // pd.Timedelta(MINUTE)).to_numpy()
    within = (place >= 0) & (place < count)
    values[place[within]] = frame["concurrent"].to_numpy()[within]
    return values


def _now(found: Mapping[str, Values], whole: Values, boards: Iterable[Board]) -> None:
    """Raise the last minute to what is in progress: it may just have begun."""
    level: dict[str, int] = {}
    for board in boards:
        if board.state == "ok":
            level[board.switch] = level.get(board.switch, 0) + board.total
    for switch, calls in level.items():
        if switch in found:
            found[switch][-1] = np.fmax(found[switch][-1], calls)
    if level:
        whole[-1] = np.fmax(whole[-1], sum(level.values()))


def _stepped(values: Values, width: int) -> Values:
    """The highest of every so many minutes."""
    if width == 1:
        return values
    padded = np.full(-(-len(values) // width) * width, np.nan)
    padded[: len(values)] = values
    rows = padded.reshape(-1, width)
    return np.where(np.isnan(rows).all(axis=1), np.nan, np.fmax.reduce(rows, axis=1))


class LiveLine:
    """The figure: a line a switch, one of all together, and where it is given one of the records."""

    def __init__(self, zone: ZoneInfo, height: int = 240) -> None:
        self.zone = zone
        self.source = ColumnDataSource({name: [] for name in ("time", "label", "unseen", *COLUMNS)})
        self.plot: Any = figure(
            height=height,
            sizing_mode="stretch_width",
            x_axis_type="datetime",
            tools="",
            toolbar_location=None,
            x_range=Range1d(start=0, end=1),
            y_range=Range1d(start=0, end=2),
        )
        axes(self.plot, t("calls at once"))
        self.plot.yaxis.ticker = AdaptiveTicker(min_interval=1, mantissas=[1, 2, 5])
        xaxis: Any = self.plot.xaxis
        xaxis.ticker.desired_num_ticks = 5
        looks: dict[str, dict[str, Any]] = {
            TOGETHER: {"color": ACCENT, "line_width": 2.4},
            RECORDS: {"color": GREY, "line_dash": "dashed"},
        }
        others = iter(SLICES[1:])
        self.drawn = {
            name: self.plot.line(
                "time", name, source=self.source, visible=False,
                **(looks.get(name) or {"color": next(others), "line_width": 1.5}),
            )
            for name in COLUMNS
        }  # fmt: skip
        unseen = self.plot.line("time", "unseen", source=self.source, line_alpha=0)
        self.hover = HoverTool(
            renderers=[unseen],
            mode="vline",
            point_policy="follow_mouse",
            formatters=counted(*COLUMNS, missing=t("no answer")),
        )
        self.plot.add_tools(self.hover)
        self.keys = pn.pane.HTML("", stylesheets=[STYLE], sizing_mode="stretch_width", margin=0)
        pane = pn.pane.Bokeh(self.plot, sizing_mode="stretch_width", height=height, margin=0)
        self.view = pn.Column(self.keys, pane, sizing_mode="stretch_width", margin=0)

    def show(self, found: Lines, records: Values | None = None) -> None:
        """Draw the lines, by patching what differs; `records` is the line of the records, step by step."""
        several = len(found.switches) > 1
        columns = dict(zip(LINES, found.switches.values(), strict=False))
        columns |= {TOGETHER: found.together} if several or not found.switches else {}
        columns |= {RECORDS: records} if records is not None else {}
        names = dict(zip(LINES, found.switches, strict=False))
        names |= {TOGETHER: t("all switches together"), RECORDS: t("all, by their records")}
        clock = found.times.tz_convert(self.zone).tz_localize(None)
        self._patch(found.times, columns)
        self.plot.x_range.update(start=clock[0], end=clock[-1])
        top = max((np.nanmax(v, initial=0) for v in columns.values()), default=0)
        self.plot.y_range.end = max(1.08 * top, 2.1)
        for name, line in self.drawn.items():
            line.visible = name in columns
        shown = {names[name]: name for name in COLUMNS if name in columns}
        self.keys.object = self._keys(shown)
        self.hover.tooltips = [
            ("", "@label"),
            *((n, f"@{{{column}}}{{custom}}") for n, column in shown.items()),
        ]

    def _patch(self, times: pd.DatetimeIndex, columns: Mapping[str, Values]) -> None:
        """Two points a step, so that a step alone between two gaps is seen, too."""
        clock = times.tz_convert(self.zone).tz_localize(None)
        nothing = np.full(len(clock) - 1, np.nan)
        values = {name: np.repeat(columns.get(name, nothing), 2) for name in COLUMNS}
        time = np.column_stack([clock[:-1], clock[1:]]).ravel()
        before = self.source.data
        if len(before["time"]) == len(time) and (np.asarray(before["time"]) == time).all():
            patches = {name: _differences(before[name], after) for name, after in values.items()}
            self.source.patch({name: found for name, found in patches.items() if found})
            return
        label = np.repeat([words.stamp(moment, self.zone) for moment in times[:-1]], 2)
        self.source.data = {"time": time, "label": label, "unseen": np.zeros(len(time)), **values}

    def _keys(self, shown: Mapping[str, str]) -> str:
        marks = []
        for name, column in shown.items():
            color = self.drawn[column].glyph.line_color
            kind = (
                f'class="dashed" style="color:{color}"'
                if column == RECORDS
                else f'style="background:{color}"'
            )
            marks.append(f"<span><i {kind}></i>{escape(name)}</span>")
        return f'<div class="keys">{"".join(marks)}</div>'


def _differences(before: Any, after: Values) -> list[tuple[int, float]]:
    old = np.asarray(before, float)
    changed = np.flatnonzero(~((old == after) | (np.isnan(old) & np.isnan(after))))
    return [(int(place), float(after[place])) for place in changed]


def detail(found: Lines, zone: ZoneInfo) -> str:
    """The peak of all together in words."""
    if np.isnan(found.together).all():
        return t("nothing measured yet")
    if not np.nanmax(found.together):
        return t("none")
    place = int(np.nanargmax(found.together))
    most, when = words.number(found.together[place]), words.stamp(found.times[place], zone)
    return f"{t(PEAK, most=most, when=when)}; {drawn_is(found.minutes)}"
