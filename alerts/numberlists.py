"""The number lists: which entry a call meets, and the judging of every call that comes in."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from pymongo.client_session import ClientSession

from store import arrivals, calls, list_hits, lists
from store.arrivals import Arrival
from store.connection import transaction
from store.database import Store
from store.list_hits import Hit
from store.lists import EVERYBODY, Entry
from store.record import CDR, call_id
from store.scope import Scope


class Lists:
    """The entries made ready to be met by numbers."""

    def __init__(self, entries: Iterable[Entry], remove: Sequence[str]) -> None:
        self._remove = tuple(sorted(remove, key=len, reverse=True))
        self._prefixes: defaultdict[str, list[Entry]] = defaultdict(list)
        self._countries: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            if entry.prefix:
                self._prefixes[entry.prefix].append(entry)
            else:
                self._countries[entry.country].append(entry)
        self._lengths = sorted({len(prefix) for prefix in self._prefixes}, reverse=True)

    def __bool__(self) -> bool:
        return bool(self._prefixes or self._countries)

    def met(self, number: str, country: str, account: str) -> Entry | None:
        """The entry that decides: the longest prefix, and a whole country when there is none; of equally long
        ones that of the account before everybody's, and white before black. None when no list knows it.
        """
        bare = self._bare(number)
        for length in self._lengths:
            if found := _first(self._prefixes.get(bare[:length], ()), account):
                return found
        return _first(self._countries.get(country, ()), account)

    def _bare(self, number: str) -> str:
        """The number without what the switch puts before it, once, the longest that fits."""
        found = next((prefix for prefix in self._remove if number.startswith(prefix)), "")
        return number[len(found) :]


def _first(entries: Iterable[Entry], account: str) -> Entry | None:
    own = [entry for entry in entries if entry.tenant in (EVERYBODY, account)]
    return min(own, key=lambda entry: (entry.tenant == EVERYBODY, entry.kind != "white"), default=None)


def judged(known: Lists, found: Iterable[CDR]) -> Iterator[Hit]:
    """A hit for each call that a black list stops at."""
    for call in found:
        entry = known.met(call.destination, call.country, call.account)
        if entry is not None and entry.kind == "black":
            yield Hit(
                call_id(call),
                entry.tenant,
                entry.id,
                entry.prefix or entry.country,
                entry.words,
                call.start,
                call.switch,
                call.account,
                call.caller,
                call.destination,
                call.country,
                call.billmsec / 1000,
            )


def look(store: Store, now: datetime) -> dict[str, int]:
    """Judge the calls of the batches that came in; gives how many arrivals and hits. A batch is judged once:
    its hits and the note that it is done are one transaction, and judging it again adds nothing.
    """
    waiting = arrivals.waiting(store)
    if not waiting:
        return {}
    known = Lists(lists.entries(store), lists.remove_prefixes(store))
    hits = [hit for arrival in waiting for hit in judged(known, _calls(store, arrival))] if known else []

    def work(session: ClientSession) -> None:
        list_hits.put(store, session, hits, now)
        arrivals.done(store, session, waiting)

    transaction(store.client, work)
    return {"arrivals": len(waiting), "hits": len(hits)}


def _calls(store: Store, arrival: Arrival) -> Iterator[CDR]:
    for since, until in arrival.spans:
        yield from calls.stream(store, Scope(since, until))
