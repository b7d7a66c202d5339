"""The parts of the page that imports a file: where it is dropped, which column is which, what came of it."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, available_timezones

import panel as pn
import panel_material_ui as pmui
import param
from panel.custom import JSComponent

from app import words
from app.theme import CARD
from app.uploads import UploadProblem
from assets.files import path
from ingest import advice
from ingest.columns import NAMES, folded
from ingest.doctor import Diagnosis
from ingest.importer import Progress, Report
from store import causes
from store.record import CDR, Reject

STYLE = CARD + "".join(path(name).read_text(encoding="utf-8") for name in ("sources.css", "upload.css"))
WIDE: dict[str, Any] = {"size": "small", "margin": (6, 12, 6, 0), "width": 232}
FIELDS = {
    "start": "Start (needed)",
    "destination": "Destination (needed)",
    "caller": "Caller",
    "caller_name": "Caller's name",
    "answer": "Answered at",
    "end": "Ended at",
    "duration": "Duration with ringing, s",
    "billsec": "Talk time, s",
    "hangup_cause": "Hangup cause",
    "disposition": "or a disposition (ANSWERED ...)",
    "account": "Account",
    "direction": "Direction",
    "uuid": "Name of the call (uuid)",
    "switch": "Switch",
}
"""The fields of columns.NAMES that are asked for, and their labels."""
EITHER = {"hangup_cause": "disposition", "disposition": "hangup_cause"}
NO_COLUMN = "–"
UUID = ("--map uuid=COLUMN names one", f"choose one as “{FIELDS['uuid']}” if there is one")
"""What the command says of a column, and how it is done on the page."""
CALLS = [
    {"key": "start", "label": "Start (UTC)", "kind": "text"},
    {"key": "switch", "label": "Switch", "kind": "text", "spare": True},
    {"key": "account", "label": "Account", "kind": "text", "spare": True},
    {"key": "caller", "label": "Caller", "kind": "text"},
    {"key": "destination", "label": "Destination", "kind": "text"},
    {"key": "country", "label": "Country", "kind": "text", "spare": True},
    {"key": "cause", "label": "Hangup cause", "kind": "text"},
    {"key": "talk", "label": "Talk", "kind": "value"},
    {"key": "ring", "label": "With ringing", "kind": "value", "spare": True},
    {"key": "legs", "label": "Legs", "kind": "value", "spare": True},
]


class Drop(JSComponent):
    """Where a file is dropped or chosen. `begun` is told its name and size in bytes, `more` each piece and
    where it belongs; they give where the next piece begins, or None at the end.
    """

    title = param.String(default="Choose a file of call records, or drop it here")
    words = param.String(default="")
    resting = param.Boolean(default=False)

    _esm = path("upload.js").read_text(encoding="utf-8")
    _stylesheets: ClassVar[list[str]] = [STYLE]

    def __init__(
        self,
        begun: Callable[[str, int], int | None],
        more: Callable[[int, bytes], int | None],
        failed: Callable[[str], None],
        **params: Any,
    ) -> None:
        super().__init__(**params)  # type: ignore[no-untyped-call]
        self._begun, self._more, self._failed = begun, more, failed

    def _handle_msg(self, data: Any) -> None:
        if self.resting or not isinstance(data, dict):
            return
        try:
            wanted = self._next(data)
        except UploadProblem as problem:
            self._failed(str(problem))
            wanted = None
        self._send_msg({"turn": data.get("turn"), "at": wanted})

    def _next(self, data: dict[str, Any]) -> int | None:
        match data:
            case {"name": str(name), "size": int(size)}:
                return self._begun(name, size)
            case {"at": int(at), "data": bytes(piece)}:
                return self._more(at, piece)
        raise UploadProblem("The browser could not read the file; choose it again.")


class Columns:
    """The form that says which column is which; `changed` is called after each change."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed, self._quiet = changed, False
        self._known: dict[str, str] = {}
        self._header: tuple[str, ...] = ()
        self.switch = pmui.TextInput(label="Switch", max_length=60, placeholder="as the file says", **WIDE)
        self.zone = pmui.AutocompleteInput(
            label="Zone of times without one",
            options=sorted(available_timezones()),
            min_characters=1,
            placeholder="as the file says",
            **WIDE,
        )
        self.fields = {
            name: pmui.Select(label=label, options={NO_COLUMN: ""}, value="", **WIDE)
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
        lead = (
            "Its columns have names of their own: say which is which" if needed else "Which column is which"
        )
        self.lead.object = f"<p>{lead}; the calls below follow each choice.</p>" if header else ""

    def mapping(self) -> tuple[tuple[str, str], ...]:
        """The (field, column) pairs that differ from what the names of the columns say."""
        told = ((name, str(widget.value or "")) for name, widget in self.fields.items())
        return tuple((name, cell) for name, cell in told if cell and cell != self._known.get(name))

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


def call_rows(calls: Sequence[CDR]) -> list[dict[str, Any]]:
    """Calls in the columns of CALLS."""
    return [_call_row(number, call) for number, call in enumerate(calls)]


def _call_row(number: int, call: CDR) -> dict[str, Any]:
    return {
        "key": str(number),
        "fixed": True,
        "start": f"{call.start:%Y-%m-%d %H:%M:%S}",
        "switch": call.switch,
        "account": call.account,
        "caller": " ".join(filter(None, (call.caller, call.caller_name and f"({call.caller_name})"))),
        "destination": call.destination,
        "country": words.country(call.country),
        "cause": causes.cause(call.cause).label,
        "talk": words.clock(call.billmsec / 1000) if call.answered else words.NO_VALUE,
        "ring": words.clock(call.mduration / 1000),
        "legs": str(max(1, len(call.legs))),
    }


def facts(found: Diagnosis) -> str:
    """What the file is, in HTML."""
    told = {"format": found.words or "not recognised", **dict(found.facts)}
    if found.format:
        told["read in"] = f"{found.zone}, where a time names no zone"
    rows = "".join(f"<dt>{escape(what)}</dt><dd>{escape(how)}</dd>" for what, how in told.items())
    notes = "".join(f"<p>{escape(note.replace(*UUID))}</p>" for note in found.notes)
    return f"<dl>{rows}</dl>{notes}"


def looked(found: Diagnosis) -> str:
    """How many rows were looked at and what became of them, in words."""
    rows = f"{'the first ' if found.more else ''}{found.read:,} row{'s' * (found.read != 1)}"
    passed = f", {found.skipped:,} passed over as no calls" if found.skipped else ""
    counted = f"{found.rejected:,} rejected{passed}"
    return f"<p>Looked at {rows}: {counted}. The first calls, as they would be stored:</p>"


def rejected(rows: Sequence[Reject], count: int) -> str:
    """The first rows that would be rejected, in HTML."""
    more = f"<p>The first {len(rows)} of {count:,}:</p>" if count > len(rows) else ""
    lines = "".join(
        f"<tr><td>{row.line:,}</td><td>{escape(row.reason)}</td>"
        f'<td class="text" title="{escape(row.text[:2_000])}">{escape(row.text[:120])}</td></tr>'
        for row in rows
    )
    return (
        f"{more}<div class=wide><table><tr><th>Line</th><th>Reason</th><th>Row</th></tr>{lines}</table></div>"
    )


def source(found: Diagnosis, name: str) -> str:
    """How the file is read by itself as it grows, in HTML."""
    settings = escape(advice.settings(found, f"/path/to/{name}"))
    return (
        "<p>A file that the switch goes on writing is read by itself, seconds after hang-up. In "
        f"cdr-stats.toml, with the path that it has on the server:</p><pre>{settings}</pre>"
        '<p>Or add it on the <a href="sources">Sources</a> page.</p>'
    )


def progress(now: Progress | None) -> str:
    """How far an import is, in HTML."""
    share = min(1.0, now.position / now.size) if now and now.size else 0.0
    told = f"{now.read:,} rows, {now.new:,} new" if now else "It begins"
    return f'<p>{told} …</p><progress max=1 value="{share:.3f}" aria-label="Import"></progress>'


def report(found: Report | None, problem: str) -> str:
    """What came of an import and what to do next, in HTML; `problem` is why it did not come to its end."""
    told = f'<p class="problem">{escape(problem)}</p>' if problem else ""
    if not found:
        return told
    counts = "".join(
        f"<dt>{name}</dt><dd>{getattr(found, name):,}</dd>"
        for name in ("read", "calls", "new", "known", "corrected", "rejected")
    )
    reasons = "".join(
        f'<dt class="sub">{escape(kind)}</dt><dd>{count:,}</dd>'
        for kind, count in sorted(found.reasons.items())
    )
    said = told or f'<p class="good">{_outcome(found)}</p>'
    return (
        f'{said}<dl class="counts">{counts}{reasons}</dl>{"".join(f"<p>{line}</p>" for line in _next(found))}'
    )


def _outcome(found: Report) -> str:
    if found.new:
        calls = f"{found.new:,} new call{'s' * (found.new != 1)}"
        return f'{calls} stored. <a href="dashboard">See the dashboard</a>'
    return "Nothing new: its calls were known." if found.calls else "No row of this file is a call."


def _next(found: Report) -> list[str]:
    """What to do about what was not plain sailing."""
    told = {
        f"{found.skipped:,} rows are not meant to be calls, and were passed over.": found.skipped,
        f"{found.foreign:,} rows are not in UTF-8, and were read as Latin-1.": found.foreign,
        f"{found.guessed:,} calls fall in the hour that came twice, and were taken as before the clocks went "
        "back.": found.guessed,
        "The last line has no line end and may be cut off; it was left out.": found.waits,
        f"{found.rejected:,} rows were rejected and are kept: mend the columns, the zone or the switch above "
        "and import again, which takes them in and doubles nothing; or see them with <code>cdr-stats rejects "
        f"list --import {found.id}</code>.": found.rejected,
    }
    return [line for line, count in told.items() if count]


def history(found: Sequence[dict[str, Any]], zone: ZoneInfo) -> list[dict[str, Any]]:
    """The documents of imports in the columns of HISTORY."""
    return [
        {
            "key": str(one["_id"]),
            "fixed": True,
            "file": one["file"].replace("\\", "/").rpartition("/")[2],
            "started": f"{one['started'].astimezone(zone):%Y-%m-%d %H:%M}",
            "switch": one["switch"],
            "state": one["state"],
            **{name: f"{one[name]:,}" for name in ("read", "new", "known", "rejected")},
        }
        for one in found
    ]


HISTORY = [
    {"key": "file", "label": "File", "kind": "text"},
    {"key": "started", "label": "Began", "kind": "text", "spare": True},
    {"key": "switch", "label": "Switch", "kind": "text", "spare": True},
    {"key": "state", "label": "State", "kind": "text"},
    {"key": "read", "label": "Rows", "kind": "value", "spare": True},
    {"key": "new", "label": "New", "kind": "value"},
    {"key": "known", "label": "Known", "kind": "value", "spare": True},
    {"key": "rejected", "label": "Rejected", "kind": "value"},
]
