"""The formats of CDR files, and how the format of a file is recognised from its first lines."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ingest import asterisk, columns
from ingest.files import Shape, joined
from ingest.recipe import Options, Pick, Recipe
from ingest.texts import parsed, text_of
from store.errors import ImportProblem


class Format(NamedTuple):
    """A format: what it is in words, how it is recognised from rows, how rows of it are read, and how wide
    they are.
    """

    words: str
    recognise: Callable[[Sequence[list[str]], Options], Recipe | None]
    pick: Callable[[Recipe], Pick]
    widths: frozenset[int]


ANY = frozenset(range(2, 1000))
"""The widths of rows whose header is not read yet."""


FORMATS: dict[str, Format] = {
    "own": Format("the CSV that `cdr-stats sample` writes", columns.recognise_own, columns.pick_own, ANY),
    "cdr_csv": Format(
        "Asterisk's Master.csv of cdr_csv, 16 to 21 columns",
        asterisk.recognise_csv,
        asterisk.pick_csv,
        asterisk.WIDTHS,
    ),
    "cdr_custom": Format(
        "Asterisk's Master.csv of cdr_custom as in its sample, 19 columns",
        asterisk.recognise_custom,
        asterisk.pick_custom,
        frozenset({asterisk.CUSTOM_WIDTH}),
    ),
    "csv": Format("any CSV with a header", columns.recognise_known, columns.pick, ANY),
}
AUTO = "auto"
ALIASES = {
    AUTO: tuple(FORMATS),
    "asterisk": ("cdr_csv", "cdr_custom"),
    "asterisk-csv": ("cdr_csv",),
    "asterisk-custom": ("cdr_custom",),
}
"""Other names, and the formats that are tried under them."""


def recognise(head: Sequence[bytes], options: Options, name: str) -> Recipe:
    """How the file that begins with these lines is read. Raises ImportProblem, one sentence, when that cannot
    be told.

    A mapping wins, then the named format, then what fits first in the order of FORMATS.
    """
    wanted = _wanted(options.format)
    lines = list(head)
    delimiter = columns.sniffed({d: _rows(lines, Shape(d, ANY)) for d in columns.DELIMITERS})
    if options.mapping or wanted == ("csv",):
        return columns.by_mapping(_rows(lines, Shape(delimiter, ANY)), options, delimiter)
    tried = ((FORMATS[word], _rows(lines, Shape(",", FORMATS[word].widths))) for word in wanted)
    found = next((recipe for form, rows in tried if (recipe := form.recognise(rows, options))), None)
    if found is None and options.format == AUTO and delimiter != ",":
        found = columns.recognise_known(_rows(lines, Shape(delimiter, ANY)), options, delimiter)
    if found is None:
        raise ImportProblem(_unknown(name, text_of(next(filter(bytes.strip, lines))), options))
    return found


def _wanted(name: str) -> tuple[str, ...]:
    """The formats to try under this name."""
    found = name.lower()
    if found not in FORMATS and found not in ALIASES:
        raise ImportProblem(f"There is no format {name!r}; there are auto, {', '.join(FORMATS)}.")
    return ALIASES.get(found, (found,))


def _rows(lines: list[bytes], shape: Shape) -> list[list[str]]:
    """The columns of the records that these lines make; one that goes on behind the last line is left out."""
    records, *_ = joined(lines, 1, shape, at_end=False)
    texts = [text_of(record) for record in records or lines]
    rows = parsed(texts, shape.delimiter)
    return [row for row in rows if isinstance(row, list) and any(map(str.strip, row))] or [[]]


def _unknown(name: str, line: str, options: Options) -> str:
    shown = "".join(c if c.isprintable() else "?" for c in line[:100])
    if options.format.lower() != AUTO:
        words = " or ".join(FORMATS[word].words for word in _wanted(options.format))
        return f"{name} is not {words}; it begins with: {shown}"
    return (
        f"The format of {name} is not recognised (Asterisk's Master.csv, CDR-Stats' own CSV or a CSV with a "
        "header); if its first line names the columns, say which are which with --map start=COLUMN "
        f"--map destination=COLUMN. It begins with: {shown}"
    )
