"""A file, a pipe or standard input, opened to be read, or refused with one sentence."""

import os
import stat
import time
from gzip import GzipFile
from io import BufferedIOBase, BufferedReader, BytesIO, RawIOBase
from pathlib import Path
from typing import NamedTuple, cast

from store.errors import ImportProblem
from store.record import storable
from store.sentence import Sentence, mark

STDIN = Path("-")
SETTLED = 60.0
"""Seconds after which a plain file that nobody wrote to is taken for closed: Asterisk writes whole lines."""
GZIP = b"\x1f\x8b"

PACKED = {
    b"PK\x03\x04": mark("a zip archive"),
    b"BZh": mark("packed with bzip2"),
    b"\xfd7zXZ": mark("packed with xz"),
    b"(\xb5/\xfd": mark("packed with zstd"),
    b"\xff\xfe": mark("text in UTF-16"),
    b"\xfe\xff": mark("text in UTF-16"),
    b"%PDF": mark("a PDF document"),
}
"""What begins like this is no CDR file, and by what name its owner knows it."""
CUT = mark(
    "The gzip file {name} is cut off: it ends after {taken} bytes of text, and the rest is missing. Copy it "
    "again and import the whole copy: only the missing calls will be added."
)
DAMAGED = mark(
    "The gzip file {name} is damaged: it cannot be read after {taken} bytes of text, and the rest is "
    "missing. Copy it again and import the whole copy: only the missing calls will be added."
)
SQLITE = b"SQLite format 3\0"


class Opened(NamedTuple):
    """An open source: its name for people, the file, its text, and its size in bytes, 0 where nobody knows
    it.

    `closed` says that it cannot grow any more: a gzip file, a pipe that will have ended, or a plain file that
    nobody wrote to for SETTLED seconds, as a rotated one.
    """

    name: str
    file: BufferedReader
    text: BufferedIOBase
    size: int
    closed: bool


def opened(path: Path) -> Opened:
    """The file of this path, `-` being standard input; raises ImportProblem when it cannot be had."""
    name = name_of(path)
    file = _file(path, name)
    told = os.fstat(file.fileno())
    plain = stat.S_ISREG(told.st_mode)
    zipped = file.peek(len(GZIP))[: len(GZIP)] == GZIP
    text = GzipFile(fileobj=file) if zipped else file
    closed = zipped or not plain or time.time() - told.st_mtime > SETTLED
    return Opened(name, file, text, told.st_size if plain else 0, closed)


def of_bytes(data: bytes, name: str) -> Opened:
    """A file that is in memory, such as one that was uploaded; `name` is what people call it."""
    file = cast(BufferedReader, BufferedReader(cast(RawIOBase, BytesIO(data))))
    zipped = data[: len(GZIP)] == GZIP
    return Opened(storable(name), file, GzipFile(fileobj=file) if zipped else file, len(data), True)


def name_of(path: Path) -> str:
    """What people call a source; a name that is no text has ? for what is none."""
    return "standard input" if path == STDIN else storable(str(path))


def _file(path: Path, name: str) -> BufferedReader:
    if path.is_dir():
        inner = sorted(p.name for p in path.iterdir() if p.is_file())[:1] or ["FILE"]
        raise ImportProblem(
            Sentence(
                "{name} is a folder: name the files in it, for example {path}.",
                name=name,
                path=path / inner[0],
            )
        )
    try:
        return open(0, "rb", closefd=False) if path == STDIN else path.open("rb")
    except FileNotFoundError as error:
        raise ImportProblem(Sentence("There is no file {name}.", name=name)) from error
    except OSError as error:
        raise ImportProblem(
            Sentence("{name} cannot be read: {strerror}.", name=name, strerror=str(error.strerror))
        ) from error


def refuse_other_content(block: bytes, name: str) -> None:
    """Raise ImportProblem when a file that begins like this is no text."""
    for magic, kind in PACKED.items():
        if block.startswith(magic):
            raise ImportProblem(
                Sentence(
                    "{name} is {kind}; convert it to plain text in UTF-8 (or gzip) first.",
                    name=name,
                    kind=Sentence(kind),
                )
            )
    if block.startswith(SQLITE):
        raise ImportProblem(
            Sentence(
                "{name} is an SQLite database: give the path of its file, not packed and not by "
                "standard input.",
                name=name,
            )
        )
    if b"\0" in block:
        raise ImportProblem(Sentence("{name} is a binary file, not a text of call records.", name=name))
