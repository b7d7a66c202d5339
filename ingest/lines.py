"""JSON with names that are well known, those of Asterisk, of FreeSWITCH or our own: an object a line, or a
document of them.
"""

from datetime import datetime

from ingest import columns
from ingest.files import Shape
from ingest.head import Head
from ingest.recipe import Options, Reading, Recipe
from ingest.splits import by_names

FORMAT = "json"


def recognise(head: Head, options: Options) -> Recipe | None:
    """The recipe when the lines are JSON objects that name at least a start and a destination."""
    names = head.names
    return _recipe(columns.recognise_known([names], options), names) if names else None


def by_mapping(head: Head, options: Options) -> Recipe:
    """The recipe of JSON whose values --map names, those of objects within it as outer.inner; raises
    ImportProblem as `columns.by_mapping`.
    """
    return _recipe(columns.by_mapping([head.names], options, ""), head.names)  # type: ignore[return-value]


def reading(recipe: Recipe, now: datetime) -> Reading:
    """How the objects are read."""
    return Reading(by_names(recipe.header), columns.pick(recipe))


def _recipe(found: Recipe | None, names: list[str]) -> Recipe | None:
    """The recipe of a CSV of these names, as one of JSON."""
    if found is None:
        return None
    words = found.words.replace("CSV with a header", "JSON, an object a line")
    # the last line may be but the beginning of itself, and then is no object
    return found._replace(format=FORMAT, shape=Shape("", found.shape.widths), key_in_last=False, words=words)
