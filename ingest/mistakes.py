"""What is wrong with a mapping, in one sentence: where it stands and what it must be."""

import difflib
from collections.abc import Collection, Mapping, Sequence

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

SHOWN = 60
WRONG = "wrong"

ABOUT = {
    "name": "a text of up to 80 characters",
    "kind": "csv, json or fixed",
    "header": "true or false, or in [recognise] a list of names",
    "unit": "us, ms, s, clock, tenths (of a minute), min or h, or a list of them, one for each column",
    "format": "a time as strptime writes it, such as %Y-%m-%d %H:%M:%S, or a list of them",
    "columns": "a list of columns: names, numbers from 1, or [first, last] positions",
    "column": "a column: its name, its number from 1, or its [first, last] positions",
    "width": "the fewest and the most columns of a row, such as [14, 40]",
    "delimiter": "one character",
    "zone": "an IANA time zone such as UTC or Europe/Berlin",
    "year": "a year such as 2026",
    "texts": "a table of texts, each with what it means",
    "patterns": "a list of [regular expression, what it means]",
    "replace": "a list of [regular expression, what stands in its place]",
    "only": "a table of columns, each with a list of the texts that make a row a call",
    "layouts": "tables with a line (a regular expression) and columns (name = [first, last])",
    "notes": "a list of sentences",
    "fields": "a table of fields, each with its column",
    "least": "true or false",
}
"""What a part of a mapping must be."""
REGULAR = frozenset({"line", "skip", "carry", "take", "drop"})


def wrong(sentence: str) -> PydanticCustomError:
    """The error of a mapping that contradicts itself; its sentence is told as it is."""
    return PydanticCustomError(WRONG, "{sentence}", {"sentence": sentence})


def fields(told: Mapping[str, str | None], known: Sequence[str]) -> str:
    """Why these fields, by their names what they are, make no call; '' when they do."""
    for name, field in told.items():
        if field is None:
            return f"there is no field {name!r}{instead(name, known)}"
    found = set(told.values())
    if "start" not in found and not {"end", "duration"} <= found:
        return "it has no field start, nor an end and a duration to tell it from."
    return "" if "destination" in found else "it has no field destination."


def column(where: str, found: str | int | tuple[int, int], kind: str, known: Sequence[str] | None) -> str:
    """Why a mapping of this kind can have no such column; '' when it can. `known` are the names it has."""
    if isinstance(found, tuple):
        if kind != "fixed":
            shown = f"columns = [{found[0]}, {found[1]}]"
            return f"{where} has positions, which only kind fixed has; {{{shown}}} is two columns."
        backwards = f"{where} ends at position {found[1]}, before it begins at {found[0]}."
        return backwards if found[0] > found[1] else ""
    if isinstance(found, int):
        return "" if kind == "csv" else f"{where} has a column number, {found}, which only kind csv has."
    if known is None or found in known:
        return ""
    return f"{where} names the column {found!r}, which there is not{instead(found, known)}"


def sentence(error: ValidationError, words: Collection[str]) -> str:
    """The first thing that is wrong; `words` are the names that parts of a mapping have."""
    first = error.errors(include_url=False)[0]
    if first["type"] == WRONG:
        return first["msg"]
    place = first["loc"]
    # between the names stand which of several types pydantic tried
    path = [part for at, part in enumerate(place) if isinstance(part, str) and (at == 1 or part in words)]
    where = ".".join(path)
    if first["type"] == "extra_forbidden":
        within = f" in {'.'.join(path[:-1] if place[-1] in path else path)}" if len(place) > 1 else ""
        return f"there is no {place[-1]!r}{within}{instead(str(place[-1]), sorted(words))}"
    about = next((ABOUT[part] for part in reversed(path) if part in ABOUT), "a text")
    must = "a regular expression" if REGULAR & set(path) else about
    if first["type"] == "missing" and isinstance(place[-1], str):
        return f"{where} is missing; it must be {must}."
    value = repr(first["input"])
    return f"{where} must be {must}, not {value if len(value) <= SHOWN else value[:SHOWN] + '...'}."


def instead(name: str, known: Sequence[str]) -> str:
    """The end of a sentence that names the most alike, else all."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(known) or 'none'}."
