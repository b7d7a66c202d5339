"""Who forgot the password: a letter with a link that works once, and the form that the link leads to."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pymongo.client_session import ClientSession

from alerts.changedletter import telling
from alerts.resetletter import possible, reset_letter
from alerts.tell import addressed
from app.gate import COOKIE, LOST, address_of
from app.login import FIRST, SILENT, Field, Form
from app.tongue import mark
from store import audit, credentials, logins, outbox, tokens, users
from store.audit import Entry
from store.database import Store
from store.logins import Refused
from store.passwords import WeakPassword
from store.people import User
from store.sentence import Sentence
from store.tokens import Spent

LOG = logging.getLogger(__name__)
DOOR = "reset"
BY_LINK = "the link of a letter"
UNMAILED = mark(
    "Letters cannot be sent from here. Ask an admin for another password: the command "
    "“cdr-stats user passwd” sets one."
)
ASK = mark("Type your name or your e-mail address. You get a letter with a link to choose another password.")
ON_ITS_WAY = mark(
    "If there is a user of this name or address with an e-mail address, a letter is on its way. Its link "
    "works for an hour, and once."
)
OF = mark("Of the user {name}.")
TWO = mark("The two new passwords are not the same; type them again.")
BACK = ("login", mark("Back to the login"))
AGAIN = ("forgot", mark("Ask for a new link"))
MOST = 10
"""Users of one address who get a letter each."""


def newly(focus: bool = True) -> list[Field]:
    """The fields of a new password."""
    return [
        Field("new", mark("New password"), "password", "new-password", focus=focus),
        Field("again", mark("New password once more"), "password", "new-password"),
    ]


def meant(store: Store, text: str) -> list[User]:
    """Who may get a letter: the active user of this name with an address, and those of this address, for a
    name may look like the address of somebody else.
    """
    user = users.by_name(store, text)
    named = [user] if user and user.active and user.email and not user.subject else []
    return [*named, *(one for one in users.by_email(store, text) if one not in named)][:MOST]


def send(store: Store, text: str, address: str, now: datetime) -> int:
    """Queue a letter for each user who is meant, asked for from an address; gives how many."""
    found = meant(store, text)
    for user in found:
        what = reset_letter(store.settings, user, tokens.make(store, user.id, now), address, now)
        for letter in addressed(store, f"reset {user.id} {now.isoformat()}", what, [user.email], now):
            outbox.put(store, None, letter, now)
        audit.put(store, Entry(user.name, address, "ask for a link", "user", user.name), now)
    return len(found)


class Forgot(Form):
    """GET and POST /forgot: ask for a letter. The answer is the same whether or not there is such a user, and
    comes before anything is looked up, so that its time does not tell either.
    """

    title = mark("Forgot your password?")

    async def get(self) -> None:
        """The form, or whom to ask where no letters are sent."""
        if self.gate.guest:
            self.redirect(FIRST)
        elif not possible(self.store.settings):
            self.page(sentence=UNMAILED, more=BACK)
        else:
            self._form()

    async def post(self) -> None:
        """Answer, then queue the letter."""
        if self.gate.guest or not possible(self.store.settings):
            return await self.get()
        text, address, now = self.text("name"), address_of(self.request), datetime.now(UTC)
        try:
            await self.aside(logins.begin, self.store, text, address, now, DOOR)
        except Refused as refused:
            self.set_status(403)
            return self._form(text, str(refused))
        except LOST:
            self.set_status(503)
            return self._form(text, SILENT)
        self.page(sentence=ON_ITS_WAY, more=BACK)
        try:
            await self.aside(send, self.store, text, address, now)
        except LOST:
            LOG.error("a letter for a forgotten password could not be queued")
        return None

    def _form(self, text: str = "", problem: str = "") -> None:
        field = Field("name", mark("Name or e-mail address"), autocomplete="username", value=text, focus=True)
        self.page(sentence=ASK, problem=problem, fields=[field], button=mark("Send a link"), more=BACK)


class Reset(Form):
    """GET and POST /reset: the link of the letter, and the new password."""

    title = mark("Choose another password")

    async def prepare(self) -> None:
        """The token is taken out of the request before anything can fail and be logged with its address."""
        self.token = self.get_query_argument("token", "") or self.get_body_argument("token", "")
        self.request.uri, self.request.query = self.request.path, ""
        self.request.query_arguments, self.request.arguments = {}, {}
        await super().prepare()

    async def get(self) -> None:
        """The form, if the link works."""
        name = await self._tried(lambda: _name(self.store, self.token))
        if name:
            self._form(name=name)
        elif not self._finished:
            self._refuse(tokens.SPENT, spent=True)

    async def post(self) -> None:
        """Change the password, which ends every session, and send to log in."""
        if self.gate.guest:
            return self.redirect(FIRST)
        password, address = self.text("new"), address_of(self.request)
        if password != self.text("again"):
            return self._refuse(TWO)
        try:
            user = await self._tried(lambda: _reset(self.store, self.token, password, address))
        except Spent as spent:
            return self._refuse(str(spent), spent=True)
        except WeakPassword as weak:
            return self._refuse(str(weak))
        if user:
            self.gate.forget(self.get_cookie(COOKIE) or "")
            self.clear_cookie(COOKIE)
            self.redirect("login?changed=1")
        return None

    async def _tried(self, work: Callable[[], Any]) -> Any:
        """What comes of work in a thread; the page says so when the database does not answer."""
        try:
            return await self.aside(work)
        except (Spent, WeakPassword):
            raise
        except LOST:
            self.set_status(503)
            self._form(SILENT)
            return None

    def _refuse(self, problem: str, spent: bool = False) -> None:
        self.set_status(403)
        if spent:
            self.page(problem=problem, more=AGAIN)
        else:
            self._form(problem, self.text("username"))

    def _form(self, problem: str = "", name: str = "") -> None:
        told = {"problem": problem, "fields": newly(), "hidden": {"token": self.token}, "username": name}
        sentence = Sentence(OF, name=name) if name else ""
        self.page(**told, sentence=sentence, action="reset", button=mark("Change the password"))


def _name(store: Store, token: str) -> str:
    """The name of the user whose link this is; '' when it does not work."""
    user = users.one(store, tokens.whose(store, token, datetime.now(UTC)) or "")
    return user.name if user and user.active else ""


def _reset(store: Store, token: str, password: str, address: str) -> User:
    """Use the link up. Raises Spent and WeakPassword."""
    now = datetime.now(UTC)

    def told(session: ClientSession, user: User) -> None:
        telling(store, user, "password", BY_LINK, address, now)(session)

    user = credentials.reset(store, token, password, now, also=told)
    audit.put(store, Entry(user.name, address, "change password", "user", user.name, "by a link"), now)
    return user
