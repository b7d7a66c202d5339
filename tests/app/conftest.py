"""What tests of the command line and of the screens without a browser share."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app import cli
from store.settings import Settings
from tests.screens import allow

HOUSE = Path(__file__).resolve().parents[2]


def finished(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine, run in a thread of its own: playwright keeps a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result(60)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Libraries that warn about each other."""
    allow(items, Path(__file__).resolve().parent)


class Done(NamedTuple):
    """What a command wrote."""

    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def run(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Run:
    """Runs `cdr-stats` on the test's database; fails when the exit code is not `code`."""
    address = settings.mongo_uri
    assert address is not None
    monkeypatch.setenv("CDR_STATS_MONGO_URI", address.get_secret_value())
    monkeypatch.setenv("CDR_STATS_DATABASE", settings.database)
    monkeypatch.setenv("CDR_STATS_DATA", str(tmp_path))
    monkeypatch.chdir(HOUSE)

    def run(*arguments: str | Path, code: int = 0) -> Done:
        ended = cli.run([str(argument) for argument in arguments])
        written = capsys.readouterr()
        assert ended == code, written.err
        return Done(written.out, written.err)

    return run


def rows(run: Run, *arguments: str) -> list[dict[str, object]]:
    """The rows of a report."""
    found: list[dict[str, object]] = json.loads(run("report", *arguments, "--format", "json").stdout)
    return found
