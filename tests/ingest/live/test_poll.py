"""A live source is set up as every source is; a poll is kept, and a switch that is away loses nothing."""

from datetime import timedelta

import pytest

from ingest.connector import SourceProblem
from ingest.live.poll import PAUSE, poll
from ingest.live.pollers import POLLERS
from ingest.sources import configure, kinds, probe, told
from store import live, livepeaks, sources
from store.database import Document, Store
from store.scope import Scope
from tests.ingest.live.asking import NOW
from tests.ingest.live.freeswitch import PASSWORD, freeswitch
from tests.ingest.live.test_esl import RINGING, TALKING

HOUR = Scope(NOW - timedelta(minutes=30), NOW + timedelta(minutes=30))
LATER = NOW + timedelta(seconds=3)


def add(store: Store, port: int, password: str = PASSWORD) -> None:
    options = {"host": "127.0.0.1", "port": str(port), "password": password}
    configure(store, "office", "freeswitch_esl", "Paris", "", options, "command", NOW)


def source(store: Store) -> Document:
    found = sources.get(store, "office")
    assert found is not None
    return found


def board(store: Store) -> live.Board:
    (found,) = live.boards(store, POLLERS, LATER, None)
    return found


def test_a_poll_is_kept_and_raises_the_peak_of_its_minute(store: Store) -> None:
    with freeswitch((*TALKING, *RINGING)) as port:
        add(store, port)
        assert board(store).state == "waiting"
        found = poll(store, "office", NOW)
    assert found is not None
    assert (found.total, board(store).total, board(store).state, board(store).switch) == (2, 2, "ok", "Paris")
    assert livepeaks.measured(store, HOUR)["concurrent"].tolist() == [2]
    assert (source(store)["state"], source(store)["looked"]) == ("ok", NOW)


def test_a_switch_that_is_away_keeps_what_it_said_and_is_tried_again_soon(store: Store) -> None:
    with freeswitch(TALKING) as port:
        add(store, port)
        poll(store, "office", NOW)
    with pytest.raises(SourceProblem) as problem:
        poll(store, "office", LATER)
    for _ in range(9):
        sources.failed(store, "office", str(problem.value), LATER, PAUSE)
    assert (source(store)["next"] - LATER).total_seconds() == PAUSE
    found = board(store)
    assert (found.state, found.total, found.at, found.failing_since) == ("failing", 1, NOW, LATER)
    assert found.problem == f"FreeSWITCH at 127.0.0.1:{port} cannot be reached: nothing listens there."
    with freeswitch(RINGING) as again:
        add(store, again)
        poll(store, "office", LATER)
    assert (board(store).state, [call.id for call in board(store).calls]) == ("ok", ["a2"])


def test_a_call_that_is_answered_between_two_polls_talks_since_then(store: Store) -> None:
    answered = tuple({**leg, "callstate": "ACTIVE"} for leg in RINGING)
    for now, channels in ((NOW, RINGING), (LATER, answered)):
        with freeswitch(channels) as port:
            add(store, port)
            poll(store, "office", now)
    (call,) = board(store).calls
    assert (call.talking, call.answered) == (True, LATER)


def test_a_source_that_is_paused_removed_or_of_another_kind_is_not_asked(store: Store) -> None:
    with freeswitch(TALKING) as port:
        add(store, port)
        sources.pause(store, "office", True, NOW)
        assert poll(store, "office", NOW) is None
        assert poll(store, "nobody", NOW) is None
        configure(store, "file", "file", "Paris", "", {"path": "Master.csv"}, "command", NOW)
        assert poll(store, "file", NOW) is None
    assert board(store).state == "paused"


def test_a_look_at_a_live_source_says_how_many_calls_there_are(store: Store) -> None:
    for channels, words in (((), "0 calls"), (TALKING, "1 call"), ((*TALKING, *RINGING), "2 calls")):
        with freeswitch(channels) as port:
            add(store, port)
            assert told(probe(store, source(store), NOW), NOW) == f"{words} in progress"


def test_a_password_is_in_no_document_and_in_no_sentence(store: Store) -> None:
    with freeswitch() as port:
        add(store, port, "hunter2")
        with pytest.raises(SourceProblem) as problem:
            poll(store, "office", NOW)
    sources.failed(store, "office", str(problem.value), NOW)
    kept = [str(one) for name in store.db.list_collection_names() for one in store.db[name].find()]
    assert [text for text in (*kept, str(problem.value)) if "hunter2" in text] == []


def test_every_kind_says_what_it_is_and_hides_what_is_secret() -> None:
    for kind in POLLERS:
        words, fields = kinds()[kind]
        assert words
        assert [field.name for field in fields if field.kind == "secret"] == ["password"]
