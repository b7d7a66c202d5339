"""What some tests need and not every machine has: where it is missing, the test says so and is left out."""

from typing import TypeVar

import pytest

T = TypeVar("T")


def need(found: T | None, what: str) -> T:
    """What was found, such as the path of a program; without it the test is left out, with its reason."""
    if not found:
        pytest.skip(f"this machine lacks {what}")
    return found
