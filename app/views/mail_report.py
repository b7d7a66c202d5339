"""The mail reports as an admin sees them: the list, the form, and the letter as it would be sent."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, available_timezones

import panel as pn
import panel_material_ui as pmui
import param
from panel.custom import JSComponent

from alerts import speech
from app import words
from app.views.alarm_form import SMALL, WIDE
from app.views.alarms import STYLE
from app.views.widgets import set_value
from assets.files import path
from store import mailboxes
from store.mail_reports import MailReport

COLUMNS = [
    {"key": "name", "label": "Report", "kind": "name"},
    {"key": "accounts", "label": "Accounts", "kind": "text", "spare": True},
    {"key": "sent", "label": "Sent", "kind": "value"},
    {"key": "emails", "label": "To", "kind": "text", "spare": True},
    {"key": "done", "label": "Told until", "kind": "value", "spare": True, "help": "Later ends are sent."},
]
EVERY = {"Every day": "day", "Every week": "week", "Every month": "month"}
LONGEST_NAME = 80


class Preview(JSComponent):
    """A letter (`page`, HTML) in a frame that runs no script and is as high as the letter."""

    page = param.String(default="")

    _esm = path("letter.js").read_text(encoding="utf-8")
    _stylesheets: ClassVar[list[str]] = [path("letter.css").read_text(encoding="utf-8")]

    def __init__(self, **params: Any) -> None:
        super().__init__(sizing_mode="stretch_width", margin=0, **params)  # type: ignore[no-untyped-call]


def row(report: MailReport) -> dict[str, Any]:
    """What the list shows of a report."""
    listed = ", ".join(words.account(name) for name in report.accounts or ())
    return {
        "key": report.id,
        "name": {"text": report.name, "color": "#3c9d76" if report.active else "#8a96a3"},
        "accounts": listed or "all",
        "sent": f"every {report.every}, {report.hour:02}:00 {report.zone}" if report.active else "off",
        "emails": ", ".join(report.emails),
        "done": _done(report.done, report.zone),
    }


def _done(done: datetime | None, zone: str) -> str:
    return speech.short(done, str(ZoneInfo(zone))) if done else words.NO_VALUE


def problems(report: MailReport) -> dict[str, str]:
    """What is wrong with a report: a sentence for each field that has to be mended."""
    wrong = next((one for one in report.emails if not mailboxes.valid(one)), None)
    found = {
        "name": ""
        if report.name.strip() and len(report.name) <= LONGEST_NAME and report.name.isprintable()
        else f"Give the report a name of one line, up to {LONGEST_NAME} characters.",
        "emails": f"{wrong!r} is no e-mail address."
        if wrong is not None
        else ("" if report.emails else "Give an address that it is sent to."),
        "zone": ""
        if report.zone in available_timezones()
        else f"{report.zone!r} is no time zone; choose one such as UTC or Europe/Berlin.",
    }
    return {field: said for field, said in found.items() if said}


class ReportForm:
    """A dialog to add or change a mail report; `save` is given the report."""

    def __init__(self, save: Callable[[MailReport], None], zone: str) -> None:
        self._held, self._save, self._zone = MailReport(), save, zone
        self.fields: dict[str, Any] = {
            "name": pmui.TextInput(label="Name", **SMALL),
            "accounts": pmui.MultiChoice(label="Accounts (none: all calls)", options=[], **WIDE),
            "every": pmui.Select(label="How often", options=EVERY, **SMALL),
            "hour": pmui.Select(
                label="Hour", options={f"{hour:02}:00": hour for hour in range(24)}, value=7, **SMALL
            ),
            "zone": pmui.AutocompleteInput(
                label="Time zone", options=sorted(available_timezones()), min_characters=1, **SMALL
            ),
            "emails": pmui.TextInput(label="E-mail addresses, with commas", **SMALL),
            "active": pmui.Checkbox(label="Active", value=True, margin=(6, 0)),
        }
        self.said = pn.pane.HTML("", stylesheets=[STYLE], margin=(4, 0), sizing_mode="stretch_width")
        button = pmui.Button(label="Save", on_click=lambda _: self._saved(), margin=(8, 8, 0, 0))
        self.dialog = pmui.Dialog(
            pn.Column(*self.fields.values(), self.said, button, sizing_mode="stretch_width", margin=0),
            title="Mail report",
            title_variant="h4",
            show_close_button=True,
            close_on_click=False,
            width_option="sm",
        )

    def open(self, report: MailReport | None, accounts: Sequence[str]) -> None:
        """Show it: for a report, or empty."""
        held = self._held = report or MailReport(zone=self._zone)
        self.fields["accounts"].options = {words.account(name): name for name in accounts}
        for name, text in (("name", held.name), ("emails", ", ".join(held.emails))):
            self.fields[name].param.update(value=text, value_input=text)
        for name in ("every", "hour", "zone", "active"):
            self.fields[name].value = getattr(held, name)
        set_value(self.fields["accounts"], list(held.accounts or ()))
        self._mark({})
        self.said.object = ""
        self.dialog.title = "Change the mail report" if held.id else "Add a mail report"
        self.dialog.open = True

    def value(self) -> MailReport:
        """What stands in the form."""
        texts = {name: (self.fields[name].value_input or "").strip() for name in ("name", "emails")}
        return self._held._replace(
            name=texts["name"],
            accounts=tuple(self.fields["accounts"].value or ()) or None,
            emails=tuple(part.strip() for part in texts["emails"].split(",") if part.strip()),
            zone=self.fields["zone"].value or "UTC",
            **{name: self.fields[name].value for name in ("every", "hour", "active")},
        )

    def _saved(self) -> None:
        report = self.value()
        wrong = problems(report)
        self._mark(wrong)
        if not wrong:
            self._save(report)

    def _mark(self, wrong: dict[str, str]) -> None:
        """Sentences stand below their fields."""
        for name in ("name", "emails", "zone"):
            self.fields[name].param.update(error_state=name in wrong, helper_text=wrong.get(name, ""))
