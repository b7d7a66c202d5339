"""What the fraud rules cost and find: ninety days of an import, and a look at a busy switch while it runs."""

from collections import Counter
from datetime import timedelta
from random import Random

from alerts.arrived import look
from bench.ground import DAYS, SEED, UNTIL, console, ground, sample_file, seconds
from ingest.importer import run
from ingest.recipe import Options
from ingest.stories import stories
from store import arrivals, fraud_events
from store.batch import prepare
from store.ledger import commit
from store.record import CDR
from tests.cast import call

CALLS = 200_000
BUSY, LATELY, ACCOUNTS = 15_000, 170, 400
"""Calls of a quarter of an hour, of the last ten seconds of it, and whose they are: 1.4 million a day."""


def show() -> None:
    """Both, each on a store of its own."""
    _import()
    _busy()


def _import() -> None:
    with ground() as store, sample_file(CALLS) as path:
        imported = seconds(lambda: run(store, path, Options()))
        spent = seconds(lambda: look(store, UNTIL))
        events = fraud_events.events(store, limit=10_000)
    told = stories(DAYS, CALLS, SEED, UNTIL)
    days = {(one.since + n * timedelta(days=1)).date() for one in told for n in (-1, 0)}
    false = [one for one in events if one.since.date() not in days]
    counts = sorted(Counter(one.rule for one in events).items())
    console.print(
        f"{CALLS:,} calls of {DAYS} days judged by all rules in {spent:.1f} s, "
        f"{1e6 * spent / CALLS:.0f} us a call ({spent / imported:.2f} of their import). "
        f"Found: {', '.join(f'{rule} {count}' for rule, count in counts)}; "
        f"on days without a story: {len(false)}."
    )


def _busy() -> None:
    chance = Random(SEED)
    quarter = UNTIL - timedelta(minutes=15)

    def made(name: str, after: float) -> CDR:
        number = f"331{chance.randrange(10**8):08}"
        start = quarter + timedelta(seconds=after)
        account = str(chance.randrange(ACCOUNTS))
        return call(name, start, 60, 50, account=account, number=number, destination=f"+{number}")

    with ground() as store:
        commit(store, prepare([made(f"a{i}", chance.uniform(0, 890)) for i in range(BUSY - LATELY)]))
        arrivals.forget(store)
        for i in range(LATELY):
            commit(store, prepare([made(f"b{i}", chance.uniform(890, 900))]))
        spent = seconds(lambda: look(store, UNTIL))
    console.print(
        f"A look at {LATELY} calls that came in one by one, in a quarter of an hour of {BUSY:,}: "
        f"{1000 * spent:.0f} ms."
    )
