"""A file that grows, followed: Asterisk's Master.csv and any other of a line a record, through rotation and
truncation.

The cursor is where the next record begins and what the file begins with, by which its rest is found again
under another name once it was rotated (renamed, or copied and cut off).
"""

import gzip
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from io import SEEK_END
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ingest.carried import Carried
from ingest.connector import PORTION, Connector, Cursor, Field, Given, Look, Portion, SourceProblem
from ingest.files import LONGEST, Chunk, Source, joined
from ingest.formats import FORMATS, recognise
from ingest.importer import SMALL
from ingest.pipeline import Marked, elsewhere, here
from ingest.recipe import Options, Recipe
from ingest.work import Parser, Task
from store.errors import ImportProblem
from store.record import CDR
from store.sentence import Sentence, mark

BLOCK = 4 << 20
HEAD = 1024
"""Bytes at its beginning that a file is known by; less while it has less."""
ENDLESS = 1 << 20
"""So many bytes without a line end are no line; they are refused as they come."""
QUIET = timedelta(seconds=3)
"""A file that was not written for so long has no half record at its end, but perhaps an open quote."""

MAPPING = ".toml"
"""What the name of a mapping of one's own ends with."""

FIELDS = (
    Field("path", mark("The file"), "path"),
    Field("format", mark("Its format"), "choice", "auto", ("auto", *FORMATS)),
    Field("mapping", mark("Its columns, as field=COLUMN field=COLUMN, or a mapping FILE.toml"), "text", ""),
)


class Place(NamedTuple):
    """A cursor: `head` names the file by its first `length` bytes, `offset` and `line` are the next
    record's, `carried` is what holds for it (ingest/carried.py).
    """

    head: str = ""
    length: int = 0
    offset: int = 0
    line: int = 1
    carried: str = ""


class Followed:
    """The reader of one file that grows."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._path = Path(given.options["path"]).expanduser()
        self._recipes: dict[str, Recipe] = {}

    def portions(self, cursor: Cursor, now: datetime) -> Iterator[Portion]:
        """The rest of the file that was read last, under whatever name it is, then the one of today."""
        place = Place(**cursor)
        current = self._opened(self._path)
        with current:
            size = current.seek(0, SEEK_END)
            if place.head and (_head(current, place.length) != place.head or size < place.offset):
                yield from self._rest(place, now)
                place = Place()
            yield from self._read(current, self._path, place, now, whole=False)

    def look(self) -> Look:
        """What was recognised; the rows of a growing file are not counted."""
        with self._opened(self._path):
            stat = self._path.stat()
        words = self._recipe(self._path).words if stat.st_size else mark("still empty")
        return Look(None, datetime.fromtimestamp(stat.st_mtime, UTC), words)

    def _opened(self, path: Path) -> BinaryIO:
        try:
            if path.suffix == ".gz":
                return gzip.open(path, "rb")  # type: ignore[return-value]
            return path.open("rb")
        except OSError as error:
            raise SourceProblem(
                Sentence("{path} cannot be read: {strerror}.", path=path, strerror=str(error.strerror))
            ) from error

    def _rest(self, place: Place, now: datetime) -> Iterator[Portion]:
        """What was written to the old file after it was read last, and before it was rotated."""
        alike = (p for p in self._path.parent.iterdir() if p.name.startswith(self._path.stem))
        for old in sorted(alike, key=lambda path: path.stat().st_mtime, reverse=True):
            try:
                with self._opened(old) as stream:
                    if old != self._path and _head(stream, place.length) == place.head:
                        yield from self._read(stream, old, place, now, whole=True)
                        return
            except (OSError, EOFError, zlib.error):
                continue

    def _read(
        self, stream: BinaryIO, path: Path, place: Place, now: datetime, whole: bool
    ) -> Iterator[Portion]:
        """Portions from the place to the end; `whole` says that nothing more will be written to this file.

        A backlog is made ready in another process, as an import is.
        """
        stream.seek(place.offset)
        begun = stream.read(ENDLESS + 1)
        if not (b"\n" in begun or len(begun) > ENDLESS or (begun and whole)):
            return
        stat = path.stat()
        written = datetime.fromtimestamp(stat.st_mtime, UTC)
        quiet = whole or now - written > QUIET
        task = Task(self._recipe(path), self._given.numberings, now)
        places: deque[Place] = deque()

        def marked() -> Iterator[Marked]:
            for chunk, behind in self._chunks(stream, path, place, task.recipe, quiet, whole):
                places.append(behind)
                yield Marked(b"", chunk, known=False)

        read = here if stat.st_size - place.offset < SMALL else elsewhere
        with closing(read(marked(), task)) as ready:
            for _, done in ready:
                if done:
                    cursor = places.popleft()._asdict()
                    yield Portion([*done.rejects], cursor, done.read, written, done.batch)

    def _chunks(
        self, stream: BinaryIO, path: Path, place: Place, recipe: Recipe, quiet: bool, whole: bool
    ) -> Iterator[tuple[Chunk, Place]]:
        """The records from the place to the end, and the place behind each of them."""
        stream.seek(place.offset)
        rest, ended = b"", False
        while not ended:
            block = stream.read(BLOCK)
            ended = len(block) < BLOCK
            lines, rest = _split(rest + block)
            if rest and ((ended and whole) or len(rest) > ENDLESS):
                lines, rest = [*lines, rest], b""
            while lines:
                taken = lines[:PORTION]
                last = ended and quiet and len(taken) == len(lines)
                clean = [line.rstrip(b"\r\n")[: LONGEST + 1] for line in taken]
                records, numbers, used = joined(clean, place.line, recipe.shape, last)
                if not used:
                    break
                carried = Carried(recipe.shape.carry, place.carried.encode("latin-1"))
                records, numbers = carried.before(records, numbers)
                place = self._behind(path, place, taken[:used], carried.line.decode("latin-1"))
                yield Chunk(records, numbers, place.offset), place
                del lines[:used]
            rest = b"".join([*lines, rest])

    def _behind(self, path: Path, place: Place, lines: list[bytes], carried: str) -> Place:
        """The place behind these lines; the file is known by its head once it has one."""
        offset = place.offset + sum(map(len, lines))
        length = min(HEAD, offset)
        if length > place.length:
            with self._opened(path) as stream:
                place = place._replace(head=_head(stream, length), length=length)
        return place._replace(offset=offset, line=place.line + len(lines), carried=carried)

    def _recipe(self, path: Path) -> Recipe:
        """How the file is read, as recognised when it was new; one that is still short is looked at again."""
        with self._opened(path) as stream:
            key = _head(stream, HEAD)
        if key not in self._recipes:
            self._recipes.clear()
            self._recipes[key] = recipe_of_file(path, self._given)
        return self._recipes[key]


def recipe_of_file(path: Path, given: Given) -> Recipe:
    """How this file of a source is read; raises SourceProblem when that cannot be told."""
    try:
        with Source(path) as source:
            return recognise(source.head(), options_of(given), source.name)
    except ImportProblem as problem:
        raise SourceProblem(str(problem)) from None


def options_of(given: Given) -> Options:
    """What the admin of a source said of its files, as `cdr-stats import` takes it."""
    told, form = str(given.options.get("mapping", "")), str(given.options.get("format", "auto"))
    if told.endswith(MAPPING):
        return Options(given.switch, form, given.zone, file=told)
    pairs = [pair.partition("=") for pair in told.split()]
    mapping = tuple((field, column) for field, _, column in pairs)
    return Options(given.switch, form, given.zone, mapping)


def _split(data: bytes) -> tuple[list[bytes], bytes]:
    """The lines with their ends, and what has none yet."""
    *lines, rest = data.split(b"\n")
    return [line + b"\n" for line in lines], rest


def _head(stream: BinaryIO, length: int) -> str:
    """The name of a file by its first bytes."""
    stream.seek(0)
    return blake2b(stream.read(length), digest_size=16).hexdigest()


@contextmanager
def opened(given: Given) -> Iterator[Followed]:
    """A followed file is opened at each look, so that a rotated one is noticed."""
    yield Followed(given)


def again(given: Given, text: str, now: datetime) -> list[CDR]:
    """The call of a rejected line."""
    path = Path(given.options["path"]).expanduser()
    return Parser(Task(recipe_of_file(path, given), given.numberings, now)).rows(text)


CONNECTOR = Connector(mark("a file that grows: Asterisk's Master.csv, or any CSV"), FIELDS, opened, again)
