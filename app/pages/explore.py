"""Explore: one filter and the views that it leaves, each of which narrows it for all the others."""

from html import escape

import panel as pn
import panel_material_ui as pmui

from app import words
from app.board import Status
from app.pages.shell import Context, Shell, grid
from app.patches import Page
from app.theme import PAGE
from app.tongue import mark, t
from app.views.causes import Causes
from app.views.concurrent import Concurrent
from app.views.countries import Countries
from app.views.detail import STYLE, detail
from app.views.form import Form
from app.views.hours import Hours
from app.views.parts import Chips
from app.views.search import Search
from app.views.totals import Totals
from app.views.worldmap import WorldMap
from store import calls, list_hits
from store.database import Store
from store.list_hits import Hit
from store.record import CDR
from store.record import call_id as id_of

EMPTY = mark("No call fits. Take something off above, or choose a longer period.")
GONE = mark("This call is no longer there.")


class Explore:
    """The page of one session."""

    def __init__(self, context: Context) -> None:
        self.shell = shell = Shell(context, "explore", "7d")
        self.filter, self.board = shell.filter, shell.board
        self.form = Form(self.filter)
        self.chips = Chips(self.filter.drop, self.filter.reset, sizing_mode="stretch_width", margin=0)
        self.empty = pn.pane.HTML(
            f"<p>{t(EMPTY)}</p>", visible=False, css_classes=["whole", "empty"], stylesheets=[PAGE], margin=0
        )
        self.hint = pn.pane.HTML(
            "", visible=False, css_classes=["whole", "hint"], stylesheets=[PAGE], margin=0
        )
        self.totals = Totals(self.filter, self._counted)
        self.map, self.countries = WorldMap(self.filter), Countries(self.filter)
        self.hours, self.causes = Hours(self.filter), Causes(self.filter)
        self.concurrent, self.search = Concurrent(self.filter), Search(self.filter, self._open)
        self.search.turned = self.board.kick
        self.views = (
            self.totals,
            self.map,
            self.countries,
            self.hours,
            self.causes,
            self.concurrent,
            self.search,
        )
        self.board.add(*self.views)
        shell.told, shell.chosen = self._told, self.form.choices
        self.call = pn.pane.HTML("", stylesheets=[STYLE], sizing_mode="stretch_width")
        self.dialog = pmui.Dialog(
            self.call,
            title=t("Call"),
            title_variant="h4",
            show_close_button=True,
            close_on_click=True,
            width_option="md",
        )

    def page(self) -> Page:
        """The whole page."""
        chips = pn.Column(self.chips, css_classes=["whole"], sizing_mode="stretch_width", margin=0)
        cards = (
            chips,
            self.hint,
            self.empty,
            self.totals.card("whole"),
            self.map.card("seven"),
            self.countries.card("five"),
            self.hours.card("seven"),
            self.causes.card("five"),
            self.concurrent.card("whole"),
            self.search.card("whole"),
        )
        return self.shell.page(grid(*cards), [self.form.view], (self.dialog,))

    def _told(self, status: Status) -> None:
        self.chips.items = [list(chip) for chip in words.chips(self.filter)]
        since, until = self.filter.period_range(status.now)
        self.chips.period = f"{words.span(since, until, self.filter.zone)}, {self.filter.zone.key}"
        self.hint.object = f"<p>{escape(self.shell.anchored)}</p>"
        self.hint.visible = bool(self.shell.anchored)

    def _counted(self, count: int) -> None:
        self.empty.visible = count == 0

    def _open(self, call_id: str) -> None:
        self.board.start(self._detail(call_id))

    async def _detail(self, call_id: str) -> None:
        own = self.shell.viewer.accounts, self.shell.viewer.switches

        def ask(store: Store) -> tuple[CDR | None, Hit | None]:
            call = calls.call(store, call_id, *own)
            return call, list_hits.of_call(store, id_of(call)) if call else None

        found, hit = await self.board.of_store(ask, ("call", call_id, *own))
        await self.board.drawn(lambda: self._show(found, hit))

    def _show(self, found: CDR | None, hit: Hit | None) -> None:
        self.call.object = detail(found, self.filter.zone, hit) if found else f"<p>{t(GONE)}</p>"
        self.dialog.open = True


def explore(context: Context) -> Page:
    """The page for the session that asks."""
    return Explore(context).page()
