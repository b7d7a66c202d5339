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
from store.sentence import Sentence, listed, mark

SAMPLED = 500
"""Rows of which the times and columns are looked at."""
DELIMITERS = {",": mark("comma"), ";": mark("semicolon"), "\t": mark("tab"), "|": mark("bar")}

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
    encoding = "ASCII" if plain else mark("Latin-1, at least in parts") if foreign else "UTF-8"
    marked = Sentence("{encoding}, with a byte order mark", encoding=Sentence(encoding))
    carriages, feeds = block.count(b"\r\n"), block.count(b"\n")
    ends = "LF" if not carriages else "CRLF" if carriages == feeds else mark("LF and CRLF")
    with_gzip = file[:2] == GZIP if isinstance(file, bytes) else file.suffix == ".gz"
    facts = [
        (mark("encoding"), marked if source.marked else encoding),
        (mark("line ends"), mark("one document") if document else ends),
    ]
    return (*facts, *([(mark("packed"), "gzip")] if with_gzip else []))


def of_rows(
    recipe: Recipe, chunk: Chunk, times: Evidence, parsed: Parsed, calls: int, now: datetime
) -> Facts:
    """What the rows are like."""
    delimiter = recipe.shape.delimiter
    widths = Counter(len(row) for row in split(recipe, chunk.records[:SAMPLED], now) if any(row))
    columns = listed(
        "; ",
        [Sentence("{n} in {rows}", n=width, rows=_rows(count)) for width, count in widths.most_common(4)],
    )
    facts = {
        mark("delimiter"): DELIMITERS.get(delimiter, repr(delimiter)) if delimiter else "",
        mark("columns"): columns if delimiter else "",
        mark("header"): mark("yes" if recipe.header else "no") if delimiter else "",
        mark("times"): times.written,
        mark("as fine as"): times.fine,
    }
    return (*((what, how) for what, how in facts.items() if how), *of_calls(parsed.calls, calls))


def of_calls(rows: Sequence[CDR], calls: int) -> Facts:
    """What these rows tell, which are so many calls."""
    starts = sorted(row.start for row in rows)
    moments = [f"{one:%Y-%m-%d %H:%M}" for one in (starts[0], starts[-1])] if starts else []
    span = Sentence("{first} to {last} UTC", first=moments[0], last=moments[1]) if starts else mark("no call")
    made = Sentence("1 call") if calls == 1 else Sentence("{n} calls", n=calls)
    legs = Sentence("{rows} make {calls}", rows=_rows(len(rows)), calls=made)
    answered = Sentence("{n} of {rows}", n=sum(row.answered for row in rows), rows=_rows(len(rows)))
    return (
        (mark("legs"), legs if calls != len(rows) else mark("one row a call")),
        (mark("answered"), answered),
        (mark("starts"), span),
    )


def _rows(count: int) -> Sentence:
    return Sentence("1 row") if count == 1 else Sentence("{n} rows", n=count)


def split(recipe: Recipe, records: Sequence[bytes], now: datetime) -> list[list[str]]:
    """The fields of these records."""
    texts = [record.decode("utf-8", "replace") for record in records]
    return [list(row) for row in reading(recipe, now).split(texts) if isinstance(row, list)]
