"""Rows that are no calls, and how that is said."""

from store.sentence import Sentence


class Bad(Exception):
    """A row that is no call: a short name of the reason, and the reason as a sentence."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


class Skipped(Exception):
    """A row that is no call and not meant to be one, such as a record of quality among those of calls."""


def wide(count: int) -> Sentence:
    """'1 column', '18 columns'."""
    return Sentence("1 column") if count == 1 else Sentence("{n} columns", n=str(count))
