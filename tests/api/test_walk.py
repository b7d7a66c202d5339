"""A walk over the whole description with values of every kind: no answer of it is a fault of ours, none is
other than described, and none has anything of another, whoever asks. `make bench ARGS=schema` walks further.
"""

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from store.record import call_id
from tests.api.asking import Request, description, leaks, operations, requests, wrong
from tests.api.conftest import Place
from tests.api.ground import MARKS, ids, marked
from tests.cast import CAST

EXAMPLES = 40
ROLES = ("Ada", "Stan", "Alice", "Bob", "Charlie", "")


@pytest.mark.parametrize(("method", "path"), operations())
def test_whatever_is_asked_is_answered_as_described(method: str, path: str, place: Place) -> None:
    known = ids(marked(place))

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(requests(method, path, known, MARKS), st.sampled_from(ROLES))
    def walk(request: Request, who: str) -> None:
        found = place.ask(request.method, request.path, who, request.body, **request.headers)
        assert wrong(method, path, found) == ""
        if who in ("Alice", "Charlie", "Stan", ""):
            assert leaks(request, found, MARKS) == []

    walk()


def test_a_leak_would_be_seen(place: Place) -> None:
    """Bob's own answers bear the marks; so does an answer for Ada, who sees everything."""
    marked(place)
    request = Request("GET", "cdr/?limit=1000", None, {})
    for who in ("Bob", "Ada"):
        assert leaks(request, place.get(request.path, who), MARKS) == [*MARKS]
    assert leaks(request, place.get(request.path, "Alice"), MARKS) == []
    foreign = f"cdr/{call_id(CAST[4])}/"
    assert place.get(foreign, "Alice").status == 404


def test_the_description_is_one() -> None:
    schemas = description()["components"]["schemas"]
    for name, schema in schemas.items():
        validator_for(schema, Draft202012Validator).check_schema(schema)
        assert re.fullmatch(r"[\w.\-]+", name)
    told = set(re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', json.dumps(description())))
    assert told <= set(schemas)
    ways = [way for paths in description()["paths"].values() for way in paths.values()]
    ids = [way["operationId"] for way in ways]
    assert len(ids) == len({*ids})
    assert all(way.get("summary") for way in ways)
    assert {*description()["components"]["securitySchemes"]} == {"password", "key", "session"}


def test_every_noun_of_the_manual_and_ours_has_its_list() -> None:
    names = {path.split("/")[3] for path, ways in description()["paths"].items() if "get" in ways}
    assert names >= {
        "switch", "hangup_cause", "cdr", "cdr_daily", "cdr_hourly", "countries", "concurrent", "alarm",
        "alarm_report", "blacklist", "whitelist", "user", "source", "report", "mail_report",
    }  # fmt: skip
