"""/source/: where calls come from by themselves, how each is set and fares; for those who edit sources."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Described

from app.api.answers import Listed, Paged, paged
from app.api.edits import ETAG, Edited, Match, Name, answer, held, missing, read, shown, takes, whole
from app.api.errors import Wrong
from app.api.who import Ask, Asked
from ingest.connector import Field, Improper
from ingest.sources import configure, fields_of, kinds
from store import sources
from store.database import Document
from store.sources import Changed

origins = APIRouter(tags=["sources"])
BEARS_PASSWORD = re.compile(r"://[^/@]*:[^/@]*@")
OWNED = "This source is kept in the settings of the program; change it there."
TAKEN = "There is a source of this name; PUT or PATCH it."
NAMED = "A source keeps its name; leave it as it is in the address."
Option = (
    Annotated[str, Described(max_length=2_000)] | Annotated[int, Described(ge=-(10**12), le=10**12)] | bool
)


class SourceBody(Edited):
    """A source. What a PUT leaves out gets its default, but for secrets, which stay."""

    name: str = Described("", max_length=60, description="needed where a source is added")
    kind: Name = Described(json_schema_extra={"enum": list(kinds())})
    switch: Name = Described("", description="that its calls are counted by; its name without it")
    zone: Name = Described("UTC", description="of its times that name none")
    options: dict[Annotated[str, Described(max_length=60)], Option] = Described(
        {},
        max_length=60,
        description="what its kind asks for (`cdr-stats sources kinds`); secrets are never told",
    )
    paused: bool = False

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "paris", "kind": "file", "options": {"path": "/var/log/asterisk/cdr-csv/Master.csv"}}
            ]
        }
    )


class SourceShown(BaseModel):
    """A source, how it is set and how it fares; without its secrets."""

    id: str
    resource_uri: str
    name: str
    kind: str
    switch: str
    zone: str
    options: dict[str, str | int | float | bool | None]
    origin: str
    paused: bool
    state: str
    problem: str
    counts: dict[str, int]
    added: datetime
    looked: datetime | None
    newest: datetime | None
    version: str


def _told(one: Document) -> dict[str, Any]:
    options = {name: value for name, value in one["options"].items() if not BEARS_PASSWORD.search(str(value))}
    told = {**one, "name": one["_id"], "options": options, "version": str(sources.version(one))}
    return shown(SourceShown, told, "source", one["_id"])


def _one(ask: Ask, name: str) -> Document:
    found = sources.get(ask.store, name)
    if found is None:
        raise missing("source")
    return found


@origins.get("/source/", summary="Sources", response_model=Listed[SourceShown])
def sources_(ask: Asked, wanted: Annotated[Paged, Query()]) -> JSONResponse:
    """The sources, by name."""
    ask.demand("sources")
    return paged(ask, wanted, [_told(one) for one in sources.everything(ask.store)])


@origins.get(
    "/source/{name:path}/", summary="A source", response_model=SourceShown, responses={200: {"headers": ETAG}}
)
def source(ask: Asked, name: str) -> JSONResponse:
    """A source."""
    ask.demand("sources")
    return answer(_told(_one(ask, name)))


@origins.post(
    "/source/",
    status_code=201,
    summary="Add a source",
    response_model=SourceShown,
    openapi_extra=takes(SourceBody),
)
def source_add(ask: Asked) -> JSONResponse:
    """Add a source, which the worker reads from its beginning; 409 where there is one of the name."""
    ask.demand_write("sources")
    body = read(ask, SourceBody, SourceShown)
    name = body.name.strip()
    if sources.get(ask.store, name):
        raise Wrong(409, TAKEN, "name")
    _keep(ask, name, body, body.options)
    ask.noted("add", "source", name, body.kind)
    if body.paused:
        _pause(ask, name, True)
    return answer(_told(_one(ask, name)), new=True)


@origins.put(
    "/source/{name:path}/",
    summary="Change a source",
    response_model=SourceShown,
    responses={200: {"headers": ETAG}},
    openapi_extra=takes(SourceBody),
)
def source_put(ask: Asked, name: str, match: Match = None) -> JSONResponse:
    """Change all of a source, which is read on where it was; its secrets stay where none are sent."""
    ask.demand_write("sources")
    before = _one(ask, name)
    body = read(ask, SourceBody, SourceShown)
    return _changed(ask, before, body, body.options, match)


@origins.patch(
    "/source/{name:path}/",
    summary="Change some of a source",
    response_model=SourceShown,
    responses={200: {"headers": ETAG}},
    openapi_extra=takes(SourceBody, part=True),
)
def source_patch(ask: Asked, name: str, match: Match = None) -> JSONResponse:
    """Change the fields and options of a source that are sent; `{"paused": true}` pauses it."""
    ask.demand_write("sources")
    before = _one(ask, name)
    known = {field: before[field] for field in ("kind", "switch", "zone", "paused")}
    body = read(ask, SourceBody, SourceShown, known)
    return _changed(ask, before, body, {**before["options"], **body.options}, match)


@origins.delete("/source/{name:path}/", status_code=204, response_class=Response, summary="Remove a source")
@whole
def source_remove(ask: Asked, name: str, match: Match = None) -> Response:
    """Forget a source; its calls stay. 404 once it is done."""
    ask.demand_write("sources")
    before = _one(ask, name)
    held(str(sources.version(before)), match)
    if before["origin"] == "settings":
        raise Wrong(409, OWNED)
    if not sources.remove(ask.store, name):
        raise missing("source")
    ask.noted("remove", "source", name)
    return Response(status_code=204)


@whole
def _changed(
    ask: Ask, before: Document, body: SourceBody, options: dict[str, Any], match: str | None
) -> JSONResponse:
    name = before["_id"]
    held(str(sources.version(before)), match, body.version)
    if body.name not in ("", name):
        raise Wrong(400, NAMED, "name")
    if body.kind != before["kind"]:
        raise Wrong(
            400, f"A source of kind {before['kind']} stays one; add another for the new kind.", "kind"
        )
    try:
        changed = _keep(ask, name, body, options, before)
    except Changed as problem:
        raise Wrong(409, str(problem)) from None
    if changed:
        ask.noted("change", "source", name, body.kind)
    if body.paused != before["paused"]:
        _pause(ask, name, body.paused)
    return answer(_told(_one(ask, name)))


def _pause(ask: Ask, name: str, paused: bool) -> None:
    sources.pause(ask.store, name, paused, datetime.now(UTC))
    ask.noted("pause" if paused else "resume", "source", name)


def _keep(
    ask: Ask, name: str, body: SourceBody, options: Mapping[str, Any], before: Document | None = None
) -> bool:
    """Keep a source as the page does; gives whether it is another than before. Raises Wrong."""
    texts = {field.name for field in _fields(body.kind) if field.kind in ("text", "path", "secret", "choice")}
    for option in texts & options.keys():
        if not isinstance(options[option], str):
            raise Wrong(400, "It is a text.", f"options.{option}")
    told = (body.switch or name, body.zone or "UTC", dict(options))
    if before and told == (before["switch"], before["zone"], before["options"]):
        return False
    if before and before["origin"] == "settings":
        raise Wrong(409, OWNED)
    known = sources.version(before) if before else None
    try:
        configure(ask.store, name, body.kind, *told, origin="api", now=datetime.now(UTC), version=known)
    except Improper as problem:
        raise Wrong(400, str(problem), problem.field) from None
    return True


def _fields(kind: str) -> tuple[Field, ...]:
    try:
        return fields_of(kind)
    except Improper as problem:
        raise Wrong(400, str(problem), problem.field) from None
