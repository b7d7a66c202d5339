"""What one logs in with, changed by its owner: password, e-mail address, codes of an authenticator. Plain
forms as the login is, so that no secret is ever a part of a page that stays open; each asks for the password.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from alerts.changedletter import telling
from app.gate import COOKIE, LOST, address_of
from app.login import FIRST, SILENT, Field, Form
from app.reset import TWO, newly
from app.tongue import mark
from app.viewer import NO_LOGIN
from store import audit, credentials, logins, sessions, tokens, totp, users
from store.audit import Entry
from store.connection import nothing
from store.errors import CdrStatsError
from store.people import User

T = TypeVar("T")
GONE = mark("You are not logged in any more.")
ACCOUNT = ("account", mark("Back to your account"))
KEY = re.compile(r"[A-Z2-7]{16,64}")
"""The secret of an authenticator, in base32."""
BEGIN = mark(
    "With codes, the login asks for one beside the password: an authenticator on your telephone, such as "
    "Aegis or FreeOTP, shows a new one every 30 seconds. Type your password to begin."
)
CONFIRM = mark("Take the key into your authenticator, then type the code that it shows.")
END = mark("The login asks you for a code. Type your password, or a code, and it does not any more.")
FORMS = {
    True: (END, mark("Your password, or a code"), mark("Ask for no code")),
    False: (BEGIN, mark("Your password"), mark("Go on")),
}
"""Whether codes are asked for -> sentence, field and button."""
WAY = mark("Or its address, which a telephone opens in the authenticator")
WRONG = mark("This code is not of that key; type the one that your authenticator shows now.")
ELSEWHERE = mark(
    "You have no password here: it is kept where you log in, and is changed there, as your address is."
)
EMAIL = mark("Letters go to this address, also the one of a forgotten password; nothing for none.")


def current(label: str = mark("Your password"), focus: bool = True) -> Field:
    """The field of the password that one has."""
    return Field("password", label, "password", "current-password", focus=focus)


class Own(Form):
    """A form for who has logged in; `user` is who that is, once the database was asked."""

    user = User()

    async def prepare(self) -> None:
        """Others get a sentence, or the login."""
        await super().prepare()
        if self._finished:
            return
        if self.gate.guest:
            self.page(sentence=NO_LOGIN, more=(FIRST, mark("To the pages")))
        elif not self.viewer.id:
            self.redirect("login?next=account")

    async def done(self, work: Callable[[User, str, datetime], T]) -> T | None:
        """What comes of work in a thread, with the user, the address and now; None when a sentence was
        answered.
        """

        def begun() -> T:
            user = users.one(self.store, self.viewer.id)
            if user is None or not user.active:
                raise CdrStatsError(GONE)
            if user.subject:
                raise CdrStatsError(ELSEWHERE)
            self.user = user
            return work(user, address_of(self.request), datetime.now(UTC))

        try:
            return await self.aside(begun)
        except CdrStatsError as problem:
            self.set_status(403)
            self.form(str(problem))
        except LOST:
            self.set_status(503)
            self.form(SILENT)
        return None

    def page(self, **more: Any) -> None:
        """The page tells the browser whose password it is."""
        super().page(**{"username": self.viewer.name, **more})

    def form(self, problem: str = "") -> None:
        """Answer with the form, and maybe with what is wrong."""
        raise NotImplementedError

    def note(self, user: User, address: str, now: datetime, verb: str, words: str = "") -> None:
        """Write into the audit log what the user has done."""
        audit.put(self.store, Entry(user.name, address, verb, "user", user.name, words), now)


class Password(Own):
    """GET and POST /password: another password ends every other session; this browser gets a new one."""

    title = mark("Change your password")

    async def get(self) -> None:
        """The form."""
        self.form()

    async def post(self) -> None:
        """Change it."""
        if self.text("new") != self.text("again"):
            self.set_status(403)
            return self.form(TWO)
        old, new = self.text("password"), self.text("new")
        token = await self.done(lambda user, address, now: self._change(user, old, new, address, now))
        if token:
            self.gate.forget(self.get_cookie(COOKIE) or "")
            self.keep(token)
            self.redirect(ACCOUNT[0])
        return None

    def form(self, problem: str = "") -> None:
        """Old password, and the new one twice."""
        fields = [current(mark("Password that you have now")), *newly(focus=False)]
        self.page(problem=problem, fields=fields, button=mark("Change the password"), more=ACCOUNT)

    def _change(self, user: User, old: str, new: str, address: str, now: datetime) -> str:
        """Change it; gives the token of a new session."""
        logins.confirm(self.store, user, old, address, now)
        told = telling(self.store, user, "password", user.name, address, now)
        credentials.change(self.store, user.id, new, now, also=told)
        sessions.end_all(self.store, user.id)
        self.note(user, address, now, "change password")
        # the password has grown the user's generation, which a session has to match
        return sessions.begin(self.store, users.one(self.store, user.id) or user, address, now)


class Email(Own):
    """GET and POST /email: the address that a link for another password is sent to."""

    title = mark("Change your e-mail address")

    async def get(self) -> None:
        """The form, with the address of now."""
        user = await self.done(lambda user, *_: user)
        if user:
            self._form(user.email)

    async def post(self) -> None:
        """Change it."""
        email, password = self.text("email"), self.text("password")
        if await self.done(lambda user, address, now: self._change(user, email, password, address, now)):
            self.redirect(ACCOUNT[0])

    def form(self, problem: str = "") -> None:
        """The form with what was typed."""
        self._form(self.text("email"), problem)

    def _form(self, email: str, problem: str = "") -> None:
        field = Field("email", mark("E-mail address"), "email", "email", email, focus=True, required=False)
        fields = [field, current(focus=False)]
        self.page(
            sentence=EMAIL, problem=problem, fields=fields, button=mark("Change the address"), more=ACCOUNT
        )

    def _change(self, user: User, email: str, password: str, address: str, now: datetime) -> bool:
        logins.confirm(self.store, user, password, address, now)
        told = telling(self.store, user, "email", user.name, address, now, [email.strip()])
        users.change(self.store, user._replace(email=email), told if email.strip() != user.email else nothing)
        tokens.end(self.store, user.id)  # what is on its way to the old address
        self.note(user, address, now, "change", f"email={email.strip()}")
        return True


class Codes(Own):
    """GET and POST /codes: have codes asked for at the login, or not any more."""

    title = mark("Codes at the login")

    async def get(self) -> None:
        """The form for what is not so now."""
        if await self.done(lambda *_: True):
            self.form()

    async def post(self) -> None:
        """Show a key, take its first code, or end codes."""
        key, code, typed = self.text("key"), self.text("code"), self.text("password")
        if not KEY.fullmatch(key):
            key = await self.done(lambda *told: self._begin_or_end(typed, *told)) or ""
            if key:
                self._confirm(key)
            elif not self._finished:
                self.redirect(ACCOUNT[0])
        elif await self.done(lambda *told: self._protect(code, *told)):
            self.redirect(ACCOUNT[0])
        elif not self._finished:
            self.set_status(403)
            self._confirm(key, WRONG)

    def form(self, problem: str = "") -> None:
        """What ends codes where they are asked for, else what begins them."""
        sentence, label, button = FORMS[self.user.totp]
        fields = [current(label)]
        self.page(sentence=sentence, problem=problem, fields=fields, button=button, more=ACCOUNT)

    def _confirm(self, key: str, problem: str = "") -> None:
        way = totp.address(self.viewer.name, key)
        apart = " ".join(key[at : at + 4] for at in range(0, len(key), 4))
        shown = [(mark("Key"), apart, ""), (WAY, way, way)]
        fields = [Field("code", mark("Code"), autocomplete="one-time-code", focus=True)]
        told = {"sentence": CONFIRM, "problem": problem, "shown": shown, "hidden": {"key": key}}
        self.page(**told, fields=fields, button=mark("Ask for codes from now on"), more=ACCOUNT)

    def _begin_or_end(self, typed: str, user: User, address: str, now: datetime) -> str:
        """A key where no codes are asked for, else '' when they are not any more."""
        logins.confirm(self.store, user, typed, address, now, code=True)
        if not user.totp:
            return totp.begin(self.store, user.id, user.name).secret
        told = telling(self.store, user, "no codes", user.name, address, now)
        credentials.unprotect(self.store, user.id, told)
        self.note(user, address, now, "end codes")
        return ""

    def _protect(self, code: str, user: User, address: str, now: datetime) -> bool:
        told = telling(self.store, user, "codes", user.name, address, now)
        if not credentials.protect(self.store, user.id, code, now, told):
            return False
        self.note(user, address, now, "begin codes")
        return True
