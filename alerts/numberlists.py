"""The number lists: which entry a call meets, and which calls a black list stops."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from store.errors import CdrStatsError
from store.list_hits import Hit
from store.lists import EVERYBODY, Entry
from store.numbers import INTERNAL
from store.record import CDR, call_id
from store.sentence import Sentence

PREFIX = 15
"""Digits of the longest number that there is (ITU-T E.164)."""
BEFORE = 16


def prefix_of(text: str) -> str:
    """What a number begins with, in digits; raises CdrStatsError for what is none."""
    bare = text.strip().removeprefix("+")
    if not (bare.isascii() and bare.isdecimal()) or len(bare) > PREFIX:
        raise CdrStatsError(
            Sentence("{text} is no prefix: write digits with the country code, as 33699.", text=shown(text))
        )
    return bare


def before_of(text: str) -> str:
    """What a switch puts before a number; raises CdrStatsError for what it cannot be."""
    if not text or len(text) > BEFORE or set(text) - set("+*#0123456789"):
        raise CdrStatsError(
            Sentence(
                "{text} is no prefix: write up to {n} of the digits, +, * and #.", text=shown(text), n=BEFORE
            )
        )
    return text


def shown(text: str) -> str:
    """A text of anybody in a sentence."""
    return repr("".join(sign if sign.isprintable() else " " for sign in text[:40]))


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
