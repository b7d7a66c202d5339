"""The form of an alarm: what it watches, when that is bad, whom it tells; with the backtest below it."""

from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import available_timezones

import panel as pn
import panel_material_ui as pmui

from alerts.alarms import REFERENCES
from alerts.form import problems
from alerts.judge import CONDITIONS
from alerts.measures import METRICS
from app import words
from app.filter import DIRECTION_NAMES
from app.tongue import mark, t
from app.views.alarms import STYLE
from app.views.backtest import Chart
from app.views.cards import main_button
from app.views.widgets import set_value
from store.alarms import Alarm

WIDE: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": (6, 0)}
SMALL: dict[str, Any] = WIDE | {"size": "small"}
LOWER: dict[str, Any] = SMALL | {"margin": (11, 0, 6, 0)}
"""A select as low as the texts beside it, which has room for its label."""
PERIODS = {
    mark("An hour"): "hour",
    mark("A day"): "day",
    mark("A week"): "week",
    mark("A month"): "month",
    mark("Rolling minutes"): "minutes",
}
TEXTS = {
    "name": mark("Name"),
    "owner": mark("Owner"),
    "warning": mark("Warning from"),
    "critical": mark("Critical from"),
    "minutes": mark("Rolling minutes"),
    "minimum": mark("Calls that it takes to judge"),
    "hysteresis": mark("Better by percent, until it is over"),
    "repeat": mark("Told again every so many minutes (0: never)"),
    "begin": mark("Quiet hours from (22:00)"),
    "end": mark("Quiet hours until (06:00)"),
    "emails": mark("E-mail addresses, with commas"),
    "webhook": mark("Webhook"),
    "prefix": mark("Called numbers that begin with"),
}
NUMBERS: dict[str, Callable[[str], Any]] = {
    "warning": float, "critical": float, "minutes": int, "minimum": int, "hysteresis": float, "repeat": int,
}  # fmt: skip
MAY_BE_EMPTY = ("warning", "critical")
STANDS_AT = {"quiet": "begin"}
"""Where the sentence about a field stands that is no widget of its own."""
KEPT = mark("kept; type to change it")


class AlarmForm:
    """A dialog to add or change an alarm; `save` is given the alarm, `tried` too whenever something of it
    changes that fits together.
    """

    def __init__(self, save: Callable[[Alarm], None], tried: Callable[[Alarm], None], zone: str) -> None:
        self._held, self._filling, self._tried, self.zone = Alarm(), False, tried, zone
        made: dict[str, Any] = {name: pmui.TextInput(label=t(said), **SMALL) for name, said in TEXTS.items()}
        made |= {
            "metric": _select(t("Metric"), {t(one.label): key for key, one in METRICS.items()}),
            "condition": _select(t("Condition"), {t(one.words): key for key, one in CONDITIONS.items()}),
            "reference": _select(t("Compared with"), {t(one.words): key for key, one in REFERENCES.items()}),
            "period": _select(t("Window"), {t(said): key for said, key in PERIODS.items()}),
            "zone": pmui.AutocompleteInput(
                label=t("Time zone"), options=sorted(available_timezones()), min_characters=1, **SMALL
            ),
            "switches": pmui.MultiChoice(label=t("Switches"), options=[], **WIDE),
            "accounts": pmui.MultiChoice(label=t("Accounts"), options=[], **WIDE),
            "countries": pmui.MultiChoice(
                label=t("Countries"), options={name: code for code, name in words.countries().items()}, **WIDE
            ),
            "directions": pmui.MultiChoice(
                label=t("Directions"), options={t(name): key for key, name in DIRECTION_NAMES.items()}, **WIDE
            ),
            "secret": pmui.PasswordInput(label=t("Secret that signs the webhook"), value="", **SMALL),
            "active": pmui.Checkbox(label=t("Active"), value=True, margin=(6, 0)),
        }
        self.fields = made
        self.chart = Chart()
        self.said = pn.pane.HTML("", stylesheets=[STYLE], margin=(4, 0), sizing_mode="stretch_width")
        for name, widget in made.items():
            widget.param.watch(self._moved, "value_input" if name in TEXTS else "value")
        button = main_button(t("Save"), lambda: self._save(save))
        self.dialog = pmui.Dialog(
            pn.Column(*self._rows(), self.said, button, sizing_mode="stretch_width", margin=0),
            title=t("Alarm"),
            title_variant="h4",
            show_close_button=True,
            close_on_click=False,
            width_option="md",
        )

    def _rows(self) -> list[Any]:
        f = self.fields
        rows = [
            ("name", "owner"),
            ("metric", "period", "minutes"),
            ("condition", "warning", "critical"),
            ("reference", "minimum", "hysteresis"),
        ]
        more = [
            ("switches", "accounts"),
            ("countries", "directions"),
            ("prefix", "zone"),
            ("emails", "repeat"),
            ("begin", "end"),
            ("webhook", "secret"),
        ]
        of = [beside([f[name] for name in row]) for row in rows]
        rest = [beside([f[name] for name in row]) for row in more]
        return [*of, self.chart.said, self.chart.pane, *rest, f["active"]]

    def open(self, alarm: Alarm | None, switches: Sequence[str], accounts: Sequence[str]) -> None:
        """Show it: for an alarm, which is new when it has no id, or empty. A kept secret is never shown."""
        held = alarm or Alarm(zone=self.zone, warning=40.0)
        self._held, self._filling = held, True
        self.fields["switches"].options = list(switches)
        self.fields["accounts"].options = {words.account(name): name for name in accounts}
        for name, value in _texts(held).items():
            self.fields[name].param.update(value=value, value_input=value)
        for name in ("metric", "condition", "reference", "period", "zone", "active"):
            self.fields[name].value = getattr(held, name)
        for name in ("switches", "accounts", "countries", "directions"):
            set_value(self.fields[name], list(getattr(held, name) or ()))
        self.fields["secret"].param.update(value="", placeholder=t(KEPT) if held.secret else "")
        self._filling = False
        self._mark({})
        self.said.object = ""
        self.dialog.title = t("Change the alarm") if held.id else t("Add an alarm")
        self.dialog.open = True
        self._moved()

    def value(self) -> tuple[Alarm, dict[str, str]]:
        """What stands in the form, and a sentence for each field that is wrong."""
        texts = {name: (self.fields[name].value_input or "").strip() for name in TEXTS}
        told: dict[str, Any] = {name: texts[name] for name in ("name", "owner", "webhook", "prefix")}
        wrong = {}
        for name, kind in NUMBERS.items():
            try:
                told[name] = None if name in MAY_BE_EMPTY and not texts[name] else kind(texts[name])
            except ValueError:
                wrong[name] = t("This is no whole number.") if kind is int else t("This is no number.")
        for name in ("metric", "condition", "reference", "period", "active"):
            told[name] = self.fields[name].value
        for name in ("switches", "countries", "directions"):
            told[name] = tuple(self.fields[name].value or ())
        secret = self.fields["secret"].value_input or self.fields["secret"].value
        alarm = self._held._replace(
            **told,
            zone=self.fields["zone"].value or "UTC",
            accounts=tuple(self.fields["accounts"].value or ()) or None,
            emails=tuple(part.strip() for part in texts["emails"].split(",") if part.strip()),
            quiet=(texts["begin"], texts["end"]),
            secret=secret or self._held.secret,
        )
        return alarm, problems(alarm) | wrong

    def say(self, sentence: str) -> None:
        """Why it was not saved, in HTML."""
        self.said.object = sentence

    def _save(self, save: Callable[[Alarm], None]) -> None:
        alarm, wrong = self.value()
        self._mark(wrong)
        if not wrong:
            save(alarm)

    def _mark(self, wrong: dict[str, str]) -> None:
        """Sentences stand below their fields."""
        at = {STANDS_AT.get(name, name): said for name, said in wrong.items()}
        for name, widget in self.fields.items():
            if "helper_text" in widget.param:
                widget.param.update(error_state=name in at, helper_text=t(at.get(name, "")))

    def _moved(self, *_: Any) -> None:
        if self._filling or not self.dialog.open:
            return
        alarm, wrong = self.value()
        wrong.pop("name", None)  # it comes last, often
        self._mark(wrong)
        if not wrong:
            self._tried(alarm)


def _texts(alarm: Alarm) -> dict[str, str]:
    """What stands in the fields of text."""
    plain = {name: getattr(alarm, name) for name in TEXTS if name in Alarm._fields}
    texts = {name: "" if value is None else _text(value) for name, value in plain.items()}
    return texts | {"begin": alarm.quiet[0], "end": alarm.quiet[1], "emails": ", ".join(alarm.emails)}


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _select(label: str, options: dict[str, str]) -> Any:
    return pmui.Select(label=label, options=options, **SMALL)


def beside(widgets: list[Any]) -> pn.Column:
    """Widgets side by side; one below the other on a phone."""
    for widget in widgets:
        widget.min_width = 0
    return pn.Column(
        *widgets,
        css_classes=["fields", f"of{len(widgets)}"],
        stylesheets=[FIELDS],
        sizing_mode="stretch_width",
        margin=0,
    )


FIELDS = """
:host(.fields) { display: grid !important; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 12px; min-width: 0; height: auto !important; }
:host(.of3) { grid-template-columns: repeat(3, minmax(0, 1fr)); }
:host(.fields) > * { max-width: none !important; }
@media (max-width: 600px) { :host(.fields) { grid-template-columns: minmax(0, 1fr); } }
"""  # noqa: E501
