"""The kinds of numbers that cost more than others: premium rate and shared cost by each country's plan, and
satellite networks.
"""

import re
from functools import cache, lru_cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from store.prefixes import NOWHERE, country_of, metadata

PREMIUM, SHARED, SATELLITE = "premium", "shared", "satellite"
KINDS = {PREMIUM: "premium_rate", SHARED: "shared_cost"}
"""Our names, and those of the metadata."""
NETWORKS = ("870", "8810", "8811", "8816", "8817", "8818", "8819", "88213", "88216")
"""Inmarsat; of the global mobile satellite system ICO, Iridium and Globalstar; EMSAT and Thuraya (ITU-T
E.164, list of assigned codes). 882 and 883 have networks on the ground too.
"""
CACHED = 65_536


@lru_cache(maxsize=CACHED)
def kind_of(e164: str) -> str:
    """The kind of an E.164 number without +: premium, shared, satellite, or '' for any other and for none."""
    if e164.startswith(NETWORKS):
        return SATELLITE
    country = country_of(e164)
    if country == NOWHERE:
        return ""
    return next((kind for kind in KINDS if _plan(country, kind).fullmatch(e164)), "")


@cache
def _plan(country: str, kind: str) -> re.Pattern[str]:
    """The numbers of a kind in a country, or in all international networks."""
    parts = []
    for code in (code for code, regions in COUNTRY_CODE_TO_REGION_CODE.items() if country in regions):
        numbers = getattr(metadata(country, code), KINDS[kind], None)
        if pattern := getattr(numbers, "national_number_pattern", None):
            parts.append(f"{code}(?:{pattern})")
    return re.compile("|".join(parts) or "(?!)")
