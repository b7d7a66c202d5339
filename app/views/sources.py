"""The sources as an admin sees them: how each fares, its lag, its rejects."""

from collections.abc import Callable, Sequence
from datetime import datetime
from html import escape
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import panel as pn
from babel.dates import format_date
from bokeh.models import ColumnDataSource, HoverTool, LogTicker, NumeralTickFormatter, Range1d
from bokeh.plotting import figure

from app import words
from app.theme import ACCENT, CARD, axes
from app.tongue import locale, mark, t
from app.views.parts import Rows
from app.words import number
from assets.files import path
from ingest.listeners import LISTENERS
from store.rejects import reason_of
from store.sources import problem_of

HOURS = 24
STYLE = CARD + path("sources.css").read_text(encoding="utf-8")
STATES = {
    "ok": ("#3c9d76", mark("is read")),
    "new": ("#8a96a3", mark("not read yet")),
    "failing": ("#c0392b", mark("cannot be read")),
    "paused": ("#c2a32b", mark("paused")),
}
"""State -> colour and words."""
READ = mark("{read}, of which {known} were known and {corrected} corrected a call")
WAITS = mark("waits for a worker")
UNATTENDED = mark(
    "Nobody listens for it yet, which is no fault: `cdr-stats worker` or `cdr-stats up` does while it runs."
)
"""What is said of a source that sends by itself before any worker has listened for it; that is no fault."""
HINT = mark("@minute{%H:%M}: @words, @calls calls")
NO_LAG = mark("<p>No call of this source was stored in the last 24 hours.</p>")
COLUMNS = [
    {"key": "name", "label": mark("Source"), "kind": "name"},
    {"key": "switch", "label": mark("Switch"), "kind": "value", "spare": True},
    {"key": "state", "label": mark("State"), "kind": "value"},
    {
        "key": "newest",
        "label": mark("Newest record"),
        "kind": "value",
        "help": mark("How long ago the source wrote the newest record that is stored."),
    },
    {
        "key": "lag",
        "spare": True,
        "label": mark("Lag"),
        "kind": "value",
        "help": mark("How long after hang-up the calls of the last minute with calls were stored, at most."),
    },
    {
        "key": "new",
        "label": mark("New calls"),
        "kind": "value",
        "spare": True,
        "help": mark("Calls that this source brought."),
    },
    {
        "key": "rejected",
        "label": mark("Rejects"),
        "kind": "value",
        "help": mark("Rows that are no calls and are kept until they pass or are dropped."),
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


def _waits(source: dict[str, Any]) -> bool:
    return state_of(source) == "new" and source["kind"] in LISTENERS


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
    said = WAITS if _waits(source) else said
    newest = source["newest"]
    lag = brief.lags["seconds"].iloc[-1] if len(brief.lags) else None
    return {
        "key": source["_id"],
        "name": {"text": source["_id"], "color": color, "help": t(said)},
        "switch": source["switch"],
        "state": t(said),
        "newest": t("{age} ago", age=words.age(now - newest)) if newest else words.NO_VALUE,
        "lag": words.seconds(lag),
        "new": number(source["counts"]["new"]),
        "rejected": number(brief.rejected),
    }


def story(source: dict[str, Any], kind: str, now: datetime, zone: Any) -> str:
    """A source in HTML: what it is, how far it is read, and why it cannot be read if so."""
    counts, options = source["counts"], source["options"]
    told = {
        t("Kind"): kind,
        **{name: value for name, value in options.items() if value not in ("", None)},
        **dict.fromkeys(source["secrets"], t("kept secret")),
        t("Zone"): source["zone"],
        t("Looked at"): t("{age} ago", age=words.age(now - source["looked"]))
        if source["looked"]
        else t("not yet"),
        t("Rows read"): t(READ, **{name: number(counts[name]) for name in ("read", "known", "corrected")}),
    }
    if source["origin"] == "settings":
        told[t("Set in")] = t("the settings file, which is where it is changed")
    rows = "".join(f"<dt>{escape(str(k))}</dt><dd>{escape(str(v))}</dd>" for k, v in told.items())
    return f"{_problem(source, zone)}<dl>{rows}</dl>"


def _problem(source: dict[str, Any], zone: Any) -> str:
    if _waits(source):
        return f"<p>{escape(t(UNATTENDED))}</p>"
    if state_of(source) != "failing":
        return ""
    since = source.get("since", source["next"]).astimezone(zone)
    again = source["next"].astimezone(zone)
    return (
        f'<p class="problem">{escape(t(problem_of(source)))}<br><small>'
        + t(
            "Since {since}, tried {n}×; again at {again}.",
            since=f"{format_date(since, 'dd MMM', locale=locale())} {since:%H:%M:%S}",
            n=number(source["tries"]),
            again=f"{again:%H:%M:%S}",
        )
        + "</small></p>"
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
        self.figure.add_tools(HoverTool(tooltips=t(HINT), formatters={"@minute": "datetime"}))
        axes(self.figure, t("seconds"))
        self.figure.yaxis.formatter = NumeralTickFormatter(format="0,0")
        self.figure.yaxis.ticker = LogTicker(desired_num_ticks=4)
        self.none = pn.pane.HTML(t(NO_LAG), stylesheets=[STYLE], margin=0)
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


ROW = (mark("Line"), mark("Reason"), mark("Row"))


def refused(rows: Sequence[dict[str, Any]], count: int) -> str:
    """The first rejects in HTML, their text in full on hover."""
    if not rows:
        return f"<p>{t('No row of this source is rejected.')}</p>"
    more = (
        f"<p>{t('The first {n} of {all}:', n=number(len(rows)), all=number(count))}</p>"
        if count > len(rows)
        else ""
    )
    lines = "".join(
        f"<tr><td>{number(row['line'])}</td><td>{escape(t(reason_of(row)))}</td>"
        f'<td class="text" title="{escape(row["text"][:2_000])}">{escape(row["text"][:120])}</td></tr>'
        for row in rows
    )
    head = "".join(f"<th>{escape(t(name))}</th>" for name in ROW)
    return f"{more}<table><tr>{head}</tr>{lines}</table>"
