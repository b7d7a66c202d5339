"""/alarm_report/: what happened to the alarms, for those who edit them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from app.api.answers import FEW, MOST, ROOT, Given, Listed, address, found, plain
from app.api.search import Moment
from app.api.who import Asked
from store import alarm_reports
from store.alarm_reports import Report

happened = APIRouter(tags=["alarms"])


class ReportShown(BaseModel):
    """What happened to an alarm: its state before and now, and the value of the window."""

    id: str
    resource_uri: str
    alarm: str
    name: str
    at: datetime
    was: str
    state: str
    metric: str
    condition: str
    value: float | None
    reference: float | None
    threshold: float | None
    n: int
    since: datetime
    until: datetime
    zone: str
    told: datetime | None


class Happened(Given):
    """Which reports, the newest first."""

    alarm: str | None = Field(None, max_length=24, description="of this alarm")
    state: Literal["ok", "warning", "critical", "unknown"] | None = None
    since: Moment | None = None
    until: Moment | None = None
    limit: int = Field(FEW, ge=0, le=MOST)
    after: str | None = Field(
        None, pattern="^[0-9a-f]{24}$", description="The id behind which the page begins"
    )


def _report(one: Report) -> dict[str, Any]:
    told = one._asdict() | {"resource_uri": f"{ROOT}/alarm_report/{one.id}/"}
    return {name: plain(told[name]) for name in ReportShown.model_fields}


@happened.get("/alarm_report/", summary="What happened to alarms", response_model=Listed[ReportShown])
def reports(ask: Asked, wanted: Annotated[Happened, Query()]) -> JSONResponse:
    """What happened to alarms, the newest first."""
    ask.demand("alarms")
    size = wanted.limit or MOST
    held = alarm_reports.page(
        ask.store, wanted.since, wanted.until, wanted.state, wanted.alarm, wanted.after, size + 1
    )
    more = address(ask, after=held[size - 1].id) if len(held) > size else None
    meta = {"limit": size, "next": more, "previous": None}
    return JSONResponse({"meta": meta, "objects": [_report(one) for one in held[:size]]})


@happened.get("/alarm_report/{id}/", summary="What happened once", response_model=ReportShown)
def report(ask: Asked, id: str) -> JSONResponse:
    """What happened once."""
    ask.demand("alarms")
    held = alarm_reports.one(ask.store, id)
    return found(_report(held) if held else None, "report")
