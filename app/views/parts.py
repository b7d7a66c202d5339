"""Small parts of the screen that neither Bokeh nor the widgets have: rows with bars, chips, and the address
bar.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import panel_material_ui  # noqa: F401 - first of all, or the first session has mixed designs
import param
from panel.custom import JSComponent

from app.ready import ready
from app.tongue import t
from assets.files import path

SAID = ("label", "help")
STYLE = path("parts.css").read_text(encoding="utf-8")


def _script(name: str) -> str:
    return path(name).read_text(encoding="utf-8")


class Rows(JSComponent):
    """A table of few rows, each of which can be clicked; `columns` are dicts with key, label, kind and
    help.

    A column's kind is `name` (its values are dicts with text and maybe color and help), `bar` (percent),
    `text` or `value` (a text, the latter to the right), or `line` (numbers, drawn small); one that is `spare`
    is left out on a phone. A row is a dict of the columns' values and `key`; with `fixed` it cannot be
    chosen. What is not selected pales if it `fades`. Text is never read as markup.
    """

    columns = param.List(default=[])
    rows = param.List(default=[])
    selected = param.List(default=[])
    headed = param.Boolean(default=True)
    nothing = param.String(default="", doc="what stands there when there is no row")
    fades = param.Boolean(default=True)

    _esm = _script("rows.js")
    _stylesheets: ClassVar[list[str]] = [STYLE]

    def __init__(self, chosen: Callable[[str], None] | None = None, **params: Any) -> None:
        params["columns"] = [
            {k: t(v) if k in SAID else v for k, v in one.items()} for one in params["columns"]
        ]
        params["nothing"] = t(params.get("nothing", ""))
        super().__init__(**params)  # type: ignore[no-untyped-call]
        self._chosen = chosen

    def _handle_msg(self, data: Any) -> None:
        keys = {row["key"] for row in self.rows if not row.get("fixed")}
        chosen = self._chosen
        if chosen and isinstance(data, dict) and data.get("key") in keys:
            ready(lambda: chosen(data["key"]))


class Pager(JSComponent):
    """The buttons that turn pages, where the table stands, and the link to all of it as a file.

    `turns` are called for first, previous, next and last; `ways` are those of them that lead somewhere now.
    """

    where = param.String(default="")
    file = param.String(default="")
    hint = param.String(default="")
    ways = param.List(default=[])
    words = param.Dict(default={}, doc="what its buttons and its link say, by their names")

    _esm = _script("pager.js")
    _stylesheets: ClassVar[list[str]] = [STYLE]

    def __init__(self, turns: Mapping[str, Callable[[], None]], **params: Any) -> None:
        said = {
            "first": t("First page"),
            "previous": t("Previous page"),
            "next": t("Next page"),
            "last": t("Last page"),
            "file": t("Export all as CSV"),
        }
        super().__init__(words=said, **params)  # type: ignore[no-untyped-call]
        self._turns = turns

    def _handle_msg(self, data: Any) -> None:
        if isinstance(data, dict) and data.get("turn") in self.ways:
            ready(self._turns[data["turn"]])


class Chips(JSComponent):
    """What narrows, as chips with a cross; `items` are (field, value, words), `period` stands before them."""

    items = param.List(default=[])
    period = param.String(default="")
    words = param.Dict(default={}, doc="what its buttons say; {words} is what a chip says")

    _esm = _script("chips.js")
    _stylesheets: ClassVar[list[str]] = [STYLE]

    def __init__(
        self, dropped: Callable[[str, str], None], cleared: Callable[[], None], **params: Any
    ) -> None:
        said = {
            "off": t("Take off: {words}"),
            "all": t("Take all off"),
            "hint": t("Take everything off that narrows"),
        }
        super().__init__(words=said, **params)  # type: ignore[no-untyped-call]
        self._dropped, self._cleared = dropped, cleared

    def _handle_msg(self, data: Any) -> None:
        if not isinstance(data, dict):
            return
        if data.get("all"):
            ready(self._cleared)
        elif any(list(item[:2]) == [data.get("field"), data.get("value")] for item in self.items):
            ready(lambda: self._dropped(data["field"], data["value"]))


class Address(JSComponent):
    """The query of the page's address: setting `query` makes an entry in the history, `moved` hears back
    and forward.

    `goal` leads to another page; `theme` (dark or light) is remembered by the browser in a cookie; `lost` is
    kept for when the server is gone.
    """

    query = param.String(default="")
    goal = param.String(default="")
    theme = param.String(default="")
    lost = param.String(default="", doc="what is said where the server is gone")

    _esm = _script("address.js")

    def __init__(self, moved: Callable[[str], None], **params: Any) -> None:
        lost = t("The server does not answer. This page comes back by itself.")
        super().__init__(width=0, height=0, margin=0, lost=lost, **params)  # type: ignore[no-untyped-call]
        self._moved = moved

    def _handle_msg(self, data: Any) -> None:
        if isinstance(data, dict) and isinstance(data.get("query"), str):
            ready(lambda: self._moved(data["query"]))


class Bell(JSComponent):
    """What burns now, in the head; the browser asks for it itself, so no session has to."""

    words = param.Dict(default={}, doc="its name with {n} alarms and with none, and its empty list")

    _esm = _script("bell.js")
    _stylesheets: ClassVar[list[str]] = [path("bell.css").read_text(encoding="utf-8")]

    def __init__(self, **params: Any) -> None:
        said = {
            "some": t("Alarms that burn now: {n}"),
            "none": t("No alarm burns"),
            "empty": t("No alarm burns."),
        }
        super().__init__(width=40, height=36, margin=0, css_classes=["bell"], words=said, **params)  # type: ignore[no-untyped-call]
