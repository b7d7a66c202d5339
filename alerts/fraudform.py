"""The choice of a fraud rule as somebody types it: its limit, and the limits of single accounts. Pure."""

import re
from collections.abc import Iterator, Mapping

from store.errors import SettingsError
from store.fraud_rules import Choice

NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?")
PAIR = re.compile(r'\s*(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<bare>[^",]*?))\s*:\s*(?P<limit>[^",:]*?)\s*(?:,|$)')
SIGNS = re.compile(r'[",]|^\s|\s$|^$')
"""What an account without quotes does not hold."""
MOST = 500
"""Accounts with a limit of their own."""
LONGEST = 128
"""Signs of an account."""


def chosen(held: Choice, active: bool, limit: str, own: str) -> Choice:
    """The choice as it is typed: whether the rule looks, its limit ('': as it ships), and the limits of
    accounts as `owned` reads them. Raises SettingsError with what is wrong and how to mend it.
    """
    return held._replace(active=active, limit=number(limit) if limit.strip() else None, own=owned(own))


def number(text: str) -> float:
    """A limit: a number above 0. Raises SettingsError."""
    if not NUMBER.fullmatch(text.strip()) or not float(text):
        raise SettingsError(
            f"{_short(text)} is no limit; write a number above 0 such as 20 or 2.5, and switch the rule off "
            "if it shall not look."
        )
    return float(text)


def owned(text: str) -> dict[str, float]:
    """'1000: 50, 2000: 10' as limits by account; an account that holds a comma or a quote stands in quotes,
    and such a quote is doubled, as in CSV. Raises SettingsError.
    """
    found: dict[str, float] = {}
    for account, limit in _pairs(text):
        if account in found:
            raise SettingsError(f"The account {_short(account)} has two limits; leave one of them.")
        if len(account) > LONGEST or not account.isprintable():
            raise SettingsError(f"{_short(account)} is no account; it is one line of up to {LONGEST} signs.")
        found[account] = number(limit)
    if len(found) > MOST:
        raise SettingsError(f"So many accounts have a limit of their own at most: {MOST}; take some away.")
    return found


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    at, text = 0, text.strip().removesuffix(",")
    while at < len(text):
        found = PAIR.match(text, at)
        if found is None or found["bare"] == "":
            raise SettingsError(
                "Limits of accounts are written like 1000: 50, 2000: 10, an account with a comma in quotes; "
                f"{_short(text[at:])} is not."
            )
        quoted = found["quoted"]
        yield found["bare"] if quoted is None else quoted.replace('""', '"'), found["limit"]
        at = found.end()


def _short(text: str) -> str:
    text = text.strip()
    return repr(text if len(text) <= 40 else f"{text[:39]}…")


def limit_text(limit: float | None) -> str:
    """A limit as it is typed; '' for the one that a rule ships with."""
    return "" if limit is None else f"{limit:.3f}".rstrip("0").rstrip(".")


def own_text(own: Mapping[str, float]) -> str:
    """Limits of accounts as they are typed, which `owned` reads back."""
    return ", ".join(f"{_quoted(account)}: {limit_text(limit)}" for account, limit in own.items())


def _quoted(account: str) -> str:
    doubled = account.replace('"', '""')
    return f'"{doubled}"' if SIGNS.search(account) else account
