"""The formats of CDR files, and how the format of a file is recognised from its first lines."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ingest import asterisk, cisco, columns, freeswitch_csv, lines, mapping, plans, reports
from ingest.head import Head
from ingest.recipe import Options, Pick, Reading, Recipe
from ingest.splits import by_delimiter
from ingest.texts import text_of
from store.errors import ImportProblem, NoCalls
from store.sentence import Sentence, either


class Format(NamedTuple):
    """A format: what it is in words, how it is recognised from the first lines, how its rows are read, and
    what its switch is called when nobody says.
    """

    words: str
    recognise: Callable[[Head, Options], Recipe | None]
    reading: Callable[[Recipe, datetime], Reading]
    switch: str = "default"


def _csv(
    words: str,
    recognise: Callable[[Sequence[list[str]], Options], Recipe | None],
    pick: Callable[[Recipe], Pick],
    widths: frozenset[int] | None = None,
    switch: str = "default",
) -> Format:
    """A format of rows with commas, of these widths."""

    def reading(recipe: Recipe, now: datetime) -> Reading:
        return Reading(by_delimiter(recipe.shape.delimiter), pick(recipe))

    def look(head: Head, options: Options) -> Recipe | None:
        return recognise(head.rows(",", widths) if widths else head.rows(), options)

    return Format(words, look, reading, switch)


def _shipped(name: str, found: mapping.Mapping) -> Format:
    """The format of a mapping that comes with the program."""
    recognise = partial(plans.recognise, name, found)
    return Format(found.name, recognise, plans.reading, found.switch or name)


FORMATS: dict[str, Format] = {
    "own": _csv("the CSV that `cdr-stats sample` writes", columns.recognise_own, columns.pick_own),
    "cisco": _csv("Cisco CUCM's CDR files", cisco.recognise, cisco.pick, cisco.WIDTHS, "cucm"),
    freeswitch_csv.NAME: Format(
        "FreeSWITCH's mod_cdr_csv by a template of its samples",
        freeswitch_csv.recognise,
        freeswitch_csv.reading,
        "freeswitch",
    ),
    "cdr_csv": _csv(
        "Asterisk's Master.csv of cdr_csv, 16 to 21 columns",
        asterisk.recognise_csv,
        asterisk.pick_csv,
        asterisk.WIDTHS,
        "asterisk",
    ),
    "cdr_custom": _csv(
        "Asterisk's Master.csv of cdr_custom as in its sample, 19 columns",
        asterisk.recognise_custom,
        asterisk.pick_custom,
        frozenset({asterisk.CUSTOM_WIDTH}),
        "asterisk",
    ),
    **{
        name: Format(words, reports.recogniser(name), reports.reading, "freeswitch")
        for name, words in reports.WORDS.items()
    },
    **{name: _shipped(name, found) for name, found in mapping.shipped().items()},
    "json": Format("JSON, an object a line or a document of them", lines.recognise, lines.reading),
    "csv": _csv("any CSV with a header", columns.recognise_known, columns.pick),
}
AUTO = "auto"
ALIASES = {
    AUTO: tuple(FORMATS),
    "asterisk": ("cdr_csv", "cdr_custom"),
    "freeswitch": (freeswitch_csv.NAME, *reports.WORDS),
    "asterisk-csv": ("cdr_csv",),
    "asterisk-custom": ("cdr_custom",),
}
"""Other names, and the formats that are tried under them."""


def recognise(head: Sequence[bytes], options: Options, name: str) -> Recipe:
    """How the file that begins with these lines is read. Raises ImportProblem, one sentence, when that cannot
    be told.

    A mapping wins, then the named format, then what fits first in the order of FORMATS.
    """
    found, wanted = Head(head), _wanted(options.format)
    if options.file:
        return plans.by_mapping(mapping.load(Path(options.file)), found, options, name)
    if wanted == ("json",) or (options.mapping and found.is_json):
        return lines.by_mapping(found, options)
    if options.mapping or wanted == ("csv",):
        return columns.by_mapping(found.rows(found.delimiter), options, found.delimiter)
    made = (FORMATS[word].recognise(found, options) for word in wanted)
    recipe = next((recipe for recipe in made if recipe), None)
    if recipe is None and options.format == AUTO and found.delimiter != ",":
        recipe = columns.recognise_known(found.rows(found.delimiter), options, found.delimiter)
    if recipe is None and cisco.is_quality(found.rows()):
        raise NoCalls(
            Sentence(
                "{name} has Cisco's CMRs, how well calls sounded: the calls are in the cdr_ file beside it.",
                name=name,
            )
        )
    if recipe is None:
        raise ImportProblem(_unknown(name, found, options))
    return recipe


def reading(recipe: Recipe, now: datetime) -> Reading:
    """How the rows of a file are read; `now` (aware UTC) tells the year of times that have none."""
    return plans.reading(recipe, now) if recipe.plan else FORMATS[recipe.format].reading(recipe, now)


def switch_of(recipe: Recipe) -> str:
    """What the switch of a file is called when nobody says."""
    found = FORMATS.get(recipe.format)
    return found.switch if found else plans.switch_of(recipe)


def _wanted(name: str) -> tuple[str, ...]:
    """The formats to try under this name."""
    found = name.lower()
    if found not in FORMATS and found not in ALIASES:
        raise ImportProblem(
            Sentence(
                "There is no format {name!r}; there are auto, {known}, and --mapping FILE.toml "
                "for one of your own.",
                name=name,
                known=", ".join(FORMATS),
            )
        )
    return ALIASES.get(found, (found,))


def _unknown(name: str, head: Head, options: Options) -> str:
    line = text_of(next(filter(bytes.strip, head.lines), b""))
    shown = "".join(c if c.isprintable() else "?" for c in line[:100])
    if options.format.lower() != AUTO:
        words = either([FORMATS[word].words for word in _wanted(options.format)])
        return Sentence(
            "{name} is not {format}; it begins with: {shown}", name=name, format=words, shown=shown
        )
    return Sentence(
        "The format of {name} is not recognised; if its first line names the columns, say which are which "
        "with --map start=COLUMN --map destination=COLUMN, else describe it in a mapping (--mapping "
        "FILE.toml). It begins with: {shown}",
        name=name,
        shown=shown,
    )
