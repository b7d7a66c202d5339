"""A record that is sent: its fields by the predecessor's names and by ours, checked and made a call."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import pydantic_core
from pydantic import Field, StrictFloat, StrictInt, StrictStr, ValidationError

from app.api.answers import Strict
from app.api.errors import Said, Wrong, first
from ingest.refused import Bad
from ingest.rows import FIELDS, Builder
from store.record import CDR

MOST = 1_000
LENGTH = 200
Text = Annotated[StrictStr, Field(max_length=LENGTH)] | Annotated[StrictInt, Field(ge=0, lt=10**18)] | None
Seconds = (
    Annotated[StrictStr, Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})?$")]
    | Annotated[StrictInt, Field(ge=0, lt=10**12)]
    | Annotated[StrictFloat, Field(ge=0, lt=10**12, allow_inf_nan=False)]
    | None
)
TIME = "ISO 8601, with zone; of the zone of the settings without one"


class Record(Strict):
    """A call that is sent. What has two names is told by one of them."""

    switch: Text = Field(None, description="the switch's name, without which a record is rejected")
    switch_id: Text = None
    uuid: Text = Field(
        None, description="the switch's own name of the call; equal records are one without it"
    )
    leg: Text = None
    start_uepoch: Text = Field(None, description=TIME)
    start: Text = None
    answer_uepoch: Text = None
    answer: Text = None
    end_uepoch: Text = None
    end: Text = None
    duration: Seconds = Field(None, description="seconds, with ringing")
    mduration: Seconds = Field(
        None, description="the same in milliseconds, which counts where both are given"
    )
    billsec: Seconds = Field(None, description="seconds of talk")
    billmsec: Seconds = Field(None, description="the same in milliseconds")
    caller_id_number: Text = None
    caller_id_name: Text = None
    destination_number: Text = None
    accountcode: Text = None
    hangup_cause: Text = Field(None, description="name, such as USER_BUSY, or code of Q.850")
    hangup_cause_q850: Text = None
    hangup_cause_id: Text = None
    direction: Text = Field(None, description="in or out (inbound, outbound), internal")
    read_codec: Text = None
    write_codec: Text = None
    remote_media_ip: Text = None
    pdd_ms: Seconds = Field(None, description="post-dial delay in milliseconds")
    cdr_type: Text = Field(None, description="taken, and not kept")
    cdr_object_id: Text = Field(None, description="taken, and not kept")


NAMES: dict[str, tuple[tuple[str, float], ...]] = {
    "switch": (("switch", 0), ("switch_id", 0)),
    "uuid": (("uuid", 0),),
    "leg": (("leg", 0),),
    "start": (("start_uepoch", 0), ("start", 0)),
    "answer": (("answer_uepoch", 0), ("answer", 0)),
    "end": (("end_uepoch", 0), ("end", 0)),
    "duration": (("mduration", 1000), ("duration", 1)),
    "billsec": (("billmsec", 1000), ("billsec", 1)),
    "caller": (("caller_id_number", 0),),
    "caller_name": (("caller_id_name", 0),),
    "destination": (("destination_number", 0),),
    "account": (("accountcode", 0),),
    "cause": (("hangup_cause", 0), ("hangup_cause_q850", 0), ("hangup_cause_id", 0)),
    "direction": (("direction", 0),),
    "read_codec": (("read_codec", 0),),
    "write_codec": (("write_codec", 0),),
    "media_ip": (("remote_media_ip", 0),),
    "pdd": (("pdd_ms", 1000),),
}
"""By field of rows.FIELDS: the names that tell it, the one that counts first, and for a length how many of
its units are a second.
"""
PLACES = [NAMES.get(field, ()) for field in FIELDS]
ABOUT = {
    "switch": "switch",
    "start": "start_uepoch",
    "range": "start_uepoch",
    "order": "end_uepoch",
    "long": "duration",
    "talk": "billsec",
}
"""The field that a reason of rows.Bad is about; what is not here says it in its sentence."""
NAMED = re.compile(r"The (start|answer|end|duration|billsec|PDD) ")
NAMED_FIELDS = {"start": "start_uepoch", "answer": "answer_uepoch", "end": "end_uepoch", "PDD": "pdd_ms"}
NO_SWITCH = "The record names no switch."


def parsed(body: bytes) -> list[Any] | dict[str, Any]:
    """What is sent: a record, or the records of {"objects": [...]}. Raises Wrong."""
    found = json_of(body)
    if not isinstance(found, dict):
        raise Wrong(400, 'The body is a record, or {"objects": [...]}.')
    if "objects" not in found:
        return found
    objects = found["objects"]
    if not isinstance(objects, list) or len(found) > 1:
        raise Wrong(400, "It is a list of records, and the only field.", "objects")
    if len(objects) > MOST:
        raise Wrong(413, f"A body has at most {MOST:,} records; these are {len(objects):,}.", "objects")
    return objects


def json_of(body: bytes) -> Any:
    """The JSON of a body; raises Wrong for what is none, or is nested without end."""
    try:
        return pydantic_core.from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise Wrong(400, f"The body is no JSON: {str(error)[:100]}.") from None


def read(given: Any, made: Builder) -> CDR | Said:
    """The call of a record, or why it is none, with the field."""
    try:
        record = Record.model_validate(given)
    except ValidationError as error:
        sentence, field = first(error.errors(include_url=False, include_input=False))
        return Said(sentence=sentence, field=field)
    told = record.model_dump(exclude_none=True)
    try:
        return made.call([_text(told, names) for names in PLACES], _line(told))
    except Bad as bad:
        return _said(bad)


def _text(told: Mapping[str, Any], names: tuple[tuple[str, float], ...]) -> str:
    """The text of a field; a length in seconds."""
    for name, units in names:
        value = told.get(name)
        if value not in (None, ""):
            return str(value) if units in (0, 1) else f"{float(value) / units:.6f}"
    return ""


def _line(told: Mapping[str, Any]) -> str:
    """The record as one text, by which it is known where it names no call."""
    return pydantic_core.to_json({name: told[name] for name in sorted(told)}).decode()


def _said(bad: Bad) -> Said:
    sentence, kind = str(bad), bad.kind
    if kind == "switch":
        return Said(sentence=NO_SWITCH, field="switch")
    if kind == "order" and "answered" in sentence:
        return Said(sentence=sentence, field="answer_uepoch")
    named = NAMED.match(sentence)
    field = NAMED_FIELDS.get(named[1], named[1]) if named else None
    return Said(sentence=sentence, field=ABOUT.get(kind) or field)
