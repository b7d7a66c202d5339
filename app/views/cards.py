"""Cards, their titles and small buttons: what all pages are made of."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app.theme import CARD
from app.tongue import t


def headline(title: str, help: str = "") -> pn.pane.HTML:
    """The title of a card, which may be patched by `titled`."""
    return pn.pane.HTML(titled(title, help=help), stylesheets=[CARD], css_classes=["headline"], margin=0)


def titled(title: str, detail: str = "", help: str = "") -> str:
    """A title in HTML, with what is said beside it and on hover."""
    hint = f' title="{escape(help)}"' if help else ""
    return f"<h2{hint}>{escape(title)}</h2>" + (f" <small>{escape(detail)}</small>" if detail else "")


def card(
    title: str | pn.pane.HTML, width: str, controls: Sequence[Any], *parts: Any, style: str = ""
) -> pn.Column:
    """A card of the grid; `width` is one or several classes such as whole or half, `style` a sheet more."""
    head = pn.Row(
        headline(title) if isinstance(title, str) else title,
        *controls,
        css_classes=["head"],
        stylesheets=[CARD],
        margin=0,
        sizing_mode="stretch_width",
    )
    return pn.Column(
        head,
        *parts,
        css_classes=["card", *width.split()],
        stylesheets=[CARD, style] if style else [CARD],
        sizing_mode="stretch_width",
        margin=0,
    )


def button(label: str, act: Callable[[], None], **options: Any) -> Any:
    """A small button."""
    return pmui.Button(
        label=label,
        variant="outlined",
        size="small",
        margin=(0, 8, 4, 0),
        on_click=lambda _: act(),
        **options,
    )


def sentence(style: str = CARD) -> pn.pane.HTML:
    """An empty place for sentences, patched later."""
    return pn.pane.HTML("", stylesheets=[style], sizing_mode="stretch_width", margin=0)


def said(words: str, good: bool = True) -> str:
    """What came of something, in HTML; not an Alert, whose browser sends back what it showed before."""
    return f'<p class="{"well" if good else "problem"}">{escape(t(words))}</p>'
