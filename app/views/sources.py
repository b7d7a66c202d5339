"""The sources as an admin sees them: how each fares, its lag, its rejects."""

from collections.abc import Callable, Sequence
from datetime import datetime
from html import escape
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import panel as pn
from bokeh.models import ColumnDataSource, HoverTool, LogTicker, NumeralTickFormatter, Range1d
from bokeh.plotting import figure

from app import words
from app.theme import ACCENT, CARD, axes
from app.views.parts import Rows
from app.words import number
from assets.files import path
from ingest.sources import age

HOURS = 24
STYLE = CARD + path("sources.css").read_text(encoding="utf-8")
STATES = {
    "ok": ("#3c9d76", "is read"),
    "new": ("#8a96a3", "not read yet"),
    "failing": ("#c0392b", "cannot be read"),
    "paused": ("#c2a32b", "paused"),
}
"""State -> colour and words."""
NO_LAG = "<p>No call of this source was stored in the last 24 hours.</p>"
COLUMNS = [
    {"key": "name", "label": "Source", "kind": "name"},
    {"key": "switch", "label": "Switch", "kind": "value", "spare": True},
    {"key": "state", "label": "State", "kind": "value"},
    {
        "key": "newest",
        "label": "Newest record",
        "kind": "value",
        "help": "How long ago the source wrote the newest record that is stored.",
    },
    {
        "key": "lag",
        "spare": True,
        "label": "Lag",
        "kind": "value",
        "help": "How long after hang-up the calls of the last minute with calls were stored, at most.",
    },
    {
        "key": "new",
        "label": "New calls",
        "kind": "value",
        "spare": True,
        "help": "Calls that this source brought.",
    },
    {
        "key": "rejected",
        "label": "Rejects",
        "kind": "value",
        "help": "Rows that are no calls and are kept until they pass or are dropped.",
    },
]


class Brief(NamedTuple):
    """What is shown of a source: its document, its lags of the last day, its rejects and their number."""

    source: dict[str, Any]
    lags: pd.DataFrame
    rejects: list[dict[str, Any]]
    rejected: int


def state_of(source: dict[str, Any]) -> str:
    """One of STATES."""
    return "paused" if source["paused"] else str(source["state"])


class Table:
    """A row a source; a click chooses it."""

    def __init__(self, chosen: Callable[[str], None]) -> None:
        self.rows = Rows(chosen, columns=COLUMNS, fades=False, sizing_mode="stretch_width", margin=0)

    def show(self, briefs: Sequence[Brief], now: datetime, chosen: str) -> None:
        """Draw them, by name."""
        self.rows.rows = [_row(brief, now) for brief in briefs]
        self.rows.selected = [chosen] if chosen else []


def _row(brief: Brief, now: datetime) -> dict[str, object]:
    source = brief.source
    color, said = STATES[state_of(source)]
    newest = source["newest"]
    lag = brief.lags["seconds"].iloc[-1] if len(brief.lags) else None
    return {
        "key": source["_id"],
        "name": {"text": source["_id"], "color": color, "help": said},
        "switch": source["switch"],
        "state": said,
        "newest": f"{age(now - newest)} ago" if newest else words.NO_VALUE,
        "lag": words.seconds(lag),
        "new": number(source["counts"]["new"]),
        "rejected": number(brief.rejected),
    }


def story(source: dict[str, Any], kind: str, now: datetime, zone: Any) -> str:
    """A source in HTML: what it is, how far it is read, and why it cannot be read if so."""
    counts, options = source["counts"], source["options"]
    told = {
        "Kind": kind,
        **{name: value for name, value in options.items() if value not in ("", None)},
        **dict.fromkeys(source["secrets"], "kept secret"),
        "Zone": source["zone"],
        "Looked at": f"{age(now - source['looked'])} ago" if source["looked"] else "not yet",
        "Rows read": f"{number(counts['read'])}, of which {number(counts['known'])} were known and "
        f"{number(counts['corrected'])} corrected a call",
    }
    if source["origin"] == "settings":
        told["Set in"] = "the settings file, which is where it is changed"
    rows = "".join(f"<dt>{escape(str(k))}</dt><dd>{escape(str(v))}</dd>" for k, v in told.items())
    return f"{_problem(source, zone)}<dl>{rows}</dl>"


def _problem(source: dict[str, Any], zone: Any) -> str:
    if state_of(source) != "failing":
        return ""
    since = source.get("since", source["next"]).astimezone(zone)
    again = source["next"].astimezone(zone)
    return (
        f'<p class="problem">{escape(source["problem"])}<br><small>Since {since:%d %b %H:%M:%S}, tried '
        f"{number(source['tries'])}×; again at {again:%H:%M:%S}.</small></p>"
    )


class Lag:
    """The lag of one source over the last day, a dot a minute, on a logarithmic axis: a second and a backlog
    of days are both seen.
    """

    def __init__(self, zone: Any) -> None:
        self.zone = zone
        self.data = ColumnDataSource({"minute": [], "seconds": [], "calls": [], "words": []})
        self.figure: Any = figure(
            height=230,
            sizing_mode="stretch_width",
            toolbar_location=None,
            x_axis_type="datetime",
            y_axis_type="log",
            x_range=Range1d(start=0, end=1),
            y_range=Range1d(start=0.5, end=100),
            min_border=4,
            border_fill_alpha=0,
        )
        self.figure.scatter("minute", "seconds", source=self.data, size=4, color=ACCENT, alpha=0.7)
        self.figure.add_tools(
            HoverTool(tooltips="@minute{%H:%M}: @words, @calls calls", formatters={"@minute": "datetime"})
        )
        axes(self.figure, "seconds")
        self.figure.yaxis.formatter = NumeralTickFormatter(format="0,0")
        self.figure.yaxis.ticker = LogTicker(desired_num_ticks=4)
        self.none = pn.pane.HTML(NO_LAG, stylesheets=[STYLE], margin=0)
        self.pane = pn.pane.Bokeh(self.figure, sizing_mode="stretch_width", margin=0)

    def show(self, lags: pd.DataFrame, now: datetime) -> None:
        """Draw the history of `store.lags`."""
        self.none.visible, self.pane.visible = not len(lags), bool(len(lags))
        local = lags["minute"].dt.tz_convert(self.zone).dt.tz_localize(None)
        seconds = np.maximum(lags["seconds"].to_numpy(), 0.5)
        self.data.data = {
            "minute": local.to_numpy(),
            "seconds": seconds,
            "calls": lags["calls"].to_numpy(),
            "words": [words.seconds(value) for value in lags["seconds"]],
        }
        end = pd.Timestamp(now).tz_convert(self.zone).tz_localize(None)
        self.figure.x_range.update(start=end - pd.Timedelta(hours=HOURS), end=end)
        self.figure.y_range.end = max(100.0, float(seconds.max(initial=0)) * 2)


def refused(rows: Sequence[dict[str, Any]], count: int) -> str:
    """The first rejects in HTML, their text in full on hover."""
    if not rows:
        return "<p>No row of this source is rejected.</p>"
    more = f"<p>The first {len(rows)} of {number(count)}:</p>" if count > len(rows) else ""
    lines = "".join(
        f"<tr><td>{number(row['line'])}</td><td>{escape(row['reason'])}</td>"
        f'<td class="text" title="{escape(row["text"][:2_000])}">{escape(row["text"][:120])}</td></tr>'
        for row in rows
    )
    return f"{more}<table><tr><th>Line</th><th>Reason</th><th>Row</th></tr>{lines}</table>"
