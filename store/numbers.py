"""Numbers as switches write them: which call is internal, what the E.164 number is, and whose country it has.

The rules, in their order, for one text:

1. Of `"Bob" <sip:+33612345678@host;user=phone>` the user part counts; blanks, dots, dashes, brackets go.
2. At most `internal_max_digits` digits are an extension: internal. So is what begins with a letter, `*` or
   `#`: a name, Asterisk's `s`, `h` and `i`, a feature code such as `*97`. 'anonymous' and its like, and
   nothing at all, are unknown.
3. The longest of `remove_prefixes` that fits is removed, once (a tech prefix `1234#`, an outside line `9`).
4. An international prefix (`+`, `00`, and that of the local country, such as 011) makes the rest E.164.
5. Without one, the number is read as a national number of `local_country`, with and without its trunk
   prefix, and as E.164 that lacks its +; the reading that gives a valid number wins. When both do, what had
   a trunk prefix or at most 10 digits is national. When neither does, a number with a trunk prefix or of at
   most 9 digits is national (the predecessor's rule) and a longer one E.164. `local_max_digits` decides
   instead of that when it is set: numbers up to there are national.
6. With no `local_country` a number of 6 to 10 digits is taken for E.164 only when it is a valid one, one of
   11 to 15 always; the rest is unknown, for a guess would be shown as a fact.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple, Self

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from phonenumbers.phonemetadata import PhoneMetadata

from store.prefixes import NOWHERE, valid
from store.prefixes import country_of as country_of

INTERNAL = "internal"
KEPT = 64  # characters of a text that is no number
CACHED = 65_536

# besides the visible ones: blanks, dashes and direction marks that a number copied from a page brings along
SEPARATORS = dict.fromkeys(
    map(ord, " .-()/\t\r\n\x0b\x0c\xa0\u2007\u200b\u200e\u200f\u2010\u2011\u2012\u2013\u202a\u202c\u202f")
)
INSIDE = re.compile(r"<([^<>]*)>\s*$")
SCHEME = re.compile(r"(?:sips?|tel):", re.IGNORECASE)
WITHHELD = frozenset(
    {"anonymous", "invalid", "none", "null", "private", "restricted", "unavailable", "unknown"}
)


class Numbering(NamedTuple):
    """How one switch writes numbers. `local_country` is ISO alpha-2; the digits are counts of digits."""

    remove_prefixes: tuple[str, ...] = ("+", "00")
    local_country: str | None = None
    internal_max_digits: int = 5
    local_max_digits: int | None = None
    trunk_prefix: str | None = "0"
    international_prefixes: tuple[str, ...] = ("+", "00")

    @classmethod
    def from_settings(cls, settings: object) -> Self:
        """From any object with attributes of these names; what it does not have keeps its default.

        Raises ValueError when `local_country` is no country.
        """
        told = {name: getattr(settings, name) for name in cls._fields if hasattr(settings, name)}
        for name in ("remove_prefixes", "international_prefixes"):
            if name in told:
                told[name] = tuple(told[name])
        country = told.get("local_country")
        told["local_country"] = country.upper() if country else None
        found = cls(**told)
        calling_code(found.local_country)
        return found


class Place(NamedTuple):
    """Where a number leads: E.164 digits without + (or the text that is no number), country and kind.

    `country` is ISO alpha-2, 'ZZ' unknown, '001' an international network (satellite, freephone), 'internal'.
    `kind` is 'international', 'local' (the switch's own country), 'internal' or 'unknown'.
    """

    number: str
    country: str
    kind: str


class Rules(NamedTuple):
    """A `Numbering` made ready: prefixes longest first, and what the local country brings with it."""

    removed: tuple[str, ...]
    international: tuple[str, ...]
    country: str | None
    code: str
    trunks: tuple[str, ...]
    internal_max: int
    local_max: int | None


def calling_code(country: str | None) -> str:
    """The calling code of a country, '' for None. Raises ValueError when it is no ISO alpha-2 code."""
    if country is None:
        return ""
    for code, regions in COUNTRY_CODE_TO_REGION_CODE.items():
        if country in regions and len(country) == 2:
            return str(code)
    raise ValueError(f"local_country {country!r} is no country; give its two letters of ISO 3166, such as FR")


def longest_first(*texts: str | None) -> tuple[str, ...]:
    """The texts that are not empty, each once, the longest first."""
    return tuple(sorted({text for text in texts if text}, key=lambda text: (-len(text), text)))


def abroad(data: PhoneMetadata) -> Iterator[str]:
    """How people of a country dial abroad, if it is plain digits: 00, 011, 0011, 810 (written 8~10)."""
    for told in (data.international_prefix, data.preferred_international_prefix):
        text = (told or "").replace("~", "")
        if digits(text):
            yield text


def rules(numbering: Numbering) -> Rules:
    """The rules of a switch. Raises ValueError when its country is none."""
    country = numbering.local_country
    data = PhoneMetadata.metadata_for_region(country, None) if country else None
    ways = longest_first(*numbering.international_prefixes, *(abroad(data) if data else ()))
    return Rules(
        # what marks a number as international is taken off as such, so that 00 does not cut 0011 to 11
        removed=longest_first(*(text for text in numbering.remove_prefixes if text not in ways)),
        international=ways,
        country=country,
        code=calling_code(country),
        trunks=longest_first(numbering.trunk_prefix, data.national_prefix if data else None),
        internal_max=numbering.internal_max_digits,
        local_max=numbering.local_max_digits,
    )


def digits(text: str) -> bool:
    """Whether the text is digits 0 to 9 and nothing else."""
    return text.isascii() and text.isdecimal()


def user_part(raw: str) -> str:
    """What was dialled, out of a SIP or tel address or a caller in angle brackets."""
    inside = INSIDE.search(raw)
    text = SCHEME.sub("", inside[1] if inside else raw, count=1)
    return text.partition("@")[0].partition(";")[0].replace("%2B", "+").replace("%2b", "+").strip()


def taken_off(text: str, ways: tuple[str, ...]) -> str:
    """The first of these prefixes that the text begins with, or ''."""
    if not text.startswith(ways):
        return ""
    return next(way for way in ways if text.startswith(way))


def find(raw: str, rule: Rules) -> Place:
    """The place of one text by the rules of its switch (the docstring above has them in words)."""
    text = plain = raw
    if not digits(raw.removeprefix("+")):
        text = user_part(raw)
        plain = text.translate(SEPARATORS)
    short = plain.removeprefix("+")
    if len(short) <= rule.internal_max and digits(short):
        return Place(short, INTERNAL, INTERNAL)
    rest = plain[len(taken_off(plain, rule.removed)) :]
    marked = taken_off(rest, rule.international)
    rest = rest[len(marked) :]
    if not digits(rest):
        return named(text)
    if marked:
        # no E.164 number begins with 0: it is +00, as some gateways write
        again = taken_off(rest, rule.international) if rest[0] == "0" else ""
        return placed(rest[len(again) :], rule)
    if len(rest) <= rule.internal_max:
        return Place(rest, INTERNAL, INTERNAL)
    read = national(rest, rule) if rule.country else guessed(rest)
    return placed(read, rule) if read else Place(rest, NOWHERE, "unknown")


def named(text: str) -> Place:
    """The place of a text that is no number."""
    kept = text[:KEPT]
    if text.lower() not in WITHHELD and (text[:1].isalpha() or text[:1] in ("*", "#")):
        return Place(kept, INTERNAL, INTERNAL)
    return Place(kept, NOWHERE, "unknown")


def placed(e164: str, rule: Rules) -> Place:
    """The place of an E.164 number without +."""
    country = country_of(e164)
    if country == NOWHERE:
        return Place(e164, country, "unknown")
    return Place(e164, country, "local" if country == rule.country else "international")


def national(rest: str, rule: Rules) -> str:
    """The E.164 number of one that was written without an international prefix in the local country."""
    stripped = [rule.code + rest[len(trunk) :] for trunk in rule.trunks if rest.startswith(trunk)]
    whole = rule.code + rest
    good = next(filter(valid, stripped), "")
    if good:
        return good
    if rule.local_max is not None:
        return (stripped or [whole])[0] if stripped or len(rest) <= rule.local_max else rest
    if valid(whole) and (len(rest) <= 10 or not valid(rest)):
        return whole
    if valid(rest):
        return rest
    return stripped[0] if stripped else whole if len(rest) <= 9 else rest


def guessed(rest: str) -> str:
    """The E.164 number of one without an international prefix where no country is told; '' for none.

    North America's 011 counts as an international prefix only if what follows is a valid number.
    """
    good = next(filter(valid, (rest, rest.removeprefix("011"))), "")
    return good or (rest if 11 <= len(rest) <= 15 else "")


@lru_cache(maxsize=256)
def reader(numbering: Numbering) -> Callable[[str], Place]:
    """The function that finds the place of a text by the rules of one switch, with a cache of its own.

    Take it once for many numbers of a switch: a number seen before costs a dictionary's look-up. Raises
    ValueError when `local_country` is none.
    """
    rule = rules(numbering)

    @lru_cache(maxsize=CACHED)
    def read(raw: str) -> Place:
        return find(raw, rule)

    return read


DEFAULT = Numbering()


def place(raw: str, numbering: Numbering = DEFAULT) -> Place:
    """The place of a number as the switch wrote it; never fails, whatever the text is."""
    return reader(numbering)(raw)
