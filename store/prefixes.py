"""The prefix table: which country the first digits of a number belong to, compiled from phonenumbers.

Countries that share a calling code (+1, +7, +39, +44 ...) are told apart by regular expressions over whole
numbers. These are not sampled but walked, all of one calling code together and digit by digit (partial
derivatives, Antimirov 1996), until only one country can still match; its prefix goes into the table. The
longest prefix of the table then is the answer.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from phonenumbers.phonemetadata import PhoneMetadata

from store.patterns import DIGITS, OneOf, Reader, Repeat, Sequence, States, step

NOWHERE = "ZZ"
NETWORK = "001"
LONGEST = 8  # digits of a prefix with the calling code; more than that only tells invalid numbers apart

KINDS = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "uan",
    "pager",
    "voicemail",
)

# The metadata finds Western Sahara's area codes in Morocco's pattern first; they are known, so they are kept.
CORRECTIONS = {"2125288": "EH", "2125289": "EH"}

Candidates = tuple[tuple[str, States], ...]
Tree = tuple[str, dict[str, str]]

ANY = OneOf(frozenset(DIGITS))
REST: Sequence = (Repeat((ANY,), 0, 15),)


def metadata(region: str, code: int) -> PhoneMetadata | None:
    """The metadata of a country, or of the calling code of an international network."""
    if region == NETWORK:
        return PhoneMetadata.metadata_for_nongeo_region(code, None)
    return PhoneMetadata.metadata_for_region(region, None)


def patterns(found: PhoneMetadata) -> Iterator[str]:
    """The regular expressions of a country's national numbers, one a kind of number."""
    for kind in KINDS:
        pattern = getattr(getattr(found, kind), "national_number_pattern", None)
        if pattern:
            yield pattern


def start(region: str, code: int) -> States:
    """Where the walk begins: as the library does, 'leading digits' decide alone where a country has them."""
    found = metadata(region, code)
    if found is None:
        return frozenset()
    if found.leading_digits is not None:
        return frozenset({Reader(found.leading_digits).alternatives() + REST})
    return frozenset(Reader(pattern).alternatives() for pattern in patterns(found))


@cache
def tree(candidates: Candidates, left: int) -> Tree | None:
    """The country of most numbers from here on, and the digits behind which it is another; None: no number.

    `candidates` stand in the library's order, which decides when several match to the end; `left` digits may
    be taken.
    """
    live = tuple((region, states) for region, states in candidates if states)
    if len(live) < 2 or not left:
        return (live[0][0], {}) if live else None
    branches = {digit: tree(tuple((r, step(s, digit)) for r, s in live), left - 1) for digit in DIGITS}
    return merged({digit: found for digit, found in branches.items() if found}, live[0][0])


def merged(branches: Mapping[str, Tree], first: str) -> Tree:
    """One tree out of those behind each digit; `first` when there is none."""
    most = Counter(region for region, _ in branches.values()).most_common(1)
    region = most[0][0] if most else first
    return region, dict(exceptions(branches, region))


def exceptions(branches: Mapping[str, Tree], region: str) -> Iterator[tuple[str, str]]:
    """The digits behind which the country is not `region`."""
    for digit, (below, inner) in branches.items():
        if below != region:
            yield digit, below
        yield from ((digit + more, other) for more, other in inner.items())


def prefixes_of(code: int, regions: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The rows of the table for one calling code; numbers of no country go to the first, the main one."""
    main, text = regions[0], str(code)
    yield text, main
    if len(regions) == 1:
        return
    known = tuple((region, start(region, code)) for region in regions)
    branches = {d: tree(tuple((r, step(s, d)) for r, s in known), LONGEST - len(text) - 1) for d in DIGITS}
    found = exceptions({digit: branch for digit, branch in branches.items() if branch}, main)
    yield from ((text + digits, region) for digits, region in found)


@cache
def prefixes() -> Mapping[str, str]:
    """The table: prefix of an E.164 number without + -> ISO alpha-2, or '001' (international network)."""
    rows = (
        row for code, regions in COUNTRY_CODE_TO_REGION_CODE.items() for row in prefixes_of(code, regions)
    )
    table = MappingProxyType(dict(rows) | CORRECTIONS)
    tree.cache_clear()
    step.cache_clear()
    return table


@cache
def plan(country: str) -> re.Pattern[str]:
    """The valid E.164 numbers of a country, without +; for an unknown country it matches nothing."""
    codes = [code for code, regions in COUNTRY_CODE_TO_REGION_CODE.items() if country in regions]
    found = [(code, metadata(country, code)) for code in codes]
    parts = [f"{code}(?:{'|'.join(patterns(data))})" for code, data in found if data]
    return re.compile("|".join(parts) or "(?!)")


@cache
def heads() -> Mapping[str, tuple[str, int]]:
    """By the first three digits: the country, and how long the longest prefix is that begins with them."""
    table = prefixes()
    longest = {prefix[:3]: len(prefix) for prefix in sorted(table, key=len)}
    return MappingProxyType(
        {head: (by_prefix(head), longest.get(head, 3)) for head in (f"{number:03}" for number in range(1000))}
    )


def by_prefix(digits: str) -> str:
    """The country of the longest prefix of the table that these digits begin with, 'ZZ' for none."""
    table = prefixes()
    found = (table.get(digits[:length]) for length in range(min(LONGEST, len(digits)), 0, -1))
    return next(filter(None, found), NOWHERE)


@cache
def ranges(country: str) -> tuple[str, ...]:
    """What the numbers of a country begin with, each a prefix that no other country has: its calling code
    and the digits that may follow it, or, where countries share the code, as many digits as tell them apart.
    None for what is no country.
    """
    found: list[str] = []
    for code, regions in COUNTRY_CODE_TO_REGION_CODE.items():
        if country in regions and country != NETWORK:
            found += _ranges(str(code), country, start(country, code), len(str(code)))
    return tuple(sorted(found))


def _ranges(prefix: str, country: str, states: States, code: int) -> Iterator[str]:
    below = [name for one, name in prefixes().items() if one.startswith(prefix) and one != prefix]
    own, alone = by_prefix(prefix) == country, all(name == country for name in below)
    if own and alone:
        yield prefix
    if len(prefix) == code or (not (own and alone) and (own or country in below)):
        for digit in DIGITS if len(prefix) < LONGEST else ():
            if further := step(states, digit):
                yield from _ranges(prefix + digit, country, further, code)


def country_of(e164: str) -> str:
    """The country of an E.164 number without +, by its longest prefix: ISO alpha-2, '001', or 'ZZ'."""
    country, longest = heads().get(e164[:3], (NOWHERE, LONGEST))
    return country if longest == 3 else by_prefix(e164)


def valid(e164: str) -> bool:
    """Whether the plan of its country has numbers like this; digits without +."""
    return plan(country_of(e164)).fullmatch(e164) is not None
