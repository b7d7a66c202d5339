"""The parts of the page that imports a file: where it is dropped, which column is which, what came of it."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import panel as pn
import param
from panel.custom import JSComponent

from app import words
from app.tongue import many, mark, t
from app.uploads import UploadProblem
from app.views.columns import FIELDS, STYLE
from app.words import number
from assets.files import path
from ingest import advice
from ingest.columns import UNNAMED
from ingest.doctor import Diagnosis
from ingest.importer import Progress, Report
from store import causes
from store.record import CDR, Reject
from store.sentence import Sentence

UNNAMED_HERE = mark(
    "No column names the call, so equal rows count as one call; choose one as “{field}” if there is one."
)
"""What `UNNAMED` says, as it is done on the page."""
CALLS = [
    {"key": "start", "label": mark("Start (UTC)"), "kind": "text"},
    {"key": "switch", "label": mark("Switch"), "kind": "text", "spare": True},
    {"key": "account", "label": mark("Account"), "kind": "text", "spare": True},
    {"key": "caller", "label": mark("Caller"), "kind": "text"},
    {"key": "destination", "label": mark("Destination"), "kind": "text"},
    {"key": "country", "label": mark("Country"), "kind": "text", "spare": True},
    {"key": "cause", "label": mark("Hangup cause"), "kind": "text"},
    {"key": "talk", "label": mark("Talk"), "kind": "value"},
    {"key": "ring", "label": mark("With ringing"), "kind": "value", "spare": True},
    {"key": "legs", "label": mark("Legs"), "kind": "value", "spare": True},
]


TITLE = mark("Choose a file of call records, or drop it here")


class Drop(JSComponent):
    """Where a file is dropped or chosen. `begun` is told its name and size in bytes, `more` each piece and
    where it belongs; they give where the next piece begins, or None at the end.
    """

    title = param.String(default="")
    words = param.String(default="")
    said = param.Dict(default={}, doc="its names for who hears it, and how far the upload is, {n} percent")
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
        said = {"file": t("File of call records"), "upload": t("Upload"), "done": t("{n} % uploaded")}
        super().__init__(title=t(TITLE), said=said, **params)  # type: ignore[no-untyped-call]
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
        raise UploadProblem(Sentence("The browser could not read the file; choose it again."))


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
        "cause": t(causes.cause(call.cause).label),
        "talk": words.clock(call.billmsec / 1000) if call.answered else words.NO_VALUE,
        "ring": words.clock(call.mduration / 1000),
        "legs": str(max(1, len(call.legs))),
    }


def _noted(note: str) -> str:
    """A note, which tells how it is done here."""
    return t(UNNAMED_HERE, field=t(FIELDS["uuid"])) if note == UNNAMED else t(note)


def facts(found: Diagnosis) -> str:
    """What the file is, in HTML."""
    told = {mark("format"): found.words or mark("not recognised"), **dict(found.facts)}
    if found.format:
        told[mark("read in")] = Sentence("{zone}, where a time names no zone", zone=found.zone)
    rows = "".join(f"<dt>{escape(t(what))}</dt><dd>{escape(t(how))}</dd>" for what, how in told.items())
    notes = "".join(f"<p>{escape(_noted(note))}</p>" for note in found.notes)
    return f"<dl>{rows}</dl>{notes}"


def looked(found: Diagnosis) -> str:
    """How many rows were looked at and what became of them, in words."""
    rows = (
        many("Looked at the first row", "Looked at the first {n} rows", found.read)
        if found.more
        else many("Looked at {n} row", "Looked at {n} rows", found.read)
    )
    rejected = many("{n} rejected", "{n} rejected", found.rejected)
    passed = (
        [many("{n} passed over as no call", "{n} passed over as no calls", found.skipped)]
        if found.skipped
        else []
    )
    first = t("The first calls, as they would be stored:")
    return f"<p>{rows}: {', '.join([rejected, *passed])}. {first}</p>"


ROW = (mark("Line"), mark("Reason"), mark("Row"))
STATES = (mark("done"), mark("running"), mark("failed"), mark("interrupted"))
"""Of imports, as the store has them."""


def rejected(rows: Sequence[Reject], count: int) -> str:
    """The first rows that would be rejected, in HTML."""
    more = (
        f"<p>{t('The first {n} of {all}:', n=number(len(rows)), all=number(count))}</p>"
        if count > len(rows)
        else ""
    )
    head = "".join(f"<th>{escape(t(name))}</th>" for name in ROW)
    lines = "".join(
        f"<tr><td>{number(row.line)}</td><td>{escape(t(row.reason))}</td>"
        f'<td class="text" title="{escape(row.text[:2_000])}">{escape(row.text[:120])}</td></tr>'
        for row in rows
    )
    return f"{more}<div class=wide><table><tr>{head}</tr>{lines}</table></div>"


GROWS = mark(
    "A file that the switch goes on writing is read by itself, seconds after hang-up. In cdr-stats.toml, "
    "with the path that it has on the server:"
)
ADD = mark('Or add it on the <a href="sources">Sources</a> page.')


def source(found: Diagnosis, name: str) -> str:
    """How the file is read by itself as it grows, in HTML."""
    settings = escape(advice.settings(found, f"/path/to/{name}"))
    return f"<p>{t(GROWS)}</p><pre>{settings}</pre><p>{t(ADD)}</p>"


def progress(now: Progress | None) -> str:
    """How far an import is, in HTML."""
    share = min(1.0, now.position / now.size) if now and now.size else 0.0
    told = t("{rows} rows, {new} new", rows=number(now.read), new=number(now.new)) if now else t("It begins")
    return (
        f'<p>{told} …</p><progress max=1 value="{share:.3f}" aria-label="{escape(t("Import"))}"></progress>'
    )


COUNTED = (mark("read"), mark("calls"), mark("new"), mark("known"), mark("corrected"), mark("rejected"))


def report(found: Report | None, problem: str) -> str:
    """What came of an import and what to do next, in HTML; `problem` is why it did not come to its end."""
    told = f'<p class="problem">{escape(t(problem))}</p>' if problem else ""
    if not found:
        return told
    counts = "".join(f"<dt>{t(name)}</dt><dd>{number(getattr(found, name))}</dd>" for name in COUNTED)
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
        calls = many("{n} new call stored.", "{n} new calls stored.", found.new)
        return f'{calls} <a href="dashboard">{t("See the dashboard")}</a>'
    return t("Nothing new: its calls were known.") if found.calls else t("No row of this file is a call.")


def _next(found: Report) -> list[str]:
    """What to do about what was not plain sailing."""
    told = {
        mark("{n} rows are not meant to be calls, and were passed over."): found.skipped,
        mark("{n} rows are not in UTF-8, and were read as Latin-1."): found.foreign,
        mark(
            "{n} calls fall in the hour that came twice, and were taken as before the clocks went back."
        ): found.guessed,
        mark("The last line has no line end and may be cut off; it was left out."): int(found.waits),
        mark(
            "What was rejected is kept: mend the columns, the zone or the switch above and import again, "
            "which takes them in and doubles nothing; or see them with <code>cdr-stats rejects list --import "
            "{id}</code>."
        ): found.rejected,
    }
    return [t(line, n=number(count), id=found.id) for line, count in told.items() if count]


def history(found: Sequence[dict[str, Any]], zone: ZoneInfo) -> list[dict[str, Any]]:
    """The documents of imports in the columns of HISTORY."""
    return [
        {
            "key": str(one["_id"]),
            "fixed": True,
            "file": one["file"].replace("\\", "/").rpartition("/")[2],
            "started": f"{one['started'].astimezone(zone):%Y-%m-%d %H:%M}",
            "switch": one["switch"],
            "state": t(one["state"]),
            **{name: number(one[name]) for name in ("read", "new", "known", "rejected")},
        }
        for one in found
    ]


HISTORY = [
    {"key": "file", "label": mark("File"), "kind": "text"},
    {"key": "started", "label": mark("Began"), "kind": "text", "spare": True},
    {"key": "switch", "label": mark("Switch"), "kind": "text", "spare": True},
    {"key": "state", "label": mark("State"), "kind": "text"},
    {"key": "read", "label": mark("Rows"), "kind": "value", "spare": True},
    {"key": "new", "label": mark("New"), "kind": "value"},
    {"key": "known", "label": mark("Known"), "kind": "value", "spare": True},
    {"key": "rejected", "label": mark("Rejected"), "kind": "value"},
]
