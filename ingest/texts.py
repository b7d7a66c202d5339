"""The texts of records: bytes decoded, columns split, and what may not stand in a call taken out."""

import csv
from collections.abc import Iterable, Sequence

from ingest.files import LONGEST, is_open, rows_of
from ingest.refused import Bad
from store.sentence import Sentence

CELL = 256
"""Characters of a column that are kept."""
CONTROLS = bytes([*range(9), 11, 12, *range(13, 32), 127])
"""What no text of a call holds; a tab may separate columns, a line feed may stand in quotes."""
BLANKED = dict.fromkeys((*range(32), *range(127, 160), 0x2028, 0x2029, 0xFEFF), " ")
HIDDEN = dict.fromkeys(
    (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, *range(0xD800, 0xE000))
)
"""Marks that turn the direction of a text, and halves of characters: a hostile caller name may hold them."""


Row = list[str] | Bad
BLANK = [""]


def text_of(line: bytes) -> str:
    """The text of a line: UTF-8, or Latin-1 where it is none."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def decoded(records: Sequence[bytes]) -> tuple[list[str], int]:
    """The texts of these records, and how many were no UTF-8 and are read as Latin-1."""
    try:
        return [record.decode() for record in records], 0
    except UnicodeDecodeError:
        texts = [text_of(record) for record in records]
        return texts, sum(not _is_utf8(record) for record in records)


def _is_utf8(record: bytes) -> bool:
    try:
        record.decode()
    except UnicodeDecodeError:
        return False
    return True


def parsed(texts: Sequence[str], delimiter: str) -> list[Row]:
    """The columns of each record, or why it has none. One bad record does not disturb the others."""
    try:
        rows = list(rows_of([*texts, ""], delimiter))
    except csv.Error:
        rows = []
    if len(rows) == len(texts) + 1:
        rows.pop()
        return [*rows] if all(rows) else [row or BLANK for row in rows]
    return [_parsed_alone(text, delimiter) for text in texts]


def _parsed_alone(text: str, delimiter: str) -> Row:
    if len(text) > LONGEST:
        return Bad("too long", Sentence("The line is longer than 64 kB."))
    if is_open(text, delimiter):
        return Bad("quote", Sentence("A quote is opened and not closed."))
    try:
        return next(iter(rows_of([text], delimiter)), BLANK) or BLANK
    except csv.Error:
        return Bad("csv", Sentence("The row is no CSV: it has a carriage return outside quotes."))


def is_clean(records: Sequence[bytes]) -> bool:
    """Whether these records hold plain ASCII without control characters, as nearly all do."""
    block = b"\n".join(records)
    return block.isascii() and len(block.translate(None, CONTROLS)) == len(block)


def tidied(row: Iterable[str], text: str) -> list[str]:
    """The columns without control characters and direction marks, each CELL characters at most."""
    if "\0" in text:
        raise Bad("binary", Sentence("The row holds NUL bytes, as a file does after a crash of its machine."))
    return [
        cell if cell.isascii() and cell.isprintable() and len(cell) <= CELL else tidy(cell) for cell in row
    ]


def tidy(cell: str) -> str:
    """One text made harmless."""
    return cell[: CELL * 4].translate(HIDDEN).translate(BLANKED).strip()[:CELL]
