"""A folder with very many files: how long a look takes when all are known, and when one is new."""

import statistics
import tempfile
import time
from pathlib import Path

from bench.ground import console
from ingest.folder import Folder, Found

FILES = 300_000
ROUNDS = 5


def look(folder: Folder, floor: int) -> tuple[float, list[Found]]:
    """Seconds of a look, and what is new since `floor`."""
    begun = time.perf_counter()
    found = folder.oldest(floor, (), lambda one: True)
    return time.perf_counter() - begun, found


def show() -> None:
    """The looks one after the other."""
    with tempfile.TemporaryDirectory(prefix="cdr-bench-") as name:
        path = Path(name)
        for number in range(FILES):
            (path / f"{number:08x}-7b1e-4d0f-9a53-0c1f3b6de001.cdr.json").touch()
        time.sleep(2.1)
        folder, floor = Folder(path, "*.cdr.json"), time.time_ns()
        first, _ = look(folder, floor)
        still, _ = look(folder, floor)
        spent = []
        for number in range(ROUNDS):
            (path / f"new-{number}.cdr.json").touch()
            seconds, found = look(folder, floor)
            assert len(found) == number + 1
            spent.append(seconds)
        console.print(
            f"A folder of {FILES:,} files: {first:.2f} s for a look that asks each for its time, "
            f"{still * 1000:.1f} ms while no file appears, {statistics.median(spent):.2f} s when one has.\n"
        )
