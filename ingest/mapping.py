"""A mapping: a TOML file that says how the rows of some switch are read, checked when it is loaded.

`kind` is csv, json (an object a line, or a document of them) or fixed (positions within a line). Each of
`[fields]` says which column it is; a table says more: `{columns = ["Date", "Time"], format = "%d.%m.%y %X"}`.
"""

import re
import tomllib
from collections.abc import Iterator
from collections.abc import Mapping as Dict
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from assets.files import path as asset
from ingest import mistakes
from ingest.columns import NAMES, OTHER_NAMES, folded
from ingest.splits import CARRIED
from ingest.times import zone_of
from store.errors import ImportProblem

FOLDER = "mappings"

UNITS = {
    "us": 0.001, "ms": 1.0, "s": 1000.0, "clock": 1000.0, "tenths": 6000.0, "min": 60e3, "h": 3600e3,
}  # fmt: skip
"""Milliseconds of a unit of a length; `tenths` are those of a minute. 1:02:03 is read in any of them."""
TIMES = frozenset({"start", "answer", "end"})
ANSWERED = "answered"
FIELD_NAMES = (*NAMES, ANSWERED)


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(str(error)) from None
    return text


def _format(text: str) -> str:
    if "%" not in text:
        raise ValueError("no format")
    return text


def _zone(name: str) -> str:
    try:
        zone_of(name or "UTC")
    except ImportProblem:
        raise ValueError("no zone") from None
    return name


def _list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Pattern = Annotated[str, Field(max_length=400), AfterValidator(_pattern)]
Place = tuple[Annotated[int, Field(ge=1, le=65_536)], Annotated[int, Field(ge=1, le=65_536)]]
Column = str | Annotated[int, Field(ge=1, le=10_000)] | Place
Formats = Annotated[tuple[Annotated[str, AfterValidator(_format)], ...], BeforeValidator(_list)]
Unit = Literal["us", "ms", "s", "clock", "tenths", "min", "h"]
Units = Annotated[tuple[Unit, ...], BeforeValidator(_list)]


class Part(BaseModel):
    """A part of a mapping: unknown names in it are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _is_place(value: Any) -> bool:
    return (
        isinstance(value, list | tuple) and len(value) == 2 and all(isinstance(part, int) for part in value)
    )


def _said(value: Any) -> Any:
    """What a field says in short, in full: a column, or a list of several."""
    if isinstance(value, str | int) or _is_place(value):
        return {"columns": [value]}
    if isinstance(value, list):
        return {"columns": value}
    if isinstance(value, dict) and "column" in value and "columns" not in value:
        return {**{key: part for key, part in value.items() if key != "column"}, "columns": [value["column"]]}
    return value


class Said(Part):
    """How a field is told.

    Of several columns a time is joined, a length is their sum, and of anything else the first that is not
    empty counts, unless `join` joins them or `least` takes the smallest. `take` keeps what a regular
    expression finds (its first group), `drop` empties what it finds, `replace` puts another text in its
    place; `texts` and `patterns` say what a text means, `value` what is meant when nothing is told.
    """

    columns: tuple[Column, ...] = ()
    join: str | None = None
    least: bool = False
    take: Pattern = ""
    drop: Pattern = ""
    replace: tuple[tuple[Pattern, str], ...] = ()
    texts: dict[str, str] = {}
    patterns: tuple[tuple[Pattern, str], ...] = ()
    value: str = ""
    format: Formats = ()
    unit: Units = ()


class Layout(Part):
    """Where the columns of a fixed line stand, in lines that `line` fits; positions count from 1."""

    line: Pattern = ""
    columns: dict[str, Place]


class Recognised(Part):
    """How a file of this mapping is known: by the names in its header, or by how most of its lines look."""

    header: tuple[str, ...] = ()
    line: Pattern = ""


class Mapping(Part):
    """A mapping. `columns` names those of a CSV without a header, in their order.

    `skip` fits lines, and `only` says of columns which texts they must have, that a row be a call. `rest`
    is the column that a delimiter may stand in unquoted. `carry` fits a line of its own, such as a date,
    that holds for those below it: their column `carried`. `year` is that of times that have none.
    """

    name: str = Field(min_length=1, max_length=80)
    kind: Literal["csv", "json", "fixed"]
    delimiter: str = Field("", max_length=1)
    header: bool = True
    columns: tuple[str, ...] = ()
    width: Place | None = None
    layouts: tuple[Layout, ...] = ()
    recognise: Recognised = Recognised()
    skip: Pattern = ""
    only: dict[str, tuple[str, ...]] = {}
    rest: str = ""
    carry: Pattern = ""
    switch: str = ""
    zone: Annotated[str, AfterValidator(_zone)] = ""
    year: Annotated[int, Field(ge=1990, le=2100)] | None = None
    notes: tuple[str, ...] = ()
    fields: dict[str, Annotated[Said, BeforeValidator(_said)]]

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        """Refuse what is wrong with a mapping of which each part is right."""
        told = {name: field_of(name) for name in self.fields}
        if wrong := mistakes.fields(told, [*FIELD_NAMES, *OTHER_NAMES]):
            raise mistakes.wrong(wrong)
        if empty := next(
            (name for name, said in self.fields.items() if not (said.columns or said.value)), ""
        ):
            raise mistakes.wrong(f"fields.{empty} has neither a column nor a value.")
        known = self.names()
        for where, column in self.places():
            if wrong := mistakes.column(where, column, self.kind, known):
                raise mistakes.wrong(wrong)
        return self

    def names(self) -> list[str] | None:
        """The names that columns have in the mapping itself; None where only the file knows them."""
        if self.kind == "json" or (self.kind == "csv" and self.header and not self.columns):
            return None
        carried = [CARRIED] if self.carry else []
        return [*self.columns, *{name: 0 for layout in self.layouts for name in layout.columns}, *carried]

    def places(self) -> Iterator[tuple[str, Column]]:
        """Every column that the mapping names, and where it does."""
        for name, said in self.fields.items():
            yield from ((f"fields.{name}", column) for column in said.columns)
        yield from (("only", column) for column in self.only)
        yield from (("rest", column) for column in (self.rest,) if column)


def load(path: Path) -> Mapping:
    """The mapping of a file; raises ImportProblem, one sentence: what is wrong with it, where, what it must
    be.
    """
    try:
        text = path.expanduser().read_text(encoding="utf-8")
    except OSError as error:
        raise ImportProblem(f"The mapping {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ImportProblem(f"The mapping {path} is not UTF-8 text.") from None
    return read(text, str(path))


def read(text: str, name: str) -> Mapping:
    """The mapping of a text, `name` being what it is called; raises ImportProblem."""
    try:
        return checked(tomllib.loads(text), name)
    except tomllib.TOMLDecodeError as error:
        raise ImportProblem(f"The mapping {name} is not TOML: {error}.") from None


def checked(found: Dict[str, Any], name: str) -> Mapping:
    """The mapping of a document; raises ImportProblem."""
    try:
        return Mapping.model_validate(found)
    except ValidationError as error:
        words = {
            key for part in (Mapping, Said, Layout, Recognised) for key in (*part.model_fields, "column")
        }
        raise ImportProblem(f"The mapping {name} is wrong: {mistakes.sentence(error, words)}") from None


@cache
def shipped() -> dict[str, Mapping]:
    """The mappings that come with the program, by the names of their files."""
    return {path.stem: load(path) for path in sorted(asset(FOLDER).glob("*.toml"))}


def field_of(name: str) -> str | None:
    """The field of columns.NAMES that a mapping means by a name; None when there is none."""
    found = OTHER_NAMES.get(folded(name), folded(name))
    return found if found in FIELD_NAMES else None
