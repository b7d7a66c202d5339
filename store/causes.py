"""Hangup causes by name: their Q.850 code, a sentence, a class, and what Asterisk's dispositions mean.

Names and not numbers are the key because FreeSWITCH has renumbered its private causes. The table is the
shipped file `hangup_causes.csv`; its sources are ITU-T Q.850 and the names of FreeSWITCH's cause chart.
"""

import csv
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import NamedTuple

from assets.files import path

UNSPECIFIED = "UNSPECIFIED"
LONGEST = 48
CLASSES = ("normal", "busy", "no answer", "rejected", "cancelled", "network", "number", "other")

ACRONYMS = frozenset({"IE", "QOS", "SRTP", "URL"})
UNFIT = re.compile(r"[^A-Z0-9]+")

# Asterisk's words, and its integers of include/asterisk/cdr.h. A caller's cancel is not 21: nobody refused.
DISPOSITIONS = {
    "ANSWERED": "NORMAL_CLEARING",
    "ANSWER": "NORMAL_CLEARING",
    "BUSY": "USER_BUSY",
    "NO ANSWER": "NO_ANSWER",
    "NOANSWER": "NO_ANSWER",
    "NULL": "NO_ANSWER",
    "CANCEL": "ORIGINATOR_CANCEL",
    "CONGESTION": "NORMAL_CIRCUIT_CONGESTION",
    "CHANUNAVAIL": "REQUESTED_CHAN_UNAVAIL",
    "FAILED": "NORMAL_TEMPORARY_FAILURE",
    "DONTCALL": "CALL_REJECTED",
    "TORTURE": "CALL_REJECTED",
    "INVALIDARGS": "INVALID_NUMBER_FORMAT",
    "0": "NO_ANSWER",
    "1": "NO_ANSWER",
    "2": "NORMAL_TEMPORARY_FAILURE",
    "4": "USER_BUSY",
    "8": "NORMAL_CLEARING",
    "16": "NORMAL_CIRCUIT_CONGESTION",
    "32": "ORIGINATOR_CANCEL",
}
ANSWERED = frozenset({"ANSWERED", "ANSWER", "8"})


class Cause(NamedTuple):
    """One hangup cause: `q850` is 0 for a private one, `kind` one of CLASSES.

    `effective` counts in the numerator of NER beside the answered calls: ITU-T E.425 has user busy, ring no
    answer and terminal reject there; the caller who gives up while it rings is counted with ring no answer.
    """

    name: str
    q850: int
    label: str
    kind: str
    effective: bool
    description: str


class Derived(NamedTuple):
    """What Asterisk's disposition says: a cause that is concluded, not told (`derived` is always True)."""

    name: str
    derived: bool
    answered: bool


def label(name: str) -> str:
    """The name in human words: `NORMAL_CLEARING` is 'Normal clearing'."""
    words = (word if word in ACRONYMS else word.lower() for word in name.split("_") if word)
    text = " ".join(words)
    return text[:1].upper() + text[1:]


@cache
def table() -> Mapping[str, Cause]:
    """All causes of the shipped file by name, in the order of their codes, the private ones last."""
    with path("hangup_causes.csv").open(encoding="utf-8", newline="") as file:
        found = {row["name"]: read(row) for row in csv.DictReader(file)}
    return MappingProxyType(found)


def read(row: Mapping[str, str]) -> Cause:
    """The cause of one row of the shipped file."""
    name = row["name"]
    return Cause(
        name, int(row["q850"]), label(name), row["class"], row["effective"] == "yes", row["description"]
    )


@cache
def codes() -> Mapping[int, Cause]:
    """The causes of Q.850 by their code; 0 is UNSPECIFIED."""
    found = {cause.q850: cause for cause in table().values() if cause.q850}
    return MappingProxyType({0: table()[UNSPECIFIED]} | found)


@lru_cache(maxsize=4096)
def cause(name: str) -> Cause:
    """The cause of that name; one that is not in the table has code 0, class 'other' and is not effective."""
    told = "The switch gave this cause; it is not one of the known ones."
    return table().get(name) or Cause(name, 0, label(name), "other", False, told)


def from_q850(code: int) -> Cause:
    """The cause of a Q.850 code; 0 is UNSPECIFIED, a code without a name keeps its number: `CAUSE_200`."""
    return codes().get(code) or cause(f"CAUSE_{abs(code)}"[:LONGEST])


def from_asterisk(disposition: str | int) -> Derived:
    """The cause that follows from Asterisk's disposition, as text or as the integer that `cdr_odbc` writes.

    A disposition that Asterisk does not know is UNSPECIFIED and not answered.
    """
    word = str(disposition).strip().upper()
    return Derived(DISPOSITIONS.get(word, UNSPECIFIED), True, word in ANSWERED)


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """A cause name that is safe as a key, from the text of a record: only A-Z, 0-9, _, 48 characters at most.

    Spaces, dashes and anything else become one `_`; a text of digits is read as a Q.850 code ('16' is
    NORMAL_CLEARING); what leaves nothing is UNSPECIFIED.
    """
    name = UNFIT.sub("_", text[: 4 * LONGEST].upper()).strip("_")[:LONGEST].rstrip("_")
    if name.isdigit():
        return from_q850(int(name)).name
    return name or UNSPECIFIED


EFFECTIVE = frozenset(found.name for found in table().values() if found.effective)
