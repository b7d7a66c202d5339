"""How long a look at a thousand alarms takes over millions of calls, and a backtest of ninety days."""

from datetime import timedelta
from itertools import cycle, islice

from alerts.alarms import REFERENCES
from alerts.backtest import backtest, rejudged
from alerts.watch import look
from bench.ground import UNTIL, console, ground, sample_file, seconds
from ingest.importer import run
from ingest.recipe import Options
from store import alarms, catalog
from store.alarms import Alarm
from store.database import Store

COUNT, CALLS, ROUNDS = 1_000, 5_000_000, 5
RULES = (
    Alarm(period="hour", metric="asr", condition="less", warning=40, critical=20),
    Alarm(period="hour", metric="calls", condition="unusual_high", reference="usual", warning=4, critical=8),
    Alarm(period="hour", metric="minutes", condition="increase_percent", reference="week", warning=100),
    Alarm(period="day", metric="acd", condition="decrease", reference="previous", warning=30),
    Alarm(period="day", metric="ner", condition="less", reference="", warning=80),
)
"""An account each, so that no two of the thousand share a bucket but by their window."""


def _fill(store: Store) -> None:
    accounts = [name for name in catalog.accounts(store) if name]
    rules = islice(zip(cycle(RULES), cycle(accounts), strict=False), COUNT)
    for place, (rule, account) in enumerate(rules):
        named = rule._replace(
            name=f"{place}", accounts=(account,), countries=("FR",) if place % 7 == 0 else ()
        )
        alarms.add(store, named, UNTIL)


def show() -> None:
    """A look when an hour and a day have just closed for every alarm, and the form's backtest."""
    with ground() as store, sample_file(CALLS) as path:
        run(store, path, Options())
        _fill(store)
        spent = []
        for back in range(ROUNDS):
            now = UNTIL - timedelta(days=back) + timedelta(minutes=2)
            store.db[alarms.NAME].update_many({}, {"$set": {"status.checked": now - timedelta(minutes=30)}})
            spent.append(seconds(lambda now=now: look(store, now)))  # type: ignore[misc]
        console.print(
            f"{COUNT:,} alarms ({len(REFERENCES)} references) are judged over {CALLS:,} calls in "
            f"{min(spent):.2f} to {max(spent):.2f} s: one window each."
        )
        rule = RULES[1]._replace(name="backtest")
        first = seconds(lambda: backtest(store, rule, UNTIL))
        held = backtest(store, rule, UNTIL)
        moved = seconds(lambda: rejudged(held, rule._replace(warning=5)))
        console.print(
            f"A backtest of {len(held.frame):,} hours with six weeks before each: {first:.2f} s; "
            f"judged anew with another threshold: {moved * 1000:.0f} ms.\n"
        )
