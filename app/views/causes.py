"""How calls ended: hangup causes with their share, most frequent first."""

from datetime import datetime

import pandas as pd
import panel as pn

from app import words
from app.filter import CallFilter
from app.tongue import many, mark, t
from app.views.parts import Rows
from app.views.view import Ask, View
from store import causes, queries

COLUMNS = [
    {"key": "name", "label": mark("Cause"), "kind": "name"},
    {"key": "bar", "label": "", "kind": "bar"},
    {"key": "calls", "label": mark("Calls"), "kind": "value"},
    {
        "key": "share",
        "label": mark("Share"),
        "kind": "value",
        "help": mark("Of all calls that the filter leaves, in percent."),
    },
]
MOST = 10


class Causes(View):
    """Bars with their names; a click chooses the cause, a second click takes it off."""

    title = mark("Hangup causes")
    help = mark(
        "Why the calls ended, by the switch's own cause or, where it gave none, what the record says."
    )

    def __init__(self, calls: CallFilter, most: int = MOST) -> None:
        self.most = most
        super().__init__(calls)

    def asks(self, now: datetime) -> tuple[Ask, ...]:
        """Every cause, also when some are chosen: those are highlighted."""
        return (Ask(queries.hangup_causes, self.filter.scope(now, "causes")),)

    def draw(self) -> pn.Column:
        """The table without rows."""
        choose = lambda name: self.filter.toggle("causes", name)  # noqa: E731
        self.rows = Rows(
            choose,
            columns=COLUMNS,
            nothing=words.NO_CALLS,
            headed=False,
            sizing_mode="stretch_width",
            margin=0,
        )
        return pn.Column(self.rows, sizing_mode="stretch_width", margin=0)

    def show(self, *answers: pd.DataFrame) -> None:
        """Draw the frame of `queries.hangup_causes`."""
        frame = answers[0]
        total, most = max(frame["calls"].sum(), 1), max(frame["calls"].max() if len(frame) else 0, 1)
        chosen = frame[frame["hangup_cause"].isin(self.filter.causes)]
        shown = pd.concat([frame.head(self.most), chosen]).drop_duplicates("hangup_cause")
        self.rows.rows = [_row(r, total, most) for r in shown.itertuples()]
        hidden = len(frame) - len(shown)
        self.retitle(many("and a rarer one", "and {n} rarer ones", hidden) if hidden else "")
        self.mark()

    def mark(self) -> None:
        """Highlight the chosen causes."""
        self.rows.selected = list(self.filter.causes)


def _row(row: "pd.core.frame.Pandas", total: float, most: float) -> dict[str, object]:  # type: ignore[name-defined]
    cause = causes.cause(row.hangup_cause)
    name = t("{name} (Q.850 cause {code})", name=cause.name, code=cause.q850) if cause.q850 else cause.name
    return {
        "key": row.hangup_cause,
        "name": {"text": t(cause.label), "help": f"{name}: {t(cause.description)}"},
        "bar": 100 * row.calls / most,
        "calls": words.number(row.calls),
        "share": words.percent(100 * row.calls / total),
    }
