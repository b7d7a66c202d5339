"""The first lines of a file, by which its format is recognised, in whatever way a format looks at them."""

from collections.abc import Sequence
from functools import cached_property

from ingest.columns import DELIMITERS, sniffed
from ingest.files import Shape, joined
from ingest.refused import Bad
from ingest.splits import flat, object_of
from ingest.texts import parsed, text_of

ANY = frozenset(range(2, 1000))
"""The widths of rows whose header is not read yet."""


class Head:
    """The first lines of a file, as bytes without their line ends."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self.lines = list(lines)

    @cached_property
    def texts(self) -> list[str]:
        """The lines as texts."""
        return [text_of(line) for line in self.lines]

    @cached_property
    def delimiter(self) -> str:
        """The delimiter that fits the lines best."""
        return sniffed({delimiter: self.rows(delimiter) for delimiter in DELIMITERS})

    @cached_property
    def names(self) -> list[str]:
        """The names of the values in the JSON objects that the lines are; none when the first is none."""
        names: dict[str, None] = {}
        for text in filter(str.strip, self.texts):
            try:
                names |= dict.fromkeys(flat(object_of(text)))
            except Bad:
                if not names:
                    return []
        return list(names)

    @property
    def is_json(self) -> bool:
        """Whether the lines are JSON objects."""
        return bool(self.names)

    def rows(self, delimiter: str = ",", widths: frozenset[int] = ANY) -> list[list[str]]:
        """The columns of the records that the lines make; one that goes on behind the last line is left
        out.
        """
        records, *_ = joined(self.lines, 1, Shape(delimiter, widths), at_end=False)
        rows = parsed([text_of(record) for record in records or self.lines], delimiter)
        return [row for row in rows if isinstance(row, list) and any(map(str.strip, row))] or [[]]
