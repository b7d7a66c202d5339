"""/switch/: the switches whose calls one may see; named before their first call, described and changed."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from app.api.answers import Listed, Paged, paged
from app.api.edits import ETAG, Edited, Match, answer, held, missing, read, shown, takes, whole
from app.api.errors import Wrong
from app.api.who import Ask, Asked
from store import catalog, switches
from store.switches import LONGEST, TEXTS, Improper, Overtaken, Switch

machines = APIRouter(tags=["switches"])
FIELDS = {"ipaddress": "address", "key_uuid": "key", "note": "note"}
"""The names of the manual, and those of store.switches."""


class SwitchBody(Edited):
    """What is said of a switch."""

    name: str = Field("", max_length=LONGEST)
    ipaddress: str = Field("", max_length=TEXTS["address"])
    key_uuid: str = Field("", max_length=TEXTS["key"])
    note: str = Field("", max_length=TEXTS["note"])


class SwitchShown(BaseModel):
    """A switch; what is said of it is told to those who see the calls of everybody."""

    id: str
    resource_uri: str
    name: str
    ipaddress: str
    key_uuid: str
    note: str
    version: str


def _said(one: Switch) -> dict[str, str]:
    return {told: getattr(one, field) for told, field in FIELDS.items()}


def _told(one: Switch) -> dict[str, Any]:
    fields = {"name": one.name, **_said(one), "version": str(one.version)}
    return shown(SwitchShown, fields, "switch", one.name)


def _switches(ask: Ask) -> dict[str, Switch]:
    """The switches whose calls the asker may see."""
    if ask.viewer.whole:
        return {one.name: one for one in switches.everything(ask.store)}
    names = catalog.choices(ask.store, ask.viewer.accounts, ask.viewer.switches).switches
    return {name: Switch(name) for name in names}


def _one(ask: Ask, name: str) -> Switch:
    found = _switches(ask).get(name)
    if found is None:
        raise missing("switch")
    return found


@machines.get("/switch/", summary="Switches", response_model=Listed[SwitchShown])
def switches_(ask: Asked, wanted: Annotated[Paged, Query()]) -> JSONResponse:
    """The switches, by name."""
    return paged(ask, wanted, [_told(one) for one in _switches(ask).values()])


@machines.post(
    "/switch/",
    status_code=201,
    summary="Name a switch",
    response_model=SwitchShown,
    responses={200: {"model": SwitchShown, "description": "There was one of this name"}},
    openapi_extra=takes(SwitchBody),
)
def switch_add(ask: Asked) -> JSONResponse:
    """Name a switch before its first call. One that there is gets what is sent of it."""
    ask.demand_write("sources")
    body = read(ask, SwitchBody, SwitchShown)
    known = switches.one(ask.store, body.name.strip())
    if known:
        body = read(ask, SwitchBody, SwitchShown, _said(known))
    kept = _kept(ask, known or Switch(body.name), body)
    return answer(_told(kept), new=known is None)


@machines.get(
    "/switch/{name:path}/", summary="A switch", response_model=SwitchShown, responses={200: {"headers": ETAG}}
)
def switch(ask: Asked, name: str) -> JSONResponse:
    """A switch."""
    return answer(_told(_one(ask, name)))


@machines.put(
    "/switch/{name:path}/",
    summary="Describe a switch",
    response_model=SwitchShown,
    openapi_extra=takes(SwitchBody),
)
def switch_set(ask: Asked, name: str, match: Match = None) -> JSONResponse:
    """Replace what is said of a switch; its name stays, for its calls have it."""
    ask.demand_write("sources")
    return _changed(ask, _one(ask, name), read(ask, SwitchBody, SwitchShown), match)


@machines.patch(
    "/switch/{name:path}/",
    summary="Change what is said of a switch",
    response_model=SwitchShown,
    openapi_extra=takes(SwitchBody, part=True),
)
def switch_change(ask: Asked, name: str, match: Match = None) -> JSONResponse:
    """Change what is sent."""
    ask.demand_write("sources")
    before = _one(ask, name)
    return _changed(ask, before, read(ask, SwitchBody, SwitchShown, _said(before)), match)


@machines.delete("/switch/{name:path}/", status_code=204, response_class=Response, summary="Forget a switch")
@whole
def switch_remove(ask: Asked, name: str, match: Match = None) -> Response:
    """Forget what is said of a switch; one that has calls stays, with nothing said of it."""
    ask.demand_write("sources")
    before = _one(ask, name)
    held(str(before.version), match)
    if not switches.forget(
        ask.store, before, bool(catalog.used(ask.store, catalog.accounts(ask.store), [name]))
    ):
        raise missing("switch")
    ask.noted("remove", "switch", name)
    return Response(status_code=204)


def _changed(ask: Ask, before: Switch, body: SwitchBody, match: str | None) -> JSONResponse:
    held(str(before.version), match, body.version)
    if body.name not in ("", before.name):
        raise Wrong(400, "The name of a switch stays, for its calls have it.", "name")
    return answer(_told(_kept(ask, before, body)))


@whole
def _kept(ask: Ask, before: Switch, body: SwitchBody) -> Switch:
    """Keep what is sent. Raises Wrong."""
    told = {field: getattr(body, name) for name, field in FIELDS.items()}
    wanted = before._replace(**told)
    if before.version and wanted == before:
        return before
    try:
        kept = switches.keep(ask.store, wanted)
    except Improper as problem:
        names = {field: name for name, field in FIELDS.items()}
        raise Wrong(400, str(problem), names.get(problem.field, problem.field)) from None
    except Overtaken as problem:
        raise Wrong(409, str(problem)) from None
    ask.noted("change" if before.version else "add", "switch", kept.name)
    return kept
