"""A file that is uploaded: it lies in the data folder, for this user alone, as long as a page needs it."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from app.tongue import Sentence, mark
from store.errors import CdrStatsError

LARGEST = 1 << 30
"""Bytes of a file that a page takes; the command takes any."""
FOLDER = "uploads"
SPARE = 256 << 20
"""Bytes that stay free on the disk, which are the database's."""
STALE = 24 * 3600
"""Seconds after which an upload is one that a killed server left."""
LONGEST_NAME = 80
CLOSED = 3600
TOO_LARGE = mark(
    "The file has {size} MB, and this page takes 1 GB: copy it to the server and run cdr-stats import."
)


class UploadProblem(CdrStatsError):
    """A file that cannot be uploaded."""


class Upload:
    """One file that comes piece by piece, and goes with `drop`, or when the last who reads it is done."""

    def __init__(self, data: Path, name: str, size: int) -> None:
        """An empty file called as its owner's in a folder of its own below `data`; `size` is in bytes.

        Raises UploadProblem for one that is empty, too large, or has no room.
        """
        if size <= 0:
            raise UploadProblem(Sentence("The file is empty."))
        if size > LARGEST:
            raise UploadProblem(Sentence(TOO_LARGE, size=size >> 20))
        self.name, self.size, self.received = plain_name(name), size, 0
        self._lock, self._readers, self._dropped = Lock(), 0, False
        try:
            place = data / FOLDER
            place.mkdir(parents=True, exist_ok=True)
            if shutil.disk_usage(place).free < size + SPARE:
                raise UploadProblem(Sentence("The disk of the server has no room for the file."))
            self.folder = Path(tempfile.mkdtemp(dir=place))  # for this user alone
            self.path = self.folder / self.name
            self.path.touch()
        except OSError as error:
            raise UploadProblem(Sentence("The file cannot be kept: {why}.", why=error.strerror)) from error

    @property
    def complete(self) -> bool:
        """Whether all of it is there."""
        return self.received == self.size

    def add(self, at: int, data: bytes) -> None:
        """Put a piece at its place, which is behind the last one. Raises UploadProblem when it is not, or the
        disk is full.
        """
        if at != self.received or not data or at + len(data) > self.size:
            raise UploadProblem(Sentence("The file changed while it was uploaded; choose it again."))
        try:
            with self.path.open("ab") as file:
                file.write(data)
            self.received += len(data)
            if self.complete:
                # nobody writes to it any more, so that its last line needs no line end
                past = time.time() - CLOSED
                os.utime(self.path, (past, past))
        except OSError as error:
            raise UploadProblem(Sentence("The file cannot be kept: {why}.", why=error.strerror)) from error

    @contextmanager
    def read(self) -> Iterator[Path]:
        """The file for who reads it; it stays until they are done. Raises UploadProblem when it is gone."""
        with self._lock:
            if self._dropped:
                raise UploadProblem(Sentence("The file is no longer there; choose it again."))
            self._readers += 1
        try:
            yield self.path
        finally:
            with self._lock:
                self._readers -= 1
            self._remove()

    def drop(self) -> None:
        """Remove it, as soon as nobody reads it."""
        self._dropped = True
        self._remove()

    def _remove(self) -> None:
        with self._lock:
            if self._dropped and not self._readers:
                shutil.rmtree(self.folder, ignore_errors=True)

    def words(self, sentence: str) -> str:
        """A sentence in which the file is called as its owner calls it."""
        if isinstance(sentence, Sentence):
            places = {
                n: one if type(one) is int else self.words(str(one)) for n, one in sentence.places.items()
            }
            return Sentence(sentence.template, **places)
        return sentence.replace(f"{self.folder}{os.sep}", "")


def plain_name(name: str) -> str:
    """The last part of a name, as a file of ours may be called."""
    last = name.replace("\\", "/").rpartition("/")[2].encode("utf-8", "replace").decode()
    shown = "".join(char if char.isprintable() else "?" for char in last).strip()[-LONGEST_NAME:]
    return shown if shown.strip(".- ") else "upload"


def sweep(data: Path) -> None:
    """Remove what a server that was killed left, a day later."""
    old = time.time() - STALE
    for folder in (data / FOLDER).glob("*/"):
        try:
            left = folder.stat().st_mtime < old
        except OSError:
            continue
        if left:
            shutil.rmtree(folder, ignore_errors=True)
