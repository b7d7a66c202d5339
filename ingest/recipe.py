"""What is known of a file before its rows are read: its format, columns, zone and switch. Travels to other
processes and the store.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ingest.files import LONGEST, Shape
from ingest.refused import Bad
from ingest.rows import Builder, Manner
from ingest.splits import Split
from store.record import CDR, Reject

Pick = Callable[[list[str]], Sequence[str]]
"""From the columns of a row to the texts of `rows.FIELDS`; raises `rows.Bad` for a row that cannot have them.
"""


class Reading(NamedTuple):
    """How the records of a file become the texts of calls: split into columns, of which these are picked.

    A record is refused when it has more than `longest` characters. Where a record is a document, `calls`
    makes its rows instead, and `reject` keeps of it what may be kept.
    """

    split: Split
    pick: Pick
    longest: int = LONGEST
    calls: Callable[[str, Builder], list[CDR]] | None = None
    reject: Callable[[str, Bad, int], Reject] | None = None


class Options(NamedTuple):
    """What the person who imports says of a file; '' leaves it to the file, the settings or the defaults.

    `mapping` is (field, column) pairs, the fields being those of `columns.NAMES`; `file` is a mapping of its
    own, a TOML file (ingest/mapping.py). `again` looks at every row, also of chunks that were stored before.
    """

    switch: str = ""
    format: str = "auto"
    zone: str = ""
    mapping: tuple[tuple[str, str], ...] = ()
    again: bool = False
    file: str = ""


class Recipe(NamedTuple):
    """How a file is read. `columns` are (field of rows.FIELDS, place) pairs where a header names them;
    `header` is skipped.

    `leg_columns` together tell the rows of one call apart, where the file names calls and not rows.
    `key_in_last` says that the last column belongs to the name of a call, so that a cut one would make
    another call of it. `words` says what was recognised and why, `notes` what its owner should know; both are
    for people. `plan` is the mapping that describes the file, as JSON, where one does.
    """

    format: str
    shape: Shape
    manner: Manner
    header: tuple[str, ...] = ()
    columns: tuple[tuple[str, int], ...] = ()
    leg_columns: tuple[int, ...] = ()
    key_in_last: bool = False
    words: str = ""
    notes: tuple[str, ...] = ()
    plan: str = ""

    def document(self) -> dict[str, Any]:
        """The recipe as a document."""
        return {
            "format": self.format,
            "delimiter": self.shape.delimiter,
            "widths": sorted(self.shape.widths),
            "carry": self.shape.carry,
            "manner": self.manner._asdict(),
            "header": list(self.header),
            "columns": [list(column) for column in self.columns],
            "leg_columns": list(self.leg_columns),
            "plan": self.plan,
        }


def recipe_of(found: Mapping[str, Any]) -> Recipe:
    """The recipe of a document."""
    return Recipe(
        found["format"],
        Shape(found["delimiter"], frozenset(found["widths"]), found.get("carry", "")),
        Manner(**found["manner"]),
        tuple(found["header"]),
        tuple((field, place) for field, place in found["columns"]),
        tuple(found["leg_columns"]),
        plan=found.get("plan", ""),
    )
