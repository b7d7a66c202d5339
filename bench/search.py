"""The search: the first page of each indexed filter, and how deep pages cost against the first."""

from rich.table import Table

from bench.figures import ALL, MONTH
from bench.ground import console, timed
from store import calls
from store.database import Store
from store.scope import DurationMatch, NumberMatch, Scope

DEEP = 10_000
SIZE = 25


def filters(store: Store) -> dict[str, Scope]:
    """One scope for each index, with numbers that the store has."""
    some = calls.page(store, ALL).rows.iloc[0]
    return {
        "90 days, nothing else": ALL,
        "an account": ALL._replace(accounts=("1000",)),
        "a country": ALL._replace(countries=("FR",)),
        "a caller": ALL._replace(caller=NumberMatch("equals", some["caller"])),
        "a destination": ALL._replace(destination=NumberMatch("equals", some["destination"])),
        "destination begins with": ALL._replace(destination=NumberMatch("begins", some["destination"][:7])),
        "talk time over an hour": ALL._replace(duration=DurationMatch("gt", 3600)),
        "a switch, 30 days": MONTH._replace(switches=(some["switch"],)),
        "a cause, 30 days": MONTH._replace(causes=("USER_BUSY",)),
    }


def show(store: Store) -> None:
    """The table of first pages, then page 10,000 beside page 1."""
    table = Table(title="Search, first page of 25, ms (median of 5)", title_justify="left")
    for column, justify in (("filter", "left"), ("server", "right"), ("whole", "right")):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    for words, scope in filters(store).items():
        found = timed(lambda scope=scope: calls.page(store, scope))  # type: ignore[misc]
        table.add_row(words, f"{found.server_ms:.1f}", f"{found.ms:.1f}")
    for sort in calls.SORTS:
        found = timed(lambda sort=sort: calls.page(store, ALL, sort=sort))  # type: ignore[misc]
        table.add_row(f"sorted by {sort}", f"{found.server_ms:.1f}", f"{found.ms:.1f}")
    console.print(table)
    first, key = timed(lambda: calls.page(store, ALL)), None
    for _ in range(DEEP * SIZE // calls.STREAM_PAGE):
        key = calls.page(store, ALL, after=key, limit=calls.STREAM_PAGE).last
    deep = timed(lambda: calls.page(store, ALL, after=key))
    ratio = deep.server_ms / first.server_ms
    console.print(f"Page {DEEP:,}: {deep.server_ms:.1f} ms, {ratio:.2f} times page 1.\n")
