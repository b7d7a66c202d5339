"""How things are changed: what is sent is read and checked, versions are compared, and answers bear them."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Annotated, Any, NoReturn, TypeVar, cast
from urllib.parse import quote

from fastapi import Header
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError

from app.api.answers import ROOT, Strict, plain
from app.api.errors import Wrong, first
from app.api.record import json_of
from app.api.who import Ask
from store.database import together
from store.people import HIDDEN
from store.record import storable

Change = TypeVar("Change", bound=Callable[..., Any])
OVERTAKEN = "Somebody else changed this meanwhile; ask for it again, and send your change of what it is now."
PART = "Part"
"""What the description of a body ends with of which a PATCH takes any fields."""
ETAG = {"ETag": {"description": "The version, for If-Match", "schema": {"type": "string"}}}
"""The header of what has a version, as it is described."""

Match = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=200,
        description="The ETag of what is changed, as it was read: 412 where it is another now",
    ),
]
Name = Annotated[str, Field(max_length=200)]
Names = Annotated[list[Name], Field(max_length=500)]


class Edited(Strict):
    """What is sent of something that has a version."""

    version: str | None = Field(
        None, max_length=40, description="the version that this is a change of: 409 where it is another now"
    )


Body = TypeVar("Body", bound=Edited)


def whole(change: Change) -> Change:
    """What a function changes and what it notes in the audit log happen as one, or not at all."""

    @wraps(change)
    def work(ask: Ask, *args: Any, **more: Any) -> Any:
        return together(ask.store, lambda store: change(ask._replace(store=store), *args, **more))

    return cast(Change, work)


def takes(model: type[BaseModel], part: bool = False) -> dict[str, Any]:
    """How a body is described that the endpoint reads by itself; `part` where any of its fields will do."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}{PART if part else ''}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def part_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The description of a body of which a PATCH takes any fields."""
    fields = {
        name: {key: value for key, value in field.items() if key != "default"}
        for name, field in schema["properties"].items()
    }
    left = {key: value for key, value in schema.items() if key not in ("required", "examples")}
    return left | {"properties": fields, "title": f"{schema['title']}{PART}"}


def read(ask: Ask, model: type[Body], told: type[BaseModel], before: Mapping[str, Any] | None = None) -> Body:
    """What is sent, upon what was `before` where a part is changed. What an answer tells beside it (`told`)
    is passed over, so that an answer can be sent back. Raises Wrong.
    """
    given = json_of(ask.body)
    if not isinstance(given, dict):
        raise Wrong(400, "The body is an object, with the fields that /api/v1/docs names.")
    extra = told.model_fields.keys() - model.model_fields.keys()
    kept = {name: value for name, value in given.items() if name not in extra}
    try:
        return model.model_validate({**(before or {}), **kept})
    except ValidationError as error:
        raise Wrong(400, *first(error.errors(include_url=False, include_input=False))) from None


def held(version: str, match: str | None, told: str | None = None) -> None:
    """Raises Wrong where something has another version than that of If-Match, or that of the body."""
    # a proxy that compresses makes an ETag a weak one; what it names is the same
    tags = [one.strip().removeprefix("W/").strip('"') for one in (match or "*").split(",")]
    if "*" not in tags and version not in tags:
        raise Wrong(412, OVERTAKEN)
    if told is not None and told != version:
        raise Wrong(409, OVERTAKEN, "version")


def refuse(fields: Mapping[str, str]) -> NoReturn:
    """Raises Wrong with the first sentence of those that stand at fields; that of '' is about the whole."""
    field, sentence = next(iter(fields.items()))
    raise Wrong(400, sentence, field or None)


def shown(model: type[BaseModel], fields: Mapping[str, Any], kind: str, id: str) -> dict[str, Any]:
    """Something as JSON has it, by the fields of its model, with its address."""
    told = {**fields, "id": id, "resource_uri": f"{ROOT}/{kind}/{quote(id, safe='')}/"}
    return {name: plain(told[name]) for name in model.model_fields}


def answer(one: Mapping[str, Any] | None, what: str = "", new: bool = False) -> JSONResponse:
    """Something with its version; 201 and where it is for what is new. Raises Wrong where there is none."""
    if one is None:
        raise missing(what)
    headers = {"ETag": f'"{one["version"]}"'} | ({"Location": one["resource_uri"]} if new else {})
    return JSONResponse(dict(one), 201 if new else 200, headers)


def missing(what: str) -> Wrong:
    """There is none, or none that its asker may see."""
    return Wrong(404, f"There is no such {what}.")


def clean(text: str) -> str:
    """A text for people, of one line."""
    return HIDDEN.sub(" ", storable(text)).strip()


def values(body: Edited, *left: str) -> dict[str, Any]:
    """The fields of a body but for the version and those that are `left`; lists as tuples."""
    told = body.model_dump(exclude={"version", *left})
    return {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
