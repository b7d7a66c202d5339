"""/switch/: the switches whose calls one may see, and naming one before its first call."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError

from app.api.answers import Listed, Paged, Strict, created, found, paged
from app.api.edits import shown, takes
from app.api.errors import Wrong, first
from app.api.record import json_of
from app.api.who import Ask, Asked
from store import catalog
from store.record import storable

machines = APIRouter(tags=["switches"])


class Switch(Strict):
    """A switch, before its first call."""

    name: str = Field(min_length=1, max_length=200)
    ipaddress: str = Field("", max_length=64)


class SwitchShown(BaseModel):
    """A switch; `ipaddress` is told to those who see the calls of everybody."""

    id: str
    resource_uri: str
    name: str
    ipaddress: str


def _switches(ask: Ask) -> dict[str, dict[str, Any]]:
    """The switches whose calls the asker may see."""
    whole = ask.viewer.whole
    known = catalog.addresses(ask.store) if whole else {}
    names = sorted(known) if whole else catalog.choices(ask.store, *_own(ask)).switches
    told = {name: {"name": name, "ipaddress": known.get(name, "")} for name in names}
    return {name: shown(SwitchShown, fields, "switch", name) for name, fields in told.items()}


def _own(ask: Ask) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    return ask.viewer.accounts, ask.viewer.switches


@machines.get("/switch/", summary="Switches", response_model=Listed[SwitchShown])
def switches(ask: Asked, wanted: Annotated[Paged, Query()]) -> JSONResponse:
    """The switches, by name."""
    return paged(ask, wanted, list(_switches(ask).values()))


@machines.post(
    "/switch/",
    status_code=201,
    summary="Name a switch",
    response_model=SwitchShown,
    responses={200: {"model": SwitchShown, "description": "There was one of this name"}},
    openapi_extra=takes(Switch),
)
def switch_add(ask: Asked) -> JSONResponse:
    """Name a switch before its first call."""
    ask.demand_write("sources")
    try:
        told = Switch.model_validate(json_of(ask.body))
    except ValidationError as error:
        raise Wrong(400, *first(error.errors(include_url=False, include_input=False))) from None
    name = storable(told.name).strip()
    if not name or not name.isprintable() or not told.ipaddress.isprintable():
        raise Wrong(400, "It is a text without control characters.", "name")
    new = catalog.describe(ask.store, name, storable(told.ipaddress).strip())
    if new:
        ask.noted("add", "switch", name)
    return created(_switches(ask)[name], new)


@machines.get("/switch/{name:path}/", summary="A switch", response_model=SwitchShown)
def switch(ask: Asked, name: str) -> JSONResponse:
    """A switch."""
    return found(_switches(ask).get(name), "switch")
