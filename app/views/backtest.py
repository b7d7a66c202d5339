"""The chart of a backtest: the metric over the last ninety days, its thresholds, what it is compared with,
and every moment at which the alarm would have fired.
"""

from collections.abc import Callable, Mapping
from math import nan
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, HoverTool, Range1d
from bokeh.plotting import figure

from alerts.backtest import Backtest, Step
from alerts.judge import Usual, usual_of
from alerts.measures import METRICS
from app import figures
from app.theme import ACCENT, GREY, axes
from app.tongue import many, t
from app.views.alarms import STATES, STYLE
from store.alarms import Alarm

WARNING, CRITICAL = "#e08a2e", "#c0392b"
COLUMNS = ("at", "value", "reference", "warning", "critical", "words")

LIMITS: dict[str, Callable[[float, float], float]] = {
    "less": lambda reference, limit: limit,
    "greater": lambda reference, limit: limit,
    "decrease": lambda reference, limit: reference - limit,
    "increase": lambda reference, limit: reference + limit,
    "decrease_percent": lambda reference, limit: reference * (1 - limit / 100),
    "increase_percent": lambda reference, limit: reference * (1 + limit / 100),
}
"""The value at which a condition begins to hold, in the metric's unit."""
UNUSUAL: dict[str, Callable[[Usual, float], float]] = {
    "unusual_low": lambda usual, limit: max(0.0, usual.middle - limit * usual.spread) ** 2,
    "unusual_high": lambda usual, limit: (usual.middle + limit * usual.spread) ** 2,
}


def limits(alarm: Alarm, found: Backtest, limit: float | None) -> np.ndarray[Any, Any]:
    """The value at which the alarm fires, of each window, in the metric's unit; NaN where there is none."""
    if limit is None:
        return np.full(len(found.steps), nan)
    if way := UNUSUAL.get(alarm.condition):
        usual = [_usual(alarm, step) for step in found.steps]
        return np.array([way(one, limit) if one else nan for one in usual])
    reach = LIMITS[alarm.condition]
    return np.array([reach(reference, limit) for reference in found.frame["reference"]])


def _usual(alarm: Alarm, step: Step) -> Usual | None:
    ratio = METRICS[alarm.metric].ratio
    fit = [one for one in step.compared if not ratio or one.n >= alarm.minimum]
    return usual_of([one.value for one in fit if one.value is not None])


class Chart:
    """A figure that is patched, never replaced."""

    def __init__(self) -> None:
        self.data = ColumnDataSource({name: [] for name in COLUMNS})
        self.fires = ColumnDataSource({"at": [], "value": [], "words": []})
        self.figure: Any = figure(
            height=220,
            sizing_mode="stretch_width",
            toolbar_location=None,
            x_axis_type="datetime",
            min_border=4,
            x_range=Range1d(start=0, end=1),
            y_range=Range1d(start=0, end=1),
        )
        for name, color, style in (
            ("reference", GREY, "solid"),
            ("warning", WARNING, "dashed"),
            ("critical", CRITICAL, "dashed"),
            ("value", ACCENT, "solid"),
        ):
            self.figure.line("at", name, source=self.data, color=color, line_dash=style, alpha=0.85)
        dots = self.figure.scatter("at", "value", source=self.fires, size=9, color=CRITICAL)
        self.figure.add_tools(HoverTool(renderers=[dots], tooltips="@words"))
        axes(self.figure)
        self.said = pn.pane.HTML("", stylesheets=[STYLE], margin=(4, 0), sizing_mode="stretch_width")
        self.pane = pn.pane.Bokeh(self.figure, sizing_mode="stretch_width", margin=0)

    def show(self, found: Backtest) -> None:
        """Draw a backtest."""
        alarm, frame = found.alarm, found.frame
        zone = ZoneInfo(alarm.zone)
        local = frame["until"].dt.tz_convert(zone).dt.tz_localize(None).to_numpy()
        self.data.data = {
            "at": local,
            "value": frame["value"].to_numpy(),
            "reference": frame["reference"].to_numpy(),
            "warning": limits(alarm, found, alarm.warning),
            "critical": limits(alarm, found, alarm.critical),
            "words": np.full(len(frame), ""),
        }
        self._fit()
        fired = frame["until"].isin(found.fired).to_numpy()
        rows = frame[fired]
        self.fires.data = {
            "at": local[fired],
            "value": rows["value"].to_numpy(),
            "words": [_said(alarm, one) for one in rows.to_dict("records")],
        }
        self.said.object = f"<p>{summary(found)}</p>"

    def _fit(self) -> None:
        """Ranges of our own: those that Bokeh finds complain while there is nothing."""
        data = self.data.data
        numbers = np.concatenate([data[name] for name in ("value", "reference", "warning", "critical")])
        numbers = numbers[np.isfinite(numbers)]
        low, high = (min(0.0, numbers.min()), max(0.0, numbers.max())) if len(numbers) else (0.0, 1.0)
        self.figure.y_range.update(start=float(low), end=float(high + 0.05 * ((high - low) or 1)))
        if len(data["at"]):
            self.figure.x_range.update(start=data["at"][0], end=data["at"][-1])

    def quiet(self, sentence: str) -> None:
        """Say why there is no chart, and leave what is drawn."""
        self.said.object = f"<p>{sentence}</p>"


def _said(alarm: Alarm, row: Mapping[Any, Any]) -> str:
    at = figures.window(row["since"].to_pydatetime(), row["until"].to_pydatetime(), alarm.zone)
    return f"{at}: {figures.value(alarm.metric, row['value'])} ({t(STATES[row['state']][1])})"


def summary(found: Backtest) -> str:
    """How often it would have fired, in a sentence."""
    if not len(found.frame):
        return t("No window has closed since the first call: there is nothing to try it on.")
    days = (found.frame["until"].iloc[-1] - found.frame["since"].iloc[0]).days
    span = many("a day", "{n} days", days)
    if not found.fired:
        return t("It would not have fired in {span}.", span=span)
    return many(
        "<b>It would have fired once</b> in {span}.",
        "<b>It would have fired {n} times</b> in {span}.",
        len(found.fired),
        span=span,
    )
