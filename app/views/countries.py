"""Calls by country: a ring of the ten most called and the rest, and the table that is its legend."""

import math
from datetime import datetime

import pandas as pd
import panel as pn
from bokeh.models import ColumnDataSource, HoverTool, TapTool

from app import words
from app.filter import CallFilter
from app.ready import ready
from app.theme import SLICES, counted, plain_figure
from app.tongue import many, mark, t
from app.views.parts import Rows
from app.views.view import Ask, View
from store import queries
from store.metrics import METRICS

MOST = 10
REST = "others"
COLUMNS = [
    {"key": "name", "label": mark("Country"), "kind": "name"},
    {
        "key": "calls",
        "label": mark("Calls"),
        "kind": "value",
        "help": mark("Calls to this country, answered or not."),
    },
    {
        "key": "share",
        "label": mark("Share"),
        "kind": "value",
        "help": mark("Of all calls that the filter leaves, in percent."),
    },
    {
        "key": "minutes",
        "label": mark("Minutes"),
        "kind": "value",
        "help": mark("Talk time of the answered calls, in minutes."),
    },
    {
        "key": "asr",
        "label": METRICS["asr"].label,
        "kind": "value",
        "help": METRICS["asr"].definition,
        "spare": True,
    },
]


def most_called(frame: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
    """The most called countries with colour and share (0 to 1), then one row `others` for the rest, if
    there is one.

    Takes the frame of `queries.countries`; columns are country, name, calls, billsec, asr, share, color.
    """
    top = frame.head(most)[["country", "name", "calls", "billsec", "asr"]]
    top = top.assign(name=[words.country(code) for code in top["country"]])
    rest = frame.iloc[most:]
    if len(rest):
        calls, answered = rest["calls"].sum(), rest["answered"].sum()
        name = many("{n} other country", "{n} other countries", len(rest))
        row = [REST, name, calls, rest["billsec"].sum(), 100 * answered / calls]
        top = pd.DataFrame([*top.itertuples(index=False, name=None), tuple(row)], columns=top.columns)
    return top.assign(
        share=top["calls"] / max(frame["calls"].sum(), 1),
        color=[*SLICES[: len(top) - bool(len(rest))], *[SLICES[-1]] * bool(len(rest))],
    )


class Countries(View):
    """The ring and its table; a click on either chooses the country, a second click takes it off."""

    title = mark("Countries")
    help = mark(
        "Where the calls went, by the country of the destination. Click a slice or a row to see only it."
    )

    def __init__(self, calls: CallFilter, most: int = MOST, ring: bool = True) -> None:
        self.most, self.ring = most, ring
        super().__init__(calls)

    def asks(self, now: datetime) -> tuple[Ask, ...]:
        """Every country, also when some are chosen: those are highlighted."""
        return (Ask(queries.countries, self.filter.scope(now, "countries")),)

    def draw(self) -> pn.Row:
        """Ring and table side by side, or one under the other where there is no room."""
        self.source = ColumnDataSource(
            {name: [] for name in ("country", "name", "calls", "said", "a0", "a1", "color")}
        )
        self.rows = Rows(
            self._choose,
            columns=COLUMNS,
            nothing=words.NO_CALLS,
            sizing_mode="stretch_width",
            margin=0,
            css_classes=["legend"],
        )
        parts = [self._ring(), self.rows] if self.ring else [self.rows]
        return pn.Row(*parts, sizing_mode="stretch_width", margin=0, css_classes=["ring"], stylesheets=[SIDE])

    def _ring(self) -> pn.pane.Bokeh:
        plot = plain_figure(height=180, tools="", x_range=(-1.02, 1.02), y_range=(-1.02, 1.02))
        plot.sizing_mode, plot.width = "fixed", 180
        wedges = plot.annular_wedge(
            0, 0, 0.55, 1, "a0", "a1", source=self.source, fill_color="color", line_color="white",
            line_alpha=0.6, nonselection_fill_alpha=0.3, nonselection_line_alpha=0.3,
        )  # fmt: skip
        tips = [("", "@name"), (t("calls"), "@{calls}{custom}"), (t("share"), "@said")]
        hover = HoverTool(renderers=[wedges], tooltips=tips, formatters=counted("calls"))
        plot.add_tools(hover, TapTool(renderers=[wedges]))
        self.source.selected.on_change("indices", self._tapped)
        return pn.pane.Bokeh(plot, width=180, height=180, margin=0)

    def show(self, *answers: pd.DataFrame) -> None:
        """Patch ring and table with the frame of `queries.countries`."""
        top = most_called(answers[0], self.most)
        ends = (math.pi / 2 - 2 * math.pi * top["share"].cumsum()).to_list()
        starts = [math.pi / 2, *ends[:-1]] if ends else []
        self._quiet = True
        self.source.selected.indices = []
        self.source.data = {
            "country": top["country"].to_list(),
            "name": top["name"].to_list(),
            "calls": top["calls"].to_list(),
            "said": [words.percent(100 * share) for share in top["share"]],
            "a0": ends,
            "a1": starts,
            "color": top["color"].to_list(),
        }
        self._quiet = False
        self.rows.rows = [_row(row) for row in top.itertuples()]
        self.mark()

    def mark(self) -> None:
        """Highlight the chosen countries."""
        chosen = self.filter.countries
        self._quiet = True
        self.source.selected.indices = [i for i, c in enumerate(self.source.data["country"]) if c in chosen]
        self._quiet = False
        self.rows.selected = list(chosen)

    _quiet = False

    def _tapped(self, _: str, old: list[int], new: list[int]) -> None:
        if not self._quiet and old != new:
            ready(lambda: self._tap(new))

    def _tap(self, new: list[int]) -> None:
        if not new:
            self.filter.countries = []
        elif (code := self.source.data["country"][new[0]]) != REST:
            self._choose(code)
        else:
            self.mark()

    def _choose(self, code: str) -> None:
        self.filter.toggle("countries", code)


SIDE = """
.legend, :host(.ring) { min-width: 0 !important; }
:host(.ring) { display: flex; flex-wrap: wrap; gap: 16px; align-items: center; justify-content: center; }
.legend { flex: 1 1 calc(23 * var(--cdr-size, 13px)); min-width: 0; width: auto !important; }
"""


def _row(row: "pd.core.frame.Pandas") -> dict[str, object]:  # type: ignore[name-defined]
    """A row of the table, as text."""
    return {
        "key": row.country,
        "fixed": row.country == REST,
        "name": {"text": row.name, "color": row.color},
        "calls": words.number(row.calls),
        "share": words.percent(100 * row.share),
        "minutes": words.number(row.billsec / 60),
        "asr": words.percent(row.asr),
    }
