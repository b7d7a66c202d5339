"""What a file is: its format, what its text is like, its first calls as they would be stored, and which rows
would be rejected and why. Nothing is stored.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from ingest import documents
from ingest.evidence import Evidence, evidence, forms
from ingest.files import Chunk, Source
from ingest.formats import reading, recognise, switch_of
from ingest.head import Head
from ingest.opening import GZIP, name_of, of_bytes
from ingest.recipe import Options, Recipe
from ingest.rows import FIELDS, Bad, Skipped
from ingest.work import Parsed, Parser, Task
from store.errors import ImportProblem
from store.legs import merge
from store.numbers import Numbering
from store.record import CDR, Reject

SHOWN = 10
LOOKED = 10_000
"""Rows that are looked at: the first ones."""
SAMPLED = 500
"""Rows of which the times are looked at."""
RAW = 5
START = FIELDS.index("start")
NO_ZONES: Mapping[str, str] = {}
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", "": "none"}


class Diagnosis(NamedTuple):
    """What is known of a file.

    `format` is '' for one that is not recognised, and `problem` the sentence why. `facts` are (what, how)
    pairs in words. `header` and `raw` are the columns of the first rows as they are, to say of them which is
    which. `calls` and `rejects` are the first ones, `read`, `rejected` and `skipped` count the rows that were
    looked at, and `more` says that there are others. `zone` is the one that the calls were read in, `zones`
    those that the file itself speaks for. `options` are how to import it like this.
    """

    name: str
    format: str = ""
    words: str = ""
    problem: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    header: tuple[str, ...] = ()
    raw: tuple[tuple[str, ...], ...] = ()
    calls: tuple[CDR, ...] = ()
    rejects: tuple[Reject, ...] = ()
    read: int = 0
    rejected: int = 0
    skipped: int = 0
    more: bool = False
    notes: tuple[str, ...] = ()
    zone: str = ""
    zones: tuple[str, ...] = ()
    document: bool = False
    options: Options = Options()


def diagnose(
    file: Path | bytes,
    options: Options,
    numberings: Mapping[str, Numbering],
    now: datetime,
    name: str = "",
    zones: Mapping[str, str] = NO_ZONES,
) -> Diagnosis:
    """What the file at a path is, or one whose bytes are given and which is called `name`.

    `options` are what its owner says of it already; without a zone in them that of its switch counts
    (`zones` are by switch), else the one that the file speaks for. `numberings` are by switch, `now` is aware
    UTC. Raises nothing: what is wrong is the `problem`.
    """
    called = name or (name_of(file) if isinstance(file, Path) else "the file")
    try:
        with Source(of_bytes(file, called) if isinstance(file, bytes) else file) as source:
            return _diagnosed(source, file, options, numberings, now, zones)
    except ImportProblem as problem:
        return Diagnosis(called, problem=str(problem), options=options)


def _diagnosed(
    source: Source,
    file: Path | bytes,
    options: Options,
    numberings: Mapping[str, Numbering],
    now: datetime,
    zones: Mapping[str, str],
) -> Diagnosis:
    block = source.block()
    document = bool(documents.kind_of(block))
    lines = source.head()
    head = Head(lines)
    found = Diagnosis(source.name, document=document, options=options)
    texts = _text_facts(block, source, file, document)
    try:
        recipe = recognise(lines, options, source.name)
    except ImportProblem as problem:
        rows = head.rows(head.delimiter)
        delimiter = (("delimiter", DELIMITERS[head.delimiter]),)
        return found._replace(
            problem=str(problem), facts=(*texts, *delimiter), header=tuple(rows[0]), raw=_raw(rows[1:])
        )
    chunks = source.chunks(recipe.shape)
    chunk = next(chunks, Chunk([], [], 0))
    times = _evidence(recipe, chunk, now)
    switch = options.switch or ("" if "switch" in dict(recipe.columns) else switch_of(recipe))
    zone = options.zone or zones.get(switch, "") or next(iter(times.zones), "")
    options = options._replace(zone=zone)
    recipe = recognise(lines, options._replace(switch=switch), source.name)
    parser = Parser(Task(recipe, numberings, now))
    chunk = chunk._replace(records=chunk.records[:LOOKED], lines=chunk.lines[:LOOKED])
    parsed = parser.parse(chunk)
    calls = _merged(parsed.calls)
    return found._replace(
        format=recipe.format,
        words=recipe.words,
        facts=(*texts, *_row_facts(recipe, chunk, times, parsed, len(calls), now)),
        header=recipe.header,
        raw=_raw(_split(recipe, chunk.records[: RAW + 1], now)),
        calls=tuple(calls[:SHOWN]),
        rejects=tuple(parsed.rejects[:SHOWN]),
        read=parsed.read,
        rejected=len(parsed.rejects),
        skipped=parsed.skipped,
        more=next(chunks, None) is not None,
        notes=(*recipe.notes, *_form_notes(recipe, chunk, parsed, now)),
        zone=recipe.manner.zone,
        zones=times.zones,
        options=options,
    )


def _form_notes(recipe: Recipe, chunk: Chunk, parsed: Parsed, now: datetime) -> list[str]:
    """A sentence on how times are written that could not be read."""
    if not any(reject.kind == "time" for reject in parsed.rejects):
        return []
    found = forms([text for fields in _fields(recipe, chunk, now)[:RAW] if (text := fields[START])])
    shown = " or ".join(found)
    return (
        [f"The start is written as {shown}, which a mapping says: {{ column = ..., format = ... }}."]
        if found
        else []
    )


def _text_facts(
    block: bytes, source: Source, file: Path | bytes, document: bool
) -> tuple[tuple[str, str], ...]:
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


def _row_facts(
    recipe: Recipe, chunk: Chunk, times: Evidence, parsed: Parsed, calls: int, now: datetime
) -> tuple[tuple[str, str], ...]:
    """What the rows are like."""
    delimiter = recipe.shape.delimiter
    widths = Counter(len(row) for row in _split(recipe, chunk.records[:SAMPLED], now) if any(row))
    columns = "; ".join(f"{width} in {_rows(count)}" for width, count in widths.most_common(4))
    starts = sorted(call.start for call in parsed.calls)
    span = f"{starts[0]:%Y-%m-%d %H:%M} to {starts[-1]:%Y-%m-%d %H:%M} UTC" if starts else "no call"
    rows = len(parsed.calls)
    answered = sum(call.answered for call in parsed.calls)
    facts = {
        "delimiter": DELIMITERS.get(delimiter, repr(delimiter)),
        "columns": columns if delimiter else "",
        "header": ("yes" if recipe.header else "no") if delimiter else "",
        "times": times.written,
        "as fine as": times.fine,
        "legs": f"{_rows(rows)} make {calls:,} call{'s' * (calls != 1)}"
        if calls != rows
        else "one row a call",
        "answered": f"{answered:,} of {_rows(rows)}",
        "starts": span,
    }
    return tuple((what, how) for what, how in facts.items() if how)


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _evidence(recipe: Recipe, chunk: Chunk, now: datetime) -> Evidence:
    """What the times of the first rows tell of themselves, or their format of them."""
    found = reading(recipe, now)
    if found.calls:
        return Evidence("epochs where a report tells them, which are UTC", "microseconds")
    told = evidence(_fields(recipe, chunk, now))
    zone = json.loads(recipe.plan).get("zone") if recipe.plan else ""
    return told._replace(written=f"in {zone}, as this format has them", zones=(zone,)) if zone else told


def _split(recipe: Recipe, records: Sequence[bytes], now: datetime) -> list[list[str]]:
    texts = [record.decode("utf-8", "replace") for record in records]
    return [list(row) for row in reading(recipe, now).split(texts) if isinstance(row, list)]


def _raw(rows: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row) for row in islice(rows, RAW))


def _fields(recipe: Recipe, chunk: Chunk, now: datetime) -> list[Sequence[str]]:
    """The texts of the first rows in the order of rows.FIELDS; none of documents."""
    found = reading(recipe, now)
    if found.calls:
        return []
    texts: list[Sequence[str]] = []
    for row in _split(recipe, chunk.records[:SAMPLED], now):
        if row == [*recipe.header]:
            continue
        try:
            texts.append(found.pick(row))
        except (Bad, Skipped):
            continue
    return texts


def _merged(rows: Sequence[CDR]) -> list[CDR]:
    """The calls of these rows, in the order of their first rows."""
    named: dict[tuple[str, str], list[CDR]] = {}
    for row in rows:
        named.setdefault((row.switch, row.uuid), []).append(row)
    return [merge(same) for same in named.values()]
