"""The form of a thing that is said in texts, such as a switch: a dialog with a line for each."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import panel as pn
import panel_material_ui as pmui

from app.tongue import t
from app.views.alarm_form import SMALL
from app.views.cards import button, said
from app.views.users import STYLE

T = TypeVar("T", bound=NamedTuple)


class Words(NamedTuple):
    """What the form says: the label of each field, its title for a new thing, and for a known one."""

    labels: Mapping[str, str]
    add: str
    change: str


class TextForm(Generic[T]):
    """A dialog to describe a thing; `save` is given it, and whether another is to be added then. `empty` is a
    new one.
    """

    def __init__(self, words: Words, empty: T, save: Callable[[T, bool], None]) -> None:
        self._words, self._empty, self._held, self._save = words, empty, empty, save
        self.fields: dict[str, Any] = {
            name: pmui.TextInput(label=t(label), **SMALL) for name, label in words.labels.items()
        }
        for field in self.fields.values():
            field.param.watch(lambda _: self._saved(False), "enter_pressed")
        self.said = pn.pane.HTML("", stylesheets=[STYLE], margin=(4, 0), sizing_mode="stretch_width")
        self.another = button(t("Save and add another"), lambda: self._saved(True))
        save_ = button(t("Save"), lambda: self._saved(False), variant="contained")
        buttons = pn.FlexBox(save_, self.another, margin=(10, 0, 0, 0), gap="10px")
        self.dialog = pmui.Dialog(
            pn.Column(*self.fields.values(), self.said, buttons, sizing_mode="stretch_width", margin=0),
            title=t(words.add),
            title_variant="h4",
            show_close_button=True,
            close_on_click=False,
            width_option="sm",
        )

    def open(self, held: T | None, words: str = "") -> None:
        """Show it: for what is known, or empty; `words` say what came of the one before."""
        self._held = held or self._empty
        for name, field in self.fields.items():
            text = getattr(self._held, name)
            field.param.update(value=text, value_input=text, disabled=name == "name" and held is not None)
        self.another.visible = held is None
        self.answer({}, words)
        self.dialog.title = t(self._words.change if held else self._words.add)
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
