"""`rejects`: rows that were no calls, listed, tried again, or forgotten."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.common import FORMATS, choice, opened, plural, zone_name
from store.errors import CdrStatsError

if TYPE_CHECKING:
    from bson import ObjectId

    from store.database import Store

rejects = typer.Typer(help="Rows that were rejected: list, retry, forget.")

COLUMNS = ("import", "file", "switch", "line", "kind", "reason", "text")
Of = Annotated[str, typer.Option("--import", help="Only those of this import; 'last' is the newest.")]


@rejects.command("list")
def list_(
    of: Of = "",
    form: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
    limit: Annotated[int, typer.Option(min=0, help="At most so many rows; 0 is all.")] = 0,
) -> None:
    """Show each rejected row with its file, line and reason."""
    from app.commands.output import show
    from store import rejects as kept

    form = choice(form, FORMATS, "format")
    with opened() as store:
        rows = [_row(found) for found in kept.find(store, import_of(store, of), limit)]
    show(rows, COLUMNS, form)


@rejects.command()
def retry(
    of: Of = "",
    switch: Annotated[str, typer.Option(help="The switch, instead of the one of the import.")] = "",
    tz: Annotated[str, typer.Option(help="The zone of times without one, instead of the import's.")] = "",
) -> None:
    """Read rejected rows again with the settings of today; those that pass become calls."""
    from ingest.retry import retry as again

    with opened() as store:
        done = again(store, import_of(store, of), switch, zone_name(tz) if tz else "")
    print(
        f"{plural(done.tried, 'row')} tried: {done.new:,} new, {done.known:,} known, "
        f"{done.corrected:,} corrected, {done.rejected:,} still rejected."
    )


@rejects.command()
def forget(of: Of = "") -> None:
    """Drop rejected rows; without --import all of them."""
    from store import rejects as kept

    with opened() as store:
        print(f"{plural(kept.forget(store, import_of(store, of)), 'rejected row')} dropped.")


def import_of(store: "Store", text: str) -> "ObjectId | None":
    """The import of that name, None for ''; raises CdrStatsError when there is none."""
    from bson import ObjectId

    from store import imports

    if not text:
        return None
    newest = imports.latest(store, 1)
    if text == "last" and newest:
        found: ObjectId = newest[0]["_id"]
        return found
    if not ObjectId.is_valid(text) or imports.get(store, ObjectId(text)) is None:
        raise CdrStatsError(f"There is no import {text!r}; its name stands at the end of what it printed.")
    return ObjectId(text)


def _row(found: dict[str, Any]) -> dict[str, Any]:
    return {**{name: found.get(name, "") for name in COLUMNS}, "import": str(found["import"])}
