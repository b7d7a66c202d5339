"""/alarm/: what is watched, and how it fares; for those who edit alarms, by the checks of the form."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from alerts.alarms import REFERENCES
from alerts.form import problems
from alerts.judge import CONDITIONS
from alerts.measures import METRICS
from alerts.windows import PERIODS
from app.api.answers import Listed, Paged, paged
from app.api.edits import (
    ETAG,
    Edited,
    Match,
    Name,
    Names,
    answer,
    clean,
    held,
    missing,
    read,
    refuse,
    shown,
    takes,
    values,
    whole,
)
from app.api.errors import Wrong
from app.api.search import Moment
from app.api.who import Ask, Asked
from store import alarms
from store.alarms import Alarm, Overtaken, Watched
from store.database import one_by_one
from store.record import DIRECTIONS

watching = APIRouter(tags=["alarms"])
Number = Annotated[float, Field(allow_inf_nan=False)]
SECRETS = ("webhook", "secret")


def _of(known: Iterable[str]) -> dict[str, Any]:
    return {"enum": list(known)}


class AlarmBody(Edited):
    """An alarm. What a PUT leaves out gets its default, but for webhook and secret, which stay."""

    name: Name
    owner: Name = ""
    active: bool = True
    period: Name = Field("hour", json_schema_extra=_of([*PERIODS, "minutes"]))
    minutes: int = Field(15, ge=1, le=1_440, description="of a rolling window, where the period is minutes")
    zone: Name = Field("", description="IANA time zone; that of the settings without it")
    metric: Name = Field("asr", json_schema_extra=_of(METRICS))
    condition: Name = Field("less", json_schema_extra=_of(CONDITIONS))
    warning: Number | None = Field(None, description="in the unit of the metric, or in percent or deviations")
    critical: Number | None = None
    reference: Name = Field("", description="what is compared with", json_schema_extra=_of(REFERENCES))
    minimum: int = Field(20, ge=0, le=10**9, description="calls that it takes to judge")
    hysteresis: Number = Field(10.0, description="percent by which it has to be better until it is over")
    repeat: int = Field(0, ge=0, le=43_200, description="minutes until it is told again; 0 for never")
    snoozed: Annotated[Moment, Field(strict=False)] | None = Field(
        None, description="nobody is told before this moment"
    )
    quiet: list[Name] = Field(
        ["", ""], min_length=2, max_length=2, description='quiet hours, such as ["22:00", "06:00"]'
    )
    emails: Names = Field([], description="who is told")
    webhook: str | None = Field(
        None, max_length=2_000, description="never told; without it the old one stays"
    )
    secret: str | None = Field(None, max_length=200, description="signs the webhook; never told, as that")
    switches: Names = Field([], description="none for all, here and below")
    accounts: Annotated[list[Name], Field(min_length=1, max_length=500)] | None = Field(
        None, description="null for all"
    )
    countries: Names = Field([], description="ISO codes; ZZ, 001 or internal")
    directions: list[Annotated[str, Field(pattern=f"^({'|'.join(DIRECTIONS)})$")]] = Field([], max_length=10)
    prefix: Name = Field("", description="what called numbers begin with")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "ASR to France",
                    "metric": "asr",
                    "condition": "less",
                    "warning": 50,
                    "critical": 30,
                    "countries": ["FR"],
                    "emails": ["noc@example.org"],
                }
            ]
        }
    )


class AlarmShown(BaseModel):
    """An alarm, and how it fares; without its webhook and secret."""

    id: str
    resource_uri: str
    name: str
    owner: str
    active: bool
    period: str
    minutes: int
    zone: str
    metric: str
    condition: str
    warning: float | None
    critical: float | None
    reference: str
    minimum: int
    hysteresis: float
    repeat: int
    quiet: list[str]
    switches: list[str]
    accounts: list[str] | None = Field(description="null for all")
    countries: list[str]
    directions: list[str]
    prefix: str
    emails: list[str]
    snoozed: datetime | None
    state: str
    since: datetime | None
    value: float | None
    checked: datetime | None
    error: str
    version: str


def _told(one: Watched) -> dict[str, Any]:
    both = one.alarm._asdict() | {
        name: getattr(one.status, name) for name in ("state", "since", "value", "checked", "error")
    }
    return shown(AlarmShown, both | {"version": str(one.alarm.version)}, "alarm", one.alarm.id)


def _one(ask: Ask, id: str) -> Watched:
    found = alarms.one(ask.store, id)
    if found is None:
        raise missing("alarm")
    return found


@watching.get("/alarm/", summary="Alarms", response_model=Listed[AlarmShown])
def listed(ask: Asked, wanted: Annotated[Paged, Query()]) -> JSONResponse:
    """The alarms, by name."""
    ask.demand("alarms")
    return paged(ask, wanted, [_told(one) for one in ask.viewer.veil(alarms.everything(ask.store))])


@watching.get(
    "/alarm/{id}/", summary="An alarm", response_model=AlarmShown, responses={200: {"headers": ETAG}}
)
def one(ask: Asked, id: str) -> JSONResponse:
    """An alarm."""
    ask.demand("alarms")
    return answer(_told(ask.viewer.veil(_one(ask, id))))


@watching.post(
    "/alarm/",
    status_code=201,
    summary="Add an alarm",
    response_model=AlarmShown,
    responses={200: {"model": AlarmShown, "description": "There was one that is equal to it"}},
    openapi_extra=takes(AlarmBody),
)
@whole
def alarm_add(ask: Asked) -> JSONResponse:
    """Add an alarm; one that is sent again is still one."""
    ask.demand_write("alarms")
    made = _made(ask, Alarm(), read(ask, AlarmBody, AlarmShown))
    one_by_one(ask.store, "alarms added")
    known = [one for one in alarms.everything(ask.store) if one.alarm._replace(id="", version=0) == made]
    if known:
        return answer(_told(ask.viewer.veil(known[0])))
    id = alarms.add(ask.store, made, datetime.now(UTC))
    ask.noted("add", "alarm", made.name)
    return answer(_told(ask.viewer.veil(_one(ask, id))), new=True)


@watching.put(
    "/alarm/{id}/",
    summary="Change an alarm",
    response_model=AlarmShown,
    responses={200: {"headers": ETAG}},
    openapi_extra=takes(AlarmBody),
)
def alarm_put(ask: Asked, id: str, match: Match = None) -> JSONResponse:
    """Change all of an alarm; its state stays."""
    ask.demand_write("alarms")
    before = _one(ask, id)
    return _changed(ask, before.alarm, read(ask, AlarmBody, AlarmShown), match)


@watching.patch(
    "/alarm/{id}/",
    summary="Change some of an alarm",
    response_model=AlarmShown,
    responses={200: {"headers": ETAG}},
    openapi_extra=takes(AlarmBody, part=True),
)
def alarm_patch(ask: Asked, id: str, match: Match = None) -> JSONResponse:
    """Change the fields of an alarm that are sent, such as `active` or `snoozed`."""
    ask.demand_write("alarms")
    before = _one(ask, id)
    known = {name: value for name, value in _told(before).items() if name in AlarmBody.model_fields}
    del known["version"]
    return _changed(ask, before.alarm, read(ask, AlarmBody, AlarmShown, known), match)


@watching.delete("/alarm/{id}/", status_code=204, response_class=Response, summary="Remove an alarm")
@whole
def alarm_remove(ask: Asked, id: str, match: Match = None) -> Response:
    """Remove an alarm; its reports stay. 404 once it is done."""
    ask.demand_write("alarms")
    before = _one(ask, id).alarm
    held(str(before.version), match)
    if not alarms.remove(ask.store, id):
        raise missing("alarm")
    ask.noted("remove", "alarm", before.name)
    return Response(status_code=204)


def _made(ask: Ask, before: Alarm, body: AlarmBody) -> Alarm:
    """The alarm of a body, checked as the form's is. Raises Wrong."""
    told = values(body, *SECRETS) | {"name": body.name.strip(), "owner": clean(body.owner)}
    told |= {"zone": body.zone or ask.store.settings.zone}
    told |= {name: value for name in SECRETS if (value := getattr(body, name)) is not None}
    made = before._replace(**told)
    if made.snoozed:
        made = made._replace(snoozed=made.snoozed.astimezone(UTC).replace(microsecond=0))
    if wrong := problems(made):
        refuse(wrong)
    if made.prefix != before.prefix:
        ask.viewer.begins(made.prefix)
    return made


@whole
def _changed(ask: Ask, before: Alarm, body: AlarmBody, match: str | None) -> JSONResponse:
    held(str(before.version), match, body.version)
    made = _made(ask, before, body)
    try:
        alarms.change(ask.store, made)
    except Overtaken as problem:
        raise Wrong(409, str(problem)) from None
    if made.snoozed != before.snoozed:
        alarms.snooze(ask.store, made.id, made.snoozed)
    ask.noted("change", "alarm", made.name)
    return answer(_told(ask.viewer.veil(_one(ask, made.id))))
