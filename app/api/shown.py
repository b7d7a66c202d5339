"""A call as the API shows it, by the names that the predecessor gave its fields."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from app.api.answers import ROOT
from app.viewer import Viewer
from store.record import CDR, Leg, call_id


class CallLeg(BaseModel):
    """A row of the switch within a call of several."""

    leg: str
    start_uepoch: datetime
    answer_uepoch: datetime | None
    end_uepoch: datetime
    duration: float
    billsec: float
    answered: bool
    caller_id_number: str
    destination_number: str
    hangup_cause: str
    hangup_cause_q850: int
    channel: str
    application: str


class Call(BaseModel):
    """A call. Times are ISO 8601 with zone; duration (with ringing) and billsec (talk) are seconds."""

    id: str
    resource_uri: str
    switch: str
    uuid: str
    start_uepoch: datetime
    answer_uepoch: datetime | None
    end_uepoch: datetime
    duration: float
    billsec: float
    mduration: int = Field(description="milliseconds")
    billmsec: int = Field(description="milliseconds")
    answered: bool
    caller_id_number: str
    caller_id_name: str
    destination_number: str
    accountcode: str
    direction: str
    country: str = Field(description="ISO code of the destination; ZZ unknown, 001 international, internal")
    hangup_cause: str
    hangup_cause_q850: int
    read_codec: str
    write_codec: str
    remote_media_ip: str
    pdd_ms: int | None
    legs: list[CallLeg] | None = Field(None, description="where the call is asked for by itself")


def _clock(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).isoformat(timespec="milliseconds")


def call(one: CDR, zone: ZoneInfo, viewer: Viewer, legs: bool = False) -> dict[str, Any]:
    """A call as JSON has it, its times in a zone and its numbers as the viewer sees them; with its legs where
    these are asked for.
    """
    id, one = call_id(one), viewer.veil(one)
    told = {
        "id": id,
        "resource_uri": f"{ROOT}/cdr/{id}/",
        "switch": one.switch,
        "uuid": one.uuid,
        "start_uepoch": _clock(one.start, zone),
        "answer_uepoch": _clock(one.answer, zone),
        "end_uepoch": _clock(one.end, zone),
        "duration": one.mduration / 1000,
        "billsec": one.billmsec / 1000,
        "mduration": one.mduration,
        "billmsec": one.billmsec,
        "answered": one.answered,
        "caller_id_number": one.caller,
        "caller_id_name": one.caller_name,
        "destination_number": one.destination,
        "accountcode": one.account,
        "direction": one.direction,
        "country": one.country,
        "hangup_cause": one.cause,
        "hangup_cause_q850": one.q850,
        "read_codec": one.read_codec,
        "write_codec": one.write_codec,
        "remote_media_ip": one.media_ip,
        "pdd_ms": one.pdd_ms,
    }
    return told | {"legs": [_leg(leg, zone) for leg in one.legs]} if legs else told


def _leg(leg: Leg, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "leg": leg.leg,
        "start_uepoch": _clock(leg.start, zone),
        "answer_uepoch": _clock(leg.answer, zone),
        "end_uepoch": _clock(leg.end, zone),
        "duration": leg.mduration / 1000,
        "billsec": leg.billmsec / 1000,
        "answered": leg.answered,
        "caller_id_number": leg.caller,
        "destination_number": leg.destination,
        "hangup_cause": leg.cause,
        "hangup_cause_q850": leg.q850,
        "channel": leg.channel,
        "application": leg.application,
    }
