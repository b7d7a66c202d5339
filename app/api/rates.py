"""How often somebody may ask: a bucket of requests each, which fills up by itself."""

import math
import time
from collections.abc import Callable

BURST = 4
"""A bucket holds what flows in within a minute divided by this, and one request at least."""
MOST = 10_000
"""Buckets that are remembered; the full ones are forgotten first."""


class Rates:
    """Buckets by name, of so many requests a minute."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._second, self._size = per_minute / 60, max(1.0, per_minute / BURST)
        self._clock = clock
        self._held: dict[str, tuple[float, float]] = {}

    def wait(self, name: str) -> int:
        """Take a request out of somebody's bucket: 0, or the seconds until there is one again."""
        now = self._clock()
        left, asked = self._held.get(name, (self._size, now))
        left = min(self._size, left + (now - asked) * self._second)
        if name not in self._held and len(self._held) >= MOST:
            self._forget(now)
        self._held[name] = (left - 1 if left >= 1 else left, now)
        return 0 if left >= 1 else math.ceil((1 - left) / self._second)

    def _forget(self, now: float) -> None:
        """Forget the buckets that are full by now, else half of them, the longest unused."""
        fill = self._size / self._second
        kept = {name: held for name, held in self._held.items() if now - held[1] < fill}
        if len(kept) >= MOST:
            newest = sorted(kept, key=lambda name: kept[name][1])[MOST // 2 :]
            kept = {name: kept[name] for name in newest}
        self._held = kept
