"""FreeSWITCH's reports of legs as formats of files: a document a file, several, or an object a line."""

from datetime import datetime
from functools import partial

from ingest import freeswitch
from ingest.files import Shape
from ingest.freeswitch_record import LONGEST
from ingest.head import Head
from ingest.recipe import Options, Reading, Recipe
from ingest.rows import FIELDS, Builder, Manner
from store.record import CDR

WORDS = {
    "freeswitch_json": "FreeSWITCH's reports in JSON (mod_json_cdr, mod_format_cdr)",
    "freeswitch_xml": "FreeSWITCH's reports in XML (mod_xml_cdr, mod_format_cdr)",
}
ANY = frozenset({len(FIELDS)})


def recogniser(name: str) -> partial[Recipe | None]:
    """What recognises the reports of this name."""
    return partial(_recognise, name)


def _recognise(name: str, head: Head, options: Options) -> Recipe | None:
    first = next((line for line in head.lines if line.strip()), b"")
    if freeswitch.recognise(first) != name:
        return None
    zone = options.zone or "UTC"
    manner = Manner(zone=zone, switch=options.switch)._replace(**freeswitch.MANNER)  # type: ignore[arg-type]
    return Recipe(name, Shape("", ANY), manner, words=WORDS[name])


def reading(recipe: Recipe, now: datetime) -> Reading:
    """How each report becomes rows of calls."""
    return Reading(lambda texts: [[text] for text in texts], list, LONGEST, _calls, freeswitch.rejected)


def _calls(text: str, made: Builder) -> list[CDR]:
    return freeswitch.calls(freeswitch.unwrapped(text.encode("utf-8", "surrogatepass")), made)
