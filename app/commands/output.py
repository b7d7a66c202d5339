"""Rows on the screen: a table for people, JSON and CSV for programs."""

import csv
import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from app.commands.common import cell, shown

if TYPE_CHECKING:
    import pandas as pd

Record = Mapping[str, Any]

WIDE = 240
"""Columns of a table that is not written to a terminal."""
HEADERS = {
    "duration": "duration (s)",
    "billsec": "billsec (s)",
    "asr": "ASR (%)",
    "acd": "ACD (s)",
    "ner": "NER (%)",
    "short_share": "short calls (%)",
    "pdd": "PDD (s)",
    "hangup_cause": "hangup cause",
    "q850": "Q.850",
}
"""Headers with their units; other columns are called what they are."""
EMPTY = {"account": "(none)"}


def records_of(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """The rows of a frame as plain values: whole seconds are integers, moments ISO 8601 with offset, NaN is
    None.
    """
    columns = {str(name): [plain(value) for value in frame[name].tolist()] for name in frame.columns}
    for name in ("duration", "billsec"):
        columns |= {name: [whole(value) for value in columns[name]]} if name in columns else {}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def whole(value: Any) -> Any:
    """Seconds without a fraction of zero."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def show(rows: Sequence[Record], columns: Sequence[str], form: str) -> None:
    """Write the rows to standard output as `table`, `json` (a list of objects) or `csv` (with a header)."""
    if form == "json":
        print(json.dumps(rows, indent=1, ensure_ascii=False, default=str))
    elif form == "csv":
        write_csv(rows, columns)
    else:
        write_table(rows, columns)


def write_csv(rows: Iterable[Record], columns: Sequence[str]) -> None:
    """Write CSV that no spreadsheet takes for formulas; what has no value is empty."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow("" if row[name] is None else cell(row[name]) for name in columns)


def write_table(rows: Sequence[Record], columns: Sequence[str]) -> None:
    """Write a table: numbers to the right with thousands separators, texts literally."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else WIDE)
    table = Table(box=box.SIMPLE_HEAD)
    for name in columns:
        number = any(isinstance(row[name], int | float) for row in rows)
        table.add_column(
            Text(HEADERS.get(name, name)), justify="right" if number else "left", overflow="fold"
        )
    for row in rows:
        # Text and not str: brackets of a caller's name are no markup
        table.add_row(*(Text(written(name, row[name])) for name in columns))
    console.print(table if rows else Text("Nothing was found."))


def written(name: str, value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if name != "q850" else str(value)
    if isinstance(value, float):
        return f"{value:,.1f}"
    return shown(value) or EMPTY.get(name, "")
