"""Hour by hour: a day against the days before it or the same weekday of the weeks before, in calls or
minutes.
"""

from datetime import datetime, timedelta
from typing import Any

import holoviews as hv
import pandas as pd
import panel as pn
import panel_material_ui as pmui
import param

from app import words
from app.filter import AGAINST, BACK_MOST, MEASURES, CallFilter
from app.periods import HOUR, Range, days, shifted
from app.ready import ready
from app.theme import OTHER, counted, from_zero, quiet
from app.tongue import many, mark, t
from app.views.compare import Compared, compare, starts, ticks
from app.views.view import Ask, View
from app.views.widgets import tied
from store import queries

hv.extension("bokeh", logo=False)

SMALL = {"labels": "12px", "xticks": "11px", "yticks": "11px"}
NOTHING = Compared(
    pd.DataFrame({"slot": [0], "label": [""], "value": [0], "mean": [0.0], "color": ["#0000"]}),
    pd.DataFrame({"slot": [0.0], "label": [""], "value": [0.0]}),
    "calls",
)


class Shown(param.Parameterized):
    """What a HoloViews figure draws: setting `value` patches it."""

    value = param.Parameter()


def shown(value: Any) -> Any:
    """A holder of a value that figures can be bound to."""
    return Shown(value=value)  # type: ignore[no-untyped-call]


def bars(compared: Compared, labels: list[tuple[int, str]], height: int) -> hv.Rectangles:
    """The hours as bars with their value, and on hover the mean of the others and the difference."""
    now = compared.now
    difference = now["value"] - now["mean"]
    rows = list(
        zip(
            now["slot"] + 0.08,
            [0] * len(now),
            now["slot"] + 0.92,
            now["value"],
            now["label"],
            now["mean"].fillna(0),
            difference.fillna(0),
            now["color"],
            strict=True,
        )
    )
    vdims = ["label", "mean", "difference", "color"]
    tips = [
        ("", "@label"),
        (compared.unit, "@{y1}{custom}"),
        (t("mean of the others"), "@{mean}{custom}"),
        (t("difference"), "@{difference}{custom}"),
    ]
    drawn = hv.Rectangles(rows, ["x0", "y0", "x1", "y1"], vdims)
    return drawn.opts(
        hv.opts.Rectangles(
            color="color",
            line_width=0,
            nonselection_alpha=1,
            selection_alpha=1,
            hover_tooltips=tips,
            hover_formatters=counted("y1", "mean") | counted("difference", signed=True),
            xlabel=t("hour of the day"),
            ylabel=compared.unit,
            xticks=labels,
            height=height,
            responsive=True,
            framewise=True,
            padding=(0.01, (0, 0.08)),
            fontsize=SMALL,
            tools=["hover", "xbox_select"],
            active_tools=["xbox_select"],
            toolbar=None,
            hooks=[quiet],
            backend="bokeh",
        )
    )


def past(value: Compared) -> hv.Curve:
    """A pale line for each of the other days."""
    drawn = hv.Curve(value.then, "slot", ["value", "label"])
    tips = [("", "@label"), (value.unit, "@{value}{custom}")]
    return drawn.opts(
        hv.opts.Curve(
            color="#8a96a3",
            alpha=0.55,
            line_width=1,
            hover_tooltips=tips,
            hover_formatters=counted("value"),
            tools=["hover"],
            backend="bokeh",
        )
    )


def mean(value: Compared) -> hv.Curve:
    """The mean of the other days."""
    now = value.now.assign(slot=value.now["slot"] + 0.5)
    drawn = hv.Curve(now, "slot", "mean")
    return drawn.opts(hv.opts.Curve(color=OTHER, line_width=2, backend="bokeh"))


class Hours(View):
    """Bars for the day, a pale line for each day it is compared with, their mean; a drag over hours narrows
    to them.
    """

    title = mark("Hour by hour")
    help = mark(
        "A day against the days before it. Bars are the day, pale lines the others, orange their mean. "
        "Drag to choose hours."
    )

    def __init__(self, calls: CallFilter, height: int = 300) -> None:
        self.height = height
        self.begins: list[datetime] = []
        self.compared: Any = shown(NOTHING)
        super().__init__(calls)

    def range(self, now: datetime) -> Range:
        """The day that is compared: the chosen one, else that of the chosen hours, else the last of the
        period.
        """
        zone = self.filter.zone
        until = self.filter.period_range(now)[1]
        last = self.filter.hours[0] if self.filter.hours else until - timedelta(milliseconds=1)
        day = self.filter.day or last.astimezone(zone).date()
        return days(day, day, zone)

    def shifts(self) -> list[int]:
        """How many days before the others are."""
        step = 7 if self.filter.against == "weeks" else 1
        return [step * i for i in range(1, self.filter.back + 1)]

    def asks(self, now: datetime) -> tuple[Ask, ...]:
        """All hours of the day and of the others, also when some hours are chosen: those are highlighted."""
        scope, zone = self.filter.scope(now, "hours"), self.filter.zone
        since, until = self.range(now)
        self.begins = starts(since, until)
        if self.shifts()[0] == 1:
            ranges = [(shifted(since, max(self.shifts()), zone), until)]
        else:
            ranges = [(shifted(since, s, zone), shifted(until, s, zone)) for s in (0, *self.shifts())]
        return tuple(Ask(queries.hours, scope._replace(since=s, until=u)) for s, u in ranges)

    def look(self) -> tuple[Any, ...]:
        """Calls or minutes, and the chosen hours."""
        return self.filter.measure, self.filter.hours

    def draw(self) -> pn.pane.HoloViews:
        """Three layers, each of which is patched."""
        # one stream for all of them, or each would draw the whole plot again
        stream = hv.streams.Params(self.compared, ["value"])
        front = hv.DynamicMap(
            lambda value: bars(value, ticks(self.begins, self.filter.zone), self.height), streams=[stream]
        )
        self.box = hv.streams.BoundsX(source=front)
        self.box.param.watch(self._dragged, "boundsx")
        layers = front * hv.DynamicMap(past, streams=[stream]) * hv.DynamicMap(mean, streams=[stream])
        layers = layers.opts(
            hv.opts.Overlay(hooks=[quiet, from_zero], height=self.height, responsive=True, backend="bokeh")
        )
        return pn.pane.HoloViews(
            layers, sizing_mode="stretch_width", height=self.height, margin=0, linked_axes=False
        )

    def show(self, *answers: pd.DataFrame) -> None:
        """Draw the frames of `queries.hours`."""
        zone, chosen = self.filter.zone, self.filter.hours
        self.compared.value = compare(answers, self.begins, self.shifts(), zone, self.filter.measure, chosen)
        self.retitle(self._detail())

    def _detail(self) -> str:
        day = words.day(self.begins[0], self.filter.zone)
        count = len(self.shifts())
        if self.filter.against == "weeks":
            return many("{day} and the week before", "{day} and the {n} weeks before", count, day=day)
        return many("{day} and the day before", "{day} and the {n} days before", count, day=day)

    def _dragged(self, event: param.parameterized.Event) -> None:
        if not event.new or not self.begins:
            return
        low, high = (min(max(x, 0), len(self.begins)) for x in event.new)
        first, last = int(low), max(int(-(-high // 1)), int(low) + 1)
        if first < len(self.begins):
            since, until = self.begins[first], self.begins[min(last, len(self.begins)) - 1] + HOUR
            ready(lambda: self.filter.choose_hours(since, until))

    def controls(self) -> list[Any]:
        """Which day, against which others, and what is counted."""
        f = self.filter
        return [
            tied(pmui.DatePicker, f, "day", label=t("Day"), width=150, clearable=True),
            tied(
                pmui.Select,
                f,
                "against",
                label=t("Against"),
                options={t(v): k for k, v in AGAINST.items()},
                width=190,
            ),
            tied(
                pmui.Select, f, "back", label=t("How many"), options=list(range(1, BACK_MOST + 1)), width=100
            ),
            tied(
                pmui.Select,
                f,
                "measure",
                label=t("Count"),
                options={t(v): k for k, v in MEASURES.items()},
                width=110,
            ),
        ]
