"""The jobs of the worker that the calendar starts, one row each; those of the sources are in app/feeds.py."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from alerts import arrived, progress, shipped, watch
from app import mailing
from app.commands.proof import described
from app.runs import Counts, Run, Work
from app.schedule import When, every, nightly
from app.tongue import mark
from store import concurrency, months, proofs, retention
from store import verify as proof
from store.database import Store
from store.periods import following
from store.proofs import Proof
from store.sentence import Sentence
from store.settings import Settings
from store.sums import month_of

MENDED = mark("Differences of sums and records in {month}, found and mended: {n}; the first: {first}")


class Job(NamedTuple):
    """A job: what it does in words, when, the function that does it and counts, and whether it is wanted."""

    words: str
    when: Callable[[Settings], When]
    work: Work
    wanted: Callable[[Settings], bool] = lambda _: True


def sweep(run: Run) -> Counts:
    """Count the concurrent calls of the days that changed."""
    return {"days": concurrency.refresh(run.store)}


def prove(run: Run) -> Counts:
    """Hold the sums against the records of every month that took batches since it was proved, also late ones
    of long ago, and of one more month in turn; mend and tell what differs.
    """
    found = [_prove(run, month) for month in due(run.store)]
    return {"months": len(found), "mended": sum(found)}


def due(store: Store) -> list[str]:
    """The UTC months (`202611`) to be proved: those that changed, and the one whose proof is the oldest."""
    batches, proved = months.batches(store), proofs.everything(store)
    known = [f"{month:%Y%m}" for month in proof.months(store)]
    changed = [m for m in known if m not in proved or proved[m].batches != batches.get(m, 0)]
    rest = sorted(set(known) - set(changed), key=lambda month: (proved[month].at, month))
    return sorted([*changed, *rest[:1]])


def _prove(run: Run, month: str) -> int:
    """Prove a month and mend it; gives how many differences there were."""
    run.check()
    # counted first: a batch that comes in meanwhile has the month proved again
    batches, since = months.batches(run.store).get(month, 0), month_of(month)
    until = following(since, "month")
    wrong = proof.verify(run.store, since, until)
    if wrong:
        run.check()
        proof.rebuild(run.store, since, until)
        told = {"n": len(wrong), "month": f"{since:%Y-%m}", "first": described(wrong[0])}
        run.tell(Sentence(MENDED, **told))
    proofs.note(run.store, Proof(month, run.now(), batches), len(wrong))
    return len(wrong)


def drop(run: Run) -> Counts:
    """Drop the records of the months of which all calls are older than the settings keep; each is proved
    before, for it cannot be any more.
    """
    days = run.store.settings.retention_days
    if not days:
        return {}
    end = run.now() - timedelta(days=days)
    over = [month for month in proof.months(run.store, until=end) if following(month, "month") <= end]
    calls = 0
    for month in over:
        name = f"{month:%Y%m}"
        _prove(run, name)
        run.check()
        calls += retention.drop(run.store, name)
    return {"months": len(over), "calls": calls}


def judge(run: Run) -> Counts | None:
    """Judge the alarms whose windows closed; a new database is given the shipped ones first."""
    made = shipped.install(run.store, run.now())
    return watch.look(run.store, run.now()) or ({"made": made} if made else None)


def arrive(run: Run) -> Counts | None:
    """Judge the calls that came in by the number lists and the fraud rules."""
    return arrived.look(run.store, run.now(), run.check) or None


def ongoing(run: Run) -> Counts | None:
    """Judge the calls in progress by the fraud rules."""
    found = progress.look(run.store, run.now())
    return {"findings": found} if found else None


JOBS: dict[str, Job] = {
    "alarms": Job(
        mark("Judges the alarms whose windows closed, and writes reports of what changed"), every(15), judge
    ),
    "arrivals": Job(mark("Judges the calls that came in by number lists and fraud rules"), every(10), arrive),
    "concurrent": Job(mark("Counts the concurrent calls of the days that changed"), every(300), sweep),
    "letters": Job(
        mark("Writes letters of what happened and puts them into the outbox"), every(10), mailing.letters
    ),
    "mail": Job(
        mark("Carries the letters of the outbox to the mail server"),
        every(5),
        mailing.mail,
        mailing.has_server,
    ),
    "mail-report": Job(
        mark("Puts the mail reports that are due into the outbox"), every(60), mailing.reports
    ),
    "ongoing": Job(mark("Judges the calls in progress by the fraud rules"), every(10), ongoing),
    "proof": Job(
        mark(
            "Holds the sums of months that changed, and of one more in turn, against the records, and mends "
            "them"
        ),
        nightly(4, 20),
        prove,
    ),
    "retention": Job(
        mark("Drops records that are older than the settings keep; their sums stay"),
        nightly(5, 20),
        drop,
        lambda settings: settings.retention_days > 0,
    ),
    "webhooks": Job(mark("Posts the webhooks of alarms"), every(5), mailing.webhooks),
}
