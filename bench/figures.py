"""Every dashboard figure at two sizes, beside DuckDB on the same rows, which must also give the same
numbers.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pandas as pd
from rich.table import Table

from bench.ground import DAYS, UNTIL, Timed, console, timed
from store import queries
from store.database import Store
from store.scope import Scope

ALL = Scope(UNTIL - timedelta(days=DAYS), UNTIL)
DAY = ALL._replace(since=UNTIL - timedelta(days=1))
MONTH = ALL._replace(since=UNTIL - timedelta(days=30))
EIGHT_DAYS = ALL._replace(since=UNTIL - timedelta(days=8))
ONE = ("1000",)


class Question(NamedTuple):
    """A figure over a scope, and the key by which DuckDB groups for it ("" for none)."""

    figure: queries.Figure
    scope: Scope
    key: str


QUESTIONS: dict[str, Question] = {
    "totals, last 24 h": Question(queries.totals, DAY, ""),
    "hours, a day and the 7 before": Question(queries.hours, EIGHT_DAYS, "date_trunc('hour', start)"),
    "hours of one country, 8 days": Question(
        queries.hours, EIGHT_DAYS._replace(countries=("FR",)), "date_trunc('hour', start)"
    ),
    "days, 90 days": Question(queries.days, ALL, "date_trunc('day', start)"),
    "countries, 30 days": Question(queries.countries, MONTH, "country"),
    "countries of one account, 30 days": Question(queries.countries, MONTH._replace(accounts=ONE), "country"),
    "hangup causes, 30 days": Question(queries.hangup_causes, MONTH, "cause"),
    "world map, 90 days": Question(queries.countries, ALL, "country"),
    "world map of one account, 90 days": Question(queries.countries, ALL._replace(accounts=ONE), "country"),
    "switches, last 24 h": Question(queries.switches, DAY, "switch"),
    "concurrent calls, 7 days": Question(
        lambda store, scope: queries.concurrent(store, scope, together=True),
        ALL._replace(since=UNTIL - timedelta(days=7)),
        "concurrent",
    ),
}


def load(path: Path, store: Store) -> duckdb.DuckDBPyConnection:
    """The same rows as a table of DuckDB; the country, which the file does not say, is joined from the
    store's calls.
    """
    base = duckdb.connect()
    base.execute("SET TimeZone = 'UTC'; SET threads = 2")
    base.execute(f"CREATE TABLE raw AS SELECT * FROM read_csv('{path}', all_varchar = true)")
    base.register("places", _places(store))
    base.execute(
        "CREATE TABLE calls AS SELECT switch, accountcode AS account, hangup_cause AS cause, direction, "
        'start::TIMESTAMPTZ AS start, "end"::TIMESTAMPTZ AS finish, duration::BIGINT AS duration, '
        "billsec::BIGINT AS billsec, answer IS NOT NULL AND answer <> '' AS answered, places.country "
        "FROM raw JOIN places ON raw.destination_number = places.destination"
    )
    return base


def _places(store: Store) -> pd.DataFrame:
    """The country of every destination, as the store has it."""
    found: dict[str, str] = {}
    for name in store.db.list_collection_names(filter={"name": {"$regex": "^cdr_"}}):
        for call in store.db[name].find({}, {"_id": 0, "destination": 1, "country": 1}, batch_size=50_000):
            found[call["destination"]] = call["country"]
    return pd.DataFrame({"destination": list(found), "country": list(found.values())})


def beside(base: duckdb.DuckDBPyConnection, question: Question) -> Callable[[], int]:
    """The same question to DuckDB: gives the number of calls, to be held against ours."""
    scope = question.scope
    where = "start >= ? AND start < ?"
    values: list[Any] = [scope.since, scope.until]
    for column, wanted in (("account", scope.accounts), ("country", scope.countries)):
        if wanted:
            where, values = f"{where} AND {column} = ?", [*values, wanted[0]]
    group = f"GROUP BY {question.key}" if question.key else ""
    sql = f"SELECT count(*), sum(answered::INT), sum(duration), sum(billsec) FROM calls WHERE {where} {group}"
    return lambda: sum(row[0] for row in base.execute(sql, values).fetchall())


class Answer(NamedTuple):
    """Ours and DuckDB's."""

    ours: Timed
    duck: Timed | None


def ask(store: Store, base: duckdb.DuckDBPyConnection) -> dict[str, Answer]:
    """Every question to both; raises AssertionError where they do not agree."""
    answers = {}
    for words, question in QUESTIONS.items():
        ours = timed(lambda question=question: question.figure(store, question.scope))  # type: ignore[misc]
        duck = None if question.key == "concurrent" else timed(beside(base, question))
        if duck:
            assert int(ours.result["calls"].sum()) == duck.result, f"{words}: not what DuckDB counts"
        answers[words] = Answer(ours, duck)
    return answers


def show(sizes: dict[int, dict[str, Answer]]) -> None:
    """The table of all questions at all sizes."""
    table = Table(title="Dashboard figures, ms (median of 5)", title_justify="left")
    table.add_column("figure")
    small, *_, large = sizes
    for size in sizes:
        for column in ("server", "whole", "DuckDB"):
            table.add_column(f"{column} {size:,}", justify="right")
    table.add_column("server, large / small", justify="right")
    for words in QUESTIONS:
        cells = []
        for answers in sizes.values():
            ours, duck = answers[words]
            cells += [f"{ours.server_ms:.1f}", f"{ours.ms:.1f}", f"{duck.ms:.1f}" if duck else ""]
        ratio = sizes[large][words].ours.server_ms / sizes[small][words].ours.server_ms
        table.add_row(words, *cells, f"{ratio:.2f}")
    console.print(table)
