"""Calls by country on the map of the world: shapes are sent once, an update patches columns of numbers."""

from datetime import datetime
from functools import partial
from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
from bokeh.models import ColumnDataSource, HoverTool, LinearColorMapper, MultiPolygons, Scatter, TapTool

from app import words
from app.ready import ready
from app.theme import SHADES, counted, plain_figure
from app.tongue import many, mark, t
from app.views.view import Ask, View
from app.words import number
from assets.world import world
from store import queries

TIPS = [
    ("", "@name"),
    (mark("calls"), "@{calls}{custom}"),
    (mark("answered"), "@{answered}{custom}"),
    (mark("talk minutes"), "@{minutes}{custom}"),
]
NUMBERS = ("calls", "answered", "minutes", "level")
FADED = 0.35
"""How opaque it is what is not chosen: a column, since Bokeh fades a source only by its own choice."""
PLACES = {
    "ZZ": mark("unknown country {n}"),
    "001": mark("international networks {n}"),
    "internal": mark("internal calls {n}"),
}
"""What is on no map, with its calls."""


def figures(frame: pd.DataFrame, codes: tuple[str, ...]) -> dict[str, np.ndarray[Any, Any]]:
    """The columns of NUMBERS for these countries, zero where there are no calls.

    `level` is the share of the logarithm of the busiest country's calls, 0 to 1, NaN without calls: one
    country with most of the calls does not make all others look alike.
    """
    rows = frame.set_index("country").reindex(list(codes))
    calls = rows["calls"].fillna(0).to_numpy(float)
    most = max(float(frame["calls"].max()) if len(frame) else 0.0, 1.0)
    level = np.where(calls > 0, np.log1p(calls) / np.log1p(most), np.nan)
    minutes = rows["billsec"].fillna(0).to_numpy(float) / 60
    return {
        "calls": calls,
        "answered": rows["answered"].fillna(0).to_numpy(float),
        "minutes": minutes,
        "level": level,
    }


class WorldMap(View):
    """The map; a click on a country chooses it, a click on the sea takes the choice off."""

    title = mark("World map")
    help = mark(
        "Calls by the country of the destination; darker is more, in steps of a logarithm. "
        "Click a country to see only it."
    )

    def asks(self, now: datetime) -> tuple[Ask, ...]:
        """Every country, also when some are chosen: those are highlighted."""
        return (Ask(queries.countries, self.filter.scope(now, "countries")),)

    def draw(self) -> pn.Column:
        """The map with nothing on it; small countries have a marker that is easier to hit."""
        shapes, points = world(), world().points
        self.shapes = _source(shapes.codes, xs=shapes.xs, ys=shapes.ys)
        self.points = _source(
            tuple(p.code for p in points),
            x=[p.x for p in points],
            y=[p.y for p in points],
        )
        self.colors = LinearColorMapper(palette=SHADES, low=0, high=1, nan_color="rgba(138,150,163,0.22)")
        plot = plain_figure(
            height=490,
            match_aspect=True,
            tools="pan,wheel_zoom,reset",
            x_range=(-17_500, 19_800),
            y_range=(-8_000, 18_800),
        )
        plot.toolbar.logo = None
        plot.toolbar.active_drag = plot.toolbar.active_scroll = None
        paint = {"field": "level", "transform": self.colors}
        look: dict[str, Any] = {
            "fill_color": paint,
            "fill_alpha": "alpha",
            "line_color": "#8a96a3",
            "line_width": 0.4,
        }
        glyphs = (
            (self.shapes, MultiPolygons(xs="xs", ys="ys", **look)),
            (self.points, Scatter(x="x", y="y", size=7, **look)),
        )
        drawn = [plot.add_glyph(source, glyph, nonselection_glyph=None) for source, glyph in glyphs]
        tips = [(t(label), shown) for label, shown in TIPS]
        hover = HoverTool(renderers=drawn, tooltips=tips, formatters=counted(*NUMBERS[:-1]))
        plot.add_tools(hover, TapTool(renderers=drawn))
        for source in (self.shapes, self.points):
            source.selected.on_change("indices", partial(self._tapped, source))
        self.legend = pn.pane.HTML("", margin=0, sizing_mode="stretch_width", stylesheets=[LEGEND])
        return pn.Column(
            pn.pane.Bokeh(plot, sizing_mode="stretch_width", margin=0),
            self.legend,
            margin=0,
            sizing_mode="stretch_width",
        )

    def show(self, *answers: pd.DataFrame) -> None:
        """Patch the numbers with the frame of `queries.countries`."""
        frame = answers[0]
        for source in (self.shapes, self.points):
            numbers = figures(frame, tuple(map(str, source.data["code"])))
            source.patch({name: [(slice(len(values)), values)] for name, values in numbers.items()})
        self.legend.object = legend(frame)
        self.mark()

    def mark(self) -> None:
        """Highlight the chosen countries."""
        self._quiet = True
        for source in (self.shapes, self.points):
            codes = source.data["code"]
            chosen = [i for i, code in enumerate(codes) if code in self.filter.countries]
            source.selected.indices = chosen
            alpha = np.full(len(codes), FADED if self.filter.countries else 1.0)
            alpha[chosen] = 1.0
            if not np.array_equal(alpha, source.data["alpha"]):
                source.patch({"alpha": [(slice(len(codes)), alpha)]})
        self._quiet = False

    _quiet = False

    def _tapped(self, source: ColumnDataSource, _: str, old: list[int], new: list[int]) -> None:
        if not self._quiet and old != new:
            ready(lambda: self._choose(source, new))

    def _choose(self, source: ColumnDataSource, new: list[int]) -> None:
        if new:
            self.filter.toggle("countries", source.data["code"][new[0]])
        elif not any(s.selected.indices for s in (self.shapes, self.points)):
            self.filter.countries = []


def _source(codes: tuple[str, ...], **places: Any) -> ColumnDataSource:
    numbers = {name: np.zeros(len(codes)) for name in NUMBERS[:-1]}
    numbers |= {"level": np.full(len(codes), np.nan), "alpha": np.ones(len(codes))}
    return ColumnDataSource(
        {"code": list(codes), "name": list(map(words.country, codes)), **places, **numbers}
    )


def legend(frame: pd.DataFrame) -> str:
    """The shades from fewest to most calls, and what is not on the map, as HTML."""
    placed = frame[~frame["country"].isin(PLACES)]
    rest = frame[frame["country"].isin(PLACES)]
    fewest, most = (1, int(placed["calls"].max())) if len(placed) else (0, 0)
    shades = "".join(f'<span style="background:{c}"></span>' for c in SHADES)
    missing = ", ".join(
        t(PLACES[code], n=number(calls)) for code, calls in zip(rest["country"], rest["calls"], strict=True)
    )
    note = f"<em>{escape(t('Not on the map: {places}', places=missing))}</em>" if missing else ""
    ends = number(fewest), escape(many("{n} call", "{n} calls", most))
    return f'<div class="legend"><b>{ends[0]}</b>{shades}<b>{ends[1]}</b>{note}</div>'


LEGEND = """
:host { font: calc(0.92 * var(--cdr-size, 13px)) system-ui, sans-serif; }
:host { color: var(--mui-palette-text-secondary, #5b6875); }
.legend { display: flex; flex-wrap: wrap; align-items: center; margin-top: 4px; }
.legend span { width: 22px; height: 8px; }
.legend b { font-weight: 400; margin: 0 8px; }
.legend em { font-style: normal; margin-left: auto; }
"""
