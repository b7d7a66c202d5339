"""Account: one's own details, what the login asks for, and where one is logged in."""

from datetime import UTC, datetime
from typing import NamedTuple

import panel as pn

from alerts.changedletter import telling
from app.gate import token_of
from app.pages.plain import Deed, Plain
from app.pages.shell import Context
from app.patches import Page
from app.tongue import mark, t
from app.viewer import NO_LOGIN, Viewer
from app.views.account import COLUMNS, FIELDS, STYLE, Profile, facts, row
from app.views.cards import button, card, sentence
from app.views.keys import Keys, Wish
from app.views.own_report import OwnReport, Wanted
from app.views.parts import Rows
from store import api_keys, mail_reports, passwords, sessions, users
from store.api_keys import Key
from store.database import Store
from store.errors import CdrStatsError
from store.mail_reports import MailReport
from store.people import User
from store.sessions import Session

SECONDS = 5.0
NAMED = "Calls of {name}"
"""The name of a user's own mail report; it stands in the letter."""
SAVED = mark("Saved. Every page that you open from now on is shown so.")


class Seen(NamedTuple):
    """The user, the open sessions, and when the password was set."""

    user: User | None
    sessions: list[Session]
    changed: datetime | None
    keys: tuple[Key, ...] = ()
    report: MailReport | None = None


def ask(store: Store, viewer: Viewer) -> Seen:
    """What there is of the one who looks."""
    user = users.one(store, viewer.id)
    if user is None:
        return Seen(None, [], None)
    return Seen(
        user,
        sessions.of_user(store, user, datetime.now(UTC)),
        passwords.changed(store, user.id),
        tuple(api_keys.of_users(store, [user.id])),
        mail_reports.of_user(store, user.id),
    )


class Account:
    """The page of one session."""

    def __init__(self, context: Context) -> None:
        self.token = token_of(pn.state.curdoc)
        self.plain: Plain[Seen] = Plain(context, "account", ask, self.show, SECONDS)
        self.profile = Profile(self._save)
        self.keys = Keys(self._key, self._end_key)
        self.report = OwnReport(self._report, bool(context.store.settings.mail_host))
        self.facts = sentence(STYLE)
        self.rows = Rows(columns=COLUMNS, fades=False, sizing_mode="stretch_width", margin=0)
        self.end = button(t("End the others"), self._end, visible=False)

    def page(self) -> Page:
        """The whole page; one sentence where nobody logs in."""
        form = self.profile
        found = self.plain.page(
            card(
                t("Your details"),
                "half",
                [],
                *form.fields.values(),
                form.said,
                pn.Row(*form.buttons, margin=0),
            ),
            card(t("Your login"), "half", [], self.facts),
            card(t("Where you are logged in"), "whole", [self.end], self.rows),
            self.keys.card(),
            self.report.card(),
        )
        if not self.plain.allowed:
            self.plain.say(NO_LOGIN)
        return found

    def show(self, seen: Seen) -> None:
        """Draw the answer of `ask`."""
        if seen.user is None:
            return  # who was removed is sent to log in within seconds
        here = sessions.digest(self.token)
        self.profile.show(seen.user)
        self.facts.object = facts(seen.user, seen.changed)
        self.rows.rows = [row(one, one.key == here, seen.user.zone) for one in seen.sessions]
        self.end.visible = len(seen.sessions) > 1
        self.keys.show(seen.keys, seen.user.zone)
        self.report.show(seen.user, seen.report)

    def _save(self, user: User) -> None:
        before = self.profile.held
        changed = [name for name in FIELDS if getattr(user, name) != getattr(before, name)]
        told = " ".join(f"{name}={getattr(user, name)}" for name in changed)

        def work(store: Store) -> str:
            try:
                users.change(store, user)
            except CdrStatsError as problem:
                return str(problem)
            self.plain.note(store, Deed("change", "user", user.name, told))
            return ""

        def done(problem: str) -> None:
            if not problem:
                self.profile.fill()
            self.profile.say(problem or SAVED, not problem)

        self.plain.act(work, done)

    def _end(self) -> None:
        """End every other session; its pages are closed within seconds."""
        id, token = self.plain.viewer.id, self.token
        entry = Deed("end sessions", "user", self.plain.viewer.name)
        self.plain.act(lambda store: sessions.end_all(store, id, token), entry=entry)

    def _key(self, wish: Wish) -> None:
        """Make a key; it is shown to this page alone, and kept nowhere."""
        viewer = self.plain.viewer

        def work(store: Store) -> tuple[str, str]:
            user = users.one(store, viewer.id)
            try:
                if user is None:
                    raise CdrStatsError(NO_LOGIN)
                entry = Deed("add key", "user", user.name, f"{wish.name} {wish.right}")
                token = self.plain.whole(store, lambda store: self._made(store, user, wish), entry)
            except CdrStatsError as problem:
                return "", str(problem)
            return token, ""

        def done(found: tuple[str, str]) -> None:
            token, problem = found
            if problem:
                self.keys.refused(problem)
            else:
                self.keys.made(token)

        self.plain.act(work, done)

    def _made(self, store: Store, user: User, wish: Wish) -> str:
        """A new key, of which its user is told by a letter."""
        now = datetime.now(UTC)
        token = api_keys.make(store, user, *wish, now)
        telling(store, user, "key", user.name, self.plain.origin, now)(None)
        return token

    def _report(self, wanted: Wanted) -> None:
        """Ask for letters of one's own calls, or for none any more."""
        viewer = self.plain.viewer
        name = NAMED.format(name=viewer.name)
        report = MailReport(
            name=name,
            owner=viewer.name,
            user=viewer.id,
            every=wanted.every or "day",
            hour=wanted.hour,
            active=bool(wanted.every),
        )
        told = f"every={wanted.every} hour={wanted.hour}" if wanted.every else "off"
        self.plain.act(
            lambda store: mail_reports.put_own(store, report, datetime.now(UTC)),
            lambda _: self.report.kept(),
            entry=Deed("change", "mail report", name, told),
        )

    def _end_key(self, key: Key) -> None:
        """End a key of one's own."""
        id, entry = self.plain.viewer.id, Deed("remove key", "user", self.plain.viewer.name, key.name)
        self.plain.act(
            lambda store: api_keys.remove(store, key.id, id), lambda _: self.keys.removed(key), entry=entry
        )


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return Account(context).page()
