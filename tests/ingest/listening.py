"""A listener in a process of its own, which can be killed as by a power cut."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

HOUSE = Path(__file__).resolve().parents[2]
LISTEN = """
import sys
from ingest.listeners import LISTENERS
from store.database import open_store
from store.settings import load
with open_store(load()) as store, LISTENERS["freeswitch_post"](store, "fs", lambda: False) as serving:
    print(serving.port, flush=True)
    sys.stdin.read()
"""


class Listening(NamedTuple):
    """A process that listens."""

    process: subprocess.Popen[str]
    port: int


@contextmanager
def listening(environment: Mapping[str, str]) -> Iterator[Listening]:
    """A process that listens for the source "fs" of the store that these settings name, ended afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-c", LISTEN],
        env={**os.environ, **environment},
        cwd=HOUSE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield Listening(process, int(process.stdout.readline()))
    finally:
        process.communicate("")
