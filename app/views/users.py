"""The users as an admin sees them: the list, and what is known of one."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from app import words
from app.theme import CARD
from app.tongue import mark, t
from assets.files import path
from store.people import HIDDEN, LANGUAGES, RIGHTS, ROLES, User

STYLE = CARD + path("alarms.css").read_text(encoding="utf-8")
COLUMNS = [
    {"key": "name", "label": mark("Name"), "kind": "name"},
    {"key": "role", "label": mark("Role"), "kind": "value"},
    {"key": "accounts", "label": mark("Accounts"), "kind": "text", "spare": True},
    {"key": "email", "label": mark("E-mail"), "kind": "text", "spare": True},
    {"key": "state", "label": mark("State"), "kind": "value"},
]
ACTIVE, DISABLED = ("#3c9d76", mark("active")), ("#8a96a3", mark("disabled"))
ROLE_NAMES = {"admin": mark("admin"), "staff": mark("staff"), "customer": mark("customer")}
MOST = 20
"""Accounts of one user that are listed; of more it is said how many there are."""


def row(user: User) -> dict[str, Any]:
    """What the list shows of a user."""
    color, state = ACTIVE if user.active else DISABLED
    return {
        "key": user.id,
        "name": {"text": user.name, "color": color, "help": plain(user.full_name)},
        "role": t(ROLE_NAMES[user.role]),
        "accounts": accounts(user),
        "email": user.email,
        "state": t(state),
    }


def accounts(user: User) -> str:
    """Whose calls a user may see, in words."""
    if user.role == "admin" or "see_all" in user.rights:
        return t("all")
    return listed(user.accounts) or t("none")


def listed(names: Sequence[str]) -> str:
    """Names with commas, the first MOST of them."""
    told = ", ".join(plain(name) for name in names[:MOST])
    return (
        t("{names} and {n} more", names=told, n=words.number(len(names) - MOST))
        if len(names) > MOST
        else told
    )


def plain(text: str) -> str:
    """A text without the characters that would turn what stands beside it around."""
    return HIDDEN.sub(" ", text)


class Times(NamedTuple):
    """When the password of a user was set and when they logged in last (aware UTC), None for never."""

    password: datetime | None = None
    login: datetime | None = None


WAITING = "…"


def story(user: User, zone: ZoneInfo, times: Times | None) -> str:
    """What is known of a user, in HTML. Times that are not known yet have their lines, or the buttons below
    would move away under a click.
    """
    password, login = times or (None, None)
    none, never = (t("none yet: cannot log in"), words.NO_VALUE) if times else (WAITING, WAITING)
    facts = {
        t("Role"): t("{role}: {may}", role=t(ROLE_NAMES[user.role]), may=t(ROLES[user.role])),
        t("Rights"): "; ".join(t(RIGHTS[right]) for right in user.rights),
        t("Accounts"): accounts(user),
        t("Switches"): "" if user.role == "admin" else listed(user.switches) or t("all"),
        t("Full name"): user.full_name,
        t("Company"): user.company,
        t("Address"): user.address,
        t("Phone"): user.phone,
        t("E-mail"): user.email,
        t("Language"): t(LANGUAGES[user.language]),
        t("Number format"): user.number_format,
        t("Time zone"): user.zone,
        t("Password"): words.moment(password, zone) if password else none,
        t("Codes"): t("asked for at each login") if user.totp else "",
        t("Last login"): words.moment(login, zone) if login else never,
    }
    told = "".join(f"<dt>{name}<dd>{escape(plain(said))}" for name, said in facts.items() if said)
    barred = "" if user.active else f'<p class="problem">{t("Disabled: cannot log in.")}</p>'
    return f"{barred}<dl>{told}</dl>"
