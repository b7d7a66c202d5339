"""What the pollers share: channels joined into calls, and texts of the settings that go into one line."""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def grouped(legs: Iterable[T], name: Callable[[T], str]) -> dict[str, list[T]]:
    """The legs of each call by the name of the call, in their order; legs without a name are left out."""
    calls: dict[str, list[T]] = {}
    for leg in legs:
        if key := name(leg):
            calls.setdefault(key, []).append(leg)
    return calls


def line(text: object) -> str:
    """A text as one line: a line end in a setting would be the end of a command to the switch."""
    return " ".join(str(text).splitlines())


def talking(up: Iterable[bool]) -> bool:
    """Whether a call talks, of whether each of its legs is up: two of them are, or there is no other."""
    states = list(up)
    return all(states) or sum(states) > 1
