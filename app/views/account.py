"""The account as its owner sees it: what may be changed in a form, what may not, and the open sessions."""

from collections.abc import Callable
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import panel_material_ui as pmui

from app import words
from app.tongue import mark, offered, t
from app.views.alarm_form import LOWER, SMALL
from app.views.alarms import STYLE as PLAIN
from app.views.cards import button, said, sentence
from app.views.users import ROLE_NAMES
from assets.files import path
from store.errors import CdrStatsError
from store.people import LANGUAGES, NUMBER_FORMATS, RIGHTS, ROLES, User, checked, sees
from store.sessions import Session

STYLE = PLAIN + path("account.css").read_text(encoding="utf-8")
TEXTS = {
    "full_name": mark("Full name"),
    "company": mark("Company"),
    "address": mark("Address"),
    "phone": mark("Telephone"),
}
CHOICES = ("zone", "language", "number_format")
FIELDS = (*TEXTS, *CHOICES)
"""What a user may change of the profile here."""
COLUMNS = [
    {"key": "address", "label": mark("Address"), "kind": "name"},
    {"key": "began", "label": mark("Since"), "kind": "value", "help": mark("When the login was.")},
    {"key": "used", "label": mark("Used"), "kind": "value", "help": mark("It is noted once an hour.")},
]
CODES = {True: (mark("asked for"), mark("Switch off")), False: (mark("not asked for"), mark("Switch on"))}
HERE = "#3c9d76"


def problems(user: User) -> dict[str, str]:
    """What is wrong with a profile: a sentence for each field that has to be mended."""
    good = user._replace(**{name: User._field_defaults[name] for name in FIELDS})
    found = {}
    for name in FIELDS:
        try:
            checked(good._replace(**{name: getattr(user, name)}))
        except CdrStatsError as problem:
            found[name] = str(problem)
    return found


class Profile:
    """The form of the own details; `save` is given the user as it is to be, `held` is what it was."""

    def __init__(self, save: Callable[[User], None]) -> None:
        self.held = self._newest = User()
        self._save = save
        self.fields: dict[str, Any] = {
            **{name: pmui.TextInput(label=t(label), **SMALL) for name, label in TEXTS.items()},
            "zone": pmui.AutocompleteInput(
                label=t("Time zone"), options=sorted(available_timezones()), min_characters=1, **SMALL
            ),
            **reading(),
        }
        self.said = sentence(STYLE)
        self.buttons = [button(t("Save"), self._saved), button(t("Undo"), self.undo)]

    def show(self, user: User) -> None:
        """What is stored now; what was typed meanwhile stays."""
        self._newest = user
        if user.version != self.held.version and (not self.held.id or self.value() == self.held):
            self.fill()

    def fill(self) -> None:
        """Put what is stored into the fields."""
        held = self.held = self._newest
        for name in TEXTS:
            text = getattr(held, name)
            self.fields[name].param.update(value=text, value_input=text)
        for name in CHOICES:
            choose(self.fields[name], getattr(held, name))
        self._mark({})

    def undo(self) -> None:
        """Forget what was typed."""
        self.fill()
        self.say("")

    def value(self) -> User:
        """What stands in the form."""
        told: dict[str, Any] = {name: (self.fields[name].value_input or "").strip() for name in TEXTS}
        told |= {name: self.fields[name].value or "" for name in CHOICES}
        return self.held._replace(**told)

    def say(self, words: str, good: bool = True) -> None:
        """What came of it."""
        self.said.object = said(words, good) if words else ""

    def _saved(self) -> None:
        user = self.value()
        wrong = problems(user)
        self._mark(wrong)
        if not wrong:
            self._save(user)

    def _mark(self, wrong: dict[str, str]) -> None:
        """Sentences stand below their fields."""
        for name in FIELDS:
            self.fields[name].param.update(error_state=name in wrong, helper_text=t(wrong.get(name, "")))


def choose(field: Any, value: str) -> None:
    """Choose a value, which is a choice from now on if it was none: what was kept before is not lost."""
    if isinstance(field.options, dict) and value not in field.options.values():
        field.options = {**field.options, value: value}
    field.value = value


def reading() -> dict[str, Any]:
    """The fields for how somebody reads: the language, and how numbers are written."""
    languages = {t(said): name for name, said in LANGUAGES.items() if name in ("", *offered())}
    numbers = {text or t("as the language has it"): text for text in NUMBER_FORMATS}
    return {
        "language": pmui.Select(label=t("Language"), options=languages, visible=len(offered()) > 1, **LOWER),
        "number_format": pmui.Select(label=t("Number format"), options=numbers, **LOWER),
    }


def facts(user: User, changed: datetime | None) -> str:
    """What is not changed in the form, in HTML: who the user is to others, and what the login asks for."""
    shown = [
        (t("Name"), escape(user.name)),
        (t("Role"), f"{escape(t(ROLE_NAMES[user.role]))} <small>{escape(t(ROLES[user.role]))}</small>"),
        (t("Rights"), _listed([f"{name}: {t(RIGHTS[name])}" for name in user.rights])),
        (t("Accounts"), _accounts(user)),
        (t("Switches"), escape(", ".join(user.switches) or t("all"))),
        *_login(user, changed),
    ]
    lines = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in shown if text)
    return f"<dl>{lines}</dl>"


def _login(user: User, changed: datetime | None) -> list[tuple[str, str]]:
    """What the login asks for; who is let in by a provider elsewhere has their address and password there."""
    if user.subject:
        return [
            (t("E-mail"), escape(user.email)),
            (t("Password"), t("kept by {name}", name=escape(user.issuer))),
        ]
    return [
        (t("E-mail"), f"{escape(user.email) or t('none')} {_way('email', mark('Change'))}"),
        (t("Password"), f"{_since(changed, user.zone)} {_way('password', mark('Change'))}"),
        (t("Codes"), f"{t(CODES[user.totp][0])} {_way('codes', CODES[user.totp][1])}"),
    ]


def _listed(texts: list[str]) -> str:
    return "<br>".join(map(escape, texts))


def _accounts(user: User) -> str:
    allowed = sees(user)
    if allowed is None:
        return t("all")
    return escape(", ".join(words.account(name) for name in allowed)) or t("none")


def _since(changed: datetime | None, zone: str) -> str:
    return t("of {moment}", moment=escape(words.moment(changed, ZoneInfo(zone)))) if changed else ""


def _way(page: str, label: str) -> str:
    return f'<a href="{page}">{t(label)}</a>'


def row(one: Session, own: bool, zone: str) -> dict[str, Any]:
    """What the list shows of a session."""
    here = (
        {"text": t("{address}, here", address=one.address), "color": HERE} if own else {"text": one.address}
    )
    told = {name: words.short(getattr(one, name), ZoneInfo(zone)) for name in ("began", "used")}
    return {"key": one.key[:8], "fixed": True, "address": here, **told}
