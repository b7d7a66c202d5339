"""Regular expressions of numbers, read and walked digit by digit: what may still follow (Antimirov 1996)."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

DIGITS = "0123456789"


class OneOf(NamedTuple):
    """One digit out of several."""

    digits: frozenset[str]


class Either(NamedTuple):
    """One of several sequences."""

    branches: "tuple[Sequence, ...]"


class Repeat(NamedTuple):
    """A sequence, `low` to `high` times."""

    items: "Sequence"
    low: int
    high: int


Sequence = tuple[OneOf | Either | Repeat, ...]
States = frozenset[Sequence]

TOKEN = re.compile(r"\(\?:|\{\d+(?:,\d+)?\}|\[[\d-]+\]|\\d|[\d|)?]")


class Reader:
    """Reads the regular expressions of the metadata: digits, classes, groups, alternatives and counts."""

    def __init__(self, pattern: str) -> None:
        self.tokens = TOKEN.findall(pattern)
        if "".join(self.tokens) != pattern:
            raise ValueError(f"the number pattern {pattern!r} of phonenumbers holds something new")
        self.at = 0

    def take(self) -> str:
        """The next token, '' at the end."""
        self.at += 1
        return self.tokens[self.at - 1] if self.at <= len(self.tokens) else ""

    def alternatives(self) -> Sequence:
        """Sequences with | between them, up to a closing bracket or the end."""
        branches = [self.sequence()]
        while self.take() == "|":
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else (Either(tuple(branches)),)

    def sequence(self) -> Sequence:
        """What follows until | or ) or the end, each item with its count."""
        items: list[OneOf | Either | Repeat] = []
        while (token := self.take()) not in ("", "|", ")"):
            items += self.counted(self.item(token))
        self.at -= 1
        return tuple(items)

    def item(self, token: str) -> Sequence:
        """A group, a class or one digit."""
        if token == "(?:":
            return self.alternatives()
        return (OneOf(frozenset(d for d in DIGITS if re.fullmatch(token, d))),)

    def counted(self, item: Sequence) -> Sequence:
        """The item as often as a count behind it says."""
        token = self.take()
        if token == "?":
            return (Repeat(item, 0, 1),)
        if token.startswith("{"):
            low, _, high = token[1:-1].partition(",")
            return (Repeat(item, int(low), int(high or low)),)
        self.at -= 1
        return item


def after(items: Sequence, digit: str) -> Iterator[Sequence]:
    """What may still follow when the sequence has taken this digit (its partial derivatives)."""
    if not items:
        return
    head, rest = items[0], items[1:]
    if isinstance(head, OneOf):
        if digit in head.digits:
            yield rest
    elif isinstance(head, Either):
        for branch in head.branches:
            yield from after(branch + rest, digit)
    else:
        yield from repeated(head, rest, digit)


def repeated(head: Repeat, rest: Sequence, digit: str) -> Iterator[Sequence]:
    """The partial derivatives of a repeated sequence and what follows it."""
    if head.high:
        yield from after((*head.items, Repeat(head.items, max(head.low - 1, 0), head.high - 1), *rest), digit)
    if not head.low:
        yield from after(rest, digit)


@cache
def step(states: States, digit: str) -> States:
    """The states behind one digit more."""
    return frozenset(found for items in states for found in after(items, digit))
