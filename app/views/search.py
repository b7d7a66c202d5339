"""The calls themselves: a page of a table that is read by key, one call in detail, and the way to all of
them as a file.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import panel as pn
import panel_material_ui as pmui

from app import words
from app.address import write
from app.filter import SIZES, CallFilter
from app.ready import ready
from app.tongue import many, mark, t
from app.views.parts import Pager, Rows
from app.views.view import Ask, View
from app.views.widgets import tied
from store import calls, causes
from store.lens import brief

SORTS = {
    mark("newest first"): ("start", True),
    mark("oldest first"): ("start", False),
    mark("longest talk first"): ("billsec", True),
    mark("shortest talk first"): ("billsec", False),
    mark("caller"): ("caller", False),
    mark("destination"): ("destination", False),
    mark("account"): ("account", False),
    mark("country"): ("country", False),
}
COLUMNS = [
    {"key": "start", "label": mark("Start"), "kind": "text"},
    {"key": "switch", "label": mark("Switch"), "kind": "text", "spare": True},
    {"key": "account", "label": mark("Account"), "kind": "text", "spare": True},
    {"key": "direction", "label": mark("Direction"), "kind": "text", "spare": True},
    {"key": "caller", "label": mark("Caller"), "kind": "text"},
    {"key": "destination", "label": mark("Destination"), "kind": "text"},
    {"key": "country", "label": mark("Country"), "kind": "text"},
    {"key": "cause", "label": mark("Hangup cause"), "kind": "text"},
    {"key": "talk", "label": mark("Talk"), "kind": "value", "help": mark("From answer to end, h:mm:ss.")},
    {
        "key": "ring",
        "label": mark("With ringing"),
        "kind": "value",
        "help": mark("From start to end, h:mm:ss."),
    },
]


WAYS = {"in": mark("in"), "out": mark("out"), "internal": mark("internal"), "unknown": mark("unknown")}
"""Directions as short as a column is."""


def shown(rows: pd.DataFrame, zone: ZoneInfo) -> list[dict[str, str]]:
    """The rows of `calls.page` in the columns of COLUMNS: the clock of the viewer's zone, names for codes."""
    local = rows["start"].dt.tz_convert(zone)
    return [_row(row, moment) for row, moment in zip(rows.itertuples(), local, strict=True)]


def _row(row: Any, moment: datetime) -> dict[str, str]:
    return {
        "key": row.id,
        "start": f"{moment:%Y-%m-%d %H:%M:%S}",
        "switch": row.switch,
        "account": row.account,
        "direction": t(WAYS.get(row.direction, row.direction)),
        "caller": brief(row.caller),
        "destination": brief(row.destination),
        "country": words.country(row.country),
        "cause": t(causes.cause(row.cause).label),
        "talk": words.clock(row.billsec) if row.answered else words.NO_VALUE,
        "ring": words.clock(row.duration),
    }


class Search(View):
    """A page of calls with its pager; `opened` is told the id of a call that is clicked."""

    title = mark("Calls")
    help = mark(
        "The calls that the filter leaves, one a row. Click a row to see the call in detail with its legs."
    )
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
        self.table = Rows(
            self.opened, columns=COLUMNS, nothing=mark("No call fits."), sizing_mode="stretch_width", margin=0
        )
        turns = {"first": self.first, "previous": self.previous, "next": self.next, "last": self.last}
        self.pager = Pager(turns, hint=t(EXPORT_HELP), sizing_mode="stretch_width", margin=0)
        return pn.Column(self.pager, self.table, sizing_mode="stretch_width", margin=0)

    def show(self, *answers: Any) -> None:
        """Draw a `calls.Page` and a `calls.Count`."""
        self.page, self.total = answers
        rows = self.page.rows
        if self.backwards and self.after is None and self.total.exact:
            self.offset = max(self.total.calls - len(rows), 0)
        self.table.rows = shown(rows, self.filter.zone)
        self.pager.param.update(
            where=self._position(len(rows)), ways=self._ways(), file=f"export.csv?{write(self.filter)}"
        )

    def _position(self, count: int) -> str:
        if not count:
            return t("no calls")
        first, last = words.number(self.offset + 1), words.number(self.offset + count)
        shown = words.number(count) if self.offset < 0 else f"{first}–{last}"
        total = self.total.calls
        if self.total.exact:
            return many("{shown} of {n} call", "{shown} of {n} calls", total, shown=shown)
        return many("{shown} of more than {n} call", "{shown} of more than {n} calls", total, shown=shown)

    def _ways(self) -> list[str]:
        """The turns that lead somewhere."""
        forward = self.page.more if not self.backwards else self.after is not None
        backward = self.page.more if self.backwards else self.after is not None
        return [*(["first", "previous"] if backward else []), *(["next", "last"] if forward else [])]

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

    def controls(self) -> list[Any]:
        """The order and the number of rows a page."""
        f = self.filter
        order = pmui.Select(
            label=t("Order"),
            options={t(label): label for label, one in SORTS.items() if one[0] in f.param["sort"].objects},
            value=_order(f),
            size="small",
            width=180,
            margin=(4, 0),
        )
        order.param.watch(
            lambda e: ready(lambda: f.param.update(sort=SORTS[e.new][0], descending=SORTS[e.new][1])), "value"
        )
        f.param.watch(lambda *_: order.param.update(value=_order(f)), ["sort", "descending"])
        return [order, tied(pmui.Select, f, "size", label=t("Rows"), options=list(SIZES), width=90)]


def _order(f: CallFilter) -> str:
    chosen = (f.sort, f.descending)
    return next(
        (label for label, pair in SORTS.items() if pair == chosen),
        next(label for label, pair in SORTS.items() if pair[0] == f.sort),
    )


EXPORT_HELP = mark("Every call that the filter leaves, not just this page; times in your time zone.")
