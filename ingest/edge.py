"""How far a folder is read: a moment that never goes back, and the files near it that are known, since files
may appear in another order than that of their times.
"""

import struct
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from ingest.folder import Found

LAG = 10_000_000_000
"""Nanoseconds that a file may appear later than a newer one."""
KNOWN = 4_096
"""Files that are remembered; where more are within the lag, it is shortened."""
MOST_KNOWN = 50_000
"""Files of one and the same moment that are remembered."""
WAITING = 1_000
"""Files that are remembered because they could not be read yet."""
PAIR = struct.Struct("<qQ")


class Edge:
    """The cursor of a folder. `floor` is the moment (nanoseconds since 1970) before which nothing is new."""

    def __init__(self, cursor: Mapping[str, Any]) -> None:
        self._edge = int(cursor.get("edge", 0))
        self.floor = int(cursor.get("floor", 0))
        self._known = {name: stamp for stamp, name in PAIR.iter_unpack(cursor.get("known", b""))}
        self.waiting = frozenset(cursor.get("waiting", ()))

    def is_new(self, found: Found) -> bool:
        """Whether this file, as it is now, was not taken yet; asked of none below the floor but of those that
        wait.
        """
        return self._known.get(_key(found.name)) != found.stamp

    def take(self, found: Found) -> None:
        """The file is read to its end."""
        self._known[_key(found.name)] = found.stamp
        self._edge = max(self._edge, found.stamp)

    def cursor(self, waiting: frozenset[str], now: int) -> dict[str, Any]:
        """What is kept; `waiting` are files that were left for later. A clock that was wrong, so that a file
        is of the future, does not take the edge with it: `now` is the moment in nanoseconds.
        """
        self.waiting = frozenset(sorted(waiting)[:WAITING])
        self._raise_to(min(self._edge, now) - LAG)
        if len(self._known) > KNOWN:
            oldest = sorted(self._known.values())[-KNOWN]
            self._raise_to(oldest)
            if len(self._known) > MOST_KNOWN:
                self._raise_to(oldest + 1)
        pairs = sorted((stamp, name) for name, stamp in self._known.items())
        return {
            "edge": self._edge,
            "floor": self.floor,
            "known": b"".join(PAIR.pack(*pair) for pair in pairs),
            "waiting": sorted(self.waiting),
        }

    def _raise_to(self, floor: int) -> None:
        self.floor = max(self.floor, floor)
        self._known = {name: stamp for name, stamp in self._known.items() if stamp >= self.floor}


def _key(name: str) -> int:
    digest = blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8).digest()
    return int.from_bytes(digest, "big")
