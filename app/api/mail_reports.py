"""/mail_report/: who gets the figures of a day, a week or a month by mail; for those who edit alarms."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

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
from app.api.who import Ask, Asked
from app.views.mail_report import problems
from store import mail_reports
from store.database import one_by_one
from store.mail_reports import MailReport, Overtaken

OWN = "This is somebody's own mail report, which they change at Account; an admin may remove it."
mailed = APIRouter(tags=["mail reports"])


class MailReportBody(Edited):
    """A mail report. What a PUT leaves out gets its default."""

    name: Name
    owner: Name = ""
    accounts: Annotated[list[Name], Field(min_length=1, max_length=500)] | None = Field(
        None, description="null for all"
    )
    emails: Names = Field(description="where it is sent to")
    every: Literal["day", "week", "month"] = "day"
    hour: int = Field(7, ge=0, le=23, description="of the day after, in its zone")
    zone: Name = Field("", description="IANA time zone; that of the settings without it")
    active: bool = True

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Yesterday", "emails": ["boss@example.org"], "hour": 6}]}
    )


class MailReportShown(BaseModel):
    """A mail report: all periods that end by `done` are sent."""

    id: str
    resource_uri: str
    name: str
    owner: str
    accounts: list[str] | None = Field(description="null for all")
    emails: list[str]
    every: str
    hour: int
    zone: str
    active: bool
    done: datetime | None
    version: str


def _told(one: MailReport) -> dict[str, Any]:
    return shown(MailReportShown, one._asdict() | {"version": str(one.version)}, "mail_report", one.id)


def _one(ask: Ask, id: str) -> MailReport:
    found = mail_reports.one(ask.store, id)
    if found is None:
        raise missing("mail report")
    return found


@mailed.get("/mail_report/", summary="Mail reports", response_model=Listed[MailReportShown])
def mail_reports_(ask: Asked, wanted: Annotated[Paged, Query()]) -> JSONResponse:
    """The mail reports, by name."""
    ask.demand("alarms")
    return paged(ask, wanted, [_told(one) for one in mail_reports.everything(ask.store)])


@mailed.get(
    "/mail_report/{id}/",
    summary="A mail report",
    response_model=MailReportShown,
    responses={200: {"headers": ETAG}},
)
def mail_report(ask: Asked, id: str) -> JSONResponse:
    """A mail report."""
    ask.demand("alarms")
    return answer(_told(_one(ask, id)))


@mailed.post(
    "/mail_report/",
    status_code=201,
    summary="Add a mail report",
    response_model=MailReportShown,
    responses={200: {"model": MailReportShown, "description": "There was one that is equal to it"}},
    openapi_extra=takes(MailReportBody),
)
@whole
def mail_report_add(ask: Asked) -> JSONResponse:
    """Add a mail report, of the periods that end from now on; one that is sent again is still one."""
    ask.demand_write("alarms")
    made = _made(ask, MailReport(), read(ask, MailReportBody, MailReportShown))
    one_by_one(ask.store, "mail reports added")
    same = [
        one for one in mail_reports.everything(ask.store) if one._replace(id="", version=0, done=None) == made
    ]
    if same:
        return answer(_told(same[0]))
    id = mail_reports.add(ask.store, made, datetime.now(UTC))
    ask.noted("add", "mail report", made.name, f"emails={','.join(made.emails)}")
    return answer(_told(_one(ask, id)), new=True)


@mailed.put(
    "/mail_report/{id}/",
    summary="Change a mail report",
    response_model=MailReportShown,
    responses={200: {"headers": ETAG}},
    openapi_extra=takes(MailReportBody),
)
def mail_report_put(ask: Asked, id: str, match: Match = None) -> JSONResponse:
    """Change all of a mail report; what was sent stays sent."""
    ask.demand_write("alarms")
    before = _one(ask, id)
    return _changed(ask, before, read(ask, MailReportBody, MailReportShown), match)


@mailed.patch(
    "/mail_report/{id}/",
    summary="Change some of a mail report",
    response_model=MailReportShown,
    responses={200: {"headers": ETAG}},
    openapi_extra=takes(MailReportBody, part=True),
)
def mail_report_patch(ask: Asked, id: str, match: Match = None) -> JSONResponse:
    """Change the fields of a mail report that are sent."""
    ask.demand_write("alarms")
    before = _one(ask, id)
    known = {name: value for name, value in _told(before).items() if name in MailReportBody.model_fields}
    del known["version"]
    return _changed(ask, before, read(ask, MailReportBody, MailReportShown, known), match)


@mailed.delete("/mail_report/{id}/", status_code=204, response_class=Response, summary="Remove a mail report")
@whole
def mail_report_remove(ask: Asked, id: str, match: Match = None) -> Response:
    """Remove a mail report. 404 once it is done."""
    ask.demand_write("alarms")
    before = _one(ask, id)
    held(str(before.version), match)
    if not mail_reports.remove(ask.store, id):
        raise missing("mail report")
    ask.noted("remove", "mail report", before.name)
    return Response(status_code=204)


def _made(ask: Ask, before: MailReport, body: MailReportBody) -> MailReport:
    """The mail report of a body, checked as the form's is. Raises Wrong."""
    told = values(body) | {"name": body.name.strip(), "owner": clean(body.owner)}
    made = before._replace(**told | {"zone": body.zone or ask.store.settings.zone})
    if wrong := problems(made):
        refuse(wrong)
    return made


@whole
def _changed(ask: Ask, before: MailReport, body: MailReportBody, match: str | None) -> JSONResponse:
    held(str(before.version), match, body.version)
    if before.user:
        raise Wrong(409, OWN)
    made = _made(ask, before, body)
    try:
        mail_reports.change(ask.store, made)
    except Overtaken as problem:
        raise Wrong(409, str(problem)) from None
    ask.noted("change", "mail report", made.name, f"emails={','.join(made.emails)}")
    return answer(_told(_one(ask, made.id)))
