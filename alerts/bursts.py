"""The fraud rules that look at the calls of a quarter of an hour: pure functions of calls in the order of
their start.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from alerts.traffic import NOTHING, Call
from store.number_kinds import kind_of
from store.record import EPOCH

K = TypeVar("K", bound=Hashable)
QUARTER = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
RANGE = 4
"""Numbers that differ in so many last digits alone are one range."""
SHORT_SHARE = 0.8
"""Of the calls to or from a range so many have to be short."""
SPREAD = 0.5
"""And so many of them to different numbers: who tries one number again and again is no robot."""


class Met(NamedTuple):
    """A rule that was met: whose calls, about what, the value, and the calls themselves, with what shows
    them.
    """

    account: str
    subject: str
    value: float
    calls: Sequence[Call]
    filter: Mapping[str, list[str]]


Limit = Callable[[str], float]
"""The limit for an account."""


def quarter_of(moment: datetime) -> datetime:
    """The start of the quarter of an hour in which a moment lies."""
    return EPOCH + (moment - EPOCH) // QUARTER * QUARTER


def of_kind(kind: str, calls: Iterable[Call], limit: Limit) -> Iterator[Met]:
    """Accounts that called so many numbers of a kind of store.number_kinds."""
    wanted = (call for call in calls if call.outgoing and kind_of(call.number) == kind)
    for account, same in _by(wanted, lambda call: call.account):
        if len(same) >= limit(account):
            yield Met(account, _common(call.number for call in same), len(same), same, _called(account, same))


def from_range(calls: Iterable[Call], limit: Limit) -> Iterator[Met]:
    """Wangiri: so many short calls to different numbers from one range abroad, which wait for being called
    back.
    """
    wanted = (c for c in calls if c.direction in ("in", "unknown") and c.origin not in ("", *NOTHING))
    for head, same in _by(wanted, lambda call: call.caller[:-RANGE]):
        if head and _robot(same, limit("")):
            shown = {"direction": [same[0].direction], "caller": [f"begins:{head}"]}
            yield Met(_whose(same), head, len(_short(same)), same, shown)


def from_caller(calls: Iterable[Call], limit: Limit) -> Iterator[Met]:
    """So many short calls to different numbers from one caller."""
    wanted = (call for call in calls if call.caller and not call.within)
    for caller, same in _by(wanted, lambda call: call.caller):
        if _robot(same, limit(_whose(same))):
            yield Met(_whose(same), caller, len(_short(same)), same, {"caller": [f"equals:{caller}"]})


def to_prefix(calls: Iterable[Call], limit: Limit) -> Iterator[Met]:
    """So many short calls of an account to different numbers of one range abroad."""
    wanted = (call for call in calls if call.outgoing and call.abroad)
    for (account, head), same in _by(wanted, lambda call: (call.account, call.number[:-RANGE])):
        if head and _robot(same, limit(account)):
            shown = _called(account, same, RANGE)
            yield Met(account, head, len(_short(same)), same, shown)


def per_minute(calls: Sequence[Call], limit: Limit, since: datetime) -> Iterator[Met]:
    """So many calls of an account within any sixty seconds that end at `since` or later; calls of the minute
    before belong to it.
    """
    for account, same in _by(calls, lambda call: call.account):
        first = most = 0
        for i, call in enumerate(same):
            while same[first].start <= call.start - MINUTE:
                first += 1
            most = max(most, i + 1 - first) if call.start >= since else most
        if account and most >= limit(account):
            own = [call for call in same if call.start >= since]
            yield Met(account, "", most, own, {"account": [account]})


def in_sequence(calls: Iterable[Call], limit: Limit) -> Iterator[Met]:
    """So many numbers of an account that follow each other, called in any order: somebody counts them up."""
    wanted = (call for call in calls if call.outgoing and call.number.isdecimal())
    for account, same in _by(wanted, lambda call: call.account):
        run = _run(sorted({int(call.number) for call in same}))
        if len(run) >= limit(account):
            own = [call for call in same if int(call.number) in run]
            yield Met(account, _common(call.number for call in own), len(run), own, _called(account, own))


def _by(calls: Iterable[Call], key: Callable[[Call], K]) -> list[tuple[K, list[Call]]]:
    found: defaultdict[K, list[Call]] = defaultdict(list)
    for call in calls:
        found[key(call)].append(call)
    return list(found.items())


def _short(calls: Iterable[Call]) -> list[Call]:
    return [call for call in calls if call.short]


def _robot(calls: Sequence[Call], limit: float) -> bool:
    short = _short(calls)
    different = len({call.number or call.destination for call in short})
    return limit <= len(short) >= SHORT_SHARE * len(calls) and different >= SPREAD * len(short)


def _run(numbers: Sequence[int]) -> range:
    """The longest run of numbers that follow each other, of those in order."""
    best = range(0)
    first = 0
    for i, number in enumerate(numbers):
        if i and number != numbers[i - 1] + 1:
            first = i
        if i + 1 - first > len(best):
            best = range(numbers[first], number + 1)
    return best


def _common(texts: Iterable[str]) -> str:
    """What all of them begin with: what the first and the last in their order begin with."""
    ordered = sorted(texts)
    first, last = ordered[0], ordered[-1]
    return first[
        : next((i for i, sign in enumerate(first) if not last.startswith(first[: i + 1])), len(first))
    ]


def _whose(calls: Sequence[Call]) -> str:
    """The account of all of these calls; '' where they have several."""
    accounts = {call.account for call in calls}
    return accounts.pop() if len(accounts) == 1 else ""


def _called(account: str, calls: Sequence[Call], less: int = 0) -> dict[str, list[str]]:
    """What shows an account's calls to what they have in common, as it was dialled, without so many of the
    last digits.
    """
    shown = {"account": [account]} if account else {}
    shortest = min(len(call.destination) for call in calls) - less
    if first := _common(call.destination for call in calls)[: max(shortest, 0)]:
        shown["destination"] = [f"begins:{first}"]
    elif len({call.country for call in calls}) == 1:
        shown["country"] = [calls[0].country]
    return shown
