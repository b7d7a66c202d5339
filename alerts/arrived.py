"""The judging of every call that comes in, by the number lists and by the fraud rules, each once."""

from collections.abc import Callable, Sequence
from datetime import datetime

from pymongo.client_session import ClientSession

from alerts import fraud
from alerts.numberlists import Lists, judged
from store import arrivals, fraud_events, list_hits, lists
from store.arrivals import Arrival
from store.connection import transaction
from store.database import Store
from store.fraud_rules import Choice

MOST = 200
"""So many times one look takes what waits; the next one goes on."""


def look(store: Store, now: datetime, check: Callable[[], None] = lambda: None) -> dict[str, int]:
    """Judge the calls of the batches that came in; gives how many batches, hits of lists and findings of
    rules. What was judged and the note that it is done are one transaction. `check` is called before each,
    and may raise.

    Raises QueryTimeout where counting takes too long; what was not judged waits.
    """
    known = Lists(lists.entries(store), lists.remove_prefixes(store))
    chosen = {name: one for name, one in fraud.active(store).items() if not fraud.RULES[name].live}
    if not (known or chosen):
        arrivals.forget(store)
        return {}
    counts = {"arrivals": 0, "hits": 0, "findings": 0}
    for _ in range(MOST):
        waiting = arrivals.waiting(store)
        if not waiting:
            break
        check()
        hits, found = _look(store, known, chosen, waiting, now)
        for name, count in (("arrivals", len(waiting)), ("hits", hits), ("findings", found)):
            counts[name] += count
    return counts if counts["arrivals"] else {}


def _look(
    store: Store, known: Lists, chosen: dict[str, Choice], waiting: Sequence[Arrival], now: datetime
) -> tuple[int, int]:
    calls = list(arrivals.calls(store, waiting))
    hits, looked = list(judged(known, calls)), fraud.judged(store, chosen, calls)

    def work(session: ClientSession) -> tuple[int, int]:
        if not arrivals.done(store, session, waiting):
            session.abort_transaction()
            return 0, 0
        list_hits.put(store, session, hits, now)
        fraud_events.replace(store, session, looked.judged, looked.found, now)
        return len(hits), len(looked.found)

    return transaction(store.client, work)
