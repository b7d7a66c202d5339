"""The fraud rules that look at the calls in progress, so that somebody knows while these can be ended."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from alerts.bursts import QUARTER, quarter_of
from alerts.fraud import active, limit_of
from store import fraud_events, live
from store.database import Store
from store.fraud_events import Finding
from store.fraud_rules import Choice
from store.numbers import INTERNAL

LONG, MANY = "long-call", "at-once"


def look(store: Store, now: datetime) -> int:
    """Judge the calls in progress at `now` (aware UTC); gives how many findings there are."""
    chosen = active(store)
    found = [*_long(store, chosen, now), *_many(store, chosen, now)]
    fraud_events.keep(store, found, now)
    return len(found)


def _long(store: Store, chosen: Mapping[str, Choice], now: datetime) -> Iterator[Finding]:
    """Calls that have lasted so many minutes; of those within a switch nobody pays."""
    if LONG not in chosen:
        return
    limit = limit_of(chosen[LONG])
    for call in live.fresh(store, now):
        length = now - (call.answered or call.since)
        minutes = length.total_seconds() / 60
        if call.talking and call.country != INTERNAL and minutes >= limit(call.account):
            about = call.destination or call.caller
            shown = {"account": [call.account], "destination": [f"equals:{call.destination}"]}
            yield Finding(
                LONG,
                call.since,
                now,
                call.account,
                about,
                minutes,
                limit(call.account),
                1,
                length.total_seconds(),
                call.since,
                shown if call.destination else {"account": [call.account]},
            )


def _many(store: Store, chosen: Mapping[str, Choice], now: datetime) -> Iterator[Finding]:
    """Accounts that have so many calls in progress, over all switches."""
    if MANY not in chosen:
        return
    counts: Counter[str] = Counter()
    for _, _, accounts in live.levels(store, now):
        counts.update(accounts)
    limit, since = limit_of(chosen[MANY]), quarter_of(now)
    for account, count in counts.items():
        if account and count >= limit(account):
            shown = {"account": [account]}
            span = since, since + QUARTER
            yield Finding(MANY, *span, account, "", count, limit(account), count, 0.0, since, shown)
