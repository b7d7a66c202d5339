"""How long a look at a thousand alarms takes over millions of calls, and a backtest of ninety days."""

from datetime import timedelta
from itertools import cycle, islice, product

from alerts.alarms import REFERENCES
from alerts.backtest import backtest, rejudged
from alerts.watch import look
from bench.ground import DAYS, UNTIL, console, ground, sample_file, seconds
from ingest.importer import run
from ingest.recipe import Options
from store import alarms, catalog, queries
from store.alarms import Alarm
from store.database import Store
from store.scope import Scope

COUNT, CALLS, ROUNDS = 1_000, 5_000_000, 5
RULES = (
    Alarm(period="hour", metric="asr", condition="less", warning=40, critical=20),
    Alarm(period="hour", metric="calls", condition="unusual_high", reference="usual", warning=4, critical=8),
    Alarm(period="hour", metric="minutes", condition="increase_percent", reference="week", warning=100),
    Alarm(period="day", metric="acd", condition="decrease", reference="previous", warning=30),
    Alarm(period="day", metric="ner", condition="less", reference="", warning=80),
)


def _fill(store: Store) -> None:
    """Each alarm has an account and a country of its own, so that no two of them ask for the same calls."""
    scope = Scope(UNTIL - timedelta(days=DAYS), UNTIL)
    countries = queries.countries(store, scope)["country"].tolist()
    filters = product(countries, [name for name in catalog.accounts(store) if name])
    for place, (rule, (country, account)) in enumerate(
        islice(zip(cycle(RULES), filters, strict=False), COUNT)
    ):
        alarms.add(store, rule._replace(name=f"{place}", accounts=(account,), countries=(country,)), UNTIL)


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
