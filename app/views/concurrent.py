"""Concurrent calls: how many were in progress at once, per switch and minute, as peaks."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import holoviews as hv
import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui

from app import words
from app.filter import CallFilter
from app.theme import SLICES, quiet
from app.views.hours import Shown
from app.views.view import Ask, View
from app.views.widgets import tied
from store import queries

MOST_POINTS = 480
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440)
MOST_LINES = 8
TOGETHER = "*"


class Peaks(NamedTuple):
    """The lines: switch -> frame of time (naive, in the viewer's zone) and peak; `minutes` is the width of a step."""

    lines: dict[str, pd.DataFrame]
    minutes: int


def step_for(since: datetime, until: datetime) -> int:
    """The width of a step in minutes, so that a line has at most MOST_POINTS."""
    minutes = (until - since) // timedelta(minutes=1)
    return next((s for s in STEPS if minutes <= s * MOST_POINTS), STEPS[-1])


def peaks(frame: pd.DataFrame, since: datetime, until: datetime, zone: ZoneInfo) -> Peaks:
    """The highest peak of every step of [since, until), 0 where no call was in progress.

    Takes the frame of `queries.concurrent`. Of more than MOST_LINES switches the busiest are drawn.
    """
    minutes = step_for(since, until)
    count = max(-(-(until - since) // timedelta(minutes=minutes)), 1)
    begin = pd.Timestamp(since)
    times = pd.date_range(begin, periods=count + 1, freq=f"{minutes}min").tz_convert(zone).tz_localize(None)
    busiest = frame.groupby("switch")["concurrent"].max().sort_values(ascending=False).index[:MOST_LINES]
    lines = {}
    for switch in sorted(busiest):
        rows = frame[frame["switch"] == switch]
        place = ((rows["minute"] - begin) // pd.Timedelta(minutes=minutes)).to_numpy()
        most = np.zeros(count + 1)
        inside = (place >= 0) & (place < count)
        np.maximum.at(most, place[inside], rows["concurrent"].to_numpy()[inside])
        most[-1] = most[-2]
        lines[switch] = pd.DataFrame({"time": times, "peak": most})
    return Peaks(lines, minutes)


NOTHING = Peaks({}, 1)


def curves(shown: Peaks, height: int) -> hv.NdOverlay:
    """A stepped line a switch."""
    name = lambda switch: "all switches" if switch == TOGETHER else switch  # noqa: E731
    lines = shown.lines or {"": pd.DataFrame({"time": pd.to_datetime(["2000-01-01"]), "peak": [0.0]})}
    tips = [("", "@switch"), ("time", "@time{%a %e %b %Y %H:%M}"), ("at once", "@peak{0,0}")]
    one = hv.opts.Curve(interpolation="steps-post", line_width=1.6, tools=["hover"], hover_tooltips=tips,
                        hover_formatters={"@time": "datetime"}, backend="bokeh")  # fmt: skip
    drawn = {
        name(s): hv.Curve(frame, "time", "peak").opts(one).opts(color=SLICES[i % 11], backend="bokeh")
        for i, (s, frame) in enumerate(lines.items())
    }
    return hv.NdOverlay(drawn, "switch", sort=False).opts(
        hv.opts.NdOverlay(
            xlabel="", ylabel="calls at once", height=height, responsive=True, framewise=True, legend_position="top",
            legend_cols=4, show_legend=len(lines) > 1, toolbar=None, hooks=[quiet], padding=(0, (0, 0.08)), backend="bokeh",
        )  # fmt: skip
    )


class Concurrent(View):
    """Peaks of calls in progress at once; a drag narrows to that time."""

    title = "Concurrent calls"
    help = (
        "The most calls in progress at one instant of each minute, from start to end of the call, ringing included. "
        "Drag to see only that time."
    )

    def __init__(self, calls: CallFilter, height: int = 260) -> None:
        self.height, self.range = height, (datetime.min, datetime.min)
        self.peaks = Shown(value=NOTHING)
        super().__init__(calls)

    def asks(self, now: datetime) -> tuple[Ask, ...]:
        """The peaks of each switch, or of all together."""
        scope = self.filter.scope(now)
        self.range = (scope.since, scope.until)
        return (Ask(queries.concurrent, scope, (self.filter.together,)),)

    def draw(self) -> pn.pane.HoloViews:
        """The figure without lines."""
        plot = hv.DynamicMap(pn.bind(lambda shown: curves(shown, self.height), self.peaks.param.value))
        return pn.pane.HoloViews(plot, sizing_mode="stretch_width", height=self.height, margin=0, linked_axes=False)

    def show(self, *answers: pd.DataFrame) -> None:
        """Draw the frame of `queries.concurrent`."""
        frame = answers[0]
        self.peaks.value = peaks(frame, *self.range, self.filter.zone)
        self.retitle(self._detail(frame))

    def _detail(self, frame: pd.DataFrame) -> str:
        if not len(frame):
            return "none"
        top = frame.loc[frame["concurrent"].idxmax()]
        local = top["minute"].tz_convert(self.filter.zone)
        where = "" if top["switch"] == TOGETHER else f" on {top['switch']}"
        width = self.peaks.value.minutes
        each = "each minute" if width == 1 else f"the highest of every {_width(width)}"
        lines = self.peaks.value.lines
        rest = frame["switch"].nunique() - len(lines)
        left = f"; the {len(lines)} busiest switches" if rest > 0 else ""
        return f"most {words.number(top['concurrent'])}{where}, {local:%a} {local.day} {local:%b %H:%M}; drawn is {each}{left}"

    def controls(self) -> list[Any]:
        """Each switch or all together."""
        return [tied(pmui.Switch, self.filter, "together", label="all switches together")]


def _width(minutes: int) -> str:
    return f"{minutes} minutes" if minutes < 60 else "hour" if minutes == 60 else f"{minutes // 60} hours"
