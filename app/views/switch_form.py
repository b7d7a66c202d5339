"""The form of a switch: its name, address, key and a note."""

from collections.abc import Callable, Mapping
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app.tongue import mark, t
from app.views.alarm_form import SMALL
from app.views.cards import button, said
from app.views.users import STYLE
from store.switches import Switch

TEXTS = {
    "name": mark("Name, as its records have it"),
    "address": mark("IP address or host name"),
    "key": mark("Key by which other programs know it"),
    "note": mark("Note"),
}


class SwitchForm:
    """A dialog to describe a switch; `save` is given it, and whether another is to be added then."""

    def __init__(self, save: Callable[[Switch, bool], None]) -> None:
        self._held, self._save = Switch(""), save
        self.fields: dict[str, Any] = {
            name: pmui.TextInput(label=t(label), **SMALL) for name, label in TEXTS.items()
        }
        for field in self.fields.values():
            field.param.watch(lambda _: self._saved(False), "enter_pressed")
        self.said = pn.pane.HTML("", stylesheets=[STYLE], margin=(4, 0), sizing_mode="stretch_width")
        self.another = button(t("Save and add another"), lambda: self._saved(True))
        save_ = pmui.Button(
            label=t("Save"), size="small", margin=(0, 8, 4, 0), on_click=lambda _: self._saved(False)
        )
        buttons = pn.FlexBox(save_, self.another, margin=(10, 0, 0, 0), gap="10px")
        self.dialog = pmui.Dialog(
            pn.Column(*self.fields.values(), self.said, buttons, sizing_mode="stretch_width", margin=0),
            title=t("Switch"),
            title_variant="h4",
            show_close_button=True,
            close_on_click=False,
            width_option="sm",
        )

    def open(self, switch: Switch | None, words: str = "") -> None:
        """Show it: for a switch, or empty; `words` say what came of the one before."""
        self._held = switch or Switch("")
        for name, field in self.fields.items():
            text = getattr(self._held, name)
            field.param.update(value=text, value_input=text, disabled=name == "name" and switch is not None)
        self.another.visible = switch is None
        self.answer({}, words)
        self.dialog.title = t("Describe the switch") if switch else t("Add a switch")
        self.dialog.open = True

    def answer(self, wrong: Mapping[str, str], words: str = "") -> None:
        """Sentences below their fields, that of '' below all; `words` when it is kept."""
        for name, field in self.fields.items():
            field.param.update(error_state=name in wrong, helper_text=t(wrong.get(name, "")))
        self.said.object = said(wrong[""], False) if "" in wrong else said(words) if words else ""

    def _saved(self, more: bool) -> None:
        typed: dict[str, Any] = {name: field.value_input or "" for name, field in self.fields.items()}
        self._save(self._held._replace(**typed), more)

    def close(self) -> None:
        """Hide it."""
        self.dialog.open = False
