"""Cards, their titles and small buttons: what all pages are made of."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app.ready import ready
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


def button(label: str, act: Callable[[], object], **options: Any) -> Any:
    """A small button; every button of a page is made here, so that none is deaf to an early click."""
    manner = {"variant": "outlined", "size": "small", "margin": (0, 8, 4, 0), **options}
    return pmui.Button(label=label, on_click=lambda _: ready(act), **manner)


def main_button(label: str, act: Callable[[], object], **options: Any) -> Any:
    """The button that does what its form is for."""
    return button(label, act, **{"variant": "contained", "size": "medium", "margin": (8, 8, 0, 0), **options})


def add_button(label: str, act: Callable[[], object]) -> Any:
    """The button beside a title that opens the form of a new thing."""
    return button(label, act, variant="contained", icon="add", margin=(5, 10))


def sentence(style: str = CARD) -> pn.pane.HTML:
    """An empty place for sentences, patched later."""
    return pn.pane.HTML("", stylesheets=[style], sizing_mode="stretch_width", margin=0)


def said(words: str, good: bool = True) -> str:
    """What came of something, in HTML; not an Alert, whose browser sends back what it showed before."""
    return f'<p class="{"well" if good else "problem"}">{escape(t(words))}</p>'
