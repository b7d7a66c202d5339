"""Mail report: who gets the figures of a day, a week or a month, and the letter as it would be sent."""

from datetime import UTC, datetime
from typing import NamedTuple

import panel as pn
import panel_material_ui as pmui

from alerts import letters, mailreport
from app.pages.plain import Deed, Plain
from app.pages.shell import Context
from app.patches import Page
from app.viewer import Viewer
from app.views.alarms import STYLE
from app.views.cards import button, card, headline, said, sentence, titled
from app.views.mail_report import COLUMNS, Preview, ReportForm, row
from app.views.parts import Rows
from store import catalog, mail_reports
from store.database import Store
from store.errors import CdrStatsError
from store.mail_reports import MailReport

SECONDS = 30.0
NONE = "<p>No mail report yet. Add one, and its letter comes by itself after each day, week or month.</p>"
UNSENT = "Letters wait: no mail server is set. Name one with mail_host in the settings."


class Seen(NamedTuple):
    """What is seen of the mail reports: all of them, the letter of one, and why there is none."""

    reports: list[MailReport]
    accounts: list[str]
    chosen: str
    page: str
    subject: str
    problem: str


class MailReports:
    """The page of one session."""

    def __init__(self, context: Context) -> None:
        settings = context.store.settings
        self.chosen = ""
        self.reports: dict[str, MailReport] = {}
        self.accounts: list[str] = []
        self.plain: Plain[Seen] = Plain(context, "mail-report", self.ask, self.show, SECONDS)
        self.rows = Rows(self._choose, columns=COLUMNS, fades=False, sizing_mode="stretch_width", margin=0)
        self.empty = pn.pane.HTML(NONE, stylesheets=[STYLE], margin=0, visible=False)
        self.unsent = pn.pane.HTML(
            said(UNSENT, False), stylesheets=[STYLE], margin=0, visible=not settings.mail_host
        )
        self.heading, self.said = headline(""), sentence(STYLE)
        self.form = ReportForm(self._save, settings.zone)
        self.preview = Preview()
        self.remove = button("Remove", self._remove)
        self.change = button("Change", lambda: self._open(self.reports.get(self.chosen)))
        self.detail = card(self.heading, "whole", [self.change, self.remove], self.said, self.preview)

    def page(self) -> Page:
        """The whole page."""
        add = pmui.Button(
            label="Add a mail report", icon="add", size="small", on_click=lambda _: self._open(None)
        )
        top = card("Mail report", "whole", [add], self.unsent, self.empty, self.rows)
        return self.plain.page(top, self.detail, extra=(self.form.dialog,))

    def ask(self, store: Store, viewer: Viewer) -> Seen:
        """Every report, and the letter of the chosen one (the first, when none is) of its last period."""
        held = [mailreport.narrowed(store, one) for one in mail_reports.everything(store)]
        found = next((one for one in held if one.id == self.chosen), held[0] if held else None)
        page = subject = problem = ""
        if found:
            try:
                window = mailreport.latest(found, datetime.now(UTC))
                told = mailreport.compose(store, found, window, viewer.lens)
                page, subject = letters.preview(told), told.subject
            except CdrStatsError as error:
                problem = str(error)
        return Seen(held, catalog.accounts(store), found.id if found else "", page, subject, problem)

    def show(self, seen: Seen) -> None:
        """Draw the answer of `ask`."""
        self.reports = {one.id: one for one in seen.reports}
        if self.chosen in self.reports and self.chosen != seen.chosen:
            return  # another one was chosen meanwhile; its answer is on its way
        self.plain.own(seen.chosen)
        self.accounts, self.chosen = seen.accounts, seen.chosen
        self.empty.visible = not seen.reports
        self.rows.visible = self.detail.visible = bool(seen.reports)
        chosen = self.reports.get(seen.chosen)
        self.change.visible = not (chosen and chosen.user)  # its owner's own affair, at Account
        self.rows.rows = [row(one) for one in seen.reports]
        self.rows.selected = [seen.chosen]
        self.heading.object = titled(seen.subject or "The letter")
        self.said.object = said(seen.problem, False) if seen.problem else ""
        self.preview.visible = bool(seen.page)
        if self.preview.page != seen.page:
            self.preview.page = seen.page

    def _choose(self, key: str) -> None:
        self.chosen = key
        self.remove.param.update(label="Remove", color="default")
        self.plain.own(key)
        self.plain.again()

    def _open(self, report: MailReport | None) -> None:
        self.form.open(report, self.accounts)

    def _save(self, report: MailReport) -> None:
        def work(store: Store) -> str:
            try:
                if report.id:
                    mail_reports.change(store, report)
                else:
                    self.chosen = mail_reports.add(store, report, datetime.now(UTC))
                verb, words = "change" if report.id else "add", f"emails={','.join(report.emails)}"
                self.plain.note(store, Deed(verb, "mail report", report.name, words))
            except CdrStatsError as problem:
                return str(problem)
            return ""

        def done(problem: str) -> None:
            self.form.said.object = said(problem, False) if problem else ""
            self.form.dialog.open = bool(problem)

        self.plain.act(work, done)

    def _remove(self) -> None:
        """The first click asks, the second one does."""
        key = self.chosen
        entry = Deed("remove", "mail report", self.reports[key].name)
        if self.remove.label == "Remove":
            self.remove.param.update(label="Really remove it?", color="error")
            return
        self.remove.param.update(label="Remove", color="default")
        self.plain.act(lambda store: mail_reports.remove(store, key), entry=entry)


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return MailReports(context).page()
