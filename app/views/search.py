"""The calls themselves: a page of a table that is read by key, one call in detail, and the way to all of
them as a file.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pandas as pd
import panel as pn
import panel_material_ui as pmui

from app import words
from app.address import write
from app.filter import SIZES, CallFilter
from app.theme import CARD
from app.views.view import Ask, View
from app.views.widgets import tied
from store import calls, causes

SORTS = {
    "newest first": ("start", True),
    "oldest first": ("start", False),
    "longest talk first": ("billsec", True),
    "shortest talk first": ("billsec", False),
    "caller": ("caller", False),
    "destination": ("destination", False),
    "account": ("account", False),
    "country": ("country", False),
}
COLUMNS: dict[str, tuple[str, str, int]] = {
    "start": ("Start", "datetime64[ms]", 148),
    "switch": ("Switch", "object", 92),
    "account": ("Account", "object", 68),
    "direction": ("Direction", "object", 72),
    "caller": ("Caller", "object", 130),
    "destination": ("Destination", "object", 130),
    "country": ("Country", "object", 116),
    "cause": ("Hangup cause", "object", 128),
    "talk": ("Talk", "object", 86),
    "ring": ("With ringing", "object", 98),
}
"""Column -> title, dtype, width in pixels."""


def shown(rows: pd.DataFrame, zone: Any) -> pd.DataFrame:
    """The rows of `calls.page` in the columns of COLUMNS: times naive in the viewer's zone, names for
    codes.
    """
    return pd.DataFrame(
        {
            "start": rows["start"]
            .dt.tz_convert(zone)
            .dt.tz_localize(None)
            .dt.floor("s")
            .astype("datetime64[ms]"),
            "switch": rows["switch"],
            "account": rows["account"],
            "direction": rows["direction"],
            "caller": rows["caller"],
            "destination": rows["destination"],
            "country": rows["country"].map(words.country),
            "cause": rows["cause"].map(lambda name: causes.cause(name).label),
            "talk": [
                words.seconds(s) if a else words.NO_VALUE
                for s, a in zip(rows["billsec"], rows["answered"], strict=True)
            ],
            "ring": rows["duration"].map(words.seconds),
        }
    ).astype({name: dtype for name, (_, dtype, _) in COLUMNS.items()})


class Search(View):
    """A page of calls with its pager; `opened` is told the id of a call that is clicked."""

    title = "Calls"
    help = "The calls that the filter leaves, one a row. Click a row to see the call in detail with its legs."
    live = False

    def __init__(self, calls: CallFilter, opened: Callable[[str], None]) -> None:
        self.opened = opened
        self.after: Any = None
        self.backwards, self.offset = False, 0
        self.page: Any = None
        self.total: Any = None
        self.base: tuple[Any, ...] = ()
        self.turned: Callable[[], None] = lambda: None
        super().__init__(calls)

    def asks(self, now: datetime) -> tuple[Ask, ...]:
        """The page where the pager stands, and the number of all calls; another filter or order begins
        anew.
        """
        f, scope = self.filter, self.filter.scope(now)
        base = (scope, f.sort, f.descending, f.size)
        if base != self.base:
            self.base, self.after, self.backwards, self.offset = base, None, False, 0
        return (
            Ask(calls.page, scope, (f.sort, f.descending, self.after, self.backwards, f.size)),
            Ask(calls.number, scope),
        )

    def draw(self) -> pn.Column:
        """The table without rows, its pager above it."""
        empty = pd.DataFrame({name: pd.Series([], dtype=dtype) for name, (_, dtype, _) in COLUMNS.items()})
        self.table = pn.widgets.Tabulator(
            empty,
            titles={name: title for name, (title, _, _) in COLUMNS.items()},
            widths={name: width for name, (_, _, width) in COLUMNS.items()},
            show_index=False,
            disabled=True,
            sortable=False,
            selectable=1,
            layout="fit_data_fill",
            sizing_mode="stretch_width",
            min_height=120,
            stylesheets=[TABLE],
            margin=0,
            text_align={"talk": "right", "ring": "right"},
            formatters={
                name: {"type": "plaintext"} for name, (_, dtype, _) in COLUMNS.items() if dtype == "object"
            },
        )
        self.table.on_click(self._clicked)
        self.where = pn.pane.HTML("", stylesheets=[CARD], margin=(10, 8))
        self.export = pn.pane.HTML("", stylesheets=[EXPORT], margin=(6, 0))
        pager = pn.FlexBox(*self._buttons(), self.where, self.export, align_items="center", margin=0)
        return pn.Column(pager, self.table, sizing_mode="stretch_width", margin=0)

    def _buttons(self) -> list[Any]:
        turns = {
            "First": (self.first, "first_page"),
            "Previous": (self.previous, "chevron_left"),
            "Next": (self.next, "chevron_right"),
            "Last": (self.last, "last_page"),
        }
        self.buttons = {
            label: pmui.IconButton(
                icon=icon,
                description=f"{label} page",
                size="small",
                margin=0,
                on_click=lambda _, turn=turn: turn(),
            )
            for label, (turn, icon) in turns.items()
        }
        return list(self.buttons.values())

    def show(self, *answers: Any) -> None:
        """Draw a `calls.Page` and a `calls.Count`."""
        self.page, self.total = answers
        rows = self.page.rows
        if self.backwards and self.after is None and self.total.exact:
            self.offset = max(self.total.calls - len(rows), 0)
        self.table.value = shown(rows, self.filter.zone)
        self.table.selection = []
        self.where.object = f"<span>{self._position(len(rows))}</span>"
        self.export.object = (
            f'<a href="export.csv?{write(self.filter)}" download title="{EXPORT_HELP}">Export all as CSV</a>'
        )
        for label, off in self._ends(len(rows)).items():
            self.buttons[label].disabled = off

    def _position(self, count: int) -> str:
        total = (
            words.number(self.total.calls)
            if self.total.exact
            else f"more than {words.number(self.total.calls)}"
        )
        if not count:
            return "no calls"
        if self.offset < 0:
            return f"{count} of {total} calls"
        return f"{self.offset + 1:,}–{self.offset + count:,} of {total} calls"

    def _ends(self, count: int) -> dict[str, bool]:
        """Which buttons lead nowhere."""
        forward = self.page.more if not self.backwards else self.after is not None
        backward = self.page.more if self.backwards else self.after is not None
        return {"First": not backward, "Previous": not backward, "Next": not forward, "Last": not forward}

    def _turn(self, after: Any, backwards: bool, offset: int) -> None:
        self.after, self.backwards, self.offset = after, backwards, offset
        self.turned()

    def first(self) -> None:
        """The first page."""
        self._turn(None, False, 0)

    def last(self) -> None:
        """The last page; where it stands is known if the number of calls is."""
        self._turn(None, True, -1)

    def next(self) -> None:
        """The page that follows."""
        if self.page and self.page.last:
            self._turn(self.page.last, False, self.offset + len(self.page.rows) if self.offset >= 0 else -1)

    def previous(self) -> None:
        """The page before."""
        if self.page and self.page.first:
            offset = self.offset - self.filter.size
            if offset <= 0 <= self.offset:
                self.first()
            else:
                self._turn(self.page.first, True, offset if self.offset >= 0 else -1)

    def _clicked(self, event: Any) -> None:
        rows = None if self.page is None else self.page.rows
        if rows is not None and 0 <= event.row < len(rows):
            self.opened(rows.iloc[event.row]["id"])

    def controls(self) -> list[Any]:
        """The order and the number of rows a page."""
        f = self.filter
        order = pmui.Select(
            label="Order", options=list(SORTS), value=_order(f), size="small", width=180, margin=(4, 0)
        )
        order.param.watch(
            lambda e: f.param.update(**dict(zip(("sort", "descending"), SORTS[e.new], strict=True))), "value"
        )
        f.param.watch(lambda *_: order.param.update(value=_order(f)), ["sort", "descending"])
        return [order, tied(pmui.Select, f, "size", label="Rows", options=list(SIZES), width=90)]


def _order(f: CallFilter) -> str:
    chosen = (f.sort, f.descending)
    return next(
        (label for label, pair in SORTS.items() if pair == chosen),
        next(label for label, pair in SORTS.items() if pair[0] == f.sort),
    )


EXPORT_HELP = "Every call that the filter leaves, not just this page; times in your time zone."
TABLE = """
.tabulator, .tabulator .tabulator-cell { font: 13px/18px system-ui, sans-serif; }
.tabulator { font-variant-numeric: tabular-nums; }
.tabulator .tabulator-header .tabulator-col .tabulator-col-title { font-size: 12px; font-weight: 500; }
.tabulator .tabulator-row { min-height: 28px; cursor: pointer; }
.tabulator .tabulator-row .tabulator-cell { height: 28px; padding: 5px 8px; }
"""
EXPORT = """
:host { margin-left: auto; font: 13px system-ui, sans-serif; }
a { color: var(--mui-palette-secondary-main, #2b6cb0); }
"""
