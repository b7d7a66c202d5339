"""The connection: what is refused and how, and transactions that nobody's death blocks."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pymongo
import pytest
from pydantic import SecretStr
from pymongo import MongoClient
from pymongo.client_session import ClientSession

from store import launch
from store.connection import connect, end_orphans, transaction
from store.database import Store, open_store
from store.errors import StoreError
from store.settings import Settings

ROOT = Path(__file__).parents[2]
# Opens a transaction that changes a document, says so, and waits until it is killed.
KILLED = """
import sys
from store.connection import connect
with connect(sys.argv[1]) as client, client.start_session() as session, session.start_transaction():
    client[sys.argv[2]].work.update_one({"_id": 1}, {"$inc": {"n": 1}}, session=session)
    print("open", flush=True)
    sys.stdin.read()
"""


def settings_of(uri: str) -> Settings:
    """Settings with this address."""
    return Settings(mongo_uri=SecretStr(uri))


def refusal(settings: Settings) -> str:
    """Why a store does not open."""
    with pytest.raises(StoreError) as refused, open_store(settings):
        pass
    return str(refused.value)


@pytest.fixture(scope="module")
def standalone() -> Iterator[str]:
    """The socket of a stand-alone mongod that wants a login."""
    with tempfile.TemporaryDirectory(prefix="cdr-") as folder:
        place = Path(folder) / "mongodb-27017.sock"
        where = ["--dbpath", folder, "--bind_ip", str(place), "--unixSocketPrefix", folder]
        command = [str(launch.binary()), *where, "--auth", "--fork", "--logpath", str(Path(folder) / "log")]
        subprocess.run(command, check=True, capture_output=True)
        yield quote(str(place), safe="")
        os.kill(int((Path(folder) / "mongod.lock").read_text()), signal.SIGKILL)


def test_a_stand_alone_server_is_refused(standalone: str) -> None:
    assert refusal(settings_of(f"mongodb://{standalone}/")) == (
        f"The MongoDB at {standalone.replace('%2F', '/')} is a stand-alone server, which has no transactions"
        ": make it a replica set (one member is enough), or let the program start its own by leaving out "
        "CDR_STATS_MONGO_URI."
    )


def test_a_wrong_password_is_refused_without_being_told(standalone: str) -> None:
    assert refusal(settings_of(f"mongodb://alice:secret@{standalone}/")) == (
        f"The MongoDB at {standalone.replace('%2F', '/')} refuses the user name or the password in "
        "CDR_STATS_MONGO_URI."
    )


FORM = (
    "it looks like mongodb://user:password@host:27017/?replicaSet=name, "
    "with : / ? # [ ] @ % in a password as %XX."
)
UNREACHABLE: list[tuple[str, str]] = [
    # Nobody listens there.
    (
        "mongodb://alice:secret@localhost:1/",
        "The MongoDB at localhost:1 cannot be reached: localhost:1: [Errno 111] Connection refused.",
    ),
    # Neither on a socket.
    (
        "mongodb://alice:secret@%2Fnowhere.sock/",
        "The MongoDB at /nowhere.sock cannot be reached: /nowhere.sock: [Errno 2] No such file or directory.",
    ),
    # A password with a slash that should be %2F.
    ("mongodb://alice:sec/ret@localhost/", f"The address in CDR_STATS_MONGO_URI is malformed; {FORM}"),
    # A password with an @ that should be %40.
    ("mongodb://alice:sec@ret@localhost/", f"The address in CDR_STATS_MONGO_URI is malformed; {FORM}"),
    # A port that is none.
    ("mongodb://alice:secret@localhost:99999/", f"The address in CDR_STATS_MONGO_URI is malformed; {FORM}"),
    # An address that the name service should know.
    (
        "mongodb+srv://alice:secret@nowhere.invalid/",
        f"The address in CDR_STATS_MONGO_URI is malformed or its host name is not known; {FORM}",
    ),
]


@pytest.mark.parametrize(("uri", "words"), UNREACHABLE)
def test_what_cannot_be_reached_is_said_without_the_password(uri: str, words: str) -> None:
    assert refusal(settings_of(uri)) == words
    assert "sec" not in words


def test_a_transaction_of_twenty_thousand_documents_is_one(store: Store) -> None:
    def work(session: ClientSession) -> int:
        store.db["work"].insert_many([{"_id": n, "text": "x" * 300} for n in range(20_000)], session=session)
        assert store.db["work"].count_documents({}) == 0  # outside nothing is to be seen
        return 20_000

    assert transaction(store.client, work) == store.db["work"].count_documents({})


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    def work(session: ClientSession) -> None:
        store.db["work"].insert_one({"_id": 1}, session=session)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        transaction(store.client, work)
    assert store.db["work"].count_documents({}) == 0


def opened_and_killed(uri: str, database: str, *, kill: bool) -> "subprocess.Popen[str]":
    """A process with an open transaction."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, uri, database],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout and process.stdout.readline() == "open\n"
    if kill:
        process.kill()
        process.communicate()
    return process


def test_what_a_killed_program_left_open_blocks_nobody(store: Store, mongo_uri: str) -> None:
    store.db["work"].insert_one({"_id": 1, "n": 0})
    opened_and_killed(mongo_uri, store.db.name, kill=True)

    def work(session: ClientSession) -> None:
        # with a killed one's lock this waits a minute, unless it is ended
        store.db["work"].update_one({"_id": 1}, {"$inc": {"n": 10}}, session=session)

    with pymongo.timeout(20):
        transaction(store.client, work)
    assert store.db["work"].find_one() == {"_id": 1, "n": 10}


def test_opening_a_store_ends_what_a_killed_program_left_open(store: Store, mongo_uri: str) -> None:
    store.db["work"].insert_one({"_id": 1, "n": 0})
    opened_and_killed(mongo_uri, store.db.name, kill=True)
    with open_store(store.settings) as other:
        assert end_orphans(other.client) == 0
    store.db["work"].update_one({"_id": 1}, {"$inc": {"n": 10}})
    assert store.db["work"].find_one() == {"_id": 1, "n": 10}


def test_the_open_transaction_of_a_living_program_is_left_alone(store: Store, mongo_uri: str) -> None:
    store.db["work"].insert_one({"_id": 1, "n": 0})
    with opened_and_killed(mongo_uri, store.db.name, kill=False) as living:
        assert end_orphans(store.client) == 0
        assert living.stdin
        living.stdin.close()
        assert living.wait() == 0
    assert store.db["work"].find_one() == {"_id": 1, "n": 1}


def test_the_open_transaction_of_another_machine_is_left_alone(store: Store, mongo_uri: str) -> None:
    store.db["work"].insert_one({"_id": 1, "n": 0})
    elsewhere = f"{mongo_uri}&appName=cdr-stats%20elsewhere/1%200"
    with (
        MongoClient[dict[str, int]](elsewhere) as client,
        client.start_session() as session,
        session.start_transaction(),
    ):
        client[store.db.name]["work"].update_one({"_id": 1}, {"$inc": {"n": 1}}, session=session)
        assert end_orphans(store.client) == 0
    assert store.db["work"].find_one() == {"_id": 1, "n": 1}


def test_the_address_cannot_loosen_what_the_program_relies_on(mongo_uri: str) -> None:
    with connect(f"{mongo_uri}&w=0&retryWrites=false&tz_aware=false") as client:
        assert client.write_concern.document == {"w": "majority"}
        assert client.options.retry_writes
        assert client.codec_options.tz_aware
