"""`verify` and `rebuild`: what is kept held against the records, and mended."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.common import moment_of, numbered, opened, shown
from store.errors import CdrStatsError

if TYPE_CHECKING:
    from store.database import Store
    from store.verify import Difference

SHOWN = 50
CELLS = 3
"""So many differences are shown, and so many cells or minutes of each."""
GRAINS = {"h": "%Y-%m-%d %H:00", "d": "%Y-%m-%d", "m": "%Y-%m"}
STAMPS = {"h": "%Y%m%d%H", "d": "%Y%m%d", "m": "%Y%m"}
PERIODS = {"h": "hour", "d": "day", "m": "month"}
MEASURES = (
    "{:,} calls",
    "{:,} answered",
    "{:,} ms of duration",
    "{:,} ms of talk",
    "{:,} effective",
    "{:,} short",
    "{:,} ms of post-dial delay",
    "{:,} with a known post-dial delay",
)
"""The measures of a cell in words, in the order of metrics.MEASURES."""

Since = Annotated[str, typer.Option(help="Only the UTC months from this date on.")]
Until = Annotated[str, typer.Option(help="Only the UTC months before this date.")]
Window = tuple[datetime | None, datetime | None]


def verify(since: Since = "", until: Until = "") -> None:
    """Prove what is kept: count every record anew and say what differs. Exits with 1 when something does."""
    from store import verify as proof

    window = _window(since, until)
    with opened() as store:
        months = proof.months(store, *window)
        found = proof.verify(store, *window)
        _tell_of_sealed(store)
    if not months:
        print("There was nothing to compare: no month with calls is in the store, or in that time.")
    elif not found:
        print(f"The sums agree with the records of {numbered(len(months), 'month')}.")
    for difference in found[:SHOWN]:
        print(described(difference))
    if found:
        raise CdrStatsError(f"{numbered(len(found), 'difference')} found; cdr-stats rebuild mends.")


def rebuild(since: Since = "", until: Until = "") -> None:
    """Mend what is kept: everything that differs from the records is made to say what they say."""
    from store.verify import rebuild as mend

    window = _window(since, until)
    with opened() as store:
        mended = mend(store, *window)
        _tell_of_sealed(store)
    print(
        f"{numbered(mended, 'difference')} mended." if mended else "Nothing to mend: sums and records agree."
    )


def _tell_of_sealed(store: "Store") -> None:
    from store import months

    if months.sealed(store):
        end = f"{months.horizon(store):%Y-%m-%d}"
        print(f"The records before {end} (UTC) are dropped: the sums of that time stay as they are.")


def _window(since: str, until: str) -> Window:
    first = moment_of(since, "UTC", "--since") if since else None
    last = moment_of(until, "UTC", "--until") if until else None
    if first and last and last <= first:
        raise CdrStatsError("--until is not after --since; --since is inclusive and --until exclusive.")
    return first, last


def described(difference: "Difference") -> str:
    """A difference in one line: whose, of what time, what is kept and what the records say."""
    return shown(KINDS[difference.what](difference))


def _of_catalog(difference: "Difference") -> str:
    kind, name = difference.key.split("|")
    return f"{_who(*((name, '*') if kind == 'accounts' else ('*', name)))} is not in the list of {kind}."


def _of_day(difference: "Difference") -> str:
    switch, day = difference.key.split("|")
    stored, counted = (side.get("concurrent", {}) for side in difference[1:3])
    told = [
        f"at {minute} {stored[minute][0]:,} are kept, the records say {counted[minute][0]:,}"
        for minute in list(stored)[:CELLS]
    ]
    when = f"{datetime.strptime(day, STAMPS['d']):{GRAINS['d']}}"
    return f"{_who('*', switch)}, concurrent calls of {when} (UTC): {_joined(told, len(stored), 'minute')}."


def _of_sums(difference: "Difference") -> str:
    account, switch, grain, stamp = difference.key.split("|")
    when = f"{PERIODS[grain]} {datetime.strptime(stamp, STAMPS[grain]):{GRAINS[grain]}}"
    cells = list(_cells(difference))
    return f"{_who(account, switch)}, {when} (UTC): {_joined(cells[:CELLS], len(cells), 'figure')}."


def _cells(difference: "Difference") -> Iterator[str]:
    """Each cell that differs: what the sums and what the records say, just the measures that differ."""
    stored, counted = difference.stored, difference.counted
    for facet in sorted(stored.keys() | counted.keys(), key=lambda facet: (facet != "total", facet)):
        for word in sorted(stored.get(facet, {}).keys() | counted.get(facet, {}).keys()):
            kept, right = stored.get(facet, {}).get(word, []), counted.get(facet, {}).get(word, [])
            pairs = list(zip_longest(kept, right, MEASURES[: max(len(kept), len(right))], fillvalue=0))
            wrong = [(a, b, str(words)) for a, b, words in pairs if a != b]
            if wrong:
                place = "" if facet == "total" else f"{facet} {_named(word)}: "
                said = ", ".join(words.format(a) for a, _, words in wrong)
                yield f"{place}the sums say {said}, the records {', '.join(w.format(b) for _, b, w in wrong)}"


def _joined(told: Sequence[str], count: int, word: str) -> str:
    more = f"; and {numbered(count - len(told), f'more {word}')}" if count > len(told) else ""
    return f"{'; '.join(told)}{more}"


def _who(account: str, switch: str) -> str:
    """Whose calls a bucket counts."""
    whose = f"account {_named(account)}" if account != "*" else ""
    on = f"switch {_named(switch)}" if switch != "*" else ""
    words = " on ".join(filter(None, (whose, on))) or "all calls"
    return words[0].upper() + words[1:]


def _named(name: str) -> str:
    from store.buckets import unescape

    return unescape(name) or "''"


KINDS = {"sums": _of_sums, "concurrent": _of_day, "catalog": _of_catalog}
