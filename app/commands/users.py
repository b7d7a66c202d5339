"""`user`: who may log in, what they may see and do; add, list, passwd, disable, change, remove, audit."""

import getpass
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.common import FORMATS, choice, moment_of, opened, shown
from store.errors import CdrStatsError

if TYPE_CHECKING:
    from store.database import Store
    from store.people import User

user = typer.Typer(help="Users: who may log in, and what they may see and do; what was done.")

COLUMNS = (
    "user",
    "role",
    "rights",
    "accounts",
    "switches",
    "full name",
    "company",
    "email",
    "zone",
    "state",
    "from",
)
AUDIT = ("at", "who", "address", "verb", "kind", "object", "words")
LINES = ("\r\n", "\n")
Name = Annotated[str, typer.Argument(help="The name to log in with.")]
Told = Annotated[
    list[str] | None,
    typer.Argument(help="NAME=VALUE, such as role=customer accounts=1000,1001; `user fields` shows all."),
]
Stdin = Annotated[
    bool, typer.Option("--stdin", help="Read the password, a line, from the input instead of asking for it.")
]
Form = Annotated[str, typer.Option("--format", help="table, json or csv.")]


def _many(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",")) if text.strip() else ()


FIELDS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "role": ("admin, staff or customer", str),
    "rights": ("what staff may do: alarms, sources, users, see_all", _many),
    "accounts": ("whose calls the user sees, with commas; admins see all", _many),
    "switches": ("calls of these switches alone; nothing for all", _many),
    "full_name": ("name of the person", str),
    "company": ("where they work", str),
    "address": ("where they live", str),
    "phone": ("their telephone", str),
    "email": ("where letters go to", str),
    "zone": ("time zone in which times are shown", str),
    "language": ("language of the pages: en, fr or es; empty: as the browser asks", str),
    "number_format": ("how numbers are written, as 1,234.5 or 1.234,5; empty: as the language has it", str),
    "name": ("another name to log in with", str),
}
"""What a user may be told: what it means, and how a text becomes it."""


def _now() -> datetime:
    return datetime.now(UTC)


@user.command("list")
def list_(
    search: Annotated[str, typer.Argument(help="Only those with these letters in a text.")] = "",
    form: Form = "table",
) -> None:
    """Show the users, by name."""
    from app.commands.output import show
    from store import users

    form = choice(form, FORMATS, "format")
    with opened() as store:
        rows = [_row(one) for one in users.everything(store, search)]
    show(rows, COLUMNS, form)


def _row(one: "User") -> dict[str, Any]:
    return {
        "user": one.name,
        "role": one.role,
        "rights": ", ".join(one.rights),
        "accounts": ", ".join(one.accounts),
        "switches": ", ".join(one.switches),
        "full name": one.full_name,
        "company": one.company,
        "email": one.email,
        "zone": one.zone,
        "state": ("active" if one.active else "disabled") + (", with codes" if one.totp else ""),
        "from": one.issuer or "here",
    }


@user.command()
def fields() -> None:
    """Show what a user may be told."""
    from store.people import RIGHTS, ROLES

    tables = {"role": ROLES, "rights": RIGHTS}
    for name, (words, _) in FIELDS.items():
        print(f"{name}: {words}")
        for key, meaning in tables.get(name, {}).items():
            print(f"    {key}: {meaning}")


@user.command()
def add(name: Name, told: Told = None, stdin: Stdin = False) -> None:
    """Add a user, a customer unless told otherwise: cdr-stats user add alice accounts=1000"""
    from store import users
    from store.people import User, checked

    with opened() as store:
        made = checked(_set(User(name=name, zone=store.settings.zone), told))
        if users.by_name(store, made.name):
            raise CdrStatsError(f"There is a user {shown(name)!r} already; `user change` changes it.")
        users.add(store, made, _now(), _password(made.name, stdin))
        noted(store, "add", made.name, told)
        admins = [one for one in users.everything(store) if one.role == "admin"]
    print(f"The user {made.name} is kept.")
    if not admins:
        print("Nobody is an admin yet: cdr-stats user add NAME role=admin")


def _set(held: "User", told: list[str] | None) -> "User":
    for one in told or []:
        name, equals, text = one.partition("=")
        if not equals:
            raise CdrStatsError(f"{shown(one)!r} is not NAME=VALUE, for example accounts=1000,1001.")
        if name.strip().casefold() == "password":
            raise CdrStatsError("A password is no argument, which others could read: it is asked for.")
        name = choice(name, FIELDS, "field of users")
        held = held._replace(**{name: FIELDS[name][1](text)})
    return held


def _password(name: str, stdin: bool) -> str:
    """A password that its user may have, typed twice without being shown, or a line of the input. Raises
    WeakPassword before it is asked for again.
    """
    from store.passwords import check

    if not stdin and not sys.stdin.isatty():
        raise CdrStatsError("There is no terminal to ask for the password at; give it with --stdin.")
    first = _line() if stdin else getpass.getpass(f"Password of {name}: ")
    check(first, name)
    if not stdin and getpass.getpass("Once more: ") != first:
        raise CdrStatsError("The two passwords are not the same; nothing was changed.")
    return first


def _line() -> str:
    text = sys.stdin.readline()
    return text.removesuffix(next((end for end in LINES if text.endswith(end)), ""))


def who() -> str:
    """Who of this machine is at the command line."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "unknown"  # a container's user may have no name


def noted(store: "Store", verb: str, name: str, told: list[str] | None = None) -> None:
    """Note in the audit log what was done from the command line, by whom of this machine."""
    from store import audit

    entry = audit.Entry(who(), "command line", verb, "user", name, " ".join(told or []))
    audit.put(store, entry, _now())


def named(store: "Store", name: str) -> "User":
    """The user of a name; raises CdrStatsError with what is near where there is none."""
    from store import users

    known = {one.name: one for one in users.everything(store)}
    return known[choice(name, known, "user")]


@user.command()
def passwd(name: Name, stdin: Stdin = False) -> None:
    """Give a user another password, which ends the open sessions and the links of the last one."""
    from alerts.changedletter import telling
    from store import credentials

    with opened() as store:
        held = named(store, name)
        now = _now()
        told = telling(store, held, "password", who(), "", now)
        credentials.change(store, held.id, _password(held.name, stdin), now, also=told)
        noted(store, "change password", held.name)
    print(f"The user {held.name} has another password.")


@user.command()
def nocode(name: Name) -> None:
    """Ask a user for no code of an authenticator any more, as when the telephone is lost."""
    from alerts.changedletter import telling
    from store import credentials

    with opened() as store:
        held = named(store, name)
        credentials.unprotect(store, held.id, telling(store, held, "no codes", who(), "", _now()))
        noted(store, "end codes", held.name)
    print(f"The user {held.name} logs in with the password alone.")


@user.command()
def disable(name: Name) -> None:
    """Let a user log in no more, and end the open sessions; everything else stays."""
    from store import users

    with opened() as store:
        held = named(store, name)
        users.disable(store, held.id)
        noted(store, "disable", held.name)
    print(f"The user {held.name} is disabled.")


@user.command()
def enable(name: Name) -> None:
    """Let a user log in again."""
    from store import users

    with opened() as store:
        held = named(store, name)
        users.enable(store, held.id)
        noted(store, "enable", held.name)
    print(f"The user {held.name} may log in again.")


@user.command()
def change(name: Name, told: Told = None) -> None:
    """Change what a user may see and do, or the profile: cdr-stats user change alice accounts=1000,1001"""
    from alerts.changedletter import telling
    from store import users
    from store.connection import nothing

    with opened() as store:
        held = named(store, name)
        after = _set(held, told)
        other = after.email != held.email
        letter = telling(store, held, "email", who(), "", _now(), [after.email])
        users.change(store, after, letter if other else nothing)
        noted(store, "change", held.name, told)
    print(f"The user {held.name} is changed.")


@user.command()
def remove(name: Name) -> None:
    """Remove a user; calls, alarms and what stands in the audit log stay."""
    from store import users

    with opened() as store:
        held = named(store, name)
        users.remove(store, held.id)
        noted(store, "remove", held.name)
    print(f"The user {held.name} is removed.")


@user.command()
def audit(
    who: Annotated[str, typer.Option(help="What this user did.")] = "",
    verb: Annotated[str, typer.Option(help="What was done, as 'add' or 'change password'.")] = "",
    kind: Annotated[str, typer.Option(help="What it was done to, as 'user'.")] = "",
    name: Annotated[str, typer.Option("--object", help="Which of them.")] = "",
    since: Annotated[str, typer.Option(help="From this date or time on.")] = "",
    until: Annotated[str, typer.Option(help="Before this date or time.")] = "",
    tz: Annotated[str, typer.Option("--zone", help="Zone of dates without one.")] = "UTC",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest.")] = 50,
    form: Form = "table",
) -> None:
    """Show who did what, newest first; it is kept for 400 days."""
    from app.commands.output import show
    from store.audit import Filter, page

    form = choice(form, FORMATS, "format")
    begin, end = (moment_of(text, tz, "The date") if text else None for text in (since, until))
    with opened() as store:
        found = page(store, Filter(who, verb, kind, name, begin, end), limit=limit)
    rows = [{**entry._asdict(), "at": entry.at.isoformat(" ", "seconds")} for entry in found]
    show([{column: row[column] for column in AUDIT} for row in rows], AUDIT, form)
