"""A file read as an import reads it, without a store: for the tests of formats."""

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from ingest.files import Source
from ingest.formats import recognise, switch_of
from ingest.recipe import Options, Recipe, recipe_of
from ingest.work import Parser, Task
from store.legs import merge
from store.numbers import Numbering
from store.record import CDR, Reject

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SAMPLES = Path(__file__).resolve().parent / "samples"


class Read(NamedTuple):
    """How a file is read, the rows of its calls, its rejects, and how many rows are not meant to be calls."""

    recipe: Recipe
    rows: list[CDR]
    rejects: list[Reject]
    skipped: int

    @property
    def calls(self) -> list[CDR]:
        """The calls, of whatever number of rows each, in the order of their first rows."""
        named: dict[str, list[CDR]] = {}
        for row in self.rows:
            named.setdefault(row.uuid, []).append(row)
        return [merge(rows) for rows in named.values()]


def read(path: Path, options: Options = Options(), now: datetime = NOW) -> Read:  # noqa: B008
    """The file at this path, its recipe having travelled as a document."""
    found = Read(Recipe("", *[None] * 2), [], [], 0)  # type: ignore[arg-type]
    with Source(path) as source:
        recipe = recognise(source.head(), options, source.name)
        if not (recipe.manner.switch or "switch" in dict(recipe.columns)):
            recipe = recipe._replace(manner=recipe.manner._replace(switch=switch_of(recipe)))
        parser = Parser(Task(recipe_of(recipe.document()), {recipe.manner.switch: PBX}, now))
        found = found._replace(recipe=recipe)
        for chunk in source.chunks(recipe.shape):
            parsed = parser.parse(chunk)
            found.rows.extend(parsed.calls)
            found.rejects.extend(parsed.rejects)
            found = found._replace(skipped=found.skipped + parsed.skipped)
    return found


PBX = Numbering(local_country="DE")


def sample(*names: str, options: Options = Options()) -> Read:  # noqa: B008
    """A file of the samples."""
    return read(SAMPLES.joinpath(*names), options)


def text(path: Path, lines: str, options: Options = Options()) -> Read:  # noqa: B008
    """These lines, written to a file at this path."""
    path.write_text(lines, encoding="utf-8")
    return read(path, options)
