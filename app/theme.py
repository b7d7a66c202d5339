"""The look: colours for light and dark, Material's theme, the frame of a figure, and the style sheets of
cards and pages.
"""

import json
from typing import Any

from bokeh.models import CustomJSHover, DatetimeAxis, DatetimeTickFormatter
from bokeh.plotting import figure

from app.tongue import groups, tongue
from assets.files import path

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'
ACCENT = "#2b6cb0"
STRONG, PALE, OTHER = "#2b6cb0", "#9fb8d1", "#e08a2e"
GREY = "#8a96a3"
SLICES = (
    "#2b6cb0", "#e08a2e", "#3c9d76", "#b5507c", "#7a6cc4", "#4aa3c7", "#c2a32b", "#6b8e23", "#a0674b",
    "#5f7a94", "#a9b3bd",
)  # fmt: skip
SHADES = tuple(f"#1668c8{alpha}" for alpha in ("2b", "4a", "6b", "8e", "b2", "d8", "ff"))
"""From few to many: one blue, ever less transparent, so that more stands out more in light and in dark."""
CARD = path("card.css").read_text(encoding="utf-8")
PAGE = path("page.css").read_text(encoding="utf-8")
TILES = path("tiles.css").read_text(encoding="utf-8")

_PALETTES: dict[str, dict[str, Any]] = {
    "light": {
        "primary": {"main": "#24425f"},
        "secondary": {"main": ACCENT},
        "background": {"default": "#f3f5f7", "paper": "#ffffff"},
        # what a button that is not chosen says can be read (WCAG 2.2, 4.5 to 1)
        "action": {"active": "rgba(0, 0, 0, 0.66)"},
    },
    "dark": {
        "primary": {"main": "#6fa8dc"},
        "secondary": {"main": "#6fa8dc"},
        "background": {"default": "#12171c", "paper": "#1b222a"},
    },
}
ICONS = {"& .MuiIconButton-root": {"color": "var(--mui-palette-text-secondary) !important"}}
MATERIAL: dict[str, Any] = {
    scheme: {
        "palette": palette,
        "typography": {"fontFamily": FONT, "fontSize": 13, "h3": {"fontSize": "1.15rem", "fontWeight": 600}},
        "shape": {"borderRadius": 6},
        "components": {
            # in the dark a dialog would be lighter than its fields' labels, its crosses and arrows black
            "MuiDialog": {"styleOverrides": {"paper": {"backgroundImage": "none", **ICONS}}},
        },
    }
    for scheme, palette in _PALETTES.items()
}


def plain_figure(**options: Any) -> Any:
    """A Bokeh figure without axes, grid, border and toolbar, as wide as its place."""
    found: Any = figure(
        sizing_mode="stretch_width",
        toolbar_location=None,
        x_axis_type=None,
        y_axis_type=None,
        min_border=0,
        outline_line_color=None,
        background_fill_alpha=0,
        border_fill_alpha=0,
        **options,
    )
    found.grid.visible = False
    return found


def counted(*columns: str, signed: bool = False, missing: str = "") -> dict[str, Any]:
    """How a hover tool writes the whole numbers of columns, which stand as @{name}{custom}: as the reader
    does, with a plus where `signed`, and `missing` in the place of what is no number.
    """
    plus = 'value > 0 ? "+" : ""' if signed else '""'
    code = (
        f"if (isNaN(value)) return {json.dumps(missing)}\n"
        "const whole = String(Math.round(Math.abs(value)))"
        f".replace(/\\B(?=(\\d{{3}})+$)/g, {json.dumps(groups())})\n"
        f'return (value <= -0.5 ? "-" : {plus}) + whole'
    )
    said = CustomJSHover(code=code)
    return {f"@{{{name}}}": said for name in columns}


def _dated(ticks: DatetimeTickFormatter) -> None:
    """Dates without names of months, which Bokeh has in English alone: day and month, as in Europe."""
    if tongue().language == "en":
        return
    ticks.days, ticks.months = "%d/%m", "%m/%Y"
    if isinstance(beside := ticks.context, DatetimeTickFormatter):
        beside.update(**dict.fromkeys(("seconds", "minsec", "minutes", "hourmin", "hours"), "%d/%m/%Y"))


def quiet(plot: Any, _: object) -> None:
    """A HoloViews hook that gives its figure the look of all others."""
    axes(plot.state)


def from_zero(plot: Any, _: object) -> None:
    """A HoloViews hook for what is counted: never negative, also when all of it is 0, in whole numbers."""
    plot.state.y_range.start = 0
    plot.state.yaxis.ticker.min_interval = 1


def axes(state: Any, label: str = "") -> None:
    """Pale axes, no outline, so that a figure is the same in light and dark; `label` is of the y axis.

    Drawn without WebGL, which HoloViews asks for: some hundred marks are sooner drawn than it is loaded.
    """
    state.output_backend = "canvas"
    state.outline_line_color = None
    state.background_fill_alpha = state.border_fill_alpha = 0
    state.toolbar.logo = None
    if label:
        state.yaxis.axis_label = label
    for axis in state.axis:
        axis.axis_line_color = axis.major_tick_line_color = None
        axis.minor_tick_line_color = None
        if isinstance(axis, DatetimeAxis):
            _dated(axis.formatter)
    state.xgrid.visible = False
    state.ygrid.grid_line_alpha = 0.25
