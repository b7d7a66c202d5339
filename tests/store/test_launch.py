"""Starting the embedded MongoDB: in which folder, with which program, and what is said when it cannot be."""

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path

import psutil
import pytest

from store import keeper, launch, mongod
from store.errors import StoreError
from tests.store.servers import another_user, client_of, servers, until


def test_a_folder_that_another_mongod_has_is_refused_with_its_process(data: Path) -> None:
    with mongod.serve(data):
        pass
    place = data / "mine.sock"
    command = [launch.binary(), "--dbpath", data / "mongo" / "db", "--bind_ip", place]
    with subprocess.Popen(
        [*map(str, command), "--unixSocketPrefix", str(data)], stdout=subprocess.DEVNULL
    ) as other:
        until(lambda: keeper.holder(data / "mongo") == other.pid)
        with pytest.raises(StoreError) as refused, mongod.serve(data):
            pass
        other.terminate()
    assert str(refused.value) == (
        f"The data folder {data} is in use by another mongod, process {other.pid}: stop that, or name "
        "another folder with CDR_STATS_DATA."
    )


def test_a_folder_that_another_machine_uses_is_refused_with_its_name(data: Path) -> None:
    with mongod.serve(data):
        pass
    with (data / "elsewhere").open("w") as user:
        json.dump({"host": "elsewhere", "pid": 7}, user)
        user.flush()
        fcntl.flock(user, fcntl.LOCK_EX)
        # locked before it is there, or who just left may still look, and take it for one of the dead
        (data / "elsewhere").rename(data / "mongo" / "users" / "elsewhere")
        with pytest.raises(StoreError) as refused, mongod.serve(data):
            pass
    assert str(refused.value) == (
        f"The data folder {data} is in use by process 7 on the machine elsewhere: stop that, or name another "
        "folder with CDR_STATS_DATA."
    )
    with mongod.serve(data):  # it has gone
        pass


def test_a_moved_folder_works(data: Path) -> None:
    with mongod.serve(data) as uri, client_of(uri) as client:
        client.test.calls.insert_one({})
    moved = data.rename(data.with_name("moved"))
    with mongod.serve(moved) as uri, client_of(uri) as client:
        assert client.test.calls.count_documents({}) == 1


def test_a_folder_of_a_long_path_has_its_socket_elsewhere(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = data.parent / "run"
    runtime.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    long = data.parent / ("long" * 30)
    with mongod.serve(long) as uri, client_of(uri) as client:
        (place,) = runtime.iterdir()
        assert ([p.name for p in place.iterdir()], place.stat().st_mode & 0o777) == (
            ["mongodb-27017.sock"],
            0o700,
        )
        client.test.calls.insert_one({})
        # A user whose runtime folder is another one finds it all the same.
        monkeypatch.delenv("XDG_RUNTIME_DIR")
        with another_user(long):
            assert len(servers(long)) == 1
    # A copy is not taken for its original.
    copy = long.with_name("copy" * 30)
    shutil.copytree(long, copy, ignore=shutil.ignore_patterns("*.sock"))
    with mongod.serve(long) as first, mongod.serve(copy) as second, client_of(second) as client:
        client.test.calls.insert_one({})
        with client_of(first) as original:
            assert (original.test.calls.count_documents({}), client.test.calls.count_documents({})) == (1, 2)


def test_a_short_folder_that_somebody_else_planted_is_refused(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(data.parent))
    long = data.parent / ("long" * 30)
    planted = data.parent / launch.Home(long).short
    planted.symlink_to(data.parent)
    with pytest.raises(StoreError) as refused, mongod.serve(long):
        pass
    assert (
        str(refused.value) == f"{planted} is not this user's alone: remove it, or use a shorter data folder."
    )
    assert servers(long) == []


def test_a_log_that_grew_large_is_put_aside(data: Path) -> None:
    data.mkdir()
    (data / "mongod.log").write_bytes(b"\n" * (launch.LOG_BYTES + 1))
    with mongod.serve(data):
        assert (data / "mongod.log").stat().st_size < launch.LOG_BYTES
    assert (data / "mongod.log.1").stat().st_size > launch.LOG_BYTES


def test_a_folder_that_holds_other_things_keeps_its_mode(data: Path) -> None:
    data.mkdir(mode=0o755)
    (data / "report.csv").touch()
    launch.prepare(launch.Home(data))
    assert (data.stat().st_mode & 0o777, (data / "mongo").stat().st_mode & 0o777) == (0o755, 0o700)


UNUSABLE: list[tuple[str, str]] = [
    # The data folder is a file.
    ("file", "cannot be used: Not a directory; name another one with CDR_STATS_DATA."),
    # It lies in a file.
    ("file/data", "cannot be used: Not a directory; name another one with CDR_STATS_DATA."),
    # Its name is longer than a file system allows.
    ("x" * 300, "cannot be used: File name too long; name another one with CDR_STATS_DATA."),
]


@pytest.mark.parametrize(("name", "words"), UNUSABLE)
def test_an_unusable_data_folder_is_refused_with_the_reason(data: Path, name: str, words: str) -> None:
    (data.parent / "file").touch()
    with pytest.raises(StoreError) as refused, mongod.serve(data.parent / name):
        pass
    assert str(refused.value) == f"The data folder {data.parent / name} {words}"


BROKEN: list[tuple[str, str]] = [
    # OpenSSL 3 is missing.
    (
        "echo 'mongod: error while loading shared libraries: libcrypto.so.3: cannot open' >&2; exit 127",
        "mongod: error while loading shared libraries: libcrypto.so.3: cannot open; install OpenSSL 3 "
        "(Debian and Ubuntu: libssl3), or put another mongod on the PATH.",
    ),
    # It ends without a word.
    ("exit 3", "it ends without saying why; its log is {log}."),
    # It says that it started, and is not there.
    ("exit 0", "it ends without saying why; its log is {log}."),
]


@pytest.mark.parametrize(("script", "words"), BROKEN)
def test_a_mongod_that_cannot_run_is_told_with_its_last_words(
    data: Path, script: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = data.parent / "mongod"
    mine.write_text(f"#!/bin/sh\n{script}\n")
    mine.chmod(0o755)
    monkeypatch.setenv("PATH", str(mine.parent), prepend=os.pathsep)
    with pytest.raises(StoreError) as refused, mongod.serve(data):
        pass
    reason = words.format(log=data / "mongod.log")
    assert str(refused.value) == f"The embedded database could not be started: {reason}"


def test_damaged_files_are_told_with_the_last_words_of_the_log(data: Path) -> None:
    with mongod.serve(data):
        pass
    (data / "mongo" / "db" / "storage.bson").write_bytes(b"no bson")
    with pytest.raises(StoreError) as refused, mongod.serve(data):
        pass
    assert str(refused.value) == (
        "The embedded database could not be started: Unable to read the storage engine metadata file: "
        "Incorrect BSON length in element with field name '?' in object with unknown _id; "
        f"its log is {data / 'mongod.log'}."
    )
    assert keeper.users(data / "mongo") == []


def test_without_any_mongod_it_is_said_where_to_get_one(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(data))
    monkeypatch.setattr(launch, "WHEEL", "no_such_wheel")
    with pytest.raises(StoreError) as refused, mongod.serve(data):
        pass
    assert str(refused.value) == (
        "There is no mongod: install MongoDB so that mongod is on the PATH, or name a MongoDB of your own "
        "with CDR_STATS_MONGO_URI."
    )


def test_a_mongod_on_the_path_wins(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = data.parent / "mongod"
    mine.symlink_to(launch.binary())
    monkeypatch.setenv("PATH", str(mine.parent), prepend=os.pathsep)
    assert launch.binary() == mine
    with mongod.serve(data):
        assert psutil.Process(servers(data)[0]).cmdline()[0] == str(mine)
