"""Installs the servers that some tests need, where Debian's packages can be had (`make test` runs it).

Without them these tests say what they lack and are left out; nothing else needs them.
"""

import os
import shutil
import subprocess

PACKAGES = {
    "mariadbd": ("mariadb-server-core", "mariadb-client-core"),
    "kamailio": (
        "kamailio",
        "kamailio-sqlite-modules",
        "kamailio-json-modules",
        "kamailio-utils-modules",
        "kamailio-extra-modules",
    ),
    "sipp": ("sip-tester",),
}
"""A program, and the packages that bring it."""
SECONDS = 600


def main() -> None:
    """Say what there is, after installing what is missing if that can be done without asking."""
    missing = [name for name in PACKAGES if not shutil.which(name)]
    if missing and not install([package for name in missing for package in PACKAGES[name]]):
        print(f"servers for the tests: without {', '.join(missing)}, so the tests of these are left out")
        return
    print("servers for the tests: all there")


def install(packages: list[str]) -> bool:
    """Install Debian packages; gives whether that worked."""
    apt = shutil.which("apt-get")
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if apt is None or (root and not shutil.which("sudo")):
        return False
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = [*root, apt, "install", "-y", "-q", "--no-install-recommends", *packages]
    for words in ([*root, apt, "update", "-q"], command):
        try:
            done = subprocess.run(words, env=quiet, capture_output=True, timeout=SECONDS)
        except (OSError, subprocess.TimeoutExpired):
            return False
    return done.returncode == 0


if __name__ == "__main__":
    main()
