"""FreeSWITCH's mod_cdr_mongodb: a collection with a document a leg, the report of mod_json_cdr in BSON.

Its values are not encoded. Newer versions store every variable that looks like an integer as one, so that
numbers are read from the caller profile, where they stay texts; older ones write a callflow for each profile
instead of a list, and an originator's profile without the list around it.
"""

import re
from datetime import datetime
from typing import Any

from bson import json_util

from ingest import freeswitch, mongo
from ingest.collected import Kind, Make, collection, opened
from ingest.connector import Connector, Given
from ingest.freeswitch_json import FLOW, condensed, of_object
from ingest.freeswitch_record import Document, variables
from ingest.refused import Bad
from store.record import CDR, Reject
from store.sentence import Sentence, mark

MADE_BY = "originator_caller_profile"
REPEATED = frozenset({FLOW, f"{MADE_BY}s"})
"""What stands in a document as often as there are profiles."""
UNREAD = {
    "app_log": 0,
    "callStats": 0,
    "hold_record": 0,
    "variables.digits_dialed": 0,  # it may hold somebody's PIN
}
"""What is not even fetched; it may be most of a document. A part of the callflow must not be among it: of
several, the server would then send the same one each time.
"""
DIGITS = re.compile(r'("digits_dialed"\s*:\s*)[^",}\]]+')
"""Dialled digits that are stored as a number."""


class Report(dict[str, Any]):
    """A document as it is read: of what stands in it several times all, or else the first."""

    def __setitem__(self, name: str, value: Any) -> None:
        """Take in a value of the document."""
        name = f"{MADE_BY}s" if name == MADE_BY else name
        before = self.get(name)
        if before is None:
            super().__setitem__(name, value)
        elif name in REPEATED and isinstance(before, list):
            before.append(value)
        elif name in REPEATED:
            super().__setitem__(name, [before, value])


def report(found: dict[str, Any]) -> Document:
    """The report that a document is; raises Bad for what is none."""
    named = found.get("variables")
    pairs = named.items() if isinstance(named, dict) else ()
    told = ((name, str(value)) for name, value in pairs if _is_text(value))
    read = of_object(found)._replace(variables=variables(told, encoded=False))
    if not read.variables and not any(any(one) for one in read.profiles):
        raise Bad(
            "report",
            Sentence("The document is no report of a call: it names no leg in variables or callflow."),
        )
    return read


def _is_text(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def maker(given: Given, now: datetime) -> Make:
    """What makes the rows of a call of the document of a leg, or a reject with what is read of it as JSON."""
    builder = freeswitch.builder(given, now)

    def make(found: dict[str, Any]) -> list[CDR | Reject]:
        text = ""
        try:
            text = condensed(report(found))
            return [*freeswitch.calls(text, builder)]
        except Bad as bad:
            whole = text or DIGITS.sub(r'\1""', json_util.dumps(found, ensure_ascii=False))
            return [freeswitch.rejected(whole, bad, 0)]

    return make


CONNECTOR = Connector(
    mark("FreeSWITCH's mod_cdr_mongodb: its collection, the legs joined into calls"),
    (mongo.ADDRESS, mongo.PASSWORD, collection("cdr")),
    opened(Kind(maker, Report, UNREAD)),
    freeswitch.again,
)
