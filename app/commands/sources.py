"""`sources`: where calls come from by themselves; add, list, test, pause, read once, remove."""

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.common import FORMATS, choice, opened, shown
from store.errors import CdrStatsError

if TYPE_CHECKING:
    from store.database import Document, Store

sources = typer.Typer(help="Sources that calls come from by themselves: add, list, test, pause, remove.")

COLUMNS = ("source", "kind", "switch", "state", "newest", "read", "new", "rejected", "problem")
Name = Annotated[str, typer.Argument(help="Name of the source.")]
ASKED = "?"
"""The value of a secret that is typed in, so that it is in no history."""


def _now() -> datetime:
    return datetime.now(UTC)


@sources.command("list")
def list_(form: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table") -> None:
    """Show each source: how it fares, how far it is read, what it brought."""
    from app.commands.output import show
    from store import sources as kept

    form = choice(form, FORMATS, "format")
    with opened() as store:
        rows = [_row(found) for found in kept.everything(store)]
    show(rows, COLUMNS, form)


def _row(found: "Document") -> dict[str, Any]:
    newest = found["newest"]
    return {
        **found["counts"],
        "source": found["_id"],
        "kind": found["kind"],
        "switch": found["switch"],
        "state": "paused" if found["paused"] else found["state"],
        "newest": newest.isoformat(" ", "seconds") if newest else "",
        "problem": found["problem"],
    }


@sources.command("kinds")
def kinds_() -> None:
    """Show which kinds of sources there are and what each is asked for."""
    from ingest.sources import kinds

    for kind, (words, fields) in kinds().items():
        print(f"{kind}: {words}.")
        for field in fields:
            needed = "" if field.default is not None else " (needed)"
            choices = f" ({', '.join(field.choices)})" if field.choices else ""
            print(f"    {field.name}{needed}: {field.words}{choices}")


@sources.command()
def add(
    name: Name,
    kind: Annotated[str, typer.Argument(help="Its kind; `sources kinds` shows all.")],
    options: Annotated[
        list[str] | None, typer.Argument(help="What it is asked for, as NAME=VALUE; a secret as NAME=?")
    ] = None,
    switch: Annotated[str, typer.Option(help="Switch its calls are counted by; without it, its name.")] = "",
    tz: Annotated[str, typer.Option(help="Zone of its times that name none.")] = "",
) -> None:
    """Add a source, or change the one of this name, which is then read on where it was.

    A password may be env:VARIABLE, which is looked up whenever it is needed, or ? to type it in.
    """
    from ingest.sources import configure

    with opened() as store:
        zone = tz or _zone(store, switch or name)
        configure(store, name, kind, switch or name, zone, _told(options or []), "command", _now())
        print(f"The source {name} is kept; `cdr-stats worker` reads it. {_looked(store, name)}")


def _zone(store: "Store", switch: str) -> str:
    found = store.settings.switches.get(switch)
    return (found.zone if found else None) or "UTC"


def _told(options: list[str]) -> dict[str, str]:
    pairs = [option.partition("=") for option in options]
    for name, equals, _ in pairs:
        if not equals:
            raise CdrStatsError(f"{shown(name)!r} is not NAME=VALUE, for example path=/var/log/Master.csv.")
    return {name: getpass.getpass(f"{name}: ") if value == ASKED else value for name, _, value in pairs}


def _source(store: "Store", name: str) -> "Document":
    from store import sources as kept

    known = {found["_id"]: found for found in kept.everything(store)}
    return known[choice(name, known, "source")]


def _looked(store: "Store", name: str) -> str:
    """What a look at the source gives, problem or not."""
    from ingest.sources import probe, told

    try:
        return f"It is connected: {told(probe(store, _source(store, name), _now()), _now())}."
    except CdrStatsError as problem:
        return f"It cannot be read yet: {problem}"


@sources.command()
def test(name: Name) -> None:
    """Say whether a source can be read as it is set, how much it holds, and how old its newest record is."""
    from ingest.sources import probe, told

    with opened() as store:
        print(f"Connected: {told(probe(store, _source(store, name), _now()), _now())}.")


@sources.command()
def pause(name: Name) -> None:
    """Stop reading a source."""
    _set_paused(name, True)


@sources.command()
def resume(name: Name) -> None:
    """Go on with a paused source where it was."""
    _set_paused(name, False)


def _set_paused(name: str, paused: bool) -> None:
    from store import sources as kept

    with opened() as store:
        found = _source(store, name)["_id"]
        kept.pause(store, found, paused, _now())
    print(f"The source {found} {'is paused' if paused else 'goes on where it was'}.")


@sources.command()
def rewind(name: Name) -> None:
    """Read a source from its beginning again; calls that are known stay one."""
    from store import sources as kept

    with opened() as store:
        found = _source(store, name)["_id"]
        kept.rewind(store, found, _now())
    print(f"The source {found} is read from its beginning.")


@sources.command()
def remove(name: Name) -> None:
    """Forget a source; its calls stay."""
    from store import sources as kept

    with opened() as store:
        found = _source(store, name)["_id"]
        kept.remove(store, found)
    print(f"The source {found} is removed; its calls stay.")
