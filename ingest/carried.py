"""Lines that hold for those below them, such as the date that Avaya writes once a day: put before each."""

import re
from collections.abc import Sequence


class Carried:
    """Puts the last line that fits a pattern before each record that does not; `line` is that of before."""

    def __init__(self, pattern: str, line: bytes = b"") -> None:
        self._pattern = re.compile(pattern.encode()) if pattern else None
        self.line = line

    def before(self, records: list[bytes], numbers: Sequence[int]) -> tuple[list[bytes], Sequence[int]]:
        """The records with what holds for each, and a line feed, before them; and where each begins."""
        if self._pattern is None:
            return records, numbers
        found: list[tuple[bytes, int]] = []
        for record, number in zip(records, numbers, strict=True):
            if self._pattern.search(record):
                self.line = record
            elif record.strip():
                found.append((self.line + b"\n" + record, number))
        return [record for record, _ in found], [number for _, number in found]
