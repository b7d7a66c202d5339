"""The views in a notebook: the same classes as on the pages, linked by one filter, and a map in any
projection.
"""

from typing import Any

import pandas as pd
import panel as pn
import panel_material_ui  # noqa: F401 - first of all, or the first session has mixed designs

from app.board import Board
from app.cache import Flights
from app.filter import CallFilter
from app.pages.shell import grid
from app.viewer import EVERYBODY
from app.views.causes import Causes
from app.views.concurrent import Concurrent
from app.views.countries import Countries
from app.views.detail import STYLE, detail
from app.views.hours import Hours
from app.views.search import Search
from app.views.totals import Totals
from app.views.view import View
from app.views.worldmap import WorldMap
from assets.world import shapes
from store import calls
from store.database import Store

WIDTHS: dict[type[View], str] = {
    Totals: "whole",
    WorldMap: "seven",
    Countries: "five",
    Hours: "seven",
    Causes: "five",
    Concurrent: "whole",
    Search: "whole",
}
"""The views of a cell in their order, with their width on a grid of twelve columns."""


class Desk(pn.viewable.Viewer):
    """Explore in a cell. `filter` is the one filter of all views: setting one of its parameters redraws them.

    `await desk.refresh()` brings every view up to date and returns when they are; without it they draw
    themselves as soon as the notebook is idle.
    """

    def __init__(self, store: Store, zone: str = "UTC", **narrowing: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.filter = CallFilter(zone=zone, **narrowing)
        self.board = Board(store, self.filter, EVERYBODY, Flights())
        self.call = pn.pane.HTML("", stylesheets=[STYLE], sizing_mode="stretch_width")
        search = Search(self.filter, self._open)
        search.turned = self.board.kick
        self.views: tuple[View, ...] = (*(kind(self.filter) for kind in WIDTHS if kind is not Search), search)
        self.board.add(*self.views)
        self._cards = grid(*(view.card(WIDTHS[type(view)]) for view in self.views), self.call)
        self.board.kick()

    async def refresh(self) -> None:
        """Ask for what changed and draw it."""
        await self.board.refresh()

    def _open(self, call_id: str) -> None:
        """Show a call that was clicked below the table."""
        self.board.start(self._detail(call_id))

    async def _detail(self, call_id: str) -> None:
        found = await self.board.of_store(lambda store: calls.call(store, call_id, None), ("call", call_id))
        self.call.object = detail(found, self.filter.zone) if found else ""

    def __panel__(self) -> pn.viewable.Viewable:
        return self._cards


def world_map(countries: pd.DataFrame, projection: Any = None, measure: str = "calls") -> Any:
    """A `geoviews.Polygons` map of a frame of `queries.countries`, in any of cartopy's projections.

    Coloured by one of its columns; countries without calls are pale. Needs the extra `notebooks`.
    """
    import cartopy.crs as ccrs
    import geoviews as gv

    gv.extension("bokeh", logo=False)
    values = countries.set_index("country")[measure]
    rows = [
        {
            "x": [x for x, _ in rings[0]],
            "y": [y for _, y in rings[0]],
            "holes": [rings[1:]],
            "country": shape.name,
            measure: float(values.get(shape.code, float("nan"))),
        }
        for shape in shapes()
        for rings in shape.polygons
    ]
    drawn = gv.Polygons(rows, kdims=["x", "y"], vdims=["country", measure], crs=ccrs.PlateCarree())
    return drawn.opts(
        color=measure,
        cmap="Blues",
        clabel=measure,
        colorbar=True,
        line_width=0.4,
        line_color="#9aa5b1",
        clipping_colors={"NaN": "#e8ecf0"},
        tools=["hover"],
        projection=projection or ccrs.Robinson(),
        width=860,
        height=440,
    )
