"""The parts of the page that imports a file: where it is dropped, which column is which, what came of it."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import panel as pn
import param
from panel.custom import JSComponent

from app import words
from app.uploads import UploadProblem
from app.views.columns import FIELDS, STYLE
from app.words import number
from assets.files import path
from ingest import advice
from ingest.doctor import Diagnosis
from ingest.importer import Progress, Report
from store import causes
from store.record import CDR, Reject

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
        if isinstance(data, dict):
            # what is drawn before the browser has the whole page is thrown away
            pn.state.onload(lambda: self._heard(data))

    def _heard(self, data: dict[str, Any]) -> None:
        if self.resting:
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
    rows = f"{'the first ' if found.more else ''}{number(found.read)} row{'s' * (found.read != 1)}"
    passed = f", {number(found.skipped)} passed over as no calls" if found.skipped else ""
    counted = f"{number(found.rejected)} rejected{passed}"
    return f"<p>Looked at {rows}: {counted}. The first calls, as they would be stored:</p>"


def rejected(rows: Sequence[Reject], count: int) -> str:
    """The first rows that would be rejected, in HTML."""
    more = f"<p>The first {len(rows)} of {number(count)}:</p>" if count > len(rows) else ""
    lines = "".join(
        f"<tr><td>{number(row.line)}</td><td>{escape(row.reason)}</td>"
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
    told = f"{number(now.read)} rows, {number(now.new)} new" if now else "It begins"
    return f'<p>{told} …</p><progress max=1 value="{share:.3f}" aria-label="Import"></progress>'


def report(found: Report | None, problem: str) -> str:
    """What came of an import and what to do next, in HTML; `problem` is why it did not come to its end."""
    told = f'<p class="problem">{escape(problem)}</p>' if problem else ""
    if not found:
        return told
    counts = "".join(
        f"<dt>{name}</dt><dd>{number(getattr(found, name))}</dd>"
        for name in ("read", "calls", "new", "known", "corrected", "rejected")
    )
    reasons = "".join(
        f'<dt class="sub">{escape(kind)}</dt><dd>{number(count)}</dd>'
        for kind, count in sorted(found.reasons.items())
    )
    said = told or f'<p class="good">{_outcome(found)}</p>'
    return (
        f'{said}<dl class="counts">{counts}{reasons}</dl>{"".join(f"<p>{line}</p>" for line in _next(found))}'
    )


def _outcome(found: Report) -> str:
    if found.new:
        calls = f"{number(found.new)} new call{'s' * (found.new != 1)}"
        return f'{calls} stored. <a href="dashboard">See the dashboard</a>'
    return "Nothing new: its calls were known." if found.calls else "No row of this file is a call."


def _next(found: Report) -> list[str]:
    """What to do about what was not plain sailing."""
    told = {
        f"{number(found.skipped)} rows are not meant to be calls, and were passed over.": found.skipped,
        f"{number(found.foreign)} rows are not in UTF-8, and were read as Latin-1.": found.foreign,
        f"{number(found.guessed)} calls fall in the hour that came twice, and were taken as before the "
        "clocks went back.": found.guessed,
        "The last line has no line end and may be cut off; it was left out.": found.waits,
        "What was rejected is kept: mend the columns, the zone or the switch above "
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
            **{name: number(one[name]) for name in ("read", "new", "known", "rejected")},
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
