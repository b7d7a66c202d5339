"""Requests made up of the description of the API: by its schemas, and by values that mean harm; what is wrong
with an answer, by the same description.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from fastapi import FastAPI
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from app.api.answers import REFUSALS, ROOT
from app.api.application import ROUTERS, described
from store.record import call_id
from tests.api.conftest import Answer
from tests.cast import CAST

WORDS = (
    "", "0", "1", "-1", "1000", "2000", "Paris", "Lyon", "FR", "USER_BUSY", "in", "7d", "UTC", "json", "true",
    "2026-11-22", "2026-11-22T08:00:00Z", "2026-11-22T08:00Z/2026-11-22T09:00Z", "begins:+33", "contains:.*",
    "ends:$", "gt:60", "le:0.5", "days", "NORMAL_CLEARING", call_id(CAST[0]), "0" * 24, "*", "%00", "\0", "é",
    "$gt", "{}", "[]", '{"$ne":null}', "../..", "9" * 400, "<script>", "' or 1=1", "1e999", "NaN",
)  # fmt: skip
FORMATS = {
    "date-time": st.sampled_from(["2026-11-22T08:00:00Z", "2026-11-23T00:00:00+01:00", "1999-01-01T00:00Z"]),
    "date": st.sampled_from(["2026-11-22", "2026-02-28", "1991-01-01"]),
}
CHARACTERS = st.characters(codec="utf-8")
TEXT = st.sampled_from(WORDS) | st.text(CHARACTERS, max_size=20)
SCALAR = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | TEXT
HARM = SCALAR | st.lists(SCALAR, max_size=3) | st.dictionaries(st.just("$gt") | TEXT, SCALAR, max_size=2)
WRITES = ("post", "put", "patch")
LONGEST, MANY = 40, 3
"""Letters of a text and items of a list that are made up at most, where more may be."""


class Request(NamedTuple):
    """Method, path with its query, body (None: none) and the headers beside who asks."""

    method: str
    path: str
    body: str | bytes | None
    headers: Mapping[str, str]


@cache
def description() -> dict[str, Any]:
    """The description of the API."""
    app = FastAPI(openapi_url=None)
    for router in ROUTERS:
        app.include_router(router, prefix=ROOT, responses=REFUSALS)
    return described(app)


def operations() -> list[tuple[str, str]]:
    """Every method and path of the description."""
    return [(method, path) for path, ways in description()["paths"].items() for method in ways]


def value(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Values that a schema takes, as far as this knows it."""
    if "$ref" in schema:
        return value(description()["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if choices := schema.get("anyOf"):
        return st.one_of([value(one) for one in choices])
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    return KINDS.get(schema.get("type", ""), lambda _: SCALAR)(schema)


def _string(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    most = min(schema.get("maxLength", LONGEST), LONGEST)
    if "pattern" in schema:
        made = st.from_regex(schema["pattern"], alphabet=CHARACTERS)
        return made.filter(lambda text: len(text) <= most)
    return TEXT.map(lambda text: text[:most])


def _integer(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    least, most = (
        schema.get("minimum", -1_000),
        schema.get("maximum", schema.get("exclusiveMaximum", 1_001) - 1),
    )
    return st.integers(least, most)


def _array(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    least = schema.get("minItems", 0)
    return st.lists(value(schema.get("items", {})), min_size=least, max_size=max(least, MANY))


def _object(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    fields, needed = schema.get("properties", {}), schema.get("required", ())
    if not fields:
        more = schema.get("additionalProperties")
        return st.dictionaries(TEXT, value(more) if isinstance(more, dict) else SCALAR, max_size=MANY)
    told = {name: value(field) for name, field in fields.items()}
    must = {name: told.pop(name) for name in needed}
    return st.fixed_dictionaries(must, optional=told)


KINDS = {
    "string": _string,
    "integer": _integer,
    "number": lambda schema: st.floats(-1e6, 1e6) | st.integers(-100, 100),
    "boolean": lambda schema: st.booleans(),
    "null": lambda schema: st.none(),
    "array": _array,
    "object": _object,
}


@st.composite
def requests(
    draw: st.DrawFn, method: str, path: str, known: Mapping[str, Sequence[str]], words: Sequence[str] = ()
) -> Request:
    """A request of an operation. `known` are ids by the first part of the path, `words` what a query may have
    beside what its schema takes.
    """
    told = description()["paths"][path][method]
    some = TEXT | st.sampled_from(words) if words else TEXT
    ids = st.sampled_from(known[path.split("/")[3]]) if known.get(path.split("/")[3]) else some
    where = re.sub(r"{[^}]*}", lambda _: quote(draw(some if _seldom(draw) else ids), safe=""), path)
    query = {one["name"]: one["schema"] for one in told.get("parameters", ()) if one["in"] == "query"}
    pairs = []
    names = draw(st.lists(st.sampled_from(sorted(query)), max_size=3, unique=True)) if query else []
    for name in [*names, *(["$where"] if _seldom(draw) else [])]:
        given = draw(some if _seldom(draw) else value(query.get(name, {})))
        pairs += [(name, _said(one)) for one in (given if isinstance(given, list) else [given])]
    schema = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    body = draw(_bodies(schema)) if schema else None
    tags = draw(st.sampled_from([None, None, "*", '"1"', 'W/"2", "x"'])) if method != "get" else None
    return Request(method.upper(), f"{where}?{urlencode(pairs)}", body, {"If_Match": tags} if tags else {})


def _seldom(draw: st.DrawFn) -> bool:
    return draw(st.integers(0, 7)) == 7


def _said(one: Any) -> str:
    return {True: "true", False: "false"}.get(one, "") if isinstance(one, bool) else str(one)


@st.composite
def _bodies(draw: st.DrawFn, schema: Mapping[str, Any]) -> str | bytes:
    """A body as its schema has it, one with a field that means harm, or none at all."""
    way = draw(st.integers(0, 5))
    if way == 0:
        return draw(st.binary(max_size=30) | HARM.map(json.dumps))
    made = draw(value(schema))
    if way < 3 and isinstance(made, dict):
        made[draw(st.sampled_from(sorted(made)) if made else TEXT)] = draw(HARM)
    return json.dumps(made)


def allowed(method: str, path: str, status: int) -> dict[str, Any] | None:
    """The schema of an answer of this status; None where nothing is told of it."""
    told = description()["paths"][path][method]["responses"]
    found = told.get(str(status)) or told.get(f"{status // 100}XX")
    if found is None:
        return None
    schema = found.get("content", {}).get("application/json", {}).get("schema", {})
    return {**schema, "components": description()["components"]}


def wrong(method: str, path: str, found: Answer) -> str:
    """What is wrong with an answer: '' where it is as described."""
    if found.status == 307:  # an id that is empty or has a slash is another address
        return ""
    if found.status >= 500:
        return f"{found.status}: {found.body}"
    schema = allowed(method, path, found.status)
    if schema is None:
        return f"{found.status}, of which nothing is told"
    if found.status == 204:
        return "" if not found.body else "204 with a body"
    fault = next(Draft202012Validator(schema).iter_errors(found.body), None)
    return f"{found.status}: {fault.message[:300]}" if fault else ""


def leaks(request: Request, found: Answer, marks: Sequence[str]) -> list[str]:
    """The marks of others that stand in an answer: nowhere in its objects, and elsewhere only where the
    request has them.
    """
    body = found.body if isinstance(found.body, dict) else {"objects": found.body}
    objects = json.dumps(body.get("objects", body if "meta" not in body else ""), ensure_ascii=False)
    asked = f"{request.path} {request.body!r}"
    whole = json.dumps(found.body, ensure_ascii=False) + str(found.headers)
    echoed = "error" in body
    return [
        mark
        for mark in marks
        if (mark in objects and not echoed) or (mark in whole and quote(mark) not in asked)
    ]
