"""What the doctor tells of a file in words: what its text is like, and its rows."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from ingest.evidence import Evidence
from ingest.files import Chunk, Source
from ingest.formats import reading
from ingest.opening import GZIP
from ingest.recipe import Recipe
from ingest.work import Parsed
from store.record import CDR

SAMPLED = 500
"""Rows of which the times and columns are looked at."""
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}

Facts = tuple[tuple[str, str], ...]
"""Pairs of what is told, and how it is."""


def of_text(block: bytes, source: Source, file: Path | bytes, document: bool) -> Facts:
    """What the text is like: how it is encoded, how its lines end, whether it is packed."""
    foreign = 0
    try:
        block[: block.rfind(b"\n")].decode()
    except UnicodeDecodeError:
        foreign = 1
    plain = block.isascii() and not source.marked
    encoding = "ASCII" if plain else "Latin-1, at least in parts" if foreign else "UTF-8"
    marked = ", with a byte order mark" if source.marked else ""
    carriages, feeds = block.count(b"\r\n"), block.count(b"\n")
    ends = "LF" if not carriages else "CRLF" if carriages == feeds else "LF and CRLF"
    with_gzip = file[:2] == GZIP if isinstance(file, bytes) else file.suffix == ".gz"
    facts = [("encoding", encoding + marked), ("line ends", "one document" if document else ends)]
    return (*facts, *([("packed", "gzip")] if with_gzip else []))


def of_rows(
    recipe: Recipe, chunk: Chunk, times: Evidence, parsed: Parsed, calls: int, now: datetime
) -> Facts:
    """What the rows are like."""
    delimiter = recipe.shape.delimiter
    widths = Counter(len(row) for row in split(recipe, chunk.records[:SAMPLED], now) if any(row))
    columns = "; ".join(f"{width} in {_rows(count)}" for width, count in widths.most_common(4))
    facts = {
        "delimiter": DELIMITERS.get(delimiter, repr(delimiter)) if delimiter else "",
        "columns": columns if delimiter else "",
        "header": ("yes" if recipe.header else "no") if delimiter else "",
        "times": times.written,
        "as fine as": times.fine,
    }
    return (*((what, how) for what, how in facts.items() if how), *of_calls(parsed.calls, calls))


def of_calls(rows: Sequence[CDR], calls: int) -> Facts:
    """What these rows tell, which are so many calls."""
    starts = sorted(row.start for row in rows)
    span = f"{starts[0]:%Y-%m-%d %H:%M} to {starts[-1]:%Y-%m-%d %H:%M} UTC" if starts else "no call"
    legs = f"{_rows(len(rows))} make {calls:,} call{'s' * (calls != 1)}"
    return (
        ("legs", legs if calls != len(rows) else "one row a call"),
        ("answered", f"{sum(row.answered for row in rows):,} of {_rows(len(rows))}"),
        ("starts", span),
    )


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def split(recipe: Recipe, records: Sequence[bytes], now: datetime) -> list[list[str]]:
    """The fields of these records."""
    texts = [record.decode("utf-8", "replace") for record in records]
    return [list(row) for row in reading(recipe, now).split(texts) if isinstance(row, list)]
