"""Calls in progress counted: tiles of all, and a small table of each of switch, account and country. They are
linked: a click narrows the other two and the calls, a second click takes it off.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from typing import NamedTuple

import panel as pn

from app import words
from app.theme import TILES
from app.tongue import mark, t
from app.views.parts import Rows
from store.live import Board, LiveCall

MOST = 12
"""Rows of accounts and of countries."""
STATES = {
    "ok": ("#3c9d76", mark("{switch} answers")),
    "failing": ("#c0392b", mark("{switch} does not answer")),
    "waiting": ("#c2a32b", mark("{switch} is not asked")),
    "paused": ("#8a96a3", mark("{switch} is paused")),
}
"""State of a source -> colour and a sentence."""
WORST = ("failing", "waiting", "paused", "ok")
"""Of several sources of a switch, the state that is shown."""


class Counted(NamedTuple):
    """So many calls of one account to one country on one switch."""

    switch: str
    account: str
    country: str
    ringing: int
    talking: int


TILED = '<div class="tiles" style="grid-template-columns: repeat(auto-fit, minmax(120px, 1fr))">'
DIMENSIONS: dict[str, Callable[[str], str]] = {
    "switch": str,
    "account": words.account,
    "country": words.country,
}
"""What can be clicked, and how it is said."""


class Chosen:
    """What is chosen of each dimension; nothing chosen is everything."""

    def __init__(self) -> None:
        self.of: dict[str, set[str]] = {name: set() for name in DIMENSIONS}

    def toggle(self, dimension: str, name: str) -> None:
        """Choose it, or take it off."""
        self.of[dimension] ^= {name}

    def fits(self, one: Counted, without: str = "") -> bool:
        """Whether it is chosen by every dimension but `without`."""
        return all(
            not names or dimension == without or getattr(one, dimension) in names
            for dimension, names in self.of.items()
        )

    def calls(self, boards: Iterable[Board]) -> Iterator[tuple[str, str, LiveCall]]:
        """The listed calls that are chosen: source, switch, call."""
        for board in boards:
            for call in board.calls:
                if self.fits(Counted(board.switch, call.account, call.country, 0, 0)):
                    yield board.source, board.switch, call


def current(boards: Iterable[Board]) -> list[Board]:
    """The boards that tell of now: a switch that does not answer has no calls that one knows of."""
    return [board for board in boards if board.state == "ok"]


def counted(boards: Iterable[Board]) -> list[Counted]:
    """The calls of these boards; those that a switch counts without listing them have no account and no
    country.
    """
    found = []
    for board in boards:
        rest = board.total - sum(tally.calls for tally in board.tallies)
        found += [Counted(board.switch, *tally) for tally in board.tallies]
        if rest > 0:
            found.append(Counted(board.switch, "", "ZZ", rest, 0))
    return found


class Tiles:
    """Calls now, ringing, talking, and how many switches answer."""

    def __init__(self) -> None:
        self.pane = pn.pane.HTML(
            "", stylesheets=[TILES], css_classes=["whole"], sizing_mode="stretch_width", margin=0
        )

    def show(self, chosen: Sequence[Counted], boards: Sequence[Board]) -> None:
        """Draw the sums of what is chosen."""
        ringing, talking = sum(c.ringing for c in chosen), sum(c.talking for c in chosen)
        known = any(board.state == "ok" for board in boards)
        say = words.number if known else lambda _: words.NO_VALUE
        switches = {board.switch for board in boards if board.state != "paused"}
        silent = {board.switch for board in boards if board.state in ("failing", "waiting")}
        answering = t("{n} of {all}", n=len(switches - silent), all=len(switches))
        self.pane.object = (
            TILED
            + "".join(
                f'<div class="tile" title="{escape(hint)}"><span>{escape(name)}</span>'
                f"<b>{escape(value)}</b></div>"
                for name, value, hint in (
                    (t("Calls now"), say(ringing + talking), t("Calls in progress, ringing included")),
                    (t("Ringing"), say(ringing), t("Not answered yet")),
                    (t("Talking"), say(talking), t("Answered, and not over")),
                    (t("Switches"), answering, t("Switches that answer")),
                )
            )
            + "</div>"
        )


class Counts:
    """The rows of one dimension."""

    def __init__(
        self, dimension: str, label: str, toggled: Callable[[str, str], None], most: int = MOST
    ) -> None:
        self.dimension, self.most = dimension, most
        columns = [
            {"key": "name", "label": label, "kind": "name"},
            {"key": "calls", "label": mark("Calls"), "kind": "value"},
            {"key": "talking", "label": mark("Talking"), "kind": "value"},
            {"key": "share", "label": "", "kind": "bar"},
        ]
        self.rows = Rows(
            lambda name: toggled(dimension, name), columns=columns, sizing_mode="stretch_width", margin=0
        )

    def show(self, all_of: Sequence[Counted], chosen: Chosen, boards: Sequence[Board] = ()) -> None:
        """Draw the most first; of switches all, also those without calls, by name."""
        calls, talking = Counter[str](), Counter[str]()
        for one in all_of:
            if chosen.fits(one, without=self.dimension):
                name = getattr(one, self.dimension)
                calls[name] += one.ringing + one.talking
                talking[name] += one.talking
        states = _states(boards)
        names = sorted(states) or sorted(calls, key=lambda name: (-calls[name], name))[: self.most]
        names += sorted(chosen.of[self.dimension] - set(names))
        most = max(calls.values(), default=0)
        self.rows.rows = [
            {
                "key": name,
                "name": self._name(name, states.get(name, "")),
                "calls": words.number(calls[name]) if states.get(name, "ok") == "ok" else words.NO_VALUE,
                "talking": words.number(talking[name]) if states.get(name, "ok") == "ok" else "",
                "share": 100 * calls[name] / most if most else 0,
            }
            for name in names
        ]
        self.rows.selected = sorted(chosen.of[self.dimension])

    def _name(self, name: str, state: str) -> dict[str, str]:
        said = DIMENSIONS[self.dimension](name)
        if not state:
            return {"text": said}
        color, what = STATES[state]
        return {"text": said, "color": color, "help": t(what, switch=said)}


def _states(boards: Iterable[Board]) -> dict[str, str]:
    """The state of each switch: the worst of its sources'."""
    found: dict[str, set[str]] = {}
    for board in boards:
        found.setdefault(board.switch, set()).add(board.state)
    return {name: next(state for state in WORST if state in states) for name, states in found.items()}
