"""In which order a table of calls is read: by a number that it counts up, else by when its rows were written,
which is at hang-up.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Numeric, Table, cast, func, literal_column

from ingest import lateness
from ingest.connector import SourceProblem
from ingest.window import Lower, Value
from store.sentence import Sentence

USUAL, LONGEST = timedelta(hours=24), timedelta(days=31)
"""How long a call is usually at most, and how long it may be at all."""
ENDS = ("end", "end_stamp", "end_time", "hangup_time", "end_epoch")
STARTS = ("calldate", "start", "start_stamp", "start_time", "start_epoch", "starting_date")


class Order(NamedTuple):
    """By what a table is read: the value of a row, whether the table counts it up, and a start by which the
    server is spared old rows.
    """

    value: ColumnElement[Any]
    words: str
    counted: bool = False
    start: ColumnElement[Any] | None = None

    def lower(self, zone: str, now: datetime) -> Lower:
        """By how much rows may be late."""
        return lateness.by_number if self.counted else lateness.by_moment(zone, now)

    def spared(self, floor: Value, longest: timedelta) -> list[ColumnElement[bool]]:
        """A condition on the start, which the server may have an index of, that no row from the floor on
        fails whose call lasted no longer.
        """
        if self.start is None or isinstance(floor, int):
            return []
        if isinstance(floor, datetime):
            return [self.start >= floor - longest]
        try:
            return [self.start >= str(datetime.fromisoformat(floor) - longest)]
        except (ValueError, OverflowError):
            return []


def order_of(table: Table, dialect: str) -> Order:
    """The order of a table. Where no column holds the ends of calls, they are added up of start and length.
    Raises SourceProblem.
    """
    keys = list(table.primary_key.columns)
    if len(keys) == 1 and isinstance(keys[0].type, Integer):
        return Order(keys[0], f"by {keys[0].name}", True)
    named = {column.name.lower(): column for column in table.columns}
    start = next((named[name] for name in STARTS if name in named), None)
    if (end := next((named[name] for name in ENDS if name in named), None)) is not None:
        return Order(end, f"by {end.name}")
    if start is None or "duration" not in named:
        raise SourceProblem(
            Sentence(
                "The table {name} has neither a number that counts up, nor an end, nor a start and "
                "a duration to be read by.",
                name=table.name,
            )
        )
    words = Sentence("by {column} and duration", column=start.name)
    if isinstance(start.type, Integer | Numeric):
        return Order(start + _seconds(named["duration"]), words)
    return Order(_end(start, named["duration"], dialect), words, False, start)


def _seconds(length: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(cast(length, Integer), 0)


def _end(start: ColumnElement[Any], length: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """When a call ended, as the server adds it up; what SQLite takes for no start stays as it is."""
    seconds = _seconds(length)
    if dialect == "mysql":
        return func.timestampadd(literal_column("SECOND"), seconds, start)
    if dialect == "postgresql":
        return start + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    return func.coalesce(func.datetime(start, func.printf("%+d seconds", seconds)), start)
