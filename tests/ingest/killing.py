"""Imports that are killed at random instants, as by a power cut, and run again until one gets through."""

import os
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

COMMAND = [sys.executable, "-c", "from app.cli import main; main()", "import"]
HOUSE = Path(__file__).resolve().parents[2]


def import_through_kills(
    arguments: Sequence[str], environment: Mapping[str, str], kills: int, seed: int, longest: float
) -> int:
    """Run `cdr-stats import ARGUMENTS`, killing it (SIGKILL) `kills` times after up to `longest` seconds, and
    once to its end.

    Gives how many of the runs were killed before they were done. Raises when the last run fails, or when a
    killed one leaves a process behind.
    """
    rng = random.Random(seed)
    killed = sum(_killed(arguments, environment, rng.uniform(0.2, longest)) for _ in range(kills))
    subprocess.run(
        [*COMMAND, *arguments], env={**os.environ, **environment}, cwd=HOUSE, check=True, capture_output=True
    )
    return killed


def _killed(arguments: Sequence[str], environment: Mapping[str, str], after: float) -> bool:
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env={**os.environ, **environment},
        cwd=HOUSE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        process.wait(timeout=after)
        return False
    except subprocess.TimeoutExpired:
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait()
        ours = [child for child in children if "mongod" not in child_name(child)]
        _, alive = psutil.wait_procs(ours, timeout=20)
        if alive:
            raise AssertionError(f"a killed import left {alive} behind") from None
        return True


def child_name(process: psutil.Process) -> str:
    """The name of a process, '' when it is gone."""
    try:
        return str(process.name())
    except psutil.NoSuchProcess:
        return ""
