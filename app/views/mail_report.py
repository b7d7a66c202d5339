"""The mail reports as an admin sees them: the list, the form, and the letter as it would be sent."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, available_timezones

import panel as pn
import panel_material_ui as pmui
import param
from panel.custom import JSComponent

from app import words
from app.tongue import mark, t
from app.views.alarm_form import SMALL, WIDE
from app.views.alarms import STYLE
from app.views.cards import main_button
from app.views.widgets import set_value
from assets.files import path
from store import mailboxes
from store.mail_reports import MailReport
from store.sentence import Sentence

COLUMNS = [
    {"key": "name", "label": mark("Report"), "kind": "name"},
    {"key": "accounts", "label": mark("Accounts"), "kind": "text", "spare": True},
    {"key": "sent", "label": mark("Sent"), "kind": "value"},
    {"key": "emails", "label": mark("To"), "kind": "text", "spare": True},
    {
        "key": "done",
        "label": mark("Told until"),
        "kind": "value",
        "spare": True,
        "help": mark("Later ends are sent."),
    },
]
EVERY = {mark("Every day"): "day", mark("Every week"): "week", mark("Every month"): "month"}
SENT = {
    "day": mark("every day, {hour}:00 {zone}"),
    "week": mark("every week, {hour}:00 {zone}"),
    "month": mark("every month, {hour}:00 {zone}"),
}
LONGEST_NAME = 80
MENDED = {"name": "value_input", "emails": "value_input", "zone": "value"}
"""Fields that may be wrong, and what of each changes while it is mended."""


class Preview(JSComponent):
    """A letter (`page`, HTML) in a frame that runs no script and is as high as the letter."""

    page = param.String(default="")
    name_of = param.String(default="", doc="what the frame is called")

    _esm = path("letter.js").read_text(encoding="utf-8")
    _stylesheets: ClassVar[list[str]] = [path("letter.css").read_text(encoding="utf-8")]

    def __init__(self, **params: Any) -> None:
        super().__init__(name_of=t("The letter"), sizing_mode="stretch_width", margin=0, **params)  # type: ignore[no-untyped-call]


def row(report: MailReport) -> dict[str, Any]:
    """What the list shows of a report."""
    listed = ", ".join(words.account(name) for name in report.accounts or ())
    return {
        "key": report.id,
        "name": {"text": report.name, "color": "#3c9d76" if report.active else "#8a96a3"},
        "accounts": listed or t("all"),
        "sent": t(SENT[report.every], hour=f"{report.hour:02}", zone=report.zone)
        if report.active
        else t("off"),
        "emails": ", ".join(report.emails),
        "done": _done(report.done, report.zone),
    }


def _done(done: datetime | None, zone: str) -> str:
    return words.short(done, ZoneInfo(zone)) if done else words.NO_VALUE


def problems(report: MailReport) -> dict[str, str]:
    """What is wrong with a report: a sentence for each field that has to be mended."""
    wrong = next((one for one in report.emails if not mailboxes.valid(one)), None)
    found = {
        "name": ""
        if report.name.strip() and len(report.name) <= LONGEST_NAME and report.name.isprintable()
        else Sentence("Give the report a name of one line, up to {n} characters.", n=LONGEST_NAME),
        "emails": Sentence("{address} is no e-mail address.", address=repr(wrong))
        if wrong is not None
        else ("" if report.emails else t("Give an address that it is sent to.")),
        "zone": ""
        if report.zone in available_timezones()
        else Sentence(
            "{name} is no time zone; choose one such as UTC or Europe/Berlin.", name=repr(report.zone)
        ),
    }
    return {field: said for field, said in found.items() if said}


class ReportForm:
    """A dialog to add or change a mail report; `save` is given the report."""

    def __init__(self, save: Callable[[MailReport], None], zone: str) -> None:
        self._held, self._save, self._zone = MailReport(), save, zone
        self.fields: dict[str, Any] = {
            "name": pmui.TextInput(label=t("Name"), **SMALL),
            "accounts": pmui.MultiChoice(label=t("Accounts (none: all calls)"), options=[], **WIDE),
            "every": pmui.Select(
                label=t("How often"), options={t(said): every for said, every in EVERY.items()}, **SMALL
            ),
            "hour": pmui.Select(
                label=t("Hour"), options={f"{hour:02}:00": hour for hour in range(24)}, value=7, **SMALL
            ),
            "zone": pmui.AutocompleteInput(
                label=t("Time zone"), options=sorted(available_timezones()), min_characters=1, **SMALL
            ),
            "emails": pmui.TextInput(label=t("E-mail addresses, with commas"), **SMALL),
            "active": pmui.Checkbox(label=t("Active"), value=True, margin=(6, 0)),
        }
        self.said = pn.pane.HTML("", stylesheets=[STYLE], margin=(4, 0), sizing_mode="stretch_width")
        for name, watched in MENDED.items():
            self.fields[name].param.watch(lambda _: self._mended(), watched)
        button = main_button(t("Save"), self._saved)
        self.dialog = pmui.Dialog(
            pn.Column(*self.fields.values(), self.said, button, sizing_mode="stretch_width", margin=0),
            title=t("Mail report"),
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
        self.dialog.title = t("Change the mail report") if held.id else t("Add a mail report")
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
        for name in MENDED:
            self.fields[name].param.update(error_state=name in wrong, helper_text=t(wrong.get(name, "")))

    def _mended(self) -> None:
        """What was wrong when it was saved is judged anew while it is mended; nothing else is."""
        if self.dialog.open and any(self.fields[name].error_state for name in MENDED):
            wrong = problems(self.value())
            self._mark({name: said for name, said in wrong.items() if self.fields[name].error_state})
