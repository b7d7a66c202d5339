"""What the page Tasks says of the worker and its jobs, and whom it says it to."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts import courier
from app.cache import Flights
from app.jobs import JOBS
from app.pages.shell import Context
from app.pages.tasks import Tasks, ask, wish
from app.tongue import Tongue, speaking
from app.viewer import EVERYBODY, Viewer
from app.views.tasks import COUNTED, NAMES, Seen, lasted, row, troubles, when, who
from ingest.sources import configure
from store import job_runs, notices, sources, tasks
from store.database import Store
from store.job_runs import JobRun
from store.lease import Leader, Lease
from store.notices import Notice
from store.sentence import Sentence
from store.tasks import Plan

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
LEADER = Leader("mill", 7, NOW - timedelta(hours=3), 4)
DONE = JobRun("proof", NOW - timedelta(seconds=30), 1.25, "done", "", {"months": 2, "mended": 0}, 7, 4)
FAILED = DONE._replace(state="failed", error="The disk is full.", counts={}, took=0.0042)
PROOF = {"_id": "proof", "words": "holds the sums against the records", "plan": "every night"}


def seen(leader: Leader | None = LEADER, **more: Any) -> Seen:
    return Seen(NOW, leader, [], {}, [])._replace(**more)


def line(paused: bool = False, leader: Leader | None = LEADER, **task: Any) -> dict[str, Any]:
    return row(PROOF | task, [], seen(leader), paused, PARIS)


LINES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    # one that never ran
    ({}, {"dot": "new", "next": "not run yet", "last": "not run yet", "counts": "", "error": ""}),
    # one that looks every few seconds and has found nothing to do
    (
        {"plan": "every 5 seconds"},
        {"dot": "idle", "next": "nothing to do so far", "last": "nothing to do so far"},
    ),
    # one that did, and when it will again, in the zone of the settings; what was not there is left out
    (
        {"last": DONE._asdict(), "next": NOW + timedelta(hours=18)},
        {"dot": "done", "next": "next Tue 24 Nov 2026 04:30", "last": "30 s ago, took 1.2 s"},
    ),
    # what was counted, without what was not there
    (
        {"last": DONE._asdict()},
        {"counts": "2 months"},
    ),
    # all that was looked for was not there
    ({"last": DONE._replace(counts={"new": 0})._asdict()}, {"dot": "done", "counts": "nothing new"}),
    # one that failed says why
    ({"last": FAILED._asdict()}, {"dot": "failed", "error": "The disk is full."}),
    # one that runs
    ({"busy": NOW - timedelta(minutes=4)}, {"dot": "running", "next": "running for 4 min"}),
    # one that rests has no next time
    ({"paused": True, "next": NOW + timedelta(minutes=9)}, {"dot": "paused", "next": "paused"}),
    # and nothing is next or running while nobody leads
    ({"leader": None, "next": NOW, "busy": NOW}, {"dot": "new", "next": "not run yet"}),
    # a wish that nobody has heeded yet
    ({"asked": NOW}, {"asked": True}),
]  # fmt: skip


@pytest.mark.parametrize(("task", "shown"), LINES)
def test_a_line_says_how_a_job_fares(task: dict[str, Any], shown: dict[str, Any]) -> None:
    found = line(**task)
    assert {name: found[name] for name in shown} == shown


def test_the_last_runs_are_bars_as_high_as_they_took_long_the_newest_last() -> None:
    bars = row(PROOF, [DONE, FAILED], seen(), False, PARIS)["runs"]
    assert [(bar["state"], bar["height"]) for bar in bars] == [("failed", 15), ("done", 100)]
    assert [bar["words"] for bar in bars] == [
        "30 s ago, 4 ms. The disk is full.",
        "30 s ago, 1.2 s. 2 months",
    ]


WHENS = [
    (timedelta(seconds=-4), "4 s ago"),
    (timedelta(minutes=12), "in 12 min"),
    # noon in Paris, then tomorrow
    (timedelta(minutes=90), "12:00"),
    (timedelta(hours=14), "Tue 24 Nov 2026 00:30"),
    (timedelta(days=-1), "Sun 22 Nov 2026 10:30"),
]


@pytest.mark.parametrize(("away", "words"), WHENS)
def test_a_moment_is_told_as_people_do(away: timedelta, words: str) -> None:
    assert when(NOW + away, NOW, PARIS) == words


def test_how_long_a_run_took_is_told_in_its_unit() -> None:
    assert [lasted(seconds) for seconds in (0.0004, 0.25, 12.34, 605)] == [
        "0 ms",
        "250 ms",
        "12.3 s",
        "10:05 min",
    ]


def test_it_is_said_who_leads_or_how_to_start_one() -> None:
    assert "Process 7 on mill</b> has led for 3 h (token 4)" in who(seen())
    assert "cdr-stats worker</code>" in who(seen(None))


def test_what_went_wrong_is_text_and_never_markup() -> None:
    notice = Notice("source <b>", "<script>alert(1)</script>", NOW - timedelta(hours=2), NOW, 3, None)
    said = troubles(seen(notices=[notice, notice._replace(over=NOW)]), PARIS)
    assert "<script>" not in said
    assert "3 times since 08:30" in said
    assert "over since 0 s ago" in said


def test_what_a_job_says_is_said_in_the_language_of_the_reader(store: Store) -> None:
    tasks.plan(
        store,
        {"mail": Plan("Carries the letters of the outbox to the mail server", "every 5 seconds")},
        0,
        NOW,
    )
    problem = Sentence("No letter can be sent: the setting {name} is empty.", name="mail_host")
    run = DONE._replace(job="mail", state="failed", error=problem, counts={"sent": 1, "failed": 2}, token=0)
    job_runs.add(store, run)
    tasks.end(store, run)
    notices.told(store, "mail", problem, NOW)
    found = seen(tasks=tasks.everything(store), notices=notices.latest(store))
    french = "Aucune lettre ne peut être envoyée : le réglage mail_host est vide."
    with speaking(Tongue("fr", "1 234,5")):
        shown = row(found.tasks[0], job_runs.history(store, ["mail"])["mail"], found, False, PARIS)
        assert (shown["error"], shown["counts"]) == (french, "1 envoyée, 2 échecs")
        assert shown["runs"][0]["words"].endswith(french)
        assert french in troubles(found, PARIS)


def test_every_job_has_a_name_for_people() -> None:
    assert set(NAMES) == set(JOBS)


def test_whatever_a_job_counts_has_words() -> None:
    letters = {"alarms", "listed", "fraud", "problems"}
    judged = {"alarms", "reports", "failed", "made", "arrivals", "hits", "findings"}
    proved = {"days", "months", "mended", "calls", "letters"}
    assert {*sources.COUNTS, *letters, *judged, *proved, *courier.Round._fields} == set(COUNTED)


def test_a_wish_goes_to_the_job_or_to_the_source(store: Store) -> None:
    configure(store, "pbx", "file", "pbx", "UTC", {"path": "/x.csv"}, "command", NOW)
    tasks.plan(store, {"proof": Plan("", ""), "source pbx": Plan("", "")}, 1, NOW)
    for name in ("proof", "source pbx"):
        wish(store, name, "pause")
        wish(store, name, "run")
    found = ask(store, Viewer("", None))
    assert [(one["_id"], one["paused"], "asked" in one) for one in found.tasks] == [
        ("proof", True, True),
        ("source pbx", True, True),
    ]
    assert (sources.get(store, "pbx") or {})["paused"]
    wish(store, "source pbx", "resume")
    wish(store, "proof", "resume")
    assert not any(one["paused"] for one in ask(store, Viewer("", None)).tasks)


def test_the_page_is_drawn_from_what_is_in_the_store(store: Store) -> None:
    Lease(store).take()
    tasks.plan(store, {"proof": Plan("Proves", "every night", NOW)}, 1, NOW)
    page = Tasks(Context(store, Flights(), viewer=EVERYBODY))
    page.page()
    assert [line["name"] for line in page.lines.rows] == ["Proof"]
    assert "has led for" in page.leader.object


def test_a_page_of_admins_tells_others_so_and_asks_nothing(
    store: Store,
) -> None:
    tasks.plan(store, {"proof": Plan("Proves", "every night")}, 1, NOW)
    page = Tasks(Context(store, Flights(), viewer=Viewer("Bob", ("2000",))))
    page.page()
    page._wished("proof", "run")
    assert (page.lines.rows, page.plain.notice.object) == ([], "<p>This page is not for you.</p>")
    assert "asked" not in tasks.everything(store)[0]


def test_a_button_that_is_none_of_the_page_is_not_heeded(store: Store) -> None:
    tasks.plan(store, {"proof": Plan("Proves", "every night")}, 1, NOW)
    heard: list[tuple[str, str]] = []
    page = Tasks(Context(store, Flights(), viewer=EVERYBODY))
    page.page()
    page.lines._wished = lambda key, act: heard.append((key, act))
    for sent in (
        {"key": "proof", "act": "drop"},
        {"key": "other", "act": "run"},
        "run",
        {"key": "proof", "act": "run"},
    ):
        page.lines._handle_msg(sent)
    assert heard == [("proof", "run")]
