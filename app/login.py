"""The way in and out: a page to log in, without scripts, and what ends a session."""

from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from app.address import UNPRINTABLE
from app.gate import COOKIE, LOST, Gated, address_of, own_origin
from app.pages.frame import NAMES
from app.tongue import mark, speaking, t
from assets import files
from store import audit, logins, sessions, tickets, users
from store.audit import Entry
from store.logins import CodeNeeded, CodeWrong, Refused, TooMany
from store.sentence import Sentence

FIRST = "dashboard"
DAYS = sessions.LASTS.days
SILENT = mark("The database does not answer; try again in a moment.")
FOREIGN = mark("This form was not sent by a page of ours; load the page anew and try again.")
LARGEST = 8_192
"""Bytes of a form."""
FORGOTTEN = ("forgot", mark("Forgot your password?"))
"""The way to another password: address and words."""
ELSEWHERE = mark("Log in with {label}")
CHANGED = mark("The password is changed. Log in with it.")


class Field(NamedTuple):
    """A field of a form."""

    name: str
    label: str
    type: str = "text"
    autocomplete: str = "off"
    value: str = ""
    focus: bool = False
    required: bool = True


class CodeAsked(Refused):
    """A code is asked for, by the bearer of a ticket: the `first` time, or after one that did not do."""

    def __init__(self, sentence: str, ticket: str, name: str, first: bool = False) -> None:
        self.ticket, self.name, self.first = ticket, name, first
        super().__init__(sentence)


@cache
def template() -> Template:
    """The page of one form."""
    folder = FileSystemLoader(files.path("login.html").parent)
    return Environment(loader=folder, autoescape=True, undefined=StrictUndefined).get_template("login.html")


class Form(Gated):
    """A page of one form, which everybody may open."""

    title = ""

    async def prepare(self) -> None:
        """Nobody need have logged in; a form of another page is refused."""
        self.viewer = await self.gate.viewer(self)
        if self.request.method == "POST":
            own = own_origin(self.request, self.store.settings)
            if not own or len(self.request.body) > LARGEST:
                self.set_status(403)
                self.page(problem=FOREIGN)

    def page(self, **more: Any) -> None:
        """Answer with the page, whose texts are said in the language of who asks."""
        theme = "dark" if self.get_cookie("cdr-theme") == "dark" else "light"
        told: dict[str, Any] = dict.fromkeys(("problem", "sentence", "button", "action", "username"), "")
        told |= {
            "title": self.title,
            "theme": theme,
            "fields": (),
            "hidden": {},
            "shown": (),
            "more": None,
            "other": None,
        }
        told |= more
        self.set_header("Cache-Control", "no-store")
        read = self.gate.tongue(self.request)
        with speaking(read):
            self.finish(template().render(told, language=read.language, t=t))

    def text(self, name: str) -> str:
        """What was typed into a field."""
        return self.get_body_argument(name, "", strip=False)

    def keep(self, token: str) -> None:
        """Give the browser the token of its session; over https it is never sent without."""
        secure = self.request.protocol == "https" or self.store.settings.public_url.startswith("https:")
        self.set_cookie(COOKIE, token, expires_days=DAYS, httponly=True, samesite="Lax", secure=secure)


class Login(Form):
    """GET and POST /login: name, password, and where it is asked for the code of an authenticator."""

    title = mark("Log in")

    async def get(self) -> None:
        """The form; who is in already goes on."""
        if self.viewer.id or self.gate.guest:
            self.redirect(going_on(self.get_query_argument("next", "")))
            return
        self._form(sentence=CHANGED if self.get_query_argument("changed", "") else "")

    async def post(self) -> None:
        """Let them in, or say in a sentence why not."""
        if self.gate.guest:
            return self.redirect(FIRST)
        name = self.text("name")
        try:
            token = await self.aside(self._enter, name)
        except CodeAsked as asked:
            self.set_status(200 if asked.first else 403)
            self._ask_code(asked)
        except Refused as refused:
            self.set_status(403)
            self._form(name=name, problem=str(refused))
        except LOST:
            self.set_status(503)
            self._form(name=name, problem=SILENT)
        else:
            self.gate.forget(self.get_cookie(COOKIE) or "")
            self.keep(token)
            self.redirect(going_on(self.text("next") or self.get_query_argument("next", "")))
        return None

    def _enter(self, name: str) -> str:
        """Gives the token of a new session. Raises CodeAsked and Refused."""
        now, address, ticket = datetime.now(UTC), address_of(self.request), self.text("ticket")
        try:
            if ticket:
                user = tickets.enter(self.store, ticket, self.text("code"), address, now)
            else:
                user = logins.enter(self.store, name, self.text("password"), address, now, self.text("code"))
        except CodeNeeded as needed:
            known = users.by_name(self.store, name)
            made = tickets.make(self.store, known, address, now) if known else ""
            raise CodeAsked(str(needed), made, name, first=True) from None
        except TooMany as many:
            if ticket:
                raise CodeAsked(str(many), ticket, name) from None
            raise
        except Refused as refused:
            # what nobody is called may be a password that was typed into the wrong field
            known = users.by_name(self.store, name)
            audit.put(self.store, Entry(known.name if known else "", address, "refused", "login"), now)
            if ticket and isinstance(refused, CodeWrong):
                raise CodeAsked(str(refused), ticket, name) from None
            raise
        audit.put(self.store, Entry(user.name, address, "log in", "login"), now)
        sessions.end(self.store, self.get_cookie(COOKIE) or "")
        return sessions.begin(self.store, user, address, now)

    def _form(self, name: str = "", problem: str = "", sentence: str = "") -> None:
        fields = [
            Field("name", mark("Name"), autocomplete="username", value=name, focus=not name),
            Field("password", mark("Password"), "password", "current-password", focus=bool(name)),
        ]
        told = {"problem": problem, "sentence": sentence, "fields": fields, "hidden": self._on()}
        self.page(**told, button=mark("Log in"), more=FORGOTTEN, other=self._elsewhere())

    def _elsewhere(self) -> tuple[str, str] | None:
        """The way in by a provider elsewhere, and its words."""
        oidc = self.store.settings.oidc
        on = self._on()["next"]
        return (
            (f"oidc?{urlencode({'next': on})}" if on else "oidc", Sentence(ELSEWHERE, label=oidc.label))
            if oidc
            else None
        )

    def _ask_code(self, asked: CodeAsked) -> None:
        """The second step: the password is not sent back, a ticket stands for it."""
        fields = [Field("code", mark("Code"), autocomplete="one-time-code", focus=True)]
        hidden = {"ticket": asked.ticket, "name": asked.name, **self._on()}
        told = {"sentence" if asked.first else "problem": str(asked), "fields": fields, "hidden": hidden}
        self.page(**told, button=mark("Log in"), more=("login", mark("Log in as somebody else")))

    def _on(self) -> dict[str, str]:
        """Where it goes on."""
        return {"next": self.get_query_argument("next", "") or self.get_body_argument("next", "")}


class Logout(Form):
    """POST /logout: the session ends, on every open page of it."""

    title = mark("Log out")

    async def get(self) -> None:
        """A form, for who came by a link."""
        self.page(
            button=mark("Log out"), sentence=mark("End this session?"), fields=(), more=(FIRST, mark("Stay"))
        )

    async def post(self) -> None:
        """End it."""
        token = self.get_cookie(COOKIE) or ""
        try:
            await self.aside(sessions.end, self.store, token)
        except LOST:
            self.set_status(503)
            self.page(problem=SILENT)
            return
        self.gate.forget(token)
        self.clear_cookie(COOKIE)
        self.redirect("login")


def going_on(asked: str) -> str:
    """The page that was asked for before, if it is one of ours, relative to where we are; else the first."""
    try:
        parts = urlsplit(asked)
    except ValueError:
        return FIRST
    page = parts.path.rpartition("/")[2]
    if page not in NAMES or parts.scheme or parts.netloc or UNPRINTABLE.search(parts.query):
        return FIRST
    return f"{page}?{parts.query}" if parts.query else page
