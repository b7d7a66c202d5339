"""The API keys of a user: the list, a form that makes one, and the key itself, which is shown once."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import panel as pn
import panel_material_ui as pmui

from app import words
from app.ready import ready
from app.tongue import mark, t
from app.views.account import STYLE
from app.views.alarm_form import SMALL
from app.views.cards import button, card, said, sentence
from app.views.parts import Rows
from store.api_keys import RIGHTS, Key

COLUMNS = [
    {"key": "name", "label": mark("Key"), "kind": "name"},
    {"key": "right", "label": mark("May"), "kind": "text"},
    {"key": "begins", "label": mark("Begins with"), "kind": "text", "spare": True},
    {"key": "used", "label": mark("Used"), "kind": "value", "help": mark("It is noted every ten minutes.")},
    {"key": "expires", "label": mark("Ends"), "kind": "value"},
]
NOTHING = mark("No key. A program shows one to the REST API instead of your password.")
MAY = {"read": mark("read"), "write": mark("read and write")}
LASTS = {30: mark("30 days"), 90: mark("90 days"), 365: mark("a year"), 1_095: mark("three years")}
TRY = mark('What a program can ask for, and a page to try it: <a href="api/v1/docs">the REST API</a>.')
ONCE = mark("This key is shown only now; who has it may do what you may:")
END, REALLY = mark("End {name}"), mark("Really end {name}?")
WORKS, ENDED = "#3c9d76", "#8a96a3"


class Wish(NamedTuple):
    """A key that is to be made: its name, its right (of store.api_keys.RIGHTS), and its days."""

    name: str
    right: str
    days: int


class Keys:
    """The card of the keys; `make` is given what is wished, `remove` the key that is to go."""

    def __init__(self, make: Callable[[Wish], None], remove: Callable[[Key], None]) -> None:
        self._make, self._remove = make, remove
        self._held: Sequence[Key] = ()
        self._chosen, self._asking = "", ""
        self.rows = Rows(
            self._choose, columns=COLUMNS, nothing=NOTHING, fades=False, sizing_mode="stretch_width", margin=0
        )
        self.name = pmui.TextInput(label=t("Name, such as that of the program"), **SMALL)
        self.right = pmui.Select(
            label=t("It may"), options={t(MAY[right]): right for right in RIGHTS}, value="read", **SMALL
        )
        self.days = pmui.Select(
            label=t("It lasts"), options={t(text): days for days, text in LASTS.items()}, value=365, **SMALL
        )
        self.name.param.watch(lambda _: ready(self._wished), "enter_pressed")
        self.said, self.shown = sentence(STYLE), sentence(STYLE)
        self.drop = button("", self._dropped, visible=False)

    def card(self) -> pn.Column:
        """The card, over the whole width."""
        form = pn.FlexBox(
            *[
                pn.Column(field, width=240, margin=(0, 12, 0, 0))
                for field in (self.name, self.right, self.days)
            ],
            button(t("Make a key"), self._wished, align="center"),
            margin=0,
        )
        return card(
            t("API keys"), "whole", [self.drop], sentence_of(t(TRY)), self.rows, form, self.said, self.shown
        )

    def show(self, held: Sequence[Key], zone: str) -> None:
        """Draw the keys that there are."""
        self._held, now = held, datetime.now(UTC)
        self.rows.rows = [row(key, zone, now) for key in held]
        self._mark()

    def made(self, token: str) -> None:
        """Show a new key, this once."""
        self.name.param.update(value="", value_input="", error_state=False, helper_text="")
        self.said.object = ""
        self.shown.object = f"<p>{t(ONCE)}<br><code>{escape(token)}</code></p>"

    def refused(self, problem: str) -> None:
        """Say why no key was made."""
        self.name.param.update(error_state=True, helper_text=t(problem))

    def removed(self, key: Key) -> None:
        """Say that a key is gone."""
        self.shown.object, self._chosen = "", ""
        self.said.object = said(t("The key {name} has ended.", name=key.name))

    def _wished(self) -> None:
        self.shown.object = self.said.object = ""
        self._make(Wish(self.name.value_input or "", self.right.value, self.days.value))

    def _choose(self, id: str) -> None:
        self._chosen, self._asking = ("" if id == self._chosen else id), ""
        self._mark()

    def _mark(self) -> None:
        key = next((one for one in self._held if one.id == self._chosen), None)
        self.rows.selected = [key.id] if key else []
        label = "" if key is None else t(REALLY if self._asking else END, name=key.name)
        self.drop.param.update(
            visible=key is not None, label=label, color="error" if self._asking else "primary"
        )

    def _dropped(self) -> None:
        """The first click asks, the second one does."""
        key = next((one for one in self._held if one.id == self._chosen), None)
        if key and self._asking == key.id:
            self._asking = ""
            self._remove(key)
        elif key:
            self._asking = key.id
        self._mark()


def sentence_of(words: str) -> pn.pane.HTML:
    """A sentence in HTML that stays."""
    found = sentence(STYLE)
    found.object = f"<p class=small>{words}</p>"
    return found


def row(key: Key, zone: str, now: datetime) -> dict[str, Any]:
    """What the list shows of a key."""
    ended = key.expires <= now
    return {
        "key": key.id,
        "name": {"text": key.name, "color": ENDED if ended else WORKS},
        "right": t(MAY[key.right]),
        "begins": f"{key.begins}…",
        "used": words.short(key.used, ZoneInfo(zone)) if key.used else t("never"),
        "expires": t("ended") if ended else words.short(key.expires, ZoneInfo(zone)),
    }
