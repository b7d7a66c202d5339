"""The number lists: which entry a call meets, and the judging of every call that comes in."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from pymongo.client_session import ClientSession

from store import arrivals, list_hits, lists
from store.arrivals import Arrival
from store.connection import transaction
from store.database import Store
from store.list_hits import Hit
from store.lists import EVERYBODY, Entry
from store.numbers import INTERNAL
from store.record import CDR, call_id

MOST = 200
"""Batches that one look judges at most; the next one goes on."""


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
    """A hit for each call that a black list stops at, by the number as it was understood, else as it was
    dialled. A call within the switch is nobody's business.
    """
    for call in found:
        if call.country == INTERNAL:
            continue
        texts = (text for text in (call.number, call.destination) if text)
        met = (known.met(text, call.country, call.account) for text in texts)
        entry = next((one for one in met if one is not None), None)
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


def look(store: Store, now: datetime, check: Callable[[], None] = lambda: None) -> dict[str, int]:
    """Judge the calls of the batches that came in; gives how many arrivals and hits. A batch is judged once:
    its hits and the note that it is done are one transaction. `check` is called before each, and may raise.
    """
    known = Lists(lists.entries(store), lists.remove_prefixes(store))
    if not known:
        arrivals.forget(store)
        return {}
    count = hits = 0
    while count < MOST and (arrival := arrivals.first(store)):
        check()
        hits += _look(store, known, arrival, now)
        count += 1
    return {"arrivals": count, "hits": hits} if count else {}


def _look(store: Store, known: Lists, arrival: Arrival, now: datetime) -> int:
    hits = list(judged(known, arrivals.calls(store, arrival)))

    def work(session: ClientSession) -> int:
        if not arrivals.done(store, session, arrival):
            return 0
        list_hits.put(store, session, hits, now)
        return len(hits)

    return transaction(store.client, work)
