"""Who uses the embedded server: one file a user, locked while it lives, so that a killed one does not count.

Run as a program, this file waits until the last user is gone, however that one ended, and stops the server.
Only the standard library is used, because that process shall stay small. A lock is the kernel's: who lives in
another container is seen, and a process number that was given away again deceives nobody. The server holds
one as well, which it inherits: it counts as running from before its first instruction to after its last.
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

PATIENCE = 60.0  # seconds for a clean end, in which the server writes out all that its cache holds
LOOK = 0.01

_seats: set[int] = set()


class User(NamedTuple):
    """A process that uses the server."""

    host: str
    pid: int


@contextmanager
def exclusive(home: Path) -> Iterator[None]:
    """One process at a time starts or stops the server, comes or goes."""
    lock = _open(home / "lock")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def _open(path: Path, flags: int = 0) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | flags, 0o600)


def enter(home: Path) -> int:
    """Counts this process among the users (within `exclusive`); the descriptor that it gives is the seat."""
    me = User(platform.node(), os.getpid())
    seat = _open(home / "users" / f"{me.host}-{me.pid}-{time.monotonic_ns()}", os.O_EXCL)
    fcntl.flock(seat, fcntl.LOCK_EX)
    os.write(seat, json.dumps(me._asdict()).encode())
    _seats.add(seat)
    if not _is_locked(home / "keeper"):
        _keep(home)
    return seat


def leave(home: Path, seat: int) -> None:
    """Takes the seat away (within `exclusive`), and stops the server when it was the last."""
    _seats.discard(seat)
    os.close(seat)
    if not users(home):
        stop(home)


def _forget_seats() -> None:
    """A forked child holds no seat, or its parent would seem to live on in it."""
    while _seats:
        os.close(_seats.pop())


os.register_at_fork(after_in_child=_forget_seats)


def users(home: Path) -> list[User]:
    """The users that live; what the dead left behind is removed."""
    living = []
    for path in list((home / "users").iterdir()):
        with suppress(FileNotFoundError):
            if _is_locked(path):
                living.append(_user(path.read_bytes()))
            else:
                path.unlink()
    return living


def _user(text: bytes) -> User:
    try:
        return User(**json.loads(text))
    except (ValueError, TypeError):  # between its lock and its first word
        return User(platform.node(), 0)


def _is_locked(path: Path) -> bool:
    """Whether somebody holds the file's lock; all who only look do so with a shared one."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def running(home: Path) -> bool:
    """Whether the server that this program started runs."""
    return _is_locked(home / "server")


def run(home: Path, command: list[str]) -> "subprocess.CompletedProcess[str]":
    """Starts the server (within `exclusive`) with a command that goes to the background once it is ready.

    It gets a session of its own, so that Ctrl-C ends the program and not its server.
    """
    (home / "ready").unlink(missing_ok=True)
    lock = _open(home / "server")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return subprocess.run(
            command,
            start_new_session=True,
            pass_fds=(lock,),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
    finally:
        os.close(lock)


def holder(home: Path) -> int:
    """The process that last took the database's files, 0 for none; not necessarily alive."""
    with suppress(OSError, ValueError):
        return int((home / "db" / "mongod.lock").read_text())
    return 0


def ready(home: Path) -> None:
    """Notes that the server's start is over (within `exclusive`)."""
    (home / "ready").touch(0o600)


def stop(home: Path) -> None:
    """Ends the server cleanly and waits (within `exclusive`); one that does not end in time is killed.

    So is one whose starter was killed before it was ready: mongod 6.0.5 may hang for good when it is told to
    end just then, and has nothing to lose yet.
    """
    deadline = time.monotonic() + (PATIENCE if (home / "ready").exists() else 0)
    told = None
    while running(home):
        pid = holder(home)
        number = signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL
        if told != (pid, number) and _is_server(pid, home):
            told = (pid, number)
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        time.sleep(LOOK)


def _is_server(pid: int, home: Path) -> bool:
    """Whether this number is the server's and was not given away again since it was noted."""
    if not pid:
        return False
    try:
        command = Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
        listed = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True)
        command = listed.stdout
    return str(home / "db") in command


def _keep(home: Path) -> None:
    """Starts the process that outlives the users."""
    command = [sys.executable, "-I", "-S", str(Path(__file__).resolve()), str(home)]
    subprocess.run(command, start_new_session=True, stdin=subprocess.DEVNULL, capture_output=True, check=True)


def main(home: Path) -> None:
    """Waits in the background until no user lives, then stops the server.

    It makes no file after its start: the last user may be about to remove the folder.
    """
    lock, guard = _open(home / "lock"), _open(home / "keeper")
    fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    if os.fork():
        os._exit(0)
    _detach()
    with suppress(FileNotFoundError):
        while os.path.samestat(os.fstat(lock), (home / "lock").stat()):  # not removed, not made anew
            _wait(home)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not users(home):
                stop(home)
                os.close(guard)
                return
            fcntl.flock(lock, fcntl.LOCK_UN)


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
