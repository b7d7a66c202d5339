"""What tests of the screens without a browser share."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.screens import allow


def finished(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine, run in a thread of its own: playwright keeps a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result(60)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Libraries that warn about each other."""
    allow(items, Path(__file__).resolve().parent)
