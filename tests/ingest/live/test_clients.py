"""The Asterisk of these tests is asked by a client that somebody else wrote, so that it speaks as the real
one does.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from panoramisk import Manager  # type: ignore[import-untyped]

from tests.ingest.live.asterisk import PASSWORD as SECRET
from tests.ingest.live.asterisk import USER, asterisk
from tests.ingest.live.test_ami import RINGING as CHANNELS


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
