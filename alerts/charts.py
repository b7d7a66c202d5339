"""Small pictures for letters (PNG), made by matplotlib's object API: no browser, no global state."""

import io
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

SIZE = (6.2, 2.1)
"""In inches; with DOTS an inch twice the width at which letters show it, for sharp screens."""
DOTS = 180
WORDS = ["%Y", "%b", "%-d %b", "%H:%M", "%H:%M", "%S"]
"""A date axis's labels, by what changes from one to the next."""
BLUE, PALE, RED, GREY, LINE = "#2b6cb0", "#9fb8d1", "#c0392b", "#5b6875", "#edf0f3"


def history(
    moments: Sequence[datetime], values: Sequence[float | None], threshold: float | None, zone: str
) -> bytes:
    """A metric over the windows that end at these moments (aware), with the threshold as a dashed line; the
    last one is the one that is told. A window without a value is a gap.
    """
    figure, axes = _axes(zone)
    ends = date2num(list(moments))
    axes.plot(ends, [float("nan") if v is None else v for v in values], color=BLUE, linewidth=1.8)
    known = [(x, v) for x, v in zip(ends, values, strict=True) if v is not None]
    axes.plot([x for x, _ in known], [v for _, v in known], ".", color=BLUE, markersize=4)
    if known:
        axes.plot(*known[-1], "o", color=RED, markersize=7)
    if threshold is not None:
        axes.axhline(threshold, color=RED, linewidth=1, linestyle=(0, (4, 3)))
    return _drawn(figure)


def course(moments: Sequence[datetime], calls: Sequence[int], answered: Sequence[int], zone: str) -> bytes:
    """Calls as bars, one at each of these moments (aware, the starts of hours or days), and in them those
    that were answered.
    """
    figure, axes = _axes(zone)
    starts = date2num(list(moments))
    width = 0.8 * min((b - a for a, b in pairwise(starts)), default=1 / 24)
    axes.bar(starts, calls, width, align="edge", color=PALE, label="calls")
    axes.bar(starts, answered, width, align="edge", color=BLUE, label="answered")
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_ylim(bottom=0)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1), ncols=2, frameon=False, fontsize=8, labelcolor=GREY,
        borderaxespad=0, handlelength=1,
    )  # fmt: skip
    return _drawn(figure)


def _axes(zone: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=SIZE, dpi=DOTS, layout="constrained")
    axes = figure.add_subplot()
    clock = ZoneInfo(zone)
    locator = AutoDateLocator(tz=clock, minticks=3, maxticks=7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, clock, WORDS, show_offset=False))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.grid(axis="y", color=LINE)
    axes.set_axisbelow(True)
    axes.tick_params(colors=GREY, labelsize=8, length=0)
    axes.xaxis.get_offset_text().set_color(GREY)
    axes.xaxis.get_offset_text().set_fontsize(8)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#dfe5ea")
    return figure, axes


def _drawn(figure: Figure) -> bytes:
    file = io.BytesIO()
    FigureCanvasAgg(figure).print_png(file)
    return file.getvalue()
