"""The users as an admin sees them: the list, and what is known of one."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from app import words
from app.theme import CARD
from assets.files import path
from store.people import HIDDEN, LANGUAGES, RIGHTS, ROLES, User

STYLE = CARD + path("alarms.css").read_text(encoding="utf-8")
COLUMNS = [
    {"key": "name", "label": "Name", "kind": "name"},
    {"key": "role", "label": "Role", "kind": "value"},
    {"key": "accounts", "label": "Accounts", "kind": "text", "spare": True},
    {"key": "email", "label": "E-mail", "kind": "text", "spare": True},
    {"key": "state", "label": "State", "kind": "value"},
]
ACTIVE, DISABLED = ("#3c9d76", "active"), ("#8a96a3", "disabled")
MOST = 20
"""Accounts of one user that are listed; of more it is said how many there are."""


def row(user: User) -> dict[str, Any]:
    """What the list shows of a user."""
    color, state = ACTIVE if user.active else DISABLED
    return {
        "key": user.id,
        "name": {"text": user.name, "color": color, "help": plain(user.full_name)},
        "role": user.role,
        "accounts": accounts(user),
        "email": user.email,
        "state": state,
    }


def accounts(user: User) -> str:
    """Whose calls a user may see, in words."""
    if user.role == "admin" or "see_all" in user.rights:
        return "all"
    return listed(user.accounts) or "none"


def listed(names: Sequence[str]) -> str:
    """Names with commas, the first MOST of them."""
    more = f" and {words.number(len(names) - MOST)} more" if len(names) > MOST else ""
    return ", ".join(plain(name) for name in names[:MOST]) + more


def plain(text: str) -> str:
    """A text without the characters that would turn what stands beside it around."""
    return HIDDEN.sub(" ", text)


def story(user: User, zone: ZoneInfo, password: datetime | None, login: datetime | None) -> str:
    """What is known of a user, in HTML; when the password was set and when they logged in (aware UTC)."""
    facts = {
        "Role": f"{user.role}: {ROLES[user.role]}",
        "Rights": "; ".join(RIGHTS[right] for right in user.rights),
        "Accounts": accounts(user),
        "Switches": "" if user.role == "admin" else listed(user.switches) or "all",
        "Full name": user.full_name,
        "Company": user.company,
        "Address": user.address,
        "Phone": user.phone,
        "E-mail": user.email,
        "Language": LANGUAGES[user.language],
        "Numbers": user.number_format,
        "Time zone": user.zone,
        "Password": moment(password, zone) if password else "none yet: cannot log in",
        "Codes": "asked for at each login" if user.totp else "",
        "Last login": moment(login, zone) if login else words.NO_VALUE,
    }
    told = "".join(f"<dt>{name}<dd>{escape(plain(said))}" for name, said in facts.items() if said)
    barred = "" if user.active else '<p class="problem">Disabled: cannot log in.</p>'
    return f"{barred}<dl>{told}</dl>"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """'Sun 22 Nov 2026, 09:05' in a zone."""
    return f"{words.day(at, zone)}, {at.astimezone(zone):%H:%M}"
