"""Concurrent calls: how many were in progress at once, per switch and minute, as peaks."""

from datetime import datetime, timedelta
from html import escape
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui
from bokeh.events import SelectionGeometry
from bokeh.models import (
    AdaptiveTicker,
    BoxSelectTool,
    ColumnDataSource,
    HoverTool,
    Line,
    NoOverlap,
    Range1d,
    Step,
)
from bokeh.plotting import figure

from app import words
from app.filter import CallFilter
from app.ready import ready
from app.theme import SLICES, axes, counted
from app.tongue import many, mark, t
from app.views.view import Ask, View
from app.views.widgets import tied
from store import queries

MOST_POINTS = 480
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440)
MOST_LINES = 8
TOGETHER = "*"
LINES = tuple(f"line{i}" for i in range(MOST_LINES))
Counts = np.ndarray[Any, np.dtype[np.uint16]]


PEAK = mark("most {most}, {when}")
PEAK_ON = mark("most {most} on {switch}, {when}")


class Peaks(NamedTuple):
    """The lines: `times` are where steps begin (aware UTC), `lines` the highest peak in each; a step has
    `minutes`.
    """

    times: pd.DatetimeIndex
    lines: dict[str, Counts]
    minutes: int


def step_for(since: datetime, until: datetime) -> int:
    """The width of a step in minutes, so that a line has at most MOST_POINTS of them, or as few as a day
    each.
    """
    minutes = (until - since) // timedelta(minutes=1)
    return next((s for s in STEPS if minutes <= s * MOST_POINTS), STEPS[-1])


def peaks(frame: pd.DataFrame, since: datetime, until: datetime) -> Peaks:
    """The highest peak of every step of [since, until), 0 where no call was in progress.

    Takes the frame of `queries.concurrent`. Of more than MOST_LINES switches the busiest are drawn, in the
    order of names.
    """
    minutes = step_for(since, until)
    width = pd.Timedelta(minutes=minutes)
    count = max(-(-(until - since) // timedelta(minutes=minutes)), 1)
    times = pd.date_range(since, periods=count + 1, freq=width)
    busiest = frame.groupby("switch")["concurrent"].max().sort_values(ascending=False).index[:MOST_LINES]
    lines = {}
    for switch in sorted(busiest):
        rows = frame[frame["switch"] == switch]
        place = ((rows["minute"] - pd.Timestamp(since)) // width).clip(0, count - 1).to_numpy()
        most: Counts = np.zeros(count + 1, np.uint16)
        np.maximum.at(most, place, rows["concurrent"].to_numpy().clip(0, 65_535).astype(np.uint16))
        most[-1] = most[-2]
        lines[switch] = most
    return Peaks(times, lines, minutes)


def local(times: pd.DatetimeIndex, zone: ZoneInfo) -> pd.DatetimeIndex:
    """The times as the viewer's clock shows them, which is how Bokeh's axis is told of a zone."""
    return times.tz_convert(zone).tz_localize(None)


class Concurrent(View):
    """Peaks of calls in progress at once; a drag narrows to that time.

    Drawn with Bokeh: one source with a column of small integers a switch is a tenth of what a curve each
    would send.
    """

    title = mark("Concurrent calls")
    help = mark(
        "The most calls in progress at one instant of each minute, from start to end, ringing included. "
        "Drag to see only that time."
    )

    def __init__(self, calls: CallFilter, height: int = 260) -> None:
        self.height = height
        self.range = (datetime.min, datetime.min)
        self.begins: pd.DatetimeIndex = pd.DatetimeIndex([], tz="UTC")
        super().__init__(calls)

    def asks(self, now: datetime) -> tuple[Ask, ...]:
        """The peaks of each switch, or of all together."""
        scope = self.filter.scope(now)
        self.range = (scope.since, scope.until)
        return (Ask(queries.concurrent, scope, (self.filter.together,)),)

    def draw(self) -> pn.Column:
        """The figure without lines; `show` adds as many as it needs."""
        self.source = ColumnDataSource({"time": [], "label": [], LINES[0]: []})
        plot: Any = figure(
            height=self.height,
            sizing_mode="stretch_width",
            x_axis_type="datetime",
            tools="",
            x_range=Range1d(start=0, end=1),
            y_range=Range1d(start=0, end=1),
            toolbar_location=None,
        )
        axes(plot, t("calls at once"))
        plot.yaxis.ticker = AdaptiveTicker(min_interval=1, mantissas=[1, 2, 5])
        self.ranges = plot.x_range, plot.y_range
        self.plot, self.lines = plot, list[Any]()
        plot.xaxis.ticker.desired_num_ticks = 5
        plot.xaxis.major_label_policy = NoOverlap(min_distance=6)
        self.legend = pn.pane.HTML("", margin=0, sizing_mode="stretch_width", stylesheets=[LEGEND])
        # steps do not answer to the mouse, so an unseen line does
        unseen = plot.add_glyph(self.source, Line(x="time", y=LINES[0], line_alpha=0))
        self.hover = HoverTool(
            renderers=[unseen],
            mode="vline",
            line_policy="prev",
            point_policy="follow_mouse",
            formatters=counted(*LINES),
        )
        plot.add_tools(self.hover, BoxSelectTool(dimensions="width", renderers=[]))
        plot.on_event(SelectionGeometry, self._dragged)
        lines = pn.pane.Bokeh(plot, sizing_mode="stretch_width", height=self.height, margin=0)
        return pn.Column(self.legend, lines, sizing_mode="stretch_width", margin=0)

    def show(self, *answers: pd.DataFrame) -> None:
        """Draw the frame of `queries.concurrent`."""
        frame = answers[0]
        found = peaks(frame, *self.range)
        self.begins = found.times
        clock = local(found.times, self.filter.zone)
        names = [t("all switches") if switch == TOGETHER else switch for switch in found.lines]
        columns = dict(zip(LINES, found.lines.values(), strict=False))
        nothing = np.zeros(len(clock), np.uint16)
        count = max(len(columns), len(self.lines), 1)
        self.source.data = {
            "time": clock.to_numpy(),
            "label": [words.stamp(moment, self.filter.zone) for moment in found.times],
            **{name: columns.get(name, nothing) for name in LINES[:count]},
        }
        self.lines += [self._line(place) for place in range(len(self.lines), len(columns))]
        across, up = self.ranges
        across.update(start=clock[0], end=clock[-1])
        up.end = max(1.08 * max((int(line.max()) for line in columns.values()), default=1), 2)
        for line, name in zip(self.lines, LINES, strict=False):
            line.visible = name in columns
        self.legend.object = legend(names)
        self.hover.tooltips = [
            ("", "@label"),
            *((n, f"@{{{line}}}{{custom}}") for n, line in zip(names, LINES, strict=False)),
        ]
        self.retitle(self._detail(frame, found))

    def _line(self, place: int) -> Any:
        """One more line; it stays, and is hidden when it is not needed."""
        step = Step(x="time", y=LINES[place], mode="after", line_width=1.6, line_color=SLICES[place])
        return self.plot.add_glyph(self.source, step)

    def _detail(self, frame: pd.DataFrame, found: Peaks) -> str:
        if not len(frame):
            return t("none")
        top = frame.iloc[int(frame["concurrent"].to_numpy().argmax())]
        peak = PEAK if top["switch"] == TOGETHER else PEAK_ON
        most, when = words.number(top["concurrent"]), words.stamp(top["minute"], self.filter.zone)
        parts = [t(peak, most=most, switch=top["switch"], when=when), drawn_is(found.minutes)]
        if frame["switch"].nunique() > len(found.lines):
            parts.append(many("the busiest switch", "the {n} busiest switches", len(found.lines)))
        return "; ".join(parts)

    def _dragged(self, event: Any) -> None:
        """Narrow to the steps that the drag touches."""
        if not event.final or event.geometry.get("x0") is None or len(self.begins) < 2:
            return
        clock = local(self.begins, self.filter.zone)
        ends = sorted(int(event.geometry[x]) for x in ("x0", "x1"))
        low, high = (np.datetime64(end, "ms").astype("datetime64[ns]") for end in ends)
        first = int(np.clip(clock.searchsorted(low, "right") - 1, 0, len(clock) - 2))
        last = int(np.clip(clock.searchsorted(high, "left"), first + 1, len(clock) - 1))
        since, until = self.begins[first].to_pydatetime(), self.begins[last].to_pydatetime()
        ready(lambda: self.filter.choose_hours(since, until))

    def controls(self) -> list[Any]:
        """Each switch or all together."""
        return [tied(pmui.Switch, self.filter, "together", label=t("all switches together"))]


def legend(names: list[str]) -> str:
    """The lines' names with their colours, as HTML."""
    marks = "".join(
        f'<span><i style="background:{c}"></i>{escape(n)}</span>' for n, c in zip(names, SLICES, strict=False)
    )
    return f"<div>{marks}</div>"


LEGEND = """
:host { font: calc(0.92 * var(--cdr-size, 13px)) system-ui, sans-serif; min-height: 18px; }
:host { color: var(--mui-palette-text-secondary, #5b6875); }
div { display: flex; flex-wrap: wrap; gap: 2px 16px; }
i { display: inline-block; width: 14px; height: 3px; vertical-align: middle; margin-right: 6px; }
"""


def drawn_is(minutes: int) -> str:
    """What a step of so many minutes shows."""
    if minutes < 60:
        return many("drawn is each minute", "drawn is the highest of every {n} minutes", minutes)
    return many(
        "drawn is the highest of every hour", "drawn is the highest of every {n} hours", minutes // 60
    )
