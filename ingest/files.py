"""CDR files read in flat memory: plain or gzip, in chunks of records; a record is a line, or lines joined by
an open quote.
"""

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator, Sequence
from io import BufferedIOBase
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from ingest import documents
from ingest.carried import Carried
from ingest.opening import CUT, DAMAGED, Opened, opened, refuse_other_content
from store.errors import ImportProblem
from store.sentence import Sentence

CHUNK = 10_000
BLOCK = 1 << 20
HEAVY = 8 << 20
"""Bytes of a chunk of long lines: fewer than CHUNK of them are taken at once."""
LONGEST = 1 << 16
"""A record of more than 64 kB is no call; also as far as an open quote is followed."""
JOINED = 16
SAMPLE = 200
BOM = b"\xef\xbb\xbf"
SWELLS, FREE = 200, 64 << 20
"""A gzip file may hold so many times its size, and so many bytes more: calls swell twentyfold, a bomb
thousandfold.
"""


class Shape(NamedTuple):
    """How a record looks: its delimiter ('' where quotes mean nothing and each line is one) and the numbers
    of columns it may have. `carry` fits lines that are put before each of those below them.
    """

    delimiter: str
    widths: frozenset[int]
    carry: str = ""


class Chunk(NamedTuple):
    """Records as bytes without their line ends, and the number of the line where each begins (from 1).

    `position` is how many bytes of the file are read, to tell the progress; `unfinished` says that the last
    record has no line end, so that its writer may still be at it, unless the file is `closed`.
    """

    records: list[bytes]
    lines: Sequence[int]
    position: int
    unfinished: bool = False
    closed: bool = False


def rows_of(texts: Iterable[str], delimiter: str, strict: bool = False) -> Iterator[list[str]]:
    """The columns of each record, as csv reads them; blanks behind a delimiter do not count."""
    return csv.reader(texts, delimiter=delimiter, skipinitialspace=True, strict=strict)


def is_open(text: str, delimiter: str) -> bool:
    """Whether a quote in this text is still open at its end."""
    try:
        list(rows_of([text], delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False


def fits(text: str, shape: Shape) -> bool:
    """Whether this text is one whole record of that shape."""
    try:
        rows = list(rows_of([text], shape.delimiter, strict=True))
    except csv.Error:
        return False
    return len(rows) == 1 and len(rows[0]) in shape.widths


class Lines:
    """The lines of a file as lists, without line ends; a line of more than LONGEST bytes is cut off there.

    `taken` is how many bytes of text were read, `marked` says that a byte order mark stood before them.
    `size` is that of the file, 0 where nobody knows it.
    """

    def __init__(self, stream: BufferedIOBase, name: str, size: int = 0) -> None:
        self._stream, self._name = stream, name
        self._most = SWELLS * size + FREE if size and isinstance(stream, gzip.GzipFile) else None
        self._rest, self._first, self._ahead = b"", True, b""
        self.ended, self.taken, self.marked = False, 0, False

    def peek(self) -> bytes:
        """The first block, without taking it."""
        if self._first:
            self._ahead = self._read()
        return self._ahead

    def everything(self, limit: int) -> bytes:
        """All of the file, or a little more than `limit` bytes of it; there are no lines any more then."""
        blocks = [self._ahead]
        while blocks[-1] and sum(map(len, blocks)) <= limit:
            blocks.append(self._read())
        self._ahead, self.ended = b"", True
        return b"".join(blocks)

    def more(self) -> list[bytes]:
        """The next lines; an empty list may come before the end, which `ended` tells."""
        block, self._ahead = self._ahead or self._read(), b""
        if not block:
            self.ended = True
            return []
        if len(self._rest) > LONGEST:
            return self._after_a_long_line(block)
        return self._cut(self._rest + block)

    @property
    def unfinished(self) -> bytes:
        """The last line, if it has no line end."""
        return self._rest

    def _read(self) -> bytes:
        try:
            # read1 gives what a damaged file holds up to the damage, where read would give nothing of it
            block = self._stream.read1(BLOCK)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            template = CUT if isinstance(error, EOFError) else DAMAGED
            raise ImportProblem(Sentence(template, name=self._name, taken=self.taken)) from error
        except OSError as error:
            words = Sentence("{name} cannot be read any further: {why}.", name=self._name, why=error.strerror)
            raise ImportProblem(words) from error
        self.taken += len(block)
        if self._most and self.taken > self._most:
            raise ImportProblem(
                Sentence(
                    "The gzip file {name} holds more than {n} times its size, as no file of "
                    "calls does; if it is one, unpack it and import what comes out.",
                    name=self._name,
                    n=SWELLS,
                )
            )
        if self._first:
            self._first = False
            refuse_other_content(block[:LONGEST], self._name)
            self.marked = block.startswith(BOM)
            return block.removeprefix(BOM)
        return block

    def _after_a_long_line(self, block: bytes) -> list[bytes]:
        end = block.find(b"\n")
        return [] if end < 0 else self._cut(self._rest + block[end:])

    def _cut(self, block: bytes) -> list[bytes]:
        lines = block.split(b"\n")
        self._rest = lines.pop()[: LONGEST + 1]
        return [line.removesuffix(b"\r") for line in lines] if b"\r" in block else lines


class Source:
    """A CDR file, opened: its head to recognise the format by, then its chunks. A context manager.

    `-` is standard input; a pipe has no `size`. `closed` says that it cannot grow any more. Raises
    ImportProblem with one sentence for what is no readable file.
    """

    def __init__(self, path: Path | Opened) -> None:
        found = opened(path) if isinstance(path, Path) else path
        self.name, self._file, self._stream, self.size, self.closed = found
        self._lines = Lines(self._stream, self.name, self.size)
        self._pending: list[bytes] = []
        self._weight = 0
        self._next = 1
        self._damage: ImportProblem | None = None
        self._looked = False

    def __enter__(self) -> "Source":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self._file.close()

    def block(self) -> bytes:
        """The first bytes of the text as they are, without taking them; raises ImportProblem."""
        return self._lines.peek()

    @property
    def marked(self) -> bool:
        """Whether the text begins with a byte order mark, once its `block` was looked at."""
        return self._lines.marked

    def head(self) -> list[bytes]:
        """The first SAMPLE lines (an unfinished one too), without taking them; raises ImportProblem when
        there are none.
        """
        self._fill(SAMPLE)
        found = [*self._pending, self._lines.unfinished] if self._lines.ended else self._pending
        if not any(line.strip() for line in found):
            raise ImportProblem(Sentence("{name} holds no calls: it is empty.", name=self.name))
        return found[:SAMPLE]

    def is_small(self, limit: int) -> bool:
        """Whether there are less bytes than this; a pipe is, when its `head` was all of it."""
        return self.size < limit if self.size else self._lines.ended

    def chunks(self, shape: Shape, size: int = CHUNK) -> Iterator[Chunk]:
        """Chunks of about `size` records; a record whose quote closes within JOINED lines is put together
        again.
        """
        size, more, carried = max(size, 2 * JOINED), True, Carried(shape.carry)
        while more:
            self._fill(size)
            at_end = self._lines.ended and len(self._pending) <= size
            last = self._lines.unfinished.removesuffix(b"\r")
            rest = [last] if last and at_end and not self._damage else []
            records, lines, used = joined([*self._pending[:size], *rest], self._next, shape, at_end)
            self._weight -= sum(map(len, self._pending[:used]))
            del self._pending[:used]
            self._next += used
            more = bool(self._pending) or not self._lines.ended
            records, lines = carried.before(records, lines)
            if records:
                yield Chunk(records, lines, self._position(), bool(rest), self.closed)
        if self._damage:
            raise self._damage

    def _position(self) -> int:
        """How far the reading is: bytes of the file, or of its text where its size is not known."""
        return self._file.tell() if self.size else self._lines.taken

    def _fill(self, size: int) -> None:
        """Read until so many lines are pending, or to the end; damage is told after what was read."""
        try:
            if not self._looked:
                self._unfold()
            while len(self._pending) < size and self._weight < HEAVY and not self._lines.ended:
                lines = self._lines.more()
                self._weight += sum(map(len, lines))
                self._pending += lines
        except ImportProblem as problem:
            if not self._pending:
                raise
            self._lines.ended, self._damage = True, problem

    def _unfold(self) -> None:
        """Take the records of a file that is a document as if they were its lines."""
        self._looked = True
        if kind := documents.kind_of(self._lines.peek()):
            text = self._lines.everything(documents.LARGEST)
            self._pending = documents.records(kind, text, self.name)


def joined(
    lines: list[bytes], first: int, shape: Shape, at_end: bool
) -> tuple[list[bytes], Sequence[int], int]:
    """Records of these lines, where each begins, and how many lines they used; `first` is the number of the
    first line.

    A line whose quote is open is joined with the next ones until it is a record of that shape, at most JOINED
    lines and LONGEST bytes; if it never is, it stands alone and reading goes on with the next line. Lines
    that may need what is not read yet are left, unless `at_end`.
    """
    odd = {i for i, line in enumerate(lines) if line.count(b'"') & 1}
    if not (odd and shape.delimiter):
        return lines, range(first, first + len(lines)), len(lines)
    records: list[bytes] = []
    numbers: list[int] = []
    place = 0
    while place < len(lines):
        taken = _lines_of_record(lines, place, shape, at_end) if place in odd else 1
        if not taken:
            break
        records.append(b"\n".join(lines[place : place + taken]))
        numbers.append(first + place)
        place += taken
    return records, numbers, place


def _lines_of_record(lines: list[bytes], place: int, shape: Shape, at_end: bool) -> int:
    """How many lines the record at this place has; 0 when that cannot be told before more is read."""
    text = lines[place].decode("latin-1")
    if not is_open(text, shape.delimiter):
        return 1
    for count in range(2, JOINED + 1):
        if place + count > len(lines):
            return 1 if at_end else 0
        text += "\n" + lines[place + count - 1].decode("latin-1")
        if len(text) > LONGEST:
            return 1
        if fits(text, shape):
            return count
    return 1
