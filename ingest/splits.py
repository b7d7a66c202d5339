"""A record split into columns: by a delimiter, by the names of a JSON object, or by positions in a line."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ingest.files import LONGEST
from ingest.refused import Bad, Skipped
from ingest.texts import parsed, tidy
from store.sentence import Sentence

Cells = list[str] | Bad | Skipped
"""The columns of a record, why it has none, or that it is not meant to be a call."""
Split = Callable[[Sequence[str]], Sequence[Cells]]
CARRIED = "carried"
"""The column that holds what was carried to a line."""
Positions = tuple[int, int]
"""First and last, from 1."""


def by_delimiter(delimiter: str) -> Split:
    """The columns of CSV records."""
    return partial(parsed, delimiter=delimiter)


def by_names(names: Sequence[str]) -> Split:
    """The values of JSON objects by their names, those of objects within it as `outer.inner`; '' for none."""
    return lambda texts: [_named(text, names) for text in texts]


def by_positions(layouts: Sequence[tuple[str, Mapping[str, Positions]]], names: Sequence[str]) -> Split:
    """The columns of fixed lines: of the first layout whose pattern fits a line, in the order of `names`.

    What is before a line feed was carried there (ingest/carried.py), and is the column CARRIED.
    """
    made = [(re.compile(line), [columns.get(name) for name in names]) for line, columns in layouts]

    def cells(text: str) -> Cells:
        before, _, line = text.rpartition("\n")
        found = next((places for pattern, places in made if pattern.search(line)), None)
        if found is None:
            return Bad("layout", Sentence("The line is of no layout that the mapping has."))
        row = [line[place[0] - 1 : place[1]] if place else "" for place in found]
        if CARRIED in names:
            row[names.index(CARRIED)] = before
        return row

    return lambda texts: [cells(text) if text.strip() else [""] for text in texts]


def without(skip: str, split: Split) -> Split:
    """As `split`, but lines that this pattern fits are not meant to be calls."""
    if not skip:
        return split
    pattern = re.compile(skip)

    def kept(texts: Sequence[str]) -> Sequence[Cells]:
        rows = split(texts)
        return [Skipped() if pattern.search(text) else row for text, row in zip(texts, rows, strict=True)]

    return kept


def object_of(text: str) -> dict[str, Any]:
    """The JSON object that a text is; raises Bad when it is none."""
    if len(text) > LONGEST:
        raise Bad("too long", Sentence("The line is longer than 64 kB."))
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Bad("json", Sentence("The line is no JSON.")) from None
    if not isinstance(found, dict):
        raise Bad("json", Sentence("The line is JSON, but no object."))
    return found


def flat(found: Mapping[str, Any], before: str = "", depth: int = 4) -> dict[str, Any]:
    """The values of an object by their names, those of objects within it as `outer.inner`; lists are left
    out.
    """
    values: dict[str, Any] = {}
    for name, value in found.items():
        if isinstance(value, dict):
            values |= flat(value, f"{before}{name}.", depth - 1) if depth else {}
        elif not isinstance(value, list):
            values[before + name] = value
    return values


def _named(text: str, names: Sequence[str]) -> Cells:
    if not text.strip():
        return [""]
    try:
        values = flat(object_of(text))
    except Bad as bad:
        return bad
    return [_shown(values.get(name)) for name in names]


def _shown(value: Any) -> str:
    """The text of a JSON value, made harmless: an escape may hide what a line could not hold."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return tidy(value if isinstance(value, str) else repr(value))
