"""The choice of a fraud rule as somebody types it: its limit, and the limits of single accounts. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping

from store.errors import SettingsError
from store.fraud_rules import Choice
from store.sentence import Sentence

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


def limited(held: Choice, limit: str, account: str = "") -> Choice:
    """The choice with another limit ('': the one that it ships with), of one account or ('') of all.
    Raises SettingsError.
    """
    told = number(limit) if limit else None
    if not account:
        return held._replace(limit=told)
    rest = {name: value for name, value in held.own.items() if name != account}
    return held._replace(own=rest if told is None else _own([*rest.items(), (account, told)]))


def number(text: str) -> float:
    """A limit: a number above 0. Raises SettingsError."""
    if not NUMBER.fullmatch(text.strip()) or not float(text):
        raise SettingsError(
            Sentence(
                "{text} is no limit; write a number above 0 such as 20 or 2.5, and switch the rule off if it "
                "shall not look.",
                text=_short(text),
            )
        )
    return float(text)


def owned(text: str) -> dict[str, float]:
    """'1000: 50, 2000: 10' as limits by account; an account that holds a comma or a quote stands in quotes,
    and such a quote is doubled, as in CSV. Raises SettingsError.
    """
    return _own((account, number(limit)) for account, limit in _pairs(text))


def _own(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for account, limit in pairs:
        if account in found:
            raise SettingsError(
                Sentence("The account {name} has two limits; leave one of them.", name=_short(account))
            )
        if len(account) > LONGEST or not account.isprintable():
            raise SettingsError(
                Sentence(
                    "{name} is no account; it is one line of up to {n} signs.",
                    name=_short(account),
                    n=LONGEST,
                )
            )
        found[account] = limit
    if len(found) > MOST:
        raise SettingsError(
            Sentence("So many accounts have a limit of their own at most: {n}; take some away.", n=MOST)
        )
    return found


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    at, text = 0, text.strip().removesuffix(",")
    while at < len(text):
        found = PAIR.match(text, at)
        if found is None or found["bare"] == "":
            raise SettingsError(
                Sentence(
                    "Limits of accounts are written like 1000: 50, 2000: 10, an account with a comma in "
                    "quotes; {text} is not.",
                    text=_short(text[at:]),
                )
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
