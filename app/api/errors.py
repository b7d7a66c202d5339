"""What an answer says that is none: one shape for all, `{"error": {"sentence", "field"}}`."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from pymongo.errors import PyMongoError
from starlette.exceptions import HTTPException

from store.errors import CdrStatsError, StoreError

SILENT = "The database does not answer; try again in a moment."
UNFORESEEN = "Something went wrong; the log of the server says what."
LONGEST = 300
AFTER = {"Retry-After": "5"}
PLAIN = {
    404: "There is nothing at this address; /api/v1/ names what there is.",
    405: "This address does not take this method.",
    500: UNFORESEEN,
}
OWN_WORDS = {
    "extra_forbidden": "There is no such field here.",
    "missing": "It is missing.",
    "json_invalid": "The body is no JSON.",
    "string_pattern_mismatch": "It is not written as it has to be; /api/v1/docs tells how.",
}
"""What pydantic says otherwise than a person would."""
SAID = re.compile(r"^(Input should be|Value error, |String should|Assertion failed, )")


class Said(BaseModel):
    """What is wrong: a sentence for people, and the field or parameter that it is about."""

    sentence: str
    field: str | None = Field(None, description="such as `limit`, or `objects.3.billsec` within a body")


class Error(BaseModel):
    """An answer that says why there is none."""

    error: Said


class Wrong(Exception):
    """The request is refused, with a status of HTTP."""

    def __init__(
        self, status: int, sentence: str, field: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.field, self.headers = status, sentence, field, headers


def body(sentence: str, field: str | None = None) -> dict[str, Any]:
    """The one shape; a field is named where there is one."""
    told = {"sentence": sentence[:LONGEST]} | ({"field": field[:LONGEST]} if field else {})
    return {"error": told}


def said(error: Any) -> tuple[str, str | None]:
    """Sentence and field of a fault that pydantic found (one of its `errors()`), without what was given."""
    place = _place(error)
    field = ".".join(part for index, part in enumerate(place) if index == 0 or part.isdecimal())
    words = OWN_WORDS.get(error["type"]) or SAID.sub(_turned, str(error["msg"])).rstrip(".") + "."
    return words, field or None


def _place(error: Any) -> list[str]:
    return [str(part) for part in error["loc"] if part not in ("query", "body", "path")]


def _turned(match: re.Match[str]) -> str:
    return {"Input should be": "It should be", "String should": "It should"}.get(match[1], "")


def first(errors: Sequence[Any]) -> tuple[str, str | None]:
    """Of several faults the one that is told. A field that may be of several types has a fault for each: what
    is wrong with the value itself says more than that it is of another type.
    """
    same = [error for error in errors if _place(error)[:1] == _place(errors[0])[:1]]
    return said(next((error for error in same if not error["type"].endswith("_type")), errors[0]))


async def _wrong(request: Request, error: Any) -> JSONResponse:
    return JSONResponse(body(error.sentence, error.field), error.status, error.headers)


async def _invalid(request: Request, error: Any) -> JSONResponse:
    return JSONResponse(body(*first(error.errors())), 400)


async def _http(request: Request, error: Any) -> JSONResponse:
    sentence = PLAIN.get(error.status_code, str(error.detail))
    return JSONResponse(body(sentence), error.status_code, dict(error.headers or {}))


async def _silent(request: Request, error: Any) -> JSONResponse:
    return JSONResponse(body(SILENT), 503, AFTER)


async def _store(request: Request, error: Any) -> JSONResponse:
    return JSONResponse(body(str(error)), 503, AFTER)


async def _told(request: Request, error: Any) -> JSONResponse:
    return JSONResponse(body(str(error), getattr(error, "field", None)), 400)


async def _unforeseen(request: Request, error: Any) -> JSONResponse:
    return JSONResponse(body(UNFORESEEN), 500)


HANDLERS: dict[type[Exception], Callable[[Request, Any], Awaitable[JSONResponse]]] = {
    Wrong: _wrong,
    RequestValidationError: _invalid,
    HTTPException: _http,
    PyMongoError: _silent,
    StoreError: _store,
    CdrStatsError: _told,
    Exception: _unforeseen,
}
"""A question that takes too long or cannot be answered is its asker's, who may ask a narrower one: 400."""


def handle(app: FastAPI) -> None:
    """Let an application answer in the one shape."""
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)
