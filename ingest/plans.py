"""A file that a mapping describes: recognised by it, split and read by it."""

import json
import re
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from datetime import datetime

from ingest import mapped, splits
from ingest.columns import folded
from ingest.files import Shape
from ingest.head import ANY, Head
from ingest.mapping import TIMES, Column, Layout, Mapping, checked, field_of
from ingest.recipe import Options, Reading, Recipe
from ingest.rows import Manner
from store.errors import ImportProblem
from store.sentence import Sentence, mark

FORMAT = "mapping"
"""The format of a file that a mapping of its owner describes; a shipped one is a format of its own name."""
NO_YEAR = mark(
    "The times have no year, and are taken as of the last twelve months; `year` in a mapping says which."
)


def recognise(name: str, mapping: Mapping, head: Head, options: Options) -> Recipe | None:
    """The recipe when the file is as the mapping says that one is recognised."""
    has_date = not mapping.carry or any(re.search(mapping.carry, text) for text in head.texts)
    head = _kept(mapping, head)
    if mapping.recognise.header:
        header = _header(mapping, head)
        wanted = {_key(mapping, column) for column in mapping.recognise.header}
        if wanted - {_key(mapping, column) for column in header}:
            return None
        return _recipe(name, mapping, header, head, options, "by its columns")
    lines = list(filter(str.strip, head.texts))
    patterns = [mapping.recognise.line] if mapping.recognise.line else [part.line for part in mapping.layouts]
    fitting = [text for text in lines if any(pattern and re.search(pattern, text) for pattern in patterns)]
    if len(fitting) * 2 <= len(lines) or not (has_date or options.format == name):
        return None
    return _recipe(name, mapping, (), head, options, "by how its lines look")


def by_mapping(mapping: Mapping, head: Head, options: Options, name: str) -> Recipe:
    """The recipe of a file whose owner names the mapping; raises ImportProblem when the file has none of the
    columns that a start or a destination is read from.
    """
    head = _kept(mapping, head)
    header = _header(mapping, head)
    places = places_of(mapping, header)
    told = {field_of(field): said for field, said in mapping.fields.items()}
    for field in ("start" if "start" in told else "end", "destination"):
        columns = told[field].columns
        if columns and not any(column in places for column in columns):
            raise ImportProblem(
                Sentence(
                    "{name} has no column {columns!r}, which the mapping reads the {field} from; it"
                    " has {header}.",
                    name=name,
                    columns=columns[0],
                    field=field,
                    header=", ".join(header[:40])[:500],
                )
            )
    return _recipe(FORMAT, mapping, header, head, options, "as the mapping says")


def reading(recipe: Recipe, now: datetime) -> Reading:
    """How the rows of a file are read that a mapping describes."""
    mapping = _of(recipe)
    places = places_of(mapping, recipe.header)
    width = (len(recipe.header), len(recipe.header)) if recipe.header else mapping.width or (0, 0)
    pick = mapped.picker(mapping, places, width, now, recipe.manner.zone)
    return Reading(splits.without(mapping.skip, _split(mapping, places, recipe.shape.delimiter)), pick)


def switch_of(recipe: Recipe) -> str:
    """What the switch of a file is called when nobody says but the mapping."""
    return _of(recipe).switch or "default"


def places_of(mapping: Mapping, header: Sequence[str]) -> dict[Column, int]:
    """The place of each column that the mapping names and the file has, in a row as it is split."""
    wanted = [column for _, column in mapping.places()]
    if mapping.kind != "csv":
        return {column: place for place, column in enumerate(dict.fromkeys(wanted))}
    names: dict[str, int] = {}
    for place, cell in enumerate(header or mapping.columns):
        names.setdefault(_key(mapping, cell), place)
    found = {column: column - 1 if isinstance(column, int) else names.get(_key(mapping, column), -1)
             for column in wanted if not isinstance(column, tuple)}  # fmt: skip
    return {column: place for column, place in found.items() if place >= 0}


def _split(mapping: Mapping, places: Dict[Column, int], delimiter: str) -> splits.Split:
    if mapping.kind == "csv":
        return splits.by_delimiter(delimiter)
    names = [column if isinstance(column, str) else repr(column) for column in places]
    if mapping.kind == "json":
        return splits.by_names(names)
    own = {repr(column): column for column in places if isinstance(column, tuple)}
    layouts = mapping.layouts or (Layout(columns={}),)
    return splits.by_positions([(layout.line, {**layout.columns, **own}) for layout in layouts], names)


def _recipe(
    name: str, mapping: Mapping, header: Sequence[str], head: Head, options: Options, how: str
) -> Recipe:
    delimiter = _delimiter(mapping, head)
    widths = ANY
    if mapping.kind == "csv" and header:
        widths = frozenset({len(header)})
    elif mapping.kind == "csv" and mapping.width:
        widths = frozenset(range(mapping.width[0], mapping.width[1] + 1))
    manner = Manner(
        zone=mapping.zone or options.zone or "UTC",
        switch=options.switch,
        duration_unit=1.0,
        billsec_unit=1.0,
        pdd_unit=1.0,
        dispositions="disposition" in map(field_of, mapping.fields),
        talk_is_duration=not {"billsec", "billmsec", "answer"} & set(map(field_of, mapping.fields)),
    )
    return Recipe(
        name,
        Shape(delimiter if mapping.kind == "csv" else "", widths, mapping.carry),
        manner,
        tuple(header) if mapping.kind == "csv" else (),
        _columns(mapping, header),
        # the last line may always be but the beginning of itself
        key_in_last=True,
        words=f"{mapping.name}, {how}",
        notes=(*mapping.notes, *((NO_YEAR,) if _is_without_year(mapping) else ())),
        plan=mapping.model_dump_json(exclude_defaults=True),
    )


def _header(mapping: Mapping, head: Head) -> list[str]:
    """The names that the columns of the file have, where it says them."""
    if mapping.kind == "json":
        return head.names
    if mapping.kind == "fixed" or mapping.columns or not mapping.header:
        return []
    return head.rows(_delimiter(mapping, head))[0]


def _key(mapping: Mapping, column: Column) -> str:
    """A column's name to compare it by: exactly in JSON, else without case and blanks."""
    return str(column) if mapping.kind == "json" else folded(str(column))


def _delimiter(mapping: Mapping, head: Head) -> str:
    return mapping.delimiter or (head.delimiter if mapping.kind == "csv" else "")


def _kept(mapping: Mapping, head: Head) -> Head:
    """The first lines without those that are not meant to be calls."""
    patterns = [re.compile(pattern) for pattern in (mapping.skip, mapping.carry) if pattern]
    pairs = zip(head.lines, head.texts, strict=True)
    return Head([line for line, text in pairs if not any(pattern.search(text) for pattern in patterns)])


def _columns(mapping: Mapping, header: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """The fields that the mapping tells, and the place of the first column of each that the file has."""
    places = places_of(mapping, header)
    found = {field_of(name) or name: [places.get(column, -1) for column in said.columns]
             for name, said in mapping.fields.items()}  # fmt: skip
    return tuple((field, next((at for at in found[field] if at >= 0), -1)) for field in found)


def _is_without_year(mapping: Mapping) -> bool:
    forms = [form for name, said in mapping.fields.items() if name in TIMES for form in said.format]
    return mapping.year is None and any(not {"%Y", "%y"} & set(re.findall("%.", form)) for form in forms)


def _of(recipe: Recipe) -> Mapping:
    """The mapping in a recipe, which has travelled to another process or from the store."""
    return checked(json.loads(recipe.plan), "of this import")
