"""Countries as people read them: English name and flag by ISO code, and the codes that are no country."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from phonenumbers import SUPPORTED_REGIONS

from store.numbers import INTERNAL
from store.prefixes import NETWORK, NOWHERE

SPECIAL = {
    NOWHERE: ("Unknown", ""),
    NETWORK: ("International networks", "\N{GLOBE WITH MERIDIANS}"),
    INTERNAL: ("Internal calls", ""),
}
REGIONAL_A = ord("\N{REGIONAL INDICATOR SYMBOL LETTER A}")


@cache
def names() -> Mapping[str, str]:
    """The English name by code: the countries in the order of their names, then what is no country.

    The names are Babel's (CLDR). Babel is loaded at the first call: it takes a moment and some megabytes.
    """
    from babel import Locale

    territories = Locale("en").territories
    found = {code: str(territories.get(code, code)) for code in SUPPORTED_REGIONS}
    ordered = dict(sorted(found.items(), key=lambda item: item[1]))
    return MappingProxyType(ordered | {code: name for code, (name, _) in SPECIAL.items()})


def codes() -> tuple[str, ...]:
    """All codes that a call's country can be, in the order of their names; what is no country comes last."""
    return tuple(names())


def name(code: str) -> str:
    """The English name of a country; a code that is not known is its own name."""
    return names().get(code, code)


def flag(code: str) -> str:
    """The flag as an emoji of two letters, '' for what has none. Windows shows the letters instead."""
    if code in SPECIAL:
        return SPECIAL[code][1]
    if len(code) != 2 or not (code.isascii() and code.isalpha() and code.isupper()):
        return ""
    return "".join(chr(REGIONAL_A + ord(letter) - ord("A")) for letter in code)
