"""/hangup_cause/: all hangup causes of Q.850, and those of switches, with their descriptions."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from app.api.answers import Listed, Paged, found, paged
from app.api.edits import shown
from app.api.who import Ask, Asked
from store import cause_notes, causes
from store.causes import Cause

reasons = APIRouter(tags=["hangup causes"])


class CauseShown(BaseModel):
    """A hangup cause: `code` is that of Q.850, 0 for one of a switch's own; `enumeration` its name."""

    id: str
    resource_uri: str
    code: int
    enumeration: str
    cause: str
    kind: str
    description: str


def _cause(one: Cause) -> dict[str, Any]:
    told = {
        "code": one.q850,
        "enumeration": one.name,
        "cause": one.label,
        "kind": one.kind,
        "description": one.description,
    }
    return shown(CauseShown, told, "hangup_cause", one.name)


def _known(ask: Ask) -> dict[str, Cause]:
    """The causes as they are described here; those that only a switch knows are told to who sees the calls
    of everybody.
    """
    notes = cause_notes.everything(ask.store)
    more = notes if ask.viewer.whole else {}
    known = {**causes.table(), **{name: causes.cause(name) for name in more}}
    return {name: cause_notes.told(one, notes) for name, one in known.items()}


@reasons.get("/hangup_cause/", summary="Hangup causes", response_model=Listed[CauseShown])
def hangup_causes(ask: Asked, wanted: Annotated[Paged, Query()]) -> JSONResponse:
    """All hangup causes of Q.850, then those of switches."""
    return paged(ask, wanted, [_cause(one) for one in _known(ask).values()])


@reasons.get("/hangup_cause/{id}/", summary="A hangup cause", response_model=CauseShown)
def hangup_cause(ask: Asked, id: str) -> JSONResponse:
    """A hangup cause, by its name or its code of Q.850."""
    known = causes.codes().get(int(id)) if id.isascii() and id.isdecimal() and len(id) < 4 else None
    held = known or _known(ask).get(id)
    return found(_cause(held) if held else None, "hangup cause")
