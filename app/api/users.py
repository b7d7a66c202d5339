"""/user/: who may log in, for those who edit users; by the same checks as the page."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from pymongo.client_session import ClientSession

from app import user_edits
from app.api.answers import Listed, Paged, paged
from app.api.edits import (
    ETAG,
    Edited,
    Match,
    Name,
    Names,
    answer,
    held,
    missing,
    read,
    refuse,
    shown,
    takes,
    values,
)
from app.api.errors import Wrong
from app.api.who import Ask, Asked
from store import users
from store.passwords import HASHER
from store.people import LANGUAGES, NUMBER_FORMATS, RIGHTS, ROLES, User, may_edit
from store.sentence import Sentence
from store.users import NoAdminLeft, Overtaken

people = APIRouter(tags=["users"])


def _of(known: Iterable[str]) -> dict[str, Any]:
    return {"enum": list(known)}


class UserBody(Edited):
    """A user. What a PUT leaves out gets its default, but for the password, which stays."""

    name: Name = Field(description="to log in with")
    role: Name = Field("customer", json_schema_extra=_of(ROLES))
    rights: Names = Field([], description=f"of staff: {', '.join(RIGHTS)}")
    accounts: Names = Field([], description="whose calls the user sees; admins see all")
    switches: Names = Field([], description="calls of these switches alone; none for all")
    full_name: str = Field("", max_length=1_000)
    company: str = Field("", max_length=1_000)
    address: str = Field("", max_length=1_000)
    phone: str = Field("", max_length=1_000)
    email: str = Field("", max_length=1_000)
    language: str = Field("", max_length=10, json_schema_extra=_of(LANGUAGES))
    zone: Name = Field("", description="IANA time zone; that of the settings without it")
    number_format: str = Field("", max_length=10, json_schema_extra=_of(NUMBER_FORMATS))
    active: bool = Field(True, description="may log in; false ends the open sessions")
    password: str | None = Field(
        None, max_length=1_000, description="a new one, which is never told; without it the old one stays"
    )

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "alice", "accounts": ["1000"], "password": "violet tram 47 hums"}]
        }
    )


class UserShown(BaseModel):
    """A user; never with the password."""

    id: str
    resource_uri: str
    name: str
    role: str
    rights: list[str]
    accounts: list[str]
    switches: list[str]
    full_name: str
    company: str
    address: str
    email: str
    phone: str
    language: str
    zone: str
    number_format: str
    active: bool
    totp: bool
    version: str


def version(user: User) -> str:
    """The version of a user; whether they are active is none of its own."""
    return f"{user.version}{'' if user.active else '-disabled'}"


def _told(user: User) -> dict[str, Any]:
    return shown(UserShown, user._asdict() | {"version": version(user)}, "user", user.id)


def _theirs(ask: Ask, held: Iterable[User]) -> list[User]:
    """Those of the users whom the asker may edit."""
    ask.demand("users")
    editor = users.one(ask.store, ask.viewer.id) if ask.viewer.id else User(role="admin")
    return [one for one in held if editor and may_edit(editor, one)]


def _one(ask: Ask, id: str) -> User:
    """A user whom the asker may edit; raises Wrong, alike for one that there is not."""
    found = users.one(ask.store, id)
    if not _theirs(ask, [found] if found else []) or found is None:
        raise missing("user")
    return found


@people.get("/user/", summary="Users", response_model=Listed[UserShown])
def users_(ask: Asked, wanted: Annotated[Paged, Query()]) -> JSONResponse:
    """The users whom the asker may edit, by name."""
    return paged(ask, wanted, [_told(one) for one in _theirs(ask, users.everything(ask.store))])


@people.get("/user/{id}/", summary="A user", response_model=UserShown, responses={200: {"headers": ETAG}})
def user(ask: Asked, id: str) -> JSONResponse:
    """A user."""
    return answer(_told(_one(ask, id)))


@people.post(
    "/user/", status_code=201, summary="Add a user", response_model=UserShown, openapi_extra=takes(UserBody)
)
def user_add(ask: Asked) -> JSONResponse:
    """Add a user, who cannot log in without a password; 409 where there is one of the name."""
    ask.demand_write("users")
    body = read(ask, UserBody, UserShown)
    if users.by_name(ask.store, body.name):
        raise Wrong(409, Sentence(users.TAKEN, name=repr(body.name)), "name")
    return answer(_told(_kept(ask, _made(ask, body, User()), body)), new=True)


@people.put(
    "/user/{id}/",
    summary="Change a user",
    response_model=UserShown,
    responses={200: {"headers": ETAG}},
    openapi_extra=takes(UserBody),
)
def user_put(ask: Asked, id: str, match: Match = None) -> JSONResponse:
    """Change all of a user, and the password where one is given."""
    ask.demand_write("users")
    before = _one(ask, id)
    return _changed(ask, before, read(ask, UserBody, UserShown), match)


@people.patch(
    "/user/{id}/",
    summary="Change some of a user",
    response_model=UserShown,
    responses={200: {"headers": ETAG}},
    openapi_extra=takes(UserBody, part=True),
)
def user_patch(ask: Asked, id: str, match: Match = None) -> JSONResponse:
    """Change the fields of a user that are sent."""
    ask.demand_write("users")
    before = _one(ask, id)
    known = {name: value for name, value in _told(before).items() if name in UserBody.model_fields}
    del known["version"]
    return _changed(ask, before, read(ask, UserBody, UserShown, known), match)


@people.delete("/user/{id}/", status_code=204, response_class=Response, summary="Remove a user")
def user_remove(ask: Asked, id: str, match: Match = None) -> Response:
    """Remove a user; what they did stays in the audit log. 404 once it is done."""
    ask.demand_write("users")
    before = _one(ask, id)
    held(version(before), match)

    def note(session: ClientSession) -> None:
        ask.noted("remove", "user", before.name, session=session)

    if not _admin_left("", lambda: users.remove(ask.store, id, note, before)):
        raise missing("user")
    return Response(status_code=204)


def _made(ask: Ask, body: UserBody, before: User) -> User:
    """The user of a body; an open page of theirs, or who is active, is another matter."""
    told = values(body, "password", "active")
    zone = body.zone or ask.store.settings.zone
    return before._replace(**told | {"zone": zone}, active=before.active if before.id else body.active)


def _changed(ask: Ask, before: User, body: UserBody, match: str | None) -> JSONResponse:
    held(version(before), match, body.version)
    if not body.active and before.active:
        _able(ask, before, False)  # first, so that nothing is changed where the last admin would be gone
    kept = _kept(ask, _made(ask, body, before), body)
    if body.active and not before.active:
        _able(ask, kept, True)
    return answer(_told(_one(ask, before.id)))


def _kept(ask: Ask, user: User, body: UserBody) -> User:
    """Keep a user as the page does. Raises Wrong."""

    def note(session: ClientSession, verb: str, name: str, words: str) -> None:
        ask.noted(verb, "user", name, words, session)

    now, password = datetime.now(UTC), body.password or ""
    try:
        return user_edits.keep(ask.store, ask.viewer, user, password, now, HASHER, note, ask.address)
    except user_edits.Wrong as wrong:
        if "" in wrong.fields:
            raise Wrong(409, wrong.fields[""]) from None
        refuse(wrong.fields)


def _able(ask: Ask, user: User, active: bool) -> None:
    def note(session: ClientSession) -> None:
        ask.noted("enable" if active else "disable", "user", user.name, session=session)

    work = users.enable if active else users.disable
    _admin_left("active", lambda: work(ask.store, user.id, note, user))


def _admin_left(field: str, work: Callable[[], bool]) -> bool:
    """What is done; raises Wrong where no admin would be left."""
    try:
        return work()
    except Overtaken as problem:
        raise Wrong(409, str(problem)) from None
    except NoAdminLeft as problem:
        raise Wrong(409, str(problem), field or None) from None
