"""`lists`: numbers that must not be called, and those that may all the same; add, show, remove, calls."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.commands.common import FORMATS, choice, numbered, opened, shown
from store.errors import CdrStatsError

if TYPE_CHECKING:
    from store.lists import Entry

lists = typer.Typer(help="Black and white lists of called numbers: add, show, remove, calls.")

COLUMNS = ("id", "list", "of", "prefix", "country", "words", "by", "added")
CALLS = ("start", "switch", "account", "caller", "destination", "country", "talk", "list", "words")
Kind = Annotated[str, typer.Argument(help="black or white.")]
Form = Annotated[str, typer.Option("--format", help="table, json or csv.")]
Account = Annotated[str, typer.Option("--account", help="Of this account's list; without it everybody's.")]


@lists.command()
def show(
    kind: Annotated[str, typer.Argument(help="black, white, or both.")] = "both", form: Form = "table"
) -> None:
    """Show the entries of the lists."""
    from app.commands.output import show as written
    from store import lists as kept

    form, kind = choice(form, FORMATS, "format"), choice(kind, (*kept.KINDS, "both"), "list")
    with opened() as store:
        found = kept.entries(store, "" if kind == "both" else kind)
    written([_row(one) for one in found], COLUMNS, form)


def _row(one: "Entry") -> dict[str, Any]:
    fields = one._asdict()
    return {
        **fields,
        "list": one.kind,
        "of": one.tenant or "everybody",
        "added": one.added.isoformat(" ", "seconds"),
    }


@lists.command()
def add(
    kind: Kind,
    prefixes: Annotated[
        list[str] | None, typer.Argument(help="What numbers begin with: digits with the country code.")
    ] = None,
    country: Annotated[
        str, typer.Option(help="All numbers of this country (ISO code or name), or what it is noted with.")
    ] = "",
    account: Account = "",
    words: Annotated[str, typer.Option(help="Why; it stands in what is told.")] = "",
) -> None:
    """Put prefixes, or all numbers of a country, on a list. The longest prefix decides, white over black."""
    from alerts.numberlists import prefix_of
    from store import lists as kept

    kind = choice(kind, kept.KINDS, "list")
    code = _country(country)
    wanted = [prefix_of(prefix) for prefix in prefixes or []] or ([""] if code else [])
    if not wanted:
        raise CdrStatsError("Say which numbers: prefixes such as 33699, or --country FR.")
    made = datetime.now(UTC)
    with opened() as store:
        new = [
            kept.add(store, kept.Entry("", account, kind, prefix, code, shown(words), "command", made))
            for prefix in wanted
        ]
    there = f", {len(new) - sum(new)} were there" if not all(new) else ""
    print(f"{numbered(sum(new), 'line')} added to the {kind} list{there}.")


def _country(text: str) -> str:
    from store import countries

    if not text:
        return ""
    known = {name: code for code in countries.codes() for name in (code, countries.name(code))}
    return known[choice(text, known, "country")]


@lists.command()
def remove(entries: Annotated[list[str], typer.Argument(help="Ids, as `lists show` gives them.")]) -> None:
    """Remove entries of the lists; the calls that they stopped at stay marked."""
    from store import lists as kept

    with opened() as store:
        missing = [entry for entry in entries if not kept.remove(store, entry)]
    if missing:
        raise CdrStatsError(f"There is no entry {shown(missing[0])!r}; `cdr-stats lists show` names them.")
    print(f"{numbered(len(entries), 'line')} removed.")


@lists.command()
def prefixes(
    wanted: Annotated[list[str] | None, typer.Argument(help="What to take off from now on.")] = None,
    usual: Annotated[bool, typer.Option("--usual", help="Take off what is usual again.")] = False,
) -> None:
    """Show, or say, what your switches put before a number, which is taken off before it is compared."""
    from alerts.numberlists import before_of
    from store import lists as kept

    with opened() as store:
        if wanted or usual:
            kept.set_remove_prefixes(store, () if usual else tuple(before_of(one) for one in wanted or []))
        print(" ".join(kept.remove_prefixes(store)))


@lists.command()
def calls(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the newest.")] = 50,
    form: Form = "table",
) -> None:
    """Show the calls that a black list stopped at, newest first."""
    from app.commands.output import show as written
    from store import list_hits

    form = choice(form, FORMATS, "format")
    with opened() as store:
        found = list_hits.latest(store, limit=limit)
    rows = [
        {
            **hit._asdict(),
            "start": hit.start.isoformat(" ", "seconds"),
            "talk": hit.seconds,
            "list": hit.tenant or "everybody",
        }
        for hit in found
    ]
    written([{column: row[column] for column in CALLS} for row in rows], CALLS, form)
