"""Server and worker as two processes under one, which starts again whichever died and ends both."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from threading import Event

from store.errors import CdrStatsError

LOG = logging.getLogger(__name__)
CODE = """
import sys
from app.cli import main
from app.up import end_with_parent
end_with_parent()
sys.argv[0] = "cdr-stats"
main()
"""
WORDS = {"serve": "web server"}
SETTLED = 60.0
"""Seconds after which a process counts as one that can run."""
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds until a process that died is started again, by how often it died without having settled."""
LOOK = 0.2
GRACE = 15.0
"""Seconds that the processes have to end in order."""


def end_with_parent() -> None:
    """End this process in order with the one that started it, even if that was killed."""
    threading.Thread(target=_end, daemon=True).start()


def _end() -> None:
    # not by sys.stdin, whose lock a daemon thread would keep at the end of the process
    os.read(0, 1)
    os.kill(os.getpid(), signal.SIGTERM)


class Kept:
    """A command that is kept running in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        self.name = WORDS.get(arguments[0], arguments[0])
        self._command = [sys.executable, "-P", "-c", CODE, *arguments]
        self._deaths, self._again = 0, 0.0
        self._settled = False
        self.start()

    def start(self) -> None:
        """Start it."""
        self._again, self._began = 0.0, time.monotonic()
        # a session of its own: Ctrl-C in the terminal reaches the parent, which ends them in order
        self.process = subprocess.Popen(self._command, stdin=subprocess.PIPE, start_new_session=True)

    def look(self) -> None:
        """Start it again after a pause if it died. Raises CdrStatsError when it never ran, which said why."""
        code = self.process.poll()
        now = time.monotonic()
        if code is None:
            if now - self._began > SETTLED:
                self._settled, self._deaths = True, 0
        elif self._again:
            if now >= self._again:
                self.start()
        elif code > 0 and not self._settled:
            raise CdrStatsError(f"The {self.name} cannot run as it is set; nothing is left running.")
        else:
            self._died(code, now)

    def _died(self, code: int, now: float) -> None:
        pause = PAUSES[min(self._deaths, len(PAUSES) - 1)]
        self._deaths, self._again = self._deaths + 1, now + pause
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        LOG.warning("The %s ended (%s); it is started again in %g s.", self.name, how, pause)

    def end(self) -> None:
        """Ask it to end."""
        if self.process.poll() is None:
            self.process.terminate()

    def wait(self, until: float) -> None:
        """Wait until it has ended; what has not by then (monotonic) is killed."""
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            LOG.warning("The %s does not end; it is killed.", self.name)
            self.process.kill()
            self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()


def keep(stop: Event, *commands: Sequence[str]) -> None:
    """Keep these commands running until `stop` is set. Raises CdrStatsError when one cannot run at all."""
    kept = [Kept(*command) for command in commands]
    try:
        while not stop.wait(LOOK):
            for one in kept:
                one.look()
    finally:
        for one in kept:
            one.end()
        until = time.monotonic() + GRACE
        for one in kept:
            one.wait(until)
