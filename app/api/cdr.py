"""/cdr/: the calls, searched, one by one, and sent; /cdr_daily_report/: those of a day, as of old."""

from collections import Counter
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError

from app.api import shown
from app.api.answers import MOST, ROOT, Given, Listed, Strict, address, created, found
from app.api.errors import Said, Wrong, first
from app.api.keep import Kept, keep
from app.api.record import Record, Text, json_of, parsed
from app.api.search import Calls, near_day, zone_of
from app.api.shown import Call
from app.api.who import Ask, Asked
from app.periods import days
from store import calls, tally
from store.calls import Key
from store.scope import NumberMatch, Scope

cdr = APIRouter(tags=["cdr"])


class Fate(BaseModel):
    """What became of a record."""

    status: Literal["new", "known", "corrected", "rejected"]
    id: str | None = None
    resource_uri: str | None = None
    error: Said | None = Field(None, description="why it was rejected")


class Counts(BaseModel):
    """How many records of a body came to what."""

    limit: int
    new: int
    known: int
    corrected: int
    rejected: int


class Fates(BaseModel):
    """What became of the records of a body, in their order."""

    meta: Counts
    objects: list[Fate]


class One(Given):
    """How a call is shown."""

    zone: Annotated[str | None, Field(max_length=64)] = Field(None, description="zone of the times")


class OfDay(Strict):
    """Calls of a day, as the predecessor asked for them."""

    start_uepoch: str = Field(pattern=r"^\d{4}-\d\d-\d\d", max_length=40)
    switch_id: Text = None
    destination_number: Text = None
    accountcode: Text = None


class OldCall(BaseModel):
    """A call, as the predecessor's daily report had it."""

    id: str = Field(alias="_id")
    start_uepoch: datetime
    switch_id: str
    accountcode: str
    destination_number: str
    hangup_cause_id: int


@cdr.get("/cdr/", summary="Search calls", response_model=Listed[Call])
def search(ask: Asked, wanted: Annotated[Calls, Query()]) -> JSONResponse:
    """Search calls, the newest first, by the filter of Explore; `meta.next` is where the next page is."""
    scope, size = wanted.scope(ask), wanted.limit or MOST
    backwards = wanted.before is not None
    if backwards and wanted.after is not None:
        raise Wrong(400, "A page begins after a call or ends before one, not both.", "before")
    page = calls.some(ask.store, scope, after=_key(wanted), backwards=backwards, limit=size)
    more = {"next": page.more or backwards, "previous": page.more if backwards else wanted.after is not None}
    last, begin = page.last and str(page.last.id), page.first and str(page.first.id)
    meta = {
        "limit": size,
        "next": address(ask, after=last) if last and more["next"] else None,
        "previous": address(ask, before=begin) if begin and more["previous"] else None,
        **_counted(ask, scope),
    }
    zone = ZoneInfo(scope.zone)
    return JSONResponse({"meta": meta, "objects": [shown.call(one, zone, ask.viewer) for one in page.calls]})


def _key(wanted: Calls) -> Key | None:
    text, field = (wanted.after, "after") if wanted.before is None else (wanted.before, "before")
    if text is None:
        return None
    try:
        return Key(None, UUID(text))
    except ValueError:
        raise Wrong(400, "It is the id of a call, such as `meta.next` has it.", field) from None


def _counted(ask: Ask, scope: Scope) -> dict[str, int]:
    """How many calls there are in all, where the sums know it."""
    if not tally.summable(scope, None):
        return {}
    count = calls.number(ask.store, scope)
    return {"total_count": count.calls} if count.exact else {}


@cdr.get("/cdr/{id}/", summary="A call", response_model=Call)
def one(ask: Asked, id: str, wanted: Annotated[One, Query()]) -> JSONResponse:
    """One call with its legs."""
    return found(_one(ask, id, wanted.zone), "call")


def _one(ask: Ask, id: str, zone: str | None = None) -> dict[str, Any] | None:
    held = calls.call(ask.store, id, ask.viewer.accounts, ask.viewer.switches)
    try:
        name = zone_of(zone) if zone else ask.viewer.zone or ask.store.settings.zone
    except ValueError as error:
        raise Wrong(400, str(error), "zone") from None
    return shown.call(held, ZoneInfo(name), ask.viewer, legs=True) if held else None


class Sent(BaseModel):
    """Up to 1,000 records."""

    objects: list[Record] = Field(max_length=1_000)


def _of(*models: type[BaseModel]) -> dict[str, Any]:
    """How a body is described that the endpoint reads by itself."""
    shapes = [{"$ref": f"#/components/schemas/{model.__name__}"} for model in models]
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": {"anyOf": shapes}}}}}


@cdr.post(
    "/cdr/",
    status_code=201,
    summary="Send records",
    response_model=Call | Fates,
    responses={200: {"model": Call | Fates, "description": "Nothing of it was new"}},
    openapi_extra=_of(Record, Sent),
)
def create(ask: Asked) -> JSONResponse:
    """Send a record, or up to 1,000 as `{"objects": [...]}`. Each is stored once, however often it is sent;
    of several, those that are wrong say why, and the others are stored.
    """
    ask.demand_write("sources")
    given = parsed(ask.body)
    if isinstance(given, dict):
        return _created(ask, keep(ask.store, [given])[0])
    fates = keep(ask.store, given)
    counts = Counter(one.status for one in fates)
    meta = {"limit": MOST} | {status: counts[status] for status in ("new", "known", "corrected", "rejected")}
    status = 201 if counts["new"] else 200
    return JSONResponse({"meta": meta, "objects": [_fate(one) for one in fates]}, status)


def _created(ask: Ask, one: Kept) -> JSONResponse:
    if one.why:
        raise Wrong(400, one.why.sentence, one.why.field)
    held = _one(ask, one.id)
    if held is None:
        raise Wrong(404, "The call was stored, and dropped since.")
    return created(held, one.status == "new")


def _fate(one: Kept) -> dict[str, Any]:
    if one.why:
        return {"status": one.status, "error": one.why.model_dump(exclude_none=True)}
    return {"status": one.status, "id": one.id, "resource_uri": f"{ROOT}/cdr/{one.id}/"}


@cdr.post(
    "/cdr_daily_report/",
    summary="Calls of a day, as of old",
    response_model=list[OldCall],
    openapi_extra=_of(OfDay),
)
@cdr.post(
    "/cdr_daily/", summary="Calls of a day, as of old", response_model=list[OldCall], openapi_extra=_of(OfDay)
)
def of_day(ask: Asked) -> JSONResponse:
    """The calls of a day, at most 1,000, as the predecessor's curl call asks for them: with a POST."""
    wanted = _day_wanted(ask.body)
    zone = ask.viewer.zone or ask.store.settings.zone
    day = _date(wanted.start_uepoch[:10])
    since, until = days(day, day, ZoneInfo(zone))
    number = wanted.destination_number
    scope = Scope(
        since,
        until,
        zone,
        accounts=None if wanted.accountcode is None else (str(wanted.accountcode),),
        switches=() if wanted.switch_id is None else (str(wanted.switch_id),),
        destination=None if number is None else NumberMatch("equals", str(number)),
    )
    page = calls.some(ask.store, ask.viewer.narrow(scope), descending=False, limit=MOST)
    told = [shown.call(call, ZoneInfo(zone), ask.viewer) for call in page.calls]
    return JSONResponse([_old(call) for call in told])


def _day_wanted(body: bytes) -> OfDay:
    try:
        return OfDay.model_validate(json_of(body))
    except ValidationError as error:
        raise Wrong(400, *first(error.errors(include_url=False, include_input=False))) from None


def _date(text: str) -> date:
    try:
        return near_day(date.fromisoformat(text))
    except ValueError:
        raise Wrong(400, "It is a day such as 2026-11-23.", "start_uepoch") from None


def _old(call: dict[str, Any]) -> dict[str, Any]:
    return {
        "_id": call["id"],
        "start_uepoch": call["start_uepoch"],
        "switch_id": call["switch"],
        "accountcode": call["accountcode"],
        "destination_number": call["destination_number"],
        "hangup_cause_id": call["hangup_cause_q850"],
    }
