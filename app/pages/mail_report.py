"""Mail report: who gets the figures of a day, a week or a month, and the letter as it would be sent."""

from datetime import UTC, datetime
from typing import NamedTuple

import panel as pn

from alerts import letters, mailreport
from app.pages.plain import Deed, Plain
from app.pages.shell import Context
from app.patches import Page
from app.tongue import mark, t
from app.viewer import Viewer
from app.views.alarms import STYLE
from app.views.cards import add_button, button, card, headline, said, sentence, titled
from app.views.mail_report import COLUMNS, Preview, ReportForm, row
from app.views.parts import Rows
from store import catalog, mail_reports
from store.database import Store
from store.errors import CdrStatsError
from store.mail_reports import MailReport
from store.sentence import Sentence

SECONDS = 30.0
NONE = mark(
    "<p>No mail report yet. Add one, and its letter comes by itself after each day, week or month.</p>"
)
SURE = mark("Really remove it?")
UNSENT = mark("Letters wait: no mail server is set. Name one with mail_host in the settings.")
ONE = mark("One letter is on its way.")
SEVERAL = mark("{n} letters are on their way.")
QUEUED = mark("It is queued, and goes once a mail server is set.")


class Tried(NamedTuple):
    """What came of something that was asked for: a sentence, good or bad."""

    words: str
    good: bool


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
        self.empty = pn.pane.HTML(t(NONE), stylesheets=[STYLE], margin=0, visible=False)
        self.unsent = pn.pane.HTML(
            said(UNSENT, False), stylesheets=[STYLE], margin=0, visible=not settings.mail_host
        )
        self.heading, self.said, self.sent = headline(""), sentence(STYLE), sentence(STYLE)
        self.form = ReportForm(self._save, settings.zone)
        self.preview = Preview()
        self.now = button(t("Send now"), self._send)
        self.remove = button(t("Remove"), self._remove)
        self.change = button(t("Change"), lambda: self._open(self.reports.get(self.chosen)))
        self.detail = card(
            self.heading, "whole", [self.now, self.change, self.remove], self.sent, self.said, self.preview
        )

    def page(self) -> Page:
        """The whole page."""
        add = add_button(t("Add a mail report"), lambda: self._open(None))
        top = card(t("Mail report"), "whole", [add], self.unsent, self.empty, self.rows)
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
        self.heading.object = titled(seen.subject or t("The letter"))
        self.said.object = said(seen.problem, False) if seen.problem else ""
        self.preview.visible = bool(seen.page)
        if self.preview.page != seen.page:
            self.preview.page = seen.page

    def _choose(self, key: str) -> None:
        self.chosen, self.sent.object = key, ""
        self.remove.param.update(label=t("Remove"), color="default")
        self.plain.own(key)
        self.plain.again()

    def _open(self, report: MailReport | None) -> None:
        self.form.open(report, self.accounts)

    def _save(self, report: MailReport) -> None:
        def work(store: Store) -> str:
            try:
                verb, words = "change" if report.id else "add", f"emails={','.join(report.emails)}"
                entry = Deed(verb, "mail report", report.name, words)
                self.chosen = self.plain.whole(store, lambda store: _kept(store, report), entry)
            except CdrStatsError as problem:
                return str(problem)
            return ""

        def done(problem: str) -> None:
            self.form.said.object = said(problem, False) if problem else ""
            self.form.dialog.open = bool(problem)

        self.plain.act(work, done)

    def _send(self) -> None:
        """To all recipients, with the entry in the audit log in the transaction that queues the letters."""
        report = self.reports[self.chosen]

        def work(store: Store) -> Tried:
            entry = Deed("send", "mail report", report.name)
            try:
                count = mailreport.send_now(
                    store, report, datetime.now(UTC), lambda session: self.plain.note(store, entry, session)
                )
            except CdrStatsError as problem:
                return Tried(str(problem), False)
            sending = ONE if count == 1 else SEVERAL
            return Tried(Sentence(sending, n=count) if store.settings.mail_host else QUEUED, True)

        def done(tried: Tried) -> None:
            if self.chosen == report.id:
                self.sent.object = said(*tried)

        self.plain.act(work, done)

    def _remove(self) -> None:
        """The first click asks, the second one does."""
        key = self.chosen
        entry = Deed("remove", "mail report", self.reports[key].name)
        if self.remove.label != t(SURE):
            self.remove.param.update(label=t(SURE), color="error")
            return
        self.remove.param.update(label=t("Remove"), color="default")
        self.plain.act(lambda store: mail_reports.remove(store, key), entry=entry)


def _kept(store: Store, report: MailReport) -> str:
    """Keep a report, new or changed; gives its id."""
    if not report.id:
        return mail_reports.add(store, report, datetime.now(UTC))
    mail_reports.change(store, report)
    return report.id


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return MailReports(context).page()
