"""The calls in progress: one document a source, what its switch said when it was asked last, narrowed to
whoever looks.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, NamedTuple

from store.database import Document, Store
from store.sentence import mark
from store.sources import problem_of

NAME = "live"
MOST = 2_000
"""Calls of a source that are listed; more are counted, and every account keeps its oldest."""
FRESH = timedelta(seconds=15)
"""What was said longer ago is not about now any more."""
MORE = mark("This switch counts more calls than it lists, so there may be more of yours.")
KEPT = timedelta(days=1)
"""A source that is never asked again is forgotten after so long."""


class LiveCall(NamedTuple):
    """A call in progress. `since` is when it began and `answered` when it was answered, aware UTC; `answered`
    is None while it rings, and for a call that was answered before anybody asked.

    `number`, `country` and `direction` are those that its record will have; `legs` are channels or branches
    of it.
    """

    id: str
    since: datetime
    answered: datetime | None = None
    talking: bool = False
    caller: str = ""
    destination: str = ""
    number: str = ""
    country: str = "ZZ"
    account: str = ""
    direction: str = "unknown"
    legs: int = 1


class LiveCalls(NamedTuple):
    """What a switch says: all its calls in progress `at` a moment (aware UTC).

    `total` is more than `calls` when the switch counts calls that it cannot list, which `note` explains.
    """

    at: datetime
    calls: Sequence[LiveCall]
    total: int
    note: str = ""


class Tally(NamedTuple):
    """Calls in progress of an account to a country on a source."""

    account: str
    country: str
    ringing: int
    talking: int

    @property
    def calls(self) -> int:
        """All of them."""
        return self.ringing + self.talking


class Board(NamedTuple):
    """What one may see of a source: `calls` are listed, the oldest first, and `total` counted; `state` is ok,
    failing (with `problem`, since `failing_since`), paused or waiting (not asked for FRESH or longer).

    A board that is not ok still has the calls of `at`, when its switch answered last; None: never.
    """

    source: str
    switch: str
    state: str
    at: datetime | None = None
    total: int = 0
    talking: int = 0
    calls: tuple[LiveCall, ...] = ()
    tallies: tuple[Tally, ...] = ()
    note: str = ""
    problem: str = ""
    failing_since: datetime | None = None


def keep(store: Store, source: str, switch: str, found: LiveCalls) -> None:
    """Keep what a source's switch said. A call that was known keeps when it began; one that rang when it was
    asked last, a moment ago, was answered now.
    """
    before = store.db[NAME].find_one({"_id": source}, {"calls": 1, "at": 1}) or {}
    calls = _carried(found, before)
    tallies: Counter[tuple[str, str, bool]] = Counter((c.account, c.country, c.talking) for c in calls)
    pairs = sorted({key[:2] for key in tallies})
    document = {
        "_id": source,
        "switch": switch,
        "at": found.at,
        "expires": found.at + KEPT,
        "total": found.total,
        "note": found.note,
        "calls": [_document(call) for call in listed(calls)],
        "tallies": [[*pair, tallies[*pair, False], tallies[*pair, True]] for pair in pairs],
    }
    store.db[NAME].replace_one({"_id": source}, document, upsert=True)


def _carried(found: LiveCalls, before: Document) -> list[LiveCall]:
    known = {one["id"]: one for one in before.get("calls", ())}
    recent = bool(before) and timedelta() <= found.at - before["at"] <= FRESH
    return [_followed(call, known.get(call.id), found.at if recent else None) for call in found.calls]


def _followed(call: LiveCall, known: Document | None, answered: datetime | None) -> LiveCall:
    """A call with what is known of it; `answered` is now when a call that rang has just been answered."""
    if known is None:
        return call
    call = call._replace(since=min(call.since, known["since"]))
    if not call.talking or call.answered:
        return call
    if known.get("talking"):
        return call._replace(answered=known.get("answered"))
    return call._replace(answered=answered)


def listed(calls: Iterable[LiveCall], most: int = MOST) -> list[LiveCall]:
    """At most so many of the calls, the oldest first; every account keeps its oldest, whoever has more."""
    ordered = sorted(calls, key=attrgetter("since", "id"))
    if len(ordered) > most:
        seen: Counter[str] = Counter()
        ranks = []
        for call in ordered:
            seen[call.account] += 1
            ranks.append(seen[call.account])
        fair = sorted(range(len(ordered)), key=lambda place: (ranks[place], place))[:most]
        ordered = [ordered[place] for place in sorted(fair)]
    return ordered


_EMPTY = LiveCall._field_defaults


def _document(call: LiveCall) -> Document:
    return {name: value for name, value in call._asdict().items() if value != _EMPTY.get(name, ...)}


def boards(
    store: Store, kinds: Iterable[str], now: datetime, accounts: tuple[str, ...] | None
) -> tuple[Board, ...]:
    """What there is to see of the sources of these kinds, by switch and name; `accounts` are the only ones
    whose calls may be seen (None: all), and only who sees all is told why a switch does not answer.
    """
    said = {one["_id"]: one for one in store.db[NAME].find()}
    found = store.db["sources"].find({"kind": {"$in": list(kinds)}}, sort=[("switch", 1), ("_id", 1)])
    return tuple(_board(source, said.get(source["_id"]), now, accounts) for source in found)


def _board(source: Document, said: Document | None, now: datetime, accounts: tuple[str, ...] | None) -> Board:
    board = Board(source["_id"], source["switch"], _state(source, said, now))
    if board.state == "failing":
        problem = problem_of(source) if accounts is None else ""
        board = board._replace(problem=problem, failing_since=source.get("since"))
    if said is None or said["switch"] != source["switch"]:
        return board
    seen: Any = frozenset(accounts) if accounts is not None else None
    calls = tuple(
        LiveCall(**call) for call in said["calls"] if seen is None or call.get("account", "") in seen
    )
    tallies = tuple(Tally(*one) for one in said["tallies"] if seen is None or one[0] in seen)
    counted = sum(tally.calls for tally in tallies)
    return board._replace(
        at=said["at"],
        total=said["total"] if seen is None else counted,
        talking=sum(tally.talking for tally in tallies),
        calls=calls,
        tallies=tallies,
        note=said["note"] if seen is None else MORE if said["total"] > _counted(said) else "",
    )


def _counted(said: Document) -> int:
    """The calls of which the account is known."""
    return sum(ringing + talking for _, _, ringing, talking in said["tallies"])


def _state(source: Document, said: Document | None, now: datetime) -> str:
    if source["paused"]:
        return "paused"
    if source["state"] == "failing":
        return "failing"
    return "ok" if said and now - said["at"] <= FRESH else "waiting"


def levels(store: Store, now: datetime) -> list[tuple[str, int, dict[str, int]]]:
    """Of every source that was asked just now: its switch, its calls in progress, and those of each
    account.
    """
    found = store.db[NAME].find({"at": {"$gt": now - FRESH}}, {"switch": 1, "total": 1, "tallies": 1})
    return [(one["switch"], one["total"], _by_account(one["tallies"])) for one in found]


def fresh(store: Store, now: datetime) -> list[LiveCall]:
    """The calls that are listed by the sources that were asked just now."""
    found = store.db[NAME].find({"at": {"$gt": now - FRESH}}, {"calls": 1})
    return [LiveCall(**call) for one in found for call in one["calls"]]


def _by_account(tallies: Iterable[Sequence[Any]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for account, _, ringing, talking in tallies:
        found[account] += ringing + talking
    return dict(found)
