"""Widgets tied to a field of the filter, both ways."""

from typing import Any, TypeVar

import panel_material_ui as pmui

from app.filter import CallFilter

W = TypeVar("W")


def tied(kind: type[W], calls: CallFilter, field: str, **options: Any) -> W:
    """A widget of that kind whose value is the field of the filter; either changes the other.

    A widget that gives None for a field that has no None (an emptied list, an emptied text) gives its default.
    """
    options = {"margin": (4, 0), **options}
    if not issubclass(kind, pmui.MultiChoice):  # there `size` is a number of rows
        options["size"] = "small"
    widget: Any = kind(value=getattr(calls, field), **options)

    def to_filter(event: Any) -> None:
        value = calls.param[field].default if event.new is None else event.new
        if value != getattr(calls, field):
            setattr(calls, field, value)

    def to_widget(event: Any) -> None:
        if event.new != widget.value:
            widget.value = event.new

    widget.param.watch(to_filter, "value")
    calls.param.watch(to_widget, field)
    return widget  # type: ignore[no-any-return]
