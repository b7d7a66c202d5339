"""The servers of these tests are asked by clients that somebody else wrote, so that they speak as the real
ones do.
"""

import asyncio
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from panoramisk import Manager  # type: ignore[import-untyped]

from tests.ingest.live.asterisk import PASSWORD as SECRET
from tests.ingest.live.asterisk import USER, asterisk
from tests.ingest.live.freeswitch import PASSWORD, freeswitch
from tests.ingest.live.test_ami import RINGING as CHANNELS
from tests.ingest.live.test_esl import TALKING as LEGS
from tests.needs import need

VARIABLE = "GENESIS_PYTHON"
"""A Python in an environment of its own that has genesis, which wants older libraries than ours."""
GENESIS = """
import asyncio, json, sys
from genesis import Inbound
from genesis.exceptions import AuthenticationError

async def main(port, password, *commands):
    try:
        async with Inbound("127.0.0.1", int(port), password) as client:
            answers = [await client.send(command) for command in commands]
        print(json.dumps([getattr(answer, "body", answer) for answer in answers]))
    except AuthenticationError:
        print(json.dumps("refused"))

asyncio.run(main(*sys.argv[1:]))
"""


def panoramisk(port: int, secret: str) -> Any:
    async def work() -> Any:
        manager = Manager(host="127.0.0.1", port=port, username=USER, secret=secret, ping_delay=0)
        await manager.connect()
        try:
            return await manager.send_action({"Action": "CoreShowChannels"})
        finally:
            manager.close()

    with ThreadPoolExecutor(1) as other:  # the browser's tests leave a loop running in the main thread
        return other.submit(lambda: asyncio.run(work())).result()


def test_panoramisk_logs_in_and_lists_the_channels() -> None:
    with asterisk(CHANNELS) as port:
        first, *rows, last = panoramisk(port, SECRET)
    assert (first["Response"], last["Event"], last["ListItems"]) == (
        "Success",
        "CoreShowChannelsComplete",
        "3",
    )
    assert [(row["Uniqueid"], row["Linkedid"]) for row in rows] == [
        (row["Uniqueid"], row["Linkedid"]) for row in CHANNELS
    ]


@pytest.fixture
def genesis() -> str:
    """The Python that has genesis."""
    return need(os.environ.get(VARIABLE), f"genesis, which {VARIABLE} names a Python of")


def talked(python: str, port: int, password: str, *commands: str) -> Any:
    done = subprocess.run(
        [python, "-c", GENESIS, str(port), password, *commands], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_genesis_logs_in_and_lists_the_legs(genesis: str) -> None:
    with freeswitch(LEGS) as port:
        (answer,) = talked(genesis, port, PASSWORD, "api show channels as json")
    found = json.loads(answer)
    assert (found["row_count"], [row["uuid"] for row in found["rows"]]) == (2, ["a1", "b1"])


def test_genesis_hears_that_its_password_is_wrong(genesis: str) -> None:
    with freeswitch() as port:
        assert talked(genesis, port, "hunter2", "api status") == "refused"
