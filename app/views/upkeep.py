"""What stands around things that are edited: what was done and the way back, and a button that removes."""

from collections.abc import Callable
from typing import Any

import panel as pn

from app.tongue import t
from app.views.cards import button, said, sentence
from app.views.users import STYLE
from store.database import Store

Back = Callable[[Store], str]
"""Makes it as it was before, and says so."""
Act = Callable[[Callable[[Store], Any], Callable[[Any], None]], None]


class Upkeep:
    """`act` does work in a thread, `chosen` names what is chosen ('' for nothing), and `remove` takes it away
    once the button was pressed a second time.
    """

    def __init__(self, act: Act, chosen: Callable[[], str], remove: Callable[[], None]) -> None:
        self._act, self._chosen, self._remove = act, chosen, remove
        self._back: Back | None = None
        self._asking = ""
        self.said = sentence(STYLE)
        self.undo = button(t("Undo"), self._undo, visible=False)
        self.drop = button(t("Remove"), self._dropped)
        self.told = pn.FlexBox(self.said, self.undo, margin=0)

    def turned(self, key: str) -> None:
        """Another one is chosen: nothing said of the one before holds for it."""
        self._ask("")
        self.say("")

    def say(self, words: str, back: Back | None = None, good: bool = True) -> None:
        """What was done, and the way back; an empty sentence takes both off."""
        self.said.object = said(words, good) if words else ""
        self._back, self.undo.visible = back, back is not None

    def _ask(self, name: str) -> None:
        self._asking = name
        label = t("Really remove {name}?", name=name) if name else t("Remove")
        self.drop.param.update(label=label, color="error" if name else "primary")

    def _dropped(self) -> None:
        """The first click asks, the second one does."""
        name = self._chosen()
        sure = bool(name) and self._asking == name
        self._ask("" if sure else name)
        if sure:
            self._remove()

    def _undo(self) -> None:
        if back := self._back:
            self._act(back, self.say)
