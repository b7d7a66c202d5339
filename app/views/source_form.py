"""The form of a source: its name, kind, switch and zone, and what its kind asks for."""

from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

import panel as pn
import panel_material_ui as pmui

from app.tongue import mark, t
from app.views.cards import main_button, said
from app.views.sources import STYLE
from ingest.connector import Field
from ingest.sources import kinds

WIDE: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": (6, 0), "size": "small"}
KEPT = mark("kept; type to change it")


class SourceForm:
    """A dialog to add or change a source; `save` and `test` are given what stands in it."""

    def __init__(
        self, save: Callable[[dict[str, Any]], None], test: Callable[[dict[str, Any]], None]
    ) -> None:
        self._kinds = kinds()
        self._secret: frozenset[str] = frozenset()
        self.name = pmui.TextInput(label=t("Name"), max_length=60, **WIDE)
        self.switch = pmui.TextInput(label=t("Switch that its calls are counted by"), max_length=60, **WIDE)
        labels = {f"{kind}: {t(said)}": kind for kind, (said, _) in self._kinds.items()}
        self.kind = pmui.Select(label=t("Kind"), options=labels, value=next(iter(self._kinds)), **WIDE)
        zones = sorted(available_timezones())
        self.zone = pmui.AutocompleteInput(
            label=t("Zone of its times that name none"), options=zones, value="UTC", min_characters=1, **WIDE
        )
        self.fields: dict[str, Any] = {}
        self.asked = pn.Column(sizing_mode="stretch_width", margin=0)
        self.said = pn.pane.HTML("", stylesheets=[STYLE], margin=(8, 0), sizing_mode="stretch_width")
        self._save = main_button(t("Save"), lambda: save(self.value()))
        self._test = main_button(t("Test"), lambda: test(self.value()), variant="outlined")
        self.kind.param.watch(lambda event: self._ask({}), "value")
        self.dialog = pmui.Dialog(
            pn.Column(
                *(self.name, self.switch, self.kind, self.asked, self.zone, self.said),
                pn.Row(self._save, self._test, margin=0),
                sizing_mode="stretch_width",
                margin=0,
            ),
            title=t("Source"),
            title_variant="h4",
            show_close_button=True,
            close_on_click=False,
            width_option="sm",
        )
        self._ask({})

    def open(self, source: dict[str, Any] | None = None) -> None:
        """Show it: empty, or for the source whose document this is. A kept secret is never shown."""
        self.said.object = ""
        self._secret = frozenset(source["secrets"]) if source else frozenset()
        self.name.value, self.name.disabled = (source["_id"], True) if source else ("", False)
        self.kind.disabled = source is not None
        self.switch.value = source["switch"] if source else ""
        self.zone.value = source["zone"] if source else "UTC"
        if source:
            self.kind.value = source["kind"]
        self._ask(source["options"] if source else {})
        self.dialog.title = t("Change the source") if source else t("Add a source")
        self.dialog.open = True

    def value(self) -> dict[str, Any]:
        """What stands in the form, as `ingest.sources.configure` takes it."""
        name = (self.name.value_input or self.name.value or "").strip()
        switch = (self.switch.value_input or self.switch.value or "").strip()
        return {
            "name": name,
            "kind": self.kind.value,
            "switch": switch or name,
            "zone": self.zone.value or "UTC",
            "options": {field: _typed(widget) for field, widget in self.fields.items()},
        }

    def say(self, sentence: str, good: bool) -> None:
        """What came of a test, or why it was not saved."""
        self.said.object = said(sentence, good)

    def _ask(self, known: dict[str, Any]) -> None:
        """The widgets of the chosen kind."""
        _, fields = self._kinds[self.kind.value]
        self.fields = {field.name: self._widget(field, known) for field in fields}
        self.asked.objects = list(self.fields.values())

    def _widget(self, field: Field, known: dict[str, Any]) -> Any:
        words = t(field.words)
        label = words if field.default is not None else t("{words} (needed)", words=words)
        value = known.get(field.name, field.default)
        if field.kind == "choice":
            return pmui.Select(label=label, options=list(field.choices), value=value, **WIDE)
        if field.kind == "flag":
            return pmui.Checkbox(label=label, value=bool(value), margin=(6, 0))
        if field.kind == "secret":
            hint = t(KEPT) if field.name in self._secret else t("or env:VARIABLE")
            return pmui.PasswordInput(label=label, placeholder=hint, value="", **WIDE)
        return pmui.TextInput(label=label, value="" if value is None else str(value), **WIDE)


def _typed(widget: Any) -> Any:
    """The value of a widget, also of a text that was typed and not left yet."""
    typed = getattr(widget, "value_input", None)
    return typed if typed not in (None, "") else widget.value
