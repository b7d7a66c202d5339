"""A walk over the whole description with values of every kind: no answer of it is a fault of ours, and none
is other than described, whoever asks.
"""

import json
import re
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from app.api.answers import REFUSALS, ROOT
from app.api.application import ROUTERS, described
from store.record import call_id
from tests.api.conftest import Place
from tests.cast import CAST

WORDS = (
    "", "0", "1", "-1", "1000", "2000", "Paris", "Lyon", "FR", "USER_BUSY", "in", "7d", "UTC", "json", "true",
    "2026-11-22", "2026-11-22T08:00:00Z", "2026-11-22T08:00Z/2026-11-22T09:00Z", "begins:+33", "contains:.*",
    "ends:$", "gt:60", "le:0.5", "days", "NORMAL_CLEARING", call_id(CAST[0]), "0" * 24, "*", "%00", "\0", "é",
    "$gt", "{}", "[]", '{"$ne":null}', "../..", "9" * 400, "<script>", "' or 1=1", "1e999", "NaN",
)  # fmt: skip
KEYS = (
    "objects", "switch", "uuid", "start_uepoch", "duration", "billsec", "accountcode", "prefix", "country",
    "name", "words", "switch_id", "$where", "hangup_cause", "kind", "options", "paused", "active", "role",
    "accounts", "rights", "password", "emails", "metric", "warning", "zone", "snoozed", "version", "every",
)  # fmt: skip
TEXT = st.sampled_from(WORDS) | st.text(st.characters(codec="utf-8"), max_size=20)
SCALAR = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | TEXT
BODY = st.recursive(
    st.dictionaries(st.sampled_from(KEYS) | TEXT, SCALAR, max_size=6),
    lambda inner: (
        inner | st.lists(inner | SCALAR, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner)
    ),
    max_leaves=8,
)
EXAMPLES = 40


def operations() -> list[tuple[str, str]]:
    """Every method and path of the description."""
    return [(method, path) for path, ways in DESCRIPTION["paths"].items() for method in ways]


def _description() -> dict[str, Any]:
    from fastapi import FastAPI

    app = FastAPI(openapi_url=None)
    for router in ROUTERS:
        app.include_router(router, prefix=ROOT, responses=REFUSALS)
    return described(app)


DESCRIPTION = _description()


def allowed(method: str, path: str, status: int) -> dict[str, Any]:
    """How an answer of this status is described; fails where it is not."""
    told = DESCRIPTION["paths"][path][method]["responses"]
    found = told.get(str(status)) or told.get(f"{status // 100}XX")
    assert found, f"{method} {path} answers {status}, of which nothing is told"
    schema = found.get("content", {}).get("application/json", {}).get("schema", {})
    return {**schema, "components": DESCRIPTION["components"]}


@st.composite
def requests(draw: st.DrawFn, method: str, path: str) -> tuple[str, Any, str]:
    """Path with its query, body, and who asks."""
    named = [one["name"] for one in DESCRIPTION["paths"][path][method].get("parameters", ())]
    path = re.sub(r"{[^}]*}", lambda _: quote(draw(TEXT), safe=""), path)
    names = st.sampled_from(named) | TEXT if named else TEXT
    pairs = draw(st.lists(st.tuples(names, TEXT), max_size=4))
    body = None
    if method in ("post", "put", "patch"):
        body = draw(BODY.map(json.dumps) | BODY.map(json.dumps) | st.binary(max_size=30))
    who = draw(st.sampled_from(["Ada", "Alice", "Bob", "Charlie", ""]))
    return f"{path}?{urlencode(pairs)}", body, who


@pytest.mark.parametrize(("method", "path"), operations())
def test_whatever_is_asked_is_answered_as_described(method: str, path: str, place: Place) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests(method, path))
    def walk(request: tuple[str, Any, str]) -> None:
        where, body, who = request
        found = place.ask(method.upper(), where, who, body)
        if found.status == 307:  # an id that is empty or has a slash is another address
            return
        schema = allowed(method, path, found.status)
        if found.status != 204:
            Draft202012Validator(schema).validate(found.body)

    walk()


def test_the_description_is_one() -> None:
    schemas = DESCRIPTION["components"]["schemas"]
    for name, schema in schemas.items():
        validator_for(schema, Draft202012Validator).check_schema(schema)
        assert re.fullmatch(r"[\w.\-]+", name)
    told = set(re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', json.dumps(DESCRIPTION)))
    assert told <= set(schemas)
    ids = [way["operationId"] for ways in DESCRIPTION["paths"].values() for way in ways.values()]
    assert len(ids) == len({*ids})
    assert all(way.get("summary") for ways in DESCRIPTION["paths"].values() for way in ways.values())
    assert {*DESCRIPTION["components"]["securitySchemes"]} == {"password", "key", "session"}
