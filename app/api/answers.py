"""How answers are written: lists with `meta` and `objects`, as the predecessor's API wrote them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from app.api.errors import Error, Wrong
from app.api.who import Ask

One = TypeVar("One")
ROOT = "/api/v1"
FEW, MOST = 20, 1_000
PAGED = ("limit", "offset", "after", "before")

REFUSALS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Error, "description": "The request is refused, and why"},
    "503": {"model": Error, "description": "The database does not answer"},
}


class Strict(BaseModel):
    """What is sent: fields of their own type, and no others."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Given(BaseModel):
    """Parameters of an address: no others than these."""

    model_config = ConfigDict(extra="forbid")

    format: str | None = Field(None, pattern="^json$", description="json, which every answer is")


class Paged(Given):
    """Which part of a list."""

    limit: int = Field(
        FEW, ge=0, le=MOST, description="Objects of a page at most; 0 for as many as there may be"
    )
    offset: int = Field(0, ge=0, le=10_000_000, description="Objects to pass over")

    @property
    def size(self) -> int:
        """Objects of a page."""
        return self.limit or MOST


class Meta(BaseModel):
    """Where a page lies: the addresses of the next one and the previous one, and how many objects there are
    in all, where that is known exactly.
    """

    limit: int
    next: str | None
    previous: str | None
    total_count: int | None = None
    offset: int | None = None


class Listed(BaseModel, Generic[One]):
    """A page of objects."""

    meta: Meta
    objects: list[One]


def plain(value: Any) -> Any:
    """A value as JSON has it; moments ISO 8601 with zone."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    return list(value) if isinstance(value, tuple) else value


def address(ask: Ask, **more: object) -> str:
    """The address of a request with other parameters of paging."""
    kept = [(name, text) for name, text in ask.pairs if name not in ("offset", "after", "before")]
    told = [(name, str(value)) for name, value in more.items() if value is not None]
    return f"{ask.path}?{urlencode([*kept, *told])}" if kept or told else ask.path


def paged(ask: Ask, wanted: Paged, objects: Sequence[Any]) -> JSONResponse:
    """A part of a list that is known as a whole."""
    return part(ask, wanted, objects[wanted.offset : wanted.offset + wanted.size], len(objects))


def part(ask: Ask, wanted: Paged, objects: Sequence[Any], count: int) -> JSONResponse:
    """The wanted part of a list of so many objects."""
    first, size = wanted.offset, wanted.size
    meta = {
        "limit": size,
        "next": address(ask, offset=first + size) if first + size < count else None,
        "previous": address(ask, offset=max(0, first - size)) if first else None,
        "total_count": count,
        "offset": first,
    }
    return JSONResponse({"meta": meta, "objects": list(objects)})


def found(one: Mapping[str, Any] | None, what: str) -> JSONResponse:
    """An object; raises Wrong where there is none, or none that its asker may see."""
    if one is None:
        raise Wrong(404, f"There is no such {what}.")
    return JSONResponse(dict(one))


def created(one: Mapping[str, Any], new: bool = True) -> JSONResponse:
    """An object that was made, and where it is; 200 where it was there before."""
    return JSONResponse(dict(one), 201 if new else 200, {"Location": one["resource_uri"]})
