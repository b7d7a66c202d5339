"""/switch/, /hangup_cause/, /source/ and /user/: what there is beside calls."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError

from app.api.alarms import plain
from app.api.answers import ROOT, Listed, Paged, Strict, created, found, paged
from app.api.errors import Wrong, first
from app.api.record import json_of
from app.api.who import Ask, Asked
from store import catalog, causes, sources, users
from store.causes import Cause
from store.database import Document
from store.people import User, may_edit
from store.record import storable

things = APIRouter(tags=["switches, causes, sources, users"])


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


class CauseShown(BaseModel):
    """A hangup cause: `code` is that of Q.850, 0 for one of a switch's own; `enumeration` its name."""

    id: str
    resource_uri: str
    code: int
    enumeration: str
    cause: str
    kind: str
    description: str


class SourceShown(BaseModel):
    """A source and how it fares; without its secrets."""

    id: str
    resource_uri: str
    name: str
    kind: str
    switch: str
    zone: str
    origin: str
    paused: bool
    state: str
    problem: str
    counts: dict[str, int]
    added: datetime
    looked: datetime | None
    newest: datetime | None


class UserShown(BaseModel):
    """A user; never with the password."""

    id: str
    resource_uri: str
    name: str
    role: str
    rights: list[str]
    accounts: list[str]
    switches: list[str]
    full_name: str
    company: str
    email: str
    phone: str
    language: str
    zone: str
    active: bool
    totp: bool


def _shown(model: type[BaseModel], fields: dict[str, Any], kind: str, id: str) -> dict[str, Any]:
    told = fields | {"id": id, "resource_uri": f"{ROOT}/{kind}/{quote(id, safe='')}/"}
    return {name: plain(told[name]) for name in model.model_fields}


def _switches(ask: Ask) -> dict[str, dict[str, Any]]:
    """The switches whose calls the asker may see."""
    whole = ask.viewer.whole
    known = catalog.addresses(ask.store) if whole else {}
    names = sorted(known) if whole else catalog.choices(ask.store, *_own(ask)).switches
    told = {name: {"name": name, "ipaddress": known.get(name, "")} for name in names}
    return {name: _shown(SwitchShown, fields, "switch", name) for name, fields in told.items()}


def _own(ask: Ask) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    return ask.viewer.accounts, ask.viewer.switches


@things.get("/switch/", summary="Switches", response_model=Listed[SwitchShown])
def switches(ask: Asked, wanted: Annotated[Paged, Query()]) -> JSONResponse:
    """The switches, by name."""
    return paged(ask, wanted, list(_switches(ask).values()))


@things.post(
    "/switch/",
    status_code=201,
    summary="Name a switch",
    response_model=SwitchShown,
    responses={200: {"model": SwitchShown, "description": "There was one of this name"}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Switch"}}},
        }
    },
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


@things.get("/switch/{name:path}/", summary="A switch", response_model=SwitchShown)
def switch(ask: Asked, name: str) -> JSONResponse:
    """A switch."""
    return found(_switches(ask).get(name), "switch")


def _cause(one: Cause) -> dict[str, Any]:
    told = {
        "code": one.q850,
        "enumeration": one.name,
        "cause": one.label,
        "kind": one.kind,
        "description": one.description,
    }
    return _shown(CauseShown, told, "hangup_cause", one.name)


@things.get("/hangup_cause/", summary="Hangup causes", response_model=Listed[CauseShown])
def hangup_causes(ask: Asked, wanted: Annotated[Paged, Query()]) -> JSONResponse:
    """All hangup causes of Q.850, then those of switches."""
    return paged(ask, wanted, [_cause(one) for one in causes.table().values()])


@things.get("/hangup_cause/{id}/", summary="A hangup cause", response_model=CauseShown)
def hangup_cause(ask: Asked, id: str) -> JSONResponse:
    """A hangup cause, by its name or its code of Q.850."""
    known = causes.codes().get(int(id)) if id.isascii() and id.isdecimal() and len(id) < 4 else None
    held = known or causes.table().get(id)
    return found(_cause(held) if held else None, "hangup cause")


def _source(one: Document) -> dict[str, Any]:
    return _shown(SourceShown, {"name": one["_id"], **one}, "source", one["_id"])


@things.get("/source/", summary="Sources", response_model=Listed[SourceShown])
def sources_(ask: Asked, wanted: Annotated[Paged, Query()]) -> JSONResponse:
    """The sources, by name."""
    ask.demand("sources")
    return paged(ask, wanted, [_source(one) for one in sources.everything(ask.store)])


@things.get("/source/{name:path}/", summary="A source", response_model=SourceShown)
def source(ask: Asked, name: str) -> JSONResponse:
    """A source."""
    ask.demand("sources")
    held = sources.get(ask.store, name)
    return found(_source(held) if held else None, "source")


def _users(ask: Ask, held: Iterable[User]) -> list[dict[str, Any]]:
    """Those of the users whom the asker may edit."""
    ask.demand("users")
    editor = users.one(ask.store, ask.viewer.id) if ask.viewer.id else User(role="admin")
    if editor is None:
        return []
    return [_shown(UserShown, one._asdict(), "user", one.id) for one in held if may_edit(editor, one)]


@things.get("/user/", summary="Users", response_model=Listed[UserShown])
def users_(ask: Asked, wanted: Annotated[Paged, Query()]) -> JSONResponse:
    """The users whom the asker may edit, by name."""
    return paged(ask, wanted, _users(ask, users.everything(ask.store)))


@things.get("/user/{id}/", summary="A user", response_model=UserShown)
def user(ask: Asked, id: str) -> JSONResponse:
    """A user."""
    held = users.one(ask.store, id)
    return found(next(iter(_users(ask, [held] if held else [])), None), "user")
