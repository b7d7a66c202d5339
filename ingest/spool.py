"""A folder in which files appear: reports of FreeSWITCH, CDR files of Cisco, any other that is recognised.

Nothing is ever written, moved or deleted there. A file that grows is read anew each time it was quiet for a
while; what it had before is known.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from ingest import follow, spooled
from ingest.connector import PORTION, Connector, Cursor, Field, Given, Look, Portion, SourceProblem
from ingest.edge import Edge
from ingest.folder import Folder, Found
from ingest.spooled import Contents, Unfinished
from store.record import CDR, EPOCH, Reject
from store.sentence import Sentence, mark

FILES = 2_000
"""Files of a portion at most."""
SECONDS = 1.0
"""How long a portion is gathered at most, unless it is one file."""
WITHIN = "within"
"""Of a cursor: the name and the moment of the file that it is in, and how many pieces of it are stored."""

FIELDS = (
    Field("path", mark("The folder"), "path"),
    Field("pattern", mark("Which files, such as *.cdr.json or 2026-*/*.cdr.json"), "text", "*"),
    *(field for field in follow.FIELDS if field.name != "path"),
)


class Gathered:
    """What is read and not yet a portion."""

    def __init__(self) -> None:
        self.found: list[CDR | Reject] = []
        self.read = self.files = self.newest = 0
        self.begun = time.monotonic()

    @property
    def is_full(self) -> bool:
        """Whether it is a portion."""
        late = time.monotonic() - self.begun > SECONDS
        return len(self.found) >= PORTION or self.files >= FILES or (late and self.read > 0)

    def portion(self, cursor: Cursor) -> Portion:
        """The portion that it is."""
        newest = EPOCH + timedelta(microseconds=self.newest // 1000) if self.newest else None
        return Portion(self.found, cursor, self.read, newest)


class Spool:
    """The reader of a folder."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._path = Path(given.options["path"]).expanduser()
        self._folder = Folder(self._path, str(given.options["pattern"]))

    def portions(self, cursor: Cursor, now: datetime) -> Iterator[Portion]:
        """What is new in the folder, oldest files first; raises SourceProblem at the end for files that may
        not be read.
        """
        look = Visit(self._given, self._path, cursor, now)
        while files := self._oldest(look):
            for found in files:
                yield from look.read(found)
        yield from look.rest()
        if look.closed:
            raise SourceProblem(look.closed)

    def look(self) -> Look:
        """How many files there are, and the newest."""
        try:
            count, newest = 0, Found(0, "", 0)
            for found in self._folder.everything():
                count, newest = count + 1, max(newest, found)
        except OSError as error:
            raise self._problem(error) from error
        written = EPOCH + timedelta(microseconds=newest.stamp // 1000)
        words = Sentence("1 file") if count == 1 else Sentence("{n} files", n=count)
        return (
            Look(None, written, Sentence("{files}, the newest {name}", files=words, name=newest.name))
            if count
            else Look(None, None)
        )

    def _oldest(self, look: "Visit") -> list[Found]:
        edge, left = look.edge, look.left

        def is_new(found: Found) -> bool:
            return found.name not in left and edge.is_new(found)

        try:
            return self._folder.oldest(edge.floor, edge.waiting | left, is_new)
        except OSError as error:
            raise self._problem(error) from error

    def _problem(self, error: OSError) -> SourceProblem:
        return SourceProblem(
            Sentence(
                "The folder {path} cannot be read: {strerror}.", path=self._path, strerror=str(error.strerror)
            )
        )


class Visit:
    """One look at a folder: where it is, what it has gathered, and which files are left for the next one."""

    def __init__(self, given: Given, path: Path, cursor: Cursor, now: datetime) -> None:
        self.edge = Edge(cursor)
        self._waited = self.edge.waiting
        self.left: set[str] = set()
        self.closed = ""
        self._path, self._now = path, (now - EPOCH) // timedelta(microseconds=1) * 1000
        self._contents = Contents(given, now)
        self._within = list(cursor.get(WITHIN, ("", 0, 0)))
        self._gathered, self._moved = Gathered(), False

    def read(self, found: Found) -> Iterator[Portion]:
        """Read a file; gives the portions that become full meanwhile."""
        begun = self._within[2] if self._within[:2] == [found.name, found.stamp] else 0
        age = abs(self._now - found.stamp) / 1e9
        try:
            pieces = self._contents.pieces(self._path / found.name, found.name, age, begun)
            for number, piece in enumerate(pieces, begun + 1):
                self._gathered.found += piece.found
                self._gathered.read += piece.read
                self._gathered.newest = max(self._gathered.newest, found.stamp)
                if len(self._gathered.found) >= PORTION:
                    yield self._portion([found.name, found.stamp, number])
        except Unfinished:
            self.left.add(found.name)
            return
        except FileNotFoundError:
            pass  # it is gone already
        except OSError as error:
            self.left.add(found.name)
            self.closed = Sentence(
                "The file {path} cannot be read: {why}.", path=self._path / found.name, why=error.strerror
            )
            return
        self.edge.take(found)
        self._gathered.files += 1
        self._moved = True
        if self._gathered.is_full:
            yield self._portion(None)

    def rest(self) -> Iterator[Portion]:
        """What is gathered and not yet given, or that nobody waits any more for a file that is gone."""
        if self._moved or not self._waited <= self.left:
            yield self._portion(None)

    def _portion(self, within: list[str | int] | None) -> Portion:
        cursor = self.edge.cursor(frozenset(self.left), self._now)
        portion = self._gathered.portion(cursor | ({WITHIN: within} if within else {}))
        self._gathered, self._moved = Gathered(), bool(within)
        return portion


@contextmanager
def opened(given: Given) -> Iterator[Spool]:
    """A folder is looked through at each look; there is nothing to open."""
    yield Spool(given)


CONNECTOR = Connector(
    mark("a folder in which files appear: FreeSWITCH, Cisco, any CSV"), FIELDS, opened, spooled.again
)
