"""`user key`: the keys by which programs use the REST API; add, list, remove."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.common import FORMATS, choice, opened, shown
from app.commands.users import named, noted, who
from store.errors import CdrStatsError

if TYPE_CHECKING:
    from store.api_keys import Key
    from store.database import Store

key = typer.Typer(help="API keys: a program shows one instead of its user's password.")

COLUMNS = ("id", "user", "name", "right", "begins", "made", "expires", "used", "state")
Name = Annotated[str, typer.Argument(help="The user, whose rights the key has.")]


@key.command()
def add(
    name: Name,
    label: Annotated[str, typer.Argument(help="What the key is for, such as the name of its program.")],
    write: Annotated[
        bool, typer.Option("--write", help="Let it change what its user may change; else it only reads.")
    ] = False,
    days: Annotated[int, typer.Option(help="How many days it works.")] = 365,
) -> None:
    """Make a key, and show it this once: cdr-stats user key add alice billing --days 90"""
    from alerts.changedletter import telling
    from store import api_keys
    from store.database import together

    with opened() as store:
        held, right = named(store, name), "write" if write else "read"

        def work(store: "Store") -> str:
            now = datetime.now(UTC)
            made = api_keys.make(store, held, label, right, days, now)
            telling(store, held, "key", who(), "", now)(None)
            noted(store, "add key", held.name, [label, right])
            return made

        token = together(store, work)
    print("The key is shown this once; who has it may do what it may:")
    print(f"    {token}")


@key.command("list")
def list_(
    name: Annotated[str, typer.Argument(help="Only of this user.")] = "",
    form: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
) -> None:
    """Show the keys, the oldest first; those that have ended stay for a month."""
    from app.commands.output import show
    from store import api_keys, users

    form = choice(form, FORMATS, "format")
    with opened() as store:
        people = {one.id: one.name for one in users.everything(store)}
        found = api_keys.of_users(store, [named(store, name).id]) if name else api_keys.everything(store)
    show([_row(held, people.get(held.user, "(removed)")) for held in found], COLUMNS, form)


def _row(held: "Key", user: str) -> dict[str, Any]:
    ended = held.expires <= datetime.now(UTC)
    return {
        "id": held.id,
        "user": user,
        "name": held.name,
        "right": held.right,
        "begins": held.begins,
        "made": held.made.isoformat(" ", "seconds"),
        "expires": held.expires.isoformat(" ", "seconds"),
        "used": held.used.isoformat(" ", "minutes") if held.used else "",
        "state": "ended" if ended else "works",
    }


@key.command()
def remove(id: Annotated[str, typer.Argument(help="Its id, as `user key list` gives it.")]) -> None:
    """End a key at once."""
    from store import api_keys, users

    with opened() as store:
        held = {one.id: one for one in api_keys.everything(store)}.get(id)
        if held is None or not api_keys.remove(store, id):
            raise CdrStatsError(f"There is no key {shown(id)!r}; `cdr-stats user key list` names them.")
        owner = users.one(store, held.user)
        noted(store, "remove key", owner.name if owner else held.user, [held.name])
    print(f"The key {held.name} works no more.")
