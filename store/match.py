"""A scope as a condition on call documents, and the clock that no query may outrun."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from bson.binary import UUID_SUBTYPE, Binary
from bson.regex import Regex
from pymongo.errors import ExecutionTimeout, NetworkTimeout

from store.errors import QueryTimeout
from store.record import EPOCH, MILLISECOND
from store.scope import NumberMatch, Scope
from store.sentence import Sentence

LENGTH = {"lt": "$lt", "le": "$lte", "eq": "$eq", "ge": "$gte", "gt": "$gt"}
LAST_CHARACTER = "\U0010ffff"
DIGITS = tuple("0123456789")


class Deadline:
    """The time that a question may take, over all the queries it is made of."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def ms(self) -> int:
        """Milliseconds that are left; raises QueryTimeout when there are none."""
        left = int((self._end - time.monotonic()) * 1000)
        if left <= 0:
            raise self.passed()
        return left

    def passed(self) -> QueryTimeout:
        """The sentence for a person whose question took too long."""
        return QueryTimeout(
            Sentence(
                "This question reads more calls than can be read in {seconds} s. "
                "Narrow the dates, or choose a switch, an account or a country.",
                seconds=f"{self.seconds:g}",
            )
        )

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Turn the server's own time-out into QueryTimeout."""
        try:
            yield
        except (ExecutionTimeout, NetworkTimeout) as error:
            raise self.passed() from error


def bound(moment: datetime) -> Binary:
    """The smallest `_id` of a call that starts at this moment or later."""
    ms = -((EPOCH - moment) // MILLISECOND)
    return Binary(max(ms, 0).to_bytes(6, "big") + bytes(10), UUID_SUBTYPE)


def condition(scope: Scope) -> dict[str, Any]:
    """The filter of a scope on call documents; every text of it is matched literally."""
    wanted: dict[str, Any] = {"_id": {"$gte": bound(scope.since), "$lt": bound(scope.until)}}
    lists = {
        "account": scope.accounts,
        "switch": scope.switches or None,
        "country": scope.countries or None,
        "cause": scope.causes or None,
        "direction": scope.directions or None,
    }
    wanted |= {name: _one_of(values) for name, values in lists.items() if values is not None}
    wanted |= {name: NUMBER[match.op](match.text) for name, match in _numbers(scope)}
    if scope.duration:
        # a fraction of a millisecond still compares; digits beyond are the noise of a float
        wanted["billmsec"] = {LENGTH[scope.duration.op]: round(scope.duration.seconds * 1000, 3)}
    return wanted


def _one_of(values: tuple[str, ...]) -> Any:
    return values[0] if len(values) == 1 else {"$in": list(values)}


def _numbers(scope: Scope) -> list[tuple[str, NumberMatch]]:
    both = (("caller", scope.caller), ("destination", scope.destination))
    return [(name, match) for name, match in both if match]


def _pattern(text: str) -> str:
    """A regular expression that means the text itself; BSON takes no NUL in one."""
    return re.escape(text).replace("\0", r"\x00")


def _equals(text: str) -> Any:
    return {"$in": [text, f"+{text}"]} if text[:1] in DIGITS else text


def _begins(text: str) -> Any:
    """Texts of digits are two ranges of the index, with and without +; `$in` needs them as patterns for that,
    and Python's own would bring flags with which the server reads the whole index.
    """
    if text[:1] in DIGITS:
        return {"$in": [Regex("^" + _pattern(text)), Regex(r"^\+" + _pattern(text))]}
    return {"$gte": text, "$lt": text + LAST_CHARACTER}


NUMBER: dict[str, Callable[[str], Any]] = {
    "equals": _equals,
    "begins": _begins,
    "contains": lambda text: {"$regex": _pattern(text)},
    "ends": lambda text: {"$regex": _pattern(text) + r"\z"},
    "ending": lambda text: {"$regex": rf"^\+?[0-9]{{{len(text)},}}{_pattern(text)}\z"},
}
