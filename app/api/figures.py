"""The figures: one endpoint each, all of them by the functions of store.queries, and /report/{name}/."""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, NamedTuple

import pandas as pd
from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, create_model

from app.api.answers import ROOT, Listed, Paged, paged, part
from app.api.errors import Wrong
from app.api.search import Figures
from app.api.who import Ask, Asked
from app.commands.output import records_of
from store import queries
from store.database import Store
from store.queries import MEASURED
from store.scope import Scope

figures = APIRouter(tags=["figures"])
LONGEST = timedelta(days=92)
"""Of concurrent calls, whose rows are minutes."""


class Told(NamedTuple):
    """A figure: its function, the keys of its rows with their types, and the period without a time."""

    of: Callable[[Store, Scope], pd.DataFrame]
    words: str
    keys: dict[str, Any]
    usual: str = ""


FIGURES: dict[str, Told] = {
    "totals": Told(queries.totals, "All calls together", {}),
    "cdr_hourly": Told(queries.hours, "By hour", {"hour": str}, "7d"),
    "cdr_daily": Told(queries.days, "By day", {"day": str}),
    "cdr_monthly": Told(queries.months, "By month", {"month": str}),
    "countries": Told(queries.countries, "By country of the called number", {"country": str, "name": str}),
    "hangup_causes": Told(queries.hangup_causes, "By hangup cause", {"hangup_cause": str, "q850": int}),
    "switches": Told(queries.switches, "By switch", {"switch": str}),
    "accounts": Told(queries.accounts, "By account", {"account": str}),
    "directions": Told(queries.directions, "By direction", {"direction": str}),
}
REPORTS = {
    "totals": "totals",
    "hours": "cdr_hourly",
    "days": "cdr_daily",
    "months": "cdr_monthly",
    "countries": "countries",
    "hangup-causes": "hangup_causes",
    "switches": "switches",
    "accounts": "accounts",
    "directions": "directions",
}
"""The names of `cdr-stats report`, and the endpoint that answers the same."""
UNITS = {
    "calls": "calls",
    "answered": "answered calls",
    "duration": "seconds, with ringing",
    "billsec": "seconds of talk",
    "asr": "percent",
    "acd": "seconds",
    "ner": "percent",
    "short_share": "percent",
    "pdd": "seconds",
}
MEASURES: dict[str, Any] = {
    name: (int if name in ("calls", "answered") else float | None, Field(description=UNITS[name]))
    for name in MEASURED
}


def row(name: str, keys: dict[str, Any]) -> Any:
    """How a row of a figure is described."""
    told: dict[str, Any] = {key: (kind, ...) for key, kind in keys.items()}
    return create_model(f"Row_{name}", **told, **MEASURES)


Minute = create_model("Minute", switch=(str, ...), minute=(str, ...), concurrent=(int, ...))


def answered(ask: Ask, wanted: Figures, told: Told) -> JSONResponse:
    """The rows of a figure."""
    return paged(ask, wanted, records_of(told.of(ask.store, wanted.scope(ask, told.usual))))


def _endpoint(told: Told) -> Callable[..., JSONResponse]:
    def figure(ask: Asked, wanted: Annotated[Figures, Query()]) -> JSONResponse:
        return answered(ask, wanted, told)

    return figure


for name, told in FIGURES.items():
    figures.get(
        f"/{name}/",
        response_model=Listed[row(name, told.keys)],  # type: ignore[misc]
        summary=told.words,
        operation_id=name,
        description="Rows without calls are left out; what has nothing to divide by is null.",
    )(_endpoint(told))


class ReportNamed(BaseModel):
    """A report: a figure, and where it is."""

    name: str
    words: str
    resource_uri: str


@figures.get("/report/", summary="The reports that there are", response_model=Listed[ReportNamed])
def reports(ask: Asked, wanted: Annotated[Paged, Query()]) -> JSONResponse:
    """The figures by their names on the command line."""
    told = [
        {"name": name, "words": FIGURES[figure].words, "resource_uri": f"{ROOT}/report/{name}/"}
        for name, figure in REPORTS.items()
    ]
    return paged(ask, wanted, told)


@figures.get("/report/{name}/", summary="A figure by its name", response_model=Listed[dict[str, Any]])
def report(ask: Asked, name: str, wanted: Annotated[Figures, Query()]) -> JSONResponse:
    """A figure by its name on the command line: totals, hours, days, months, countries, hangup-causes ..."""
    if name not in REPORTS:
        raise Wrong(404, f"There is no such report; there are {', '.join(REPORTS)}.")
    return answered(ask, wanted, FIGURES[REPORTS[name]])


class Minutes(Figures):
    """Which calls, and whether all switches are one."""

    together: bool = Field(False, description="all switches as one, named *")


@figures.get("/concurrent/", summary="Calls at once, by minute", response_model=Listed[Minute])
def concurrent(ask: Asked, wanted: Annotated[Minutes, Query()]) -> JSONResponse:
    """The most calls at once of every minute that has any; the last 24 hours without a time."""
    scope = wanted.scope(ask, "24h")
    if scope.until - scope.since > LONGEST:
        raise Wrong(400, f"Minutes are told of {LONGEST.days} days at most; narrow the time.", "since")
    frame = queries.concurrent(ask.store, scope, wanted.together)
    frame = frame.assign(minute=frame["minute"].dt.tz_convert(scope.zone))
    first, count = wanted.offset, len(frame)
    return part(ask, wanted, records_of(frame.iloc[first : first + wanted.size]), count)
