"""The reports of mod_json_cdr and mod_format_cdr, a JSON document a leg; mod_cdr_mongodb keeps the same."""

import json
from typing import Any
from urllib.parse import quote

from ingest.freeswitch_record import (
    LONGEST,
    MOMENTS,
    PROFILES,
    TOLD,
    WANTED,
    Document,
    Profile,
    harmless,
    profile,
    variables,
)
from ingest.refused import Bad
from store.sentence import Sentence

VALUES = 15_000
"""Values of a document at most, which bounds the time and the memory that it takes."""
FLOW = "callflow"
SIGNS = (" ", "@", "<")
"""What stands in some value of every report, unless its values are encoded."""


def _twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; of a callflow that stands in it several times, as older FreeSWITCH writes it, all."""
    found = dict(pairs)
    if len(found) < len(pairs) and FLOW in found:
        found[FLOW] = [value for name, value in pairs if name == FLOW]
    return found


# numbers stay as they are written, and what no JSON may hold in a text is made harmless later
ONCE = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)
TWICE = json.JSONDecoder(
    parse_int=str, parse_float=str, parse_constant=str, strict=False, object_pairs_hook=_twice
)


def document(text: str) -> Document:
    """The report of this text. Raises Bad for what is none."""
    if len(text) > LONGEST or text.count(",") + text.count("{") + text.count("[") > VALUES:
        raise Bad(
            "too long",
            Sentence(
                "The document has more than {size} kB or {n} values.",
                size=LONGEST >> 10,
                n=VALUES,
            ),
        )
    decoder = TWICE if text.count(f'"{FLOW}"') > 1 else ONCE
    try:
        found = decoder.decode(text)
    except json.JSONDecodeError as error:
        raise Bad(
            "json",
            Sentence("The document is no JSON: {msg} at character {pos}.", msg=error.msg, pos=error.pos + 1),
        ) from None
    except RecursionError:
        raise Bad("json", Sentence("The document is nested too deep to be the report of a call.")) from None
    return of_object(found)


def of_object(found: object) -> Document:
    """The report of a JSON object, or of a document of mod_cdr_mongodb. Raises Bad when it is none."""
    told = _object(found)
    named = _object(told.get("variables"))
    flow = told.get(FLOW)
    flows = flow if isinstance(flow, list) else [flow]
    profiles = tuple(_profile(_object(one)) for one in flows[:PROFILES] if one)
    if not (named or profiles):
        raise Bad(
            "report", Sentence("The document is no report of a call: it has no variables and no callflow.")
        )
    pairs = ((name, _text(named[name])) for name in WANTED if name in named)
    direction = _text(_object(told.get("channel_data")).get("direction"))
    return Document(
        variables(pairs, _are_encoded(named)),
        profiles,
        harmless(direction),
        harmless(_text(told.get("switchname"))),
    )


def _are_encoded(named: dict[str, Any]) -> bool:
    """Whether the values are encoded, which they are by default (encode-values)."""
    values = [value for value in named.values() if isinstance(value, str)]
    return not any(sign in value for sign in SIGNS for value in values)


def _profile(flow: dict[str, Any]) -> Profile:
    told, times = _object(flow.get("caller_profile")), _object(flow.get("times"))
    made_by = _object(told.get("originator")).get("originator_caller_profiles")
    first = made_by[0] if isinstance(made_by, list) and made_by else made_by
    return profile(
        (_text(told.get(name)) for name in TOLD),
        (_text(times.get(name)) for name in MOMENTS),
        _text(_object(first).get("uuid")),
    )


def _object(found: object) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _text(found: object) -> str:
    """A value as text: MongoDB keeps what looks like a number as one; an object or a list is no value."""
    if isinstance(found, str):
        return found
    return str(found) if isinstance(found, int | float) and not isinstance(found, bool) else ""


def condensed(found: Document) -> str:
    """A report of what is read of this one, of some 2,000 characters, its values encoded."""
    named = {name: quote(value, safe="/,!()*'") for name, value in found.variables.items()}
    ends = found.profiles[:1] + found.profiles[1:][-1:]
    flows = [
        {
            "caller_profile": dict(zip(TOLD, one, strict=False))
            | {"originator": {"originator_caller_profiles": [{"uuid": one.originator}]}},
            "times": dict(zip(MOMENTS, one[len(TOLD) :], strict=False)),
        }
        for one in ends
    ]
    told = {"switchname": found.switch, "channel_data": {"direction": found.direction}, "variables": named}
    return json.dumps({**told, FLOW: flows}, separators=(",", ":"))
