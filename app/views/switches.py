"""The switches side by side: calls, minutes, ASR, ACD."""

from datetime import datetime

import pandas as pd
import panel as pn

from app import words
from app.tongue import mark
from app.views.parts import Rows
from app.views.view import Ask, View
from store import queries
from store.metrics import METRICS

COLUMNS = [
    {"key": "name", "label": mark("Switch"), "kind": "name"},
    {"key": "calls", "label": mark("Calls"), "kind": "value"},
    {
        "key": "minutes",
        "label": mark("Minutes"),
        "kind": "value",
        "help": mark("Talk time of the answered calls, in minutes."),
    },
    *(
        {
            "key": key,
            "label": METRICS[key].label,
            "kind": "value",
            "help": METRICS[key].definition,
            "spare": key == "ner",
        }
        for key in ("asr", "acd", "ner")
    ),
]


class Switches(View):
    """A row a switch; a click chooses it, a second click takes it off."""

    title = mark("Switches")
    help = mark("Each telephone switch whose records were imported.")

    def asks(self, now: datetime) -> tuple[Ask, ...]:
        """Every switch, also when some are chosen: those are highlighted."""
        return (Ask(queries.switches, self.filter.scope(now, "switches")),)

    def draw(self) -> pn.Column:
        """The table without rows."""
        choose = lambda name: self.filter.toggle("switches", name)  # noqa: E731
        self.rows = Rows(
            choose, columns=COLUMNS, nothing=words.NO_CALLS, sizing_mode="stretch_width", margin=0
        )
        return pn.Column(self.rows, sizing_mode="stretch_width", margin=0)

    def show(self, *answers: pd.DataFrame) -> None:
        """Draw the frame of `queries.switches`."""
        self.rows.rows = [_row(r) for r in answers[0].itertuples()]
        self.mark()

    def mark(self) -> None:
        """Highlight the chosen switches."""
        self.rows.selected = list(self.filter.switches)


def _row(row: "pd.core.frame.Pandas") -> dict[str, object]:  # type: ignore[name-defined]
    return {
        "key": row.switch,
        "name": {"text": row.switch},
        "calls": words.number(row.calls),
        "minutes": words.number(row.billsec / 60),
        "asr": words.percent(row.asr),
        "acd": words.seconds(row.acd),
        "ner": words.percent(row.ner),
    }
