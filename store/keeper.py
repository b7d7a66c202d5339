"""Who uses the embedded server: one file a user, locked while it lives, so that a killed one does not count.

Run as a program, this file waits until the last user is gone, however that one ended, and stops the server.
Only the standard library is used, because that process shall stay small. A lock is the kernel's: who lives in
another container is seen, and a process number that was given away again deceives nobody.
"""

import fcntl
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

PATIENCE = 60.0  # seconds for a clean end, which writes out all that the cache holds


class User(NamedTuple):
    """A process that uses the server."""

    host: str
    pid: int


@contextmanager
def exclusive(home: Path) -> Iterator[None]:
    """One process at a time starts or stops the server, comes or goes."""
    lock = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def enter(home: Path) -> int:
    """Counts this process among the users (within `exclusive`); the returned descriptor is its seat."""
    me = User(platform.node(), os.getpid())
    path = home / "users" / f"{me.host}-{me.pid}-{time.monotonic_ns()}"
    seat = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(seat, fcntl.LOCK_EX)
    os.write(seat, json.dumps(me._asdict()).encode())
    return seat


def leave(home: Path, seat: int) -> None:
    """Takes the seat away (within `exclusive`) and stops the server when it was the last."""
    os.close(seat)
    if not users(home):
        stop(home)


def users(home: Path) -> list[User]:
    """The users that live; what the dead left behind is removed."""
    living = []
    for path in list((home / "users").iterdir()):
        with suppress(FileNotFoundError), path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                path.unlink()
            except BlockingIOError:
                living.append(_user(file.read()))
    return living


def _user(text: bytes) -> User:
    try:
        return User(**json.loads(text))
    except (ValueError, TypeError):  # between its lock and its first word
        return User(platform.node(), 0)


def server(home: Path) -> int | None:
    """The process that holds the database files, 0 when it has not yet said which, None when they are free.

    Within `exclusive`: the test itself holds mongod's lock for an instant.
    """
    try:
        with (home / "db" / "mongod.lock").open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read().strip() or 0)
    except FileNotFoundError:
        pass
    return None


def is_ours(pid: int, home: Path) -> bool:
    """Whether the process was started by this program for this folder."""
    return str(home / "db") in _command(pid) and "--unixSocketPrefix" in _command(pid)


def _command(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except OSError:
        pass
    if Path("/proc/self").exists() or pid == 0:
        return []
    listed = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True)
    return listed.stdout.split()


def stop(home: Path) -> None:
    """Ends our server cleanly and waits (within `exclusive`); one that does not end in time is killed."""
    deadline = time.monotonic() + PATIENCE
    told = 0
    while (pid := server(home)) is not None:
        number = signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL
        if pid and not is_ours(pid, home):
            return
        if pid and number != told:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
            told = number
        time.sleep(0.01)


def watch(home: Path) -> None:
    """Starts the process that outlives the users, unless there is one (within `exclusive`)."""
    command = [sys.executable, "-I", "-S", str(Path(__file__).resolve()), str(home)]
    subprocess.run(command, start_new_session=True, stdin=subprocess.DEVNULL, capture_output=True, check=True)


def main(home: Path) -> None:
    """Waits in the background until no user lives, then stops the server."""
    guard = os.open(home / "keeper", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    if os.fork():
        os._exit(0)
    _detach()
    with suppress(FileNotFoundError):  # the folder was removed
        while True:
            _wait(home)
            with exclusive(home):
                if not users(home):
                    stop(home)
                    os.close(guard)
                    return


def _detach() -> None:
    os.chdir("/")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)


def _wait(home: Path) -> None:
    """Sleeps until each of the present users has gone: their locks wake it, it never polls."""
    for path in list((home / "users").iterdir()):
        with suppress(FileNotFoundError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
