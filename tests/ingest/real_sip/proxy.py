"""A real Kamailio between real SIP user agents (SIPp) on loopback, where real calls are placed.

What may happen to a call is a scenario: answer, calleebye (the callee hangs up), busy, noanswer, decline,
notfound, dead (a gateway that is not there) and cancel (the caller gives up). Beside each scenario of a
caller lie its calls, a row each: from, to, account, talk in ms, name.
"""

import json
import random
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.needs import need
from tests.store.servers import until

HERE = Path(__file__).parent
SCENARIOS = HERE / "scenarios"
CALLS = {
    path.stem: len(path.read_text(encoding="utf-8").splitlines()) - 1 for path in SCENARIOS.glob("*.csv")
}
"""How many calls there are of each kind: 93 in all."""
CALLEES = ("ok", "busy", "ring", "decline", "notfound", "calleebye", "dead")
"""Who is called, each at a port of its own behind that of the proxy; nobody listens at the last."""
PORTS, MEDIA = 500, 100
SECONDS = 60


class Proxy:
    """A running proxy. `socket` is where its RPC takes datagrams, `url` where it takes HTTP."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.socket = folder / "rpc.sock"
        self.url = f"http://127.0.0.1:{port}/RPC"
        self._running: list[subprocess.Popen[bytes]] = []
        self._callers = 0

    def place(
        self, kind: str, count: int | None = None, rate: int = 10, talk_ms: int | None = None
    ) -> "subprocess.Popen[bytes]":
        """Place calls of a kind, all of them or so many, so many a second; the process ends when they have.

        `talk_ms` is how long each of them talks, instead of what stands in its row.
        """
        calls = self.folder / f"{kind}.{self._callers}.csv"
        head, *rows = (SCENARIOS / f"{kind}.csv").read_text(encoding="utf-8").splitlines()
        if talk_ms is not None:
            rows = [";".join([*row.split(";")[:3], str(talk_ms), row.split(";")[4]]) for row in rows]
        calls.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
        self._callers += 1
        port = self.port + 20 + self._callers
        options = ["-inf", str(calls), "-m", str(count or len(rows)), "-r", str(rate), "-l", "2000"]
        return self._sipp(f"uac_{kind}", port, f"127.0.0.1:{self.port}", *options, "-timeout", str(SECONDS))

    def ask(self, method: str) -> Any:
        """What its RPC answers."""
        question = json.dumps({"jsonrpc": "2.0", "method": method, "id": 1}).encode()
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as asking:
            asking.settimeout(SECONDS)
            asking.bind("")
            asking.connect(str(self.socket))
            asking.send(question)
            return json.loads(asking.recv(1 << 18))["result"]

    def start(self, database: str, url: str) -> None:
        """Start the proxy and those who are called, and wait until it answers."""
        for place, name in enumerate(CALLEES[:-1]):
            self._sipp(f"uas_{name}", self.port + 1 + place)
        modes = [f"WITH_{database.upper()}", "WITH_ACC"] if database else []
        told = {"DIR": str(self.folder), "SIP": str(self.port), "DBURL": url}
        told |= {name.upper(): str(self.port + 1 + place) for place, name in enumerate(CALLEES)}
        config = (HERE / "kamailio.cfg").read_text(encoding="utf-8")
        for name, value in told.items():
            config = config.replace(f"@{name}@", value)
        (self.folder / "kamailio.cfg").write_text(config, encoding="utf-8")
        folder = str(self.folder)
        options = ["-P", f"{folder}/pid", "-w", folder, "-Y", folder, "-m", "64", "-M", "8", "-DD", "-E"]
        defines = [word for mode in modes for word in ("-A", mode)]
        proxy = self._run("kamailio", "-f", f"{folder}/kamailio.cfg", *defines, *options)
        until(lambda: proxy.poll() is not None or self._answers())
        assert proxy.poll() is None, (self.folder / "kamailio.log").read_text(encoding="utf-8")[-2000:]

    def stop(self) -> None:
        """Stop all that was started here, the proxy last."""
        for process in reversed(self._running):
            process.terminate()
        for process in self._running:
            process.wait(SECONDS)

    def _answers(self) -> bool:
        try:
            return bool(self.ask("core.uptime"))
        except OSError:
            return False

    def _sipp(self, scenario: str, port: int, *more: str) -> "subprocess.Popen[bytes]":
        media = ["-mp", str(self.port + MEDIA + 8 * (port - self.port))]
        place = ["-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", "127.0.0.1", "-p", str(port), "-nostdin"]
        return self._run("sipp", *more, *place, *media)

    def _run(self, program: str, *options: str) -> "subprocess.Popen[bytes]":
        path = need(shutil.which(program), f"{program} (Debian: apt-get install kamailio sip-tester)")
        with (self.folder / f"{program}.log").open("ab") as log:
            process = subprocess.Popen(
                [path, *options], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder
            )
        self._running.append(process)
        return process


@contextmanager
def proxied(folder: Path, database: str = "", url: str = "") -> Iterator[Proxy]:
    """A proxy in a folder of its own, whose name is short enough for a socket's. `database` (sqlite, mongodb,
    mysql or postgres) with its `url` (`sqlite:////folder/kamailio.sqlite`) is where it writes its accounting;
    without one it writes none.
    """
    proxy = Proxy(folder, _free())
    try:
        proxy.start(database, url)
        yield proxy
    finally:
        proxy.stop()


def _free() -> int:
    """The first of so many ports that nobody uses, below those that the system gives to whoever calls out."""
    firsts = range(20_000, 32_000, PORTS)
    for first in random.sample(firsts, len(firsts)):
        if all(_is_free(port) for port in range(first, first + 40)):
            return first
    raise OSError("no ports are free")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def placed(proxy: Proxy, kinds: Sequence[str] = tuple(CALLS), rate: int = 4) -> int:
    """Place all calls of these kinds at once and wait until they are over; gives how many there were."""
    running = [proxy.place(kind, rate=rate) for kind in kinds]
    assert [process.wait(2 * SECONDS) for process in running] == [0] * len(running)
    return sum(CALLS[kind] for kind in kinds)
