"""What a file is: its format, what its text is like, its first calls as they would be stored, and which rows
would be rejected and why. Nothing is stored.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from ingest import databases, documents, facts
from ingest.evidence import Evidence, evidence, forms
from ingest.files import Chunk, Source
from ingest.formats import reading, recognise, switch_of
from ingest.head import Head
from ingest.opening import name_of, of_bytes
from ingest.recipe import Options, Recipe
from ingest.refused import Bad, Skipped
from ingest.rows import FIELDS
from ingest.work import Parsed, Parser, Task
from store.errors import ImportProblem
from store.legs import merge
from store.numbers import Numbering
from store.record import CDR, Reject
from store.sentence import Sentence, either, mark

SHOWN = 10
LOOKED = 10_000
"""Rows that are looked at: the first ones."""
RAW = 5
NAMED = 4
START = FIELDS.index("start")
NO_ZONES: Mapping[str, str] = {}


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
        if isinstance(file, Path) and databases.is_database(file):
            return _of_database(file, options, numberings, now, zones)
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
    texts = facts.of_text(block, source, file, document)
    try:
        recipe = recognise(lines, options, source.name)
    except ImportProblem as problem:
        rows = head.rows(head.delimiter)
        delimiter = ((mark("delimiter"), facts.DELIMITERS[head.delimiter]),)
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
        facts=(*texts, *facts.of_rows(recipe, chunk, times, parsed, len(calls), now)),
        header=recipe.header,
        raw=_raw(facts.split(recipe, chunk.records[: RAW + 1], now)),
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


def _of_database(
    path: Path,
    options: Options,
    numberings: Mapping[str, Numbering],
    now: datetime,
    zones: Mapping[str, str],
) -> Diagnosis:
    """What an SQLite file is: the first calls that its connector makes of it. Raises ImportProblem."""
    layout = databases.layout_of(path, options.format.lower())
    given = databases.given_of(path, layout, options, numberings, zones)
    found, read, more = databases.first_of(given, layout, now)
    rows = [row for row in found if isinstance(row, CDR)]
    rejects = [row for row in found if isinstance(row, Reject)]
    calls = _merged(rows)
    tables = ((mark("tables"), _listed([*databases.tables(path)])),)
    times = ((mark("times"), mark("local, where the database has no moments")),)
    return Diagnosis(
        given.name,
        layout.name,
        layout.words,
        facts=(*tables, *times, *facts.of_calls(rows, len(calls))),
        calls=tuple(calls[:SHOWN]),
        rejects=tuple(rejects[:SHOWN]),
        read=read,
        rejected=len(rejects),
        more=more,
        zone=given.zone,
        options=options,
    )


def _listed(names: Sequence[str]) -> str:
    first = ", ".join(names[:NAMED])
    more = len(names) - NAMED
    return Sentence("{names} and {n} others", names=first, n=more) if more > 0 else first


def _form_notes(recipe: Recipe, chunk: Chunk, parsed: Parsed, now: datetime) -> list[str]:
    """A sentence on how times are written that could not be read."""
    if not any(reject.kind == "time" for reject in parsed.rejects):
        return []
    found = forms([text for fields in _fields(recipe, chunk, now)[:RAW] if (text := fields[START])])
    shown = either(found)
    return (
        [
            Sentence(
                "The start is written as {shown}, which a mapping says: {{ column = ..., format = ... }}.",
                shown=shown,
            )
        ]
        if found
        else []
    )


def _evidence(recipe: Recipe, chunk: Chunk, now: datetime) -> Evidence:
    """What the times of the first rows tell of themselves, or their format of them."""
    found = reading(recipe, now)
    if found.calls:
        return Evidence(mark("epochs where a report tells them, which are UTC"), mark("microseconds"))
    told = evidence(_fields(recipe, chunk, now))
    zone = json.loads(recipe.plan).get("zone") if recipe.plan else ""
    return (
        told._replace(written=Sentence("in {zone}, as this format has them", zone=zone), zones=(zone,))
        if zone
        else told
    )


def _raw(rows: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row) for row in islice(rows, RAW))


def _fields(recipe: Recipe, chunk: Chunk, now: datetime) -> list[Sequence[str]]:
    """The texts of the first rows in the order of rows.FIELDS; none of documents."""
    found = reading(recipe, now)
    if found.calls:
        return []
    texts: list[Sequence[str]] = []
    for row in facts.split(recipe, chunk.records[: facts.SAMPLED], now):
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
