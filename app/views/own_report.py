"""The mail report that a user asks for: how often and when a letter with the figures of just their own calls
comes.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import panel as pn
import panel_material_ui as pmui

from app.tongue import mark, t
from app.views.account import STYLE
from app.views.alarm_form import SMALL
from app.views.cards import button, card, said, sentence
from store.mail_reports import MailReport
from store.people import User

EVERY = {
    "": mark("never"),
    "day": mark("every day"),
    "week": mark("every week"),
    "month": mark("every month"),
}
WHAT = mark("A letter with the figures of the calls that you see, after each day, week or month.")
HOMELESS = mark("You have no e-mail address; give one first, at Your login.")
UNSENT = mark("Letters wait: no mail server is set here.")
COMES = mark("The letter goes to {email}, {every} at {hour}:00 ({zone}).")
NONE = mark("No letter is sent.")


class Wanted(NamedTuple):
    """What is asked for: "", "day", "week" or "month", and the hour, 0 to 23."""

    every: str = ""
    hour: int = 7


class OwnReport:
    """The card; `save` is given what is wanted."""

    def __init__(self, save: Callable[[Wanted], None], sends: bool) -> None:
        self._save, self._sends = save, sends
        self._held: Wanted | None = None
        self.every = pmui.Select(label=t("How often"), options={t(EVERY[one]): one for one in EVERY}, **SMALL)
        self.hour = pmui.Select(
            label=t("At"), options={f"{hour:02}:00": hour for hour in range(24)}, value=7, **SMALL
        )
        self.told, self.said = sentence(STYLE), sentence(STYLE)
        self.told.object = f"<p class=small>{t(WHAT)}</p>"
        self.button = button(t("Save the report"), lambda: self._save(self.value()), align="center")

    def card(self) -> pn.Column:
        """The card, over the whole width."""
        fields: list[Any] = [
            pn.Column(one, width=240, margin=(0, 12, 0, 0)) for one in (self.every, self.hour)
        ]
        form = pn.FlexBox(*fields, self.button, margin=0)
        return card(t("Your mail report"), "whole", [], self.told, form, self.said)

    def show(self, user: User, report: MailReport | None) -> None:
        """What is kept now; what was chosen meanwhile stays."""
        kept = Wanted(report.every, report.hour) if report and report.active else Wanted()
        if self._held is None or self.value() == self._held:
            self.every.value, self.hour.value = kept.every, kept.hour
            self._held = kept
        self.button.disabled = not user.email
        if not user.email:
            self.said.object = said(t(HOMELESS), False)
        elif kept.every and not self._sends:
            self.said.object = said(t(UNSENT), False)
        elif kept.every:
            every, hour = t(EVERY[kept.every]), f"{kept.hour:02}"
            self.said.object = said(t(COMES, email=user.email, every=every, hour=hour, zone=user.zone))
        else:
            self.said.object = said(t(NONE))

    def value(self) -> Wanted:
        """What is chosen."""
        return Wanted(self.every.value, self.hour.value)

    def kept(self) -> None:
        """What was chosen is kept."""
        self._held = None
