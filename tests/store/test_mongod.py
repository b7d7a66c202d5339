"""The embedded MongoDB: shared by processes, stopped with the last, started again when it died."""

import os
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
from pymongo import MongoClient
from pymongo.errors import AutoReconnect

from store import keeper, mongod
from tests.store.servers import another_user, client_of, servers, spawn, starts, until

FORKING_USER = """
import os, sys, time
from pathlib import Path
from typing import Any
from store import mongod
with mongod.serve(Path(sys.argv[1])) as uri:
    if not (child := os.fork()):
        sys.stdin.read()
        sys.exit()
    print(child, flush=True)
os._exit(0)
"""


def test_the_server_is_private_and_opens_no_port(data: Path) -> None:
    with mongod.serve(data) as uri, client_of(uri) as client:
        (pid,) = servers(data)
        connections = psutil.Process(pid).net_connections("all")
        assert {c.family.name for c in connections} == {"AF_UNIX"}
        assert {c.laddr for c in connections} == {str(data / "mongo" / "mongodb-27017.sock")}
        assert [oct(path.stat().st_mode & 0o777) for path in (data, data / "mongo")] == ["0o700", "0o700"]
        assert client.admin.command("hello")["setName"] == "cdr-stats"
    assert servers(data) == []


def test_the_server_is_out_of_reach_of_a_terminals_control_c(data: Path) -> None:
    with mongod.serve(data):
        assert os.getsid(servers(data)[0]) != os.getsid(0)


def test_the_cache_has_the_wanted_size(data: Path) -> None:
    with mongod.serve(data, cache_mb=300) as uri, client_of(uri) as client:
        cache = client.admin.command("serverStatus")["wiredTiger"]["cache"]["maximum bytes configured"]
        assert abs(cache / 2**20 - 300) < 10


def test_what_was_written_is_there_the_next_time(data: Path) -> None:
    for known in range(2):
        with mongod.serve(data) as uri, client_of(uri) as client:
            assert client.test.calls.count_documents({}) == known
            client.test.calls.insert_one({})
    assert starts(data) == 2


def test_many_processes_that_come_at_once_share_one_server(data: Path) -> None:
    with ExitStack() as stack:
        users = [stack.enter_context(spawn(data)) for _ in range(4)]
        addresses = {user.stdout.readline() for user in users if user.stdout}
        assert len(addresses) == len(servers(data)) == starts(data) == 1


def test_the_last_user_stops_the_server(data: Path) -> None:
    with another_user(data):
        with another_user(data):
            before = servers(data)
        assert servers(data) == before
    assert servers(data) == []


def test_one_process_may_use_it_twice(data: Path) -> None:
    with mongod.serve(data) as first:
        with mongod.serve(data) as second:
            assert first == second
        assert len(servers(data)) == 1
    assert servers(data) == []


def test_a_killed_user_is_no_user_any_more(data: Path) -> None:
    with another_user(data):
        with another_user(data) as killed:
            killed.kill()
        assert len(servers(data)) == 1
    assert servers(data) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_the_server_ends_cleanly_when_its_only_user_is_killed(data: Path, number: signal.Signals) -> None:
    with another_user(data) as user:
        user.send_signal(number)
    until(lambda: not servers(data))
    assert "WiredTiger closed" in (data / "mongod.log").read_text()
    with mongod.serve(data) as uri, client_of(uri) as client:
        assert client.admin.command("ping")["ok"]


def test_a_forked_child_does_not_keep_the_server(data: Path) -> None:
    with spawn(data, FORKING_USER) as user:
        assert user.stdout
        child = int(user.stdout.readline())
        assert user.wait() == 0
        until(lambda: not servers(data))
        assert psutil.pid_exists(child)


def is_written(client: MongoClient[dict[str, Any]], number: int) -> bool:
    """Whether it got through: the driver tries twice, and a server that starts may refuse both times."""
    try:
        client.test.calls.replace_one({"_id": number}, {}, upsert=True)
    except AutoReconnect:
        return False
    return True


def test_a_killed_server_comes_back_under_the_feet_of_its_users(data: Path) -> None:
    with mongod.serve(data) as uri, client_of(uri) as client, another_user(data):
        for written in range(3):
            (before,) = servers(data)
            os.kill(before, signal.SIGKILL)
            until(lambda written=written: is_written(client, written))  # type: ignore[misc]
            assert client.test.calls.count_documents({}) == written + 1
            assert servers(data) != [before]
        assert starts(data) == 4


def test_a_users_own_end_of_the_server_is_mended_too(data: Path) -> None:
    with mongod.serve(data) as uri, client_of(uri) as client:
        os.kill(servers(data)[0], signal.SIGTERM)
        until(lambda: starts(data) == 2)
        assert client.admin.command("ping")["ok"]


def test_a_killed_keeper_is_replaced_by_the_next_user(data: Path) -> None:
    def keepers() -> list[int]:
        every = psutil.process_iter(["cmdline"])
        return [
            p.pid for p in every if (p.info["cmdline"] or [])[-2:] == [keeper.__file__, str(data / "mongo")]
        ]

    with another_user(data):
        (before,) = keepers()
        os.kill(before, signal.SIGKILL)
        until(lambda: before not in keepers() or psutil.Process(before).status() == psutil.STATUS_ZOMBIE)
        with another_user(data) as user:
            assert keepers() != [before]
            user.kill()
    assert servers(data) == []
