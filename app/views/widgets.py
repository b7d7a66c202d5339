"""Widgets tied to a field of the filter, both ways."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import panel_material_ui as pmui

from app.filter import CallFilter
from app.ready import ready

W = TypeVar("W")
BUTTONS = {"& .MuiToggleButton-root": {"textTransform": "none", "whiteSpace": "nowrap", "py": "3px"}}
"""A row of buttons of which one is chosen."""


def set_value(widget: Any, value: Any) -> None:
    """Give a widget a value; a list of choices is widened by what it does not offer, which it would drop."""
    if isinstance(widget, pmui.MultiChoice):
        offered = (
            widget.options if isinstance(widget.options, dict) else {name: name for name in widget.options}
        )
        missing = {name: name for name in value if name not in offered.values()}
        if missing:
            widget.options = {**offered, **missing}
    widget.value = value


class Speech(NamedTuple):
    """How a field stands in a widget, and what a widget's value means; ValueError leaves the field as it
    was.
    """

    say: Callable[[Any], Any]
    hear: Callable[[Any], Any]


SAME = Speech(lambda value: value, lambda value: value)
NUMBER = Speech(
    lambda value: "" if value is None else f"{value:g}", lambda text: float(text) if text.strip() else None
)


def tied(kind: type[W], calls: CallFilter, field: str, speech: Speech = SAME, **options: Any) -> W:
    """A widget of that kind whose value is the field of the filter; either changes the other.

    A widget that gives None for a field that has no None (an emptied list, an emptied text) gives its
    default.
    """
    options = {"margin": (4, 0), **options}
    if not issubclass(kind, pmui.MultiChoice):  # there `size` is a number of rows
        options["size"] = "small"
    widget: Any = kind(**options)
    set_value(widget, speech.say(getattr(calls, field)))

    def to_filter(new: Any) -> None:
        try:
            value = calls.param[field].default if new is None else speech.hear(new)
            if value != getattr(calls, field):
                setattr(calls, field, value)
        except ValueError:
            widget.value = speech.say(getattr(calls, field))

    def to_widget(event: Any) -> None:
        said = speech.say(event.new)
        if said != widget.value:
            set_value(widget, said)

    widget.param.watch(lambda event: ready(lambda: to_filter(event.new)), "value")
    calls.param.watch(to_widget, field)
    return widget  # type: ignore[no-any-return]
