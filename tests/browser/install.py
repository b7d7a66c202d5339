"""Finds a Chromium for the browser tests, and installs one where there is none (`make test` runs it)."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from playwright.sync_api import sync_playwright

VARIABLE = "CHROMIUM"  # no CDR_STATS_ name: the program refuses those that are not its settings
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")

# Without a font Chromium draws boxes instead of letters, and every text has another size.
DEBIAN_PACKAGES = ("chromium", "fonts-dejavu-core")

MEND = (
    "the browser tests need Chromium, and none was found or could be installed: install it "
    f"(Debian: apt-get install {' '.join(DEBIAN_PACKAGES)}) or set {VARIABLE} to its path"
)


class NoBrowser(Exception):
    """There is no Chromium; the message says how to mend it."""


def main() -> None:
    """Say which browser the tests will use, after installing one if need be; exit 1 when there is none."""
    try:
        print(f"browser for the tests: {find() or install()}")
    except NoBrowser as problem:
        sys.exit(str(problem))


def required() -> Path:
    """The browser that the tests drive. Raises NoBrowser when there is none: no test is left out silently."""
    if found := find():
        return found
    raise NoBrowser(MEND)


def find(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The Chromium named by the variable CHROMIUM, else on PATH, else playwright's own; None without any.

    Raises NoBrowser when it names no file that can be run.
    """
    if named := environment.get(VARIABLE):
        if shutil.which(named):
            return Path(named)
        raise NoBrowser(f"{VARIABLE} is {named!r}, which is no program: correct it or unset it")
    return next((place for place in places(environment.get("PATH", "")) if place.exists()), None)


def places(search_path: str) -> Iterator[Path]:
    """Where a Chromium may be; playwright, which takes a second to ask, comes last."""
    for name in NAMES:
        if on_path := shutil.which(name, path=search_path):
            yield Path(on_path)
    yield MACOS
    with sync_playwright() as driver:
        yield Path(driver.chromium.executable_path)


def install() -> Path:
    """Try each way to install a Chromium until one is there. Raises NoBrowser when none helped."""
    for possible, command in WAYS:
        if possible() and run(*command) and (found := find()):
            return found
    raise NoBrowser(MEND)


def root_with_apt() -> bool:
    """Whether Debian's packages can be installed here without asking anybody."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def run(*command: str) -> bool:
    """Run a command before the user's eyes; whether it succeeded."""
    print("$", *command, flush=True)
    return subprocess.run(command, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"}).returncode == 0


APT = "apt-get update -q && apt-get install -q -y --no-install-recommends " + " ".join(DEBIAN_PACKAGES)
WAYS: tuple[tuple[Callable[[], bool], tuple[str, ...]], ...] = (
    (root_with_apt, ("sh", "-c", APT)),
    (lambda: True, (sys.executable, "-m", "playwright", "install", "chromium")),
)

if __name__ == "__main__":
    main()
