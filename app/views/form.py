"""The filter as a form: period, what calls have in common, numbers, length of talk."""

from collections.abc import Sequence
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import words
from app.address import LONGEST_VALUE
from app.filter import DIRECTION_NAMES, DURATION_OPS, NUMBER_OPS, CallFilter
from app.periods import CUSTOM, PERIODS
from app.tongue import t
from app.views.cards import button
from app.views.widgets import NUMBER, tied
from store import causes

WIDE: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": (6, 0)}
MOST_OPTIONS = 2_000


def _turned(labels: dict[str, str]) -> dict[str, str]:
    """Label -> value, as the widgets take it."""
    return {t(label): value for value, label in labels.items()}


class Form:
    """The form of one session. `choices` fills in what there is to choose from once it is known."""

    def __init__(self, calls: CallFilter) -> None:
        self.filter = calls
        self.switches = self._many("switches", t("Switch"), {})
        self.accounts = self._many("accounts", t("Account"), {})
        self.countries = self._many(
            "countries", t("Country"), {name: code for code, name in words.countries().items()}
        )
        self.causes = self._many(
            "causes", t("Hangup cause"), {t(c.label): n for n, c in causes.table().items()}
        )
        self.directions = self._many("directions", t("Direction"), _turned(DIRECTION_NAMES))
        self.view = self._layout()

    def _many(self, field: str, label: str, options: dict[str, str]) -> Any:
        """Several values of a field."""
        return tied(pmui.MultiChoice, self.filter, field, label=label, options=options, **WIDE)

    def _layout(self) -> pn.Column:
        f = self.filter
        periods = {t(p.label): name for name, p in PERIODS.items()} | {t("Dates of my own"): CUSTOM}
        dates = pn.Column(sizing_mode="stretch_width", margin=0)

        def offer(*_: object) -> None:
            if f.period == CUSTOM and not len(dates):
                dates.extend(self._dates())
            dates.visible = f.period == CUSTOM

        f.param.watch(offer, "period")
        offer()
        reset = button(t("Take everything off"), f.reset, **WIDE)
        return pn.Column(
            tied(pmui.Select, f, "period", label=t("Period"), options=periods, **WIDE),
            dates,
            *(self.switches, self.accounts, self.countries, self.causes, self.directions),
            *self._number("caller", t("Caller")),
            *self._number("destination", t("Destination")),
            self._talk(),
            reset,
            sizing_mode="stretch_width",
            margin=(12, 16),
        )

    def _dates(self) -> list[Any]:
        """The first and the last day of a period of one's own; made when they are first needed."""
        labels = {"first": t("From"), "last": t("To, included")}
        return [
            tied(pmui.DatePicker, self.filter, field, label=label, clearable=True, **WIDE)
            for field, label in labels.items()
        ]

    def _number(self, field: str, label: str) -> list[Any]:
        """How a number compares, and with what."""
        op = tied(
            pmui.Select,
            self.filter,
            f"{field}_op",
            label=label,
            options=_turned({op: NUMBER_OPS[op] for op in self.filter.param[f"{field}_op"].objects}),
            width=138,
            margin=(6, 6, 6, 0),
        )
        text = tied(pmui.TextInput, self.filter, field, label=t("number"), max_length=LONGEST_VALUE, **WIDE)
        return [pn.Row(op, text, sizing_mode="stretch_width", margin=0)]

    def _talk(self) -> Any:
        op = tied(
            pmui.Select,
            self.filter,
            "seconds_op",
            label=t("Talk"),
            options=_turned(DURATION_OPS),
            width=138,
            margin=(6, 6, 6, 0),
        )
        length = tied(
            pmui.TextInput, self.filter, "seconds", NUMBER, label=t("seconds"), max_length=9, **WIDE
        )
        return pn.Row(op, length, sizing_mode="stretch_width", margin=0)

    def choices(self, switches: Sequence[str], accounts: Sequence[str], private: Sequence[str]) -> None:
        """Set what switches, accounts and causes of a switch's own there are; one that is chosen stays to
        choose, also if it has no calls.
        """
        for widget, names, say in (
            (self.switches, switches, str),
            (self.accounts, accounts, words.account),
            (self.causes, [*causes.table(), *private], lambda name: t(causes.label(name))),
        ):
            offered = sorted({*names[:MOST_OPTIONS], *widget.value})
            widget.options = {say(name): name for name in offered}
