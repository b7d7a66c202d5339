"""/blacklist/ and /whitelist/: the number lists, shown, added to and removed from."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field, ValidationError

from app.api.answers import ROOT, Listed, Paged, Strict, created, found, paged
from app.api.edits import whole
from app.api.errors import Wrong, first
from app.api.record import json_of
from app.api.who import Ask, Asked
from store import countries, lists
from store.lists import Entry
from store.people import HIDDEN
from store.record import storable

numbers = APIRouter(tags=["number lists"])
PATHS = {"blacklist": "black", "whitelist": "white"}


class Listing(Strict):
    """Numbers that begin with a prefix, or all numbers of a country, of everybody or of an account."""

    prefix: str = Field("", pattern=r"^(\+?[0-9]{1,15})?$", description="digits with the country code")
    country: str = Field("", max_length=8, description="ISO code")
    account: str = Field("", max_length=200, description="of this account's list; everybody's without")
    words: str = Field("", max_length=200, description="why, which stands in what is told")


class Line(BaseModel):
    """A line of a list."""

    id: str
    resource_uri: str
    prefix: str
    country: str
    account: str
    words: str
    by: str
    added: datetime


def _shown(ask: Ask, path: str, entry: Entry) -> dict[str, Any]:
    entry = ask.viewer.veil(entry)
    return {
        "id": entry.id,
        "resource_uri": f"{ROOT}/{path}/{entry.id}/",
        "prefix": entry.prefix,
        "country": entry.country,
        "account": entry.tenant,
        "words": entry.words,
        "by": entry.by,
        "added": entry.added.isoformat(timespec="milliseconds"),
    }


def _wanted(ask: Ask, path: str) -> Entry:
    """The entry that a body describes. Raises Wrong."""
    try:
        told = Listing.model_validate(json_of(ask.body))
    except ValidationError as error:
        raise Wrong(400, *first(error.errors(include_url=False, include_input=False))) from None
    if not (told.prefix or told.country):
        raise Wrong(400, "Say which numbers: a prefix such as 33699, or a country such as FR.", "prefix")
    if told.country and told.country not in countries.codes():
        raise Wrong(400, "There is no such country; it is an ISO code such as FR.", "country")
    ask.viewer.begins(told.prefix)
    words, account = (HIDDEN.sub(" ", storable(text)).strip() for text in (told.words, told.account))
    by, now = ask.viewer.name or "api", datetime.now(UTC)
    return Entry("", account, PATHS[path], told.prefix.removeprefix("+"), told.country, words, by, now)


def _listed(path: str) -> Callable[..., JSONResponse]:
    def listed(ask: Asked, wanted: Annotated[Paged, Query()]) -> JSONResponse:
        ask.demand("alarms")
        return paged(ask, wanted, [_shown(ask, path, one) for one in lists.entries(ask.store, PATHS[path])])

    return listed


def _one(path: str) -> Callable[..., JSONResponse]:
    def one(ask: Asked, id: str) -> JSONResponse:
        ask.demand("alarms")
        held = {entry.id: entry for entry in lists.entries(ask.store, PATHS[path])}
        return found(_shown(ask, path, held[id]) if id in held else None, "line of this list")

    return one


def _added(path: str) -> Callable[..., JSONResponse]:
    @whole
    def added(ask: Asked) -> JSONResponse:
        ask.demand_write("alarms")
        entry = _wanted(ask, path)
        new = lists.add(ask.store, entry)
        held = next(one for one in lists.entries(ask.store, entry.kind, (entry.tenant,)) if _same(one, entry))
        if new:
            ask.noted("add", path, held.prefix or held.country, held.words)
        return created(_shown(ask, path, held), new)

    return added


def _same(one: Entry, other: Entry) -> bool:
    """Whether two entries are one: a prefix is the same whatever country it is noted with."""
    return one.prefix == other.prefix and bool(other.prefix or one.country == other.country)


def _removed(path: str) -> Callable[..., Response]:
    @whole
    def removed(ask: Asked, id: str) -> Response:
        ask.demand_write("alarms")
        held = {entry.id: entry for entry in lists.entries(ask.store, PATHS[path])}
        if id not in held or not lists.remove(ask.store, id):
            raise Wrong(404, "There is no such line of this list.")
        ask.noted("remove", path, held[id].prefix or held[id].country)
        return Response(status_code=204)

    return removed


BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Listing"}}},
    }
}
for path, kind in PATHS.items():
    numbers.get(f"/{path}/", response_model=Listed[Line], summary=f"The {kind} list", operation_id=path)(
        _listed(path)
    )
    numbers.get(
        f"/{path}/{{id}}/",
        response_model=Line,
        summary=f"A line of the {kind} list",
        operation_id=f"{path}_one",
    )(_one(path))
    numbers.post(
        f"/{path}/",
        status_code=201,
        response_model=Line,
        responses={200: {"model": Line, "description": "The list had it already"}},
        openapi_extra=BODY,
        summary=f"Put numbers on the {kind} list",
        operation_id=f"{path}_add",
    )(_added(path))
    numbers.delete(
        f"/{path}/{{id}}/",
        status_code=204,
        response_class=Response,
        summary=f"Take a line off the {kind} list",
        operation_id=f"{path}_remove",
    )(_removed(path))
