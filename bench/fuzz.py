"""The fuzzer: real records of every format, mutated, and what is no record at all. Whatever comes in, only
CDRs and Rejects come out, in bounded time and memory.

Each sample file of a format is a subject; the tests take a fixed sample of the same inputs.
"""

import random
import time
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote_plus

import psutil
from rich.table import Table

from bench.ground import console
from ingest import freeswitch, post
from ingest.connector import Given
from ingest.files import LONGEST, Chunk, Shape, Source, joined
from ingest.formats import recognise, switch_of
from ingest.recipe import Options, Recipe
from ingest.work import Parser, Task
from store.errors import ImportProblem
from store.numbers import Numbering
from store.record import CDR, Reject

INPUTS = 10_000
SLOWEST_MS = 5.0
"""Milliseconds of CPU that a line may take."""
DOCUMENT_MS = 50.0
FILE_MS = 200.0
"""A report of up to 512 kB, and a file of which every format looks at the first 200 lines."""
GROWTH_MB = 64
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAMPLES = Path(__file__).resolve().parent.parent / "tests" / "ingest" / "samples"

Found = Sequence[CDR | Reject]
Parse = Callable[[bytes], Found]


class Subject(NamedTuple):
    """What is fuzzed: real inputs, what reads one, and how long that may take: a line, or a whole file."""

    name: str
    seeds: tuple[bytes, ...]
    parse: Parse
    limit_ms: float = SLOWEST_MS


class Run(NamedTuple):
    """What came of fuzzing a subject: inputs, calls and rejects, the slowest input in milliseconds of CPU and
    that input, and megabytes that the process grew.
    """

    inputs: int
    calls: int
    rejects: int
    slowest_ms: float
    slowest: bytes
    growth_mb: float


class Stranger(AssertionError):
    """Something else than a CDR or a Reject came out."""


NASTY = (
    b"", b"\0", b'"', b"'", b",", b";", b"\t", b"\r", b"\n", b"\\", b"{", b"}", b"[", b"]", b"<", b">", b"&",
    b"%", b"%00", b"-1", b"0", b"1e999", b"NaN", b"Infinity", b"9" * 25, b"99999999999999999", b"-2147483648",
    b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", "\u202e\u2028\u0000".encode(), "٣٤".encode(),
    b"0000-00-00 00:00:00", b"2026-02-30 25:61:61", b"9999-12-31 23:59:59", b"0001-01-01 00:00:00",
    b"1970-01-01 00:00:00", b"00:00:00", b"99:99:99", b"A" * 300, b'""""', b"NULL", b"None", b"\\N",
    b"<script>alert(1)</script>", b"=cmd|' /C calc'!A0", b"$where", b"a.b", b"&lol;", b"<!DOCTYPE a>", b"]]>",
)  # fmt: skip
"""What has broken a parser somewhere."""


def _flip(data: bytes, other: bytes, by: random.Random) -> bytes:
    at = by.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << by.randrange(8)]) + data[at + 1 :]


def _nasty(data: bytes, other: bytes, by: random.Random) -> bytes:
    first, last = _span(data, by)
    return data[:first] + by.choice(NASTY) + data[last:]


def _cut(data: bytes, other: bytes, by: random.Random) -> bytes:
    first, last = _span(data, by)
    return data[:first] + data[last:]


def _twice(data: bytes, other: bytes, by: random.Random) -> bytes:
    first, last = _span(data, by)
    return data[:last] + data[first:last] * by.randrange(1, 4) + data[last:]


def _crossed(data: bytes, other: bytes, by: random.Random) -> bytes:
    return data[: by.randrange(len(data) + 1)] + other[by.randrange(len(other) + 1) :]


def _column(data: bytes, other: bytes, by: random.Random) -> bytes:
    """Another text in one column, whatever separates columns."""
    mark = by.choice(
        [found for found in (b",", b";", b'"', b" ", b"\t", b":", b">") if found in data] or [b","]
    )
    cells = data.split(mark)
    cells[by.randrange(len(cells))] = by.choice([*NASTY, *other.split(mark)])
    return mark.join(cells)


def _ended(data: bytes, other: bytes, by: random.Random) -> bytes:
    return data[: by.randrange(len(data) + 1)]


def _noise(data: bytes, other: bytes, by: random.Random) -> bytes:
    return by.randbytes(by.randrange(200))


def _long(data: bytes, other: bytes, by: random.Random) -> bytes:
    """A text that goes on and on, at its end or in it."""
    at = by.randrange(len(data) + 1)
    return (
        data[:at]
        + by.choice((b"9", b'"', b",", b"a ", b'","', b"{", b"[", b"<a>")) * (LONGEST // 2)
        + data[at:]
    )


MUTATIONS = (_flip, _nasty, _cut, _twice, _crossed, _column, _column, _column, _ended, _noise)
RARE, RARELY = _long, 0.01


def _span(data: bytes, by: random.Random) -> tuple[int, int]:
    first = by.randrange(len(data) + 1)
    return first, min(len(data), first + by.randrange(1, 40))


def inputs(seeds: Sequence[bytes], count: int, seed: int = 7) -> Iterator[bytes]:
    """So many inputs, the same for the same seed: each a real one that was mutated up to four times."""
    by = random.Random(seed)
    yield from seeds[:count]
    for _ in range(count - len(seeds)):
        data = by.choice(seeds)
        for _ in range(by.randrange(1, 5)):
            if data:
                data = by.choice(MUTATIONS)(data, by.choice(seeds), by)
        yield RARE(data, data, by) if by.random() < RARELY else data


def run(subject: Subject, given: Iterable[bytes]) -> Run:
    """Read these inputs; raises Stranger with the input that something else came out of, or an exception."""
    process = psutil.Process()
    subject.parse(subject.seeds[0])
    before = process.memory_info().rss
    count = calls = rejects = 0
    slowest, which = 0.0, b""
    for data in given:
        count += 1
        started = time.thread_time()
        found = read(subject, data)
        spent = (time.thread_time() - started) * 1000
        if spent > max(slowest, subject.limit_ms / 2):
            # the first time fills caches and may meet the collector of garbage
            spent = min(spent, *(_spent(subject, data) for _ in range(2)))
        if spent > slowest:
            slowest, which = spent, data
        calls += sum(isinstance(one, CDR) for one in found)
        rejects += sum(isinstance(one, Reject) for one in found)
    return Run(count, calls, rejects, slowest, which, (process.memory_info().rss - before) / 2**20)


def read(subject: Subject, data: bytes) -> Found:
    """What is made of an input; raises Stranger for an exception, and for what is neither CDR nor Reject."""
    try:
        found = subject.parse(data)
    except Exception as error:
        raise Stranger(f"{subject.name} raises {error!r} for {data[:2000]!r}") from error
    for one in found:
        if not isinstance(one, CDR | Reject):
            raise Stranger(f"{subject.name} makes {one!r} of {data[:2000]!r}")
    return found


def _spent(subject: Subject, data: bytes) -> float:
    started = time.thread_time()
    subject.parse(data)
    return (time.thread_time() - started) * 1000


def lines(path: Path) -> Subject:
    """A format of lines, by a sample file of it: each of its records is read by itself."""
    with Source(path) as source:
        head = source.head()
        recipe = recognise(head, Options(), source.name)
        recipe = recipe._replace(manner=recipe.manner._replace(switch=switch_of(recipe)))
        seeds = tuple(record for chunk in source.chunks(recipe.shape) for record in chunk.records)
    name = f"{recipe.format}: {path.name}"
    return Subject(name, seeds, partial(_records, _parser(recipe)))


def _parser(recipe: Recipe) -> Parser:
    return Parser(Task(recipe, {recipe.manner.switch: Numbering(local_country="DE")}, NOW))


def _records(parser: Parser, data: bytes) -> Found:
    found = parser.parse(Chunk([data], [1], 0))
    return [*found.calls, *found.rejects]


def files() -> Iterator[Path]:
    """The sample files, one or more of each format."""
    yield from sorted(path for path in SAMPLES.rglob("*") if path.is_file())


def _whole(data: bytes) -> Found:
    """A whole file: recognised, then read; one that is not recognised has nothing."""
    head = data.split(b"\n")[:200]
    try:
        recipe = recognise(head, Options(switch="fuzz"), "file")
    except ImportProblem:
        return []
    records, numbers, _ = joined(head, 1, Shape(recipe.shape.delimiter, recipe.shape.widths), at_end=True)
    found = _parser(recipe).parse(Chunk(records, numbers, 0))
    return [*found.calls, *found.rejects]


def _report(data: bytes) -> Found:
    """A report of FreeSWITCH, as it is posted."""
    recipe = recognise(reports()[:1], Options(switch="fuzz"), "file")
    return _records(_parser(recipe), freeswitch.unwrapped(data).encode("utf-8", "surrogatepass"))


def _post(data: bytes) -> Found:
    """The body of a POST."""
    made = freeswitch.builder(Given("fuzz", "fuzz", "UTC", {}, {}), NOW)
    found = post.arrival(data, "", made)
    return [found.rejected()] if found.bad else found.calls


def bodies() -> tuple[bytes, ...]:
    """The reports as they are posted: as a form, and in base64."""
    return tuple(
        body
        for report in reports()
        for body in (b"cdr=" + quote_plus(report).encode(), b"cdr=" + b64encode(report))
    )


@cache
def reports() -> list[bytes]:
    """The reports of FreeSWITCH among the samples."""
    return [path.read_bytes() for path in files() if ".cdr." in path.name]


def subjects() -> list[Subject]:
    """All that is fuzzed."""
    found = [lines(path) for path in files() if ".cdr." not in path.name and _is_known(path)]
    whole = tuple(path.read_bytes()[:4000] for path in files())
    return [
        *found,
        Subject("FreeSWITCH's reports", tuple(reports()), _report, DOCUMENT_MS),
        Subject("FreeSWITCH's POSTs", bodies(), _post, DOCUMENT_MS),
        Subject("any file, recognised", whole, _whole, FILE_MS),
    ]


def _is_known(path: Path) -> bool:
    try:
        with Source(path) as source:
            recognise(source.head(), Options(), source.name)
    except ImportProblem:
        return False
    return True


def show() -> None:
    """The table of all subjects; ends with an error when one is out of its bounds."""
    table = Table(title=f"Fuzzer, {INPUTS:,} inputs each", title_justify="left")
    for column in ("subject", "calls", "rejects", "slowest ms", "grew MB"):
        table.add_column(column, justify="left" if column == "subject" else "right")
    bad = []
    for subject in subjects():
        found = run(subject, inputs(subject.seeds, INPUTS))
        table.add_row(
            subject.name,
            f"{found.calls:,}",
            f"{found.rejects:,}",
            f"{found.slowest_ms:.2f}",
            f"{found.growth_mb:.0f}",
        )
        if found.slowest_ms > subject.limit_ms or found.growth_mb > GROWTH_MB:
            bad.append(f"{subject.name}: {found.slowest_ms:.1f} ms for {found.slowest[:200]!r}")
    console.print(table)
    if bad:
        raise SystemExit("\n".join(bad))
