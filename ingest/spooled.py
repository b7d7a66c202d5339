"""What a file of a folder holds: FreeSWITCH's report of a leg, or rows of any format that is recognised."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from ingest import freeswitch
from ingest.carried import Carried
from ingest.connector import PORTION, Given
from ingest.files import Chunk, Source, joined
from ingest.follow import options_of
from ingest.formats import recognise
from ingest.refused import Bad
from ingest.texts import text_of
from ingest.work import Parser, Task
from store.errors import ImportProblem, NoCalls
from store.record import CDR, Reject
from store.rejects import KEPT
from store.sentence import Sentence, listed, mark

DOCUMENT = 1 << 20
"""Bytes of a report that is alone in its file, and may be encoded; another one is read as any other file."""
QUIET, SETTLED = 3.0, 60.0
"""Seconds without a write after which a file is taken for finished; and one that looks cut off."""


class Unfinished(Exception):
    """A file that may still be written."""


class Piece(NamedTuple):
    """Some of a file: rows of calls and rejects, and how many records were looked at."""

    found: list[CDR | Reject]
    read: int


class Contents:
    """Reads files as a source is set."""

    def __init__(self, given: Given, now: datetime) -> None:
        self._given, self._now = given, now
        self._builder = freeswitch.builder(given, now)

    def pieces(self, path: Path, name: str, age: float, skipped: int = 0) -> Iterator[Piece]:
        """The pieces of a file, without so many first ones; `age` is how many seconds ago it was written.

        Raises Unfinished before the first piece, and OSError. What cannot be read becomes a reject.
        """
        with path.open("rb") as file:
            data = file.read(DOCUMENT + 1)
        if not data.strip():
            if age < SETTLED:
                raise Unfinished
        elif freeswitch.recognise(data) and _is_alone(data):
            if not skipped:
                yield self._report(data, name, age)
        else:
            if age < (QUIET if data.endswith(b"\n") or len(data) > DOCUMENT else SETTLED):
                raise Unfinished
            yield from self._rows(path, name, data, skipped)

    def _report(self, data: bytes, name: str, age: float) -> Piece:
        """The report of a leg, which is taken at once when it is whole."""
        text = freeswitch.unwrapped(data)
        try:
            return Piece([*freeswitch.calls(text, self._builder, _uuid(name))], 1)
        except Bad as bad:
            if age < SETTLED:
                raise Unfinished from None
            return Piece([_of_file(freeswitch.rejected(text, bad), name)], 1)

    def _rows(self, path: Path, name: str, data: bytes, skipped: int) -> Iterator[Piece]:
        try:
            with Source(path) as source:
                head = source.head()
                recipe = recognise(head, options_of(self._given), name)
                has_names = recipe.header and recipe.shape.delimiter
                before = text_of(next(filter(bytes.strip, head))) + "\n" if has_names else ""
                parser = Parser(Task(recipe, self._given.numberings, self._now))
                for chunk in islice(source.chunks(recipe.shape, PORTION), skipped, None):
                    # a file that is quiet does not grow any more
                    calls, rejects, read, *_ = parser.parse(chunk._replace(unfinished=False))
                    yield Piece([*calls, *(_of_file(one, name, before) for one in rejects)], read)
        except NoCalls:
            pass  # as Cisco's CMRs beside its CDRs
        except ImportProblem as problem:
            yield Piece([Reject(1, str(problem), text_of(data[:KEPT]), "format")], 1)


def again(given: Given, text: str, now: datetime) -> list[CDR]:
    """The rows of a reject: a report, a file, or a row behind the line that names its columns. Raises Bad."""
    data = text.encode("utf-8", "surrogatepass")
    if freeswitch.recognise(data):
        return freeswitch.again(given, text, now)
    if len(text) >= KEPT:
        raise Bad(
            "cut", Sentence("Just its beginning is kept: touch the file in its folder, and it is read anew.")
        )
    lines = data.split(b"\n")
    try:
        recipe = recognise(lines, options_of(given), "The reject")
    except ImportProblem as problem:
        raise Bad("format", str(problem)) from None
    records, numbers, _ = joined(lines, 1, recipe.shape, at_end=True)
    records, numbers = Carried(recipe.shape.carry).before(records, numbers)
    found = Parser(Task(recipe, given.numberings, now)).parse(Chunk(records, numbers, 0))
    if found.rejects or not found.calls:
        first = found.rejects[0] if found.rejects else Reject(1, mark("It holds no call."), text, "format")
        raise Bad(first.kind, first.reason)
    return found.calls


def _is_alone(data: bytes) -> bool:
    """Whether there is one report and no other one behind it."""
    return len(data) <= DOCUMENT and b"\n{" not in data and data.count(b"</cdr>") < 2


def _uuid(name: str) -> str:
    """What a file's name says of the leg that it reports."""
    return name.rpartition("/")[2].partition(".")[0]


def _of_file(reject: Reject, name: str, before: str = "") -> Reject:
    """The reject with the name of its file, and with the line that names its columns."""
    return reject._replace(reason=listed(": ", [name, reject.reason]), text=(before + reject.text)[:KEPT])
