"""What every view is: it says what it wants to know, draws the answer into its figure, and stands on a
card.
"""

from collections.abc import Callable
from datetime import datetime
from html import escape
from typing import Any, ClassVar, NamedTuple

import panel as pn
import panel_material_ui  # noqa: F401 - first of all, or the first session has mixed designs

from app.filter import CallFilter
from app.theme import CARD
from app.tongue import t
from app.views import cards
from store.scope import Scope


class Ask(NamedTuple):
    """One question: a query of the store, its scope (not yet narrowed to a person), and what else it takes.

    `query` is called with (store, scope, *more). Equal questions have equal answers until new calls come in.
    """

    query: Callable[..., Any]
    scope: Scope
    more: tuple[Any, ...] = ()


class View:
    """A view of the calls that the filter leaves; it knows no other view.

    `asks` says what it wants to know; `show` patches its figure with the answers, in their order; `mark`
    shows what is chosen of its own dimension, which it does not ask for. None of them touches the database.
    """

    title: str = ""
    help: str = ""
    live: ClassVar[bool] = True
    """`title` and `help` are shown by t(...)."""

    def __init__(self, calls: CallFilter) -> None:
        self.filter = calls
        self.note = pn.pane.HTML("<p>…</p>", css_classes=["note"], stylesheets=[CARD], margin=0)
        self.heading = cards.headline(t(self.title), help=t(self.help))
        self.figure = self.draw()

    def asks(self, now: datetime) -> tuple[Ask, ...]:
        """The questions at `now` (aware UTC), each with its scope."""
        raise NotImplementedError

    def show(self, *answers: Any) -> None:
        """Draw the answers, by patching what is there."""
        raise NotImplementedError

    def look(self) -> tuple[Any, ...]:
        """What else the drawing depends on, beside the answers: when it changes, the same answers are drawn
        again.
        """
        return ()

    def draw(self) -> Any:
        """The empty figure, made once."""
        raise NotImplementedError

    def mark(self) -> None:
        """Show what is chosen; called at every change of the filter."""

    def controls(self) -> list[Any]:
        """Widgets of the card's head."""
        return []

    def say(self, words: str) -> None:
        """A quiet sentence over the figure, in the reader's language; an empty one takes it off."""
        self._cover(t(words), [])

    def wait(self) -> None:
        """The answer is on its way: what was drawn shows through."""
        self._cover(t("Counting …"), ["waiting"])

    def _cover(self, words: str, classes: list[str]) -> None:
        self.note.css_classes = ["note", *classes]
        self.note.object = f"<p>{escape(words)}</p>" if words else ""
        self.note.visible = bool(words)

    def retitle(self, detail: str = "") -> None:
        """Put a detail, in the reader's language, behind the title."""
        self.heading.object = self._headline(detail)

    def _headline(self, detail: str = "") -> str:
        return cards.titled(t(self.title), detail, t(self.help))

    def card(self, width: str = "half") -> pn.Column:
        """The view with its title, controls and note; `width` is a class of the page's grid: half, third,
        two, whole.
        """
        return cards.card(self.heading, width, self.controls(), self.note, self.figure)
