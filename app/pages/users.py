"""Users: who may log in, what they may see and do; added, changed, disabled and removed by who may."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import panel as pn
import panel_material_ui as pmui
from pymongo.client_session import ClientSession

from alerts.changedletter import telling
from app import user_edits
from app.pages.plain import Deed, Plain
from app.pages.shell import Context
from app.patches import Page
from app.ready import ready
from app.tongue import mark, number, t
from app.user_edits import Offer, Wrong, offered
from app.viewer import Viewer
from app.views.cards import add_button, button, card, headline, said, sentence, titled
from app.views.parts import Rows
from app.views.user_form import Typed, UserForm, shown
from app.views.users import COLUMNS, STYLE, Times, row, story
from store import audit, credentials, passwords, users
from store.connection import Also, both
from store.database import Store
from store.errors import CdrStatsError
from store.people import User, may_edit
from store.sentence import Sentence

SECONDS = 5.0
SHOWN = 200
NOTHING = mark("No user. Add one, or search for other letters.")
MORE = mark("{n} more; search for a name, a company, an account or an address.")
REALLY = mark("Really remove {name}?")
BACK = mark("{name} is there again, without a password: give one under Change.")


class Asked(NamedTuple):
    """What the page is asked for: users with these letters, and one that is looked at."""

    search: str = ""
    user: str = ""


class Seen(NamedTuple):
    """What is seen of the users by who may edit them: the first SHOWN, how many there are, and of the chosen
    one (the first, when none is) its times, once they are known.
    """

    asked: Asked
    offer: Offer = Offer()
    users: tuple[User, ...] = ()
    total: int = 0
    chosen: User | None = None
    times: Times | None = None


def look(store: Store, viewer: Viewer, asked: Asked) -> Seen:
    """What a session asks for: those alone whom the viewer may edit now."""
    editor = user_edits.editor_of(store, viewer)
    found = [one for one in users.everything(store, asked.search) if may_edit(editor, one)]
    seen = Seen(asked, offered(store, editor), tuple(found[:SHOWN]), len(found))
    chosen = next((one for one in found if one.id == asked.user), found[0] if found else None)
    if chosen is None:
        return seen
    logins = audit.page(store, audit.Filter(who=chosen.name, verb="log in", kind="login"), limit=1)
    times = Times(passwords.changed(store, chosen.id), logins[0].at if logins else None)
    return seen._replace(chosen=chosen, times=times)


def disabled(store: Store, one: User, also: Also) -> bool:
    """Disable somebody as they were seen."""
    return users.disable(store, one.id, also, one)


def enabled(store: Store, one: User, also: Also) -> bool:
    """Enable somebody as they were seen."""
    return users.enable(store, one.id, also, one)


def removed(store: Store, one: User, also: Also) -> bool:
    """Remove somebody as they were seen."""
    return users.remove(store, one.id, also, one)


class Users:
    """The page of one session."""

    def __init__(self, context: Context) -> None:
        settings = context.store.settings
        self.zone = ZoneInfo(context.zone)
        self.asked = Asked()
        self.seen = Seen(self.asked)
        self._undone: Callable[[Store], str] | None = None
        self._asking: User | None = None
        self.plain: Plain[Seen] = Plain(context, "users", self.ask, self.show, SECONDS)
        self.plain.own(self.asked)
        self.search = pmui.TextInput(label=t("Search"), size="small", width=220, margin=(6, 0, 0, 8))
        self.search.param.watch(lambda _: ready(self._searched), "value_input")
        self.rows = Rows(
            self._choose, columns=COLUMNS, nothing=NOTHING, fades=False, sizing_mode="stretch_width", margin=0
        )
        self.more, self.heading, self.story, self.said = (
            sentence(STYLE),
            headline(""),
            sentence(STYLE),
            sentence(STYLE),
        )
        self.form = UserForm(self._save, settings.zone)
        self.buttons = {
            "change": button(t("Change"), lambda: self._open(self.seen.chosen)),
            "able": button(t("Disable"), self._able),
            "codes": button(t("Ask for no codes"), self._codes),
            "remove": button(t("Remove"), self._remove),
        }
        self.undo = button(t("Undo"), self._undo, visible=False)
        self.detail = card(
            self.heading, "third", [], self.story, pn.FlexBox(*self.buttons.values(), margin=(12, 0, 0, 0))
        )

    def page(self) -> Page:
        """The whole page."""
        add = add_button(t("Add a user"), lambda: self._open(None))
        told = pn.FlexBox(self.said, self.undo, margin=0)
        top = card(t("Users"), "two", [self.search, add], told, self.rows, self.more)
        return self.plain.page(top, self.detail, extra=(self.form.dialog,))

    def ask(self, store: Store, viewer: Viewer) -> Seen:
        """What this session asks for."""
        return look(store, viewer, self.asked)

    def show(self, seen: Seen) -> None:
        """Draw the answer of `ask`."""
        if seen.asked != self.asked:
            return  # something else was asked for meanwhile; its answer is on its way
        self.seen = seen
        self.rows.rows = [row(one) for one in seen.users]
        self.rows.selected = [seen.chosen.id] if seen.chosen else []
        self.more.object = _more(seen.total - SHOWN)
        self.detail.visible = seen.chosen is not None
        if seen.chosen:
            self._show_chosen(seen.chosen)

    def _show_chosen(self, user: User) -> None:
        self.heading.object = titled(user.name)
        self.story.object = story(user, self.zone, self.seen.times)
        self.buttons["able"].label = t("Disable") if user.active else t("Enable")
        self.buttons["codes"].visible = user.totp
        sure = self._asking == user  # of one who changed meanwhile it is asked again
        self.buttons["remove"].param.update(
            label=t(REALLY, name=user.name) if sure else t("Remove"), color="error" if sure else "primary"
        )

    def _again(self, asked: Asked) -> None:
        self.asked, self._asking = asked, None
        self.plain.own(asked)
        self.plain.again()

    def _searched(self) -> None:
        self._again(self.asked._replace(search=(self.search.value_input or "")[:200]))

    def _choose(self, key: str) -> None:
        """At once, so that no button means the one before; what is known of them follows."""
        self._say("")
        found = next(one for one in self.seen.users if one.id == key)
        self.seen, self._asking = self.seen._replace(chosen=found, times=None), None
        self.rows.selected = [key]
        self._show_chosen(found)
        self._again(self.asked._replace(user=key))

    def _say(self, words: str, undone: Callable[[Store], str] | None = None) -> None:
        """Words (HTML) above the list, with the way back where there is one."""
        self.said.object = words
        self._undone, self.undo.visible = undone, undone is not None

    def _open(self, user: User | None) -> None:
        self.form.open(user, self.seen.offer)

    def _save(self, typed: Typed) -> None:
        def work(store: Store) -> tuple[User, User | None] | Wrong:
            try:
                return self._kept(store, typed.user, typed.password)
            except Wrong as wrong:
                return wrong
            except CdrStatsError as problem:
                return Wrong({"": str(problem)})

        def done(found: tuple[User, User | None] | Wrong) -> None:
            if isinstance(found, Wrong):
                self.form.answer(found.fields)
                return
            kept, before = found
            words = said(Sentence("{name} is kept.", name=kept.name)) + (
                shown(typed.password) if typed.made else ""
            )
            self._say(words, self._way_back(kept, before) if before and not typed.password else None)
            if typed.more:
                self.form.open(None, self.seen.offer, words)
            else:
                self.form.close()
            self._again(self.asked._replace(user=kept.id))

        self.plain.act(work, done, changes=False)

    def _kept(self, store: Store, user: User, password: str = "") -> tuple[User, User | None]:
        """Keep a user and note it; gives the user as they are and were."""
        viewer, origin = self.plain.viewer, self.plain.origin
        before = user_edits.theirs(store, viewer, user.id) if user.id else None

        def note(session: ClientSession, verb: str, name: str, words: str) -> None:
            self.plain.note(store, Deed(verb, "user", name, words), session)

        kept = user_edits.keep(store, viewer, user, password, datetime.now(UTC), note=note, origin=origin)
        return kept, before

    def _way_back(self, kept: User, before: User) -> Callable[[Store], str]:
        """As it was before, if nobody has changed it since."""

        def back(store: Store) -> str:
            self._kept(store, before._replace(version=kept.version))
            return Sentence("{name} is as before.", name=before.name)

        return back

    def _do(
        self, verb: str, act: Callable[[Store, User, Also], object], words: str, again: bool = False
    ) -> None:
        """Do something to the chosen user, if they are as they were seen; `again` offers to add them anew."""
        chosen = self.seen.chosen
        if chosen is None:
            return

        def work(store: Store) -> None:
            user_edits.theirs(store, self.plain.viewer, chosen.id)
            deed = Deed(verb, "user", chosen.name)
            act(store, chosen, lambda session: self.plain.note(store, deed, session))

        def back(store: Store) -> str:
            self._kept(store, chosen._replace(id=""))
            return Sentence(BACK, name=chosen.name)

        self.plain.act(
            work,
            lambda _: self._say(said(Sentence(words, name=chosen.name)), back if again else None),
        )

    def _able(self) -> None:
        if self.seen.chosen and self.seen.chosen.active:
            words = mark("{name} is disabled; open pages close within seconds.")
            self._do("disable", disabled, words)
        else:
            self._do("enable", enabled, mark("{name} may log in again."))

    def _codes(self) -> None:
        words = mark("{name} logs in with the password alone.")

        def end(store: Store, one: User, also: Also) -> None:
            by, origin = self.plain.viewer.name or user_edits.SOMEBODY, self.plain.origin
            now = users.one(store, one.id) or one
            told = telling(store, now, "no codes", by, origin, datetime.now(UTC))
            credentials.unprotect(store, one.id, both(also, told))

        self._do("end codes", end, words)

    def _remove(self) -> None:
        """The first click asks, the second one does."""
        chosen = self.seen.chosen
        if chosen is None:
            return
        sure = self._asking == chosen
        self._asking = None if sure else chosen
        self._show_chosen(chosen)
        words = mark("{name} is removed; what they did stays in the audit log.")
        if sure:
            self._do("remove", removed, words, again=True)

    def _undo(self) -> None:
        back = self._undone
        if back:
            self.plain.act(back, lambda words: self._say(said(words)))


def _more(left: int) -> str:
    """How many users are not shown, in HTML."""
    return f"<p class=small>{t(MORE, n=number(left))}</p>" if left > 0 else ""


def page(context: Context) -> Page:
    """The page for the session that asks."""
    return Users(context).page()
