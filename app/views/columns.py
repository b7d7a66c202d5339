"""Which column of an uploaded file is which field of a call: a form, with what the header's names tell."""

from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import available_timezones

import panel as pn
import panel_material_ui as pmui

from app.theme import CARD
from app.tongue import mark, t
from assets.files import path
from ingest.columns import NAMES, folded

STYLE = CARD + "".join(path(name).read_text(encoding="utf-8") for name in ("sources.css", "upload.css"))
WIDE: dict[str, Any] = {"size": "small", "margin": (6, 12, 6, 0), "width": 232}
FIELDS = {
    "start": mark("Start (needed)"),
    "destination": mark("Destination (needed)"),
    "caller": mark("Caller"),
    "caller_name": mark("Caller's name"),
    "answer": mark("Answered at"),
    "end": mark("Ended at"),
    "duration": mark("Duration with ringing, s"),
    "billsec": mark("Talk time, s"),
    "hangup_cause": mark("Hangup cause"),
    "disposition": mark("or a disposition (ANSWERED ...)"),
    "account": mark("Account"),
    "direction": mark("Direction"),
    "uuid": mark("Name of the call (uuid)"),
    "switch": mark("Switch"),
}
"""The fields of columns.NAMES that are asked for, and their labels."""
EITHER = {"hangup_cause": "disposition", "disposition": "hangup_cause"}
NO_COLUMN = "–"
UNKNOWN = mark("Its columns have names of their own: say which is which; the calls below follow each choice.")
KNOWN = mark("Which column is which; the calls below follow each choice.")


class Columns:
    """The form that says which column is which; `changed` is called after each change."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed, self._quiet = changed, False
        self._known: dict[str, str] = {}
        self._header: tuple[str, ...] = ()
        self.switch = pmui.TextInput(
            label=t("Switch"), max_length=60, placeholder=t("as the file says"), **WIDE
        )
        self.zone = pmui.AutocompleteInput(
            label=t("Zone of times without one"),
            options=sorted(available_timezones()),
            min_characters=1,
            placeholder=t("as the file says"),
            **WIDE,
        )
        self.fields = {
            name: pmui.Select(label=t(label), options={NO_COLUMN: ""}, value="", **WIDE)
            for name, label in FIELDS.items()
        }
        self.lead = pn.pane.HTML("", stylesheets=[STYLE], margin=(8, 0, 0, 0), sizing_mode="stretch_width")
        self.chosen = pn.FlexBox(*self.fields.values(), sizing_mode="stretch_width", margin=0, visible=False)
        self.form = pn.Column(
            pn.FlexBox(self.switch, self.zone, sizing_mode="stretch_width", margin=0),
            self.lead,
            self.chosen,
            margin=0,
            sizing_mode="stretch_width",
        )
        for told in (self.switch, self.zone):
            told.param.watch(lambda _: self._tell(), "value")
        for name, widget in self.fields.items():
            widget.param.watch(lambda event, name=name: self._picked(name, event.new), "value")

    def offer(self, header: Sequence[str], needed: bool) -> None:
        """Ask which of these columns is which; those that go by a known name stand there already. No header
        asks nothing; `needed` says that the file is not understood without.
        """
        if tuple(header) == self._header:
            return
        self._header, self._known = tuple(header), known(header)
        cells = dict.fromkeys(cell for cell in header if folded(cell))
        options = {NO_COLUMN: "", **{cell[:60]: cell for cell in cells}}
        self._quiet = True
        for name, widget in self.fields.items():
            widget.param.update(options=options, value=self._known.get(name, ""))
        self._quiet = False
        self.chosen.visible = bool(header)
        lead = t(UNKNOWN if needed else KNOWN)
        self.lead.object = f"<p>{lead}</p>" if header else ""

    def mapping(self) -> tuple[tuple[str, str], ...]:
        """The (field, column) pairs that differ from what the names of the columns say."""
        told = ((name, str(widget.value or "")) for name, widget in self.fields.items())
        # blanks stand between the pairs in the settings of a source, and _ is the same in a column's name
        return tuple(
            (name, "_".join(cell.split())) for name, cell in told if cell and cell != self._known.get(name)
        )

    def missing(self) -> list[str]:
        """The fields that no call is without, and for which no column is chosen."""
        return [name for name in ("start", "destination") if self._header and not self.fields[name].value]

    def rest(self, resting: bool) -> None:
        """Take no change while it is so."""
        for widget in (self.switch, self.zone, *self.fields.values()):
            widget.disabled = resting

    def _picked(self, name: str, column: str) -> None:
        """A hangup cause is of one column: to choose it as the one is to leave the other."""
        other = EITHER.get(name)
        if column and other and not self._quiet:
            self._quiet = True
            self.fields[other].value = ""
            self._quiet = False
        self._tell()

    def _tell(self) -> None:
        if not self._quiet:
            self._changed()


def known(header: Sequence[str]) -> dict[str, str]:
    """By field of FIELDS, the column that goes by a well-known name of it."""
    by_name = {folded(cell): cell for cell in reversed(header)}
    found = {
        field: next((by_name[word] for word in NAMES[field].known.split() if word in by_name), "")
        for field in FIELDS
    }
    if found["hangup_cause"]:
        found["disposition"] = ""
    return {field: cell for field, cell in found.items() if cell}
