"""A page to look things up: a list that is searched while one types, and what is known of the chosen one."""

from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import panel_material_ui as pmui

from app.pages.plain import Plain
from app.pages.shell import Context
from app.patches import Page
from app.ready import ready
from app.tongue import t
from app.viewer import Viewer
from app.views.cards import card, headline, sentence, titled
from app.views.parts import Rows
from app.views.users import STYLE
from app.words import number
from store.database import Store

T = TypeVar("T")
SHOWN = 300
SECONDS = 30.0
"""What is looked up changes rarely."""


class Entry(NamedTuple):
    """A line of the book: its key, what the list shows of it, what is told of it when it is chosen (HTML),
    and the words that it is found by.
    """

    key: str
    row: dict[str, Any]
    title: str
    story: str
    words: str


class Book(Generic[T]):
    """The page of one session. `ask` is a module's function, asked in a thread; `entries` makes lines of its
    answer, in the language of the page, and `found` may choose those that a search means.
    """

    def __init__(
        self,
        context: Context,
        name: str,
        title: str,
        columns: list[dict[str, Any]],
        ask: Callable[[Store, Viewer], T],
        entries: Callable[[T], Sequence[Entry]],
        hint: str,
        found: Callable[[str, Sequence[Entry]], Sequence[Entry]] | None = None,
        controls: Sequence[Any] = (),
    ) -> None:
        self._entries, self._found = entries, found or containing
        self._title, self._controls = title, controls
        self.lines: Sequence[Entry] = ()
        self.chosen = ""
        self.plain: Plain[T] = Plain(context, name, ask, self.show, SECONDS)
        self.search = pmui.TextInput(label=t("Search"), size="small", width=260, margin=(6, 0, 0, 8))
        self.search.param.watch(lambda _: ready(self.draw), "value_input")
        self.rows = Rows(
            self._choose, columns=columns, nothing=hint, fades=False, sizing_mode="stretch_width", margin=0
        )
        self.more, self.story, self.heading = sentence(STYLE), sentence(STYLE), headline("")
        self.detail = card(self.heading, "third stays", [], self.story)
        self.turned: Callable[[str], None] = lambda key: None
        self.told: Callable[[], None] = lambda: None

    def page(self, above: Sequence[Any] = (), below: Sequence[Any] = (), extra: tuple[Any, ...] = ()) -> Page:
        """The whole page; what is above the list and below the story, and `extra` outside of all cards."""
        top = card(self._title, "two", [self.search, *self._controls], *above, self.rows, self.more)
        self.detail.extend(below)
        return self.plain.page(top, self.detail, extra=extra)

    def show(self, seen: T) -> None:
        """Draw the answer of `ask`."""
        self.lines = self._entries(seen)
        self.draw()

    def draw(self) -> None:
        """Draw what the search leaves."""
        found = self._found((self.search.value_input or "").strip()[:100], self.lines)
        shown = found[:SHOWN]
        self.rows.rows = [one.row | {"key": one.key} for one in shown]
        left = len(found) - len(shown)
        more = t("{n} more; search for other letters.", n=number(left))
        self.more.object = f"<p class=small>{more}</p>" if left else ""
        self._tell(next((one for one in found if one.key == self.chosen), found[0] if found else None))

    def _choose(self, key: str) -> None:
        self.chosen = key
        self.turned(key)
        self._tell(next((one for one in self.lines if one.key == key), None))

    def _tell(self, entry: Entry | None) -> None:
        self.detail.visible = entry is not None
        self.rows.selected = [entry.key] if entry else []
        if entry:
            self.heading.object, self.story.object = titled(entry.title), entry.story
        self.told()


def containing(text: str, lines: Sequence[Entry]) -> Sequence[Entry]:
    """The entries that have every word of a text in theirs, whatever the case."""
    wanted = text.casefold().split()
    return [one for one in lines if all(word in one.words.casefold() for word in wanted)]
